// SPDX-License-Identifier: GPL-2.0

//! Logout Request and Logout Response (RFC 7143, sections 11.14 and 11.15).

use super::{
    FinalFlag,
    HeaderError,
    U24, //
};
use crate::{
    code::{
        codes,
        flags,
        UnknownCode, //
    },
    opcode::{
        OpcodeByte,
        RequestOpcode,
        ResponseOpcode, //
    },
    tag::InitiatorTaskTag,
};
use zerocopy::byteorder::big_endian::{
    U16,
    U32, //
};

codes! {
    /// Why to log out (RFC 7143, section 11.14.1).
    LogoutReason: u8 {
        /// Close the session.
        CloseSession = 0,
        /// Close the connection.
        CloseConnection = 1,
        /// Remove the connection for recovery.
        RemoveForRecovery = 2,
    }
}

flags! {
    /// Reason of a request (RFC 7143, section 11.14).
    LogoutFlags {
        /// The first bit, which is always set.
        FINAL = 0x80,
    }
}

impl LogoutFlags {
    const REASON: u8 = 0x7f;

    /// The flags of a request for `reason`.
    #[inline]
    pub const fn of(reason: LogoutReason) -> Self {
        Self::from_bits(Self::FINAL.bits() | reason as u8)
    }

    /// Reason Code (section 11.14.1).
    ///
    /// # Errors
    ///
    /// The value is reserved.
    #[inline]
    pub fn reason(self) -> Result<LogoutReason, UnknownCode> {
        LogoutReason::try_from(self.bits() & Self::REASON)
    }
}

header! {
    /// Logout Request (RFC 7143, section 11.14).
    LogoutRequest(
        OpcodeByte::request(RequestOpcode::LogoutRequest, false),
        LogoutFlags::FINAL
    ) {
        /// Opcode and I bit.
        pub opcode: OpcodeByte,
        /// The first bit and Reason Code.
        pub flags: LogoutFlags,
        _reserved: [u8; 2],
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength.
        pub data_segment_length: U24,
        _reserved1: [u8; 8],
        /// Initiator Task Tag.
        pub itt: InitiatorTaskTag,
        /// CID, unless the session is closed (section 11.14.3).
        pub cid: U16,
        _reserved2: [u8; 2],
        /// CmdSN.
        pub cmd_sn: U32,
        /// ExpStatSN (section 11.14.4).
        pub exp_stat_sn: U32,
        _reserved3: [u8; 16],
    }
}

impl LogoutRequest {
    pub(super) fn check(&self) -> Result<(), HeaderError> {
        if self.itt.is_reserved() {
            Err(HeaderError::TaskTag)
        } else if !self.flags.contains(LogoutFlags::FINAL) {
            Err(HeaderError::NotFinal)
        } else {
            Ok(())
        }
    }
}

codes! {
    /// What became of the request (RFC 7143, section 11.15.1).
    LogoutResponseCode: u8 {
        /// Connection or session closed successfully.
        Closed = 0,
        /// CID not found.
        CidNotFound = 1,
        /// Connection recovery not supported.
        RecoveryNotSupported = 2,
        /// Cleanup failed.
        CleanupFailed = 3,
    }
}

header! {
    /// Logout Response (RFC 7143, section 11.15).
    LogoutResponse(
        OpcodeByte::response(ResponseOpcode::LogoutResponse),
        FinalFlag::FINAL
    ) {
        /// Opcode.
        pub opcode: OpcodeByte,
        /// The first bit, which is always set.
        pub flags: FinalFlag,
        /// Response: see [`Self::response_code`].
        pub response: u8,
        _reserved: u8,
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength.
        pub data_segment_length: U24,
        _reserved1: [u8; 8],
        /// Initiator Task Tag.
        pub itt: InitiatorTaskTag,
        _reserved2: [u8; 4],
        /// StatSN.
        pub stat_sn: U32,
        /// ExpCmdSN.
        pub exp_cmd_sn: U32,
        /// MaxCmdSN.
        pub max_cmd_sn: U32,
        _reserved3: [u8; 4],
        /// Time2Wait: how long to wait before reconnecting, in seconds (section 11.15.3).
        pub time2wait: U16,
        /// Time2Retain: how long tasks are kept after that, in seconds (section 11.15.4).
        pub time2retain: U16,
        _reserved4: [u8; 4],
    }
}

