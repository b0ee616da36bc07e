// SPDX-License-Identifier: GPL-2.0

//! Ranges of pages to hand to a socket in one call.
//!
//! C header: [`include/linux/bvec.h`](srctree/include/linux/bvec.h)

use crate::scatterlist::{
    Cursor,
    PageRange, //
};
use iscsi_bindings as bindings;
use kernel::prelude::*;

/// A table of page ranges, filled from a scatterlist for each call and allocated once.
///
/// The ranges themselves are borrowed: [`BioVecs::fill`] ties them to the memory they name.
pub struct BioVecs(KVec<bindings::bio_vec>);

// SAFETY: The table holds page pointers only between `fill` and the end of the borrow it returns;
// as a plain buffer it may move between threads.
unsafe impl Send for BioVecs {}

/// The page ranges of one call, and how many bytes they are.
pub struct PageRanges<'a> {
    vecs: &'a [bindings::bio_vec],
    len: usize,
    spliceable: bool,
}

impl BioVecs {
    /// Makes a table for up to `capacity` ranges.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub fn with_capacity(capacity: usize, flags: kernel::alloc::Flags) -> Result<Self> {
        Ok(Self(KVec::with_capacity(capacity, flags)?))
    }

    /// Fills the table with the next `len` bytes from `cursor`, or fewer if they need more ranges
    /// than the table has.
    pub fn fill<'a>(&'a mut self, mut cursor: Cursor<'a>, len: u32) -> PageRanges<'a> {
        self.0.clear();
        let mut left = len;
        let mut spliceable = true;
        while left > 0 && self.0.len() < self.0.capacity() {
            let Some(range) = cursor.next_range(left) else {
                break;
            };
            left = left.wrapping_sub(range.len());
            spliceable &= range.is_spliceable();
            if self.0.push_within_capacity(bio_vec(&range)).is_err() {
                break;
            }
        }
        PageRanges {
            vecs: &self.0,
            len: len.wrapping_sub(left) as usize,
            spliceable,
        }
    }
}

impl PageRanges<'_> {
    /// The number of bytes in all ranges.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bytes.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the network may take references to all the pages, instead of copying from them.
    #[inline]
    pub fn is_spliceable(&self) -> bool {
        self.spliceable
    }

    /// The ranges as C has them.
    #[inline]
    pub(crate) fn as_bio_vecs(&self) -> &[bindings::bio_vec] {
        self.vecs
    }
}

#[inline]
fn bio_vec(range: &PageRange<'_>) -> bindings::bio_vec {
    bindings::bio_vec {
        bv_page: range.page(),
        bv_len: range.len(),
        bv_offset: range.offset(),
    }
}
