// SPDX-License-Identifier: GPL-2.0

//! Why a connection failed, as user space is told.
//!
//! C header: [`include/scsi/iscsi_if.h`](srctree/include/scsi/iscsi_if.h), `enum iscsi_err`

use core::fmt;
use iscsi_bindings as bindings;
use kernel::{
    ffi::c_int,
    prelude::*, //
};

/// A connection failure that libiscsi reports to user space and recovers from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ConnectionError {
    /// DataSN is not the next one.
    DataSn = bindings::iscsi_err_ISCSI_ERR_DATASN,
    /// Data-In lies beyond what its command asked for.
    DataOffset = bindings::iscsi_err_ISCSI_ERR_DATA_OFFSET,
    /// There is no such opcode.
    Opcode = bindings::iscsi_err_ISCSI_ERR_BAD_OPCODE,
    /// A length is longer than what was negotiated or asked for.
    DataLength = bindings::iscsi_err_ISCSI_ERR_DATALEN,
    /// The peer broke the protocol.
    Protocol = bindings::iscsi_err_ISCSI_ERR_PROTO,
    /// The Initiator Task Tag names no task.
    TaskTag = bindings::iscsi_err_ISCSI_ERR_BAD_ITT,
    /// User space did not get a PDU that is meant for it.
    ConnectionFailed = bindings::iscsi_err_ISCSI_ERR_CONN_FAILED,
    /// R2TSN is not the next one.
    R2tSn = bindings::iscsi_err_ISCSI_ERR_R2TSN,
    /// The header digest does not match.
    HeaderDigest = bindings::iscsi_err_ISCSI_ERR_HDR_DGST,
    /// The data digest does not match.
    DataDigest = bindings::iscsi_err_ISCSI_ERR_DATA_DGST,
    /// A PDU could not be sent whole.
    XmitFailed = bindings::iscsi_err_ISCSI_ERR_XMIT_FAILED,
    /// The peer closed the TCP connection.
    TcpClosed = bindings::iscsi_err_ISCSI_ERR_TCP_CONN_CLOSE,
    /// The target did not answer a ping.
    PingTimedOut = bindings::iscsi_err_ISCSI_ERR_NOP_TIMEDOUT,
    /// Error handling has found nothing else to do.
    SessionReset = bindings::iscsi_err_ISCSI_ERR_SCSI_EH_SESSION_RST,
    /// The host is being removed.
    HostRemoved = bindings::iscsi_err_ISCSI_ERR_INVALID_HOST,
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DataSn => "a Data-In PDU with another DataSN than the next",
            Self::DataOffset => {
                "a Data-In PDU for another place than the next, or beyond the data of its command"
            }
            Self::Opcode => "a PDU with an unknown opcode",
            Self::DataLength => "a PDU with a length out of range",
            Self::Protocol => "a PDU against the protocol",
            Self::TaskTag => "a PDU for a task that does not exist",
            Self::ConnectionFailed => "a PDU that user space did not get",
            Self::R2tSn => "an R2T with another R2TSN than the next",
            Self::HeaderDigest => "a PDU with a wrong header digest",
            Self::DataDigest => "a PDU with a wrong data digest",
            Self::XmitFailed => "a PDU that could not be sent whole",
            Self::TcpClosed => "the end of the TCP connection",
            Self::PingTimedOut => "no answer to a ping",
            Self::SessionReset => "a reset of the session",
            Self::HostRemoved => "the end of the host",
        })
    }
}

/// Any number of `enum iscsi_err`: offload transports have some of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorCode(bindings::iscsi_err);

impl ErrorCode {
    /// The number C has for it.
    #[inline]
    pub fn as_raw(self) -> bindings::iscsi_err {
        self.0
    }
}

impl From<bindings::iscsi_err> for ErrorCode {
    #[inline]
    fn from(number: bindings::iscsi_err) -> Self {
        Self(number)
    }
}

impl From<ConnectionError> for ErrorCode {
    #[inline]
    fn from(error: ConnectionError) -> Self {
        Self(error as bindings::iscsi_err)
    }
}

impl ConnectionError {
    /// What libiscsi returns to a transport about a PDU: 0, or why the connection has to fail.
    #[inline]
    pub fn to_raw(result: Result<(), Self>) -> c_int {
        match result {
            Ok(()) => 0,
            Err(error) => error as c_int,
        }
    }

    /// What libiscsi returns about a PDU: 0, or why the connection has to fail.
    ///
    /// # Errors
    ///
    /// The error; a number that is none of these counts as [`ConnectionError::Protocol`].
    #[inline]
    pub(crate) fn check(code: c_int) -> Result<(), Self> {
        match u32::try_from(code).unwrap_or(Self::Protocol as u32) {
            0 => Ok(()),
            bindings::iscsi_err_ISCSI_ERR_BAD_OPCODE => Err(Self::Opcode),
            bindings::iscsi_err_ISCSI_ERR_DATALEN => Err(Self::DataLength),
            bindings::iscsi_err_ISCSI_ERR_BAD_ITT => Err(Self::TaskTag),
            bindings::iscsi_err_ISCSI_ERR_CONN_FAILED => Err(Self::ConnectionFailed),
            _ => Err(Self::Protocol),
        }
    }
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
