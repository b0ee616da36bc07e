// SPDX-License-Identifier: GPL-2.0

//! The functions of the class that C calls.

use iscsi_bindings as bindings;
use iscsi_kernel::{
    device::Release,
    transport_class::Match,
    work::WorkFunction, //
};
use kernel::ffi::{
    c_int,
    c_uint, //
};

/// What the mid-layer calls to look for devices on a host: host, channel, target and logical unit.
pub type UserScan = unsafe extern "C" fn(*mut bindings::Scsi_Host, c_uint, c_uint, u64) -> c_int;

/// The functions of the class that C calls.
///
/// Each must be safe to call as it says. A release function is also the mark of the kind of its
/// devices: no two kinds may have the same.
pub struct Callbacks {
    /// Frees a session, by its device.
    pub release_session: Release,
    /// Frees a connection, by its device.
    pub release_connection: Release,
    /// Runs the `block_work` of a session that was added.
    pub block: WorkFunction,
    /// Runs the `unblock_work` of a session that was added.
    pub unblock: WorkFunction,
    /// Runs the `recovery_work` of a session that was added.
    pub recovery_timed_out: WorkFunction,
    /// Runs the `scan_work` of a session that was added.
    pub scan: WorkFunction,
    /// Runs the `unbind_work` of a session that was added.
    pub unbind: WorkFunction,
    /// Runs the `destroy_work` of a session that [`Session::queue_destruction`] was called for.
    ///
    /// [`Session::queue_destruction`]: super::Session::queue_destruction
    pub destroy: WorkFunction,
    /// Runs the `cleanup_work` of a connection that was added.
    pub cleanup: WorkFunction,
    /// Looks for devices on a host of a transport that is registered.
    pub user_scan: UserScan,
    /// Whether the container of hosts of a registered transport stands for a device.
    pub is_host: Match,
    /// Whether the container of sessions of a registered transport stands for a device.
    pub is_session: Match,
    /// Whether the container of connections of a registered transport stands for a device.
    pub is_connection: Match,
}
