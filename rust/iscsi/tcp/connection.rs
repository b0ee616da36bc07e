// SPDX-License-Identifier: GPL-2.0

//! Connections and their receive side.

use super::back::{
    Back,
    DataIn, //
};
use crate::{
    error::ConnectionError,
    stats::count_octets, //
};
use core::cell::UnsafeCell;
use iscsi_bindings as bindings;
use iscsi_kernel::time::jiffies;
use iscsi_proto::{
    pdu::BHS_LEN,
    receive::{
        Framing,
        Receiver, //
    }, //
};
use kernel::{
    device::Device,
    ffi::{
        c_int,
        c_uint,
        c_ulong, //
    },
    sync::atomic::{
        Atomic,
        Relaxed, //
    },
    types::Opaque, //
};

/// What libiscsi_tcp keeps behind `struct iscsi_tcp_conn`, before the data of the transport.
struct Private {
    /// For the receive context alone.
    receiver: UnsafeCell<Receiver>,
    /// Under `back_lock`.
    data_in: UnsafeCell<Option<DataIn>>,
}

/// The bytes of [`Private`], rounded up so that the transport's data behind it is aligned.
const PRIVATE_SIZE: usize = size_of::<Private>().next_multiple_of(align_of::<u64>());

/// Length of the buffer that libiscsi keeps for the data of responses, in bytes.
pub const RESPONSE_MAX_LEN: u32 = bindings::ISCSI_DEF_MAX_RECV_SEG_LEN;

/// A connection of a transport that uses libiscsi_tcp.
///
/// Wraps the kernel's [`struct iscsi_conn`], behind which lie a `struct iscsi_tcp_conn`, this
/// crate's private part and the data of the transport.
///
/// # Invariants
///
/// The C object was created by [`TcpConnection::create`] and is not freed as long as the reference
/// lives, nor is its session.
///
/// [`struct iscsi_conn`]: srctree/include/scsi/libiscsi.h
#[repr(transparent)]
pub struct TcpConnection(Opaque<bindings::iscsi_conn>);

