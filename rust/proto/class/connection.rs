// SPDX-License-Identifier: GPL-2.0

//! The state of a connection.

use crate::state::states;

states! {
    /// The state of a connection (`ISCSI_CONN_*` of `enum iscsi_connection_state`).
    ConnectionState {
        /// It was started.
        Up = 0 => "up",
        /// It was never bound, or was stopped for good.
        Down = 1 => "down",
        /// It was stopped to log in again, or its endpoint was disconnected.
        Failed = 2 => "failed",
        /// It has its socket or its endpoint, and is not started yet.
        Bound = 3 => "bound",
    }
}

states! {
    /// Why a connection is stopped (`STOP_CONN_*` of
    /// [`include/scsi/iscsi_if.h`](srctree/include/scsi/iscsi_if.h)).
    ///
    /// `STOP_CONN_SUSPEND`, which is 2, has never been used by anybody.
    StopFlag {
        /// For good: nobody is going to log in again.
        Terminate = 1,
        /// To log in again and go on.
        Recover = 3,
    }
}

/// What has happened to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionChange {
    /// The driver has bound it.
    Bound,
    /// The driver has started it.
    Started,
    /// It is about to be stopped.
    Stopped(StopFlag),
    /// Its endpoint, if it has one, is about to be disconnected.
    EndpointDisconnected,
}

impl ConnectionState {
    /// What sysfs shows for a number that is no state.
    pub const UNKNOWN: &'static str = "unknown";

    /// The state after `change`, whatever it was before: user space may bind, start and stop in any
    /// order, and the driver refuses what makes no sense.
    #[inline]
    pub const fn after(change: ConnectionChange) -> Self {
        match change {
            ConnectionChange::Bound => Self::Bound,
            ConnectionChange::Started => Self::Up,
            ConnectionChange::Stopped(StopFlag::Terminate) => Self::Down,
            ConnectionChange::Stopped(StopFlag::Recover)
            | ConnectionChange::EndpointDisconnected => Self::Failed,
        }
    }

    /// Whether there is a socket or an endpoint, so that parameters can be set, and an error is one
    /// of this connection.
    #[inline]
    pub const fn is_connected(self) -> bool {
        matches!(self, Self::Bound | Self::Up)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConnectionState::{
        Bound,
        Down,
        Failed,
        Up, //
    };

    #[test]
    fn each_state_has_its_number_and_its_name() {
        for ((state, raw), name) in [Up, Down, Failed, Bound]
            .into_iter()
            .zip(0..)
            .zip(["up", "down", "failed", "bound"])
        {
            assert_eq!(state.as_raw(), raw);
            assert_eq!(ConnectionState::from_raw(raw), Some(state));
            assert_eq!(state.name(), name);
        }
        for raw in [i32::MIN, -1, 4, 256, i32::MAX] {
            assert_eq!(ConnectionState::from_raw(raw), None);
        }
    }

    #[test]
    fn each_flag_has_its_number() {
        for number in 0..1000 {
            let expected = match number {
                1 => Some(StopFlag::Terminate),
                3 => Some(StopFlag::Recover),
                _ => None,
            };
            assert_eq!(StopFlag::from_raw(number), expected);
        }
        for number in [i32::MIN, -1, i32::MAX] {
            assert_eq!(StopFlag::from_raw(number), None);
        }
        assert_eq!(StopFlag::Terminate.as_raw(), 1);
        assert_eq!(StopFlag::Recover.as_raw(), 3);
    }

    #[test]
    fn every_change() {
        for (change, after) in [
            (ConnectionChange::Bound, Bound),
            (ConnectionChange::Started, Up),
            (ConnectionChange::Stopped(StopFlag::Terminate), Down),
            (ConnectionChange::Stopped(StopFlag::Recover), Failed),
            (ConnectionChange::EndpointDisconnected, Failed),
        ] {
            assert_eq!(ConnectionState::after(change), after);
        }
    }

    #[test]
    fn what_is_bound_is_connected_until_it_is_stopped() {
        assert!(Up.is_connected());
        assert!(Bound.is_connected());
        assert!(!Down.is_connected());
        assert!(!Failed.is_connected());
    }
}
