// SPDX-License-Identifier: GPL-2.0

//! The iSCSI protocol (RFC 7143) without I/O: bytes, numbers and events in, decisions out.
//!
//! No allocation, no clock, no lock and no `unsafe`; nothing here can panic on what a peer or user
//! space sent. The same sources are compiled into the modules by Kbuild and tested on the host by
//! cargo.

#![cfg_attr(not(any(CONFIG_RUST, test)), no_std)]
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(
    test,
    allow(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::unwrap_used
    )
)]

pub mod ahs;
pub mod answer;
pub mod bhs;
pub mod class;
pub mod code;
pub mod command;
pub mod command_count;
pub mod connection;
pub mod data_in;
pub mod data_out;
pub mod digest;
pub mod netlink;
pub mod opcode;
pub mod param;
pub mod pdu;
pub mod ping;
pub mod r2t;
pub mod receive;
pub mod reject;
pub mod serial;
pub mod session;
mod state;
pub mod status;
pub mod tag;
pub mod task;
pub mod task_management;
pub mod timeout;
pub mod transmit;
pub mod window;
