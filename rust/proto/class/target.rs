// SPDX-License-Identifier: GPL-2.0

//! The state of the SCSI target of a session.

use crate::state::states;

states! {
    /// The state of a session's target (`ISCSI_SESSION_TARGET_*`).
    TargetState {
        /// It has no number, or has none any more.
        Unbound = 0 => "UNBOUND",
        /// It has a number.
        Allocated = 1 => "ALLOCATED",
        /// It was scanned, and may have devices.
        Scanned = 2 => "SCANNED",
        /// It is being removed.
        Unbinding = 3 => "UNBINDING",
    }
}

/// What has to be done to unbind a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unbind {
    /// Nothing: it is unbound already, or somebody does it.
    Nothing,
    /// The target's number has to be given back, and user space to be told.
    FreeId,
    /// The target has to be removed, then the same.
    RemoveTarget,
}

impl TargetState {
    /// The state after the target was scanned. A target that is unbound meanwhile stays so.
    #[inline]
    pub const fn scanned(self) -> Self {
        match self {
            Self::Allocated | Self::Scanned => Self::Scanned,
            Self::Unbound | Self::Unbinding => self,
        }
    }

    /// The state when the session begins to be unbound, and what its caller has to do.
    #[inline]
    pub const fn unbind(self) -> (Self, Unbind) {
        match self {
            Self::Allocated => (Self::Unbinding, Unbind::FreeId),
            Self::Scanned => (Self::Unbinding, Unbind::RemoveTarget),
            Self::Unbound | Self::Unbinding => (self, Unbind::Nothing),
        }
    }

    /// The state when that is done.
    #[inline]
    pub const fn unbound(self) -> Self {
        match self {
            Self::Unbinding => Self::Unbound,
            Self::Unbound | Self::Allocated | Self::Scanned => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TargetState::{
        Allocated,
        Scanned,
        Unbinding,
        Unbound, //
    };

    const STATES: [TargetState; 4] = [Unbound, Allocated, Scanned, Unbinding];

    #[test]
    fn each_state_has_its_number_and_its_name() {
        for ((state, raw), name) in
            STATES
                .into_iter()
                .zip(0..)
                .zip(["UNBOUND", "ALLOCATED", "SCANNED", "UNBINDING"])
        {
            assert_eq!(state.as_raw(), raw);
            assert_eq!(TargetState::from_raw(raw), Some(state));
            assert_eq!(state.name(), name);
        }
        for raw in [i32::MIN, -1, 4, 256, i32::MAX] {
            assert_eq!(TargetState::from_raw(raw), None);
        }
    }

    #[test]
    fn every_change_in_every_state() {
        for (state, scanned, unbind, unbound) in [
            (Unbound, Unbound, (Unbound, Unbind::Nothing), Unbound),
            (Allocated, Scanned, (Unbinding, Unbind::FreeId), Allocated),
            (Scanned, Scanned, (Unbinding, Unbind::RemoveTarget), Scanned),
            (Unbinding, Unbinding, (Unbinding, Unbind::Nothing), Unbound),
        ] {
            assert_eq!(state.scanned(), scanned);
            assert_eq!(state.unbind(), unbind);
            assert_eq!(state.unbound(), unbound);
        }
    }

    #[test]
    fn a_session_is_unbound_once() {
        for state in [Allocated, Scanned] {
            let (unbinding, first) = state.unbind();
            assert_ne!(first, Unbind::Nothing);
            assert_eq!(unbinding.unbind(), (unbinding, Unbind::Nothing));
            assert_eq!(unbinding.scanned().unbound(), Unbound);
            assert_eq!(Unbound.unbind().1, Unbind::Nothing);
        }
    }
}
