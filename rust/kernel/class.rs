// SPDX-License-Identifier: GPL-2.0

//! Classes of devices.
//!
//! C header: [`include/linux/device/class.h`](srctree/include/linux/device/class.h)

use crate::sysfs::Groups;
use iscsi_bindings as bindings;
use kernel::{
    error::to_result,
    prelude::*,
    str::as_char_ptr_in_const_context,
    types::Opaque, //
};

/// What is called for a device of a class when nobody refers to it any more.
pub type Release = unsafe extern "C" fn(*mut bindings::device);

/// A class of devices, in a static.
///
/// Wraps the kernel's [`struct class`].
///
/// [`struct class`]: srctree/include/linux/device/class.h
#[repr(transparent)]
pub struct Class(Opaque<bindings::class>);

// SAFETY: Nobody but the driver core uses the C object, and that with locks of its own.
unsafe impl Sync for Class {}

impl Class {
    /// A class whose devices have the attributes of `groups` before user space hears of them, and
    /// end with `release`.
    pub const fn new(name: &'static CStr, groups: &'static Groups, release: Release) -> Self {
        let mut class: bindings::class = pin_init::zeroed();
        class.name = as_char_ptr_in_const_context(name);
        class.dev_groups = groups.as_raw();
        class.dev_release = Some(release);
        Self(Opaque::new(class))
    }

    /// The C representation.
    ///
    /// Whoever makes it the class of a device must make sure that the attributes are for such a
    /// device, and that `release` may be called for it.
    #[inline]
    pub const fn as_raw(&'static self) -> *mut bindings::class {
        self.0.get()
    }

    /// Makes the class known.
    ///
    /// # Errors
    ///
    /// `EEXIST` if there is one of that name, `ENOMEM`.
    pub fn register(&'static self) -> Result<ClassRegistration> {
        // SAFETY: The C object is complete, and a static.
        to_result(unsafe { bindings::class_register(self.as_raw()) })?;
        // INVARIANT: Registered just now.
        Ok(ClassRegistration(self))
    }
}

/// A class that is known, until this is dropped.
///
/// # Invariants
///
/// The class is registered, and this is the only value that says so.
#[must_use = "the class is unregistered when this is dropped"]
pub struct ClassRegistration(&'static Class);

impl Drop for ClassRegistration {
    fn drop(&mut self) {
        // SAFETY: By the type invariants.
        unsafe { bindings::class_unregister(self.0.as_raw()) };
    }
}
