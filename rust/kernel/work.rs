// SPDX-License-Identifier: GPL-2.0

//! Work items that are part of a C struct.
//!
//! C header: [`include/linux/workqueue.h`](srctree/include/linux/workqueue.h)

use core::{
    pin::Pin,
    ptr::NonNull, //
};
use iscsi_bindings as bindings;
use kernel::{
    ffi::c_int,
    str::{
        CStr,
        CStrExt, //
    },
    sync::LockClassKey,
    types::Opaque, //
};

/// What a [`Work`] calls, in process context.
pub type WorkFunction = unsafe extern "C" fn(*mut bindings::work_struct);

/// A work item that somebody else owns.
///
/// Wraps the kernel's [`struct work_struct`].
///
/// # Invariants
///
/// The C object is initialised and not freed as long as the reference lives.
///
/// [`struct work_struct`]: srctree/include/linux/workqueue_types.h
#[repr(transparent)]
pub struct Work(Opaque<bindings::work_struct>);

impl Work {
    /// Initialises a work item.
    ///
    /// # Safety
    ///
    /// `ptr` must be valid for writes and stay where it is; `function` must be safe to call with it
    /// whenever the item is queued.
    #[inline]
    pub unsafe fn init(
        ptr: *mut bindings::work_struct,
        function: WorkFunction,
        name: &'static CStr,
        key: Pin<&'static LockClassKey>,
    ) {
        // SAFETY: By the requirements of this function; name and key are static.
        unsafe {
            bindings::init_work_with_key(
                ptr,
                Some(function),
                false,
                name.as_char_ptr(),
                key.as_ptr(),
            );
        }
    }

    /// Borrows a C work item.
    ///
    /// # Safety
    ///
    /// `ptr` must point to a work item that is initialised and not freed for `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *mut bindings::work_struct) -> &'a Self {
        // SAFETY: Valid for `'a` by the requirements of this function.
        // CAST: `Self` is a transparent wrapper.
        unsafe { &*ptr.cast() }
    }

    /// Queues the item, unless it is queued already.
    ///
    /// # Safety
    ///
    /// `queue` must be a workqueue that is not destroyed before the item has run or was flushed.
    #[inline]
    pub unsafe fn queue_on(&self, queue: NonNull<bindings::workqueue_struct>) {
        // SAFETY: Valid by the type invariants and the requirements of this function.
        unsafe {
            bindings::queue_work_on(
                bindings::wq_misc_consts_WORK_CPU_UNBOUND as c_int,
                queue.as_ptr(),
                self.0.get(),
            );
        }
    }

    /// Waits until the item neither is queued nor runs. May sleep.
    #[inline]
    pub fn flush(&self) {
        // SAFETY: Valid by the type invariants.
        unsafe { bindings::flush_work(self.0.get()) };
    }
    /// Takes the item out of its queue, and waits until it does not run. Returns whether it was queued.
    /// May sleep.
    #[inline]
    pub fn cancel_sync(&self) -> bool {
        // SAFETY: Valid by the type invariants.
        unsafe { bindings::cancel_work_sync(self.0.get()) }
    }
}
