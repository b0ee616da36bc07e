// SPDX-License-Identifier: GPL-2.0

//! Flashnodes: targets that an adapter keeps in its own memory.

use crate::flashnode::{
    self,
    BUS, //
};
use core::ptr::{
    self,
    NonNull, //
};
use iscsi_abi::{
    bindings,
    class::{
        FlashSession,
        Host, //
    }, //
};
use kernel::{
    device::Device,
    ffi::{
        c_int,
        c_void, //
    },
    sync::aref::ARef, //
};

/// Whether a device is a flashnode: its session or its connection.
///
/// # Safety
///
/// `dev` must be a device.
#[no_mangle]
unsafe extern "C" fn iscsi_flashnode_bus_match(
    dev: *mut bindings::device,
    _driver: *const bindings::device_driver,
) -> c_int {
    // SAFETY: By the requirements of this function.
    c_int::from(BUS.has(unsafe { Device::from_raw(dev) }))
}

/// Makes a flashnode without a connection and adds it to sysfs. Returns null if that fails.
///
/// # Safety
///
/// `host` must be one of a transport of this class, `transport` stay valid as long as the flashnode.
#[no_mangle]
unsafe extern "C" fn iscsi_create_flashnode_sess(
    host: *mut bindings::Scsi_Host,
    index: c_int,
    transport: *mut bindings::iscsi_transport,
    dd_size: c_int,
) -> *mut bindings::iscsi_bus_flash_session {
    let Ok(private_len) = usize::try_from(dd_size) else {
        return ptr::null_mut();
    };
    // SAFETY: By the requirements of this function.
    let session =
        unsafe { BUS.create_session(Host::from_raw(host), index as u32, transport, private_len) };
    session.map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// Makes the connection of a flashnode and adds it to sysfs. Returns null if that fails.
///
/// # Safety
///
/// As for [`iscsi_create_flashnode_sess`], where `session` must come from.
#[no_mangle]
unsafe extern "C" fn iscsi_create_flashnode_conn(
    host: *mut bindings::Scsi_Host,
    session: *mut bindings::iscsi_bus_flash_session,
    transport: *mut bindings::iscsi_transport,
    dd_size: c_int,
) -> *mut bindings::iscsi_bus_flash_conn {
    let Ok(private_len) = usize::try_from(dd_size) else {
        return ptr::null_mut();
    };
    // SAFETY: By the requirements of this function.
    let conn = unsafe {
        let (host, session) = (Host::from_raw(host), FlashSession::from_raw(session));
        BUS.create_connection(host, session, transport, private_len)
    };
    conn.map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// Takes a flashnode out of sysfs.
///
/// # Safety
///
/// `session` must come from [`iscsi_create_flashnode_sess`], and not be used any more, but by who has a
/// reference of its own.
#[no_mangle]
unsafe extern "C" fn iscsi_destroy_flashnode_sess(session: *mut bindings::iscsi_bus_flash_session) {
    // SAFETY: By the requirements of this function.
    flashnode::destroy(unsafe { FlashSession::from_raw(session) });
}

/// Takes all flashnodes of a host out of sysfs.
///
/// # Safety
///
/// `host` must be one of a transport of this class.
#[no_mangle]
unsafe extern "C" fn iscsi_destroy_all_flashnode(host: *mut bindings::Scsi_Host) {
    // SAFETY: By the requirements of this function.
    flashnode::destroy_all(unsafe { Host::from_raw(host) });
}

/// Finds a child of a host by what the caller thinks of it. Returns its device with a reference, or
/// null.
///
/// # Safety
///
/// `host` must be valid, and `matches` safe to call with its children and `data`.
#[no_mangle]
unsafe extern "C" fn iscsi_find_flashnode_sess(
    host: *mut bindings::Scsi_Host,
    data: *const c_void,
    matches: bindings::device_match_t,
) -> *mut bindings::device {
    // SAFETY: By the requirements of this function.
    unsafe { bindings::device_find_child(&raw mut (*host).shost_gendev, data, matches) }
}

/// Finds the connection of a flashnode. Returns its device with a reference, or null.
///
/// # Safety
///
/// `session` must come from [`iscsi_create_flashnode_sess`].
#[no_mangle]
unsafe extern "C" fn iscsi_find_flashnode_conn(
    session: *mut bindings::iscsi_bus_flash_session,
) -> *mut bindings::device {
    // SAFETY: By the requirements of this function.
    let conn = flashnode::connection_of(unsafe { FlashSession::from_raw(session) });
    conn.map_or(ptr::null_mut(), |conn| {
        let conn = ARef::into_raw(conn);
        // SAFETY: The connection is valid. The reference to it is one to its device, which the caller
        // gets.
        unsafe { &raw mut (*conn.as_ref().as_raw()).dev }
    })
}
