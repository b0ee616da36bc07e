// SPDX-License-Identifier: GPL-2.0

//! The full feature phase: requests in their order, and those that are not about commands.

use crate::action::Action;
use crate::connection::{Connection, End};
use crate::event::tell;
use crate::negotiation::{Negotiation, Wishes};
use crate::pdu::{HeaderBytes, Kind, Pdu};
use crate::rule::Moment;
use crate::sending::itt_of;
use crate::session::Order;
use crate::target::Target;
use crate::task::Facts;
use crate::text::Text;
use crate::transmit::Wire;
use iscsi_proto::bhs::{
    Header, HeaderError, LogoutReason, LogoutRequest, LogoutResponse, LogoutResponseCode, NopIn,
    NopOut, NopOutRole, Reject, RejectReason, Request, TextFlags, TextRequest, TextResponse,
};
use iscsi_proto::tag::TargetTransferTag;

/// Longest text that is put together from many PDUs.
const TEXT_MAX: usize = 1 << 16;

impl Connection {
    /// Takes a request.
    pub(crate) fn request(
        &mut self,
        target: &mut Target,
        bytes: &HeaderBytes,
        data: &[u8],
    ) -> Result<(), End> {
        let request = match Request::parse(bytes) {
            Ok(request) => request,
            Err(HeaderError::Opcode(_)) => {
                self.reject(target, RejectReason::CommandNotSupported, bytes);
                return Ok(());
            }
            Err(error) => return self.violation(format!("a header is wrong: {error:?}")),
        };
        if let (Some(cmd_sn), false) = (request.cmd_sn(), request.is_immediate()) {
            match self.numbers.order(cmd_sn.get()) {
                Order::Next => {}
                Order::Ignored => return Ok(()),
                Order::Early => return Err(End::close("protocol error: a CmdSN is missing")),
            }
        }
        let facts = match request {
            Request::ScsiCommand(header) => Some(Facts::of(header)),
            _ => self.tasks.get(request.itt()).map(|task| task.facts.clone()),
        };
        if let (Request::ScsiCommand(_), Some(facts)) = (&request, &facts) {
            self.restart_idle_timers();
            if !self.tasks.begin(facts) {
                self.reject(target, RejectReason::TaskInProgress, bytes);
                return Ok(());
            }
        }
        let itt = itt_of(bytes);
        let actions = self.fire(
            target,
            Moment::Recv(Kind::of(bytes)),
            Some(bytes),
            facts.as_ref(),
        );
        self.precede(&actions, itt, facts.as_ref());
        if actions.contains(&Action::Drop) {
            if let Request::ScsiCommand(_) = request {
                self.tasks.end(itt);
            }
        } else if !actions.contains(&Action::Hold) {
            self.dispatch(target, request, data, &actions)?;
        }
        self.follow(&actions, itt, facts.as_ref());
        Ok(())
    }

    /// Does what a request asks for.
    fn dispatch(
        &mut self,
        target: &mut Target,
        request: Request<'_>,
        data: &[u8],
        actions: &[Action],
    ) -> Result<(), End> {
        match request {
            Request::NopOut(header) => self.nop_out(target, header, data),
            Request::TextRequest(header) => self.text_request(target, header, data),
            Request::LogoutRequest(header) => self.logout(target, header),
            Request::ScsiCommand(_) | Request::DataOut(_) | Request::TaskManagementRequest(_)
                if self.discovery =>
            {
                return self.violation("a command in a discovery session");
            }
            Request::ScsiCommand(header) => {
                return self.scsi_command(target, header, data, actions)
            }
            Request::DataOut(header) => return self.data_out(target, header, data),
            Request::TaskManagementRequest(header) => self.task_management(target, header),
            Request::SnackRequest(header) => {
                self.reject(target, RejectReason::SnackReject, &header.to_bytes());
            }
            Request::LoginRequest(_) => return self.violation("a Login Request after the login"),
        }
        Ok(())
    }

