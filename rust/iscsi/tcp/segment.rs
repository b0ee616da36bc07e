// SPDX-License-Identifier: GPL-2.0

//! `struct iscsi_segment`: a range of memory that is sent or received piece by piece, with its
//! padding and digest.
//!
//! This is the C interface of the kernel's `iscsi_tcp`, which keeps a segment for each PDU it sends
//! and reads its fields. Nothing of this project uses one.

use super::TcpConnection;
use core::ptr;
use iscsi_bindings as bindings;
use iscsi_kernel::crc32c;
use iscsi_proto::{
    digest,
    pdu::padding, //
};

/// What a segment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentUse {
    /// Its bytes are sent; pages that the network may refer to need no mapping.
    Send,
    /// Its bytes are received.
    Receive,
}

/// A segment, borrowed from C.
///
/// # Invariants
///
/// The C object is valid, and nobody else uses it, for `'a`. It is zeroed, or was initialised by
/// [`Segment::init_linear`] or [`Segment::seek`] with memory that is valid as long as it is used.
pub struct Segment<'a>(&'a mut bindings::iscsi_segment);

impl<'a> Segment<'a> {
    /// Borrows a C segment.
    ///
    /// # Safety
    ///
    /// The type invariants must hold for `'a`.
    #[inline]
    pub unsafe fn from_raw(segment: *mut bindings::iscsi_segment) -> Self {
        // INVARIANT: By the requirements of this function.
        // SAFETY: By the requirements of this function.
        Self(unsafe { &mut *segment })
    }

    /// Initialises a segment of `size` bytes, still without a place.
    ///
    /// # Safety
    ///
    /// `segment` must be valid for writes, and `register` null or valid as long as the segment.
    unsafe fn init(
        segment: *mut bindings::iscsi_segment,
        size: usize,
        done: bindings::iscsi_segment_done_fn_t,
        register: *mut u32,
    ) {
        let size = size as u32;
        // SAFETY: By the requirements of this function.
        unsafe {
            segment.write(bindings::iscsi_segment {
                total_size: size,
                crcp: register,
                done,
                ..Default::default()
            });
            if !register.is_null() {
                *register = digest::SEED;
            }
        }
    }

    /// Initialises a segment over `size` bytes at `data`, with a digest if there is a register for it.
    ///
    /// # Safety
    ///
    /// `segment` must be valid for writes. `data` and `register`, unless that is null, must be valid
    /// as long as the segment is used.
    pub unsafe fn init_linear(
        segment: *mut bindings::iscsi_segment,
        data: *mut u8,
        size: usize,
        done: bindings::iscsi_segment_done_fn_t,
        register: *mut u32,
    ) {
        // SAFETY: By the requirements of this function.
        unsafe {
            Self::init(segment, size, done, register);
            (*segment).data = data;
            (*segment).size = size as u32;
        }
    }

    /// Initialises a segment over `size` bytes at `offset` of a scatterlist of `entries` entries.
    /// Returns false when the list ends before `offset`.
    ///
    /// # Safety
    ///
    /// As for [`Segment::init_linear`], and the list must be valid as long as the segment is used.
    pub unsafe fn seek(
        segment: *mut bindings::iscsi_segment,
        list: *mut bindings::scatterlist,
        entries: u32,
        offset: u32,
        size: usize,
        done: bindings::iscsi_segment_done_fn_t,
        register: *mut u32,
    ) -> bool {
        // SAFETY: By the requirements of this function.
        unsafe { Self::init(segment, size, done, register) };
        let mut offset = offset;
        let mut entry = list;
        for _ in 0..entries {
            if entry.is_null() {
                return false;
            }
            // SAFETY: By the requirements of this function.
            let len = unsafe { (*entry).length };
            if offset < len {
                // SAFETY: By the requirements of this function.
                unsafe { Self::from_raw(segment) }.enter(entry, offset);
                return true;
            }
            offset = offset.wrapping_sub(len);
            // SAFETY: By the requirements of this function.
            entry = unsafe { bindings::sg_next(entry) };
        }
        false
    }

    /// Goes to `offset` of a scatterlist entry.
    fn enter(&mut self, entry: *mut bindings::scatterlist, offset: u32) {
        // SAFETY: By the type invariants the entry is valid.
        let left = unsafe { (*entry).length }.wrapping_sub(offset);
        self.0.sg = entry;
        self.0.sg_offset = offset;
        self.0.size = left.min(self.0.total_size.wrapping_sub(self.0.total_copied));
        self.0.data = ptr::null_mut();
    }

