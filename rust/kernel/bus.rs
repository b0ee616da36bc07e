// SPDX-License-Identifier: GPL-2.0

//! Buses: devices in `/sys/bus`.
//!
//! C header: [`include/linux/device/bus.h`](srctree/include/linux/device/bus.h)

use crate::device;
use core::ptr;
use iscsi_bindings as bindings;
use kernel::{
    device::Device,
    error::to_result,
    prelude::*,
    str::as_char_ptr_in_const_context,
    types::Opaque, //
};

/// A bus that shows devices, and leaves them without drivers.
///
/// Wraps the kernel's [`struct bus_type`].
///
/// [`struct bus_type`]: srctree/include/linux/device/bus.h
#[repr(transparent)]
pub struct Bus(Opaque<bindings::bus_type>);

// SAFETY: Nobody changes it.
unsafe impl Sync for Bus {}

impl Bus {
    /// A bus of that name.
    pub const fn new(name: &'static CStr) -> Self {
        let mut bus: bindings::bus_type = pin_init::zeroed();
        bus.name = as_char_ptr_in_const_context(name);
        Self(Opaque::new(bus))
    }

    /// The C representation.
    #[inline]
    pub const fn as_raw(&'static self) -> *const bindings::bus_type {
        self.0.get()
    }

    /// Whether a device is on this bus.
    #[inline]
    pub fn has(&'static self, dev: &Device) -> bool {
        // SAFETY: The bus of a device is written before the device is known to anybody.
        ptr::eq(unsafe { (*device::as_raw(dev)).bus }, self.as_raw())
    }

    /// Makes the bus known to the system.
    ///
    /// # Errors
    ///
    /// `EEXIST` when there is one of that name, or `ENOMEM`.
    pub fn register(&'static self) -> Result<BusRegistration> {
        // SAFETY: The bus is static.
        to_result(unsafe { bindings::bus_register(self.as_raw()) })?;
        // INVARIANT: Registered just now.
        Ok(BusRegistration(self))
    }
}

/// A bus that is registered until this is dropped.
///
/// # Invariants
///
/// The bus is registered, and nobody else unregisters it.
#[must_use = "the bus is unregistered when this is dropped"]
pub struct BusRegistration(&'static Bus);

impl Drop for BusRegistration {
    fn drop(&mut self) {
        // SAFETY: By the type invariants.
        unsafe { bindings::bus_unregister(self.0.as_raw()) };
    }
}
