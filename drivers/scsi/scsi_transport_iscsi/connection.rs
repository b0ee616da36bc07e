// SPDX-License-Identifier: GPL-2.0

//! The life of a connection, from its beginning in sysfs to its end.

use crate::{
    debug::debug_conn,
    endpoint, //
};
use iscsi_abi::class::{
    AddError,
    Addition,
    Connection,
    Removal,
    Session, //
};
use iscsi_proto::class::{
    cleanup::{
        self,
        OnStop, //
    },
    ConnectionChange,
    ConnectionState,
    StopFlag, //
};
use kernel::{
    prelude::*,
    sync::aref::ARef, //
};

/// Adds a connection to sysfs, where commands of user space find it.
///
/// # Errors
///
/// What the driver core says.
pub(crate) fn add(new: Addition<'_, Connection>) -> Result {
    let conn = new.object();
    if let Err(error) = new.add() {
        let session = conn.session();
        match error {
            AddError::Attributes(_) => {
                dev_err!(session.as_dev(), "could not register transport's dev\n");
            }
            _ => dev_err!(session.as_dev(), "could not register connection's dev\n"),
        }
        return Err(error.into());
    }
    conn.gate().open();
    debug_conn!(conn, "added connection\n");
    Ok(())
}

/// The connection of a session with a number, whether or not commands of user space can use it.
pub(crate) fn find_any(session: &Session, cid: u32) -> Option<ARef<Connection>> {
    session.find_connection(|conn| conn.cid() == cid)
}

/// The connection of a session with a number, if commands of user space can use it.
pub(crate) fn find(session: &Session, cid: u32) -> Option<ARef<Connection>> {
    find_any(session, cid).filter(|conn| conn.gate().is_open())
}

/// Takes a connection from user space. May sleep.
pub(crate) fn remove(removal: Removal<'_, Connection>) {
    let conn = removal.object();
    conn.gate().close();
    debug_conn!(conn, "removing connection\n");
    removal.finish();
}

/// Has the driver destroy a connection, if it does that. No command of user space may use it.
pub(crate) fn tear_down(conn: ARef<Connection>) {
    conn.gate().close();
    debug_conn!(conn, "flushing cleanup during destruction\n");
    conn.flush_cleanup();
    debug_conn!(conn, "destroying connection\n");
    conn.transport().destroy_connection(&conn);
}

/// Has the driver stop a connection.
pub(crate) fn stop(conn: &Connection, flag: StopFlag) {
    debug_conn!(conn, "stopping connection: {:?}\n", flag);
    conn.set_state(ConnectionState::after(ConnectionChange::Stopped(flag)));
    conn.transport().stop_connection(conn, flag);
    debug_conn!(conn, "stopped connection\n");
}

/// Stops a connection, as user space wants it.
///
/// When the kernel has begun to do so on its own, this waits until it has done it.
pub(crate) fn stop_for_user(conn: &Connection, flag: StopFlag) {
    // Who wants a session ended may know nothing of its endpoints: a daemon that was started again, or
    // a system that goes down.
    drop(endpoint::disconnect_bound(conn.lock_endpoint(), true));
    match begin_stop(conn, flag) {
        OnStop::CancelAndStop => {
            conn.cancel_cleanup();
            stop(conn, flag);
            return;
        }
        OnStop::StopAndForget => stop(conn, flag),
        OnStop::WaitAndForget => {
            debug_conn!(conn, "waiting for the kernel's cleanup\n");
            conn.flush_cleanup();
        }
    }
    conn.lock_fields().end_cleanup();
}

/// What user space has to do for a stop. From now on an error does not have the kernel clean up.
fn begin_stop(conn: &Connection, flag: StopFlag) -> OnStop {
    let mut fields = conn.lock_fields();
    let on_stop = cleanup::on_stop(flag, fields.cleanup_is_pending());
    match on_stop {
        // The cleanup stays as it is; it is the state that keeps the kernel from beginning one.
        OnStop::CancelAndStop => {
            conn.set_state(ConnectionState::after(ConnectionChange::Stopped(flag)));
        }
        OnStop::StopAndForget | OnStop::WaitAndForget => {
            fields.claim_cleanup();
        }
    }
    on_stop
}
