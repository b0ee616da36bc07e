// SPDX-License-Identifier: GPL-2.0

//! What the commands of user space ask of a transport.
//!
//! Its callbacks get references to objects that are set up: the type of each says to whom it belongs,
//! and the callers see to it that objects are those of the transport, and only set up as long as they
//! may be used. Callbacks take no more than a pointer, so what they may write to is borrowed mutably.

mod connection;
mod endpoint;
mod flashnode;
mod host;
mod session;

pub use connection::STATS_LEN;
pub use endpoint::Address;
pub use host::HOST_STATS_LEN;

use super::Transport;
use iscsi_bindings as bindings;
use iscsi_kernel::compat::code::ENOSYS;
use iscsi_proto::{
    netlink::{
        payload,
        EVENT_LEN,
        HEADER_LEN, //
    },
    pdu::BHS_LEN, //
};
use kernel::{
    error::to_result,
    ffi::c_int,
    prelude::*, //
};

// What the protocol crate says of messages is what the headers of this kernel say.
static_assert!(size_of::<bindings::nlmsghdr>() == HEADER_LEN);
static_assert!(size_of::<bindings::iscsi_uevent>() == EVENT_LEN);
static_assert!(size_of::<bindings::iscsi_hdr>() == BHS_LEN);
static_assert!(size_of::<bindings::iscsi_path>() == payload::PATH_LEN);
static_assert!(size_of::<bindings::iscsi_chap_rec>() == payload::CHAP_ENTRY_LEN);
static_assert!(bindings::ISCSI_STATS_CUSTOM_MAX == payload::MAX_CUSTOM_STATS);

/// A callback that not every transport has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `ep_connect`
    Connect,
    /// `ep_poll`
    Poll,
    /// `ep_disconnect`
    Disconnect,
    /// `tgt_dscvr`
    DiscoverTargets,
    /// `set_host_param`
    SetHostParam,
    /// `set_path`
    SetPath,
    /// `set_iface_param`
    SetIfaceParams,
    /// `send_ping`
    Ping,
    /// `get_chap`
    GetChap,
    /// `set_chap`
    SetChap,
    /// `delete_chap`
    DeleteChap,
    /// `set_flashnode_param`
    SetFlashnodeParams,
    /// `new_flashnode`
    NewFlashnode,
    /// `del_flashnode`
    DeleteFlashnode,
    /// `login_flashnode`
    LoginFlashnode,
    /// `logout_flashnode`
    LogoutFlashnode,
    /// `logout_flashnode_sid`
    LogoutFlashnodeSession,
    /// `get_host_stats`
    GetHostStats,
}

impl Transport {
    /// Makes sure that the transport has a callback.
    ///
    /// # Errors
    ///
    /// What user space is told of one that has not: `EINVAL` or `ENOSYS`.
    pub fn require(&self, operation: Operation) -> Result {
        let table = self.table();
        let (present, error) = match operation {
            Operation::Connect => (table.ep_connect.is_some(), EINVAL),
            Operation::Poll => (table.ep_poll.is_some(), EINVAL),
            Operation::Disconnect => (table.ep_disconnect.is_some(), EINVAL),
            Operation::DiscoverTargets => (table.tgt_dscvr.is_some(), EINVAL),
            Operation::GetChap => (table.get_chap.is_some(), EINVAL),
            Operation::SetHostParam => (table.set_host_param.is_some(), ENOSYS),
            Operation::SetPath => (table.set_path.is_some(), ENOSYS),
            Operation::SetIfaceParams => (table.set_iface_param.is_some(), ENOSYS),
            Operation::Ping => (table.send_ping.is_some(), ENOSYS),
            Operation::SetChap => (table.set_chap.is_some(), ENOSYS),
            Operation::DeleteChap => (table.delete_chap.is_some(), ENOSYS),
            Operation::SetFlashnodeParams => (table.set_flashnode_param.is_some(), ENOSYS),
            Operation::NewFlashnode => (table.new_flashnode.is_some(), ENOSYS),
            Operation::DeleteFlashnode => (table.del_flashnode.is_some(), ENOSYS),
            Operation::LoginFlashnode => (table.login_flashnode.is_some(), ENOSYS),
            Operation::LogoutFlashnode => (table.logout_flashnode.is_some(), ENOSYS),
            Operation::LogoutFlashnodeSession => (table.logout_flashnode_sid.is_some(), ENOSYS),
            Operation::GetHostStats => (table.get_host_stats.is_some(), ENOSYS),
        };
        if present {
            Ok(())
        } else {
            Err(error)
        }
    }
}

/// The result of a callback that returns 0 or a negative error number. A positive number, which none
/// should return, is an error too.
fn done(ret: c_int) -> Result {
    if ret > 0 {
        return Err(EIO);
    }
    to_result(ret)
}
