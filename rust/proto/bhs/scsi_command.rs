// SPDX-License-Identifier: GPL-2.0

//! SCSI Command (RFC 7143, section 11.3).

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
    tag::InitiatorTaskTag,
};
use zerocopy::byteorder::big_endian::U32;

/// Room for a command descriptor block in the header, in bytes; the rest of a longer one is in an
/// [`ahs`](crate::ahs) (RFC 7143, section 11.3.5).
pub const CDB_LEN: usize = 16;

codes! {
    /// Task attribute of a command (RFC 7143, section 11.3.1).
    TaskAttribute: u8 {
        /// Untagged.
        Untagged = 0,
        /// Simple.
        Simple = 1,
        /// Ordered.
        Ordered = 2,
        /// Head of queue.
        HeadOfQueue = 3,
        /// ACA.
        Aca = 4,
    }
}

flags! {
    /// Flags and task attribute (RFC 7143, section 11.3.1).
    ScsiCommandFlags {
        /// F: no unsolicited Data-Out follows.
        FINAL = 0x80,
        /// R: data is expected to be read.
        READ = 0x40,
        /// W: data is expected to be written.
        WRITE = 0x20,
    }
}

impl ScsiCommandFlags {
    const ATTRIBUTE: u8 = 0x07;

    /// ATTR.
    ///
    /// # Errors
    ///
    /// The value is reserved.
    #[inline]
    pub fn attribute(self) -> Result<TaskAttribute, UnknownCode> {
        TaskAttribute::try_from(self.bits() & Self::ATTRIBUTE)
    }

    /// These flags with `attribute` in place of the attribute they have.
    #[inline]
    pub const fn with_attribute(self, attribute: TaskAttribute) -> Self {
        Self::from_bits((self.bits() & !Self::ATTRIBUTE) | attribute as u8)
    }
}

header! {
    /// SCSI Command (RFC 7143, section 11.3).
    ScsiCommand(
        OpcodeByte::request(RequestOpcode::ScsiCommand, false),
        ScsiCommandFlags::FINAL
    ) {
        /// Opcode and I bit.
        pub opcode: OpcodeByte,
        /// F, R, W and ATTR.
        pub flags: ScsiCommandFlags,
        _reserved: [u8; 2],
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength: the immediate data.
        pub data_segment_length: U24,
        /// The logical unit.
        pub lun: Lun,
        /// Initiator Task Tag.
        pub itt: InitiatorTaskTag,
        /// Expected Data Transfer Length, in bytes (section 11.3.4).
        pub expected_data_transfer_length: U32,
        /// CmdSN (section 11.3.2).
        pub cmd_sn: U32,
        /// ExpStatSN (section 11.3.3).
        pub exp_stat_sn: U32,
        /// The first bytes of the command descriptor block (section 11.3.5).
        pub cdb: [u8; CDB_LEN],
    }
}

impl ScsiCommand {
    /// "Setting both the W and the F bit to 0 is an error", and so is to expect data without
    /// saying in which direction.
    pub(super) fn check(&self) -> Result<(), HeaderError> {
        let (read, write) = (
            self.flags.contains(ScsiCommandFlags::READ),
            self.flags.contains(ScsiCommandFlags::WRITE),
        );
        if self.itt.is_reserved() {
            Err(HeaderError::TaskTag)
        } else if !write && !self.flags.contains(ScsiCommandFlags::FINAL) {
            Err(HeaderError::NotFinal)
        } else if !read && !write && self.expected_data_transfer_length.get() > 0 {
            Err(HeaderError::NoDirection)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        bhs::Header,
        pdu::BHS_LEN, //
    };
    use core::mem::offset_of;

    // The figure of section 11.3.
    #[test]
    fn fields_are_where_the_figure_has_them() {
        assert_eq!(offset_of!(ScsiCommand, opcode), 0);
        assert_eq!(offset_of!(ScsiCommand, flags), 1);
        assert_eq!(offset_of!(ScsiCommand, total_ahs_length), 4);
        assert_eq!(offset_of!(ScsiCommand, data_segment_length), 5);
        assert_eq!(offset_of!(ScsiCommand, lun), 8);
        assert_eq!(offset_of!(ScsiCommand, itt), 16);
        assert_eq!(offset_of!(ScsiCommand, expected_data_transfer_length), 20);
        assert_eq!(offset_of!(ScsiCommand, cmd_sn), 24);
        assert_eq!(offset_of!(ScsiCommand, exp_stat_sn), 28);
        assert_eq!(offset_of!(ScsiCommand, cdb), 32);
    }

    // The header of the digest example in RFC 7143, appendix A.4: READ(10).
    #[test]
    fn example_of_the_rfc() {
        let mut bytes = [0u8; BHS_LEN];
        bytes[0] = 0x01;
        bytes[1] = 0xc0;
        bytes[16] = 0x14;
        bytes[22] = 0x04;
        bytes[27] = 0x14;
        bytes[31] = 0x18;
        bytes[32] = 0x28;
        bytes[40] = 0x02;
        let command = ScsiCommand::view(&bytes).unwrap();
        assert_eq!(
            command.flags,
            ScsiCommandFlags::FINAL | ScsiCommandFlags::READ
        );
        assert_eq!(command.flags.attribute(), Ok(TaskAttribute::Untagged));
        assert_eq!(command.expected_data_transfer_length.get(), 0x400);
        assert_eq!(command.cmd_sn.get(), 0x14);
        assert_eq!(command.exp_stat_sn.get(), 0x18);
        assert_eq!(command.cdb[0], 0x28);
        assert_eq!(command.check(), Ok(()));
    }

    #[test]
    fn attribute_has_three_bits() {
        let flags = ScsiCommandFlags::from_bits(0xff).with_attribute(TaskAttribute::Simple);
        assert_eq!(flags.bits(), 0xf9);
        assert_eq!(flags.attribute(), Ok(TaskAttribute::Simple));
        assert_eq!(
            ScsiCommandFlags::from_bits(0xff).attribute(),
            Err(UnknownCode(7))
        );
    }

    #[test]
    fn direction_is_needed_for_data_and_data_for_what_follows() {
        let mut command = ScsiCommand::default();
        assert_eq!(command.check(), Err(HeaderError::TaskTag));
        command.itt = InitiatorTaskTag::from_bytes([0; 4]);
        assert_eq!(command.check(), Ok(()));
        command.expected_data_transfer_length = 512.into();
        assert_eq!(command.check(), Err(HeaderError::NoDirection));
        command.flags = ScsiCommandFlags::WRITE;
        assert_eq!(command.check(), Ok(()));
        command.flags = ScsiCommandFlags::READ;
        assert_eq!(command.check(), Err(HeaderError::NotFinal));
    }
}
