// SPDX-License-Identifier: GPL-2.0

//! The state of a session, and whether it takes commands.

use crate::state::states;

states! {
    /// The state of a session (`ISCSI_SESSION_*`).
    SessionState {
        /// Its targets do I/O.
        LoggedIn = 0 => "LOGGED_IN",
        /// Its targets are blocked until somebody has logged in again.
        Failed = 1 => "FAILED",
        /// Nobody has logged in yet or again in time, or the session is being removed.
        Free = 2 => "FREE",
    }
}

/// What happens to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionChange {
    /// Its connection was stopped, to log in again: its targets are to be blocked.
    Block,
    /// Its connection was started: its targets are to do I/O.
    Unblock,
    /// The time to log in again is over.
    RecoveryTimedOut,
    /// It is being removed.
    Remove,
}

/// What is to become of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// It goes to the target.
    Go,
    /// The mid-layer is to try again at once, which the blocked target makes it wait for
    /// (`DID_IMM_RETRY`).
    RetryAtOnce,
    /// It fails as a command of a transport that is down, so that another path is taken
    /// (`DID_TRANSPORT_FAILFAST`).
    FailFast,
    /// It fails: the session is in no state (`DID_NO_CONNECT`).
    NoConnect,
}

impl SessionState {
    /// The state after `change`.
    ///
    /// Somebody may log in again when the time is over already. Then the time-out changes nothing,
    /// and nothing is to be done about it.
    #[inline]
    pub const fn after(self, change: SessionChange) -> Self {
        match (change, self) {
            (SessionChange::Block, _) => Self::Failed,
            (SessionChange::Unblock, _) => Self::LoggedIn,
            (SessionChange::Remove, _) | (SessionChange::RecoveryTimedOut, Self::Failed) => {
                Self::Free
            }
            (SessionChange::RecoveryTimedOut, Self::LoggedIn | Self::Free) => self,
        }
    }

    /// Whether the time to log in again may be set by sysfs. Otherwise it is too late: the time
    /// runs, or is over.
    #[inline]
    pub const fn takes_recovery_timeout(self) -> bool {
        matches!(self, Self::LoggedIn)
    }
}

impl Ready {
    /// What becomes of a command in `state`, or in none that there is.
    #[inline]
    pub const fn of(state: Option<SessionState>) -> Self {
        match state {
            Some(SessionState::LoggedIn) => Self::Go,
            Some(SessionState::Failed) => Self::RetryAtOnce,
            Some(SessionState::Free) => Self::FailFast,
            None => Self::NoConnect,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SessionState::{
        Failed,
        Free,
        LoggedIn, //
    };

    const STATES: [SessionState; 3] = [LoggedIn, Failed, Free];

    #[test]
    fn each_state_has_its_number_and_its_name() {
        for ((state, raw), name) in STATES
            .into_iter()
            .zip(0..)
            .zip(["LOGGED_IN", "FAILED", "FREE"])
        {
            assert_eq!(state.as_raw(), raw);
            assert_eq!(SessionState::from_raw(raw), Some(state));
            assert_eq!(state.name(), name);
        }
        for raw in [i32::MIN, -1, 3, 256, i32::MAX] {
            assert_eq!(SessionState::from_raw(raw), None);
        }
    }

    #[test]
    fn every_change_in_every_state() {
        for (change, after) in [
            (SessionChange::Block, [Failed, Failed, Failed]),
            (SessionChange::Unblock, [LoggedIn, LoggedIn, LoggedIn]),
            (SessionChange::RecoveryTimedOut, [LoggedIn, Free, Free]),
            (SessionChange::Remove, [Free, Free, Free]),
        ] {
            for (state, after) in STATES.into_iter().zip(after) {
                assert_eq!(state.after(change), after, "{state:?}, {change:?}");
            }
        }
    }

    #[test]
    fn commands_are_taken_when_logged_in() {
        assert_eq!(Ready::of(Some(LoggedIn)), Ready::Go);
        assert_eq!(Ready::of(Some(Failed)), Ready::RetryAtOnce);
        assert_eq!(Ready::of(Some(Free)), Ready::FailFast);
        assert_eq!(Ready::of(None), Ready::NoConnect);
    }

    #[test]
    fn the_recovery_timeout_may_change_when_it_does_not_run() {
        assert!(LoggedIn.takes_recovery_timeout());
        assert!(!Failed.takes_recovery_timeout());
        assert!(!Free.takes_recovery_timeout());
    }
}
