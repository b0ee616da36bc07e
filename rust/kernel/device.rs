// SPDX-License-Identifier: GPL-2.0

//! Devices: their types, their children, and how they go.
//!
//! C header: [`include/linux/device.h`](srctree/include/linux/device.h)

use crate::sysfs::Groups;
use core::{
    fmt,
    ptr::{
        self,
        NonNull, //
    }, //
};
use iscsi_bindings as bindings;
use kernel::{
    device::Device,
    error::to_result,
    ffi::{
        c_int,
        c_void, //
    },
    prelude::*,
    str::{
        as_char_ptr_in_const_context,
        CStrExt, //
    },
    sync::aref::ARef,
    types::Opaque, //
};

/// What a [`DeviceType`] calls when the last reference to a device goes.
pub type Release = unsafe extern "C" fn(*mut bindings::device);

/// A type of devices: what the devices of one kind have in common.
///
/// Wraps the kernel's [`struct device_type`].
///
/// [`struct device_type`]: srctree/include/linux/device.h
#[repr(transparent)]
pub struct DeviceType(Opaque<bindings::device_type>);

// SAFETY: Nobody changes it.
unsafe impl Sync for DeviceType {}

impl DeviceType {
    /// A type whose devices have the attributes of `groups` and are freed by `release`.
    ///
    /// `release` must be safe to call with each device that is given the type, when nobody refers to
    /// it any more; who gives a device its type sees to that.
    pub const fn new(name: &'static CStr, groups: &'static Groups, release: Release) -> Self {
        let mut kind: bindings::device_type = pin_init::zeroed();
        kind.name = as_char_ptr_in_const_context(name);
        kind.groups = groups.as_raw().cast_mut();
        kind.release = Some(release);
        Self(Opaque::new(kind))
    }

    /// The C representation.
    #[inline]
    pub const fn as_raw(&'static self) -> *const bindings::device_type {
        self.0.get()
    }

    /// Whether a device is of this type.
    #[inline]
    pub fn has(&'static self, dev: &Device) -> bool {
        // SAFETY: The type of a device is written before the device is known to anybody.
        ptr::eq(unsafe { (*as_raw(dev)).type_ }, self.as_raw())
    }
}

/// The C representation of a device.
#[inline]
pub fn as_raw(dev: &Device) -> *mut bindings::device {
    // CAST: `Device` is a transparent wrapper.
    ptr::from_ref(dev).cast_mut().cast()
}

/// Finds a child of a device.
pub fn find_child<F>(parent: &Device, mut matches: F) -> Option<ARef<Device>>
where
    F: FnMut(&Device) -> bool,
{
    /// # Safety
    ///
    /// `dev` must be a device, and `matches` point to an `F` that nobody else uses.
    unsafe extern "C" fn call<F>(dev: *mut bindings::device, matches: *const c_void) -> c_int
    where
        F: FnMut(&Device) -> bool,
    {
        // SAFETY: By the requirements of this function.
        let (matches, dev) =
            unsafe { (&mut *matches.cast_mut().cast::<F>(), Device::from_raw(dev)) };
        c_int::from(matches(dev))
    }

    // SAFETY: The device is valid. `call()` gets what it needs: the walk keeps the child valid, and
    // `matches` is in use here only.
    let child = unsafe {
        bindings::device_find_child(
            as_raw(parent),
            (&raw mut matches).cast_const().cast(),
            Some(call::<F>),
        )
    };
    // SAFETY: The device comes with a reference, which is handed on.
    NonNull::new(child).map(|child| unsafe { ARef::from_raw(child.cast()) })
}

/// Calls a function with each child of a device. The function may take the child out of the system.
pub fn for_each_child<F>(parent: &Device, mut function: F)
where
    F: FnMut(&Device),
{
    /// # Safety
    ///
    /// `dev` must be a device, and `function` point to an `F` that nobody else uses.
    unsafe extern "C" fn call<F>(dev: *mut bindings::device, function: *mut c_void) -> c_int
    where
        F: FnMut(&Device),
    {
        // SAFETY: By the requirements of this function.
        let (function, dev) = unsafe { (&mut *function.cast::<F>(), Device::from_raw(dev)) };
        function(dev);
        0
    }

    // SAFETY: The device is valid. `call()` gets what it needs: the walk keeps the child valid, and
    // `function` is in use here only.
    unsafe {
        bindings::device_for_each_child(as_raw(parent), (&raw mut function).cast(), Some(call::<F>))
    };
}

/// Decides who takes a device out of the system: true for the first who asks.
///
/// # Safety
///
/// The device must have been added to the system.
#[must_use = "who got true must remove the device"]
pub unsafe fn claim_removal(dev: &Device) -> bool {
    let dev = as_raw(dev);
    // SAFETY: By the requirements of this function. The lock is held as `kill_device()` wants it.
    unsafe {
        bindings::device_lock(dev);
        let first = bindings::kill_device(dev);
        bindings::device_unlock(dev);
        first
    }
}

/// Names a device that is not in the system yet.
///
/// # Errors
///
/// `ENOMEM`.
///
/// # Safety
///
/// `dev` must point to a zeroed or initialised device that was not added, and nobody else use its
/// name.
pub unsafe fn set_name(dev: *mut bindings::device, name: fmt::Arguments<'_>) -> Result {
    // SAFETY: By the requirements of this function; `%pA` takes a pointer to arguments.
    to_result(unsafe { bindings::dev_set_name(dev, c"%pA".as_char_ptr(), &raw const name) })
}

