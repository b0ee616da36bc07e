// SPDX-License-Identifier: GPL-2.0

//! Walking a scatterlist as the CPU sees it: pages, offsets and lengths.
//!
//! The `kernel` crate has the view of a device (DMA addresses). C header:
//! [`include/linux/scatterlist.h`](srctree/include/linux/scatterlist.h)

use crate::crc32c;
use core::{
    marker::PhantomData,
    ptr, //
};
use iscsi_bindings as bindings;

const PAGE_SIZE: u32 = kernel::page::PAGE_SIZE as u32;

/// A scatterlist borrowed from its owner.
///
/// # Invariants
///
/// `first` is null with `entries` zero, or starts a chain of at least `entries` entries that stay
/// valid and unchanged, with the pages they name, for `'a`.
#[derive(Clone, Copy)]
pub struct Scatterlist<'a> {
    first: *mut bindings::scatterlist,
    entries: u32,
    _owner: PhantomData<&'a bindings::scatterlist>,
}

impl<'a> Scatterlist<'a> {
    /// Borrows a C scatterlist.
    ///
    /// # Safety
    ///
    /// `first` must be null, or start a chain of at least `entries` entries that stay valid and
    /// unchanged, with the pages they name, for `'a`.
    #[inline]
    pub unsafe fn from_raw(first: *mut bindings::scatterlist, entries: u32) -> Self {
        // INVARIANT: By the requirements of this function.
        Self {
            first,
            entries: if first.is_null() { 0 } else { entries },
            _owner: PhantomData,
        }
    }

    /// A cursor at `offset` bytes from the start, or [`None`] beyond the end.
    pub fn seek(&self, offset: u32) -> Option<Cursor<'a>> {
        let mut cursor = Cursor {
            list: *self,
            offset,
        };
        cursor.normalise();
        (!cursor.list.first.is_null()).then_some(cursor)
    }

    /// The length of the first entry. Must not be called on an empty list.
    #[inline]
    fn first_len(&self) -> u32 {
        // SAFETY: By the type invariants, when the list is not empty.
        unsafe { (*self.first).length }
    }

    /// Drops the first entry.
    #[inline]
    fn advance(&mut self) {
        self.entries = self.entries.saturating_sub(1);
        self.first = if self.entries == 0 {
            ptr::null_mut()
        } else {
            // SAFETY: By the type invariants another entry follows this one.
            unsafe { bindings::sg_next(self.first) }
        };
    }
}

/// A position in a [`Scatterlist`].
///
/// # Invariants
///
/// `offset` is less than the length of the first entry of `list`, unless that is empty.
#[derive(Clone, Copy)]
pub struct Cursor<'a> {
    list: Scatterlist<'a>,
    offset: u32,
}

impl<'a> Cursor<'a> {
    /// Steps over entries that lie before the position.
    #[inline]
    fn normalise(&mut self) {
        while !self.list.first.is_null() {
            let len = self.list.first_len();
            if self.offset < len {
                break;
            }
            // INVARIANT: Ends at the entry that holds the position, or with an empty list.
            self.offset = self.offset.wrapping_sub(len);
            self.list.advance();
        }
    }

