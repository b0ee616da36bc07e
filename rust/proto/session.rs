// SPDX-License-Identifier: GPL-2.0

//! The state of a session, what changes it, and which commands it takes.
//!
//! The numbers are those that the modules share by
//! [`include/scsi/libiscsi.h`](srctree/include/scsi/libiscsi.h).
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::{
//!     connection::StopStage,
//!     session::{Refusal, SessionEvent, SessionState},
//! };
//!
//! let state = SessionState::LoggedIn;
//! let state = state.after(SessionEvent::ConnectionFailed { stop: StopStage::None });
//! assert_eq!(state, SessionState::Failed);
//! assert_eq!(state.refusal(true), Some(Refusal::Retry));
//! assert_eq!(state.after(SessionEvent::Started), SessionState::LoggedIn);
//! ```

use crate::{
    connection::StopStage,
    state::states, //
};

states! {
    /// The state of a session (`ISCSI_STATE_*` of `libiscsi.h`).
    SessionState {
        /// It has not been logged in yet.
        Free = 1,
        /// Its connection is in full feature phase.
        LoggedIn = 2,
        /// Its connection failed, and was not stopped yet.
        Failed = 3,
        /// It is at its end.
        Terminated = 4,
        /// Its connection was stopped, to log in again.
        InRecovery = 5,
        /// Nobody has logged in again in time. That may still happen.
        RecoveryFailed = 6,
        /// A Logout Request is sent, or being sent.
        LoggingOut = 7,
    }
}

/// What happens to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// Its connection was started.
    Started,
    /// Its connection failed.
    ConnectionFailed {
        /// Whether and why the connection had been stopped already.
        stop: StopStage,
    },
    /// A Logout Request is about to be sent.
    LogoutSent,
    /// Its connection is stopped.
    Stopped {
        /// Why.
        stop: StopStage,
        /// Whether and why it had been stopped before.
        before: StopStage,
    },
    /// Its leading connection is torn down.
    LeadTornDown,
    /// The time to log in again is over.
    RecoveryTimedOut,
}

/// Why a command is not taken. How the mid-layer is told is up to libiscsi.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not now: the mid-layer is to try it again (`DID_IMM_RETRY`).
    Retry,
    /// Nothing is to be expected of this path: try another (`DID_TRANSPORT_FAILFAST`).
    FailFast,
    /// There is no way to the target (`DID_NO_CONNECT`).
    NoConnection,
}

impl SessionState {
    /// The state after `event`.
    #[inline]
    pub const fn after(self, event: SessionEvent) -> Self {
        match event {
            SessionEvent::Started => Self::LoggedIn,
            SessionEvent::ConnectionFailed { stop } => match stop {
                StopStage::None => Self::Failed,
                // A login that fails while the session recovers ends no recovery.
                StopStage::Terminate | StopStage::Recover => self,
            },
            SessionEvent::LogoutSent => Self::LoggingOut,
            SessionEvent::Stopped { stop, before } => match (before, stop) {
                (StopStage::Terminate, _) | (_, StopStage::None) => self,
                (_, StopStage::Terminate) => Self::Terminated,
                (StopStage::None, StopStage::Recover) => Self::InRecovery,
                // So a recovery that has failed stays failed until there is a login.
                (StopStage::Recover, StopStage::Recover) => self,
            },
            SessionEvent::LeadTornDown => Self::Terminated,
            SessionEvent::RecoveryTimedOut => match self {
                // The login came first.
                Self::LoggedIn => self,
                _ => Self::RecoveryFailed,
            },
        }
    }

    /// Whether user space is to be told of a connection that fails in this state: once is enough.
    #[inline]
    pub const fn reports_failure(self) -> bool {
        !matches!(self, Self::Failed)
    }

