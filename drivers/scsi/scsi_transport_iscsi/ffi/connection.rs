// SPDX-License-Identifier: GPL-2.0

//! Connections.

use crate::{
    connection,
    debug::debug_conn, //
};
use core::ptr;
use iscsi_abi::{
    bindings,
    class::{
        Addition,
        Connection,
        Removal,
        Session, //
    }, //
};
use kernel::{
    ffi::c_int,
    prelude::*,
    sync::aref::ARef, //
};

/// Allocates a connection with `data_len` bytes for the driver. Returns null if that fails.
///
/// # Safety
///
/// `session` must be added.
#[no_mangle]
unsafe extern "C" fn iscsi_alloc_conn(
    session: *mut bindings::iscsi_cls_session,
    data_len: c_int,
    cid: u32,
) -> *mut bindings::iscsi_cls_conn {
    // SAFETY: By the requirements of this function.
    let session = unsafe { Session::from_raw(session) };
    let allocated = usize::try_from(data_len)
        .map_err(Error::from)
        .and_then(|data_len| Connection::alloc(session, data_len, cid));
    match allocated {
        // The driver has the reference from now on.
        Ok(conn) => ARef::into_raw(conn).as_ptr().cast(),
        Err(_) => ptr::null_mut(),
    }
}

/// Adds a connection to sysfs.
///
/// # Safety
///
/// `conn` must come from [`iscsi_alloc_conn`] and not be added yet.
#[no_mangle]
unsafe extern "C" fn iscsi_add_conn(conn: *mut bindings::iscsi_cls_conn) -> c_int {
    // SAFETY: By the requirements of this function.
    let new = unsafe { Addition::new(Connection::from_raw(conn)) };
    super::errno(connection::add(new))
}

/// Takes a connection from user space and from sysfs, and waits for whoever uses it there.
///
/// # Safety
///
/// `conn` must be added, and nobody else remove it.
#[no_mangle]
unsafe extern "C" fn iscsi_remove_conn(conn: *mut bindings::iscsi_cls_conn) {
    // SAFETY: By the requirements of this function.
    connection::remove(unsafe { Removal::<Connection>::begin(Connection::from_raw(conn)) });
}

/// Takes a reference to a connection.
///
/// # Safety
///
/// `conn` must be valid.
#[no_mangle]
unsafe extern "C" fn iscsi_get_conn(conn: *mut bindings::iscsi_cls_conn) {
    // SAFETY: By the requirements of this function.
    let conn = ARef::from(unsafe { Connection::from_raw(conn) });
    // The caller has the reference from now on.
    let _ = ARef::into_raw(conn);
}

/// Drops a reference to a connection.
///
/// # Safety
///
/// The caller must have a reference, and not use it any more.
#[no_mangle]
unsafe extern "C" fn iscsi_put_conn(conn: *mut bindings::iscsi_cls_conn) {
    // SAFETY: By the requirements of this function.
    drop(unsafe { ARef::<Connection>::from_raw(Connection::from_raw(conn).into()) });
}

/// Frees a connection. The mark of the devices that are connections.
///
/// # Safety
///
/// For the driver core alone: nobody refers to the device any more.
pub(super) unsafe extern "C" fn release(dev: *mut bindings::device) {
    // SAFETY: By the requirements of this function.
    unsafe {
        debug_conn!(Connection::from_device(dev), "releasing connection\n");
        Connection::release(dev);
    }
}
