// SPDX-License-Identifier: GPL-2.0

//! The functions that C calls by name, as `<scsi/libiscsi_tcp.h>` declares them: raw to safe, one call,
//! back.
//!
//! `exports.c` exports them, and gives the parameter the type and mode that the C module's has.

use crate::{
    max_r2t,
    receive::{
        self,
        Stop, //
    },
    transmit, //
};
use iscsi_abi::{
    bindings,
    stats,
    tcp::{
        self,
        QuiescentSession,
        Segment,
        SegmentUse,
        TcpConnection,
        Transmit, //
    }, //
};
use iscsi_kernel::{
    crc32c,
    net::Skb,
    sync::BottomHalvesOff, //
};
use iscsi_proto::digest::{
    self,
    DIGEST_LEN, //
};
use kernel::{
    error::{
        from_result,
        Result, //
    },
    ffi::{
        c_char,
        c_int,
        c_uint,
        c_void, //
    },
    sync::atomic::Atomic, //
};

/// `debug_libiscsi_tcp`: whether debug messages go to the log.
#[no_mangle]
pub(crate) static LIBISCSI_TCP_DEBUG: Atomic<i32> = Atomic::new(0);

/// What C is told of a [`Stop`].
fn status_of(stop: Stop) -> c_int {
    (match stop {
        Stop::Segment => bindings::ISCSI_TCP_SEGMENT_DONE,
        Stop::BufferEnd => bindings::ISCSI_TCP_SKB_DONE,
        Stop::Failed => bindings::ISCSI_TCP_CONN_ERR,
        Stop::Suspended => bindings::ISCSI_TCP_SUSPENDED,
    }) as c_int
}

/// 0 or a negative error code.
fn errno(result: Result) -> c_int {
    from_result(|| result.map(|()| 0))
}

/// The use of a segment that C calls `recv`.
fn segment_use(recv: c_int) -> SegmentUse {
    match recv {
        0 => SegmentUse::Send,
        _ => SegmentUse::Receive,
    }
}

/// Creates a connection. Returns null if that fails.
///
/// # Safety
///
/// `session` must be a session of the class that is set up.
#[no_mangle]
unsafe extern "C" fn iscsi_tcp_conn_setup(
    session: *mut bindings::iscsi_cls_session,
    dd_data_size: c_int,
    conn_idx: u32,
) -> *mut bindings::iscsi_cls_conn {
    // SAFETY: By the requirements of this function.
    unsafe { TcpConnection::create(session, dd_data_size, conn_idx) }
}

/// Tears a connection down.
///
/// # Safety
///
/// `conn` must have been created by [`iscsi_tcp_conn_setup`] and not be torn down yet.
#[no_mangle]
unsafe extern "C" fn iscsi_tcp_conn_teardown(conn: *mut bindings::iscsi_cls_conn) {
    // SAFETY: By the requirements of this function. The part of this library needs no dropping.
    unsafe { bindings::iscsi_conn_teardown(conn) };
}

/// Has the next header begin with the next byte: a new TCP connection.
///
/// # Safety
///
/// `conn` must be valid, and nothing be received on it meanwhile.
#[no_mangle]
unsafe extern "C" fn iscsi_tcp_hdr_recv_prep(conn: *mut bindings::iscsi_tcp_conn) {
    // SAFETY: By the requirements of this function.
    unsafe { TcpConnection::from_raw((*conn).iscsi_conn).reception() }.restart();
}

/// Whether a header is being received, or comes next.
///
/// # Safety
///
/// As for [`iscsi_tcp_hdr_recv_prep`].
#[no_mangle]
unsafe extern "C" fn iscsi_tcp_recv_segment_is_hdr(conn: *mut bindings::iscsi_tcp_conn) -> c_int {
    // SAFETY: By the requirements of this function.
    let mut reception = unsafe { TcpConnection::from_raw((*conn).iscsi_conn).reception() };
    c_int::from(reception.receiver().is_in_header())
}

/// Takes received bytes, up to the end of a header or data segment. Returns how many, and in `status`
/// why no more.
///
/// # Safety
///
/// `conn` and `skb` must be valid and `status` writable; the caller must own the receive side of the
/// connection.
#[no_mangle]
unsafe extern "C" fn iscsi_tcp_recv_skb(
    conn: *mut bindings::iscsi_conn,
    skb: *mut bindings::sk_buff,
    offset: c_uint,
    offloaded: bool,
    status: *mut c_int,
) -> c_int {
    // libiscsi takes its locks as if they were off, and not every transport has seen to that.
    let _bh = BottomHalvesOff::new();
    // SAFETY: By the requirements of this function.
    let (mut reception, skb) = unsafe {
        (
            TcpConnection::from_raw(conn).reception(),
            Skb::from_raw(skb),
        )
    };
    let (count, stop) = if offloaded {
        receive::stored_by_transport(&mut reception)
    } else {
        receive::from_buffer(&mut reception, &skb, offset)
    };
    // SAFETY: By the requirements of this function.
    unsafe { *status = status_of(stop) };
    count as c_int
}

/// Drops what the library keeps for a task that goes back to the pool.
///
/// # Safety
///
/// `task` must be valid, the last reference to it be gone, and `back_lock` held.
#[no_mangle]
unsafe extern "C" fn iscsi_tcp_cleanup_task(task: *mut bindings::iscsi_task) {
    // SAFETY: By the requirements of this function.
    unsafe {
        if !(*task).sc.is_null() {
            TcpConnection::forget_data_in(task);
            tcp::drop_r2ts(task);
        }
    }
}

