// SPDX-License-Identifier: GPL-2.0

//! Connections: from their first socket to the last PDU.

use super::{
    refused,
    turn,
    Call, //
};
use crate::{
    connection,
    debug::debug_conn,
    endpoint, //
};
use core::ptr;
use iscsi_abi::class::{
    Connection,
    Endpoint,
    EndpointGuard,
    Registered, //
};
use iscsi_kernel::{
    compat::code::ENOTCONN,
    printk::{
        print,
        Level, //
    }, //
};
use iscsi_proto::{
    class::{
        ConnectionState,
        StopFlag, //
    },
    netlink::payload, //
};
use kernel::{
    prelude::*,
    sync::aref::ARef, //
};

/// Gives a session a connection.
///
/// # Errors
///
/// `EINVAL` when there is no such session, `EEXIST` when it has a connection with that number, `ENOMEM`
/// when the transport makes none.
pub(super) fn create(call: Call<'_>, sid: u32, cid: u32) -> Result {
    let transport = call.registered.transport();
    let made = turn::with_session(call.registered, sid, |session| -> Result<u32> {
        // Their names in sysfs would be the same.
        if connection::find(session, cid).is_some() {
            dev_err!(session.as_dev(), "there is a connection {cid} already\n");
            return Err(EEXIST);
        }
        let conn = transport.create_connection(session, cid).inspect_err(|_| {
            dev_err!(session.as_dev(), "couldn't create a new connection.\n");
        })?;
        debug_conn!(conn, "Completed creating transport conn\n");
        Ok(conn.cid())
    });
    let Some(made) = made else {
        print(Level::Error, fmt!("iscsi: invalid session {sid}.\n"));
        return Err(EINVAL);
    };
    call.reply.set_connection(sid, made?);
    Ok(())
}

/// Destroys a connection.
///
/// # Errors
///
/// `EINVAL` when there is no such connection.
pub(super) fn destroy(call: &Call<'_>, sid: u32, cid: u32) -> Result {
    turn::with_session(call.registered, sid, |session| {
        let conn = connection::find(session, cid)?;
        connection::tear_down(conn);
        Some(())
    })
    .flatten()
    .ok_or(EINVAL)
}

/// Gives a connection a socket of the sender, or an endpoint.
///
/// # Errors
///
/// `EINVAL` when there is no such connection, or the endpoint is another transport's; `EBUSY` when it is
/// another connection's; `ENOTCONN` when the transport has taken one that is not there.
pub(super) fn bind(call: Call<'_>, names: (u32, u32), handle: u64, is_leading: bool) -> Result {
    let registered = call.registered;
    let transport = registered.transport();
    started(call, names, |conn, guard, _| {
        let endpoint = bindable(registered, conn, handle).inspect_err(|_| cannot_bind(conn))?;
        let result = transport.bind_connection(conn.session(), conn, handle, is_leading)?;
        if result != 0 {
            return Ok(result);
        }
        conn.set_state(ConnectionState::Bound);
        if transport.has_endpoints() {
            endpoint
                .ok_or(ENOTCONN)
                .and_then(|endpoint| guard.bind(&endpoint))
                .inspect_err(|_| cannot_bind(conn))?;
        }
        Ok(result)
    })
}

/// The endpoint that a connection is to be bound to, if there is one.
///
/// The transport looks it up by itself, and takes over whatever it finds: it must not be asked for an
/// endpoint that the connection cannot have.
///
/// # Errors
///
/// As for [`bind`].
fn bindable(
    registered: &Registered,
    conn: &Connection,
    handle: u64,
) -> Result<Option<ARef<Endpoint>>> {
    if !registered.transport().has_endpoints() {
        return Ok(None);
    }
    let Some(endpoint) = endpoint::find(handle) else {
        return Ok(None);
    };
    if !endpoint.belongs_to(registered.transport()) {
        return Err(EINVAL);
    }
    match endpoint.connection() {
        Some(other) if !ptr::eq(&*other, conn) => Err(EBUSY),
        _ => Ok(Some(endpoint)),
    }
}

fn cannot_bind(conn: &Connection) {
    dev_err!(conn.as_dev(), "Could not set ep conn binding\n");
}

/// Has a connection that has logged in carry commands.
///
/// # Errors
///
/// `EINVAL` when there is no such connection.
pub(super) fn start(call: Call<'_>, names: (u32, u32)) -> Result {
    let transport = call.registered.transport();
    started(call, names, |conn, _, _| {
        let result = transport.start_connection(conn)?;
        if result == 0 {
            conn.set_state(ConnectionState::Up);
        }
        Ok(result)
    })
}

/// Sends a PDU of user space: to log in and out, to negotiate, or to ping.
///
/// # Errors
///
/// `EINVAL` when there is no such connection, or the PDU is not as long as its header says.
pub(super) fn send_pdu(
    call: Call<'_>,
    names: (u32, u32),
    header_len: u32,
    data_len: u32,
) -> Result {
    let transport = call.registered.transport();
    started(call, names, |conn, _, bytes| {
        let pdu = payload::pdu(bytes, header_len, data_len).map_err(refused)?;
        transport.send_pdu(conn, pdu)
    })
}

/// Runs what needs a connection whose endpoint stays where it is, and tells the sender what the
/// transport says of it.
///
/// After the class has cleaned up, user space has to stop the connection first: it may not know yet
/// what it would start anew.
fn started(
    call: Call<'_>,
    names: (u32, u32),
    run: impl FnOnce(&Connection, &mut EndpointGuard<'_>, &mut [u8]) -> Result<i32>,
) -> Result {
    let Call {
        registered,
        payload,
        reply,
        ..
    } = call;
    let result = turn::with_connection(registered, names, |conn| {
        let mut endpoint = conn.lock_endpoint();
        if conn.cleanup_is_pending() {
            return Ok(ENOTCONN.to_errno());
        }
        run(conn, &mut endpoint, payload)
    });
    reply.set_retcode(result.ok_or(EINVAL)??);
    Ok(())
}

/// Stops a connection, for good or to start it again. A reason that there is none of stops nothing.
///
/// # Errors
///
/// `EINVAL` when there is no such connection.
pub(super) fn stop(call: &Call<'_>, names: (u32, u32), flag: u32) -> Result {
    let stop = |conn: &Connection| match StopFlag::from_raw(flag as i32) {
        Some(flag) => connection::stop_for_user(conn, flag),
        None => dev_err!(conn.as_dev(), "invalid stop flag {flag}\n"),
    };
    turn::with_connection(call.registered, names, stop).ok_or(EINVAL)
}
