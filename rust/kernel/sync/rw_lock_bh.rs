// SPDX-License-Identifier: GPL-2.0

//! Reader-writer spinlocks of C objects, taken with bottom halves off.
//!
//! C header: [`include/linux/rwlock.h`](srctree/include/linux/rwlock.h)

use iscsi_bindings as bindings;
use kernel::types::{
    NotThreadSafe,
    Opaque, //
};

/// An `rwlock_t` inside a C object.
///
/// The lock protects fields of that object, which its Rust wrapper hands out by guard.
#[repr(transparent)]
pub struct RwLockBh(Opaque<bindings::rwlock_t>);

/// Holds a [`RwLockBh`] for reading; others may too.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct RwLockReadGuard<'a>(&'a RwLockBh, NotThreadSafe);

/// Holds a [`RwLockBh`] for writing; nobody else holds it in any way.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct RwLockWriteGuard<'a>(&'a RwLockBh, NotThreadSafe);

impl RwLockBh {
    /// Borrows a lock of a C object.
    ///
    /// # Safety
    ///
    /// `ptr` must point to an initialised `rwlock_t` that stays valid for `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *mut bindings::rwlock_t) -> &'a Self {
        // SAFETY: Valid for `'a` by the requirements of this function.
        // CAST: `Self` is a transparent wrapper.
        unsafe { &*ptr.cast() }
    }

    /// Takes the lock for reading.
    #[inline]
    pub fn read(&self) -> RwLockReadGuard<'_> {
        // SAFETY: `from_raw` asks for an initialised lock.
        unsafe { bindings::read_lock_bh(self.0.get()) };
        RwLockReadGuard(self, NotThreadSafe)
    }

    /// Takes the lock for writing.
    #[inline]
    pub fn write(&self) -> RwLockWriteGuard<'_> {
        // SAFETY: `from_raw` asks for an initialised lock.
        unsafe { bindings::write_lock_bh(self.0.get()) };
        RwLockWriteGuard(self, NotThreadSafe)
    }
}

impl Drop for RwLockReadGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: The guard exists only while the lock is held for reading.
        unsafe { bindings::read_unlock_bh(self.0 .0.get()) };
    }
}

impl Drop for RwLockWriteGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: The guard exists only while the lock is held for writing.
        unsafe { bindings::write_unlock_bh(self.0 .0.get()) };
    }
}
