// SPDX-License-Identifier: GPL-2.0

//! Transport classes: what is true of devices for the bus or protocol behind them, apart from the
//! devices.
//!
//! C headers: [`include/linux/transport_class.h`](srctree/include/linux/transport_class.h),
//! [`include/linux/attribute_container.h`](srctree/include/linux/attribute_container.h)
//!
//! A container says, with a function, for which devices it stands. Each of those gets a class device
//! as its child, of the container's class and with the attributes of the container's group.

use crate::{
    device,
    sysfs::Group, //
};
use iscsi_bindings as bindings;
use kernel::{
    device::Device,
    error::to_result,
    ffi::c_int,
    prelude::*,
    str::as_char_ptr_in_const_context,
    types::Opaque,
    warn_on, //
};

/// What is called with a container, a device and its class device.
pub type Callback = unsafe extern "C" fn(
    *mut bindings::transport_container,
    *mut bindings::device,
    *mut bindings::device,
) -> c_int;

/// Says whether a container stands for a device.
pub type Match =
    unsafe extern "C" fn(*mut bindings::attribute_container, *mut bindings::device) -> c_int;

/// A transport class, in a static.
///
/// Wraps the kernel's [`struct transport_class`].
///
/// [`struct transport_class`]: srctree/include/linux/transport_class.h
#[repr(transparent)]
pub struct TransportClass(Opaque<bindings::transport_class>);

// SAFETY: Nobody but the driver core uses the C object, and that with locks of its own.
unsafe impl Sync for TransportClass {}

impl TransportClass {
    /// A class that calls `setup` before it adds a class device, and `remove` before it removes one.
    ///
    /// They must be safe to call for whatever devices the containers of the class stand for.
    pub const fn new(
        name: &'static CStr,
        setup: Option<Callback>,
        remove: Option<Callback>,
    ) -> Self {
        let mut transport: bindings::transport_class = pin_init::zeroed();
        transport.class.name = as_char_ptr_in_const_context(name);
        transport.setup = setup;
        transport.remove = remove;
        Self(Opaque::new(transport))
    }

    /// The C representation.
    #[inline]
    pub const fn as_raw(&'static self) -> *mut bindings::transport_class {
        self.0.get()
    }

    /// The class of the class devices.
    #[inline]
    pub const fn class(&'static self) -> *mut bindings::class {
        // SAFETY: The C object is a static.
        unsafe { &raw mut (*self.as_raw()).class }
    }

    /// Makes the class known.
    ///
    /// # Errors
    ///
    /// `EEXIST` if there is one of that name, `ENOMEM`.
    pub fn register(&'static self) -> Result<TransportClassRegistration> {
        // SAFETY: The C object is complete, and a static.
        to_result(unsafe { bindings::transport_class_register(self.as_raw()) })?;
        // INVARIANT: Registered just now.
        Ok(TransportClassRegistration(self))
    }
}

/// A transport class that is known, until this is dropped.
///
/// # Invariants
///
/// The class is registered, and this is the only value that says so.
#[must_use = "the class is unregistered when this is dropped"]
pub struct TransportClassRegistration(&'static TransportClass);

impl Drop for TransportClassRegistration {
    fn drop(&mut self) {
        // SAFETY: By the type invariants.
        unsafe { bindings::transport_class_unregister(self.0.as_raw()) };
    }
}

/// Makes a container known: the devices that `matches` says yes to get class devices of `class` with
/// the attributes of `group`, if they are registered from now on.
///
/// # Safety
///
/// `ptr` must point to a zeroed container, which stays where it is until it is unregistered. The class
/// must be registered until then. `matches` must be safe to call with the container and any device.
/// The attributes must be for class devices of those that it says yes to, and so must what the class
/// calls.
pub unsafe fn container_register(
    ptr: *mut bindings::transport_container,
    class: &'static TransportClass,
    group: &'static Group,
    matches: Match,
) {
    // SAFETY: By the requirements of this function.
    unsafe {
        (*ptr).ac.class = class.class();
        (*ptr).ac.grp = group.as_raw();
        (*ptr).ac.match_ = Some(matches);
        bindings::attribute_container_register(&raw mut (*ptr).ac);
    }
}

/// Undoes [`container_register`].
///
/// # Errors
///
/// `EBUSY` when there are class devices left, of which this warns. The container then stays known, and
/// must not be freed.
///
/// # Safety
///
/// `ptr` must point to a container that is registered.
pub unsafe fn container_unregister(ptr: *mut bindings::transport_container) -> Result {
    // SAFETY: By the requirements of this function.
    let ret = unsafe { bindings::attribute_container_unregister(&raw mut (*ptr).ac) };
    warn_on!(ret != 0);
    to_result(ret)
}

/// Adds the class devices of a device.
///
/// # Errors
///
/// Any: then there is none.
///
/// # Safety
///
/// `dev` must point to a device that was added, has no children, and gets none but its class devices
/// meanwhile. A container must stand for it.
pub unsafe fn register_device(dev: *mut bindings::device) -> Result {
    // SAFETY: By the requirements of this function.
    let (ret, device) = unsafe {
        bindings::transport_setup_device(dev);
        (bindings::transport_add_device(dev), Device::from_raw(dev))
    };
    to_result(ret)
        // Setting up says nothing when it finds no memory.
        .and_then(|()| device::find_child(device, |_| true).map(drop).ok_or(ENOMEM))
        .inspect_err(|_| {
            // SAFETY: What was set up is not there any more, but for its memory.
            unsafe { bindings::transport_destroy_device(dev) }
        })
}

/// Removes the class devices of a device, and waits for the readers of their attributes.
///
/// # Safety
///
/// `dev` must point to a device whose class devices were added.
pub unsafe fn unregister_device(dev: *mut bindings::device) {
    // SAFETY: By the requirements of this function.
    unsafe {
        bindings::transport_remove_device(dev);
        bindings::transport_destroy_device(dev);
    }
}
