// SPDX-License-Identifier: GPL-2.0

//! Why a connection failed, as user space is told.
//!
//! C header: [`include/scsi/iscsi_if.h`](srctree/include/scsi/iscsi_if.h), `enum iscsi_err`

use iscsi_bindings as bindings;
use kernel::{
    ffi::c_int,
    prelude::*, //
};

/// A connection failure that libiscsi reports to user space and recovers from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ConnectionError {
    /// The peer broke the protocol.
    Protocol = bindings::iscsi_err_ISCSI_ERR_PROTO,
    /// A PDU could not be sent whole.
    XmitFailed = bindings::iscsi_err_ISCSI_ERR_XMIT_FAILED,
    /// The peer closed the TCP connection.
    TcpClosed = bindings::iscsi_err_ISCSI_ERR_TCP_CONN_CLOSE,
}

/// A C return value of which negative ones are error codes.
///
/// # Errors
///
/// The error code.
#[inline]
pub(crate) fn count_or_error(ret: c_int) -> Result<c_int> {
    if ret < 0 {
        Err(Error::from_errno(ret))
    } else {
        Ok(ret)
    }
}
