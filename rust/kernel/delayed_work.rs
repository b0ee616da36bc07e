// SPDX-License-Identifier: GPL-2.0

//! Work items that are part of a C struct, and are queued when a time is over.
//!
//! C header: [`include/linux/workqueue.h`](srctree/include/linux/workqueue.h)

use crate::work::{
    Work,
    WorkFunction, //
};
use core::{
    pin::Pin,
    ptr::NonNull, //
};
use iscsi_bindings as bindings;
use kernel::{
    ffi::c_int,
    static_lock_class,
    str::{
        CStr,
        CStrExt, //
    },
    sync::LockClassKey,
    time::Jiffies,
    types::Opaque, //
};

/// A delayed work item that somebody else owns.
///
/// Wraps the kernel's [`struct delayed_work`].
///
/// # Invariants
///
/// The C object is initialised and not freed as long as the reference lives.
///
/// [`struct delayed_work`]: srctree/include/linux/workqueue.h
#[repr(transparent)]
pub struct DelayedWork(Opaque<bindings::delayed_work>);

impl DelayedWork {
    /// Initialises a delayed work item.
    ///
    /// # Safety
    ///
    /// `ptr` must be valid for writes and stay where it is; `function` must be safe to call with the
    /// work item in it whenever that is queued.
    #[inline]
    pub unsafe fn init(
        ptr: *mut bindings::delayed_work,
        function: WorkFunction,
        name: &'static CStr,
        key: Pin<&'static LockClassKey>,
    ) {
        // SAFETY: By the requirements of this function; name and keys are static. The timer's
        // function is the one for timers of delayed work items.
        unsafe {
            Work::init(&raw mut (*ptr).work, function, name, key);
            bindings::timer_init_key(
                &raw mut (*ptr).timer,
                Some(bindings::delayed_work_timer_fn),
                bindings::TIMER_IRQSAFE,
                c"delayed_work.timer".as_char_ptr(),
                static_lock_class!().as_ptr(),
            );
        }
    }

    /// Borrows a C delayed work item.
    ///
    /// # Safety
    ///
    /// `ptr` must point to a delayed work item that is initialised and not freed for `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *mut bindings::delayed_work) -> &'a Self {
        // SAFETY: Valid for `'a` by the requirements of this function.
        // CAST: `Self` is a transparent wrapper.
        unsafe { &*ptr.cast() }
    }

    /// Queues the item in `delay`, unless it waits or is queued already.
    ///
    /// # Safety
    ///
    /// `queue` must be a workqueue that is not destroyed before the item has run or was cancelled.
    #[inline]
    pub unsafe fn queue_on(&self, queue: NonNull<bindings::workqueue_struct>, delay: Jiffies) {
        // SAFETY: Valid by the type invariants and the requirements of this function.
        unsafe {
            bindings::queue_delayed_work_on(
                bindings::wq_misc_consts_WORK_CPU_UNBOUND as c_int,
                queue.as_ptr(),
                self.0.get(),
                delay,
            );
        }
    }

    /// Has the item neither wait nor be queued, and waits until it does not run. Returns whether it
    /// waited or was queued. May sleep.
    #[inline]
    pub fn cancel_sync(&self) -> bool {
        // SAFETY: Valid by the type invariants.
        unsafe { bindings::cancel_delayed_work_sync(self.0.get()) }
    }
}
