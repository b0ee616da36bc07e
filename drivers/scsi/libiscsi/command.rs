// SPDX-License-Identifier: GPL-2.0

//! The SCSI Command PDU (RFC 7143, section 11.3).

use crate::{
    debug::debug_session,
    task_management, //
};
use iscsi_abi::libiscsi::{
    Connection,
    Frwd,
    TaskRef, //
};
use iscsi_kernel::scsi::Cmnd;
use iscsi_proto::{
    answer::Direction,
    bhs::Lun,
    command::{
        plan,
        Command,
        WritePlan, //
    },
    opcode::RequestOpcode,
    serial::SerialNumber,
    task_management::Outgoing, //
};
use kernel::prelude::*;

/// Whether a command that could not be prepared is to be tried again.
pub(crate) fn may_try_again(error: Error) -> bool {
    error == ENOMEM || error == EACCES
}

/// Makes the header of a command, from which moment on it may get responses.
///
/// # Errors
///
/// `ENOMEM` or `EACCES` when the command can be tried again later: there is no room for it, or a reset
/// of its logical unit is under way. Anything else fails it.
pub(crate) fn prepare<'a>(
    frwd: &mut Frwd<'a>,
    conn: &'a Connection,
    task: &mut TaskRef<'a>,
) -> Result {
    if task_management::holds_back(frwd, **task, Outgoing::Command) {
        return Err(EACCES);
    }
    let session = frwd.session();
    let transport = session.transport();
    transport.alloc_pdu(task, RequestOpcode::ScsiCommand as u8)?;
    let itt = task.tag(session.age());
    let cmd_sn = frwd.cmd_sn();
    let exp_stat_sn = conn.exp_stat_sn();

    let (direction, transfer_len, lun, protected, cdb) = {
        let command = task.scsi_command().ok_or(EINVAL)?;
        (
            direction(command),
            command.transfer_len(),
            command.lun(),
            command.is_protected(),
            command.cdb(),
        )
    };
    let plan = match direction {
        Direction::Write => {
            let limits = session.burst_limits(conn.max_xmit_data_segment_len());
            plan(&limits, transfer_len)
        }
        _ => WritePlan::default(),
    };
    let lun = Lun::from_number(lun);
    let header = Command {
        lun,
        itt,
        direction,
        transfer_len,
        cmd_sn,
        exp_stat_sn: SerialNumber::new(exp_stat_sn),
        cdb: &cdb,
        plan,
    };
    let len = header.write(task.header().ok_or(EINVAL)?).ok_or(EINVAL)?;
    task.set_header_len(len);
    task.note_header(itt, cmd_sn.get(), lun.to_bytes());
    task.note_plan(&plan, exp_stat_sn);
    if protected {
        task.set_protected();
    }
    transport.init_task(task)?;

    task.begin_running(frwd);
    frwd.set_cmd_sn(cmd_sn.next());
    conn.count_command(frwd);
    debug_session!(
        session,
        "task {} of {} bytes gets CmdSN {}\n",
        task.index(),
        transfer_len,
        cmd_sn.get()
    );
    Ok(())
}

fn direction(command: &Cmnd) -> Direction {
    if command.is_write() {
        Direction::Write
    } else if command.is_read() {
        Direction::Read
    } else {
        Direction::None
    }
}
