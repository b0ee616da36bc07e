// SPDX-License-Identifier: GPL-2.0

//! What a Reject is about: its data segment begins with the whole header of the PDU that the
//! target rejects (RFC 7143, section 11.17).
//!
//! That header says it is one of ours, but it came from the target, which may have made it up. So
//! what it names is not verified: an [`InitiatorTaskTag`] leads to a task by
//! [`verify`](InitiatorTaskTag::verify) only, and whether that task is what the header says is for
//! its owner to check.
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::{
//!     bhs::{Header, NopOut, RejectReason},
//!     reject::{Action, Rejected},
//!     tag::{Itt, TagError},
//! };
//!
//! let mut ping = NopOut::default();
//! ping.itt = Itt::new(5, 0).unwrap().into();
//! let data = ping.to_bytes();
//!
//! let rejected = Rejected::parse(&data).unwrap();
//! let Action::CompletePing { itt } = rejected.action(RejectReason::ImmediateCommandReject) else {
//!     panic!("this is a ping");
//! };
//! assert_eq!(itt.verify(0, 128), Ok(Some(5)));
//! // A session with fewer tasks did not send this.
//! assert_eq!(itt.verify(0, 4), Err(TagError::Index));
//! ```

use crate::{
    bhs::{
        Bhs,
        Header,
        HeaderError,
        Lun,
        NopOut,
        NopOutRole,
        RejectReason, //
    },
    opcode::RequestOpcode,
    pdu::BHS_LEN,
    tag::{
        InitiatorTaskTag,
        TargetTransferTag, //
    },
};

/// The PDU that a target says it rejects. None of it is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// A NOP-Out that asks the target for an answer.
    Ping {
        /// The ping's task.
        itt: InitiatorTaskTag,
    },
    /// A NOP-Out that answers the target's ping.
    PingAnswer {
        /// The logical unit of the target's ping.
        lun: Lun,
        /// The target's own tag of its ping.
        ttt: TargetTransferTag,
    },
    /// Another request.
    Request {
        /// What kind of request.
        opcode: RequestOpcode,
        /// Its task.
        itt: InitiatorTaskTag,
    },
    /// Nothing that an initiator sends.
    Unknown {
        /// The six bits of opcode.
        opcode: u8,
    },
}

/// What to do about a Reject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The target had no room for another immediate command and did not see this ping: it is
    /// alive, which is all that was asked. Complete the ping, if `itt` is verified and names the
    /// connection's ping.
    CompletePing {
        /// The ping's task, not verified.
        itt: InitiatorTaskTag,
    },
    /// The target had no room for the answer to its ping: send that again.
    ResendAnswer {
        /// The logical unit of the target's ping.
        lun: Lun,
        /// The target's own tag of its ping.
        ttt: TargetTransferTag,
    },
    /// Nothing. The task in question, if any, is left to its timeout.
    Log,
}

impl Rejected {
    /// What the data segment of a Reject says was rejected.
    ///
    /// A header that was rejected need not be valid, so only what is asked for is looked at.
    ///
    /// # Errors
    ///
    /// [`HeaderError::Length`] if the segment does not hold a whole header.
    pub fn parse(data: &[u8]) -> Result<Self, HeaderError> {
        let bytes = data.first_chunk::<BHS_LEN>().ok_or(HeaderError::Length)?;
        let bhs = Bhs::view(bytes)?;
        let code = bhs.opcode.code();
        let Ok(opcode) = RequestOpcode::try_from(code) else {
            return Ok(Self::Unknown { opcode: code });
        };
        if opcode == RequestOpcode::NopOut {
            let nop = NopOut::view(bytes)?;
            match nop.role() {
                NopOutRole::Ping(itt) => return Ok(Self::Ping { itt }),
                NopOutRole::Answer(ttt) => return Ok(Self::PingAnswer { lun: nop.lun, ttt }),
                NopOutRole::Confirmation => {}
            }
        }
        Ok(Self::Request {
            opcode,
            itt: bhs.itt,
        })
    }