impl LogoutResponse {
    /// Response (section 11.15.1).
    ///
    /// # Errors
    ///
    /// The value is reserved.
    #[inline]
    pub fn response_code(&self) -> Result<LogoutResponseCode, UnknownCode> {
        LogoutResponseCode::try_from(self.response)
    }

    pub(super) fn check(&self) -> Result<(), HeaderError> {
        if self.itt.is_reserved() {
            Err(HeaderError::TaskTag)
        } else if !self.flags.contains(FinalFlag::FINAL) {
            Err(HeaderError::NotFinal)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::offset_of;

    // The figures of sections 11.14 and 11.15.
    #[test]
    fn fields_are_where_the_figures_have_them() {
        assert_eq!(offset_of!(LogoutRequest, flags), 1);
        assert_eq!(offset_of!(LogoutRequest, total_ahs_length), 4);
        assert_eq!(offset_of!(LogoutRequest, data_segment_length), 5);
        assert_eq!(offset_of!(LogoutRequest, itt), 16);
        assert_eq!(offset_of!(LogoutRequest, cid), 20);
        assert_eq!(offset_of!(LogoutRequest, cmd_sn), 24);
        assert_eq!(offset_of!(LogoutRequest, exp_stat_sn), 28);

        assert_eq!(offset_of!(LogoutResponse, flags), 1);
        assert_eq!(offset_of!(LogoutResponse, response), 2);
        assert_eq!(offset_of!(LogoutResponse, total_ahs_length), 4);
        assert_eq!(offset_of!(LogoutResponse, data_segment_length), 5);
        assert_eq!(offset_of!(LogoutResponse, itt), 16);
        assert_eq!(offset_of!(LogoutResponse, stat_sn), 24);
        assert_eq!(offset_of!(LogoutResponse, exp_cmd_sn), 28);
        assert_eq!(offset_of!(LogoutResponse, max_cmd_sn), 32);
        assert_eq!(offset_of!(LogoutResponse, time2wait), 40);
        assert_eq!(offset_of!(LogoutResponse, time2retain), 42);
    }

    #[test]
    fn reason_shares_a_byte_with_a_constant_bit() {
        let flags = LogoutFlags::of(LogoutReason::RemoveForRecovery);
        assert_eq!(flags.bits(), 0x82);
        assert_eq!(flags.reason(), Ok(LogoutReason::RemoveForRecovery));
        assert_eq!(
            LogoutFlags::from_bits(0xff).reason(),
            Err(UnknownCode(0x7f))
        );
    }

    #[test]
    fn response_may_be_reserved() {
        let mut response = LogoutResponse::default();
        assert_eq!(response.response_code(), Ok(LogoutResponseCode::Closed));
        response.response = 4;
        assert_eq!(response.response_code(), Err(UnknownCode(4)));
    }

    #[test]
    fn both_are_about_a_task_and_final() {
        let itt = InitiatorTaskTag::from_bytes([0; 4]);
        let mut request = LogoutRequest::default();
        assert_eq!(request.check(), Err(HeaderError::TaskTag));
        request.itt = itt;
        assert_eq!(request.check(), Ok(()));
        request.flags = LogoutFlags::default();
        assert_eq!(request.check(), Err(HeaderError::NotFinal));

        let mut response = LogoutResponse::default();
        assert_eq!(response.check(), Err(HeaderError::TaskTag));
        response.itt = itt;
        assert_eq!(response.check(), Ok(()));
        response.flags = FinalFlag::default();
        assert_eq!(response.check(), Err(HeaderError::NotFinal));
    }
}
