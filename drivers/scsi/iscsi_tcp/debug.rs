// SPDX-License-Identifier: GPL-2.0

//! Debug messages of a connection: to the log if the module parameter says so, and to the
//! tracepoint `iscsi:iscsi_dbg_sw_tcp` if somebody listens.

/// Emits a debug message. Costs a load and a branch while nobody wants it: the arguments are not
/// evaluated then.
macro_rules! debug {
    ($conn:expr, $($message:tt)+) => {{
        if $crate::params::debug() {
            ::kernel::dev_info!($conn.as_dev(), $($message)+);
        }
        if ::iscsi_abi::trace::sw_tcp_enabled() {
            ::iscsi_abi::trace::sw_tcp($conn.as_dev(), ::core::format_args!($($message)+));
        }
    }};
}

pub(crate) use debug;
