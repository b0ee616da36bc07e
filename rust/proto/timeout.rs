// SPDX-License-Identifier: GPL-2.0

//! What to do about a SCSI command that was not answered in time.
//!
//! A command that is slow is not lost. Its time-out becomes the mid-layer's error handling, which
//! stops all that goes on at the host, only if the target answers pings but neither this command
//! nor those before it.
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::timeout::{decide, TimedOut, TimeoutAction};
//!
//! let mut command = TimedOut {
//!     logged_in: true,
//!     system_running: true,
//!     connected: true,
//!     progress: false,
//!     pings: true,
//!     ping_overdue: false,
//!     others_progress: false,
//!     checked: false,
//!     ping_outstanding: false,
//! };
//! assert_eq!(decide(&command), TimeoutAction::PingAndWaitChecked);
//! command.checked = true;
//! assert_eq!(decide(&command), TimeoutAction::GiveUp);
//! ```

/// What is known of a command that has timed out, and of its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut {
    /// The session is logged in.
    pub logged_in: bool,
    /// The system is not going down.
    pub system_running: bool,
    /// The session has a leading connection.
    pub connected: bool,
    /// Something of the command was sent or received since its last time-out.
    pub progress: bool,
    /// The connection sends pings of its own.
    pub pings: bool,
    /// The target has not answered a ping in time.
    pub ping_overdue: bool,
    /// Something was sent or received, since this command's last time-out, of a command that is
    /// as old or older. Those that are younger do not count, or there would be no end to it.
    pub others_progress: bool,
    /// A ping was sent at a time-out of the command, and nothing of it was sent or received since.
    pub checked: bool,
    /// A ping has not been answered yet.
    pub ping_outstanding: bool,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeoutAction {
    /// Let the mid-layer's error handling begin.
    GiveUp,
    /// The same, with the result that there is no connection (`DID_NO_CONNECT`): the system goes
    /// down, and nobody logs in again.
    GiveUpDisconnected,
    /// Wait for another time-out.
    Wait,
    /// Wait, and forget that there was a ping: [`TimedOut::checked`] becomes false.
    WaitAndForgetCheck,
    /// Wait for the ping that was sent: [`TimedOut::checked`] becomes true.
    WaitChecked,
    /// Send a ping and wait for it: [`TimedOut::checked`] becomes true.
    PingAndWaitChecked,
}

/// Decides about a command that has timed out.
#[inline]
pub const fn decide(command: &TimedOut) -> TimeoutAction {
    if !command.logged_in {
        // Whoever recovers the session takes care of its commands.
        return if command.system_running {
            TimeoutAction::Wait
        } else {
            TimeoutAction::GiveUpDisconnected
        };
    }
    if !command.connected {
        return TimeoutAction::Wait;
    }
    if command.progress {
        return TimeoutAction::WaitAndForgetCheck;
    }
    if !command.pings {
        return TimeoutAction::GiveUp;
    }
    // The connection is about to fail, or the target works off what it got first.
    if command.ping_overdue || command.others_progress {
        return TimeoutAction::Wait;
    }
    if command.checked {
        return TimeoutAction::GiveUp;
    }
    if command.ping_outstanding {
        TimeoutAction::WaitChecked
    } else {
        TimeoutAction::PingAndWaitChecked
    }
}

/// Whether the time `a` is after `b`.
///
/// Times are ticks of a clock of 64 bits that wraps, as jiffies are on a 64-bit machine
/// ([`include/linux/jiffies.h`](srctree/include/linux/jiffies.h)): up to 2⁶³ ticks on is after.
#[inline]
pub const fn time_after(a: u64, b: u64) -> bool {
    (b.wrapping_sub(a) as i64) < 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The command of which the nine answers are the bits of `bits`, the first one the highest.
    fn command(bits: u32) -> TimedOut {
        let bit = |number: u32| bits & (1 << (8 - number)) != 0;
        TimedOut {
            logged_in: bit(0),
            system_running: bit(1),
            connected: bit(2),
            progress: bit(3),
            pings: bit(4),
            ping_overdue: bit(5),
            others_progress: bit(6),
            checked: bit(7),
            ping_outstanding: bit(8),
        }
    }

    #[test]
    fn every_command_that_times_out() {
        use TimeoutAction::*;
        // The fields in their order; where a field has a dash it does not matter.
        let table = [
            ("00-------", GiveUpDisconnected),
            ("01-------", Wait),
            ("1-0------", Wait),
            ("1-11-----", WaitAndForgetCheck),
            ("1-100----", GiveUp),
            ("1-1011---", Wait),
            ("1-10101--", Wait),
            ("1-101001-", GiveUp),
            ("1-1010001", WaitChecked),
            ("1-1010000", PingAndWaitChecked),
        ];
        for bits in 0..1u32 << 9 {
            let line = format!("{bits:09b}");
            let matching: Vec<_> = table
                .iter()
                .filter(|(pattern, _)| {
                    pattern
                        .chars()
                        .zip(line.chars())
                        .all(|(wanted, is)| wanted == '-' || wanted == is)
                })
                .collect();
            // The lines leave nothing out and contradict each other nowhere.
            assert_eq!(matching.len(), 1, "{line}");
            assert_eq!(decide(&command(bits)), matching[0].1, "{line}");
        }
    }

    #[test]
    fn a_command_that_is_stuck_is_given_up_after_one_ping() {
        let mut stuck = command(0b111_010_000);
        assert_eq!(decide(&stuck), TimeoutAction::PingAndWaitChecked);
        stuck.checked = true;
        for outstanding in [true, false] {
            stuck.ping_outstanding = outstanding;
            assert_eq!(decide(&stuck), TimeoutAction::GiveUp);
        }
        stuck.progress = true;
        assert_eq!(decide(&stuck), TimeoutAction::WaitAndForgetCheck);
    }

    #[test]
    fn time_goes_on_over_the_end() {
        assert!(time_after(0, u64::MAX));
        assert!(!time_after(u64::MAX, 0));
        assert!(!time_after(7, 7));
    }

    proptest! {
        /// Later is after, and never both.
        #[test]
        fn later_is_after(time: u64, passed in 1u64..1 << 63) {
            let later = time.wrapping_add(passed);
            prop_assert!(time_after(later, time));
            prop_assert!(!time_after(time, later));
        }
    }
}
