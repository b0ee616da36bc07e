// SPDX-License-Identifier: GPL-2.0

//! How objects get into sysfs, and out of there.

use iscsi_bindings as bindings;
use iscsi_kernel::{
    device,
    transport_class::register_device, //
};
use kernel::{
    device::Device,
    error::to_result,
    prelude::*, //
};

/// Why an object did not get into sysfs.
#[derive(Clone, Copy, Debug)]
pub enum AddError {
    /// It got no workqueue.
    Workqueue(Error),
    /// Its device could not be added.
    Device(Error),
    /// Its attributes could not be added.
    Attributes(Error),
}

impl From<AddError> for Error {
    fn from(error: AddError) -> Self {
        match error {
            AddError::Workqueue(error) | AddError::Device(error) | AddError::Attributes(error) => {
                error
            }
        }
    }
}

/// A session or connection that is allocated, and in sysfs not yet.
///
/// # Invariants
///
/// Nobody else adds the object or uses it.
pub struct Addition<'a, T>(&'a T);

impl<'a, T> Addition<'a, T> {
    /// Borrows an object that is to be added.
    ///
    /// # Safety
    ///
    /// The object must not have been added yet, and nobody else do so.
    #[inline]
    pub unsafe fn new(object: &'a T) -> Self {
        // INVARIANT: By the requirements of this function.
        Self(object)
    }

    /// The object.
    #[inline]
    pub fn object(&self) -> &'a T {
        self.0
    }
}

/// Adds a device with its class devices.
///
/// # Errors
///
/// Where it failed, and why; the device is as it was.
///
/// # Safety
///
/// The device must have a name, and not have been added yet, and nobody else do so. It must be one that
/// a container of ours stands for, and get no other children meanwhile.
#[inline]
pub(super) unsafe fn add_device(dev: &Device) -> Result<(), AddError> {
    let dev = device::as_raw(dev);
    // SAFETY: By the requirements of this function. It is removed again only if it was added.
    unsafe {
        to_result(bindings::device_add(dev)).map_err(AddError::Device)?;
        register_device(dev).map_err(|error| {
            bindings::device_del(dev);
            AddError::Attributes(error)
        })
    }
}

/// A session or connection on its way out of sysfs.
///
/// # Invariants
///
/// The object was added, and nobody else removes it.
#[must_use = "the object stays in sysfs"]
pub struct Removal<'a, T>(&'a T);

impl<'a, T> Removal<'a, T> {
    /// # Safety
    ///
    /// The object must have been added, and nobody else remove it.
    #[inline]
    pub(super) unsafe fn new(object: &'a T) -> Self {
        // INVARIANT: By the requirements of this function.
        Self(object)
    }

    /// The object.
    #[inline]
    pub fn object(&self) -> &'a T {
        self.0
    }
}
