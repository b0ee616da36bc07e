// SPDX-License-Identifier: GPL-2.0

//! Network interfaces of offload transports.

use crate::classes::IFACE;
use core::ptr::{
    self,
    NonNull, //
};
use iscsi_abi::{
    bindings,
    class::{
        Host,
        Iface,
        NewIface, //
    }, //
};
use kernel::ffi::c_int;

/// Makes an interface and adds it to sysfs. Returns null if that fails.
///
/// # Safety
///
/// `host` must be one of a transport of this class, `transport` stay valid as long as the interface.
#[no_mangle]
unsafe extern "C" fn iscsi_create_iface(
    host: *mut bindings::Scsi_Host,
    transport: *mut bindings::iscsi_transport,
    iface_type: u32,
    iface_num: u32,
    dd_size: c_int,
) -> *mut bindings::iscsi_iface {
    let Ok(private_len) = usize::try_from(dd_size) else {
        return ptr::null_mut();
    };
    let new = NewIface {
        // SAFETY: By the requirements of this function.
        host: unsafe { Host::from_raw(host) },
        kind: iface_type,
        number: iface_num,
        private_len,
    };
    // SAFETY: By the requirements of this function. The class is that of interfaces.
    let iface = unsafe { Iface::create(&new, transport, &IFACE) };
    iface.map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// Takes an interface out of sysfs.
///
/// # Safety
///
/// `iface` must come from [`iscsi_create_iface`], and not be used any more.
#[no_mangle]
unsafe extern "C" fn iscsi_destroy_iface(iface: *mut bindings::iscsi_iface) {
    // SAFETY: By the requirements of this function.
    unsafe { Iface::destroy(iface) };
}
