// SPDX-License-Identifier: GPL-2.0

//! PDUs from user space and from transports.

use crate::{
    complete::complete,
    management, //
};
use iscsi_abi::{
    bindings,
    error::ConnectionError,
    libiscsi::{
        Back,
        Connection, //
    }, //
};
use kernel::{
    ffi::{
        c_char,
        c_int, //
    },
    prelude::*, //
};

/// # Safety
///
/// `data` must be valid for `len` bytes and unchanged for `'a`, unless there are none.
unsafe fn data_segment<'a>(data: *const c_char, len: c_int) -> &'a [u8] {
    match usize::try_from(len) {
        // SAFETY: By the requirements of this function.
        Ok(len) if len > 0 && !data.is_null() => unsafe {
            core::slice::from_raw_parts(data.cast(), len)
        },
        _ => &[],
    }
}

/// # Safety
///
/// `header` and `data` must be valid.
unsafe fn complete_locked<'a>(
    back: &mut Back<'a>,
    conn: &'a Connection,
    header: *const bindings::iscsi_hdr,
    data: *const c_char,
    len: c_int,
) -> c_int {
    // SAFETY: By the requirements of this function; a header has 48 bytes.
    let (bhs, data) = unsafe { (*header.cast(), data_segment(data, len)) };
    ConnectionError::to_raw(complete(back, conn, &bhs, data))
}

/// Acts on a response: 0, or an error of the connection.
///
/// # Safety
///
/// All must be valid, and `back_lock` be held.
#[no_mangle]
unsafe extern "C" fn __iscsi_complete_pdu(
    conn: *mut bindings::iscsi_conn,
    header: *mut bindings::iscsi_hdr,
    data: *mut c_char,
    len: c_int,
) -> c_int {
    // SAFETY: By the requirements of this function.
    unsafe {
        let conn = Connection::from_raw(conn);
        let mut back = conn.session().assume_back();
        complete_locked(&mut back, conn, header, data, len)
    }
}

/// Acts on a response: 0, or an error of the connection.
///
/// # Safety
///
/// All must be valid, and no lock of the session be held.
#[no_mangle]
unsafe extern "C" fn iscsi_complete_pdu(
    conn: *mut bindings::iscsi_conn,
    header: *mut bindings::iscsi_hdr,
    data: *mut c_char,
    len: c_int,
) -> c_int {
    // SAFETY: By the requirements of this function.
    unsafe {
        let conn = Connection::from_raw(conn);
        let mut back = conn.session().lock_back();
        complete_locked(&mut back, conn, header, data, len)
    }
}

/// Sends a PDU of user space. May sleep.
///
/// # Safety
///
/// All must be valid, and no lock of the session be held.
#[no_mangle]
unsafe extern "C" fn iscsi_conn_send_pdu(
    conn: *mut bindings::iscsi_cls_conn,
    header: *mut bindings::iscsi_hdr,
    data: *mut c_char,
    len: u32,
) -> c_int {
    // SAFETY: By the requirements of this function; a header has 48 bytes.
    let (conn, bhs, data) = unsafe {
        (
            Connection::from_cls(conn),
            *header.cast(),
            data_segment(data, c_int::try_from(len).unwrap_or(c_int::MAX)),
        )
    };
    // User space is told no more than that it was not sent.
    super::errno(management::send_for_user_space(conn, &bhs, data).map_err(|_| EPERM))
}
