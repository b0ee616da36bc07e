// SPDX-License-Identifier: GPL-2.0

//! The transports that are registered.

use crate::ffi::tables;
use core::ptr;
use iscsi_abi::class::{
    Registered,
    Registration,
    Transport, //
};
use iscsi_kernel::{
    id_table::Slot,
    printk::{
        print,
        Level, //
    }, //
};
use kernel::{
    prelude::*,
    sync::{
        aref::ARef,
        atomic::{
            Atomic,
            Relaxed, //
        }, //
    },
    warn_on, //
};

/// The last handle given to a transport.
static LAST_HANDLE: Atomic<u32> = Atomic::new(0);

/// Registers a transport by `begin`, which gets its handle: a number that is not used again until the
/// module is loaded the next time.
///
/// # Errors
///
/// `EINVAL` for a transport without a callback that it must have, `EEXIST` for one that is registered,
/// or what `begin` says.
pub(crate) fn register(
    transport: &Transport,
    begin: impl FnOnce(u64) -> Result<Registration>,
) -> Result<ARef<Registered>> {
    let name = transport.name();
    if let Some(missing) = transport.missing_callback() {
        print(
            Level::Error,
            fmt!("iscsi: transport ({name}) has no {missing}: not registered\n"),
        );
        return Err(EINVAL);
    }
    // Such a one used to crash when the first endpoint was disconnected.
    warn_on!(transport.disconnects() && !transport.unbinds_connections());
    if find_transport(transport).is_some() {
        return Err(EEXIST);
    }
    let slot = Slot::new()?;
    let handle = LAST_HANDLE.fetch_add(1, Relaxed).wrapping_add(1);
    let registration = begin(handle.into())?;
    let registered = registration.registered().clone();
    // Dropped after the lock.
    let refused = tables::TRANSPORTS.lock().insert(handle, slot, registration);
    if refused.is_some() {
        return Err(EBUSY);
    }
    print(
        Level::Notice,
        fmt!("iscsi: registered transport ({name})\n"),
    );
    Ok(registered)
}

/// Undoes [`register`], and waits for the commands that use the transport. May sleep.
pub(crate) fn unregister(transport: &Transport) {
    let registered = find_transport(transport);
    let Some(registered) = registered else {
        warn_on!(true);
        return;
    };
    let handle = key(registered.handle());
    let registration = handle.and_then(|handle| tables::TRANSPORTS.lock().remove(handle));
    // Takes it out of sysfs, which may sleep.
    drop(registration);
}

fn key(handle: u64) -> Option<u32> {
    u32::try_from(handle).ok()
}

/// The transport that user space calls by a number. It may be unregistered at any time, except for
/// who is inside its gate.
pub(crate) fn find(handle: u64) -> Option<ARef<Registered>> {
    let table = tables::TRANSPORTS.lock();
    Some(table.get(key(handle)?)?.registered().clone())
}

/// The registration of a transport. Any context.
pub(crate) fn find_transport(transport: &Transport) -> Option<ARef<Registered>> {
    let table = tables::TRANSPORTS.lock();
    for (_, registration) in table.iter() {
        let registered = registration.registered();
        if ptr::eq(registered.transport().as_raw(), transport.as_raw()) {
            return Some(registered.clone());
        }
    }
    None
}
