// SPDX-License-Identifier: GPL-2.0

//! Sessions that fail, and the wait for a new login.

use crate::debug::debug_session;
use iscsi_abi::class::{
    DevicesState,
    Session,
    SessionWork, //
};
use iscsi_kernel::time::seconds;
use iscsi_proto::class::{
    RecoveryTimeout,
    SessionChange,
    SessionState, //
};
use kernel::{
    prelude::*,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// How often to look whether the wait for a new login is over.
const POLL_INTERVAL: Delta = Delta::from_secs(1);

/// Has the devices of a session take no commands until it is logged in again. Any context.
pub(crate) fn block(session: &Session) {
    session.queue(SessionWork::Block);
}

/// The worker's part of [`block`].
pub(crate) fn run_block(session: &Session) {
    debug_session!(session, "blocking session\n");
    session.lock_fields().note(SessionChange::Block);
    session.block_devices();
    if let Some(timeout) = RecoveryTimeout::from_raw(session.recovery_timeout()).seconds() {
        debug_session!(session, "waiting {} seconds for a new login\n", timeout);
        session.queue_recovery(seconds(timeout));
    }
}

/// Has the devices of a session take commands, and returns when they do. May sleep.
pub(crate) fn unblock(session: &Session) {
    if !session.cancel(SessionWork::Block) {
        session.cancel_recovery();
    }
    session.queue(SessionWork::Unblock);
    // Blocking is done later, too: who calls this must find it undone.
    session.flush(SessionWork::Unblock);
}

/// The worker's part of [`unblock`].
pub(crate) fn run_unblock(session: &Session) {
    debug_session!(session, "unblocking session\n");
    session.cancel_recovery();
    session.lock_fields().note(SessionChange::Unblock);
    session.unblock_devices(DevicesState::Running);
    debug_session!(session, "session takes commands\n");
}

/// The wait for a new login is over.
pub(crate) fn run_timeout(session: &Session) {
    dev_info!(
        session.as_dev(),
        "session recovery timed out after {} secs\n",
        session.recovery_timeout()
    );
    let before = session.lock_fields().note(SessionChange::RecoveryTimedOut);
    if before != Some(SessionState::Failed) {
        // Somebody was faster.
        return;
    }
    debug_session!(session, "failing the commands of the session\n");
    session.unblock_devices(DevicesState::Offline);
    session.transport().recovery_timed_out(session);
}

/// What error handlers of the mid-layer find when the wait for a new login is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The session is logged in.
    LoggedIn,
    /// The session was given up: commands fail.
    GivenUp,
}

/// Waits until a session is logged in, or given up.
pub(crate) fn wait(session: &Session) -> Outcome {
    loop {
        let state = session.lock_fields().state();
        match state {
            Some(SessionState::LoggedIn) => return Outcome::LoggedIn,
            Some(SessionState::Free) => return Outcome::GivenUp,
            _ => fsleep(POLL_INTERVAL),
        }
    }
}
