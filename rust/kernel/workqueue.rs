// SPDX-License-Identifier: GPL-2.0

//! Workqueues.
//!
//! C header: [`include/linux/workqueue.h`](srctree/include/linux/workqueue.h)

use core::{
    fmt,
    mem::ManuallyDrop,
    ptr::NonNull, //
};
use iscsi_bindings as bindings;
use kernel::{
    ffi::c_uint,
    prelude::*,
    str::CStrExt, //
};

/// What a workqueue is like.
pub mod flags {
    use super::*;

    /// Its work items run on any processor.
    pub const UNBOUND: c_uint = bindings::wq_flags_WQ_UNBOUND;
    /// Its work items run when there is no memory for new threads, too.
    pub const MEM_RECLAIM: c_uint = bindings::wq_flags_WQ_MEM_RECLAIM;
    /// It can be seen in sysfs.
    pub const SYSFS: c_uint = bindings::wq_flags_WQ_SYSFS;
}

/// A workqueue. Dropping it waits for what is queued, and may sleep.
///
/// # Invariants
///
/// The C object is a workqueue, and this is the only value that destroys it.
pub struct OwnedQueue(NonNull<bindings::workqueue_struct>);

// SAFETY: The functions on workqueues can be called from anywhere.
unsafe impl Send for OwnedQueue {}

// SAFETY: As above.
unsafe impl Sync for OwnedQueue {}

impl OwnedQueue {
    /// A workqueue with as many work items running at a time as is usual.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub fn new(name: fmt::Arguments<'_>, flags: c_uint) -> Result<Self> {
        // SAFETY: `%pA` takes a pointer to arguments.
        let queue = unsafe {
            bindings::alloc_workqueue_noprof(c"%pA".as_char_ptr(), flags, 0, &raw const name)
        };
        // INVARIANT: Made just now.
        NonNull::new(queue).map(Self).ok_or(ENOMEM)
    }

    /// Takes over a workqueue from [`OwnedQueue::into_raw`].
    ///
    /// # Safety
    ///
    /// Nobody else may take it over.
    #[inline]
    pub unsafe fn from_raw(queue: NonNull<bindings::workqueue_struct>) -> Self {
        // INVARIANT: By the requirements of this function.
        Self(queue)
    }

    /// The C representation.
    #[inline]
    pub fn as_raw(&self) -> NonNull<bindings::workqueue_struct> {
        self.0
    }

    /// Leaves the workqueue to somebody else.
    #[inline]
    pub fn into_raw(self) -> NonNull<bindings::workqueue_struct> {
        ManuallyDrop::new(self).0
    }
}

impl Drop for OwnedQueue {
    fn drop(&mut self) {
        // SAFETY: By the type invariants.
        unsafe { bindings::destroy_workqueue(self.0.as_ptr()) };
    }
}

/// The system's workqueue for work items that may take long and run on any processor.
#[inline]
pub fn system_dfl() -> Option<NonNull<bindings::workqueue_struct>> {
    // SAFETY: Written when the system starts, which was before any module.
    NonNull::new(unsafe { bindings::system_dfl_wq })
}
