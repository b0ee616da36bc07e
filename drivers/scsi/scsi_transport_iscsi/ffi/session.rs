// SPDX-License-Identifier: GPL-2.0

//! Sessions.

use crate::{
    debug::debug_session,
    registry,
    session, //
};
use core::ptr;
use iscsi_abi::{
    bindings,
    class::{
        Addition,
        Removal,
        Session,
        Transport, //
    }, //
};
use iscsi_kernel::device;
use kernel::{
    ffi::{
        c_int,
        c_uint, //
    },
    prelude::*,
    sync::aref::ARef, //
};

/// Allocates a session with `data_len` bytes for the driver. Returns null if that fails.
///
/// # Safety
///
/// `host` must be valid, and `transport` be registered.
#[no_mangle]
unsafe extern "C" fn iscsi_alloc_session(
    host: *mut bindings::Scsi_Host,
    transport: *mut bindings::iscsi_transport,
    data_len: c_int,
) -> *mut bindings::iscsi_cls_session {
    let allocate = || {
        // SAFETY: By the requirements of this function.
        let registered = registry::find_transport(unsafe { Transport::from_raw(transport) });
        let registered = registered.ok_or(ENODEV)?;
        // SAFETY: By the requirements of this function.
        let host = unsafe { registered.own_host(host) }.ok_or(EINVAL)?;
        Session::alloc(host, usize::try_from(data_len)?)
    };
    let allocated: Result<ARef<Session>> = allocate();
    let Ok(session) = allocated else {
        return ptr::null_mut();
    };
    debug_session!(session, "allocated session\n");
    // The driver has the reference from now on.
    ARef::into_raw(session).as_ptr().cast()
}

/// Adds a session to sysfs, and makes it known to user space.
///
/// # Safety
///
/// `session` must come from [`iscsi_alloc_session`] and not be added yet, and its host be added.
#[no_mangle]
unsafe extern "C" fn iscsi_add_session(
    session: *mut bindings::iscsi_cls_session,
    target_id: c_uint,
) -> c_int {
    // SAFETY: By the requirements of this function.
    let new = unsafe { Addition::new(Session::from_raw(session)) };
    super::errno(session::add(new, Addition::<Session>::target(target_id)))
}

/// Takes a session from user space, the mid-layer and sysfs.
///
/// # Safety
///
/// `session` must be added, and nobody else remove it. The driver must not use connections that it has
/// left on it any more.
#[no_mangle]
unsafe extern "C" fn iscsi_remove_session(session: *mut bindings::iscsi_cls_session) {
    // SAFETY: By the requirements of this function.
    session::remove(unsafe { Removal::<Session>::begin(Session::from_raw(session)) });
}

/// Drops the reference that a session began with.
///
/// # Safety
///
/// `session` must have been removed or never added, and the driver not use it any more.
#[no_mangle]
unsafe extern "C" fn iscsi_free_session(session: *mut bindings::iscsi_cls_session) {
    // SAFETY: By the requirements of this function.
    let session: ARef<Session> = unsafe { ARef::from_raw(Session::from_raw(session).into()) };
    session::announce_end(&session);
}

/// Destroys a session with its connections, for a system that goes down.
///
/// # Safety
///
/// `session` must be valid, and the caller hold a reference to its device.
#[no_mangle]
unsafe extern "C" fn iscsi_force_destroy_session(session: *mut bindings::iscsi_cls_session) {
    // SAFETY: By the requirements of this function.
    session::force_destroy(unsafe { Session::from_raw(session) });
}

/// Whether a session is logged in. Any context.
///
/// # Safety
///
/// `session` must be valid.
#[no_mangle]
unsafe extern "C" fn iscsi_is_session_online(session: *mut bindings::iscsi_cls_session) -> c_int {
    // SAFETY: By the requirements of this function.
    c_int::from(session::is_online(unsafe { Session::from_raw(session) }))
}

/// Whether a device is a session of the class.
///
/// # Safety
///
/// `dev` must be valid.
#[no_mangle]
unsafe extern "C" fn iscsi_is_session_dev(dev: *const bindings::device) -> c_int {
    // SAFETY: By the requirements of this function.
    c_int::from(unsafe { device::is_released_by(dev, release) })
}

/// What becomes of a command of a session now, as a result for the mid-layer; 0 when it can be sent.
///
/// # Safety
///
/// `session` must be valid.
#[no_mangle]
unsafe extern "C" fn iscsi_session_chkready(session: *mut bindings::iscsi_cls_session) -> c_int {
    // SAFETY: By the requirements of this function.
    (session::readiness(unsafe { Session::from_raw(session) }) as c_int) << 16
}

/// Calls a function with each session of a host.
///
/// # Safety
///
/// `host` must be one of a registered transport, and `function` safe to call with its sessions.
#[no_mangle]
unsafe extern "C" fn iscsi_host_for_each_session(
    host: *mut bindings::Scsi_Host,
    function: Option<unsafe extern "C" fn(*mut bindings::iscsi_cls_session)>,
) {
    let Some(function) = function else {
        return;
    };
    // SAFETY: By the requirements of this function.
    let host = unsafe { iscsi_abi::class::Host::from_raw(host) };
    host.for_each_session(|session| {
        // SAFETY: By the requirements of this function.
        unsafe { function(session.as_raw()) };
    });
}

/// Frees a session. The mark of the devices that are sessions.
///
/// # Safety
///
/// For the driver core alone: nobody refers to the device any more.
pub(super) unsafe extern "C" fn release(dev: *mut bindings::device) {
    // SAFETY: By the requirements of this function.
    unsafe {
        debug_session!(Session::from_device(dev), "releasing session\n");
        Session::release(dev);
    }
}
