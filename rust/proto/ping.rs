// SPDX-License-Identifier: GPL-2.0

//! When to ask a target that says nothing whether it is there (NOP-Out: RFC 7143, section 11.18),
//! and when to give it up.
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::ping::{decide, PingAction, PingTimes};
//!
//! let mut times = PingTimes {
//!     now: 104,
//!     last_recv: 100,
//!     receive_timeout: 5,
//!     ping_timeout: 3,
//!     ping_outstanding: false,
//! };
//! assert_eq!(decide(&times), Some(PingAction::Wait { until: 105 }));
//! times.now = 105;
//! assert_eq!(decide(&times), Some(PingAction::Ping));
//! times.ping_outstanding = true;
//! assert_eq!(decide(&times), Some(PingAction::Wait { until: 108 }));
//! times.now = 108;
//! assert_eq!(decide(&times), Some(PingAction::Failed));
//! ```

use crate::timeout::time_after;

/// What is known of a connection. All times are ticks, as in [`time_after`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PingTimes {
    /// This moment.
    pub now: u64,
    /// When something was received last.
    pub last_recv: u64,
    /// How long the target may say nothing before it is asked; 0 if it is never asked.
    pub receive_timeout: u64,
    /// How long it may then take to answer.
    pub ping_timeout: u64,
    /// A ping has not been answered yet.
    pub ping_outstanding: bool,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PingAction {
    /// The connection has failed: there was no answer.
    Failed,
    /// Send a ping. When to look again depends on whether that works.
    Ping,
    /// Look again at this time.
    Wait {
        /// When, which is after now.
        until: u64,
    },
}

impl PingTimes {
    /// Whether there was no answer to a ping in time.
    ///
    /// The time counts from when the target said anything, so a ping that was sent earlier than it
    /// had to be has no earlier end.
    #[inline]
    pub const fn is_overdue(&self) -> bool {
        self.ping_outstanding && !time_after(self.deadline(), self.now)
    }

    /// When the target is to be asked.
    #[inline]
    const fn idle_from(&self) -> u64 {
        self.last_recv.wrapping_add(self.receive_timeout)
    }

    /// When it is given up, if it was asked.
    #[inline]
    const fn deadline(&self) -> u64 {
        self.idle_from().wrapping_add(self.ping_timeout)
    }
}

/// Decides about a connection of a session that is logged in; [`None`] if there are to be no pings.
#[inline]
pub const fn decide(times: &PingTimes) -> Option<PingAction> {
    if times.receive_timeout == 0 {
        return None;
    }
    if times.is_overdue() {
        return Some(PingAction::Failed);
    }
    let until = times.idle_from();
    if time_after(until, times.now) {
        return Some(PingAction::Wait { until });
    }
    // There is at most one ping at a time.
    if times.ping_outstanding {
        return Some(PingAction::Wait {
            until: times.deadline(),
        });
    }
    Some(PingAction::Ping)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_moment_of_a_silence() {
        use PingAction::{
            Failed,
            Ping,
            Wait, //
        };
        // Wherever the clock wraps.
        for last_recv in [0, 1000, u64::MAX - 12, u64::MAX - 5, u64::MAX] {
            let at = |passed: u64| last_recv.wrapping_add(passed);
            let idle = Wait { until: at(10) };
            let answer = Wait { until: at(15) };
            for (passed, without, with) in [
                (0, idle, idle),
                (9, idle, idle),
                (10, Ping, answer),
                (14, Ping, answer),
                (15, Ping, Failed),
                (1000, Ping, Failed),
            ] {
                for (ping_outstanding, action) in [(false, without), (true, with)] {
                    let times = PingTimes {
                        now: at(passed),
                        last_recv,
                        receive_timeout: 10,
                        ping_timeout: 5,
                        ping_outstanding,
                    };
                    assert_eq!(decide(&times), Some(action), "{times:?}");
                    assert_eq!(times.is_overdue(), action == Failed);
                }
            }
        }
    }

    #[test]
    fn without_a_limit_there_are_no_pings() {
        for ping_outstanding in [false, true] {
            let times = PingTimes {
                now: 1000,
                last_recv: 0,
                receive_timeout: 0,
                ping_timeout: 5,
                ping_outstanding,
            };
            assert_eq!(decide(&times), None);
        }
    }

    proptest! {
        /// Whatever the times are, waiting ends after now and a ping is not sent twice.
        #[test]
        fn any_times_will_do(
            now: u64,
            last_recv: u64,
            receive_timeout: u64,
            ping_timeout: u64,
            ping_outstanding: bool,
        ) {
            let times = PingTimes {
                now,
                last_recv,
                receive_timeout,
                ping_timeout,
                ping_outstanding,
            };
            match decide(&times) {
                None => prop_assert_eq!(receive_timeout, 0),
                Some(PingAction::Failed) => prop_assert!(times.is_overdue()),
                Some(PingAction::Ping) => prop_assert!(!ping_outstanding),
                Some(PingAction::Wait { until }) => prop_assert!(time_after(until, now)),
            }
        }

        /// With times as they are in practice, each answer has its reason.
        #[test]
        fn real_times_have_one_answer(
            last_recv: u64,
            silence in 0u64..1 << 40,
            receive_timeout in 1u64..1 << 40,
            ping_timeout in 0u64..1 << 40,
            ping_outstanding: bool,
        ) {
            let times = PingTimes {
                now: last_recv.wrapping_add(silence),
                last_recv,
                receive_timeout,
                ping_timeout,
                ping_outstanding,
            };
            let failed = ping_outstanding && silence >= receive_timeout + ping_timeout;
            prop_assert_eq!(times.is_overdue(), failed);
            let ping = !ping_outstanding && silence >= receive_timeout;
            prop_assert_eq!(decide(&times) == Some(PingAction::Failed), failed);
            prop_assert_eq!(decide(&times) == Some(PingAction::Ping), ping);
        }
    }
}
