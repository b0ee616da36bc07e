// SPDX-License-Identifier: GPL-2.0

//! A task management function under way (RFC 7143, sections 4.2.3, 11.5 and 11.6): what became of it,
//! and what must not be sent meanwhile. Its PDUs are in [`bhs`](crate::bhs).
//!
//! The numbers are those that the modules share by
//! [`include/scsi/libiscsi.h`](srctree/include/scsi/libiscsi.h).
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::task_management::{holds_back, Outgoing, Scope, TmfState};
//!
//! let reset = Scope::LogicalUnit { lun: 1 };
//! assert!(holds_back(reset, Outgoing::Command, 1, [0; 4], false));
//! assert!(!holds_back(reset, Outgoing::Command, 2, [0; 4], false));
//!
//! assert_eq!(TmfState::Queued.answered(0), TmfState::Success);
//! // The answer comes too late.
//! assert_eq!(TmfState::Queued.timed_out().answered(0), TmfState::TimedOut);
//! ```

use crate::{
    bhs::TaskManagementResponseCode,
    state::states, //
};

states! {
    /// What became of a session's task management function (`TMF_*` of `libiscsi.h`).
    TmfState {
        /// There is none.
        Initial = 0,
        /// It is sent, or waits to be, and was not answered yet.
        Queued = 1,
        /// It was done.
        Success = 2,
        /// It was not done.
        Failed = 3,
        /// There was no answer in time.
        TimedOut = 4,
        /// The target does not know the task to abort.
        NotFound = 5,
    }
}

impl TmfState {
    /// The state after a response with the code `response_code` (RFC 7143, section 11.6.1). Only
    /// a function that waits for one has an answer.
    #[inline]
    pub const fn answered(self, response_code: u8) -> Self {
        const COMPLETE: u8 = TaskManagementResponseCode::Complete as u8;
        const NO_TASK: u8 = TaskManagementResponseCode::NoTask as u8;
        match (self, response_code) {
            (Self::Queued, COMPLETE) => Self::Success,
            (Self::Queued, NO_TASK) => Self::NotFound,
            (Self::Queued, _) => Self::Failed,
            _ => self,
        }
    }

    /// The state after the time to answer has passed.
    #[inline]
    pub const fn timed_out(self) -> Self {
        match self {
            Self::Queued => Self::TimedOut,
            _ => self,
        }
    }
}

/// What a task management function is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One task: ABORT TASK.
    Task {
        /// The Initiator Task Tag of that task, as in its header.
        referenced: [u8; 4],
    },
    /// A logical unit: LOGICAL UNIT RESET.
    LogicalUnit {
        /// Which, by its number.
        lun: u64,
    },
    /// All logical units: TARGET WARM RESET.
    Target,
}

/// What a task has to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// Its SCSI Command.
    Command,
    /// A Data-Out.
    DataOut,
}

/// Whether a task of logical unit `task_lun` with the tag `task_itt` must not send `outgoing`
/// while a function with this `scope` is under way.
///
/// A new command has to wait until it is known what became of a reset that concerns it. Data goes
/// on, for a target may wait for all it has asked for before it resets anything (section 4.2.3.3);
/// with `fast_abort` it is known not to (section 4.2.3.4, and TaskReporting in section 13.23). A
/// task that is to be aborted sends no more data.
#[inline]
pub const fn holds_back(
    scope: Scope,
    outgoing: Outgoing,
    task_lun: u64,
    task_itt: [u8; 4],
    fast_abort: bool,
) -> bool {
    match scope {
        // Its command was sent, or it would have been aborted without asking the target.
        Scope::Task { referenced } => {
            matches!(outgoing, Outgoing::DataOut)
                && u32::from_ne_bytes(referenced) == u32::from_ne_bytes(task_itt)
        }
        Scope::LogicalUnit { lun } => lun == task_lun && is_stopped_by_reset(outgoing, fast_abort),
        Scope::Target => is_stopped_by_reset(outgoing, fast_abort),
    }
}

