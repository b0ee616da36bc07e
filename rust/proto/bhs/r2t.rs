// SPDX-License-Identifier: GPL-2.0

//! Ready To Transfer (RFC 7143, section 11.8).

use super::{
    FinalFlag,
    HeaderError,
    Lun,
    U24, //
};
use crate::{
    opcode::{
        OpcodeByte,
        ResponseOpcode, //
    },
    tag::{
        InitiatorTaskTag,
        TargetTransferTag, //
    },
};
use zerocopy::byteorder::big_endian::U32;

header! {
    /// Ready To Transfer (RFC 7143, section 11.8).
    R2t(OpcodeByte::response(ResponseOpcode::R2t), FinalFlag::FINAL) {
        /// Opcode.
        pub opcode: OpcodeByte,
        /// The first bit, which is always set.
        pub flags: FinalFlag,
        _reserved: [u8; 2],
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength: an R2T has no data.
        pub data_segment_length: U24,
        /// The logical unit, for the Data-Out.
        pub lun: Lun,
        /// Initiator Task Tag.
        pub itt: InitiatorTaskTag,
        /// Target Transfer Tag, for the Data-Out (section 11.8.5).
        pub ttt: TargetTransferTag,
        /// StatSN: that of the next response, not used up by this (section 11.8.3).
        pub stat_sn: U32,
        /// ExpCmdSN.
        pub exp_cmd_sn: U32,
        /// MaxCmdSN.
        pub max_cmd_sn: U32,
        /// R2TSN: number of the R2T among those of its command (section 11.8.2).
        pub r2t_sn: U32,
        /// Buffer Offset, in bytes (section 11.8.4).
        pub buffer_offset: U32,
        /// Desired Data Transfer Length, in bytes (section 11.8.4).
        pub desired_data_transfer_length: U32,
    }
}

impl R2t {
    /// The reserved Target Transfer Tag "MUST NOT be sent by a target in an R2T" (section 11.8.5):
    /// the Data-Out that it asks for would be unsolicited.
    pub(super) fn check(&self) -> Result<(), HeaderError> {
        if self.itt.is_reserved() {
            Err(HeaderError::TaskTag)
        } else if self.ttt.is_reserved() {
            Err(HeaderError::TransferTag)
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

    // The figure of section 11.8.
    #[test]
    fn fields_are_where_the_figure_has_them() {
        assert_eq!(offset_of!(R2t, flags), 1);
        assert_eq!(offset_of!(R2t, total_ahs_length), 4);
        assert_eq!(offset_of!(R2t, data_segment_length), 5);
        assert_eq!(offset_of!(R2t, lun), 8);
        assert_eq!(offset_of!(R2t, itt), 16);
        assert_eq!(offset_of!(R2t, ttt), 20);
        assert_eq!(offset_of!(R2t, stat_sn), 24);
        assert_eq!(offset_of!(R2t, exp_cmd_sn), 28);
        assert_eq!(offset_of!(R2t, max_cmd_sn), 32);
        assert_eq!(offset_of!(R2t, r2t_sn), 36);
        assert_eq!(offset_of!(R2t, buffer_offset), 40);
        assert_eq!(offset_of!(R2t, desired_data_transfer_length), 44);
    }

    #[test]
    fn it_names_a_task_and_a_transfer() {
        let mut r2t = R2t::default();
        assert_eq!(r2t.check(), Err(HeaderError::TaskTag));
        r2t.itt = InitiatorTaskTag::from_bytes([0; 4]);
        assert_eq!(r2t.check(), Err(HeaderError::TransferTag));
        r2t.ttt = TargetTransferTag::from_bytes([0; 4]);
        assert_eq!(r2t.check(), Ok(()));
        r2t.flags = FinalFlag::default();
        assert_eq!(r2t.check(), Err(HeaderError::NotFinal));
    }
}
