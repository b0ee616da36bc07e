// SPDX-License-Identifier: GPL-2.0

//! Hosts.

use super::errno;
use crate::host;
use iscsi_abi::{
    bindings,
    libiscsi::{
        host::{
            HostRemoval,
            IscsiHost,
            NewHost, //
        },
        target::Target, //
    }, //
};
use kernel::{
    device::Device,
    error::from_result,
    ffi::c_int, //
};

/// Allocates a host. Returns null if that fails.
///
/// # Safety
///
/// `template` must be complete, and stay valid as long as the host.
#[no_mangle]
unsafe extern "C" fn iscsi_host_alloc(
    template: *const bindings::scsi_host_template,
    dd_data_size: c_int,
    xmit_can_sleep: bool,
) -> *mut bindings::Scsi_Host {
    // SAFETY: By the requirements of this function.
    let host = unsafe { IscsiHost::alloc(template, dd_data_size, xmit_can_sleep) };
    host.map_or(core::ptr::null_mut(), |host| host.as_ptr())
}

/// Makes a host known to the mid-layer.
///
/// # Safety
///
/// `host` must be one from [`iscsi_host_alloc`] that was not added yet, `parent` null or a device.
#[no_mangle]
unsafe extern "C" fn iscsi_host_add(
    host: *mut bindings::Scsi_Host,
    parent: *mut bindings::device,
) -> c_int {
    // SAFETY: By the requirements of this function.
    let (new, parent) = unsafe {
        (
            NewHost::new(IscsiHost::from_raw(host)),
            (!parent.is_null()).then(|| Device::from_raw(parent)),
        )
    };
    errno(host::add(new, parent))
}

/// Takes a host from the mid-layer, after its sessions are gone.
///
/// # Safety
///
/// `host` must have been added, and nobody else remove it.
#[no_mangle]
unsafe extern "C" fn iscsi_host_remove(host: *mut bindings::Scsi_Host, is_shutdown: bool) {
    // SAFETY: By the requirements of this function.
    let removal = unsafe { HostRemoval::begin(IscsiHost::from_raw(host)) };
    host::remove(removal, is_shutdown);
}

/// Frees a host.
///
/// # Safety
///
/// `host` must be one from [`iscsi_host_alloc`] that was removed or never added, without sessions, and
/// not be used any more.
#[no_mangle]
unsafe extern "C" fn iscsi_host_free(host: *mut bindings::Scsi_Host) {
    // SAFETY: By the requirements of this function.
    unsafe { IscsiHost::free(host) };
}

/// How many SCSI commands a session takes at a time for which user space asks for `requested` tasks.
///
/// # Safety
///
/// `host` must be one from [`iscsi_host_alloc`].
#[no_mangle]
unsafe extern "C" fn iscsi_host_get_max_scsi_cmds(
    host: *mut bindings::Scsi_Host,
    requested: u16,
) -> c_int {
    // SAFETY: By the requirements of this function.
    let host = unsafe { IscsiHost::from_raw(host) };
    from_result(|| host::max_scsi_commands(host, requested).map(c_int::from))
}

/// Limits the commands of a target to those its session has tasks for.
///
/// # Safety
///
/// For the mid-layer alone: `target` is new, and one of a session that is set up.
#[no_mangle]
unsafe extern "C" fn iscsi_target_alloc(target: *mut bindings::scsi_target) -> c_int {
    // SAFETY: By the requirements of this function.
    host::limit_target(unsafe { Target::from_raw(target) });
    0
}
