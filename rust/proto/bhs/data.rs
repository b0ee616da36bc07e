// SPDX-License-Identifier: GPL-2.0

//! SCSI Data-Out and SCSI Data-In (RFC 7143, section 11.7).

use super::{
    FinalFlag,
    HeaderError,
    Lun,
    U24, //
};
use crate::{
    code::flags,
    opcode::{
        OpcodeByte,
        RequestOpcode,
        ResponseOpcode, //
    },
    tag::{
        InitiatorTaskTag,
        TargetTransferTag, //
    },
};
use zerocopy::byteorder::big_endian::U32;

header! {
    /// SCSI Data-Out (RFC 7143, section 11.7).
    DataOut(
        OpcodeByte::request(RequestOpcode::DataOut, false),
        FinalFlag::default()
    ) {
        /// Opcode.
        pub opcode: OpcodeByte,
        /// F: the last PDU of a sequence (section 11.7.1).
        pub flags: FinalFlag,
        _reserved: [u8; 2],
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength (section 11.7.7).
        pub data_segment_length: U24,
        /// The logical unit of the R2T, if this answers one (section 11.7.4).
        pub lun: Lun,
        /// Initiator Task Tag.
        pub itt: InitiatorTaskTag,
        /// Target Transfer Tag of the R2T; the reserved one for unsolicited data (section 11.7.4).
        pub ttt: TargetTransferTag,
        _reserved1: [u8; 4],
        /// ExpStatSN.
        pub exp_stat_sn: U32,
        _reserved2: [u8; 4],
        /// DataSN: number of the PDU in its sequence (section 11.7.5).
        pub data_sn: U32,
        /// Buffer Offset, in bytes (section 11.7.6).
        pub buffer_offset: U32,
        _reserved3: [u8; 4],
    }
}

impl DataOut {
    pub(super) fn check(&self) -> Result<(), HeaderError> {
        if self.itt.is_reserved() {
            return Err(HeaderError::TaskTag);
        }
        Ok(())
    }
}

flags! {
    /// Flags of a Data-In (RFC 7143, sections 11.7.1 to 11.7.3).
    DataInFlags {
        /// F: the last PDU of a sequence.
        FINAL = 0x80,
        /// A: the target wants an acknowledgment.
        ACKNOWLEDGE = 0x40,
        /// O: more data was to be transferred than expected. Means something with S only.
        OVERFLOW = 0x04,
        /// U: less data was transferred than expected. Means something with S only.
        UNDERFLOW = 0x02,
        /// S: this is the command's status too.
        STATUS = 0x01,
    }
}

header! {
    /// SCSI Data-In (RFC 7143, section 11.7).
    DataIn(
        OpcodeByte::response(ResponseOpcode::DataIn),
        DataInFlags::default()
    ) {
        /// Opcode.
        pub opcode: OpcodeByte,
        /// F, A, O, U and S.
        pub flags: DataInFlags,
        _reserved: u8,
        /// The SCSI status, with S (section 11.7.3).
        pub status: u8,
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength (section 11.7.7).
        pub data_segment_length: U24,
        /// The logical unit, with A (section 11.7.4).
        pub lun: Lun,
        /// Initiator Task Tag.
        pub itt: InitiatorTaskTag,
        /// Target Transfer Tag, with A (section 11.7.4).
        pub ttt: TargetTransferTag,
        /// StatSN, with S.
        pub stat_sn: U32,
        /// ExpCmdSN.
        pub exp_cmd_sn: U32,
        /// MaxCmdSN.
        pub max_cmd_sn: U32,
        /// DataSN: number of the PDU among those of its command (section 11.7.5).
        pub data_sn: U32,
        /// Buffer Offset, in bytes (section 11.7.6).
        pub buffer_offset: U32,
        /// Residual Count, with S and O or U (section 11.4.5).
        pub residual_count: U32,
    }
}

impl DataIn {
    /// With S, F "MUST also be set to 1" (section 11.7.3).
    pub(super) fn check(&self) -> Result<(), HeaderError> {
        let last = self.flags.contains(DataInFlags::FINAL);
        if self.itt.is_reserved() {
            Err(HeaderError::TaskTag)
        } else if self.flags.contains(DataInFlags::STATUS) && !last {
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

    // The figures of section 11.7.
    #[test]
    fn fields_are_where_the_figures_have_them() {
        assert_eq!(offset_of!(DataOut, flags), 1);
        assert_eq!(offset_of!(DataOut, total_ahs_length), 4);
        assert_eq!(offset_of!(DataOut, data_segment_length), 5);
        assert_eq!(offset_of!(DataOut, lun), 8);
        assert_eq!(offset_of!(DataOut, itt), 16);
        assert_eq!(offset_of!(DataOut, ttt), 20);
        assert_eq!(offset_of!(DataOut, exp_stat_sn), 28);
        assert_eq!(offset_of!(DataOut, data_sn), 36);
        assert_eq!(offset_of!(DataOut, buffer_offset), 40);

        assert_eq!(offset_of!(DataIn, flags), 1);
        assert_eq!(offset_of!(DataIn, status), 3);
        assert_eq!(offset_of!(DataIn, total_ahs_length), 4);
        assert_eq!(offset_of!(DataIn, data_segment_length), 5);
        assert_eq!(offset_of!(DataIn, lun), 8);
        assert_eq!(offset_of!(DataIn, itt), 16);
        assert_eq!(offset_of!(DataIn, ttt), 20);
        assert_eq!(offset_of!(DataIn, stat_sn), 24);
        assert_eq!(offset_of!(DataIn, exp_cmd_sn), 28);
        assert_eq!(offset_of!(DataIn, max_cmd_sn), 32);
        assert_eq!(offset_of!(DataIn, data_sn), 36);
        assert_eq!(offset_of!(DataIn, buffer_offset), 40);
        assert_eq!(offset_of!(DataIn, residual_count), 44);
    }

    #[test]
    fn data_belongs_to_a_task() {
        let mut data = DataOut::default();
        assert_eq!(data.check(), Err(HeaderError::TaskTag));
        data.itt = InitiatorTaskTag::from_bytes([0; 4]);
        assert_eq!(data.check(), Ok(()));
        assert!(data.ttt.is_reserved());
        assert_eq!(DataIn::default().check(), Err(HeaderError::TaskTag));
    }

    #[test]
    fn status_comes_with_the_last_data() {
        let mut data = DataIn {
            itt: InitiatorTaskTag::from_bytes([0; 4]),
            ..Default::default()
        };
        assert_eq!(data.check(), Ok(()));
        data.flags = DataInFlags::STATUS;
        assert_eq!(data.check(), Err(HeaderError::NotFinal));
        data.flags = DataInFlags::STATUS | DataInFlags::FINAL;
        assert_eq!(data.check(), Ok(()));
    }
}
