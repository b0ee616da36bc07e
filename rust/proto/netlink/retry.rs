// SPDX-License-Identifier: GPL-2.0

//! How often to send what could not be sent.
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::netlink::retry::{after, Decision, SendResult};
//!
//! assert_eq!(after(SendResult::Sent, 1), Decision::Done);
//! assert_eq!(after(SendResult::Failed, 1), Decision::Again);
//! assert_eq!(after(SendResult::Absent, 1), Decision::Absent);
//! ```

/// What came of an attempt to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendResult {
    /// It was sent.
    Sent,
    /// There is nobody to send it to (`ESRCH`, `ECONNREFUSED`).
    Absent,
    /// Something else is in the way, which may pass: no room at the receiver (`EAGAIN`), no memory
    /// (`ENOMEM`).
    Failed,
}

/// What to do after an attempt to send.
///
/// A reply has nothing behind it: that it was given up is worth a warning, while a sender that has
/// gone is not. An answer to a group is not sent again: whoever asked for it is told by a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing more: it was sent.
    Done,
    /// Try again.
    Again,
    /// Stop: there is nobody to send it to.
    Absent,
    /// Stop: it does not work.
    GiveUp,
}

/// How often to try again.
pub const MAX_RETRIES: u32 = 10;

/// What to do after attempt number `tries`, the first of which is 1.
#[inline]
pub const fn after(result: SendResult, tries: u32) -> Decision {
    match result {
        SendResult::Sent => Decision::Done,
        SendResult::Absent => Decision::Absent,
        SendResult::Failed if tries <= MAX_RETRIES => Decision::Again,
        SendResult::Failed => Decision::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_tried_again_and_there_is_an_end() {
        for tries in [1, 2, 9, 10, 11, 12, u32::MAX] {
            assert_eq!(after(SendResult::Sent, tries), Decision::Done);
            assert_eq!(after(SendResult::Absent, tries), Decision::Absent);
            let expected = if tries <= 10 {
                Decision::Again
            } else {
                Decision::GiveUp
            };
            assert_eq!(after(SendResult::Failed, tries), expected);
        }
    }
}
