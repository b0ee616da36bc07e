// SPDX-License-Identifier: GPL-2.0

//! The debug tracepoints that only the class itself uses.

use crate::trace::tracepoint;
use core::fmt;
use iscsi_bindings as bindings;
use kernel::device::Device;

tracepoint!(
    "iscsi_dbg_trans_session",
    session_enabled,
    session,
    __tracepoint_iscsi_dbg_trans_session,
    trace_iscsi_dbg_trans_session
);
tracepoint!(
    "iscsi_dbg_trans_conn",
    conn_enabled,
    conn,
    __tracepoint_iscsi_dbg_trans_conn,
    trace_iscsi_dbg_trans_conn
);
