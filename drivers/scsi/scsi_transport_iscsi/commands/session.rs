// SPDX-License-Identifier: GPL-2.0

//! Sessions: made, destroyed, and without their targets.

use super::{
    turn,
    Call, //
};
use crate::{
    debug::debug_session,
    session,
    unbind, //
};
use iscsi_abi::class::{
    Endpoint,
    Session, //
};
use kernel::{
    prelude::*,
    sync::MutexGuard, //
};

/// Makes a session.
///
/// # Errors
///
/// `ENOMEM` when the transport makes none.
pub(super) fn create(call: Call<'_>, commands: (u16, u16), cmdsn: u32) -> Result {
    let turn = turn::of_transport(call.registered);
    make(call, &turn, None, commands, cmdsn)
}

/// Makes a session on an endpoint.
///
/// # Errors
///
/// `EINVAL` when there is no such endpoint, `ENOMEM` when the transport makes none.
pub(super) fn create_on(call: Call<'_>, handle: u64, commands: (u16, u16), cmdsn: u32) -> Result {
    let turn = turn::of_transport(call.registered);
    let endpoint = turn::find_endpoint(call.registered, handle).ok_or(EINVAL)?;
    make(call, &turn, Some(&endpoint), commands, cmdsn)
}

fn make(
    call: Call<'_>,
    turn: &MutexGuard<'_, ()>,
    endpoint: Option<&Endpoint>,
    (commands, queue_depth): (u16, u16),
    cmdsn: u32,
) -> Result {
    let transport = call.registered.transport();
    // User space hears of the session before the transport is done with it.
    let creation = call.registered.begin_creation(turn);
    let session = transport.create_session(endpoint, commands, queue_depth, cmdsn)?;
    drop(creation);
    session.set_creator(call.sender as i32);
    session::open(&session);
    call.reply
        .set_session(session.host().number(), session.sid());
    debug_session!(session, "Completed creating transport session\n");
    Ok(())
}

/// Destroys a session.
///
/// # Errors
///
/// `EINVAL` when there is no such session, `EBUSY` as long as it has connections.
pub(super) fn destroy(call: &Call<'_>, sid: u32) -> Result {
    let session = turn::find_session(call.registered, sid).ok_or(EINVAL)?;
    let turn = turn::of_session(call.registered, &session);
    take(&session)?;
    // Nobody finds the session any more. What is left takes its time: only transports that rely on it
    // have others wait.
    let turn = call.registered.transport().has_endpoints().then_some(turn);
    session::tear_down(session.clone());
    drop(turn);
    Ok(())
}

/// Destroys a session, which the reply does not wait for.
///
/// # Errors
///
/// As for [`destroy`].
pub(super) fn destroy_later(call: &Call<'_>, sid: u32) -> Result {
    let session = turn::find_session(call.registered, sid).ok_or(EINVAL)?;
    let _turn = turn::of_session(call.registered, &session);
    take(&session)?;
    session::tear_down_later(session.clone());
    Ok(())
}

/// Takes a session away from whoever may look for it. Its turn is held.
fn take(session: &Session) -> Result {
    // The transport may not be done yet making it, or whoever had the turn before may have taken it.
    let _pass = session.gate().enter().ok_or(EINVAL)?;
    if session::has_connections(session) {
        return Err(EBUSY);
    }
    if session::take(session) {
        Ok(())
    } else {
        Err(EINVAL)
    }
}

/// Removes the target of a session, which the reply does not wait for.
///
/// # Errors
///
/// `EINVAL` when there is no such session.
pub(super) fn unbind(call: &Call<'_>, sid: u32) -> Result {
    turn::with_session(call.registered, sid, unbind::queue).ok_or(EINVAL)
}
