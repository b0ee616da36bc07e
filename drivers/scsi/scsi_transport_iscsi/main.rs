// SPDX-License-Identifier: GPL-2.0

//! The control plane of iSCSI: what user space sees of sessions and connections, and what it does to
//! them.
//!
//! User space sends commands over netlink and reads attributes in sysfs; the class has transports
//! execute the commands, and tells user space what happens. Commands are checked in `iscsi_proto`
//! before any transport sees them.
//!
//! Commands:
//!
//! - `netlink`: the socket, and what is answered;
//! - `commands`: a function for each command;
//! - `events`: what user space is told unasked.
//!
//! Objects:
//!
//! - `registry`: transports, by the numbers that user space knows;
//! - `session`: from allocation to the end; `target_id`: the numbers of their SCSI targets;
//! - `scan`, `unbind`: their logical units come and go;
//! - `recovery`: what their logical units do while no connection works;
//! - `connection`, `endpoint`: and what user space stops of them;
//! - `cleanup`: what the kernel does about a broken connection until user space comes;
//! - `flashnode`, `bsg`, `names`: for offload cards, as are the interfaces in `ffi/iface.rs`.
//!
//! What is seen of them:
//!
//! - `classes` and `attributes`: tables, a row for each attribute;
//! - `debug`: debug messages;
//! - `ffi` and `exports.c`: what C finds by name.

#![deny(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod attributes;
mod bsg;
mod classes;
mod cleanup;
mod commands;
mod connection;
mod debug;
mod endpoint;
mod events;
#[expect(unsafe_code, reason = "entry points that C calls")]
mod ffi;
mod flashnode;
mod names;
mod netlink;
mod recovery;
mod registry;
mod scan;
mod session;
mod target_id;
mod unbind;

use iscsi_kernel::{
    bus::BusRegistration,
    class::ClassRegistration,
    printk::{
        self,
        Level, //
    },
    transport_class::TransportClassRegistration, //
};
use kernel::prelude::*;

module! {
    type: IscsiClass,
    name: "scsi_transport_iscsi",
    authors: ["The rust-iscsi developers"],
    description: "iSCSI Transport Interface",
    license: "GPL",
}

/// The version of the interface to user space: what programs have been told since 2008.
const VERSION: &str = "2.0-870";

/// The loaded module: what it has registered, undone in the order of the fields.
struct IscsiClass {
    _socket: netlink::Socket,
    _cleanup: cleanup::Queue,
    _flashnodes: BusRegistration,
    _sessions: TransportClassRegistration,
    _connections: TransportClassRegistration,
    _hosts: TransportClassRegistration,
    _ifaces: ClassRegistration,
    _endpoints: ClassRegistration,
    _transports: ClassRegistration,
}

impl kernel::Module for IscsiClass {
    fn init(module: &'static ThisModule) -> Result<Self> {
        printk::print(
            Level::Info,
            fmt!("Loading iSCSI transport class v{VERSION}.\n"),
        );
        ffi::tables::init();
        let transports = classes::TRANSPORT.register()?;
        let endpoints = classes::ENDPOINT.register()?;
        let ifaces = classes::IFACE.register()?;
        let hosts = classes::HOSTS.register()?;
        let connections = classes::CONNECTIONS.register()?;
        let sessions = classes::SESSIONS.register()?;
        let flashnodes = flashnode::bus_register()?;
        let cleanup = cleanup::Queue::new()?;
        let socket = netlink::start(module)?;
        Ok(Self {
            _socket: socket,
            _cleanup: cleanup,
            _flashnodes: flashnodes,
            _sessions: sessions,
            _connections: connections,
            _hosts: hosts,
            _ifaces: ifaces,
            _endpoints: endpoints,
            _transports: transports,
        })
    }
}
