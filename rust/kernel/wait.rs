// SPDX-License-Identifier: GPL-2.0

//! Wait queues of C objects.
//!
//! C header: [`include/linux/wait.h`](srctree/include/linux/wait.h)

use core::{
    pin::Pin,
    ptr, //
};
use iscsi_bindings as bindings;
use kernel::{
    ffi::c_int,
    prelude::*,
    sync::LockClassKey,
    task::might_sleep,
    types::{
        NotThreadSafe,
        Opaque, //
    }, //
};

/// A `wait_queue_head_t` inside a C object.
///
/// Tasks sleep on it until a condition holds, which whoever makes it hold tells them with
/// [`WaitQueue::wake_up`]. The condition is about data of that object, which the queue does not
/// protect.
///
/// # Invariants
///
/// The C queue is initialised.
#[repr(transparent)]
pub struct WaitQueue(Opaque<bindings::wait_queue_head_t>);

// SAFETY: The queue has a lock of its own, which all functions on it take.
unsafe impl Send for WaitQueue {}

// SAFETY: As above.
unsafe impl Sync for WaitQueue {}

impl WaitQueue {
    /// Initialises a queue of a C object.
    ///
    /// `key` is the class that lockdep gives to the lock of the queue, and `name` the name it shows
    /// for it.
    ///
    /// # Safety
    ///
    /// `ptr` must be valid for writes, nobody else may use the queue yet, and the object must not be
    /// moved as long as anybody does.
    #[inline]
    pub unsafe fn init(
        ptr: *mut bindings::wait_queue_head_t,
        name: &'static CStr,
        key: Pin<&'static LockClassKey>,
    ) {
        // SAFETY: By the requirements of this function; name and class are static.
        unsafe { bindings::__init_waitqueue_head(ptr, name.as_char_ptr(), key.as_ptr()) };
    }

    /// Borrows a queue of a C object.
    ///
    /// # Safety
    ///
    /// `ptr` must point to an initialised queue that stays valid for `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *mut bindings::wait_queue_head_t) -> &'a Self {
        // SAFETY: Valid for `'a` by the requirements of this function.
        // CAST: `Self` is a transparent wrapper.
        // INVARIANT: By the requirements of this function.
        unsafe { &*ptr.cast() }
    }

    /// Has everybody who sleeps on the queue look at his condition again.
    ///
    /// Any context. What was written before is seen by whoever wakes up.
    #[inline]
    pub fn wake_up(&self) {
        // SAFETY: The queue is initialised, by the type invariants.
        unsafe { bindings::__wake_up(self.0.get(), bindings::TASK_NORMAL, 1, ptr::null_mut()) };
    }

    /// Sleeps until `condition` holds, or until a signal comes. Returns whether the condition holds.
    ///
    /// The condition is also looked at when the task is about to sleep: it must not sleep itself.
    /// What it reads must be read anew each time, that is through an atomic or under a lock.
    pub fn wait_interruptible(&self, mut condition: impl FnMut() -> bool) -> bool {
        might_sleep();
        if condition() {
            return true;
        }
        let entry = Opaque::uninit();
        let waiter = Waiter::new(self, &entry);
        loop {
            let is_interrupted = waiter.prepare().is_err();
            if condition() {
                return true;
            }
            if is_interrupted {
                return false;
            }
            waiter.sleep();
            if condition() {
                return true;
            }
        }
    }
}

/// The current task as one that waits. Dropping it ends that.
///
/// # Invariants
///
/// `entry` is initialised for the current task, and in no other queue than `queue`.
struct Waiter<'a> {
    queue: &'a WaitQueue,
    entry: &'a Opaque<bindings::wait_queue_entry>,
    _current: NotThreadSafe,
}

impl<'a> Waiter<'a> {
    /// `entry`, which is uninitialised, stays where it is for as long as it is borrowed.
    fn new(queue: &'a WaitQueue, entry: &'a Opaque<bindings::wait_queue_entry>) -> Self {
        // SAFETY: The pointer is valid for writes.
        unsafe { bindings::init_wait_entry(entry.get(), 0) };
        // INVARIANT: The entry is in no queue yet.
        Self {
            queue,
            entry,
            _current: NotThreadSafe,
        }
    }

    /// Enters the queue, so that the next [`Waiter::sleep`] ends when somebody wakes it up, be it
    /// before that sleep begins.
    ///
    /// # Errors
    ///
    /// `ERESTARTSYS` when a signal is pending: the task has left the queue then.
    fn prepare(&self) -> Result {
        // SAFETY: Both are initialised, by the type invariants.
        // INVARIANT: The entry enters this queue or leaves it.
        let ret = unsafe {
            bindings::prepare_to_wait_event(
                self.queue.0.get(),
                self.entry.get(),
                bindings::TASK_INTERRUPTIBLE as c_int,
            )
        };
        if ret == 0 {
            Ok(())
        } else {
            Err(ERESTARTSYS)
        }
    }

    fn sleep(&self) {
        // SAFETY: `wait_interruptible` has made sure that the context may sleep.
        unsafe { bindings::schedule() };
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        // SAFETY: Both are initialised, by the type invariants, and nobody uses the entry once it has
        // left the queue.
        unsafe { bindings::finish_wait(self.queue.0.get(), self.entry.get()) };
    }
}

/// Drops the signals that are pending for the current task, which is one that has no use for them.
///
/// Otherwise one that interrupted a wait would interrupt every wait after it.
pub fn flush_signals_if_pending() {
    let task = current!();
    if task.signal_pending() {
        // SAFETY: The current task is valid, and may drop its own signals.
        unsafe { bindings::flush_signals(task.as_ptr()) };
    }
}
