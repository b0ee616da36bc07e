// SPDX-License-Identifier: GPL-2.0

//! Connections.

mod cleanup;
mod endpoint;
mod life;

pub use cleanup::ConnectionFields;
pub use endpoint::EndpointGuard;

use super::{
    block::Block,
    Endpoint,
    Gate,
    Session,
    Transport, //
};
use core::cell::UnsafeCell;
use iscsi_bindings as bindings;
use iscsi_kernel::impl_embedded_device;
use iscsi_proto::class::ConnectionState;
use kernel::{
    prelude::*,
    sync::{
        aref::ARef,
        atomic::{
            ordering::Full,
            Atomic,
            Relaxed, //
        }, //
    },
    types::Opaque, //
};

/// A connection of the class: the object behind `connectionN:M` in sysfs.
///
/// Wraps the kernel's [`struct iscsi_cls_conn`], which is part of a [`Block`].
///
/// # Invariants
///
/// The C object is that of a block, whose device is initialised, and is not freed as long as the
/// reference lives.
///
/// [`struct iscsi_cls_conn`]: srctree/include/scsi/scsi_transport_iscsi.h
#[repr(transparent)]
pub struct Connection(Opaque<bindings::iscsi_cls_conn>);

/// What C has no field for.
#[pin_data]
struct ConnectionPart {
    /// Open as long as user space can name the connection.
    #[pin]
    gate: Gate,
    /// Whether the connection is on its way out of sysfs: the kernel does not clean up after it any
    /// more. Written under the spinlock of the C struct.
    is_leaving: Atomic<bool>,
    /// The error that user space could not be told of, or 0. Written under that spinlock, too.
    untold: Atomic<u32>,
    /// Whether somebody has the driver destroy the connection, or the driver does so by itself.
    is_claimed: Atomic<bool>,
    /// The endpoint that the kernel has disconnected, until user space is done with it: its number must
    /// not get another meaning before. For who holds the mutex of the C struct.
    kept: UnsafeCell<Option<ARef<Endpoint>>>,
}

type ConnectionBlock = Block<ConnectionPart, bindings::iscsi_cls_conn>;

// SAFETY: The object belongs to no thread in particular.
unsafe impl Send for Connection {}

// SAFETY: What changes is behind a lock or read as a whole.
unsafe impl Sync for Connection {}

impl_embedded_device! {
    // SAFETY: By the type invariants: the device frees the block. `Connection` is transparent.
    unsafe impl for Connection as bindings::iscsi_cls_conn { dev }
}

impl Connection {
    #[inline]
    fn part(&self) -> &ConnectionPart {
        // SAFETY: By the type invariants the C object is part of a block.
        unsafe { ConnectionBlock::ours(self.as_raw()) }
    }

    /// The transport.
    #[inline]
    pub fn transport(&self) -> &Transport {
        // SAFETY: Written once. The transport outlives its connections.
        unsafe { Transport::from_raw((*self.as_raw()).transport) }
    }

    /// The session, which is the parent in sysfs.
    #[inline]
    pub fn session(&self) -> &Session {
        // SAFETY: The parent of a connection is the device of its session, which it has a reference
        // to.
        unsafe { Session::from_device((*self.as_raw()).dev.parent) }
    }

    /// The connection's number in its session.
    #[inline]
    pub fn cid(&self) -> u32 {
        // SAFETY: Written once, before the connection is known to anybody.
        unsafe { (*self.as_raw()).cid }
    }

    /// Open as long as user space can name the connection.
    #[inline]
    pub fn gate(&self) -> &Gate {
        &self.part().gate
    }

    #[inline]
    fn state_field(&self) -> &Atomic<bindings::iscsi_connection_state> {
        // SAFETY: The field is valid as long as the connection.
        unsafe { Atomic::from_ptr(&raw mut (*self.as_raw()).state) }
    }

    /// What the connection can be used for; [`None`] for a number that is no state.
    #[inline]
    pub fn state(&self) -> Option<ConnectionState> {
        ConnectionState::from_raw(self.state_field().load(Relaxed) as i32)
    }

    /// Sets what the connection can be used for.
    #[inline]
    pub fn set_state(&self, state: ConnectionState) {
        self.state_field().store(state.as_raw() as u32, Relaxed);
    }

    /// Whether the caller may have the driver destroy the connection: true once.
    #[inline]
    pub(super) fn claim_destruction(&self) -> bool {
        !self.part().is_claimed.xchg(true, Full)
    }
}
