// SPDX-License-Identifier: GPL-2.0

//! Parameters that are texts.
//!
//! They stay C strings, since C transports read them too.

use core::{
    marker::PhantomData,
    mem::ManuallyDrop,
    ptr::{
        self,
        NonNull, //
    },
    slice, //
};
use iscsi_bindings as bindings;
use iscsi_kernel::{
    mm::NoIo,
    sysfs::AttributePage, //
};
use kernel::{
    ffi::{
        c_char,
        c_int, //
    },
    prelude::*,
    sync::SpinLock, //
};

/// The lock of all texts: one for all, as C transports pass fields of objects that libiscsi does not
/// know.
///
/// A text that is replaced is freed at once, so nobody may be reading it then. For process context.
#[repr(transparent)]
pub struct TextLock(SpinLock<()>);

impl TextLock {
    /// Borrows a C lock.
    ///
    /// # Safety
    ///
    /// `lock` must be initialised, and stay valid for `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(lock: *mut bindings::spinlock_t) -> &'a Self {
        // SAFETY: By the requirements of this function.
        // CAST: Both are transparent wrappers.
        unsafe { &*lock.cast() }
    }

    /// Replaces a text by a copy of `new`. If they are equal, nothing is done.
    ///
    /// # Errors
    ///
    /// `ENOMEM`: the old text stays.
    pub fn switch(&self, text: &Text<'_>, new: &[u8]) -> Result {
        {
            let _guard = self.0.lock();
            // SAFETY: The lock is held, so that nobody frees the text.
            if unsafe { text.get() }.is_some_and(|old| old == new) {
                return Ok(());
            }
        }
        let new = OwnedText::new(new)?;
        let guard = self.0.lock();
        // SAFETY: The lock is held.
        let old = unsafe { text.replace(Some(new)) };
        drop(guard);
        drop(old);
        Ok(())
    }

    /// Prints a text and a newline; "(null)" for one that was never set. Returns the number of
    /// characters.
    pub fn show(&self, text: &Text<'_>, page: &AttributePage<'_>) -> c_int {
        self.show_or(text, b"(null)", page)
    }

    /// Prints a text and a newline; `unset` for one that was never set. Returns the number of
    /// characters.
    pub fn show_or(&self, text: &Text<'_>, unset: &[u8], page: &AttributePage<'_>) -> c_int {
        let _guard = self.0.lock();
        // SAFETY: The lock is held, so that nobody frees the text.
        page.print_line(unsafe { text.get() }.unwrap_or(unset))
    }
}

/// The place of a text in a C object.
///
/// # Invariants
///
/// The pointer to it is valid for `'a`. There is null, or a string that `kfree()` frees, which is
/// replaced with [`TextLock`] held only.
pub struct Text<'a>(NonNull<*mut c_char>, PhantomData<&'a ()>);

impl Text<'_> {
    /// Borrows a place.
    ///
    /// # Safety
    ///
    /// The type invariants must hold for the lifetime of the result.
    #[inline]
    pub unsafe fn from_raw(place: *mut *mut c_char) -> Self {
        // SAFETY: By the requirements of this function it is not null.
        // INVARIANT: By the requirements of this function.
        Self(unsafe { NonNull::new_unchecked(place) }, PhantomData)
    }

    /// Frees a text. It is as if it had never been set then.
    ///
    /// # Safety
    ///
    /// Nobody else may use it: neither attribute nor message reaches the object any more.
    #[inline]
    pub unsafe fn free(&self) {
        // SAFETY: By the requirements of this function.
        drop(unsafe { self.replace(None) });
    }

    /// # Safety
    ///
    /// Nobody may replace the text as long as the result is used.
    #[inline]
    unsafe fn get(&self) -> Option<&[u8]> {
        // SAFETY: By the type invariants.
        let text = unsafe { *self.0.as_ptr() };
        if text.is_null() {
            return None;
        }
        // SAFETY: By the type invariants it is a string; by the requirements of this function it
        // stays one.
        Some(unsafe { slice::from_raw_parts(text.cast(), bindings::strlen(text)) })
    }

    /// # Safety
    ///
    /// Nobody else may use the text, or the lock must be held.
    #[inline]
    unsafe fn replace(&self, new: Option<OwnedText>) -> Option<OwnedText> {
        let new = new.map_or(ptr::null_mut(), OwnedText::into_raw);
        // SAFETY: By the type invariants and the requirements of this function.
        // INVARIANT: A string from `kstrndup()`, or null.
        let old = unsafe { self.0.as_ptr().replace(new) };
        // INVARIANT: By those of `Text`.
        NonNull::new(old).map(OwnedText)
    }
}

/// A C string of its own.
///
/// # Invariants
///
/// `kfree()` frees it, and nobody else does.
struct OwnedText(NonNull<c_char>);

impl OwnedText {
    /// A copy of `text`. Its allocation starts no I/O: without the session that is being set up
    /// there may be none.
    fn new(text: &[u8]) -> Result<Self> {
        let _scope = NoIo::new();
        // SAFETY: The pointer is valid for that many bytes, and no more are read.
        let copy =
            unsafe { bindings::kstrndup(text.as_ptr().cast(), text.len(), bindings::GFP_KERNEL) };
        // INVARIANT: `kstrndup()` allocates from the slab.
        NonNull::new(copy).map(Self).ok_or(ENOMEM)
    }

    #[inline]
    fn into_raw(self) -> *mut c_char {
        ManuallyDrop::new(self).0.as_ptr()
    }
}

impl Drop for OwnedText {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: By the type invariants.
        unsafe { bindings::kfree(self.0.as_ptr().cast()) };
    }
}