impl TcpConnection {
    /// Borrows a C connection.
    ///
    /// # Safety
    ///
    /// `ptr` must point to a connection made by [`TcpConnection::create`] that is not freed for
    /// `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *mut bindings::iscsi_conn) -> &'a Self {
        // SAFETY: Valid for `'a` by the requirements of this function.
        // CAST: `Self` is a transparent wrapper.
        unsafe { &*ptr.cast() }
    }

    #[inline]
    pub(super) fn as_raw(&self) -> *mut bindings::iscsi_conn {
        self.0.get()
    }

    #[inline]
    fn as_raw_tcp(&self) -> *mut bindings::iscsi_tcp_conn {
        // SAFETY: Written once, when the connection is created.
        unsafe { (*self.as_raw()).dd_data.cast() }
    }

    #[inline]
    fn private(&self) -> &Private {
        // SAFETY: By the type invariants the private part lies behind the C object, initialised.
        unsafe { &*self.as_raw_tcp().add(1).cast() }
    }

    /// What Data-In is being received; `back_lock` protects it.
    #[inline]
    pub(super) fn data_in(&self) -> *mut Option<DataIn> {
        self.private().data_in.get()
    }

    #[inline]
    pub(super) fn session(&self) -> *mut bindings::iscsi_session {
        // SAFETY: Written once, when the connection is created.
        unsafe { (*self.as_raw()).session }
    }

    /// The device, for messages.
    #[inline]
    pub fn as_dev(&self) -> &Device {
        // SAFETY: The device is part of the object behind the connection, which lives as long.
        unsafe { Device::from_raw(&raw mut (*(*self.as_raw()).cls_conn).dev) }
    }

    /// Whether nothing is to be received now.
    #[inline]
    pub fn is_receive_suspended(&self) -> bool {
        // SAFETY: The field is a bitmap of one word, valid as long as the connection.
        let flags = unsafe { (&raw const (*self.as_raw()).flags).read_volatile() };
        flags & (1 as c_ulong) << bindings::ISCSI_CONN_FLAG_SUSPEND_RX != 0
    }

    /// How PDUs are framed: as was negotiated, less what the transport takes care of.
    #[inline]
    pub fn framing(&self) -> Framing {
        // SAFETY: The fields are valid as long as the connection; those of a transport do not change
        // once it is registered, and digests are set between two PDUs.
        let (header, data, caps) = unsafe {
            let conn = self.as_raw();
            (
                (*conn).hdrdgst_en,
                (*conn).datadgst_en,
                (*(*(*conn).session).tt).caps,
            )
        };
        let offloaded = caps & bindings::CAP_DIGEST_OFFLOAD != 0;
        Framing {
            header_digest: header != 0 && !offloaded,
            data_digest: data != 0 && !offloaded,
            no_padding: caps & bindings::CAP_PADDING_OFFLOAD != 0,
        }
    }

    /// Whether the data of a read must come in order, without gaps: as was negotiated, unless the
    /// transport stores some of it itself, and shows only what is left.
    #[inline]
    pub fn is_data_in_order(&self) -> bool {
        // SAFETY: The fields are valid as long as the connection; those of a transport do not change
        // once it is registered, and those of a session not while it is logged in.
        unsafe {
            let session = (*self.as_raw()).session;
            (*session).pdu_inorder_en != 0
                && (*session).dataseq_inorder_en != 0
                && (*(*session).tt).caps & bindings::CAP_PADDING_OFFLOAD == 0
        }
    }

    /// MaxRecvDataSegmentLength: the longest data segment to be accepted, in bytes.
    #[inline]
    pub fn max_recv_data_segment_len(&self) -> u32 {
        // SAFETY: The field is valid as long as the connection, and changes between two PDUs.
        unsafe { (*self.as_raw()).max_recv_dlength }
    }

    /// Notes that the target is alive.
    #[inline]
    pub fn note_receive(&self) {
        // SAFETY: The field is a word, valid as long as the connection.
        let last = unsafe { Atomic::from_ptr(&raw mut (*self.as_raw()).last_recv) };
        last.store(jiffies(), Relaxed);
    }

    /// Adds to the number of bytes received.
    ///
    /// For the receive context, the only writer.
    #[inline]
    pub fn count_received(&self, bytes: u32) {
        // SAFETY: The field is valid as long as the connection, and only the receive context writes to it.
        unsafe { count_octets(&raw mut (*self.as_raw()).rxdata_octets, bytes.into()) };
    }

    /// Reports a failure: the session stops using the connection and is recovered.
    ///
    /// Must be called without `frwd_lock` and `back_lock`.
    #[inline]
    pub fn fail(&self, error: ConnectionError) {
        // SAFETY: The connection is valid; any context may call this.
        unsafe { bindings::iscsi_conn_failure(self.as_raw(), error as c_uint) };
    }

    /// Takes `back_lock` of the session.
    #[inline]
    pub fn lock_back(&self) -> Back<'_> {
        Back::lock(self)
    }

    /// Declares the current context the receive context of the connection.
    ///
    /// # Safety
    ///
    /// No other [`Reception`] of the connection may exist.
    #[inline]
    pub unsafe fn reception(&self) -> Reception<'_> {
        Reception {
            conn: self,
            // SAFETY: By the requirements of this function nobody else uses the receiver.
            receiver: unsafe { &mut *self.private().receiver.get() },
        }
    }

    /// Forgets that Data-In is being received for `task`, which goes back to the pool.
    ///
    /// # Safety
    ///
    /// `task` must be a valid task of a session over this library that has a connection, and
    /// `back_lock` must be held.
    #[inline]
    pub unsafe fn forget_data_in(task: *mut bindings::iscsi_task) {
        // SAFETY: By the requirements of this function.
        let conn = unsafe { Self::from_raw((*task).conn) };
        // SAFETY: `back_lock` is held.
        let data_in = unsafe { &mut *conn.data_in() };
        if data_in.as_ref().is_some_and(|data_in| data_in.is_for(task)) {
            *data_in = None;
        }
    }

    /// Creates connection `cid` of a session, with `transport_size` bytes for the transport.
    /// Returns null if there is no memory, or the class cannot add the device.
    ///
    /// # Safety
    ///
    /// `session` must be a session of the class that is set up.
    #[inline]
    pub unsafe fn create(
        session: *mut bindings::iscsi_cls_session,
        transport_size: c_int,
        cid: u32,
    ) -> *mut bindings::iscsi_cls_conn {
        const OWN_SIZE: usize = size_of::<bindings::iscsi_tcp_conn>() + PRIVATE_SIZE;
        let Some(size) = transport_size.checked_add(OWN_SIZE as c_int) else {
            return core::ptr::null_mut();
        };
        // SAFETY: By the requirements of this function.
        let cls = unsafe { bindings::iscsi_conn_setup(session, size, cid) };
        if cls.is_null() {
            return cls;
        }
        // SAFETY: The C objects are set up, each pointing to the next, with `size` bytes behind the
        // last that nobody uses before the connection is bound.
        unsafe {
            let conn: *mut bindings::iscsi_conn = (*cls).dd_data.cast();
            let tcp: *mut bindings::iscsi_tcp_conn = (*conn).dd_data.cast();
            let private: *mut Private = tcp.add(1).cast();
            private.write(Private {
                receiver: UnsafeCell::new(Receiver::new()),
                data_in: UnsafeCell::new(None),
            });
            (*tcp).iscsi_conn = conn;
            (*tcp).dd_data = private.byte_add(PRIVATE_SIZE).cast();
            // libiscsi leaves this to the transports.
            (*conn).max_recv_dlength = RESPONSE_MAX_LEN;
        }
        cls
    }
}

