// SPDX-License-Identifier: GPL-2.0

//! Names for what drivers say in numbers. The strings are static; C has them as `char *`.

use crate::names;
use iscsi_abi::{
    bindings,
    class::Host, //
};
use kernel::{
    ffi::{
        c_char,
        c_int, //
    },
    prelude::*,
    str::CStrExt, //
};

/// A string as C has it.
fn c_string(name: &'static CStr) -> *mut c_char {
    name.as_char_ptr().cast_mut()
}

/// The name of the state of an interface's address, or null if there is none.
#[no_mangle]
extern "C" fn iscsi_get_ipaddress_state_name(
    state: bindings::iscsi_ipaddress_state,
) -> *mut c_char {
    names::ip_address_state(state).map_or(core::ptr::null_mut(), c_string)
}

/// The name of the state of an interface's router, or null if there is none.
#[no_mangle]
extern "C" fn iscsi_get_router_state_name(state: bindings::iscsi_router_state) -> *mut c_char {
    names::router_state(state).map_or(core::ptr::null_mut(), c_string)
}

/// The name of the way that a flashnode was discovered.
#[no_mangle]
extern "C" fn iscsi_get_discovery_parent_name(kind: c_int) -> *mut c_char {
    c_string(names::discovery_parent(kind as u32))
}

/// The name of the speed of a host's port.
///
/// # Safety
///
/// `host` must have been added, with a transport of this class.
#[no_mangle]
unsafe extern "C" fn iscsi_get_port_speed_name(host: *mut bindings::Scsi_Host) -> *mut c_char {
    // SAFETY: By the requirements of this function.
    c_string(names::port_speed(unsafe { Host::from_raw(host) }))
}

/// The name of the state of a host's port.
///
/// # Safety
///
/// `host` must have been added, with a transport of this class.
#[no_mangle]
unsafe extern "C" fn iscsi_get_port_state_name(host: *mut bindings::Scsi_Host) -> *mut c_char {
    // SAFETY: By the requirements of this function.
    c_string(names::port_state(unsafe { Host::from_raw(host) }))
}
