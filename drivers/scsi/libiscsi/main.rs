// SPDX-License-Identifier: GPL-2.0

//! What all transports of iSCSI have in common: sessions, their tasks, and what to do when things go
//! wrong.
//!
//! The mid-layer hands over commands, the class what user space wants, transports what the target
//! says. The rules of the protocol are in `iscsi_proto`. What is left is here, a file for each noun.
//!
//! The way of a command:
//!
//! - `queue`: from the mid-layer to a queue of the connection;
//! - `command`: its header;
//! - `transmit`: the worker that hands what is queued to the transport;
//! - `data_out`: the headers of its data, and their turn to be sent;
//! - `lookup`: which task a response means;
//! - `complete`: what a response does;
//! - `scsi_response`: the end of the command.
//!
//! Requests of libiscsi and of user space:
//!
//! - `management`: everything that is no command;
//! - `nop`: pings;
//! - `task_management`: requests to abort and to reset;
//! - `reject`: PDUs that the target does not take.
//!
//! When things go wrong:
//!
//! - `timeout`: a command without an answer;
//! - `abort`, `reset`: what the mid-layer then asks for;
//! - `failure`: connections that break, and tasks that end for it.
//!
//! Lives:
//!
//! - `connection`: from bind to teardown;
//! - `host`, `params`, `address`: hosts, and what user space sets and reads;
//! - `debug`, `counters`: debug messages, and the place of the sessions' counters;
//! - `ffi` and `exports.c`: what C finds by name.

#![deny(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod abort;
mod address;
mod command;
mod complete;
mod connection;
mod counters;
mod data_out;
mod debug;
mod failure;
#[expect(unsafe_code, reason = "entry points that C calls")]
mod ffi;
mod host;
mod lookup;
mod management;
mod nop;
mod params;
mod queue;
mod reject;
mod reset;
mod scsi_response;
mod task_management;
mod timeout;
mod transmit;

use counters::COUNTERS;
use iscsi_kernel::debugfs::RootDirectory;
use kernel::prelude::*;

module! {
    type: Libiscsi,
    name: "libiscsi",
    authors: ["The rust-iscsi developers"],
    description: "iSCSI library functions",
    license: "GPL",
}

/// The loaded module.
struct Libiscsi {
    _counters: RootDirectory,
}

impl kernel::Module for Libiscsi {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        Ok(Self {
            _counters: COUNTERS.root().create(),
        })
    }
}
