// SPDX-License-Identifier: GPL-2.0

//! Network interfaces of offload transports.

use super::{
    Host,
    Transport, //
};
use core::ptr::NonNull;
use iscsi_bindings as bindings;
use iscsi_kernel::{
    alloc::zeroed_with_tail,
    class::Class,
    impl_embedded_device, //
};
use kernel::{
    error::to_result,
    ffi::c_char,
    prelude::*,
    str::CStrExt,
    types::{
        Opaque,
        ScopeGuard, //
    }, //
};

/// An interface of a host: the object behind `ipv4-iface-HOST-NUMBER` in sysfs.
///
/// Wraps the kernel's [`struct iscsi_iface`]. Behind it is the data of the driver, which it points to.
///
/// # Invariants
///
/// The C object was made by [`Iface::create`], and is not freed as long as the reference lives.
///
/// [`struct iscsi_iface`]: srctree/include/scsi/scsi_transport_iscsi.h
#[repr(transparent)]
pub struct Iface(Opaque<bindings::iscsi_iface>);

impl_embedded_device! {
    // SAFETY: By the type invariants: the device frees the object. `Iface` is transparent.
    unsafe impl for Iface as bindings::iscsi_iface { dev }
}

/// The addresses that an interface has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfaceKind {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

impl IfaceKind {
    /// The kind for the number that drivers have for it, if there is one.
    #[inline]
    pub fn from_raw(kind: u32) -> Option<Self> {
        match kind {
            bindings::ISCSI_IFACE_TYPE_IPV4 => Some(Self::Ipv4),
            bindings::ISCSI_IFACE_TYPE_IPV6 => Some(Self::Ipv6),
            _ => None,
        }
    }
}

/// What an interface is made of.
pub struct NewIface<'a> {
    /// The host, which is the parent in sysfs.
    pub host: &'a Host,
    /// The number that the driver has for the kind of addresses.
    pub kind: u32,
    /// The number of the interface among those of the host.
    pub number: u32,
    /// The size of the driver's data, in bytes.
    pub private_len: usize,
}

impl NewIface<'_> {
    /// Its name in sysfs, as a format of two numbers. What is not IPv4 has always been called IPv6.
    fn name(&self) -> *const c_char {
        match IfaceKind::from_raw(self.kind) {
            Some(IfaceKind::Ipv4) => c"ipv4-iface-%u-%u",
            Some(IfaceKind::Ipv6) | None => c"ipv6-iface-%u-%u",
        }
        .as_char_ptr()
    }
}

impl Iface {
    /// Makes an interface and adds it to sysfs.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, or what sysfs says.
    ///
    /// # Safety
    ///
    /// `transport` must stay valid as long as the interface, and `class` free its devices with
    /// [`Iface::release`].
    pub unsafe fn create(
        new: &NewIface<'_>,
        transport: *mut bindings::iscsi_transport,
        class: &'static Class,
    ) -> Result<NonNull<bindings::iscsi_iface>> {
        let iface = zeroed_with_tail::<bindings::iscsi_iface>(new.private_len)?;
        let ptr = iface.as_ptr();
        // SAFETY: The object is valid, zeroed, and nobody else knows it.
        let dev = unsafe {
            (*ptr).transport = transport;
            (*ptr).iface_type = new.kind;
            (*ptr).iface_num = new.number;
            if new.private_len != 0 {
                (*ptr).dd_data = ptr.add(1).cast();
            }
            &raw mut (*ptr).dev
        };
        // SAFETY: As above. The reference to the parent is dropped by `release()`.
        unsafe {
            bindings::device_initialize(dev);
            (*dev).class = class.as_raw();
            (*dev).parent = bindings::get_device(&raw mut (*new.host.as_raw()).shost_gendev);
        }
        let undo = ScopeGuard::new(|| {
            // SAFETY: The reference is the only one. It frees the object by way of the class.
            unsafe { bindings::put_device(dev) };
        });
        // SAFETY: The device is initialised, and the format is one of two numbers of 32 bits.
        to_result(unsafe {
            bindings::dev_set_name(dev, new.name(), new.host.number(), new.number)
        })?;
        // SAFETY: The device is initialised and has a name.
        to_result(unsafe { bindings::device_add(dev) })?;
        undo.dismiss();
        Ok(iface)
    }

    /// Takes an interface out of sysfs, and drops the reference that [`Iface::create`] returned.
    ///
    /// # Safety
    ///
    /// `iface` must come from [`Iface::create`], and the caller not use it any more.
    pub unsafe fn destroy(iface: *mut bindings::iscsi_iface) {
        // SAFETY: By the requirements of this function.
        unsafe { bindings::device_unregister(&raw mut (*iface).dev) };
    }

    /// Frees an interface.
    ///
    /// # Safety
    ///
    /// `dev` must be the device of an interface from [`Iface::create`] that nobody refers to.
    pub unsafe extern "C" fn release(dev: *mut bindings::device) {
        // SAFETY: By the requirements of this function. The reference to the parent is the object's.
        unsafe {
            let parent = (*dev).parent;
            bindings::kfree(Self::from_device(dev).as_raw().cast());
            bindings::put_device(parent);
        }
    }

    /// The addresses that it has, if they are of a kind that there is.
    #[inline]
    pub fn kind(&self) -> Option<IfaceKind> {
        // SAFETY: Written once, before the interface is known to anybody.
        IfaceKind::from_raw(unsafe { (*self.as_raw()).iface_type })
    }

    /// Its number among those of the host.
    #[inline]
    pub fn number(&self) -> u32 {
        // SAFETY: Written once, before the interface is known to anybody.
        unsafe { (*self.as_raw()).iface_num }
    }

    /// The transport.
    #[inline]
    pub fn transport(&self) -> &Transport {
        // SAFETY: Written once. The transport outlives its interfaces.
        unsafe { Transport::from_raw((*self.as_raw()).transport) }
    }

    /// The host, which is the parent in sysfs.
    #[inline]
    pub fn host(&self) -> &Host {
        // SAFETY: The parent of an interface is the device of its host, which it has a reference to.
        unsafe { Host::from_device((*self.as_raw()).dev.parent) }
    }
}
