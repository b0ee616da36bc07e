// SPDX-License-Identifier: GPL-2.0

//! Sessions.

use crate::{
    connection,
    counters::COUNTERS,
    failure,
    host,
    task_management, //
};
use core::{
    mem::offset_of,
    ptr, //
};
use iscsi_abi::{
    bindings,
    libiscsi::{
        host::IscsiHost,
        Session,
        SessionSetup, //
    }, //
};
use kernel::ffi::{
    c_int,
    c_uint, //
};

/// Creates a session. Returns null if that fails.
///
/// # Safety
///
/// `transport` must be registered, and `host` added by libiscsi.
#[no_mangle]
unsafe extern "C" fn iscsi_session_setup(
    transport: *mut bindings::iscsi_transport,
    host: *mut bindings::Scsi_Host,
    tasks: u16,
    transport_size: c_int,
    task_size: c_int,
    initial_cmd_sn: u32,
    id: c_uint,
) -> *mut bindings::iscsi_cls_session {
    // SAFETY: By the requirements of this function.
    let Ok(commands) = host::max_scsi_commands(unsafe { IscsiHost::from_raw(host) }, tasks) else {
        return ptr::null_mut();
    };
    let setup = SessionSetup {
        commands,
        transport_size,
        task_size,
        initial_cmd_sn,
        id,
        request_timer_expired,
        counters: &COUNTERS,
    };
    // SAFETY: By the requirements of this function; the function is for the session's own timer.
    unsafe { setup.create(transport, host) }.unwrap_or(ptr::null_mut())
}

/// Gives a task management request up.
///
/// # Safety
///
/// `timer` must be the request timer of a session that is set up.
unsafe extern "C" fn request_timer_expired(timer: *mut bindings::timer_list) {
    // SAFETY: By the requirements of this function.
    let session = unsafe {
        let session = timer.byte_sub(offset_of!(bindings::iscsi_session, tmf_timer));
        Session::from_raw(session.cast())
    };
    task_management::timer_expired(session);
}

/// Removes a session from the class.
///
/// # Safety
///
/// `session` must be set up, and have no connection.
#[no_mangle]
unsafe extern "C" fn iscsi_session_remove(session: *mut bindings::iscsi_cls_session) {
    // SAFETY: By the requirements of this function.
    unsafe { Session::from_cls(session).remove() };
}

/// Frees a session.
///
/// # Safety
///
/// `session` must have been removed by [`iscsi_session_remove`].
#[no_mangle]
unsafe extern "C" fn iscsi_session_free(session: *mut bindings::iscsi_cls_session) {
    // SAFETY: By the requirements of this function.
    unsafe { Session::from_cls(session).free() };
}

/// Removes and frees a session.
///
/// # Safety
///
/// As for [`iscsi_session_remove`].
#[no_mangle]
unsafe extern "C" fn iscsi_session_teardown(session: *mut bindings::iscsi_cls_session) {
    // SAFETY: By the requirements of this function.
    unsafe {
        iscsi_session_remove(session);
        iscsi_session_free(session);
    }
}

/// Reports a failure of a session.
///
/// # Safety
///
/// `session` must be set up; neither of its spinlocks may be held.
#[no_mangle]
unsafe extern "C" fn iscsi_session_failure(
    session: *mut bindings::iscsi_session,
    error: bindings::iscsi_err,
) {
    // SAFETY: By the requirements of this function.
    failure::fail_session(unsafe { Session::from_raw(session) }, error.into());
}

/// Nobody has logged in again in time.
///
/// # Safety
///
/// For the class alone: `session` is set up.
#[no_mangle]
unsafe extern "C" fn iscsi_session_recovery_timedout(session: *mut bindings::iscsi_cls_session) {
    // SAFETY: By the requirements of this function.
    connection::recovery_timed_out(unsafe { Session::from_cls(session) });
}
