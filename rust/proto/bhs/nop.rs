// SPDX-License-Identifier: GPL-2.0

//! NOP-Out and NOP-In (RFC 7143, sections 11.18 and 11.19).

use super::{
    FinalFlag,
    HeaderError,
    Lun,
    U24, //
};
use crate::{
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

/// What a NOP-Out is for (RFC 7143, section 11.18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NopOutRole {
    /// A ping, which the target answers.
    Ping(InitiatorTaskTag),
    /// The answer to the target's ping.
    Answer(TargetTransferTag),
    /// Neither: it only carries ExpStatSN.
    Confirmation,
}

header! {
    /// NOP-Out (RFC 7143, section 11.18).
    NopOut(
        OpcodeByte::request(RequestOpcode::NopOut, true),
        FinalFlag::FINAL
    ) {
        /// Opcode and I bit.
        pub opcode: OpcodeByte,
        /// The first bit, which is always set.
        pub flags: FinalFlag,
        _reserved: [u8; 2],
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength: ping data (section 11.18.3).
        pub data_segment_length: U24,
        /// The logical unit of the NOP-In that this answers.
        pub lun: Lun,
        /// Initiator Task Tag of a ping, or the reserved one (section 11.18.1).
        pub itt: InitiatorTaskTag,
        /// Target Transfer Tag of the NOP-In that this answers, or the reserved one
        /// (section 11.18.2).
        pub ttt: TargetTransferTag,
        /// CmdSN.
        pub cmd_sn: U32,
        /// ExpStatSN.
        pub exp_stat_sn: U32,
        _reserved1: [u8; 16],
    }
}

impl NopOut {
    /// A ping without data. Its tag, which makes it one, and its numbers are left to be filled in.
    #[inline]
    pub fn ping() -> Self {
        Self::default()
    }

    /// The answer to the target's ping `ping`, without its data. ExpStatSN and CmdSN are left to be
    /// filled in.
    #[inline]
    pub fn reply(ping: &NopIn) -> Self {
        Self::answer(ping.lun, ping.ttt)
    }

    /// The answer to the target's ping about the logical unit `lun` with the tag `ttt`: see
    /// [`Self::reply`].
    #[inline]
    pub fn answer(lun: Lun, ttt: TargetTransferTag) -> Self {
        Self {
            lun,
            ttt,
            ..Self::default()
        }
    }

    /// What it is for. A target that is asked for an answer and given one answers.
    #[inline]
    pub const fn role(&self) -> NopOutRole {
        if !self.itt.is_reserved() {
            NopOutRole::Ping(self.itt)
        } else if !self.ttt.is_reserved() {
            NopOutRole::Answer(self.ttt)
        } else {
            NopOutRole::Confirmation
        }
    }

    /// Without an Initiator Task Tag "the I bit MUST be set to 1" (section 11.18.1).
    pub(super) fn check(&self) -> Result<(), HeaderError> {
        if !self.flags.contains(FinalFlag::FINAL) {
            Err(HeaderError::NotFinal)
        } else if self.itt.is_reserved() && !self.opcode.is_immediate() {
            Err(HeaderError::NotImmediate)
        } else {
            Ok(())
        }
    }
}

/// What a NOP-In is for (RFC 7143, section 11.19).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NopInRole {
    /// The answer to the initiator's ping.
    Answer(InitiatorTaskTag),
    /// A ping, which the initiator answers.
    Ping(TargetTransferTag),
    /// Neither: it only carries ExpCmdSN and MaxCmdSN.
    Confirmation,
}

header! {
    /// NOP-In (RFC 7143, section 11.19).
    NopIn(OpcodeByte::response(ResponseOpcode::NopIn), FinalFlag::FINAL) {
        /// Opcode.
        pub opcode: OpcodeByte,
        /// The first bit, which is always set.
        pub flags: FinalFlag,
        _reserved: [u8; 2],
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength: the ping data of the NOP-Out.
        pub data_segment_length: U24,
        /// The logical unit, for the answer to a ping (section 11.19.3).
        pub lun: Lun,
        /// Initiator Task Tag of the NOP-Out that this answers, or the reserved one.
        pub itt: InitiatorTaskTag,
        /// Target Transfer Tag of a ping, or the reserved one (section 11.19.1).
        pub ttt: TargetTransferTag,
        /// StatSN: used up by answers only (section 11.19.2).
        pub stat_sn: U32,
        /// ExpCmdSN.
        pub exp_cmd_sn: U32,
        /// MaxCmdSN.
        pub max_cmd_sn: U32,
        _reserved1: [u8; 12],
    }
}

impl NopIn {
    /// What it is for.
    ///
    /// # Errors
    ///
    /// [`HeaderError::TransferTag`] if it answers a ping and is one (section 11.19.1).
    #[inline]
    pub const fn role(&self) -> Result<NopInRole, HeaderError> {
        match (self.itt.is_reserved(), self.ttt.is_reserved()) {
            (false, true) => Ok(NopInRole::Answer(self.itt)),
            (true, false) => Ok(NopInRole::Ping(self.ttt)),
            (true, true) => Ok(NopInRole::Confirmation),
            (false, false) => Err(HeaderError::TransferTag),
        }
    }

