// SPDX-License-Identifier: GPL-2.0

//! What is allocated for an object of the class.

use core::{
    mem::offset_of,
    ptr, //
};
use iscsi_bindings as bindings;
use iscsi_kernel::{
    alloc::zeroed_with_tail,
    compat::raw_init, //
};
use kernel::{
    ffi::c_void,
    prelude::*,
    types::Opaque, //
};

/// What C has no field for, the C struct, and after it the data of the driver, which the C struct
/// points to.
#[repr(C)]
pub(super) struct Block<Ours, Raw> {
    ours: Ours,
    raw: Opaque<Raw>,
}

impl<Ours, Raw> Block<Ours, Raw> {
    /// Allocates a block with `data_len` bytes for the driver. Returns the C struct, all of it zero, and
    /// the data of the driver, null if there is none.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(super) fn alloc(
        ours: impl PinInit<Ours>,
        data_len: usize,
    ) -> Result<(*mut Raw, *mut c_void)> {
        let block = zeroed_with_tail::<Self>(data_len)?.as_ptr();
        // SAFETY: The memory was allocated just now, stays where it is, and is nobody else's.
        let raw = unsafe {
            raw_init(&raw mut (*block).ours, ours);
            Opaque::cast_into(&raw const (*block).raw)
        };
        let data = if data_len == 0 {
            ptr::null_mut()
        } else {
            block.wrapping_add(1).cast()
        };
        Ok((raw, data))
    }

    /// What C has no field for.
    ///
    /// # Safety
    ///
    /// `raw` must come from [`Block::alloc`] of these types, and not be freed for `'a`.
    #[inline]
    pub(super) unsafe fn ours<'a>(raw: *mut Raw) -> &'a Ours {
        let block: *const Self = raw.wrapping_byte_sub(offset_of!(Self, raw)).cast();
        // SAFETY: By the requirements of this function.
        unsafe { &(*block).ours }
    }

    /// Frees a block.
    ///
    /// # Safety
    ///
    /// `raw` must come from [`Block::alloc`] of these types, and nobody use the block any more.
    pub(super) unsafe fn free(raw: *mut Raw) {
        let block: *mut Self = raw.wrapping_byte_sub(offset_of!(Self, raw)).cast();
        // SAFETY: By the requirements of this function. The block was allocated with `kmalloc()`.
        unsafe {
            ptr::drop_in_place(&raw mut (*block).ours);
            bindings::kfree(block.cast());
        }
    }
}