/// Whether a reset holds back `outgoing` of a task that it concerns.
#[inline]
const fn is_stopped_by_reset(outgoing: Outgoing, fast_abort: bool) -> bool {
    match outgoing {
        Outgoing::Command => true,
        Outgoing::DataOut => fast_abort,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STATES: [TmfState; 6] = [
        TmfState::Initial,
        TmfState::Queued,
        TmfState::Success,
        TmfState::Failed,
        TmfState::TimedOut,
        TmfState::NotFound,
    ];

    #[test]
    fn each_state_has_its_number() {
        for (state, raw) in STATES.into_iter().zip(0..) {
            assert_eq!(state.as_raw(), raw);
            assert_eq!(TmfState::from_raw(raw), Some(state));
        }
        for raw in [i32::MIN, -1, 6, 256, i32::MAX] {
            assert_eq!(TmfState::from_raw(raw), None);
        }
    }

    #[test]
    fn only_what_waits_for_an_answer_has_one() {
        for code in 0..=u8::MAX {
            let answered = match code {
                0 => TmfState::Success,
                1 => TmfState::NotFound,
                _ => TmfState::Failed,
            };
            for state in STATES {
                let expected = if state == TmfState::Queued {
                    answered
                } else {
                    state
                };
                assert_eq!(state.answered(code), expected);
            }
        }
    }

    #[test]
    fn only_what_waits_for_an_answer_times_out() {
        for (state, after) in STATES.into_iter().zip([
            TmfState::Initial,
            TmfState::TimedOut,
            TmfState::Success,
            TmfState::Failed,
            TmfState::TimedOut,
            TmfState::NotFound,
        ]) {
            assert_eq!(state.timed_out(), after);
        }
    }

    #[test]
    fn every_pdu_against_every_function() {
        use Outgoing::{
            Command,
            DataOut, //
        };
        const LUN: u64 = 0x0002_0001;
        const ITT: [u8; 4] = [1, 2, 3, 4];
        let own_task = Scope::Task { referenced: ITT };
        let other_task = Scope::Task {
            referenced: [1, 2, 3, 5],
        };
        let own_unit = Scope::LogicalUnit { lun: LUN };
        let other_unit = Scope::LogicalUnit { lun: 1 };
        for (scope, outgoing, fast_abort, held) in [
            (own_task, Command, false, false),
            (own_task, Command, true, false),
            (own_task, DataOut, false, true),
            (own_task, DataOut, true, true),
            (other_task, Command, false, false),
            (other_task, Command, true, false),
            (other_task, DataOut, false, false),
            (other_task, DataOut, true, false),
            (own_unit, Command, false, true),
            (own_unit, Command, true, true),
            (own_unit, DataOut, false, false),
            (own_unit, DataOut, true, true),
            (other_unit, Command, false, false),
            (other_unit, Command, true, false),
            (other_unit, DataOut, false, false),
            (other_unit, DataOut, true, false),
            (Scope::Target, Command, false, true),
            (Scope::Target, Command, true, true),
            (Scope::Target, DataOut, false, false),
            (Scope::Target, DataOut, true, true),
        ] {
            assert_eq!(
                holds_back(scope, outgoing, LUN, ITT, fast_abort),
                held,
                "{scope:?}, {outgoing:?}, {fast_abort}"
            );
        }
    }

    proptest! {
        /// Every bit of a tag and of a logical unit counts.
        #[test]
        fn only_the_same_is_concerned(itt: [u8; 4], lun: u64, bit in 0u32..32, high in 0u32..64) {
            let other = (u32::from_ne_bytes(itt) ^ (1 << bit)).to_ne_bytes();
            let abort = Scope::Task { referenced: itt };
            prop_assert!(holds_back(abort, Outgoing::DataOut, lun, itt, false));
            prop_assert!(!holds_back(abort, Outgoing::DataOut, lun, other, false));
            let reset = Scope::LogicalUnit { lun };
            prop_assert!(holds_back(reset, Outgoing::Command, lun, itt, false));
            prop_assert!(!holds_back(reset, Outgoing::Command, lun ^ (1 << high), itt, false));
        }
    }
}