/// Prepares the first PDU of a task.
///
/// # Safety
///
/// Must be called in the transmit context of the task's connection, with a reference held.
#[no_mangle]
unsafe extern "C" fn iscsi_tcp_task_init(task: *mut bindings::iscsi_task) -> c_int {
    // SAFETY: By the requirements of this function.
    errno(unsafe { Transmit::from_raw(task) }.prepare_request())
}

/// Sends what can be sent of a task.
///
/// # Safety
///
/// As for [`iscsi_tcp_task_init`].
#[no_mangle]
unsafe extern "C" fn iscsi_tcp_task_xmit(task: *mut bindings::iscsi_task) -> c_int {
    // SAFETY: By the requirements of this function.
    errno(transmit::run(unsafe { Transmit::from_raw(task) }))
}

/// Makes room for the R2Ts of a session.
///
/// # Safety
///
/// `session` must be set up, with tasks of libiscsi_tcp, and execute no command.
#[no_mangle]
unsafe extern "C" fn iscsi_tcp_r2tpool_alloc(session: *mut bindings::iscsi_session) -> c_int {
    // SAFETY: By the requirements of this function.
    let session = unsafe { QuiescentSession::from_raw(session) };
    errno(session.set_max_outstanding_r2t(session.max_outstanding_r2t()))
}

/// Frees the room for the R2Ts of a session.
///
/// # Safety
///
/// As for [`iscsi_tcp_r2tpool_alloc`].
#[no_mangle]
unsafe extern "C" fn iscsi_tcp_r2tpool_free(session: *mut bindings::iscsi_session) {
    // SAFETY: By the requirements of this function.
    unsafe { QuiescentSession::from_raw(session) }.free_r2t_rings();
}

/// Sets MaxOutstandingR2T.
///
/// # Safety
///
/// `conn` must be valid, `text` a string; nobody may start or change the session meanwhile.
#[no_mangle]
unsafe extern "C" fn iscsi_tcp_set_max_r2t(
    conn: *mut bindings::iscsi_conn,
    text: *mut c_char,
) -> c_int {
    // SAFETY: By the requirements of this function. From its start to its stop the session is left alone.
    let (session, text) = unsafe {
        (
            QuiescentSession::from_raw((*conn).session),
            core::slice::from_raw_parts(text.cast(), bindings::strlen(text)),
        )
    };
    errno(max_r2t::set(&session, text))
}

/// Fills in the counters of a connection.
///
/// # Safety
///
/// Both must be valid.
#[no_mangle]
unsafe extern "C" fn iscsi_tcp_conn_get_stats(
    conn: *mut bindings::iscsi_cls_conn,
    out: *mut bindings::iscsi_stats,
) {
    // SAFETY: By the requirements of this function.
    unsafe { stats::fill((*conn).dd_data.cast(), out) };
}

/// Computes the digest of a header.
///
/// # Safety
///
/// `header` must be valid for `len` bytes, `digest` for writes of four.
#[no_mangle]
unsafe extern "C" fn iscsi_tcp_dgst_header(header: *const c_void, len: usize, digest: *mut u8) {
    // SAFETY: By the requirements of this function.
    unsafe {
        let header = core::slice::from_raw_parts(header.cast(), len);
        let value = digest::to_wire(crc32c::update(digest::SEED, header));
        digest.cast::<[u8; DIGEST_LEN]>().write(value);
    }
}

/// Initialises a segment over linear memory.
///
/// # Safety
///
/// As for [`Segment::init_linear`].
#[no_mangle]
unsafe extern "C" fn iscsi_segment_init_linear(
    segment: *mut bindings::iscsi_segment,
    data: *mut c_void,
    size: usize,
    done: bindings::iscsi_segment_done_fn_t,
    register: *mut u32,
) {
    // SAFETY: By the requirements of this function.
    unsafe { Segment::init_linear(segment, data.cast(), size, done, register) };
}

/// Initialises a segment over a scatterlist.
///
/// # Safety
///
/// As for [`Segment::seek`].
#[no_mangle]
unsafe extern "C" fn iscsi_segment_seek_sg(
    segment: *mut bindings::iscsi_segment,
    list: *mut bindings::scatterlist,
    entries: c_uint,
    offset: c_uint,
    size: usize,
    done: bindings::iscsi_segment_done_fn_t,
    register: *mut u32,
) -> c_int {
    // SAFETY: By the requirements of this function.
    let found = unsafe { Segment::seek(segment, list, entries, offset, size, done, register) };
    if found {
        0
    } else {
        bindings::iscsi_err_ISCSI_ERR_DATA_OFFSET as c_int
    }
}

/// Counts bytes of a segment as sent or received. Returns 1 when it is complete.
///
/// # Safety
///
/// Both must be valid, the segment initialised, and nobody else use it.
#[no_mangle]
unsafe extern "C" fn iscsi_tcp_segment_done(
    conn: *mut bindings::iscsi_tcp_conn,
    segment: *mut bindings::iscsi_segment,
    recv: c_int,
    copied: c_uint,
) -> c_int {
    // SAFETY: By the requirements of this function.
    let (conn, mut segment) = unsafe {
        (
            TcpConnection::from_raw((*conn).iscsi_conn),
            Segment::from_raw(segment),
        )
    };
    c_int::from(segment.advance(conn, segment_use(recv), copied))
}

/// Undoes the mapping of a segment, if there is one.
///
/// # Safety
///
/// `segment` must be valid, zeroed or initialised, and nobody else use it.
#[no_mangle]
unsafe extern "C" fn iscsi_tcp_segment_unmap(segment: *mut bindings::iscsi_segment) {
    // SAFETY: By the requirements of this function.
    unsafe { Segment::from_raw(segment) }.unmap();
}
