// SPDX-License-Identifier: GPL-2.0

//! Tasks: the commands and management PDUs of a session.
//!
//! C header: [`include/scsi/libiscsi.h`](srctree/include/scsi/libiscsi.h), `struct iscsi_task`

use crate::{
    connection::Connection,
    transport::TcpTransport, //
};
use core::marker::PhantomData;
use iscsi_bindings as bindings;
use iscsi_kernel::{
    scatterlist::Cursor,
    scsi::Cmnd,
    time::jiffies, //
};
use iscsi_proto::{
    answer::{
        Direction,
        Request, //
    },
    digest::DIGEST_LEN,
    opcode::OpcodeByte,
    transmit::PduTransmit, //
};
use kernel::ffi::c_ushort;

/// What a TCP transport keeps behind each `struct iscsi_tcp_task`: the header of the PDU that the
/// task sends at the moment, with its digest.
#[repr(C)]
pub(crate) struct TaskPrivate {
    header: [u8; PduTransmit::HEADER_MAX_LEN],
}

/// Room for a header without its digest.
const HEADER_ROOM: usize = PduTransmit::HEADER_MAX_LEN.wrapping_sub(DIGEST_LEN);

/// The size to announce for the transport's part of a task.
pub(crate) const TASK_PRIVATE_SIZE: usize =
    size_of::<bindings::iscsi_tcp_task>().wrapping_add(size_of::<TaskPrivate>());

/// Points libiscsi to the buffer for the header of the next PDU of a task.
///
/// # Safety
///
/// `task` must be taken from the pool of a session that was set up with `TASK_PRIVATE_SIZE`, and
/// no PDU of it may be in the course of being sent.
#[inline]
pub(crate) unsafe fn place_header(task: *mut bindings::iscsi_task) {
    // SAFETY: By the requirements of this function there is a `TaskPrivate` behind the
    // `iscsi_tcp_task`, and nobody uses it.
    unsafe {
        (*task).hdr = (*task)
            .dd_data
            .byte_add(size_of::<bindings::iscsi_tcp_task>())
            .cast();
        (*task).hdr_max = HEADER_ROOM as c_ushort;
    }
}

/// What a task has asked for. `command` is its SCSI command, if it is one.
///
/// # Safety
///
/// The task must be valid, and its header, if it has one, stay where it is.
#[inline]
pub(crate) unsafe fn request(task: *const bindings::iscsi_task, command: Option<&Cmnd>) -> Request {
    match command {
        Some(command) if command.is_read() => Request::Command(Direction::Read),
        Some(command) if command.is_write() => Request::Command(Direction::Write),
        Some(_) => Request::Command(Direction::None),
        None => {
            // SAFETY: By the requirements of this function.
            let header = unsafe { (*task).hdr };
            if header.is_null() {
                return Request::Other(None);
            }
            // SAFETY: As above, and there is one.
            let opcode = OpcodeByte::from_bits(unsafe { (*header).opcode });
            Request::of_header(opcode.code())
        }
    }
}

/// Notes that a PDU of a task was sent or received. Whoever reads the time takes any value.
///
/// # Safety
///
/// The task must be valid.
#[inline]
pub(crate) unsafe fn note_transfer(task: *mut bindings::iscsi_task) {
    // SAFETY: By the requirements of this function.
    unsafe { (&raw mut (*task).last_xfer).write_volatile(jiffies()) };
}

/// The PDU that a task sends at the moment, as the transmit context sees it.
///
/// A task ([`struct iscsi_task`]) is a SCSI command or a management request; over its life it may
/// send several PDUs, one after the other: the command and then its Data-Out.
///
/// # Invariants
///
/// - The task belongs to a session of transport `T`, and a reference to it is held for `'a`.
/// - Its header has been placed by [`place_header`] and built by libiscsi.
/// - The current context is the transmit context of its connection, so nobody else uses the
///   header or changes the data.
///
/// [`struct iscsi_task`]: srctree/include/scsi/libiscsi.h
pub struct Pdu<'a, T: TcpTransport> {
    task: *mut bindings::iscsi_task,
    _task: PhantomData<&'a T>,
}

