// SPDX-License-Identifier: GPL-2.0

//! Reject (RFC 7143, section 11.17). What its data segment says is in [`crate::reject`].

use super::{
    FinalFlag,
    HeaderError,
    U24, //
};
use crate::{
    code::{
        codes,
        UnknownCode, //
    },
    opcode::{
        OpcodeByte,
        ResponseOpcode, //
    },
    tag::InitiatorTaskTag,
};
use zerocopy::byteorder::big_endian::U32;

codes! {
    /// Why a PDU was rejected (RFC 7143, section 11.17.1).
    RejectReason: u8 {
        /// Data (payload) digest error.
        DataDigestError = 0x02,
        /// SNACK Reject.
        SnackReject = 0x03,
        /// Protocol Error.
        ProtocolError = 0x04,
        /// Command not supported.
        CommandNotSupported = 0x05,
        /// Immediate command reject: too many immediate commands.
        ImmediateCommandReject = 0x06,
        /// Task in progress.
        TaskInProgress = 0x07,
        /// Invalid data ack.
        InvalidDataAck = 0x08,
        /// Invalid PDU field.
        InvalidPduField = 0x09,
        /// Long op reject: no Target Transfer Tag can be made.
        LongOperationReject = 0x0a,
        /// Negotiation reset, which RFC 7143 deprecates.
        NegotiationReset = 0x0b,
        /// Waiting for logout.
        WaitingForLogout = 0x0c,
    }
}

header! {
    /// Reject (RFC 7143, section 11.17).
    Reject(
        OpcodeByte::response(ResponseOpcode::Reject),
        FinalFlag::FINAL
    ) {
        /// Opcode.
        pub opcode: OpcodeByte,
        /// The first bit, which is always set.
        pub flags: FinalFlag,
        /// Reason: see [`Self::reason_code`].
        pub reason: u8,
        _reserved: u8,
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength: the rejected header, and maybe a vendor's data.
        pub data_segment_length: U24,
        _reserved1: [u8; 8],
        /// The reserved tag.
        pub itt: InitiatorTaskTag,
        _reserved2: [u8; 4],
        /// StatSN.
        pub stat_sn: U32,
        /// ExpCmdSN.
        pub exp_cmd_sn: U32,
        /// MaxCmdSN.
        pub max_cmd_sn: U32,
        /// DataSN or R2TSN, for a rejected Data-Out or SNACK (section 11.17.2).
        pub data_sn: U32,
        _reserved3: [u8; 8],
    }
}

impl Reject {
    /// Reason (section 11.17.1).
    ///
    /// # Errors
    ///
    /// The value is reserved.
    #[inline]
    pub fn reason_code(&self) -> Result<RejectReason, UnknownCode> {
        RejectReason::try_from(self.reason)
    }

    pub(super) fn check(&self) -> Result<(), HeaderError> {
        if !self.itt.is_reserved() {
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

    // The figure of section 11.17.
    #[test]
    fn fields_are_where_the_figure_has_them() {
        assert_eq!(offset_of!(Reject, flags), 1);
        assert_eq!(offset_of!(Reject, reason), 2);
        assert_eq!(offset_of!(Reject, total_ahs_length), 4);
        assert_eq!(offset_of!(Reject, data_segment_length), 5);
        assert_eq!(offset_of!(Reject, itt), 16);
        assert_eq!(offset_of!(Reject, stat_sn), 24);
        assert_eq!(offset_of!(Reject, exp_cmd_sn), 28);
        assert_eq!(offset_of!(Reject, max_cmd_sn), 32);
        assert_eq!(offset_of!(Reject, data_sn), 36);
    }

    #[test]
    fn reason_may_be_reserved() {
        let mut reject = Reject::default();
        assert_eq!(reject.reason_code(), Err(UnknownCode(0)));
        reject.reason = 6;
        assert_eq!(
            reject.reason_code(),
            Ok(RejectReason::ImmediateCommandReject)
        );
        assert_eq!(RejectReason::ALL.len(), 11);
    }

    #[test]
    fn it_is_about_no_task_and_final() {
        let mut reject = Reject::default();
        assert_eq!(reject.check(), Ok(()));
        reject.flags = FinalFlag::default();
        assert_eq!(reject.check(), Err(HeaderError::NotFinal));
        reject.itt = InitiatorTaskTag::from_bytes([0; 4]);
        assert_eq!(reject.check(), Err(HeaderError::TaskTag));
    }
}
