// SPDX-License-Identifier: GPL-2.0

//! Endpoints.

use crate::{
    classes,
    endpoint, //
};
use core::ptr;
use iscsi_abi::{
    bindings,
    class::{
        Endpoint,
        EndpointEntry, //
    }, //
};
use kernel::{
    ffi::c_int,
    prelude::*,
    sync::aref::ARef, //
};

/// Creates an endpoint with `data_len` bytes for the driver. Returns null if that fails.
///
/// # Safety
///
/// Can be called at any time by who uses this module.
#[no_mangle]
unsafe extern "C" fn iscsi_create_endpoint(data_len: c_int) -> *mut bindings::iscsi_endpoint {
    let create = || {
        let new = Endpoint::alloc(&classes::ENDPOINT, usize::try_from(data_len)?)?;
        // SAFETY: `add` puts it into the table, and `release` takes it out of there.
        let entry = unsafe { EndpointEntry::new(new.endpoint()) };
        endpoint::add(new, entry)
    };
    let created: Result<ARef<Endpoint>> = create();
    match created {
        // The driver has the reference from now on.
        Ok(endpoint) => ARef::into_raw(endpoint).as_ptr().cast(),
        Err(_) => ptr::null_mut(),
    }
}

/// Takes an endpoint from sysfs, and drops the reference that it began with.
///
/// qla4xxx passes what its connection has, which is null when user space has stopped that.
///
/// # Safety
///
/// `endpoint` must be null or come from [`iscsi_create_endpoint`], and nobody else destroy it.
#[no_mangle]
unsafe extern "C" fn iscsi_destroy_endpoint(endpoint: *mut bindings::iscsi_endpoint) {
    if endpoint.is_null() {
        return;
    }
    // SAFETY: By the requirements of this function: the reference that it began with is the caller's.
    unsafe {
        let endpoint: ARef<Endpoint> = ARef::from_raw(Endpoint::from_raw(endpoint).into());
        endpoint.remove();
    }
}

/// The endpoint with a number, with a reference for the caller. Returns null if there is none, or it
/// was disconnected.
///
/// # Safety
///
/// Can be called at any time by who uses this module.
#[no_mangle]
unsafe extern "C" fn iscsi_lookup_endpoint(handle: u64) -> *mut bindings::iscsi_endpoint {
    match endpoint::find(handle) {
        Some(endpoint) => ARef::into_raw(endpoint).as_ptr().cast(),
        None => ptr::null_mut(),
    }
}

/// Drops a reference to an endpoint.
///
/// # Safety
///
/// The caller must have a reference, and not use it any more.
#[no_mangle]
unsafe extern "C" fn iscsi_put_endpoint(endpoint: *mut bindings::iscsi_endpoint) {
    // SAFETY: By the requirements of this function.
    drop(unsafe { ARef::<Endpoint>::from_raw(Endpoint::from_raw(endpoint).into()) });
}

/// Frees an endpoint, and its number.
///
/// # Safety
///
/// For the device class of endpoints alone.
pub(crate) unsafe extern "C" fn release(dev: *mut bindings::device) {
    // SAFETY: By the requirements of this function.
    unsafe {
        endpoint::forget(Endpoint::from_device(dev));
        Endpoint::release(dev);
    }
}
