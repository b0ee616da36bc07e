// SPDX-License-Identifier: GPL-2.0

//! Debug messages about sessions and connections: to the log if the module parameter of the kind says
//! so, and to its tracepoint if somebody listens.

use crate::ffi::{
    ISCSI_CLASS_DEBUG_CONN,
    ISCSI_CLASS_DEBUG_SESSION, //
};
use kernel::sync::atomic::Relaxed;

/// Whether messages about sessions go to the log.
#[inline]
pub(crate) fn session_to_log() -> bool {
    ISCSI_CLASS_DEBUG_SESSION.load(Relaxed) != 0
}

/// Whether messages about connections go to the log.
#[inline]
pub(crate) fn conn_to_log() -> bool {
    ISCSI_CLASS_DEBUG_CONN.load(Relaxed) != 0
}

/// Emits a debug message about a session. Costs a load and a branch while nobody wants it: the
/// arguments are not evaluated then.
macro_rules! debug_session {
    ($session:expr, $($message:tt)+) => {{
        if $crate::debug::session_to_log() {
            ::kernel::dev_info!($session.as_dev(), $($message)+);
        }
        if ::iscsi_abi::class::trace::session_enabled() {
            ::iscsi_abi::class::trace::session(
                $session.as_dev(),
                ::kernel::prelude::fmt!($($message)+),
            );
        }
    }};
}

/// Emits a debug message about a connection, in the same way.
macro_rules! debug_conn {
    ($conn:expr, $($message:tt)+) => {{
        if $crate::debug::conn_to_log() {
            ::kernel::dev_info!($conn.as_dev(), $($message)+);
        }
        if ::iscsi_abi::class::trace::conn_enabled() {
            ::iscsi_abi::class::trace::conn($conn.as_dev(), ::kernel::prelude::fmt!($($message)+));
        }
    }};
}

pub(crate) use {
    debug_conn,
    debug_session, //
};