    pub(super) fn check(&self) -> Result<(), HeaderError> {
        if !self.flags.contains(FinalFlag::FINAL) {
            return Err(HeaderError::NotFinal);
        }
        self.role().map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::offset_of;

    // The figures of sections 11.18 and 11.19.
    #[test]
    fn fields_are_where_the_figures_have_them() {
        assert_eq!(offset_of!(NopOut, flags), 1);
        assert_eq!(offset_of!(NopOut, total_ahs_length), 4);
        assert_eq!(offset_of!(NopOut, data_segment_length), 5);
        assert_eq!(offset_of!(NopOut, lun), 8);
        assert_eq!(offset_of!(NopOut, itt), 16);
        assert_eq!(offset_of!(NopOut, ttt), 20);
        assert_eq!(offset_of!(NopOut, cmd_sn), 24);
        assert_eq!(offset_of!(NopOut, exp_stat_sn), 28);

        assert_eq!(offset_of!(NopIn, flags), 1);
        assert_eq!(offset_of!(NopIn, total_ahs_length), 4);
        assert_eq!(offset_of!(NopIn, data_segment_length), 5);
        assert_eq!(offset_of!(NopIn, lun), 8);
        assert_eq!(offset_of!(NopIn, itt), 16);
        assert_eq!(offset_of!(NopIn, ttt), 20);
        assert_eq!(offset_of!(NopIn, stat_sn), 24);
        assert_eq!(offset_of!(NopIn, exp_cmd_sn), 28);
        assert_eq!(offset_of!(NopIn, max_cmd_sn), 32);
    }

    #[test]
    fn tags_say_what_a_nop_out_is_for() {
        let itt = InitiatorTaskTag::from_bytes([1; 4]);
        let ttt = TargetTransferTag::from_bytes([2; 4]);
        let mut nop = NopOut::default();
        assert_eq!(nop.role(), NopOutRole::Confirmation);
        nop.ttt = ttt;
        assert_eq!(nop.role(), NopOutRole::Answer(ttt));
        nop.itt = itt;
        assert_eq!(nop.role(), NopOutRole::Ping(itt));
    }

    #[test]
    fn only_a_ping_may_use_a_cmd_sn() {
        let mut nop = NopOut::default();
        assert_eq!(nop.check(), Ok(()));
        nop.opcode = OpcodeByte::request(RequestOpcode::NopOut, false);
        assert_eq!(nop.check(), Err(HeaderError::NotImmediate));
        nop.itt = InitiatorTaskTag::from_bytes([1; 4]);
        assert_eq!(nop.check(), Ok(()));
        nop.flags = FinalFlag::default();
        assert_eq!(nop.check(), Err(HeaderError::NotFinal));
    }

    #[test]
    fn tags_say_what_a_nop_in_is_for() {
        let itt = InitiatorTaskTag::from_bytes([1; 4]);
        let ttt = TargetTransferTag::from_bytes([2; 4]);
        let mut nop = NopIn::default();
        assert_eq!(nop.role(), Ok(NopInRole::Confirmation));
        nop.ttt = ttt;
        assert_eq!(nop.role(), Ok(NopInRole::Ping(ttt)));
        nop.itt = itt;
        assert_eq!(nop.check(), Err(HeaderError::TransferTag));
        nop.ttt = TargetTransferTag::RESERVED;
        assert_eq!(nop.role(), Ok(NopInRole::Answer(itt)));
        assert_eq!(nop.check(), Ok(()));
        nop.flags = FinalFlag::default();
        assert_eq!(nop.check(), Err(HeaderError::NotFinal));
    }

    #[test]
    fn pings_and_answers_are_immediate_and_have_no_data() {
        use crate::bhs::Header;
        let mut expected = [0; 48];
        expected[..2].copy_from_slice(&[0x40, 0x80]);
        expected[16..24].copy_from_slice(&[0xff; 8]);
        assert_eq!(NopOut::ping().to_bytes(), expected);

        let mut ping = NopIn {
            lun: Lun::from_bytes([0, 1, 0, 2, 0, 0, 0, 0]),
            ttt: TargetTransferTag::from_bytes([1, 2, 3, 4]),
            stat_sn: 7.into(),
            ..Default::default()
        };
        ping.data_segment_length = U24::new(16).unwrap();
        expected[8..16].copy_from_slice(&[0, 1, 0, 2, 0, 0, 0, 0]);
        expected[20..24].copy_from_slice(&[1, 2, 3, 4]);
        let reply = NopOut::reply(&ping);
        assert_eq!(reply.to_bytes(), expected);
        assert_eq!(reply.role(), NopOutRole::Answer(ping.ttt));
        assert_eq!(reply, NopOut::answer(ping.lun, ping.ttt));
        assert_eq!(reply.check(), Ok(()));
    }
}