/// The data segment of a PDU: where its bytes come from.
pub enum DataSegment<'a> {
    /// The kernel's own buffer, of login and text requests.
    Linear(&'a [u8]),
    /// The pages of a SCSI command, from the start of the segment on.
    Pages(Cursor<'a>),
}

impl<'a, T: TcpTransport> Pdu<'a, T> {
    /// Declares the current context that of the PDU.
    ///
    /// # Safety
    ///
    /// The type invariants must hold for `'a`.
    #[inline]
    pub(crate) unsafe fn from_raw(task: *mut bindings::iscsi_task) -> Self {
        // INVARIANT: By the requirements of this function.
        Self {
            task,
            _task: PhantomData,
        }
    }

    /// The index of the task in its session, which is the low part of the Initiator Task Tag.
    #[inline]
    pub fn task_index(&self) -> i32 {
        // SAFETY: Written once, when the session is set up.
        unsafe { (*self.task).itt }
    }

    /// The connection the PDU is sent on.
    #[inline]
    pub fn connection(&self) -> &'a Connection<T> {
        // SAFETY: Set when the task is taken from the pool, and valid while it is out of it.
        unsafe { Connection::from_raw((*self.task).conn) }
    }

    /// The header buffer: the header that libiscsi built, and room for its digest behind it.
    #[inline]
    fn buffer(&self) -> *mut TaskPrivate {
        // SAFETY: By the type invariants `hdr` points to a `TaskPrivate`.
        unsafe { (*self.task).hdr }.cast()
    }

    /// The header as libiscsi built it: BHS and AHS.
    #[inline]
    pub fn header(&self) -> &[u8] {
        // SAFETY: By the type invariants libiscsi has written the field.
        let len = usize::from(unsafe { (*self.task).hdr_len });
        self.header_and_digest(len)
    }

    /// The first `len` bytes of the header with its digest, if one was appended.
    #[inline]
    pub fn header_and_digest(&self, len: usize) -> &[u8] {
        // SAFETY: By the type invariants nobody writes to the buffer as long as `self` is borrowed.
        let buffer = unsafe { &(*self.buffer()).header };
        buffer.get(..len).unwrap_or(buffer)
    }

    /// Appends a digest to the header. Returns the length of both.
    #[inline]
    pub fn append_header_digest(&mut self, digest: [u8; DIGEST_LEN]) -> usize {
        let start = self.header().len().min(HEADER_ROOM);
        let end = start.wrapping_add(DIGEST_LEN);
        // SAFETY: By the type invariants nobody else uses the buffer, and `self` is borrowed
        // exclusively.
        let buffer = unsafe { &mut (*self.buffer()).header };
        if let Some(place) = buffer.get_mut(start..end) {
            place.copy_from_slice(&digest);
        }
        end
    }

    /// The SCSI command, unless this is a management task.
    #[inline]
    fn scsi_command(&self) -> Option<&Cmnd> {
        // SAFETY: The field is set while the task is being sent, and the mid-layer does not get the
        // command back before the last reference to the task is dropped.
        unsafe {
            let sc = (*self.task).sc;
            (!sc.is_null()).then(|| Cmnd::from_raw(sc))
        }
    }

    /// The `len` bytes of data at `offset` of the task's data.
    ///
    /// Returns [`None`] when the task has not that many there.
    #[inline]
    pub fn data_segment(&self, offset: u32, len: u32) -> Option<DataSegment<'_>> {
        match self.scsi_command() {
            Some(command) if offset.checked_add(len)? > command.data_len() => None,
            Some(command) => command.data().seek(offset).map(DataSegment::Pages),
            None => self.linear_data(offset, len).map(DataSegment::Linear),
        }
    }

    fn linear_data(&self, offset: u32, len: u32) -> Option<&[u8]> {
        // SAFETY: The fields are written when the task is taken from the pool.
        let (data, count) = unsafe { ((*self.task).data, (*self.task).data_count) };
        if data.is_null() || offset.checked_add(len)? > count {
            return None;
        }
        // SAFETY: libiscsi copied `count` bytes into the buffer, which it does not touch before the
        // task is completed, and the range lies within them.
        Some(unsafe { core::slice::from_raw_parts(data.add(offset as usize), len as usize) })
    }
}
