// SPDX-License-Identifier: GPL-2.0

//! Endpoints, and what connections have to do with them.

use crate::{
    debug::debug_conn,
    ffi::tables, //
};
use core::ops::RangeInclusive;
use iscsi_abi::class::{
    Endpoint,
    EndpointEntry,
    EndpointGuard,
    NewEndpoint,
    Transport, //
};
use iscsi_kernel::{
    id_table::Slot,
    printk::{
        print,
        Level, //
    }, //
};
use iscsi_proto::class::{
    ConnectionChange,
    ConnectionState, //
};
use kernel::{
    prelude::*,
    sync::aref::ARef, //
};

/// The numbers of endpoints. User space takes 0 for a failure, and they are signed in C.
const IDS: RangeInclusive<u32> = 1..=i32::MAX as u32;

/// Adds an endpoint to sysfs, where commands of user space find it. `entry` is for the table of those
/// that are not freed.
///
/// # Errors
///
/// `ENOMEM`, `ENOSPC`, or what the driver core says.
pub(crate) fn add(new: NewEndpoint, entry: EndpointEntry) -> Result<ARef<Endpoint>> {
    let id = Slot::new().and_then(|slot| {
        let id = tables::ENDPOINTS.lock().insert_lowest(IDS, slot, entry);
        id.ok_or(ENOSPC)
    });
    let id = id.inspect_err(|error| {
        let error = error.to_errno();
        print(
            Level::Error,
            fmt!("Could not allocate endpoint ID. Error {error}.\n"),
        );
    })?;
    new.publish(id)
}

/// Takes an endpoint that is about to be freed from where [`find`] looks.
pub(crate) fn forget(endpoint: &Endpoint) {
    tables::ENDPOINTS.lock().remove(endpoint.id());
}

/// The endpoint with a number, if it can be used.
///
/// When the kernel has had one disconnected, the driver may have freed what the endpoint points to,
/// though its number stays taken until user space is done with it.
pub(crate) fn find(handle: u64) -> Option<ARef<Endpoint>> {
    find_any(handle).filter(|endpoint| !endpoint.is_disconnected())
}

/// The endpoint with a number, which may be disconnected: for user space to be done with it.
pub(crate) fn find_any(handle: u64) -> Option<ARef<Endpoint>> {
    let id = u32::try_from(handle).ok()?;
    let table = tables::ENDPOINTS.lock();
    table.get(id)?.get()
}

/// Has the driver disconnect the endpoint that a connection is bound to, if it is to one.
pub(crate) fn disconnect(guard: &mut EndpointGuard<'_>, is_active: bool) {
    let conn = guard.connection();
    conn.set_state(ConnectionState::after(
        ConnectionChange::EndpointDisconnected,
    ));
    let transport = conn.transport();
    if !transport.disconnects() {
        return;
    }
    let Some(endpoint) = guard.unbind() else {
        return;
    };
    debug_conn!(conn, "disconnecting endpoint {}\n", endpoint.id());
    endpoint.set_disconnected();
    transport.unbind_connection(conn, is_active);
    transport.disconnect(&endpoint);
    debug_conn!(conn, "disconnected endpoint\n");
}

/// Has the endpoint that a connection is bound to disconnected, or waits until the kernel has had it
/// disconnected by itself. Returns with the mutex held again.
pub(crate) fn disconnect_bound(mut guard: EndpointGuard<'_>, is_active: bool) -> EndpointGuard<'_> {
    if guard.endpoint().is_none() {
        return guard;
    }
    let conn = guard.connection();
    if conn.cleanup_is_pending() {
        debug_conn!(conn, "waiting for the kernel's cleanup\n");
        // The kernel needs the mutex.
        drop(guard);
        conn.flush_cleanup();
        conn.lock_endpoint()
    } else {
        disconnect(&mut guard, is_active);
        guard
    }
}

/// Disconnects an endpoint of a transport, as user space wants it, which is done with it then.
pub(crate) fn disconnect_for_user(transport: &Transport, endpoint: &Endpoint) {
    if let Some(conn) = endpoint.connection() {
        let mut guard = disconnect_bound(conn.lock_endpoint(), false);
        guard.release_kept();
    } else if !endpoint.is_disconnected() {
        // No connection was bound to it, so none can fail.
        transport.disconnect(endpoint);
    }
}