    /// What to do, if this was rejected for `reason`.
    ///
    /// Immediate commands may be rejected for being too many and nothing else (section 11.17.1);
    /// of those that this initiator sends, only a NOP-Out has nobody who tries it again.
    #[inline]
    pub const fn action(self, reason: RejectReason) -> Action {
        match (reason, self) {
            (RejectReason::ImmediateCommandReject, Self::Ping { itt }) => {
                Action::CompletePing { itt }
            }
            (RejectReason::ImmediateCommandReject, Self::PingAnswer { lun, ttt }) => {
                Action::ResendAnswer { lun, ttt }
            }
            _ => Action::Log,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        bhs::{
            ScsiCommand,
            TaskManagementRequest, //
        },
        tag::{
            Itt,
            TagError, //
        },
    };
    use proptest::prelude::*;

    const ITT: InitiatorTaskTag = InitiatorTaskTag::from_bytes([1, 2, 3, 4]);
    const TTT: TargetTransferTag = TargetTransferTag::from_bytes([5, 6, 7, 8]);
    const LUN: Lun = Lun::from_bytes([0, 1, 0, 0, 0, 0, 0, 0]);

    #[test]
    fn a_segment_holds_a_whole_header() {
        assert_eq!(Rejected::parse(&[]), Err(HeaderError::Length));
        assert_eq!(Rejected::parse(&[0; 47]), Err(HeaderError::Length));
        assert!(Rejected::parse(&[0; 48]).is_ok());
        assert!(Rejected::parse(&[0; 64]).is_ok());
    }

    #[test]
    fn a_ping_that_was_rejected_is_complete() {
        let mut nop = NopOut::default();
        nop.itt = ITT;
        let rejected = Rejected::parse(&nop.to_bytes()).unwrap();
        assert_eq!(rejected, Rejected::Ping { itt: ITT });
        assert_eq!(
            rejected.action(RejectReason::ImmediateCommandReject),
            Action::CompletePing { itt: ITT }
        );
        assert_eq!(rejected.action(RejectReason::ProtocolError), Action::Log);
    }

    #[test]
    fn an_answer_that_was_rejected_is_sent_again() {
        let mut nop = NopOut::default();
        nop.lun = LUN;
        nop.ttt = TTT;
        let rejected = Rejected::parse(&nop.to_bytes()).unwrap();
        assert_eq!(rejected, Rejected::PingAnswer { lun: LUN, ttt: TTT });
        assert_eq!(
            rejected.action(RejectReason::ImmediateCommandReject),
            Action::ResendAnswer { lun: LUN, ttt: TTT }
        );
        assert_eq!(rejected.action(RejectReason::WaitingForLogout), Action::Log);
    }

    #[test]
    fn nothing_else_is_acted_on() {
        let mut command = ScsiCommand::default();
        command.itt = ITT;
        let mut function = TaskManagementRequest::default();
        function.itt = ITT;
        for (bytes, rejected) in [
            (
                command.to_bytes(),
                Rejected::Request {
                    opcode: RequestOpcode::ScsiCommand,
                    itt: ITT,
                },
            ),
            (
                function.to_bytes(),
                Rejected::Request {
                    opcode: RequestOpcode::TaskManagementRequest,
                    itt: ITT,
                },
            ),
            (
                NopOut::default().to_bytes(),
                Rejected::Request {
                    opcode: RequestOpcode::NopOut,
                    itt: InitiatorTaskTag::RESERVED,
                },
            ),
            ([0x3f; 48], Rejected::Unknown { opcode: 0x3f }),
        ] {
            assert_eq!(Rejected::parse(&bytes), Ok(rejected));
            for reason in RejectReason::ALL {
                assert_eq!(rejected.action(*reason), Action::Log);
            }
        }
    }

    // CVE-2026-99153: the tag in a header that the target made up named any task.
    #[test]
    fn a_forged_tag_is_found_out() {
        let tag = InitiatorTaskTag::from(Itt::new(0x1fff, 3).unwrap());
        let mut nop = NopOut::default();
        nop.itt = tag;
        let rejected = Rejected::parse(&nop.to_bytes()).unwrap();
        let action = rejected.action(RejectReason::ImmediateCommandReject);
        let itt = match action {
            Action::CompletePing { itt } => itt,
            _ => InitiatorTaskTag::RESERVED,
        };
        assert_eq!(itt.verify(3, 128), Err(TagError::Index));
        assert_eq!(itt.verify(4, 0x2000), Err(TagError::Age));
    }

    proptest! {
        /// Whatever a target sends, a header is found if and only if there is one.
        #[test]
        fn any_bytes_may_come(data in proptest::collection::vec(any::<u8>(), 0..100)) {
            let rejected = Rejected::parse(&data);
            prop_assert_eq!(rejected.is_ok(), data.len() >= 48);
            if let Ok(Rejected::Ping { itt } | Rejected::Request { itt, .. }) = rejected {
                prop_assert_eq!(&itt.to_bytes()[..], &data[16..20]);
            }
        }

        /// The same for the only request that is acted on.
        #[test]
        fn any_nop_may_come(mut data in proptest::collection::vec(any::<u8>(), 48..60)) {
            data[0] &= 0xc0;
            let rejected = Rejected::parse(&data).unwrap();
            let known = !matches!(rejected, Rejected::Unknown { .. });
            prop_assert!(known);
        }
    }
}
