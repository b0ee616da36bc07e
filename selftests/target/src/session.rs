// SPDX-License-Identifier: GPL-2.0

//! Sessions: their numbers, and who has one.

use crate::pdu::{HeaderBytes, Kind};
use iscsi_proto::bhs::{DataIn, DataInFlags, Header, NopIn, R2t};
use iscsi_proto::serial::SerialNumber;
use iscsi_proto::tag::InitiatorTaskTag;
use iscsi_proto::window::CommandWindow;

/// How many commands the target is ready for.
const WINDOW: u32 = 128;

/// What to do with a request, by its CmdSN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// It is the next one.
    Next,
    /// It is outside of the window, and ignored.
    Ignored,
    /// Others before it are missing.
    Early,
}

/// The sequence numbers of a session with one connection (RFC 7143, section 4.2.2).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Numbers {
    /// StatSN of the next response.
    stat_sn: SerialNumber,
    /// ExpCmdSN.
    exp_cmd_sn: SerialNumber,
}

impl Numbers {
    /// Those of a login that begins with this CmdSN.
    pub(crate) fn starting_at(cmd_sn: u32) -> Self {
        Self {
            stat_sn: SerialNumber::new(1),
            exp_cmd_sn: SerialNumber::new(cmd_sn),
        }
    }

    /// MaxCmdSN.
    fn max_cmd_sn(&self) -> SerialNumber {
        self.exp_cmd_sn.advance(WINDOW - 1)
    }

    /// Judges a request that is not immediate, and expects the one after it.
    pub(crate) fn order(&mut self, cmd_sn: u32) -> Order {
        let cmd_sn = SerialNumber::new(cmd_sn);
        let window = CommandWindow::new(self.exp_cmd_sn, self.max_cmd_sn());
        if cmd_sn == self.exp_cmd_sn {
            self.exp_cmd_sn = cmd_sn.next();
            Order::Next
        } else if window.is_open(cmd_sn) {
            Order::Early
        } else {
            Order::Ignored
        }
    }

    /// Puts StatSN, ExpCmdSN and MaxCmdSN into a header that a target sends.
    pub(crate) fn stamp(&mut self, header: &mut HeaderBytes) {
        let with_status = match Kind::of(header) {
            Some(Kind::DataIn) => {
                DataIn::view(header).is_ok_and(|header| header.flags.contains(DataInFlags::STATUS))
            }
            Some(Kind::R2t) => false,
            Some(Kind::NopIn) => {
                NopIn::view(header).is_ok_and(|header| header.itt != InitiatorTaskTag::RESERVED)
            }
            _ => true,
        };
        // A Data-In without status has none.
        let stat_sn = match Kind::of(header) {
            Some(Kind::DataIn) if !with_status => 0,
            _ => self.stat_sn.get(),
        };
        if with_status {
            self.stat_sn = self.stat_sn.next();
        }
        let numbers = [stat_sn, self.exp_cmd_sn.get(), self.max_cmd_sn().get()];
        // The three are next to each other, from byte 24 on, in every response.
        debug_assert_eq!(std::mem::offset_of!(R2t, stat_sn), 24);
        let bytes = numbers.iter().flat_map(|number| number.to_be_bytes());
        for (place, byte) in header.iter_mut().skip(24).zip(bytes) {
            *place = byte;
        }
    }
}

/// A session in the full feature phase.
#[derive(Clone, Debug)]
struct Session {
    /// InitiatorName.
    initiator: String,
    /// ISID.
    isid: [u8; 6],
    /// TSIH.
    tsih: u16,
    /// Its connection.
    connection: usize,
}

/// All sessions.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    /// The sessions.
    sessions: Vec<Session>,
    /// The TSIH that was given out last.
    last_tsih: u16,
}

/// A session that may be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Established {
    /// TSIH.
    pub(crate) tsih: u16,
    /// The connection whose session this reinstates.
    pub(crate) replaced: Option<usize>,
}

