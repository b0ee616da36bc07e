// SPDX-License-Identifier: GPL-2.0

//! Events: what transports have user space told.

use super::errno;
use crate::events;
use iscsi_abi::{
    bindings,
    class::{
        Connection,
        Host,
        Session,
        Transport, //
    }, //
};
use iscsi_proto::netlink::{
    OffloadEvent,
    SessionEvent, //
};
use kernel::{
    error::code::EINVAL,
    ffi::{
        c_char,
        c_int, //
    }, //
};

/// The bytes at `data`, which need not point anywhere if there are none.
///
/// # Safety
///
/// `data` must be valid for `len` bytes that nobody changes for `'a`.
unsafe fn slice<'a>(data: *const u8, len: u32) -> &'a [u8] {
    if len == 0 {
        return &[];
    }
    // SAFETY: By the requirements of this function.
    unsafe { core::slice::from_raw_parts(data, len as usize) }
}

/// Tells user space what has become of a session.
///
/// # Safety
///
/// `session` must be one of the class. The context must be one that may sleep.
#[no_mangle]
unsafe extern "C" fn iscsi_session_event(
    session: *mut bindings::iscsi_cls_session,
    event: bindings::iscsi_uevent_e,
) -> c_int {
    // SAFETY: By the requirements of this function.
    let session = unsafe { Session::from_raw(session) };
    errno(match SessionEvent::from_number(event) {
        Some(event) => events::session(session, event),
        None => events::invalid_session_event(session, event),
    })
}

/// Hands a PDU to user space.
///
/// # Safety
///
/// `conn` must be one of the class, and both parts of the PDU valid.
#[no_mangle]
unsafe extern "C" fn iscsi_recv_pdu(
    conn: *mut bindings::iscsi_cls_conn,
    header: *mut bindings::iscsi_hdr,
    data: *mut c_char,
    data_size: u32,
) -> c_int {
    // SAFETY: By the requirements of this function.
    // CAST: A header is made of bytes.
    let (conn, header, data) = unsafe {
        (
            Connection::from_raw(conn),
            &*header.cast(),
            slice(data.cast(), data_size),
        )
    };
    errno(events::received_pdu(conn, header, data))
}

/// Tells user space that a connection broke, and cleans up after it.
///
/// # Safety
///
/// `conn` must be one of the class.
#[no_mangle]
unsafe extern "C" fn iscsi_conn_error_event(
    conn: *mut bindings::iscsi_cls_conn,
    error: bindings::iscsi_err,
) {
    // SAFETY: By the requirements of this function.
    events::connection_error(unsafe { Connection::from_raw(conn) }, error);
}

/// Tells user space how far the login of a connection is.
///
/// # Safety
///
/// `conn` must be one of the class.
#[no_mangle]
unsafe extern "C" fn iscsi_conn_login_event(
    conn: *mut bindings::iscsi_cls_conn,
    state: bindings::iscsi_conn_state,
) {
    // SAFETY: By the requirements of this function.
    events::login_state(unsafe { Connection::from_raw(conn) }, state);
}

/// Asks iscsiuio for something.
///
/// # Safety
///
/// `shost` must be a host of a transport of the class, and `data` valid.
#[no_mangle]
unsafe extern "C" fn iscsi_offload_mesg(
    shost: *mut bindings::Scsi_Host,
    _transport: *mut bindings::iscsi_transport,
    kind: u32,
    data: *mut c_char,
    data_size: u16,
) -> c_int {
    // SAFETY: By the requirements of this function.
    let (host, data) = unsafe {
        (
            Host::from_raw(shost),
            slice(data.cast(), u32::from(data_size)),
        )
    };
    errno(match OffloadEvent::from_number(kind) {
        Some(event) => events::offload(host, event, data),
        None => Err(EINVAL),
    })
}

/// Tells user space what happened to a host.
///
/// # Safety
///
/// `transport` must be a table that is complete, and `data` valid. The context must be one that may
/// sleep.
#[no_mangle]
unsafe extern "C" fn iscsi_post_host_event(
    host_no: u32,
    transport: *mut bindings::iscsi_transport,
    code: bindings::iscsi_host_event_code,
    data_size: u32,
    data: *mut u8,
) {
    // SAFETY: By the requirements of this function.
    let (transport, data) = unsafe { (Transport::from_raw(transport), slice(data, data_size)) };
    events::host_event(transport, host_no, code, data);
}

/// Tells user space what became of a ping.
///
/// # Safety
///
/// As for [`iscsi_post_host_event`].
#[no_mangle]
unsafe extern "C" fn iscsi_ping_comp_event(
    host_no: u32,
    transport: *mut bindings::iscsi_transport,
    status: u32,
    pid: u32,
    data_size: u32,
    data: *mut u8,
) {
    // SAFETY: By the requirements of this function.
    let (transport, data) = unsafe { (Transport::from_raw(transport), slice(data, data_size)) };
    events::ping_complete(transport, host_no, status, pid, data);
}
