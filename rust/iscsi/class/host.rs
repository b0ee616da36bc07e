// SPDX-License-Identifier: GPL-2.0

//! Hosts.

use super::{
    Registered,
    Session, //
};
use core::ptr::NonNull;
use iscsi_bindings as bindings;
use iscsi_kernel::{
    device,
    impl_embedded_device, //
};
use kernel::{
    sync::{
        aref::ARef,
        lock::mutex::MutexBackend,
        lock::Lock, //
    },
    types::Opaque, //
};

/// A SCSI host of a transport of this class.
///
/// Wraps the kernel's [`struct Scsi_Host`].
///
/// # Invariants
///
/// The C object is one whose transport template is that of a [`Registered`] transport, and is not
/// freed as long as the reference lives.
///
/// [`struct Scsi_Host`]: srctree/include/scsi/scsi_host.h
#[repr(transparent)]
pub struct Host(Opaque<bindings::Scsi_Host>);

// SAFETY: The object belongs to no thread in particular.
unsafe impl Send for Host {}

// SAFETY: What changes is behind a lock or read as a whole.
unsafe impl Sync for Host {}

impl_embedded_device! {
    // SAFETY: By the type invariants: the mid-layer frees a host with its device. `Host` is transparent.
    unsafe impl for Host as bindings::Scsi_Host { shost_gendev }
}

impl Host {
    /// The registration of the host's transport.
    #[inline]
    pub fn registered(&self) -> &Registered {
        // SAFETY: By the type invariants. A transport removes its hosts before it is unregistered;
        // whoever has a reference to one longer than that does not ask.
        unsafe { Registered::from_template((*self.as_raw()).transportt) }
    }

    /// The host's number.
    #[inline]
    pub fn number(&self) -> u32 {
        // SAFETY: Written once, when the host is made.
        unsafe { (*self.as_raw()).host_no }
    }

    /// Looks for a host of a transport by its number.
    #[inline]
    pub fn find(number: u32, registered: &Registered) -> Option<ARef<Self>> {
        // SAFETY: Any number can be asked for.
        let host = NonNull::new(unsafe { bindings::scsi_host_lookup(number) })?;
        // SAFETY: The host came with a reference.
        if unsafe { registered.own_host(host.as_ptr()) }.is_none() {
            // SAFETY: As above; the reference is dropped.
            unsafe { bindings::scsi_host_put(host.as_ptr()) };
            return None;
        }
        // SAFETY: As above; the reference, which is one to the device, is handed on.
        // CAST: `Self` is a transparent wrapper.
        Some(unsafe { ARef::from_raw(host.cast()) })
    }

    /// Takes a reference to the host, unless it is being freed or is gone from the mid-layer.
    #[inline]
    pub(super) fn get(&self) -> Option<ARef<Self>> {
        // SAFETY: The host is valid.
        let host = NonNull::new(unsafe { bindings::scsi_host_get(self.as_raw()) })?;
        // SAFETY: Taken just now, and handed on.
        // CAST: `Self` is a transparent wrapper.
        Some(unsafe { ARef::from_raw(host.cast()) })
    }

    /// What the class has on a host that was added.
    #[inline]
    pub(super) fn class_data(&self) -> *mut bindings::iscsi_cls_host {
        // SAFETY: Written once, when the host is added. The mid-layer allocates as much as the template
        // of the transport asks for.
        unsafe { (*self.as_raw()).shost_data.cast() }
    }

    /// Keeps looking for devices and removing targets apart. The host must have been added, as it has
    /// when it has sessions.
    #[inline]
    pub fn mutex(&self) -> &Lock<(), MutexBackend> {
        // SAFETY: Initialised when the host is added, which is before anybody has sessions on it.
        unsafe { Lock::from_raw(&raw mut (*self.class_data()).mutex) }
    }

    /// Calls a function with each session of the host that is in sysfs. The function may remove the
    /// session, and sleep.
    #[inline]
    pub fn for_each_session(&self, mut function: impl FnMut(&Session)) {
        let release = self.registered().callbacks().release_session;
        device::for_each_child(self.as_dev(), |dev| {
            let dev = device::as_raw(dev);
            // SAFETY: The walk holds a reference to the device, whose kind is checked.
            unsafe {
                if device::is_released_by(dev, release) {
                    function(Session::from_device(dev));
                }
            }
        });
    }
}
