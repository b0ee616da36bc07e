// SPDX-License-Identifier: GPL-2.0

//! Buffers of received bytes.
//!
//! C header: [`include/linux/skbuff.h`](srctree/include/linux/skbuff.h)

use core::{
    marker::PhantomData,
    mem::MaybeUninit, //
};
use iscsi_bindings as bindings;
use kernel::ffi::c_uint;

/// A buffer of received bytes.
///
/// Wraps the kernel's [`struct sk_buff`].
///
/// # Invariants
///
/// The pointer is valid for `'a`.
///
/// [`struct sk_buff`]: srctree/include/linux/skbuff.h
pub struct Skb<'a>(*mut bindings::sk_buff, PhantomData<&'a bindings::sk_buff>);

impl<'a> Skb<'a> {
    /// Borrows a C buffer.
    ///
    /// # Safety
    ///
    /// `ptr` must point to a buffer that is valid and unchanged for `'a`.
    #[inline]
    pub unsafe fn from_raw(ptr: *mut bindings::sk_buff) -> Self {
        // INVARIANT: By the requirements of this function.
        Self(ptr, PhantomData)
    }

    /// Reads the bytes from `offset` on.
    #[inline]
    pub fn read_from(&self, offset: u32) -> SkbReader<'_> {
        let mut state = MaybeUninit::uninit();
        // SAFETY: The buffer is valid by the type invariants; the function initialises the state, and
        // checks the offset as it reads.
        unsafe {
            bindings::skb_prepare_seq_read(
                self.0,
                offset,
                self.len().max(offset),
                state.as_mut_ptr(),
            )
        };
        SkbReader {
            // SAFETY: Initialised above.
            state: unsafe { state.assume_init() },
            read: 0,
            _buffer: PhantomData,
        }
    }

    /// The number of bytes in the buffer, read ones included.
    #[inline]
    #[expect(
        clippy::len_without_is_empty,
        reason = "an empty buffer is never handed out"
    )]
    pub fn len(&self) -> u32 {
        // SAFETY: Valid by the type invariants.
        unsafe { (*self.0).len }
    }

    /// The C representation.
    #[inline]
    pub fn as_raw(&self) -> *mut bindings::sk_buff {
        self.0
    }
}

/// Reads a [`Skb`] piece by piece: its parts lie in different places of memory.
pub struct SkbReader<'a> {
    state: bindings::skb_seq_state,
    read: u32,
    _buffer: PhantomData<&'a bindings::sk_buff>,
}

impl SkbReader<'_> {
    /// The longest piece behind the bytes that were [consumed](Self::consume); empty at the end.
    ///
    /// It is mapped until the next call, which the borrow of the reader sees to.
    #[inline]
    pub fn peek(&mut self) -> &[u8] {
        let mut data = core::ptr::null();
        // SAFETY: The state is initialised, and the buffer valid and unchanged, by the type
        // invariants.
        let len = unsafe { bindings::skb_seq_read(self.read, &mut data, &mut self.state) };
        if len == 0 {
            return &[];
        }
        // SAFETY: The function returns that many bytes at `data`, which stay mapped as long as the
        // state is not used.
        unsafe { core::slice::from_raw_parts(data, len as usize) }
    }

    /// Counts `len` bytes as read.
    #[inline]
    pub fn consume(&mut self, len: usize) {
        self.read = self.read.wrapping_add(len as c_uint);
    }

    /// The number of bytes read.
    #[inline]
    pub fn count(&self) -> u32 {
        self.read
    }
}

impl Drop for SkbReader<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: The state is initialised; a piece may be mapped.
        unsafe { bindings::skb_abort_seq_read(&mut self.state) };
    }
}
