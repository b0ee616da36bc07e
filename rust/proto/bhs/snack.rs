// SPDX-License-Identifier: GPL-2.0

//! SNACK Request (RFC 7143, section 11.16).

use super::{
    HeaderError,
    Lun,
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
        RequestOpcode, //
    },
    tag::{
        InitiatorTaskTag,
        TargetTransferTag, //
    },
};
use zerocopy::byteorder::big_endian::U32;

codes! {
    /// What is asked for (RFC 7143, section 11.16.1).
    SnackType: u8 {
        /// Data-In or R2T PDUs, again.
        DataOrR2t = 0,
        /// Status, again.
        Status = 1,
        /// Nothing: acknowledges Data-In.
        DataAck = 2,
        /// Data-In PDUs, again and maybe cut differently.
        RData = 3,
    }
}

flags! {
    /// Type of a request (RFC 7143, section 11.16).
    SnackFlags {
        /// The first bit, which is always set.
        FINAL = 0x80,
    }
}

impl SnackFlags {
    const TYPE: u8 = 0x0f;

    /// The flags of a request of type `snack_type`.
    #[inline]
    pub const fn of(snack_type: SnackType) -> Self {
        Self::from_bits(Self::FINAL.bits() | snack_type as u8)
    }

    /// Type (section 11.16.1).
    ///
    /// # Errors
    ///
    /// The value is reserved.
    #[inline]
    pub fn snack_type(self) -> Result<SnackType, UnknownCode> {
        SnackType::try_from(self.bits() & Self::TYPE)
    }
}

header! {
    /// SNACK Request (RFC 7143, section 11.16).
    SnackRequest(
        OpcodeByte::request(RequestOpcode::SnackRequest, false),
        SnackFlags::FINAL
    ) {
        /// Opcode.
        pub opcode: OpcodeByte,
        /// The first bit and Type.
        pub flags: SnackFlags,
        _reserved: [u8; 2],
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength.
        pub data_segment_length: U24,
        /// The logical unit of the Data-In that is acknowledged.
        pub lun: Lun,
        /// Initiator Task Tag of the command; the reserved one for status and acknowledgments
        /// (section 11.16.4).
        pub itt: InitiatorTaskTag,
        /// Target Transfer Tag of the Data-In that is acknowledged, or SNACK Tag
        /// (section 11.16.5).
        pub ttt: TargetTransferTag,
        _reserved1: [u8; 4],
        /// ExpStatSN.
        pub exp_stat_sn: U32,
        _reserved2: [u8; 8],
        /// BegRun: number of the first PDU asked for (section 11.16.6).
        pub beg_run: U32,
        /// RunLength: how many, or zero for all that follow (section 11.16.7).
        pub run_length: U32,
    }
}

impl SnackRequest {
    pub(super) fn check(&self) -> Result<(), HeaderError> {
        if !self.flags.contains(SnackFlags::FINAL) {
            return Err(HeaderError::NotFinal);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::offset_of;

    // The figure of section 11.16.
    #[test]
    fn fields_are_where_the_figure_has_them() {
        assert_eq!(offset_of!(SnackRequest, flags), 1);
        assert_eq!(offset_of!(SnackRequest, total_ahs_length), 4);
        assert_eq!(offset_of!(SnackRequest, data_segment_length), 5);
        assert_eq!(offset_of!(SnackRequest, lun), 8);
        assert_eq!(offset_of!(SnackRequest, itt), 16);
        assert_eq!(offset_of!(SnackRequest, ttt), 20);
        assert_eq!(offset_of!(SnackRequest, exp_stat_sn), 28);
        assert_eq!(offset_of!(SnackRequest, beg_run), 40);
        assert_eq!(offset_of!(SnackRequest, run_length), 44);
    }

    #[test]
    fn type_has_four_bits() {
        for snack_type in SnackType::ALL {
            assert_eq!(SnackFlags::of(*snack_type).snack_type(), Ok(*snack_type));
        }
        assert_eq!(SnackFlags::of(SnackType::RData).bits(), 0x83);
        assert_eq!(
            SnackFlags::from_bits(0xf4).snack_type(),
            Err(UnknownCode(4))
        );
    }

    #[test]
    fn it_is_final() {
        let mut snack = SnackRequest::default();
        assert_eq!(snack.check(), Ok(()));
        snack.flags = SnackFlags::default();
        assert_eq!(snack.check(), Err(HeaderError::NotFinal));
    }
}
