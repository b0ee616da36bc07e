// SPDX-License-Identifier: GPL-2.0

//! iSCSI over TCP: the data path between libiscsi_tcp and a socket.
//!
//! User space opens the TCP connection and logs in; this module then carries the PDUs. libiscsi
//! keeps sessions, commands and recovery, libiscsi_tcp cuts the byte stream into PDUs. What is
//! left is here, a file for each noun:
//!
//! - `transport`: the callbacks of the iSCSI class, and which file answers each;
//! - `session`: a session and its SCSI host;
//! - `connection`: binding a connection to a socket, starting and stopping it;
//! - `receive`, `send`: the bytes from and to the socket;
//! - `attributes`: the parameters user space sets and reads, and the statistics;
//! - `params`, `debug`: the parameters of the module, and debug messages;
//! - `ffi` and `exports.c`: what C finds by name.

#![deny(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod attributes;
mod connection;
mod debug;
#[expect(unsafe_code, reason = "symbols that C finds by name")]
mod ffi;
mod params;
mod receive;
mod send;
mod session;
mod transport;

use iscsi_abi::transport::Registration;
use kernel::prelude::*;
use transport::SwTcp;

module! {
    type: IscsiTcp,
    name: "iscsi_tcp",
    authors: ["The rust-iscsi developers"],
    description: "iSCSI/TCP data-path",
    license: "GPL",
}

/// The loaded module.
struct IscsiTcp {
    _registration: Registration<SwTcp>,
}

impl kernel::Module for IscsiTcp {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        params::check()?;
        Ok(Self {
            _registration: transport::SLOT.register()?,
        })
    }
}
