// SPDX-License-Identifier: GPL-2.0

//! Debug messages about connections, sessions and error handling: to the log if the module parameter
//! of the kind says so, and to its tracepoint if somebody listens.

use crate::ffi::{
    LIBISCSI_DEBUG_CONN,
    LIBISCSI_DEBUG_EH,
    LIBISCSI_DEBUG_SESSION, //
};
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};

/// A kind of debug messages.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Connections.
    Connection,
    /// Sessions and their tasks.
    Session,
    /// Error handling.
    ErrorHandling,
}

impl Kind {
    #[inline]
    fn parameter(self) -> &'static Atomic<i32> {
        match self {
            Self::Connection => &LIBISCSI_DEBUG_CONN,
            Self::Session => &LIBISCSI_DEBUG_SESSION,
            Self::ErrorHandling => &LIBISCSI_DEBUG_EH,
        }
    }

    /// Whether messages of this kind go to the log.
    #[inline]
    pub(crate) fn to_log(self) -> bool {
        self.parameter().load(Relaxed) != 0
    }
}

/// Emits a debug message about a connection or session. Costs a load and a branch while nobody wants
/// it: the arguments are not evaluated then.
macro_rules! debug {
    ($kind:ident, $enabled:ident, $emit:ident: $object:expr, $($message:tt)+) => {{
        if $crate::debug::Kind::$kind.to_log() {
            ::kernel::dev_info!($object.as_dev(), $($message)+);
        }
        if ::iscsi_abi::trace::$enabled() {
            ::iscsi_abi::trace::$emit($object.as_dev(), ::kernel::prelude::fmt!($($message)+));
        }
    }};
}

/// Emits a debug message about a connection.
macro_rules! debug_conn {
    ($($message:tt)+) => { $crate::debug::debug!(Connection, conn_enabled, conn: $($message)+) };
}

/// Emits a debug message about a session or one of its tasks.
macro_rules! debug_session {
    ($($message:tt)+) => { $crate::debug::debug!(Session, session_enabled, session: $($message)+) };
}

/// Emits a debug message about error handling.
macro_rules! debug_eh {
    ($($message:tt)+) => { $crate::debug::debug!(ErrorHandling, eh_enabled, eh: $($message)+) };
}

pub(crate) use {
    debug,
    debug_conn,
    debug_eh,
    debug_session, //
};
