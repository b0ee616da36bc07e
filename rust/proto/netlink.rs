// SPDX-License-Identifier: GPL-2.0

//! What user space and the class say to each other over `NETLINK_ISCSI`
//! ([`include/scsi/iscsi_if.h`](srctree/include/scsi/iscsi_if.h)).
//!
//! A message is a header, an event of 56 bytes and a payload. The type in the header says which
//! command it is ([`Command`]), the event what the command is about ([`Request`]); what the payload
//! has to be is up to the command ([`payload`]). Answers and events on the way out are an
//! [`EventBuf`], and perhaps a payload.
//!
//! All numbers are in the byte order of the machine, laid out as on 64-bit machines.
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::netlink::{Command, EventBuf, Messages, Request};
//!
//! // DESTROY_SESSION of session 7.
//! let mut buffer = [0; 72];
//! buffer[..4].copy_from_slice(&72u32.to_ne_bytes());
//! buffer[4..6].copy_from_slice(&12u16.to_ne_bytes());
//! buffer[32..36].copy_from_slice(&7u32.to_ne_bytes());
//!
//! let message = Messages::new(&buffer).next().unwrap();
//! let command = Command::from_number(message.kind()).unwrap();
//! assert_eq!(command.rule().name, "DESTROY_SESSION");
//! let request = Request::parse(command, &message.event());
//! assert_eq!(request, Request::DestroySession { sid: 7 });
//!
//! // There is none: EINVAL.
//! let mut reply = EventBuf::echo(&message.event());
//! reply.set_error(-22);
//! assert_eq!(reply.as_bytes()[..4], 103u32.to_ne_bytes());
//! ```

mod command;
mod event;
mod event_buf;
mod message;
pub mod payload;
mod request;
pub mod retry;

pub use command::{
    Answer,
    Command,
    CommandRule,
    COMMANDS, //
};
pub use event::Event;
pub use event_buf::{
    EventBuf,
    OffloadEvent,
    SessionEvent, //
};
pub use message::{
    Message,
    Messages, //
};
pub use request::Request;

/// The multicast group that iscsid listens to (`ISCSI_NL_GRP_ISCSID`).
pub const GROUP_ISCSID: u32 = 1;

/// The multicast group that iscsiuio listens to (`ISCSI_NL_GRP_UIP`).
pub const GROUP_UIP: u32 = 2;

/// The length of a message's header (`struct nlmsghdr`).
pub const HEADER_LEN: usize = 16;

/// The length of an event (`struct iscsi_uevent`).
pub const EVENT_LEN: usize = 56;

/// The length of a message without a payload, below which nothing is a message.
pub const MESSAGE_MIN_LEN: usize = HEADER_LEN + EVENT_LEN;

/// `len` rounded up to a multiple of four, as the length of a message is (`NLMSG_ALIGN`); the
/// greatest multiple there is if `len` is above it.
#[inline]
pub const fn align4(len: usize) -> usize {
    len.saturating_add(3) & !3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_multiples_of_four() {
        for (len, aligned) in [
            (0, 0),
            (1, 4),
            (4, 4),
            (71, 72),
            (72, 72),
            (73, 76),
            (usize::MAX - 3, usize::MAX - 3),
            (usize::MAX, usize::MAX - 3),
        ] {
            assert_eq!(align4(len), aligned);
        }
    }
}
