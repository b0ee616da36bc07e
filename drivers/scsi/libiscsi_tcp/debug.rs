// SPDX-License-Identifier: GPL-2.0

//! Debug messages of a connection: to the log if the module parameter says so, and to the
//! tracepoint `iscsi:iscsi_dbg_tcp` if somebody listens.

use crate::ffi::LIBISCSI_TCP_DEBUG;
use kernel::sync::atomic::Relaxed;

/// Whether debug messages go to the log.
#[inline]
pub(crate) fn to_log() -> bool {
    LIBISCSI_TCP_DEBUG.load(Relaxed) != 0
}

/// Emits a debug message. Costs a load and a branch while nobody wants it: the arguments are not
/// evaluated then.
macro_rules! debug {
    ($conn:expr, $($message:tt)+) => {{
        if $crate::debug::to_log() {
            ::kernel::dev_info!($conn.as_dev(), $($message)+);
        }
        if ::iscsi_abi::trace::tcp_enabled() {
            ::iscsi_abi::trace::tcp($conn.as_dev(), ::core::format_args!($($message)+));
        }
    }};
}

pub(crate) use debug;
