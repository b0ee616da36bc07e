// SPDX-License-Identifier: GPL-2.0

//! Which commands run at the same time, and which do not.
//!
//! A command that names a session has its turn when no other command of that session runs; every
//! other command when no other such command of the transport does. Transports with endpoints rely on
//! more: none of their commands runs beside another. Commands of different transports do. What some of
//! them share, libiscsi and for cxgb3i and cxgb4i libcxgbi, has locks for its lists of its own.
//!
//! The order of the locks is: `commands` of the transport, `commands` of the session, then whatever
//! connections have. What a command holds of a session or connection to keep it set up, a pass of
//! its gate, it gets with the turn and gives back before it: nobody waits for a turn with a pass, so
//! that closing a gate waits for the commands that run alone.

use crate::{
    connection,
    endpoint,
    session, //
};
use iscsi_abi::class::{
    Connection,
    Endpoint,
    Host,
    Registered,
    Session, //
};
use iscsi_kernel::printk::{
    print,
    Level, //
};
use kernel::{
    prelude::*,
    sync::{
        aref::ARef,
        MutexGuard, //
    }, //
};

/// Waits for the turn of a command that names no session, or a command of a transport that has but
/// one turn.
pub(super) fn of_transport(registered: &Registered) -> MutexGuard<'_, ()> {
    registered.commands().lock()
}

/// Waits for the turn of a command that names a session.
///
/// The session may be gone when this returns.
pub(super) fn of_session<'a>(
    registered: &'a Registered,
    session: &'a Session,
) -> MutexGuard<'a, ()> {
    if registered.transport().has_endpoints() {
        return of_transport(registered);
    }
    session.commands().lock()
}

/// The session with a number, if it is one of the transport.
pub(super) fn find_session(registered: &Registered, sid: u32) -> Option<ARef<Session>> {
    session::find(sid).filter(|session| core::ptr::eq(session.transport(), registered.transport()))
}

/// Runs a command of a session, which is not taken down meanwhile. Returns [`None`] if there is no
/// such session.
pub(super) fn with_session<T>(
    registered: &Registered,
    sid: u32,
    run: impl FnOnce(&Session) -> T,
) -> Option<T> {
    let session = find_session(registered, sid)?;
    let _turn = of_session(registered, &session);
    // Whoever had the turn before may have taken it away, and shut the gate.
    let _pass = session.gate().enter()?;
    Some(run(&session))
}

/// Runs a command of a connection, which is not taken down meanwhile. Returns [`None`] if there is
/// no such connection.
pub(super) fn with_connection<T>(
    registered: &Registered,
    (sid, cid): (u32, u32),
    run: impl FnOnce(&Connection) -> T,
) -> Option<T> {
    with_session(registered, sid, |session| {
        let conn = connection::find_any(session, cid)?;
        let _pass = conn.gate().enter()?;
        Some(run(&conn))
    })?
}

/// The endpoint with a number, if it is one of the transport and can be used.
pub(super) fn find_endpoint(registered: &Registered, handle: u64) -> Option<ARef<Endpoint>> {
    endpoint::find(handle).filter(|endpoint| endpoint.belongs_to(registered.transport()))
}

/// The host with a number, if it is one of the transport. `what` is what could not find it otherwise,
/// for the log.
///
/// # Errors
///
/// `ENODEV` if there is none.
pub(super) fn find_host(registered: &Registered, number: u32, what: &str) -> Result<ARef<Host>> {
    Host::find(number, registered).ok_or_else(|| {
        print(Level::Error, fmt!("{what} find host no {number}\n"));
        ENODEV
    })
}

/// Runs a command of a host that transports without endpoints have, too.
///
/// They have a host for each session, and free what belongs to it once the session is gone: the host
/// has its turn with the session.
///
/// # Errors
///
/// As for [`find_host`], also if there is no session; what `run` says.
pub(super) fn with_host(
    registered: &Registered,
    number: u32,
    what: &str,
    run: impl FnOnce(&Host) -> Result,
) -> Result {
    if registered.transport().has_endpoints() {
        let _turn = of_transport(registered);
        return run(&*find_host(registered, number, what)?);
    }
    let host = find_host(registered, number, what)?;
    let mut session = None;
    host.for_each_session(|it| session = Some(ARef::from(it)));
    let session: ARef<Session> = session.ok_or(ENODEV)?;
    let _turn = of_session(registered, &session);
    let _pass = session.gate().enter().ok_or(ENODEV)?;
    run(&host)
}
