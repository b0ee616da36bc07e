// SPDX-License-Identifier: GPL-2.0

//! The functions that C calls by name, as `<scsi/scsi_transport_iscsi.h>` declares them: raw to safe,
//! one call, back.
//!
//! `exports.c` exports them, and gives the parameters the types and modes that the C module's have.

pub(crate) mod bsg;
mod connection;
pub(crate) mod endpoint;
mod events;
mod flashnode;
mod iface;
mod names;
mod recovery;
mod session;
pub(crate) mod tables;
pub(crate) mod transport;

use kernel::{
    error::{
        from_result,
        Result, //
    },
    ffi::c_int,
    sync::atomic::Atomic, //
};

/// `debug_session`: whether debug messages about sessions go to the log.
#[no_mangle]
pub(crate) static ISCSI_CLASS_DEBUG_SESSION: Atomic<i32> = Atomic::new(0);

/// `debug_conn`: whether debug messages about connections go to the log.
#[no_mangle]
pub(crate) static ISCSI_CLASS_DEBUG_CONN: Atomic<i32> = Atomic::new(0);

/// 0 or a negative error code.
fn errno(result: Result) -> c_int {
    from_result(|| result.map(|()| 0))
}
