// SPDX-License-Identifier: GPL-2.0

//! The state of a task, and what becomes of one that fails.
//!
//! The numbers are those that the modules share by
//! [`include/scsi/libiscsi.h`](srctree/include/scsi/libiscsi.h).
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::task::{Failure, TaskState};
//!
//! let state = TaskState::Running.after_failure(Failure::Recovery);
//! assert_eq!(state, TaskState::AbortedByRecovery);
//! assert!(state.is_over() && !state.may_complete());
//! ```

use crate::state::states;

states! {
    /// The state of a task (`ISCSI_TASK_*` of `libiscsi.h`).
    TaskState {
        /// Nobody uses it.
        Free = 0,
        /// It was answered, or failed before it was sent.
        Completed = 1,
        /// It waits to be sent.
        Pending = 2,
        /// It is sent, or being sent.
        Running = 3,
        /// It was given up without the session recovering, by a task management function or an error.
        AbortedByTmf = 4,
        /// It was given up for the session to recover.
        AbortedByRecovery = 5,
        /// It was never sent, and the mid-layer is to queue it again.
        Requeued = 6,
    }
}

/// Why a task fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Its connection was stopped (`DID_TRANSPORT_DISRUPTED`).
    Recovery,
    /// Anything else.
    Other,
}

impl TaskState {
    /// Whether the task has come to its end, and somebody still holds it.
    #[inline]
    pub const fn is_over(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::AbortedByTmf | Self::AbortedByRecovery | Self::Requeued
        )
    }

    /// Whether the task can come to its end: a task does so only once.
    #[inline]
    pub const fn may_complete(self) -> bool {
        matches!(self, Self::Pending | Self::Running)
    }

    /// The state after a failure for the reason `failure`.
    ///
    /// A task that was never on the wire completes like any other: the target does not know of it.
    /// One that cannot complete stays what it is.
    #[inline]
    pub const fn after_failure(self, failure: Failure) -> Self {
        match (self, failure) {
            (Self::Pending, _) => Self::Completed,
            (Self::Running, Failure::Recovery) => Self::AbortedByRecovery,
            (Self::Running, Failure::Other) => Self::AbortedByTmf,
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [TaskState; 7] = [
        TaskState::Free,
        TaskState::Completed,
        TaskState::Pending,
        TaskState::Running,
        TaskState::AbortedByTmf,
        TaskState::AbortedByRecovery,
        TaskState::Requeued,
    ];

    #[test]
    fn each_state_has_its_number() {
        for (state, raw) in STATES.into_iter().zip(0..) {
            assert_eq!(state.as_raw(), raw);
            assert_eq!(TaskState::from_raw(raw), Some(state));
        }
        for raw in [i32::MIN, -1, 7, 256, i32::MAX] {
            assert_eq!(TaskState::from_raw(raw), None);
        }
    }

    #[test]
    fn every_failure_in_every_state() {
        use TaskState::{
            AbortedByRecovery,
            AbortedByTmf,
            Completed,
            Free,
            Pending,
            Requeued,
            Running, //
        };
        for (state, is_over, may_complete, recovery, other) in [
            (Free, false, false, Free, Free),
            (Completed, true, false, Completed, Completed),
            (Pending, false, true, Completed, Completed),
            (Running, false, true, AbortedByRecovery, AbortedByTmf),
            (AbortedByTmf, true, false, AbortedByTmf, AbortedByTmf),
            (
                AbortedByRecovery,
                true,
                false,
                AbortedByRecovery,
                AbortedByRecovery,
            ),
            (Requeued, true, false, Requeued, Requeued),
        ] {
            assert_eq!(state.is_over(), is_over, "{state:?}");
            assert_eq!(state.may_complete(), may_complete, "{state:?}");
            assert_eq!(state.after_failure(Failure::Recovery), recovery);
            assert_eq!(state.after_failure(Failure::Other), other);
        }
    }

    #[test]
    fn a_task_that_can_complete_is_over_once_it_failed() {
        for state in STATES {
            for failure in [Failure::Recovery, Failure::Other] {
                let after = state.after_failure(failure);
                assert_eq!(after.is_over(), state.is_over() || state.may_complete());
                assert!(!after.may_complete());
            }
        }
    }
}