/// Takes a reference to a device, unless the last one is gone and the device about to be freed.
///
/// # Safety
///
/// `dev` must point to a device that was initialised and is not freed before this returns.
pub unsafe fn try_get(dev: *mut bindings::device) -> Option<ARef<Device>> {
    // SAFETY: By the requirements of this function.
    let kobj = unsafe { bindings::kobject_get_unless_zero(&raw mut (*dev).kobj) };
    let dev = (!kobj.is_null()).then_some(dev)?;
    // SAFETY: The reference was taken just now, and is handed on.
    NonNull::new(dev).map(|dev| unsafe { ARef::from_raw(dev.cast()) })
}

/// Whether a device is one that `release` frees, which marks devices of a kind that has no type.
///
/// # Safety
///
/// `dev` must point to a device.
pub unsafe fn is_released_by(dev: *const bindings::device, release: Release) -> bool {
    // SAFETY: By the requirements of this function. The field is written before anybody knows the
    // device.
    let actual = unsafe { (*dev).release };
    actual.is_some_and(|actual| ptr::fn_addr_eq(actual, release))
}

/// Implements what an object needs that is kept alive by the references to a device in it: `from_device`,
/// `as_dev` and [`AlwaysRefCounted`](kernel::sync::aref::AlwaysRefCounted), and for the wrapper of a C
/// struct `from_raw` and `as_raw` as well.
///
/// Whoever writes `unsafe impl` promises that by the invariants of the type the device is initialised, and
/// the object not freed before the last reference to it is gone; and that the type is a transparent
/// wrapper of the C struct, if there is one.
///
/// # Examples
///
/// ```ignore
/// /// # Invariants
/// ///
/// /// The device of the C object is initialised, and frees the object with its last reference.
/// #[repr(transparent)]
/// struct Link(Opaque<bindings::link>);
///
/// impl_embedded_device! {
///     // SAFETY: By the type invariants. `Link` is transparent.
///     unsafe impl for Link as bindings::link { dev }
/// }
///
/// /// # Invariants
/// ///
/// /// The device is initialised, and frees the object with its last reference.
/// struct Port {
///     dev: Opaque<bindings::device>,
/// }
///
/// impl_embedded_device! {
///     // SAFETY: By the type invariants.
///     unsafe impl for Port { dev }
/// }
/// ```
#[macro_export]
macro_rules! impl_embedded_device {
    (unsafe impl$({$($generics:tt)*})? for $type:ty as $raw:ty { $dev:ident }) => {
        impl$(<$($generics)*>)? $type {
            /// Borrows a C object.
            ///
            /// # Safety
            ///
            /// `ptr` must point to an object as the invariants of this type say, which is not freed for
            /// `'a`.
            #[inline]
            pub unsafe fn from_raw<'a>(ptr: *mut $raw) -> &'a Self {
                // SAFETY: Valid for `'a` by the requirements of this function.
                // CAST: `Self` is a transparent wrapper.
                unsafe { &*ptr.cast() }
            }

            /// The C representation.
            #[inline]
            pub fn as_raw(&self) -> *mut $raw {
                self.0.get()
            }
        }

        $crate::impl_embedded_device! {
            @at {$($($generics)*)?} $type, ::core::mem::offset_of!($raw, $dev)
        }
    };
    (unsafe impl$({$($generics:tt)*})? for $type:ty { $dev:ident }) => {
        $crate::impl_embedded_device! {
            @at {$($($generics)*)?} $type, ::core::mem::offset_of!($type, $dev)
        }
    };
    (@at {$($generics:tt)*} $type:ty, $offset:expr) => {
        impl<$($generics)*> $type {
            /// Borrows the object by its device in sysfs.
            ///
            /// # Safety
            ///
            /// `dev` must be the device of an object as the invariants of this type say, which is not freed
            /// for `'a`.
            #[inline]
            pub unsafe fn from_device<'a>(dev: *mut ::iscsi_bindings::device) -> &'a Self {
                // SAFETY: By the requirements of this function the device is that far into the object.
                unsafe { &*dev.byte_sub($offset).cast() }
            }

            /// The object in sysfs.
            #[inline]
            pub fn as_dev(&self) -> &::kernel::device::Device {
                let this = ::core::ptr::from_ref(self).cast_mut();
                // SAFETY: By the type invariants the device is that far into the object, and valid as long
                // as it.
                unsafe { ::kernel::device::Device::from_raw(this.byte_add($offset).cast()) }
            }
        }

        // SAFETY: The device has a reference count, which keeps the object alive by the type invariants.
        unsafe impl<$($generics)*> ::kernel::sync::aref::AlwaysRefCounted for $type {
            #[inline]
            fn inc_ref(&self) {
                ::kernel::sync::aref::AlwaysRefCounted::inc_ref(self.as_dev());
            }

            #[inline]
            unsafe fn dec_ref(obj: ::core::ptr::NonNull<Self>) {
                // SAFETY: The caller owns a reference, by the requirements of this function, which is one to
                // the device.
                unsafe {
                    let dev = ::core::ptr::NonNull::from(obj.as_ref().as_dev());
                    ::kernel::sync::aref::AlwaysRefCounted::dec_ref(dev);
                }
            }
        }
    };
}
