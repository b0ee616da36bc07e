// SPDX-License-Identifier: GPL-2.0

//! Text Request and Text Response (RFC 7143, sections 11.10 and 11.11).

use super::{
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

flags! {
    /// Flags of a text exchange (RFC 7143, sections 11.10.1 and 11.10.2).
    TextFlags {
        /// F: the sender has nothing to add to the exchange.
        FINAL = 0x80,
        /// C: the text goes on in the sender's next PDU.
        CONTINUE = 0x40,
    }
}

impl TextFlags {
    /// Whether at most one of F and C is set, as has to be: text that goes on is not the last.
    #[inline]
    pub const fn is_consistent(self) -> bool {
        !(self.contains(Self::FINAL) && self.contains(Self::CONTINUE))
    }
}

header! {
    /// Text Request (RFC 7143, section 11.10).
    TextRequest(
        OpcodeByte::request(RequestOpcode::TextRequest, false),
        TextFlags::FINAL
    ) {
        /// Opcode and I bit.
        pub opcode: OpcodeByte,
        /// F and C.
        pub flags: TextFlags,
        _reserved: [u8; 2],
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength: the text.
        pub data_segment_length: U24,
        /// The logical unit of the response that this continues.
        pub lun: Lun,
        /// Initiator Task Tag (section 11.10.3).
        pub itt: InitiatorTaskTag,
        /// Target Transfer Tag of the response that this continues (section 11.10.4).
        pub ttt: TargetTransferTag,
        /// CmdSN.
        pub cmd_sn: U32,
        /// ExpStatSN.
        pub exp_stat_sn: U32,
        _reserved1: [u8; 16],
    }
}

impl TextRequest {
    /// What the text says, and whether it goes on, is for its reader to judge.
    pub(super) fn check(&self) -> Result<(), HeaderError> {
        if self.itt.is_reserved() {
            return Err(HeaderError::TaskTag);
        }
        Ok(())
    }
}

header! {
    /// Text Response (RFC 7143, section 11.11).
    TextResponse(
        OpcodeByte::response(ResponseOpcode::TextResponse),
        TextFlags::FINAL
    ) {
        /// Opcode.
        pub opcode: OpcodeByte,
        /// F and C.
        pub flags: TextFlags,
        _reserved: [u8; 2],
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength: the text.
        pub data_segment_length: U24,
        /// The logical unit, for the request that continues this.
        pub lun: Lun,
        /// Initiator Task Tag (section 11.11.3).
        pub itt: InitiatorTaskTag,
        /// Target Transfer Tag, for the request that continues this (section 11.11.4).
        pub ttt: TargetTransferTag,
        /// StatSN.
        pub stat_sn: U32,
        /// ExpCmdSN.
        pub exp_cmd_sn: U32,
        /// MaxCmdSN.
        pub max_cmd_sn: U32,
        _reserved1: [u8; 12],
    }
}

impl TextResponse {
    /// What the text says, and whether it goes on, is for its reader in user space to judge.
    pub(super) fn check(&self) -> Result<(), HeaderError> {
        if self.itt.is_reserved() {
            return Err(HeaderError::TaskTag);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::offset_of;

    // The figures of sections 11.10 and 11.11.
    #[test]
    fn fields_are_where_the_figures_have_them() {
        assert_eq!(offset_of!(TextRequest, flags), 1);
        assert_eq!(offset_of!(TextRequest, total_ahs_length), 4);
        assert_eq!(offset_of!(TextRequest, data_segment_length), 5);
        assert_eq!(offset_of!(TextRequest, lun), 8);
        assert_eq!(offset_of!(TextRequest, itt), 16);
        assert_eq!(offset_of!(TextRequest, ttt), 20);
        assert_eq!(offset_of!(TextRequest, cmd_sn), 24);
        assert_eq!(offset_of!(TextRequest, exp_stat_sn), 28);

        assert_eq!(offset_of!(TextResponse, flags), 1);
        assert_eq!(offset_of!(TextResponse, total_ahs_length), 4);
        assert_eq!(offset_of!(TextResponse, data_segment_length), 5);
        assert_eq!(offset_of!(TextResponse, lun), 8);
        assert_eq!(offset_of!(TextResponse, itt), 16);
        assert_eq!(offset_of!(TextResponse, ttt), 20);
        assert_eq!(offset_of!(TextResponse, stat_sn), 24);
        assert_eq!(offset_of!(TextResponse, exp_cmd_sn), 28);
        assert_eq!(offset_of!(TextResponse, max_cmd_sn), 32);
    }

    #[test]
    fn text_that_goes_on_is_not_final() {
        assert!(TextFlags::FINAL.is_consistent());
        assert!(TextFlags::CONTINUE.is_consistent());
        assert!(!(TextFlags::FINAL | TextFlags::CONTINUE).is_consistent());
    }

    #[test]
    fn text_belongs_to_a_task() {
        let mut request = TextRequest::default();
        assert_eq!(request.check(), Err(HeaderError::TaskTag));
        request.itt = InitiatorTaskTag::from_bytes([0; 4]);
        assert_eq!(request.check(), Ok(()));
        let mut response = TextResponse::default();
        assert_eq!(response.check(), Err(HeaderError::TaskTag));
        response.itt = InitiatorTaskTag::from_bytes([0; 4]);
        assert_eq!(response.check(), Ok(()));
    }
}
