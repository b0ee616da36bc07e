// SPDX-License-Identifier: GPL-2.0

//! What the kernel does about connections that break.

use super::Connection;
use core::mem::offset_of;
use iscsi_bindings as bindings;
use iscsi_kernel::{
    compat::{
        SpinLockIrq,
        SpinLockIrqGuard, //
    },
    work::Work, //
};
use kernel::{
    ffi::c_ulong,
    sync::atomic::Relaxed, //
};

/// Set when the kernel, or user space, cleans up after the connection.
const CLEANUP: c_ulong = 1 << bindings::ISCSI_CLS_CONN_BIT_CLEANUP;

/// No connection fails with this number (`enum iscsi_err`).
const NO_ERROR: u32 = 0;

/// Holds the spinlock of a connection.
pub struct ConnectionFields<'a> {
    conn: &'a Connection,
    _guard: SpinLockIrqGuard<'a, ()>,
}

impl Connection {
    /// Takes the connection's spinlock. Any context.
    #[inline]
    pub fn lock_fields(&self) -> ConnectionFields<'_> {
        // SAFETY: The lock is initialised and valid as long as the connection.
        let lock: &SpinLockIrq<()> =
            unsafe { SpinLockIrq::from_raw(&raw mut (*self.as_raw()).lock) };
        ConnectionFields {
            conn: self,
            _guard: lock.lock(),
        }
    }

    #[inline]
    fn cleanup_work(&self) -> &Work {
        // SAFETY: Initialised and valid as long as the connection.
        unsafe { Work::from_raw(&raw mut (*self.as_raw()).cleanup_work) }
    }

    /// The connection to clean up after.
    ///
    /// # Safety
    ///
    /// `work` must be the cleanup work item of a connection that is not freed for `'a`.
    #[inline]
    pub unsafe fn from_cleanup<'a>(work: *mut bindings::work_struct) -> &'a Self {
        let offset = offset_of!(bindings::iscsi_cls_conn, cleanup_work);
        // SAFETY: By the requirements of this function.
        unsafe { Self::from_raw(work.byte_sub(offset).cast()) }
    }

    /// Whether the kernel cleans up or has cleaned up after the connection, and user space has not
    /// stopped it since.
    #[inline]
    pub fn cleanup_is_pending(&self) -> bool {
        self.lock_fields().cleanup_is_pending()
    }

    /// Waits until the kernel does not clean up after the connection.
    #[inline]
    pub fn flush_cleanup(&self) {
        self.cleanup_work().flush();
    }

    /// Has the kernel not begin to clean up after the connection, and waits if it does already.
    #[inline]
    pub fn cancel_cleanup(&self) {
        self.cleanup_work().cancel_sync();
    }
}

impl ConnectionFields<'_> {
    #[inline]
    fn flags(&self) -> *mut c_ulong {
        // SAFETY: The field is valid as long as the connection.
        unsafe { &raw mut (*self.conn.as_raw()).flags }
    }

    /// Whether the kernel cleans up or has cleaned up after the connection.
    #[inline]
    pub fn cleanup_is_pending(&self) -> bool {
        // SAFETY: The lock, which protects the field, is held.
        unsafe { *self.flags() & CLEANUP != 0 }
    }

    /// Notes that the connection is being cleaned up after, until [`Self::end_cleanup`].
    #[inline]
    pub fn claim_cleanup(&mut self) {
        // SAFETY: The lock, which protects the field, is held.
        unsafe { *self.flags() |= CLEANUP };
    }

    /// Lets the connection be used again.
    #[inline]
    pub fn end_cleanup(&mut self) {
        // SAFETY: The lock, which protects the field, is held.
        unsafe { *self.flags() &= !CLEANUP };
    }

    /// Notes the error that is the reason to clean up if user space could not be told of it.
    #[inline]
    pub fn set_untold(&mut self, error: Option<u32>) {
        let untold = &self.conn.part().untold;
        untold.store(error.unwrap_or(NO_ERROR), Relaxed);
    }

    /// The error that user space could not be told of, once.
    #[inline]
    pub fn take_untold(&mut self) -> Option<u32> {
        let untold = &self.conn.part().untold;
        let error = untold.load(Relaxed);
        untold.store(NO_ERROR, Relaxed);
        (error != NO_ERROR).then_some(error)
    }

    /// Has a worker clean up after the connection, unless that is on its way out of sysfs.
    #[inline]
    pub fn begin_cleanup(&mut self) {
        self.claim_cleanup();
        if self.is_leaving() {
            return;
        }
        let queue = self.conn.session().registered().cleanup_queue();
        // SAFETY: The workqueue outlives the registration of the transport, which outlives connections
        // in sysfs. Whoever takes the connection out of there cancels the work item.
        unsafe { self.conn.cleanup_work().queue_on(queue) };
    }

    #[inline]
    fn is_leaving(&self) -> bool {
        self.conn.part().is_leaving.load(Relaxed)
    }

    /// Notes that the connection is on its way out of sysfs.
    #[inline]
    pub(super) fn set_leaving(&mut self) {
        self.conn.part().is_leaving.store(true, Relaxed);
    }
}
