// SPDX-License-Identifier: GPL-2.0

//! The attributes in sysfs: a table for each kind of object, a row for each file.
//!
//! User space knows these files by name: `iscsid` and `iscsiadm` read most of them. The rows are in the
//! order in which the kernel's own module makes the files.

mod connection;
mod endpoint;
mod flashnode;
mod host;
mod iface;
mod session;
mod transport;

pub(crate) use connection::CONNECTION;
pub(crate) use endpoint::ENDPOINT;
pub(crate) use flashnode::{
    FLASH_CONNECTION,
    FLASH_SESSION, //
};
pub(crate) use host::HOST;
pub(crate) use iface::IFACE;
pub(crate) use session::SESSION;
pub(crate) use transport::TRANSPORT;

use iscsi_kernel::capability::Capability;
use kernel::prelude::*;

/// Lets only administrators go on.
///
/// # Errors
///
/// `EACCES` for everybody else.
fn require_administrator() -> Result {
    if Capability::SYS_ADMIN.is_held() {
        Ok(())
    } else {
        Err(EACCES)
    }
}
