// SPDX-License-Identifier: GPL-2.0

//! SCSI devices (logical units).
//!
//! C header: [`include/scsi/scsi_device.h`](srctree/include/scsi/scsi_device.h)

use core::{
    marker::PhantomData,
    ptr, //
};
use iscsi_bindings as bindings;
use kernel::{
    device,
    error::to_result,
    prelude::*,
    types::Opaque, //
};

/// A logical unit.
///
/// Wraps the kernel's [`struct scsi_device`].
///
/// [`struct scsi_device`]: srctree/include/scsi/scsi_device.h
#[repr(transparent)]
pub struct Device(Opaque<bindings::scsi_device>);

impl Device {
    /// The generic device, for messages.
    pub fn as_dev(&self) -> &device::Device {
        // SAFETY: The device is embedded in a `struct scsi_device` that is valid as long as `self`.
        unsafe { device::Device::from_raw(&raw mut (*self.0.get()).sdev_gendev) }
    }

    /// Asks that pages under write-back are not changed, which a checksum of data in flight needs.
    ///
    /// # Errors
    ///
    /// `EBUSY` while somebody else changes the limits of the queue. Waiting for that somebody could
    /// take for ever, since he may himself wait for I/O to this very device.
    pub fn require_stable_writes(&self) -> Result {
        // SAFETY: A device has a queue as long as it lives.
        let queue = unsafe { (*self.0.get()).request_queue };
        // SAFETY: The queue is valid; a value that is about to change is as good as one that has.
        let features = unsafe { (&raw const (*queue).limits.features).read_volatile() };
        if features & bindings::ISCSI_RUST_CONST_BLK_FEAT_STABLE_WRITES != 0 {
            return Ok(());
        }
        // SAFETY: The queue is valid.
        if unsafe { bindings::queue_limits_trylock(queue) } == 0 {
            return Err(EBUSY);
        }
        // SAFETY: The lock that protects the limits is held; committing them releases it.
        to_result(unsafe {
            let mut limits = (*queue).limits;
            limits.features |= bindings::ISCSI_RUST_CONST_BLK_FEAT_STABLE_WRITES;
            bindings::queue_limits_commit_update(queue, &mut limits)
        })
    }
}

/// Iterates over the devices of a host.
///
/// # Invariants
///
/// `host` is valid for `'a`, and `last` is null or a device of it that the iterator holds a
/// reference to.
pub struct DeviceIter<'a> {
    host: *mut bindings::Scsi_Host,
    last: *mut bindings::scsi_device,
    _host: PhantomData<&'a bindings::Scsi_Host>,
}

impl DeviceIter<'_> {
    /// Starts at the first device of `host`.
    ///
    /// # Safety
    ///
    /// `host` must be valid for the lifetime of the iterator.
    pub unsafe fn new(host: *mut bindings::Scsi_Host) -> Self {
        // INVARIANT: By the requirements of this function.
        Self {
            host,
            last: ptr::null_mut(),
            _host: PhantomData,
        }
    }

    /// Runs `f` on each device.
    pub fn for_each(mut self, mut f: impl FnMut(&Device)) {
        loop {
            // SAFETY: By the type invariants; the function takes a reference to the device it
            // returns, and drops the one to `last`.
            // INVARIANT: Null, or a device with a reference.
            self.last = unsafe { bindings::__scsi_iterate_devices(self.host, self.last) };
            if self.last.is_null() {
                return;
            }
            // SAFETY: The iterator holds a reference to the device.
            // CAST: `Device` is a transparent wrapper.
            f(unsafe { &*self.last.cast() });
        }
    }
}

impl Drop for DeviceIter<'_> {
    #[inline]
    fn drop(&mut self) {
        if !self.last.is_null() {
            // SAFETY: By the type invariants the iterator holds this reference.
            unsafe { bindings::scsi_device_put(self.last) };
        }
    }
}
