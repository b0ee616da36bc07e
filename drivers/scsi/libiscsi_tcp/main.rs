// SPDX-License-Identifier: GPL-2.0

//! What transports of iSCSI over TCP have in common: PDUs out of a byte stream, and Data-Out.
//!
//! Transports hand over what they receive, and get called back to send. The rules of the protocol are
//! in `iscsi_proto`; sessions, commands and recovery are libiscsi's. What is left is here, a file for
//! each noun:
//!
//! - `receive`: a buffer of received bytes, cut into PDUs;
//! - `response`: what a header means, and where its data goes;
//! - `r2t`: the target asks for data of a write;
//! - `transmit`: the PDUs of a task, one after the other;
//! - `max_r2t`: how many R2Ts a target may have outstanding;
//! - `debug`: debug messages;
//! - `ffi` and `exports.c`: what C finds by name.

#![deny(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod debug;
#[expect(unsafe_code, reason = "entry points that C calls")]
mod ffi;
mod max_r2t;
mod r2t;
mod receive;
mod response;
mod transmit;

use kernel::prelude::*;

module! {
    type: LibiscsiTcp,
    name: "libiscsi_tcp",
    authors: ["The rust-iscsi developers"],
    description: "iSCSI/TCP data-path",
    license: "GPL",
}

/// The loaded module: a library, with nothing to set up.
struct LibiscsiTcp;

impl kernel::Module for LibiscsiTcp {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        Ok(Self)
    }
}
