// SPDX-License-Identifier: GPL-2.0

//! The parameters of hosts, sessions and connections.
//!
//! Lengths of texts are not looked at: some transports do not know them, and all end theirs with NUL.

use super::{
    bytes,
    errno, //
};
use crate::{
    address,
    params, //
};
use iscsi_abi::{
    bindings,
    libiscsi::{
        host::IscsiHost,
        params::{
            Owner,
            Owners, //
        },
        text::{
            Text,
            TextLock, //
        }, //
    },
    param::{
        HostParam,
        Param, //
    }, //
};
use iscsi_kernel::{
    net::SocketAddress,
    sysfs::AttributePage, //
};
use kernel::{
    error::from_result,
    ffi::{
        c_char,
        c_int, //
    }, //
};

extern "C" {
    /// The lock of all texts, which `exports.c` defines: it is initialised from the start.
    static mut LIBISCSI_TEXT_LOCK: bindings::spinlock_t;
}

/// The lock of all texts.
pub(crate) fn texts() -> &'static TextLock {
    // SAFETY: The lock is static, and initialised by its definition.
    unsafe { TextLock::from_raw(&raw mut LIBISCSI_TEXT_LOCK) }
}

/// Replaces a text, unless it is equal.
///
/// # Safety
///
/// `place` must be valid, with null or a string from the slab allocator in it that nothing but this
/// library replaces; `new` must be a string.
#[no_mangle]
unsafe extern "C" fn iscsi_switch_str_param(place: *mut *mut c_char, new: *mut c_char) -> c_int {
    // SAFETY: By the requirements of this function.
    let (text, new) = unsafe { (Text::from_raw(place), bytes(new)) };
    errno(texts().switch(&text, new))
}

/// Sets a parameter of a connection or its session.
///
/// # Safety
///
/// `conn` must be set up, `text` a string.
#[no_mangle]
unsafe extern "C" fn iscsi_set_param(
    conn: *mut bindings::iscsi_cls_conn,
    param: bindings::iscsi_param,
    text: *mut c_char,
    _len: c_int,
) -> c_int {
    // SAFETY: By the requirements of this function.
    let (owners, text) = unsafe { (Owners::of_connection(conn), bytes(text)) };
    errno(params::set(&owners, Param::from_raw(param), text))
}

/// Prints a parameter of a session.
///
/// # Safety
///
/// `session` must be set up, `page` that of an attribute.
#[no_mangle]
unsafe extern "C" fn iscsi_session_get_param(
    session: *mut bindings::iscsi_cls_session,
    param: bindings::iscsi_param,
    page: *mut c_char,
) -> c_int {
    // SAFETY: By the requirements of this function.
    let (owners, page) = unsafe { (Owners::of_session(session), AttributePage::from_raw(page)) };
    from_result(|| params::get(&owners, Owner::Session, Param::from_raw(param), &page))
}

/// Prints a parameter of a connection.
///
/// # Safety
///
/// `conn` must be set up, `page` that of an attribute.
#[no_mangle]
unsafe extern "C" fn iscsi_conn_get_param(
    conn: *mut bindings::iscsi_cls_conn,
    param: bindings::iscsi_param,
    page: *mut c_char,
) -> c_int {
    // SAFETY: By the requirements of this function.
    let (owners, page) = unsafe { (Owners::of_connection(conn), AttributePage::from_raw(page)) };
    from_result(|| params::get(&owners, Owner::Connection, Param::from_raw(param), &page))
}

/// Prints the part of an address that a parameter names.
///
/// # Safety
///
/// `address` must be valid, `page` that of an attribute.
#[no_mangle]
unsafe extern "C" fn iscsi_conn_get_addr_param(
    address: *mut bindings::__kernel_sockaddr_storage,
    param: bindings::iscsi_param,
    page: *mut c_char,
) -> c_int {
    // SAFETY: By the requirements of this function.
    let (address, page) = unsafe {
        (
            SocketAddress::from_raw(address),
            AttributePage::from_raw(page),
        )
    };
    from_result(|| address::print(address, Param::from_raw(param), &page))
}

/// Prints a parameter of a host.
///
/// # Safety
///
/// `host` must be one that this library has allocated, `page` that of an attribute.
#[no_mangle]
unsafe extern "C" fn iscsi_host_get_param(
    host: *mut bindings::Scsi_Host,
    param: bindings::iscsi_host_param,
    page: *mut c_char,
) -> c_int {
    // SAFETY: By the requirements of this function.
    let (host, page) = unsafe { (IscsiHost::from_raw(host), AttributePage::from_raw(page)) };
    from_result(|| params::get_host(host, HostParam::from_raw(param), &page))
}

/// Sets a parameter of a host.
///
/// # Safety
///
/// `host` must be one that this library has allocated, `text` a string.
#[no_mangle]
unsafe extern "C" fn iscsi_host_set_param(
    host: *mut bindings::Scsi_Host,
    param: bindings::iscsi_host_param,
    text: *mut c_char,
    _len: c_int,
) -> c_int {
    // SAFETY: By the requirements of this function.
    let (host, text) = unsafe { (IscsiHost::from_raw(host), bytes(text)) };
    errno(params::set_host(host, HostParam::from_raw(param), text))
}
