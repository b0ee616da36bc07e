// SPDX-License-Identifier: GPL-2.0

//! What the class has on hosts, and the requests that programs send to them.

use crate::bsg;
use core::ptr::NonNull;
use iscsi_abi::{
    bindings,
    class::{
        Host,
        HostJob, //
    }, //
};
use kernel::ffi::c_int;

/// Sets up what the class has on a host, and has programs send requests if the driver takes them.
///
/// # Safety
///
/// For the transport class of hosts alone: `dev` is a new host of a transport of this class.
pub(crate) unsafe extern "C" fn setup_host(
    _container: *mut bindings::transport_container,
    dev: *mut bindings::device,
    _class_dev: *mut bindings::device,
) -> c_int {
    // SAFETY: By the requirements of this function.
    let host = unsafe { Host::from_device(dev) };
    // SAFETY: The host is new. `run()` is for hosts such as this, and `remove_host()` is called before
    // the host goes.
    bsg::report_setup(host, unsafe { host.set_up_class_data(run) });
    0
}

/// Has programs send no more requests to a host.
///
/// # Safety
///
/// For the transport class of hosts alone: `dev` is a host from [`setup_host`] on its way out.
pub(crate) unsafe extern "C" fn remove_host(
    _container: *mut bindings::transport_container,
    dev: *mut bindings::device,
    _class_dev: *mut bindings::device,
) -> c_int {
    // SAFETY: By the requirements of this function.
    unsafe { Host::from_device(dev).remove_bsg_queue() };
    0
}

/// Takes a request over.
///
/// # Safety
///
/// For queues that [`setup_host`] adds: `job` is one that has just been started.
unsafe extern "C" fn run(job: *mut bindings::bsg_job) -> c_int {
    if let Some(job) = NonNull::new(job) {
        // SAFETY: By the requirements of this function.
        bsg::dispatch(unsafe { HostJob::from_raw(job) });
    }
    0
}
