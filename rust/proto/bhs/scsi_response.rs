// SPDX-License-Identifier: GPL-2.0

//! SCSI Response (RFC 7143, section 11.4).

use super::{
    HeaderError,
    U24, //
};
use crate::{
    code::{
        flags,
        UnknownCode, //
    },
    opcode::{
        OpcodeByte,
        ResponseOpcode, //
    },
    tag::InitiatorTaskTag,
};
use zerocopy::byteorder::big_endian::U32;

flags! {
    /// Residual flags (RFC 7143, section 11.4.1).
    ScsiResponseFlags {
        /// The first bit, which is always set.
        FINAL = 0x80,
        /// o: more data was to be read by a bidirectional command than expected.
        BIDI_READ_OVERFLOW = 0x10,
        /// u: less data was read by a bidirectional command than expected.
        BIDI_READ_UNDERFLOW = 0x08,
        /// O: more data was to be transferred than expected.
        OVERFLOW = 0x04,
        /// U: less data was transferred than expected.
        UNDERFLOW = 0x02,
    }
}

/// What became of the command as iSCSI sees it (RFC 7143, section 11.4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScsiResponseCode {
    /// 0x00: Command completed at target. Only then is there a SCSI status.
    Completed,
    /// 0x01: Target failure.
    TargetFailure,
    /// 0x80 to 0xff: Vendor specific.
    Vendor(u8),
}

impl TryFrom<u8> for ScsiResponseCode {
    type Error = UnknownCode;

    #[inline]
    fn try_from(value: u8) -> Result<Self, Self::Error> {
        match value {
            0x00 => Ok(Self::Completed),
            0x01 => Ok(Self::TargetFailure),
            0x80.. => Ok(Self::Vendor(value)),
            _ => Err(UnknownCode(value)),
        }
    }
}

header! {
    /// SCSI Response (RFC 7143, section 11.4).
    ScsiResponse(
        OpcodeByte::response(ResponseOpcode::ScsiResponse),
        ScsiResponseFlags::FINAL
    ) {
        /// Opcode.
        pub opcode: OpcodeByte,
        /// o, u, O and U.
        pub flags: ScsiResponseFlags,
        /// Response: see [`Self::response_code`].
        pub response: u8,
        /// The SCSI status (section 11.4.2).
        pub status: u8,
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength: sense and response data.
        pub data_segment_length: U24,
        _reserved: [u8; 8],
        /// Initiator Task Tag.
        pub itt: InitiatorTaskTag,
        /// SNACK Tag (section 11.4.4).
        pub snack_tag: U32,
        /// StatSN (section 11.4.9).
        pub stat_sn: U32,
        /// ExpCmdSN (section 11.4.10).
        pub exp_cmd_sn: U32,
        /// MaxCmdSN (section 11.4.11).
        pub max_cmd_sn: U32,
        /// ExpDataSN: how many R2T and Data-In PDUs were sent (section 11.4.8).
        pub exp_data_sn: U32,
        /// Bidirectional Read Residual Count (section 11.4.6).
        pub bidi_read_residual_count: U32,
        /// Residual Count (section 11.4.5).
        pub residual_count: U32,
    }
}

impl ScsiResponse {
    /// Response (section 11.4.3).
    ///
    /// # Errors
    ///
    /// The value is reserved.
    #[inline]
    pub fn response_code(&self) -> Result<ScsiResponseCode, UnknownCode> {
        ScsiResponseCode::try_from(self.response)
    }

    pub(super) fn check(&self) -> Result<(), HeaderError> {
        if self.itt.is_reserved() {
            Err(HeaderError::TaskTag)
        } else if !self.flags.contains(ScsiResponseFlags::FINAL) {
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

    // The figure of section 11.4.
    #[test]
    fn fields_are_where_the_figure_has_them() {
        assert_eq!(offset_of!(ScsiResponse, opcode), 0);
        assert_eq!(offset_of!(ScsiResponse, flags), 1);
        assert_eq!(offset_of!(ScsiResponse, response), 2);
        assert_eq!(offset_of!(ScsiResponse, status), 3);
        assert_eq!(offset_of!(ScsiResponse, total_ahs_length), 4);
        assert_eq!(offset_of!(ScsiResponse, data_segment_length), 5);
        assert_eq!(offset_of!(ScsiResponse, itt), 16);
        assert_eq!(offset_of!(ScsiResponse, snack_tag), 20);
        assert_eq!(offset_of!(ScsiResponse, stat_sn), 24);
        assert_eq!(offset_of!(ScsiResponse, exp_cmd_sn), 28);
        assert_eq!(offset_of!(ScsiResponse, max_cmd_sn), 32);
        assert_eq!(offset_of!(ScsiResponse, exp_data_sn), 36);
        assert_eq!(offset_of!(ScsiResponse, bidi_read_residual_count), 40);
        assert_eq!(offset_of!(ScsiResponse, residual_count), 44);
    }

    #[test]
    fn response_codes_are_completed_failed_or_of_a_vendor() {
        let mut response = ScsiResponse::default();
        assert_eq!(response.response_code(), Ok(ScsiResponseCode::Completed));
        response.response = 1;
        assert_eq!(
            response.response_code(),
            Ok(ScsiResponseCode::TargetFailure)
        );
        response.response = 0x7f;
        assert_eq!(response.response_code(), Err(UnknownCode(0x7f)));
        response.response = 0x80;
        assert_eq!(response.response_code(), Ok(ScsiResponseCode::Vendor(0x80)));
    }

    #[test]
    fn it_is_about_a_task_and_final() {
        let mut response = ScsiResponse::default();
        assert_eq!(response.check(), Err(HeaderError::TaskTag));
        response.itt = InitiatorTaskTag::from_bytes([0; 4]);
        assert_eq!(response.check(), Ok(()));
        response.flags = ScsiResponseFlags::UNDERFLOW;
        assert_eq!(response.check(), Err(HeaderError::NotFinal));
    }
}