/// The receive side of a connection.
pub struct Reception<'a> {
    conn: &'a TcpConnection,
    receiver: &'a mut Receiver,
}

impl<'a> Reception<'a> {
    /// The connection.
    #[inline]
    pub fn connection(&self) -> &'a TcpConnection {
        self.conn
    }

    /// How far the stream has been cut into PDUs.
    #[inline]
    pub fn receiver(&mut self) -> &mut Receiver {
        self.receiver
    }

    /// The Basic Header Segment of the current PDU.
    #[inline]
    pub fn bhs(&self) -> &[u8; BHS_LEN] {
        self.receiver.bhs()
    }

    /// Starts at the next header, as the first of a new TCP connection.
    #[inline]
    pub fn restart(&mut self) {
        self.conn.lock_back().drop_data_in();
        *self.receiver = Receiver::new();
    }

    /// Shows the header that is complete to the transport.
    #[inline]
    pub fn publish_header(&mut self) {
        let tcp = self.conn.as_raw_tcp();
        // SAFETY: The C object is valid; its receive side belongs to this context. The header stays
        // where it is, aligned for C, until the next one begins.
        unsafe {
            (*tcp).in_.hdr = self.receiver.bhs().as_ptr().cast_mut().cast();
            (*tcp).in_.datalen = self.receiver.data_len() as c_int;
        }
    }

    /// Stores a piece of the data of a response at `offset`. What would not fit is left out, though
    /// nobody accepts a response with so much.
    #[inline]
    pub fn store_response(&mut self, offset: u32, bytes: &[u8]) {
        let room = RESPONSE_MAX_LEN.saturating_sub(offset) as usize;
        let len = bytes.len().min(room);
        // SAFETY: libiscsi allocates the buffer with the connection, `RESPONSE_MAX_LEN` bytes long,
        // and the range lies within. Others write to it only to prepare a login or text request,
        // and any bytes are valid.
        unsafe {
            let place = (*self.conn.as_raw())
                .data
                .cast::<u8>()
                .add(offset.min(RESPONSE_MAX_LEN) as usize);
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), place, len);
        }
    }
}
