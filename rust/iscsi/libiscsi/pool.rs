// SPDX-License-Identifier: GPL-2.0

//! Pools of equal items that are all allocated beforehand.
//!
//! libiscsi keeps the tasks of a session in one. The C libiscsi_tcp has one for the R2Ts of each task,
//! and uses its queue directly, as a `kfifo`.
//!
//! C header: [`include/scsi/libiscsi.h`](srctree/include/scsi/libiscsi.h), `struct iscsi_pool`

use core::{
    alloc::Layout,
    marker::PhantomData,
    ptr::NonNull, //
};
use iscsi_bindings as bindings;
use kernel::{
    alloc::{
        allocator::{
            KVmalloc,
            Kmalloc, //
        },
        flags::__GFP_ZERO,
        Allocator,
        NumaNode, //
    },
    ffi::{
        c_int,
        c_uint,
        c_void, //
    },
    prelude::*,
    sync::atomic::{
        ordering::{
            Acquire,
            Relaxed,
            Release, //
        },
        Atomic, //
    }, //
};

/// The size of an entry of the queue, in the bytes that a `kfifo` counts.
const ENTRY_LEN: u32 = size_of::<*mut c_void>() as u32;

/// A pool. Items come out in the order in which they were put in.
///
/// `struct iscsi_pool` has pointers to `max` items twice, one array behind the other: first the ring
/// of its queue, then all items in the order of their allocation, which does not change. One context
/// may take items out while another puts items in.
///
/// # Invariants
///
/// The C struct was set up by [`Pool::init`] and is valid for `'a`.
pub struct Pool<'a>(NonNull<bindings::iscsi_pool>, PhantomData<&'a ()>);