    /// Why no command is taken in this state, or [`None`] if it is.
    ///
    /// When the system goes down nobody logs in again, so a failed session has failed for good:
    /// `system_running` is whether it does not.
    #[inline]
    pub const fn refusal(self, system_running: bool) -> Option<Refusal> {
        match self {
            Self::LoggedIn => None,
            Self::Failed if system_running => Some(Refusal::Retry),
            Self::InRecovery | Self::LoggingOut => Some(Refusal::Retry),
            Self::RecoveryFailed => Some(Refusal::FailFast),
            Self::Failed | Self::Free | Self::Terminated => Some(Refusal::NoConnection),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SessionState::{
        Failed,
        Free,
        InRecovery,
        LoggedIn,
        LoggingOut,
        RecoveryFailed,
        Terminated, //
    };

    const STATES: [SessionState; 7] = [
        Free,
        LoggedIn,
        Failed,
        Terminated,
        InRecovery,
        RecoveryFailed,
        LoggingOut,
    ];

    const STOPS: [StopStage; 3] = [StopStage::None, StopStage::Terminate, StopStage::Recover];

    #[test]
    fn each_state_has_its_number() {
        for (state, raw) in STATES.into_iter().zip(1..) {
            assert_eq!(state.as_raw(), raw);
            assert_eq!(SessionState::from_raw(raw), Some(state));
        }
        for raw in [i32::MIN, -1, 0, 8, 257, i32::MAX] {
            assert_eq!(SessionState::from_raw(raw), None);
        }
    }

    #[test]
    fn every_event_in_every_state() {
        use SessionEvent as Event;
        use StopStage as Stop;
        let stopped = |stop, before| Event::Stopped { stop, before };
        // One column for each state, in the order of `STATES`.
        let table = [
            (Event::Started, [LoggedIn; 7]),
            (Event::ConnectionFailed { stop: Stop::None }, [Failed; 7]),
            (
                Event::ConnectionFailed {
                    stop: Stop::Terminate,
                },
                STATES,
            ),
            (
                Event::ConnectionFailed {
                    stop: Stop::Recover,
                },
                STATES,
            ),
            (Event::LogoutSent, [LoggingOut; 7]),
            (stopped(Stop::None, Stop::None), STATES),
            (stopped(Stop::None, Stop::Terminate), STATES),
            (stopped(Stop::None, Stop::Recover), STATES),
            (stopped(Stop::Terminate, Stop::None), [Terminated; 7]),
            (stopped(Stop::Terminate, Stop::Terminate), STATES),
            (stopped(Stop::Terminate, Stop::Recover), [Terminated; 7]),
            (stopped(Stop::Recover, Stop::None), [InRecovery; 7]),
            (stopped(Stop::Recover, Stop::Terminate), STATES),
            (stopped(Stop::Recover, Stop::Recover), STATES),
            (Event::LeadTornDown, [Terminated; 7]),
            (
                Event::RecoveryTimedOut,
                [
                    RecoveryFailed,
                    LoggedIn,
                    RecoveryFailed,
                    RecoveryFailed,
                    RecoveryFailed,
                    RecoveryFailed,
                    RecoveryFailed,
                ],
            ),
        ];
        for (event, after) in table {
            for (state, after) in STATES.into_iter().zip(after) {
                assert_eq!(state.after(event), after, "{state:?}, {event:?}");
            }
        }
        // The table leaves out no way to stop.
        for stop in STOPS {
            for before in STOPS {
                assert!(table
                    .iter()
                    .any(|(event, _)| *event == stopped(stop, before)));
            }
        }
    }

    #[test]
    fn a_failure_is_reported_once() {
        let reporting = [true, true, false, true, true, true, true];
        for (state, reports) in STATES.into_iter().zip(reporting) {
            assert_eq!(state.reports_failure(), reports, "{state:?}");
        }
    }

    #[test]
    fn only_a_session_that_is_logged_in_takes_commands() {
        use Refusal::{
            FailFast,
            NoConnection,
            Retry, //
        };
        for (state, running, going_down) in [
            (Free, Some(NoConnection), Some(NoConnection)),
            (LoggedIn, None, None),
            (Failed, Some(Retry), Some(NoConnection)),
            (Terminated, Some(NoConnection), Some(NoConnection)),
            (InRecovery, Some(Retry), Some(Retry)),
            (RecoveryFailed, Some(FailFast), Some(FailFast)),
            (LoggingOut, Some(Retry), Some(Retry)),
        ] {
            assert_eq!(state.refusal(true), running, "{state:?}");
            assert_eq!(state.refusal(false), going_down, "{state:?}");
        }
    }
}
