// SPDX-License-Identifier: GPL-2.0

//! The first byte of every header: the opcode and the I bit (RFC 7143, sections 11.2.1.1 and
//! 11.2.1.2).
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::opcode::{OpcodeByte, RequestOpcode};
//!
//! let byte = OpcodeByte::from_bits(0x43);
//! assert!(byte.is_immediate());
//! assert_eq!(RequestOpcode::try_from(byte.code()), Ok(RequestOpcode::LoginRequest));
//! ```

use crate::code::codes;
use zerocopy_derive::{
    FromBytes,
    Immutable,
    IntoBytes,
    KnownLayout,
    Unaligned, //
};

codes! {
    /// What an initiator sends (RFC 7143, section 11.2.1.2). Opcodes 0x1c to 0x1f are left to
    /// vendors, and therefore none of these.
    RequestOpcode: u8 {
        /// NOP-Out (section 11.18).
        NopOut = 0x00,
        /// SCSI Command (section 11.3).
        ScsiCommand = 0x01,
        /// SCSI Task Management Function Request (section 11.5).
        TaskManagementRequest = 0x02,
        /// Login Request (section 11.12).
        LoginRequest = 0x03,
        /// Text Request (section 11.10).
        TextRequest = 0x04,
        /// SCSI Data-Out (section 11.7).
        DataOut = 0x05,
        /// Logout Request (section 11.14).
        LogoutRequest = 0x06,
        /// SNACK Request (section 11.16).
        SnackRequest = 0x10,
    }
}

codes! {
    /// What a target sends (RFC 7143, section 11.2.1.2). Opcodes 0x3c to 0x3e are left to vendors,
    /// and therefore none of these.
    ResponseOpcode: u8 {
        /// NOP-In (section 11.19).
        NopIn = 0x20,
        /// SCSI Response (section 11.4).
        ScsiResponse = 0x21,
        /// SCSI Task Management Function Response (section 11.6).
        TaskManagementResponse = 0x22,
        /// Login Response (section 11.13).
        LoginResponse = 0x23,
        /// Text Response (section 11.11).
        TextResponse = 0x24,
        /// SCSI Data-In (section 11.7).
        DataIn = 0x25,
        /// Logout Response (section 11.15).
        LogoutResponse = 0x26,
        /// Ready To Transfer (section 11.8).
        R2t = 0x31,
        /// Asynchronous Message (section 11.9).
        AsyncMessage = 0x32,
        /// Reject (section 11.17).
        Reject = 0x3f,
    }
}

/// The first byte of a header as it is on the wire: a reserved bit, the I bit and six bits of
/// opcode.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    Immutable,
    IntoBytes,
    KnownLayout,
    Unaligned, //
)]
#[repr(transparent)]
pub struct OpcodeByte(u8);

impl OpcodeByte {
    /// The I bit: an immediate request, which uses no CmdSN (RFC 7143, section 11.2.1.1).
    const IMMEDIATE: u8 = 0x40;
    /// The opcode's bits.
    const CODE: u8 = 0x3f;

    /// The byte as it is on the wire.
    #[inline]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The byte of a request.
    #[inline]
    pub const fn request(opcode: RequestOpcode, immediate: bool) -> Self {
        let bits = opcode as u8;
        Self(if immediate {
            bits | Self::IMMEDIATE
        } else {
            bits
        })
    }

    /// The byte of a response, in which the I bit is reserved.
    #[inline]
    pub const fn response(opcode: ResponseOpcode) -> Self {
        Self(opcode as u8)
    }

    /// The byte as it goes on the wire.
    #[inline]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The six bits of opcode, for [`RequestOpcode`] or [`ResponseOpcode`].
    #[inline]
    pub const fn code(self) -> u8 {
        self.0 & Self::CODE
    }

    /// Whether the I bit is set, which says something about a request only.
    #[inline]
    pub const fn is_immediate(self) -> bool {
        self.0 & Self::IMMEDIATE != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::UnknownCode;

    #[test]
    fn immediate_bit_is_no_part_of_the_opcode() {
        let byte = OpcodeByte::request(RequestOpcode::NopOut, true);
        assert_eq!(byte.bits(), 0x40);
        assert_eq!(byte.code(), 0x00);
        assert!(byte.is_immediate());
        let byte = OpcodeByte::request(RequestOpcode::DataOut, false);
        assert_eq!(byte.bits(), 0x05);
        assert!(!byte.is_immediate());
    }

    #[test]
    fn reserved_first_bit_is_ignored() {
        let byte = OpcodeByte::from_bits(0x80 | 0x25);
        assert_eq!(
            ResponseOpcode::try_from(byte.code()),
            Ok(ResponseOpcode::DataIn)
        );
        assert!(!byte.is_immediate());
    }

    #[test]
    fn an_opcode_belongs_to_one_side() {
        for code in 0..=255 {
            let request = RequestOpcode::try_from(code);
            let response = ResponseOpcode::try_from(code);
            assert!(request.is_err() || response.is_err());
            // The bit of the value 0x20 tells the sides apart.
            assert!(request.is_err() || code & 0x20 == 0);
            assert!(response.is_err() || code & 0x20 != 0);
        }
        assert_eq!(RequestOpcode::ALL.len(), 8);
        assert_eq!(ResponseOpcode::ALL.len(), 10);
        assert_eq!(RequestOpcode::try_from(0x1c), Err(UnknownCode(0x1c)));
        assert_eq!(ResponseOpcode::try_from(0x3c), Err(UnknownCode(0x3c)));
        for opcode in ResponseOpcode::ALL {
            assert_eq!(
                ResponseOpcode::try_from(OpcodeByte::response(*opcode).code()),
                Ok(*opcode)
            );
        }
    }
}
