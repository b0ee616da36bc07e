// SPDX-License-Identifier: GPL-2.0

//! Who cleans up after a connection that has failed.
//!
//! The class does it at once, so that commands get back to their senders even if there is no
//! iscsid: it disconnects the endpoint and stops the connection, to log in again. From the error on
//! that cleanup is pending, and user space can neither bind nor start the connection nor send PDUs,
//! until it has stopped the connection, too, and so knows.

use super::{
    ConnectionState,
    StopFlag, //
};

/// What to do about an error of a connection, besides telling user space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// Queue the cleanup, which is pending from now on. Both must happen at once.
    Queue,
    /// Nothing: a cleanup is pending, or what is not connected is left to user space, which may
    /// have forgotten it and would never end the cleanup.
    Nothing,
}

/// What to do when a connection has failed that is in this state, with a cleanup pending or not.
#[inline]
pub const fn on_error(state: ConnectionState, pending: bool) -> OnError {
    if state.is_connected() && !pending {
        OnError::Queue
    } else {
        OnError::Nothing
    }
}

/// What to do when user space stops a connection, once its endpoint is disconnected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStop {
    /// Take a cleanup out of the queue or wait for it, and stop the connection for good. Whether a
    /// cleanup is pending stays as it is, so that no error begins another one.
    CancelAndStop,
    /// Stop the connection, and let a cleanup be pending for as long as that takes.
    StopAndForget,
    /// Wait for the cleanup, which has stopped the connection or will. Then it is not pending any
    /// more.
    WaitAndForget,
}

/// What to do when user space stops a connection, with a cleanup pending or not.
#[inline]
pub const fn on_stop(flag: StopFlag, pending: bool) -> OnStop {
    match (flag, pending) {
        (StopFlag::Terminate, _) => OnStop::CancelAndStop,
        (StopFlag::Recover, false) => OnStop::StopAndForget,
        (StopFlag::Recover, true) => OnStop::WaitAndForget,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_every_state() {
        for (state, expected) in [
            (ConnectionState::Up, OnError::Queue),
            (ConnectionState::Down, OnError::Nothing),
            (ConnectionState::Failed, OnError::Nothing),
            (ConnectionState::Bound, OnError::Queue),
        ] {
            assert_eq!(on_error(state, false), expected);
            assert_eq!(on_error(state, true), OnError::Nothing);
        }
    }

    #[test]
    fn every_stop() {
        for (flag, pending, expected) in [
            (StopFlag::Terminate, false, OnStop::CancelAndStop),
            (StopFlag::Terminate, true, OnStop::CancelAndStop),
            (StopFlag::Recover, false, OnStop::StopAndForget),
            (StopFlag::Recover, true, OnStop::WaitAndForget),
        ] {
            assert_eq!(on_stop(flag, pending), expected);
        }
    }
}