impl Sessions {
    /// Establishes a session, in place of the one that this initiator had with the same ISID
    /// (RFC 7143, section 6.3.5). [`None`] if there is no session of this TSIH.
    pub(crate) fn establish(
        &mut self,
        initiator: &str,
        isid: [u8; 6],
        tsih: u16,
        connection: usize,
    ) -> Option<Established> {
        let old = self
            .sessions
            .iter()
            .position(|session| session.initiator == initiator && session.isid == isid);
        let old = old.map(|at| self.sessions.swap_remove(at));
        let tsih = match (&old, tsih) {
            (_, 0) => self.new_tsih(),
            (Some(old), tsih) if old.tsih == tsih => tsih,
            _ => {
                self.sessions.extend(old);
                return None;
            }
        };
        self.sessions.push(Session {
            initiator: initiator.to_owned(),
            isid,
            tsih,
            connection,
        });
        Some(Established {
            tsih,
            replaced: old.map(|old| old.connection),
        })
    }

    /// A TSIH that no session has; never zero.
    fn new_tsih(&mut self) -> u16 {
        loop {
            self.last_tsih = self.last_tsih.wrapping_add(1).max(1);
            let taken = |session: &Session| session.tsih == self.last_tsih;
            if !self.sessions.iter().any(taken) {
                return self.last_tsih;
            }
        }
    }

    /// Forgets the session of a connection.
    pub(crate) fn end(&mut self, connection: usize) {
        self.sessions
            .retain(|session| session.connection != connection);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iscsi_proto::bhs::ScsiResponse;

    #[test]
    fn the_same_initiator_replaces_its_session() {
        let mut sessions = Sessions::default();
        let first = sessions.establish("a", [0; 6], 0, 10).unwrap();
        assert_eq!(first.replaced, None);
        let other = sessions.establish("a", [1; 6], 0, 11).unwrap();
        assert_ne!(first.tsih, other.tsih);
        let again = sessions.establish("a", [0; 6], 0, 12).unwrap();
        assert_eq!(again.replaced, Some(10));
        assert_eq!(sessions.establish("a", [0; 6], 99, 13), None);
        let same = sessions.establish("a", [0; 6], again.tsih, 13).unwrap();
        assert_eq!((same.tsih, same.replaced), (again.tsih, Some(12)));
        sessions.end(13);
        assert_eq!(sessions.establish("a", [0; 6], same.tsih, 14), None);
    }

    #[test]
    fn commands_come_in_order() {
        let mut numbers = Numbers::starting_at(u32::MAX);
        assert_eq!(numbers.order(u32::MAX), Order::Next);
        assert_eq!(numbers.order(1), Order::Early);
        assert_eq!(numbers.order(0), Order::Next);
        assert_eq!(numbers.order(0), Order::Ignored);
        assert_eq!(numbers.order(1 + WINDOW), Order::Ignored);
    }

    #[test]
    fn responses_use_up_numbers_and_others_do_not() {
        let mut numbers = Numbers::starting_at(7);
        let mut stamped = |mut header: HeaderBytes| {
            numbers.stamp(&mut header);
            let view = R2t::view(&header).unwrap();
            assert_eq!((view.exp_cmd_sn.get(), view.max_cmd_sn.get()), (7, 7 + 127));
            view.stat_sn.get()
        };
        let mut answer = NopIn::default();
        answer.itt = InitiatorTaskTag::from_bytes([0; 4]);
        let mut last = DataIn::default();
        last.flags = DataInFlags::FINAL | DataInFlags::STATUS;
        assert_eq!(stamped(ScsiResponse::default().to_bytes()), 1);
        assert_eq!(stamped(R2t::default().to_bytes()), 2);
        assert_eq!(stamped(NopIn::default().to_bytes()), 2);
        assert_eq!(stamped(answer.to_bytes()), 2);
        assert_eq!(stamped(DataIn::default().to_bytes()), 0);
        assert_eq!(stamped(last.to_bytes()), 3);
        assert_eq!(stamped(ScsiResponse::default().to_bytes()), 4);
    }
}
