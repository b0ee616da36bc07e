// SPDX-License-Identifier: GPL-2.0

//! Task management (RFC 7143, sections 11.5 and 11.6).

use crate::connection::Connection;
use crate::event::tell;
use crate::pdu::Pdu;
use crate::sense::Sense;
use crate::target::Target;
use crate::task::lun_number;
use iscsi_proto::bhs::{
    TaskManagementFunction as Function, TaskManagementRequest, TaskManagementResponse,
    TaskManagementResponseCode as Code,
};

impl Connection {
    /// Does what is asked for, and answers.
    pub(crate) fn task_management(&mut self, target: &mut Target, header: &TaskManagementRequest) {
        let function = header.flags.function();
        let code = match function {
            Ok(function) => self.perform(target, function, header),
            Err(_) => Code::NotSupported,
        };
        // Nothing may be written for an aborted command once that is said.
        target.pool.settle();
        tell(format_args!(
            "connection {}: {function:?}: {code:?}",
            self.number
        ));
        let mut response = TaskManagementResponse::default();
        response.itt = header.itt;
        response.response = code.into();
        self.send(target, Pdu::new(&response), None);
    }

    /// Does what is asked for.
    fn perform(
        &mut self,
        target: &mut Target,
        function: Function,
        header: &TaskManagementRequest,
    ) -> Code {
        let lun = lun_number(header.lun);
        match function {
            Function::AbortTask => {
                if self.tasks.end(header.referenced_task_tag) {
                    Code::Complete
                } else {
                    Code::NoTask
                }
            }
            Function::AbortTaskSet | Function::ClearTaskSet | Function::LogicalUnitReset
                if lun != 0 =>
            {
                self.tasks.end_all(|task| task.facts.lun == lun);
                Code::NoLun
            }
            Function::AbortTaskSet | Function::ClearTaskSet => {
                self.tasks.end_all(|task| task.facts.lun == lun);
                Code::Complete
            }
            Function::LogicalUnitReset | Function::TargetWarmReset => {
                self.reset_disk();
                target.resets.push(self.token);
                Code::Complete
            }
            Function::TaskReassign => Code::NoReassignment,
            Function::ClearAca | Function::TargetColdReset => Code::NotSupported,
        }
    }

    /// All commands end, and the next one is told why.
    pub(crate) fn reset_disk(&mut self) {
        self.tasks.end_all(|_| true);
        self.attention = Some(Sense::RESET);
    }
}