impl Pool<'_> {
    /// Borrows a C pool.
    ///
    /// # Safety
    ///
    /// `pool` must have been set up by [`Pool::init`], and not be freed for the lifetime of the
    /// result.
    #[inline]
    pub unsafe fn from_raw(pool: *mut bindings::iscsi_pool) -> Self {
        // SAFETY: By the requirements of this function it is not null.
        // INVARIANT: By the requirements of this function.
        Self(unsafe { NonNull::new_unchecked(pool) }, PhantomData)
    }

    /// Fills a pool with `max` zeroed items of `item_len` bytes. Returns the array of all items, in
    /// the order in which they will be taken out.
    ///
    /// The ring holds a power of two: of other numbers of items, the last ones are never taken out.
    ///
    /// # Errors
    ///
    /// `EINVAL` without items, `ENOMEM`; the pool is empty then, as after [`Pool::free`].
    ///
    /// # Safety
    ///
    /// `pool` must be valid for writes, and nobody else use it.
    pub unsafe fn init(
        pool: *mut bindings::iscsi_pool,
        max: c_int,
        item_len: c_int,
    ) -> Result<NonNull<*mut c_void>> {
        // SAFETY: By the requirements of this function. All of it may be zero.
        unsafe { pool.write(bindings::iscsi_pool::default()) };
        let count = usize::try_from(max).map_err(|_| EINVAL)?;
        // The allocator would give no memory for no bytes, which then could not be freed.
        let item_len = usize::try_from(item_len).map_err(|_| EINVAL)?.max(1);
        let log2 = count.checked_ilog2().ok_or(EINVAL)?;

        let twice = count.checked_mul(2).ok_or(ENOMEM)?;
        let layout = Layout::array::<*mut c_void>(twice).map_err(|_| ENOMEM)?;
        let arrays = KVmalloc::alloc(layout, GFP_KERNEL | __GFP_ZERO, NumaNode::NO_NODE)?;
        let ring: NonNull<*mut c_void> = arrays.cast();
        // SAFETY: The array behind the ring is within the allocation.
        let items = unsafe { ring.add(count) };
        // Places without an item are null, which `free` takes as well.
        // SAFETY: By the requirements of this function.
        unsafe {
            (*pool).pool = ring.as_ptr();
            (*pool).max = max;
        }
        for index in 0..count {
            let item = allocate_item(item_len).inspect_err(|_| {
                // SAFETY: Nobody has taken an item.
                unsafe { Self::free(pool) }
            })?;
            // SAFETY: The index is below the number of entries of each array.
            unsafe {
                ring.add(index).write(item.as_ptr());
                items.add(index).write(item.as_ptr());
            }
        }

        // The length of the ring divides the length of an array, whose bytes fit 32 bits: more
        // items would not have fitted into memory.
        let ring_len = ENTRY_LEN.wrapping_shl(log2);
        // SAFETY: By the requirements of this function nobody uses the pool yet.
        unsafe {
            (*pool).queue.__bindgen_anon_1.kfifo = bindings::__kfifo {
                in_: ring_len,
                out: 0,
                mask: ring_len.wrapping_sub(1),
                esize: 1,
                data: ring.as_ptr().cast(),
            };
        }
        Ok(items)
    }

    /// Frees a pool and its items, also those that are not in it. Doing so twice is harmless, as it is
    /// for a pool that is zeroed.
    ///
    /// # Safety
    ///
    /// `pool` must be zeroed or have been set up by [`Pool::init`], and nobody may use it or an item
    /// of it any more.
    pub unsafe fn free(pool: *mut bindings::iscsi_pool) {
        // SAFETY: By the requirements of this function.
        let (ring, count) = unsafe { ((*pool).pool, (*pool).max) };
        // SAFETY: By the requirements of this function. All of it may be zero.
        unsafe { pool.write(bindings::iscsi_pool::default()) };
        let Ok(count) = usize::try_from(count) else {
            return;
        };
        if ring.is_null() {
            return;
        }
        for index in 0..count {
            // SAFETY: `init` has allocated as many entries behind the ring, and each is null or an
            // item from the slab allocator.
            unsafe { bindings::kfree(*ring.add(count).add(index)) };
        }
        // SAFETY: `init` has allocated the arrays, and nobody uses them any more.
        unsafe { bindings::kvfree(ring.cast()) };
    }

    /// Takes an item out.
    ///
    /// # Safety
    ///
    /// Nobody else may be taking one out.
    #[inline]
    pub unsafe fn get(&self) -> Option<NonNull<c_void>> {
        let ring = self.ring();
        let out = ring.out.load(Relaxed);
        // Pairs with `put`: an item that is counted is in its place.
        if ring.pushed.load(Acquire) == out {
            return None;
        }
        // SAFETY: The entry is one of the ring's. It is not written to before this very item, or one
        // that is taken out later, is put in again.
        let item = unsafe { ring.entry(out).read() };
        ring.out.store(out.wrapping_add(ENTRY_LEN), Relaxed);
        NonNull::new(item)
    }

    /// Puts an item in.
    ///
    /// # Safety
    ///
    /// `item` must have been taken out of this pool, must not be used any more, and nobody else may
    /// be putting one in.
    #[inline]
    pub unsafe fn put(&self, item: NonNull<c_void>) {
        let ring = self.ring();
        let pushed = ring.pushed.load(Relaxed);
        // SAFETY: The entry is one of the ring's, which has as many as there are items: one of them
        // is here, so the entry has been read, and is not read again before it is counted in.
        unsafe { ring.entry(pushed).write(item.as_ptr()) };
        // Pairs with `get`.
        ring.pushed.store(pushed.wrapping_add(ENTRY_LEN), Release);
    }

    /// How many items are in it. Others may take some out and put some in meanwhile.
    #[inline]
    pub fn count(&self) -> u32 {
        let ring = self.ring();
        // In this order, or what is put in and taken out in between would count as fewer than none.
        let out = ring.out.load(Acquire);
        let inside = ring.pushed.load(Relaxed).wrapping_sub(out);
        inside.min(ring.mask.wrapping_add(1)) / ENTRY_LEN
    }

    #[inline]
    fn ring(&self) -> Ring<'_> {
        // SAFETY: By the type invariants the queue is valid; `init` has written all of it.
        unsafe {
            let kfifo = &raw mut (*self.0.as_ptr()).queue.__bindgen_anon_1.kfifo;
            Ring {
                pushed: Atomic::from_ptr(&raw mut (*kfifo).in_),
                out: Atomic::from_ptr(&raw mut (*kfifo).out),
                mask: (*kfifo).mask,
                data: (*kfifo).data.cast(),
            }
        }
    }
}

/// The queue of a pool. Its counters are in bytes, and wrap.
///
/// # Invariants
///
/// `data` points to `mask + 1` bytes, a power of two not less than that of an entry.
struct Ring<'a> {
    pushed: &'a Atomic<c_uint>,
    out: &'a Atomic<c_uint>,
    mask: c_uint,
    data: *mut *mut c_void,
}

impl Ring<'_> {
    /// The entry at a counter.
    #[inline]
    fn entry(&self, counter: c_uint) -> *mut *mut c_void {
        self.data.wrapping_byte_add((counter & self.mask) as usize)
    }
}

/// An item that `kfree()` frees.
fn allocate_item(len: usize) -> Result<NonNull<c_void>> {
    let layout = Layout::from_size_align(len, align_of::<u64>()).map_err(|_| ENOMEM)?;
    let item = Kmalloc::alloc(layout, GFP_KERNEL | __GFP_ZERO, NumaNode::NO_NODE)?;
    Ok(item.cast())
}

const _: () = assert!(
    align_of::<*mut c_void>() == size_of::<*mut c_void>(),
    "every counter is at the beginning of an entry"
);