    /// Takes the longest range, of up to `max` bytes, that lies within one entry.
    #[inline]
    pub fn next_range(&mut self, max: u32) -> Option<PageRange<'a>> {
        if self.list.first.is_null() || max == 0 {
            return None;
        }
        let sg = self.list.first;
        let len = self.list.first_len().wrapping_sub(self.offset).min(max);
        // SAFETY: By the type invariants of the list, `sg` is a valid entry.
        let (page, start) = unsafe { (bindings::sg_page(sg), (*sg).offset) };
        let range = PageRange {
            page,
            offset: start.wrapping_add(self.offset),
            len,
            _owner: PhantomData,
        };
        self.offset = self.offset.wrapping_add(len);
        self.normalise();
        Some(range)
    }

    /// The same position, for a time that the borrow checker cannot see.
    ///
    /// # Safety
    ///
    /// The cursor may be used only while the list and its pages are valid.
    #[inline]
    pub unsafe fn extend_lifetime<'b>(self) -> Cursor<'b> {
        Cursor {
            list: Scatterlist {
                first: self.list.first,
                entries: self.list.entries,
                _owner: PhantomData,
            },
            offset: self.offset,
        }
    }

    /// Writes `bytes` at the position, which moves behind them. Returns how many there was room for.
    #[inline]
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while let Some(range) = self.next_range(u32::try_from(rest.len()).unwrap_or(u32::MAX)) {
            let (piece, behind) = rest
                .split_at_checked(range.len() as usize)
                .unwrap_or((rest, &[]));
            range.write(piece);
            rest = behind;
        }
        bytes.len().wrapping_sub(rest.len())
    }

    /// Feeds the next `len` bytes to the CRC32C register `register`.
    ///
    /// Returns its new value, or [`None`] when the list ends before.
    pub fn checksum(mut self, mut register: u32, len: u32) -> Option<u32> {
        let mut left = len;
        while left > 0 {
            let range = self.next_range(left)?;
            left = left.wrapping_sub(range.len);
            register = range.checksum(register);
        }
        Some(register)
    }
}

/// A contiguous range of bytes in one page, or in pages that follow each other.
///
/// # Invariants
///
/// The pages are valid for `'a`.
pub struct PageRange<'a> {
    page: *mut bindings::page,
    offset: u32,
    len: u32,
    _owner: PhantomData<&'a bindings::page>,
}

impl PageRange<'_> {
    /// The number of bytes; never zero.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "a range is never empty")]
    pub fn len(&self) -> u32 {
        self.len
    }

    /// The offset of the first byte from the start of the first page.
    #[inline]
    pub(crate) fn offset(&self) -> u32 {
        self.offset
    }

    /// The first page.
    #[inline]
    pub(crate) fn page(&self) -> *mut bindings::page {
        self.page
    }

    /// Whether the network may hold references to the page: it may not to slab memory, whose owner
    /// reuses it without asking, nor to pages that nobody counts references of.
    #[inline]
    pub(crate) fn is_spliceable(&self) -> bool {
        // SAFETY: By the type invariants the page is valid.
        unsafe { bindings::sendpage_ok(self.page) }
    }

    /// Feeds the bytes to the CRC32C register `register`, page by page.
    fn checksum(&self, mut register: u32) -> u32 {
        self.for_each_page(|place, len| {
            // SAFETY: The bytes are mapped for the time of this call. The owner may change them
            // meanwhile, as the device interface allows; any value they have is a valid `u8`, and the
            // digest then fails at the target instead of corrupting anything here.
            register = crc32c::update(register, unsafe { core::slice::from_raw_parts(place, len) });
        });
        register
    }

    /// Copies the start of `bytes` over the range, as much as there is.
    #[inline]
    fn write(&self, bytes: &[u8]) {
        let mut rest = bytes;
        self.for_each_page(|place, len| {
            let (piece, behind) = rest.split_at_checked(len).unwrap_or((rest, &[]));
            // SAFETY: `len` bytes at `place` are mapped for the time of this call, and the piece is not
            // longer. It lies in a buffer of the network, which is not part of the range.
            unsafe { core::ptr::copy_nonoverlapping(piece.as_ptr(), place, piece.len()) };
            rest = behind;
        });
    }

    /// Calls `visit` with the address and the number of bytes that lie in each page, mapped.
    #[inline]
    fn for_each_page(&self, mut visit: impl FnMut(*mut u8, usize)) {
        let mut page = self.page.wrapping_add((self.offset / PAGE_SIZE) as usize);
        let mut offset = self.offset % PAGE_SIZE;
        let mut left = self.len;
        while left > 0 {
            let len = left.min(PAGE_SIZE.wrapping_sub(offset));
            // SAFETY: By the type invariants `page` is valid; the mapping is undone below, in the
            // reverse order of any other on this CPU.
            let base = unsafe { bindings::kmap_local_page(page) };
            visit(
                base.cast::<u8>().wrapping_add(offset as usize),
                len as usize,
            );
            // SAFETY: `base` is the mapping made above.
            unsafe { bindings::kunmap_local(base) };
            page = page.wrapping_add(1);
            offset = 0;
            left = left.wrapping_sub(len);
        }
    }
}