    /// The initiator did something wrong: the end, unless it may have been made to.
    pub(crate) fn violation(&mut self, what: impl std::fmt::Display) -> Result<(), End> {
        if self.lied {
            tell(format_args!("connection {}: {what}", self.number));
            return Ok(());
        }
        Err(End::close(format!("protocol error: {what}")))
    }

    /// Rejects a PDU.
    pub(crate) fn reject(
        &mut self,
        target: &mut Target,
        reason: RejectReason,
        bytes: &HeaderBytes,
    ) {
        tell(format_args!(
            "connection {}: rejected: {reason:?}",
            self.number
        ));
        let mut header = Reject::default();
        header.reason = reason.into();
        self.send(target, Pdu::with_data(&header, bytes.to_vec()), None);
    }

    /// Answers a ping, or takes note of the answer to one.
    fn nop_out(&mut self, target: &mut Target, header: &NopOut, data: &[u8]) {
        match header.role() {
            NopOutRole::Ping(itt) => {
                let mut answer = NopIn::default();
                answer.lun = header.lun;
                answer.itt = itt;
                let length = data.len().min(self.params.max_send as usize);
                let data = data.get(..length).unwrap_or(data).to_vec();
                self.send(target, Pdu::with_data(&answer, data), None);
            }
            NopOutRole::Answer(ttt) => {
                let ttt = u32::from_be_bytes(ttt.to_bytes());
                tell(format_args!(
                    "connection {}: ping {ttt:#x} answered",
                    self.number
                ));
            }
            NopOutRole::Confirmation => {}
        }
    }

    /// Answers a text, when it is complete.
    fn text_request(&mut self, target: &mut Target, header: &TextRequest, data: &[u8]) {
        if self.text.len() < TEXT_MAX {
            self.text.extend(data);
        }
        let mut response = TextResponse::default();
        response.itt = header.itt;
        response.lun = header.lun;
        if header.flags.contains(TextFlags::CONTINUE) {
            response.flags = TextFlags::default();
            response.ttt = TargetTransferTag::from_bytes(self.new_ttt().to_be_bytes());
            self.send(target, Pdu::new(&response), None);
            return;
        }
        let text = Text::parse(&std::mem::take(&mut self.text));
        let mut answers = Text::default();
        if let Some(which) = text.get("SendTargets") {
            if ["", "All", &target.disk.name].contains(&which) {
                answers.push("TargetName", &target.disk.name);
                answers.push("TargetAddress", format!("{},1", self.local));
            }
        }
        answers.append(self.renegotiate(&text));
        response.flags = TextFlags::FINAL;
        self.send(target, Pdu::with_data(&response, answers.to_bytes()), None);
    }

    /// Takes what an initiator may say anew in the full feature phase: how much it can receive.
    fn renegotiate(&mut self, text: &Text) -> Text {
        let mut negotiation = Negotiation::new(Wishes::default());
        let answers = negotiation.answer(text, &["SendTargets"]);
        if text.get("MaxRecvDataSegmentLength").is_some() {
            self.params.max_send = negotiation.params().max_send;
        }
        let mut kept = Text::default();
        for (key, value) in answers.iter() {
            // All other keys belong to the login.
            let value = if value == "NotUnderstood" {
                value
            } else {
                "Reject"
            };
            kept.push(key, value);
        }
        kept
    }

    /// Logs the initiator out.
    fn logout(&mut self, target: &mut Target, header: &LogoutRequest) {
        let code = match header.flags.reason() {
            Ok(LogoutReason::CloseSession | LogoutReason::CloseConnection) => {
                LogoutResponseCode::Closed
            }
            _ => LogoutResponseCode::RecoveryNotSupported,
        };
        let mut response = LogoutResponse::default();
        response.itt = header.itt;
        response.response = code.into();
        response.time2wait = self.params.time2wait.into();
        response.time2retain = self.params.time2retain.into();
        tell(format_args!("connection {}: logout", self.number));
        self.send(target, Pdu::new(&response), None);
        if code == LogoutResponseCode::Closed {
            self.transmit.push(Wire::Close {
                reset: false,
                reason: "logout",
            });
        }
    }
}
