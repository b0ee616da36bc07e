// SPDX-License-Identifier: GPL-2.0

//! Safe views of the C structs that the iSCSI modules share, and the traits of their drivers.
//!
//! The boundary between the four modules, and to the C transports, is the C ABI of
//! `<scsi/libiscsi.h>`, `<scsi/libiscsi_tcp.h>` and `<scsi/scsi_transport_iscsi.h>`: each may be
//! this project's or the kernel's own. This crate turns that boundary into types: shared references
//! to objects that C owns, guards for the locks that protect their fields, and owned values for
//! what must be undone in order.
//!
//! It is linked into every module. Functions that call an export of one of the modules are
//! therefore inlined into their callers: a copy of them in each module would make the modules
//! depend on each other in a circle.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

pub use iscsi_bindings as bindings;

pub mod class;
pub mod connection;
pub mod cork;
pub mod error;
pub mod host;
pub mod libiscsi;
pub mod param;
pub mod session;
pub mod stats;
pub mod task;
pub mod tcp;
pub mod trace;
pub mod transport;
