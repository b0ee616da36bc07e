// SPDX-License-Identifier: GPL-2.0

//! The debug tracepoints of the iSCSI modules.
//!
//! `scsi_transport_iscsi` defines them, in the trace system `iscsi`. C header:
//! [`include/trace/events/iscsi.h`](srctree/include/trace/events/iscsi.h)

use core::fmt;
use iscsi_bindings as bindings;
use kernel::device::Device;

/// Defines the functions of a tracepoint that prints a message about a device.
macro_rules! tracepoint {
    ($name:literal, $enabled:ident, $emit:ident, $symbol:ident, $helper:ident $(,)?) => {
        #[doc = concat!("Whether anybody listens to `iscsi:", $name, "`.")]
        ///
        /// A patched branch: as long as nobody does, it costs one no-operation.
        #[inline(always)]
        pub fn $enabled() -> bool {
            // SAFETY: The tracepoint is defined by C, with a static key.
            unsafe {
                kernel::jump_label::static_branch_unlikely!(
                    bindings::$symbol,
                    bindings::tracepoint,
                    key
                )
            }
        }

        #[doc = concat!("Emits `iscsi:", $name, "` for a device.")]
        #[cold]
        #[inline]
        pub fn $emit(dev: &Device, message: fmt::Arguments<'_>) {
            // CAST: `Device` is a transparent wrapper.
            let dev = core::ptr::from_ref(dev).cast_mut().cast();
            // SAFETY: The device is valid, and `%pA`, which the helper formats with, takes a pointer
            // to arguments.
            unsafe { bindings::$helper(dev, (&raw const message).cast()) };
        }
    };
}

pub(crate) use tracepoint;

tracepoint!(
    "iscsi_dbg_sw_tcp",
    sw_tcp_enabled,
    sw_tcp,
    __tracepoint_iscsi_dbg_sw_tcp,
    trace_iscsi_dbg_sw_tcp
);
tracepoint!(
    "iscsi_dbg_tcp",
    tcp_enabled,
    tcp,
    __tracepoint_iscsi_dbg_tcp,
    trace_iscsi_dbg_tcp
);
tracepoint!(
    "iscsi_dbg_conn",
    conn_enabled,
    conn,
    __tracepoint_iscsi_dbg_conn,
    trace_iscsi_dbg_conn
);
tracepoint!(
    "iscsi_dbg_session",
    session_enabled,
    session,
    __tracepoint_iscsi_dbg_session,
    trace_iscsi_dbg_session
);
tracepoint!(
    "iscsi_dbg_eh",
    eh_enabled,
    eh,
    __tracepoint_iscsi_dbg_eh,
    trace_iscsi_dbg_eh
);
