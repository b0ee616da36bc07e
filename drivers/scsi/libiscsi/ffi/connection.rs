// SPDX-License-Identifier: GPL-2.0

//! Connections.

use crate::{
    connection,
    failure,
    nop,
    transmit, //
};
use core::{
    mem::offset_of,
    ptr, //
};
use iscsi_abi::{
    bindings,
    libiscsi::{
        Connection,
        ConnectionSetup,
        Session, //
    }, //
};
use iscsi_proto::connection::StopStage;
use kernel::ffi::c_int;

/// Creates a connection. Returns null if that fails.
///
/// # Safety
///
/// `session` must be a session of the class that is set up.
#[no_mangle]
unsafe extern "C" fn iscsi_conn_setup(
    session: *mut bindings::iscsi_cls_session,
    transport_size: c_int,
    cid: u32,
) -> *mut bindings::iscsi_cls_conn {
    let setup = ConnectionSetup {
        transport_size,
        cid,
        ping_timer_expired,
        transmit_worker,
    };
    // SAFETY: By the requirements of this function; the two functions are for the connection's own
    // timer and work item.
    unsafe { setup.create(session) }.unwrap_or(ptr::null_mut())
}

/// Sees to it that the target is alive.
///
/// # Safety
///
/// `timer` must be the ping timer of a connection that is set up.
unsafe extern "C" fn ping_timer_expired(timer: *mut bindings::timer_list) {
    // SAFETY: By the requirements of this function.
    let conn = unsafe {
        let conn = timer.byte_sub(offset_of!(bindings::iscsi_conn, transport_timer));
        Connection::from_raw(conn.cast())
    };
    nop::timer_expired(conn);
}

/// Sends what is queued.
///
/// # Safety
///
/// `work` must be the transmit work item of a connection that is set up.
unsafe extern "C" fn transmit_worker(work: *mut bindings::work_struct) {
    // SAFETY: By the requirements of this function.
    let conn = unsafe {
        let conn = work.byte_sub(offset_of!(bindings::iscsi_conn, xmitwork));
        Connection::from_raw(conn.cast())
    };
    transmit::run(conn);
}

/// Tears a connection down.
///
/// # Safety
///
/// `conn` must have been created by [`iscsi_conn_setup`], and not be torn down yet.
#[no_mangle]
unsafe extern "C" fn iscsi_conn_teardown(conn: *mut bindings::iscsi_cls_conn) {
    // SAFETY: By the requirements of this function. After `retire` nobody uses the connection.
    unsafe {
        let conn = Connection::from_cls(conn);
        // First of all: attributes show what is taken down then.
        conn.unpublish();
        connection::retire(conn);
        conn.destroy();
    }
}

/// Takes a connection into use for a login.
///
/// # Safety
///
/// Both must be set up.
#[no_mangle]
unsafe extern "C" fn iscsi_conn_bind(
    session: *mut bindings::iscsi_cls_session,
    conn: *mut bindings::iscsi_cls_conn,
    is_leading: c_int,
) -> c_int {
    // SAFETY: By the requirements of this function.
    let (session, conn) = unsafe { (Session::from_cls(session), Connection::from_cls(conn)) };
    connection::bind(session, conn, is_leading != 0);
    0
}

/// Has a connection used no more. Null is no connection.
///
/// # Safety
///
/// `conn` must be null or set up.
#[no_mangle]
unsafe extern "C" fn iscsi_conn_unbind(conn: *mut bindings::iscsi_cls_conn, is_active: bool) {
    if conn.is_null() {
        return;
    }
    // SAFETY: By the requirements of this function.
    connection::unbind(unsafe { Connection::from_cls(conn) }, is_active);
}

/// Takes a connection into use for commands.
///
/// # Safety
///
/// `conn` must be set up.
#[no_mangle]
unsafe extern "C" fn iscsi_conn_start(conn: *mut bindings::iscsi_cls_conn) -> c_int {
    // SAFETY: By the requirements of this function.
    super::errno(connection::start(unsafe { Connection::from_cls(conn) }))
}

/// Takes a connection out of use.
///
/// # Safety
///
/// `conn` must be set up.
#[no_mangle]
unsafe extern "C" fn iscsi_conn_stop(conn: *mut bindings::iscsi_cls_conn, flag: c_int) {
    // Anything but the end is a recovery.
    let stop = match StopStage::from_raw(flag) {
        Some(StopStage::Terminate) => StopStage::Terminate,
        _ => StopStage::Recover,
    };
    // SAFETY: By the requirements of this function.
    connection::stop(unsafe { Connection::from_cls(conn) }, stop);
}

/// Reports a failure of a connection.
///
/// # Safety
///
/// `conn` must be set up; neither of the session's spinlocks may be held.
#[no_mangle]
unsafe extern "C" fn iscsi_conn_failure(
    conn: *mut bindings::iscsi_conn,
    error: bindings::iscsi_err,
) {
    // SAFETY: By the requirements of this function.
    failure::fail(unsafe { Connection::from_raw(conn) }, error);
}

/// Wakes the worker that sends.
///
/// # Safety
///
/// `conn` must be set up.
#[no_mangle]
unsafe extern "C" fn iscsi_conn_queue_xmit(conn: *mut bindings::iscsi_conn) {
    // SAFETY: By the requirements of this function.
    unsafe { Connection::from_raw(conn) }.wake_transmit();
}

/// Wakes the worker that receives.
///
/// # Safety
///
/// `conn` must be set up, and its transport have initialised the work item.
#[no_mangle]
unsafe extern "C" fn iscsi_conn_queue_recv(conn: *mut bindings::iscsi_conn) {
    // SAFETY: By the requirements of this function.
    unsafe { Connection::from_raw(conn) }.wake_receive();
}

/// Has no more commands queued.
///
/// # Safety
///
/// `conn` must be set up.
#[no_mangle]
unsafe extern "C" fn iscsi_suspend_queue(conn: *mut bindings::iscsi_conn) {
    // SAFETY: By the requirements of this function.
    connection::suspend_queue(unsafe { Connection::from_raw(conn) });
}

/// Has nothing sent any more.
///
/// # Safety
///
/// `conn` must be set up.
#[no_mangle]
unsafe extern "C" fn iscsi_suspend_tx(conn: *mut bindings::iscsi_conn) {
    // SAFETY: By the requirements of this function.
    unsafe { Connection::from_raw(conn) }.stop_transmit();
}

/// Has nothing received any more.
///
/// # Safety
///
/// `conn` must be set up, and its transport have initialised the work item.
#[no_mangle]
unsafe extern "C" fn iscsi_suspend_rx(conn: *mut bindings::iscsi_conn) {
    // SAFETY: By the requirements of this function.
    unsafe { Connection::from_raw(conn) }.stop_receive();
}