    /// Makes the bytes of the current scatterlist entry addressable, if they have to be.
    fn map(&mut self, purpose: SegmentUse) {
        if !self.0.data.is_null() || self.0.sg.is_null() {
            return;
        }
        // SAFETY: By the type invariants the entry and its page are valid.
        let (page, offset) = unsafe { (bindings::sg_page(self.0.sg), (*self.0.sg).offset) };
        // SAFETY: The page is valid.
        if purpose == SegmentUse::Send && unsafe { bindings::sendpage_ok(page) } {
            return;
        }
        // SAFETY: The page is valid. Rust is supported on 64-bit machines only, where every page is
        // always mapped, so that this may be undone anywhere.
        self.0.sg_mapped = unsafe { bindings::kmap(page) };
        self.0.data = self
            .0
            .sg_mapped
            .cast::<u8>()
            .wrapping_add(offset.wrapping_add(self.0.sg_offset) as usize);
    }

    /// Undoes a mapping, if there is one.
    pub fn unmap(&mut self) {
        if self.0.sg_mapped.is_null() {
            return;
        }
        // SAFETY: The page of the entry was mapped by `map`.
        unsafe { bindings::kunmap(bindings::sg_page(self.0.sg)) };
        self.0.sg_mapped = ptr::null_mut();
        self.0.data = ptr::null_mut();
    }

    /// Feeds the next `len` bytes to the digest.
    fn digest(&mut self, len: u32) {
        if self.0.crcp.is_null() || len == 0 {
            return;
        }
        let start = self.0.copied as usize;
        let mapped = self.0.data.is_null();
        let base = if mapped {
            // SAFETY: By the type invariants the entry and its page are valid.
            unsafe {
                bindings::kmap(bindings::sg_page(self.0.sg))
                    .cast::<u8>()
                    .wrapping_add((*self.0.sg).offset.wrapping_add(self.0.sg_offset) as usize)
            }
        } else {
            self.0.data
        };
        // SAFETY: By the type invariants the bytes are valid; that the owner of a page may change them
        // only makes the digest wrong. The register is valid.
        unsafe {
            let bytes = core::slice::from_raw_parts(base.add(start), len as usize);
            *self.0.crcp = crc32c::update(*self.0.crcp, bytes);
        }
        if mapped {
            // SAFETY: Mapped above.
            unsafe { bindings::kunmap(bindings::sg_page(self.0.sg)) };
        }
    }

    /// Counts `copied` more bytes. Returns true when the segment is complete; its fields say where the
    /// next bytes are otherwise.
    pub fn advance(&mut self, conn: &TcpConnection, purpose: SegmentUse, copied: u32) -> bool {
        self.digest(copied);
        self.0.copied = self.0.copied.wrapping_add(copied);
        if self.0.copied < self.0.size {
            self.map(purpose);
            return false;
        }
        self.0.total_copied = self.0.total_copied.wrapping_add(self.0.copied);
        self.0.copied = 0;
        self.0.size = 0;
        self.unmap();
        if self.0.total_copied < self.0.total_size {
            return !self.enter_next_entry(purpose);
        }
        !self.append_padding(conn) && !self.append_digest(purpose)
    }

    /// Goes to the next entry of the scatterlist; false at its end.
    fn enter_next_entry(&mut self, purpose: SegmentUse) -> bool {
        if self.0.sg.is_null() {
            return false;
        }
        // SAFETY: By the type invariants the entry is valid.
        let next = unsafe { bindings::sg_next(self.0.sg) };
        if next.is_null() {
            return false;
        }
        self.enter(next, 0);
        self.map(purpose);
        true
    }

    /// Goes to the padding; false if there is none.
    fn append_padding(&mut self, conn: &TcpConnection) -> bool {
        let pad = padding(self.0.total_copied);
        if pad == 0 || conn.framing().no_padding {
            return false;
        }
        self.0.total_size = self.0.total_size.wrapping_add(pad);
        self.0.size = pad;
        self.0.data = self.0.padbuf.as_mut_ptr();
        true
    }

    /// Goes to the digest; false if there is none, or it is done.
    fn append_digest(&mut self, purpose: SegmentUse) -> bool {
        if self.0.crcp.is_null() {
            return false;
        }
        // SAFETY: By the type invariants the register is valid.
        self.0.digest = digest::to_wire(unsafe { *self.0.crcp });
        self.0.data = match purpose {
            SegmentUse::Send => self.0.digest.as_mut_ptr(),
            SegmentUse::Receive => self.0.recv_digest.as_mut_ptr(),
        };
        self.0.digest_len = digest::DIGEST_LEN as u32;
        self.0.total_size = self.0.total_size.wrapping_add(self.0.digest_len);
        self.0.size = self.0.digest_len;
        self.0.sg = ptr::null_mut();
        self.0.crcp = ptr::null_mut();
        true
    }
}
