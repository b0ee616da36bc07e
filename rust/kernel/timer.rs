// SPDX-License-Identifier: GPL-2.0

//! Timers that are part of a C struct.
//!
//! C header: [`include/linux/timer.h`](srctree/include/linux/timer.h)

use core::pin::Pin;
use iscsi_bindings as bindings;
use kernel::{
    ffi::c_ulong,
    str::{
        CStr,
        CStrExt, //
    },
    sync::LockClassKey,
    types::Opaque, //
};

/// What a [`Timer`] calls when it expires, in atomic context.
pub type Expired = unsafe extern "C" fn(*mut bindings::timer_list);

/// A timer that somebody else owns.
///
/// Wraps the kernel's [`struct timer_list`].
///
/// # Invariants
///
/// The C object is initialised and not freed as long as the reference lives.
///
/// [`struct timer_list`]: srctree/include/linux/timer_types.h
#[repr(transparent)]
pub struct Timer(Opaque<bindings::timer_list>);

impl Timer {
    /// Initialises a timer.
    ///
    /// # Safety
    ///
    /// `ptr` must be valid for writes and stay where it is; `expired` must be safe to call with it
    /// whenever the timer is armed.
    #[inline]
    pub unsafe fn init(
        ptr: *mut bindings::timer_list,
        expired: Expired,
        name: &'static CStr,
        key: Pin<&'static LockClassKey>,
    ) {
        // SAFETY: By the requirements of this function; name and key are static.
        unsafe {
            bindings::timer_init_key(ptr, Some(expired), 0, name.as_char_ptr(), key.as_ptr());
        }
    }

    /// Borrows a C timer.
    ///
    /// # Safety
    ///
    /// `ptr` must point to a timer that is initialised and not freed for `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *mut bindings::timer_list) -> &'a Self {
        // SAFETY: Valid for `'a` by the requirements of this function.
        // CAST: `Self` is a transparent wrapper.
        unsafe { &*ptr.cast() }
    }

    /// Has the timer expire at `jiffies`, whether it was armed or not.
    #[inline]
    pub fn arm(&self, jiffies: c_ulong) {
        // SAFETY: Valid by the type invariants.
        unsafe { bindings::mod_timer(self.0.get(), jiffies) };
    }

    /// Has the timer expire no more, and waits until what it called has returned.
    ///
    /// Must be called with no lock held that the called function takes.
    #[inline]
    pub fn cancel_sync(&self) {
        // SAFETY: Valid by the type invariants.
        unsafe { bindings::timer_delete_sync(self.0.get()) };
    }
}
