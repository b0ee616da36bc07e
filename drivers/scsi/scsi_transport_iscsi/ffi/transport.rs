// SPDX-License-Identifier: GPL-2.0

//! Transports.

use super::{
    connection,
    recovery,
    session, //
};
use crate::{
    attributes,
    classes,
    cleanup,
    registry,
    scan, //
};
use core::ptr;
use iscsi_abi::{
    bindings,
    class::{
        Callbacks,
        Host,
        Registered,
        Transport,
        TransportSetup, //
    }, //
};
use iscsi_kernel::printk::{
    print,
    Level, //
};
use kernel::{
    ffi::{
        c_int,
        c_uint, //
    },
    prelude::*,
    warn_on, //
};

/// The functions of the class that C calls for each of its objects.
static CALLBACKS: Callbacks = Callbacks {
    release_session: session::release,
    release_connection: connection::release,
    block: recovery::block_worker,
    unblock: recovery::unblock_worker,
    recovery_timed_out: recovery::timeout_worker,
    scan: recovery::scan_worker,
    unbind: recovery::unbind_worker,
    destroy: recovery::destroy_worker,
    cleanup: recovery::cleanup_worker,
    user_scan,
    is_host,
    is_session,
    is_connection,
};

/// Registers a transport. Returns what its hosts must point to, or null if that fails.
///
/// # Safety
///
/// `transport` must be null or a table, which stays valid and as it is until it is unregistered.
#[no_mangle]
unsafe extern "C" fn iscsi_register_transport(
    transport: *mut bindings::iscsi_transport,
) -> *mut bindings::scsi_transport_template {
    // SAFETY: By the requirements of this function.
    if transport.is_null() || unsafe { (*transport).name.is_null() } {
        print(
            Level::Error,
            fmt!("iscsi: transport without a name: not registered\n"),
        );
        return ptr::null_mut();
    }
    // SAFETY: By the requirements of this function; it has a name, as seen above.
    let known = unsafe { Transport::from_raw(transport) };
    let registered = registry::register(known, |handle| {
        let setup = TransportSetup {
            class: &classes::TRANSPORT,
            hosts: (&classes::HOSTS, &attributes::HOST),
            sessions: (&classes::SESSIONS, &attributes::SESSION),
            connections: (&classes::CONNECTIONS, &attributes::CONNECTION),
            callbacks: &CALLBACKS,
            cleanup: cleanup::queue().ok_or(ENODEV)?,
        };
        // SAFETY: The table is valid by the requirements of this function. Transports use this module,
        // so classes and workqueue are there as long as they are registered; the files are made for
        // what these classes are about, and the functions for the class's objects.
        unsafe { setup.register(transport, handle) }
    });
    match registered {
        // The table of what is registered keeps a reference.
        Ok(registered) => registered.template(),
        Err(_) => ptr::null_mut(),
    }
}

/// Undoes [`iscsi_register_transport`].
///
/// # Safety
///
/// `transport` must be null or a table, and have no hosts any more.
#[no_mangle]
unsafe extern "C" fn iscsi_unregister_transport(transport: *mut bindings::iscsi_transport) {
    if warn_on!(transport.is_null()) {
        return;
    }
    // SAFETY: By the requirements of this function.
    registry::unregister(unsafe { Transport::from_raw(transport) });
}

/// Frees a registered transport.
///
/// # Safety
///
/// For the device class of transports alone.
pub(crate) unsafe extern "C" fn release(dev: *mut bindings::device) {
    // SAFETY: By the requirements of this function.
    unsafe { Registered::release(dev) };
}

/// Looks for devices on a host, for user space.
///
/// # Safety
///
/// For the mid-layer alone: `host` is one of a registered transport.
unsafe extern "C" fn user_scan(
    host: *mut bindings::Scsi_Host,
    channel: c_uint,
    target: c_uint,
    lun: u64,
) -> c_int {
    let place = scan::Place {
        channel: unless_wild(channel),
        target: unless_wild(target),
        lun,
    };
    // SAFETY: By the requirements of this function.
    scan::scan_host(unsafe { Host::from_raw(host) }, place);
    0
}

/// A number of the mid-layer, unless it stands for all.
fn unless_wild(number: c_uint) -> Option<u32> {
    (number != bindings::SCAN_WILD_CARD as c_uint).then_some(number)
}

/// # Safety
///
/// As for [`Registered::is_host`].
unsafe extern "C" fn is_host(
    container: *mut bindings::attribute_container,
    dev: *mut bindings::device,
) -> c_int {
    // SAFETY: By the requirements of this function.
    c_int::from(unsafe { Registered::is_host(container, dev) })
}

/// # Safety
///
/// As for [`Registered::is_session`].
unsafe extern "C" fn is_session(
    container: *mut bindings::attribute_container,
    dev: *mut bindings::device,
) -> c_int {
    // SAFETY: By the requirements of this function.
    c_int::from(unsafe { Registered::is_session(container, dev) })
}

/// # Safety
///
/// As for [`Registered::is_connection`].
unsafe extern "C" fn is_connection(
    container: *mut bindings::attribute_container,
    dev: *mut bindings::device,
) -> c_int {
    // SAFETY: By the requirements of this function.
    c_int::from(unsafe { Registered::is_connection(container, dev) })
}
