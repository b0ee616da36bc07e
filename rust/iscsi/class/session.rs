// SPDX-License-Identifier: GPL-2.0

//! Sessions.

mod fields;
mod life;
mod targets;
mod work;

pub use fields::SessionFields;
pub use targets::{
    DevicesState,
    ScanMode, //
};
pub use work::SessionWork;

use super::{
    block::Block,
    Connection,
    Gate,
    Host,
    Registered,
    Transport, //
};
use iscsi_bindings as bindings;
use iscsi_kernel::{
    device,
    impl_embedded_device, //
};
use kernel::{
    ffi::c_int,
    prelude::*,
    sync::{
        aref::ARef,
        atomic::{
            ordering::Full,
            Atomic,
            Relaxed, //
        },
        Mutex, //
    },
    types::Opaque, //
};

/// A session of the class: the object behind `sessionN` in sysfs.
///
/// Wraps the kernel's [`struct iscsi_cls_session`], which is part of a [`Block`].
///
/// # Invariants
///
/// The C object is that of a block, whose device is initialised, and is not freed as long as the
/// reference lives. Devices with the release function of connections below it are connections.
///
/// [`struct iscsi_cls_session`]: srctree/include/scsi/scsi_transport_iscsi.h
#[repr(transparent)]
pub struct Session(Opaque<bindings::iscsi_cls_session>);

/// What C has no field for.
#[pin_data]
struct SessionPart {
    /// One command of user space at a time.
    #[pin]
    commands: Mutex<()>,
    /// Open as long as user space can name the session.
    #[pin]
    gate: Gate,
    /// Whether the session is on its way out of sysfs: its workqueue takes no work any more. Written
    /// under the lock of the C struct.
    is_leaving: Atomic<bool>,
    /// Whether somebody has the driver destroy the session, or the driver does so by itself.
    is_claimed: Atomic<bool>,
}

type SessionBlock = Block<SessionPart, bindings::iscsi_cls_session>;

// SAFETY: The object belongs to no thread in particular.
unsafe impl Send for Session {}

// SAFETY: What changes is behind a lock or read as a whole.
unsafe impl Sync for Session {}

impl_embedded_device! {
    // SAFETY: By the type invariants: the device frees the block. `Session` is transparent.
    unsafe impl for Session as bindings::iscsi_cls_session { dev }
}

impl Session {
    #[inline]
    fn part(&self) -> &SessionPart {
        // SAFETY: By the type invariants the C object is part of a block.
        unsafe { SessionBlock::ours(self.as_raw()) }
    }

    /// The transport.
    #[inline]
    pub fn transport(&self) -> &Transport {
        // SAFETY: Written once. The transport outlives its sessions: they hold its module, or it
        // removes them before it goes.
        unsafe { Transport::from_raw((*self.as_raw()).transport) }
    }

    /// The host, which is the parent in sysfs.
    #[inline]
    pub fn host(&self) -> &Host {
        // SAFETY: The parent of a session is the device of its host, which it has a reference to.
        unsafe { Host::from_device((*self.as_raw()).dev.parent) }
    }

    /// The registration of the transport.
    #[inline]
    pub fn registered(&self) -> &Registered {
        self.host().registered()
    }

    /// The session's number, unique until the module is unloaded.
    #[inline]
    pub fn sid(&self) -> u32 {
        // SAFETY: Written once, before the session is known to anybody.
        (unsafe { (*self.as_raw()).sid }) as u32
    }

    /// What keeps the commands of user space apart.
    #[inline]
    pub fn commands(&self) -> &Mutex<()> {
        &self.part().commands
    }

    /// Open as long as user space can name the session.
    #[inline]
    pub fn gate(&self) -> &Gate {
        &self.part().gate
    }

    /// The port of the process that had the session created, or -1 for the kernel.
    #[inline]
    pub fn creator(&self) -> i32 {
        self.creator_field().load(Relaxed)
    }

    /// Sets who had the session created.
    #[inline]
    pub fn set_creator(&self, creator: i32) {
        self.creator_field().store(creator, Relaxed);
    }

    #[inline]
    fn creator_field(&self) -> &Atomic<c_int> {
        // SAFETY: The field is valid as long as the session.
        unsafe { Atomic::from_ptr(&raw mut (*self.as_raw()).creator) }
    }

    /// How long to wait for a new login before commands fail, in seconds. For ever if negative.
    #[inline]
    pub fn recovery_timeout(&self) -> i32 {
        self.recovery_timeout_field().load(Relaxed)
    }

    /// Sets how long to wait for a new login.
    #[inline]
    pub fn set_recovery_timeout(&self, seconds: i32) {
        self.recovery_timeout_field().store(seconds, Relaxed);
    }

    #[inline]
    fn recovery_timeout_field(&self) -> &Atomic<c_int> {
        // SAFETY: The field is valid as long as the session. Drivers may write it, as a whole.
        unsafe { Atomic::from_ptr(&raw mut (*self.as_raw()).recovery_tmo) }
    }

    /// Whether the administrator has set how long to wait for a new login, which is above what the
    /// daemon says.
    #[inline]
    pub fn recovery_timeout_is_overridden(&self) -> bool {
        self.override_field().load(Relaxed)
    }

    /// Notes that the administrator has set how long to wait for a new login.
    #[inline]
    pub fn override_recovery_timeout(&self) {
        self.override_field().store(true, Relaxed);
    }

    #[inline]
    fn override_field(&self) -> &Atomic<bool> {
        // SAFETY: The field is valid as long as the session.
        unsafe { Atomic::from_ptr(&raw mut (*self.as_raw()).recovery_tmo_sysfs_override) }
    }

    /// Whether the caller may have the driver destroy the session: true once.
    #[inline]
    pub(super) fn claim_destruction(&self) -> bool {
        !self.part().is_claimed.xchg(true, Full)
    }

    /// Calls a function with each connection that is in sysfs. The function may remove the connection,
    /// and sleep.
    #[inline]
    pub fn for_each_connection(&self, mut function: impl FnMut(&Connection)) {
        let release = self.registered().callbacks().release_connection;
        device::for_each_child(self.as_dev(), |dev| {
            let dev = device::as_raw(dev);
            // SAFETY: The walk holds a reference to the device, whose kind is checked.
            unsafe {
                if device::is_released_by(dev, release) {
                    function(Connection::from_device(dev));
                }
            }
        });
    }

    /// Finds a connection in sysfs.
    #[inline]
    pub fn find_connection(
        &self,
        mut matches: impl FnMut(&Connection) -> bool,
    ) -> Option<ARef<Connection>> {
        let release = self.registered().callbacks().release_connection;
        let dev = device::find_child(self.as_dev(), |dev| {
            let dev = device::as_raw(dev);
            // SAFETY: The walk holds a reference to the device, whose kind is checked.
            unsafe { device::is_released_by(dev, release) && matches(Connection::from_device(dev)) }
        })?;
        // SAFETY: The device is that of a connection, as checked above, and is still referred to.
        Some(ARef::from(unsafe {
            Connection::from_device(device::as_raw(&dev))
        }))
    }
}
