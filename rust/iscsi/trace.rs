// SPDX-License-Identifier: GPL-2.0

//! The debug tracepoints of the iSCSI modules.
//!
//! `scsi_transport_iscsi` defines them, in the trace system `iscsi`. C header:
//! [`include/trace/events/iscsi.h`](srctree/include/trace/events/iscsi.h)

use crate::{
    connection::Connection,
    transport::TcpTransport, //
};
use core::fmt;
use iscsi_bindings as bindings;

/// Whether anybody listens to `iscsi:iscsi_dbg_sw_tcp`.
///
/// A patched branch: as long as nobody does, it costs one no-operation.
#[inline(always)]
pub fn sw_tcp_enabled() -> bool {
    // SAFETY: The tracepoint is defined by C, with a static key.
    unsafe {
        kernel::jump_label::static_branch_unlikely!(
            bindings::__tracepoint_iscsi_dbg_sw_tcp,
            bindings::tracepoint,
            key
        )
    }
}

/// Emits `iscsi:iscsi_dbg_sw_tcp` for a connection.
#[cold]
#[inline]
pub fn sw_tcp<T: TcpTransport>(conn: &Connection<T>, message: fmt::Arguments<'_>) {
    let dev = conn.cls().as_raw_dev();
    // SAFETY: The device is valid as long as the connection, and `%pA`, which the helper formats
    // with, takes a pointer to arguments.
    unsafe { bindings::trace_iscsi_dbg_sw_tcp(dev, (&raw const message).cast()) };
}
