// SPDX-License-Identifier: GPL-2.0

//! Sending data of a write: one Data-Out PDU after the other (RFC 7143, section 11.7).
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::{
//!     bhs::Lun,
//!     data_out::DataOutSequence,
//!     tag::{InitiatorTaskTag, TargetTransferTag},
//! };
//!
//! let sequence = DataOutSequence {
//!     lun: Lun::default(),
//!     itt: InitiatorTaskTag::from_bytes([0, 0, 0, 5]),
//!     ttt: TargetTransferTag::from_bytes([0, 0, 0, 1]),
//!     exp_stat_sn: [0, 0, 0, 7],
//!     data_sn: 0,
//!     buffer_offset: 8192,
//!     remaining: 9000,
//!     max_data_segment: 8192,
//! };
//! let pdu = sequence.next_pdu();
//! assert_eq!((pdu.len, pdu.is_final), (8192, false));
//! ```

use crate::{
    bhs::{
        DataOut,
        FinalFlag,
        Lun,
        U24, //
    },
    pdu::DATA_SEGMENT_MAX_LEN,
    tag::{
        InitiatorTaskTag,
        TargetTransferTag, //
    },
};
use zerocopy::byteorder::big_endian::U32;

/// The smallest MaxRecvDataSegmentLength that there may be, in bytes (RFC 7143, section 13.12).
pub const MIN_DATA_SEGMENT_LIMIT: u32 = 512;

/// What is left to be sent of a sequence of Data-Out PDUs: of what an R2T asks for, or of
/// unsolicited data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataOutSequence {
    /// The logical unit of the R2T, if there is one (RFC 7143, section 11.7.4).
    pub lun: Lun,
    /// The tag of the task.
    pub itt: InitiatorTaskTag,
    /// The target's tag of the R2T; the reserved one for unsolicited data (section 11.7.4).
    pub ttt: TargetTransferTag,
    /// ExpStatSN, as it is on the wire.
    pub exp_stat_sn: [u8; 4],
    /// DataSN: how many PDUs of the sequence were sent (section 11.7.5).
    pub data_sn: u32,
    /// Where in the data of the command this goes on, in bytes (section 11.7.6).
    pub buffer_offset: u32,
    /// How much data is left, in bytes.
    pub remaining: u32,
    /// How much one PDU may have, in bytes: MaxRecvDataSegmentLength of the target, or less where the
    /// transport has room for less. Zero counts as the least that section 13.12 has, so every PDU has
    /// some of the data, and what does not fit into a header as the most that does.
    pub max_data_segment: u32,
}

/// One Data-Out PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataOutPdu {
    /// Its header.
    pub header: DataOut,
    /// Length of its data segment, in bytes.
    pub len: u32,
    /// Whether it is the last one of its sequence.
    pub is_final: bool,
}

impl DataOutSequence {
    /// The next PDU: as much data as it may have.
    #[inline]
    pub fn next_pdu(&self) -> DataOutPdu {
        let limit = segment_limit(self.max_data_segment);
        let is_final = self.remaining <= limit;
        let len = if is_final { self.remaining } else { limit };
        let mut header = DataOut::default();
        header.flags = FinalFlag::default().with(FinalFlag::FINAL, is_final);
        // There is such a length: the limit has 24 bits.
        header.data_segment_length = U24::new(len).unwrap_or_default();
        header.lun = self.lun;
        header.itt = self.itt;
        header.ttt = self.ttt;
        header.exp_stat_sn = U32::from_bytes(self.exp_stat_sn);
        header.data_sn = self.data_sn.into();
        header.buffer_offset = self.buffer_offset.into();
        DataOutPdu {
            header,
            len,
            is_final,
        }
    }
}

/// `max_data_segment`, or what it counts as (see [`DataOutSequence::max_data_segment`]).
#[inline]
pub(crate) const fn segment_limit(max_data_segment: u32) -> u32 {
    if max_data_segment == 0 {
        MIN_DATA_SEGMENT_LIMIT
    } else if max_data_segment > DATA_SEGMENT_MAX_LEN {
        DATA_SEGMENT_MAX_LEN
    } else {
        max_data_segment
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bhs::Header;
    use proptest::prelude::*;

    const SEQUENCE: DataOutSequence = DataOutSequence {
        lun: Lun::from_bytes([0, 1, 0, 2, 0, 3, 0, 4]),
        itt: InitiatorTaskTag::from_bytes([5, 6, 7, 8]),
        ttt: TargetTransferTag::from_bytes([9, 10, 11, 12]),
        exp_stat_sn: [13, 14, 15, 16],
        data_sn: 0x1112_1314,
        buffer_offset: 0x1516_1718,
        remaining: 0x0002_0000,
        max_data_segment: 0x0001_0203,
    };

    // The figure of section 11.7.
    #[test]
    fn fields_are_where_the_figure_has_them() {
        let mut expected = [0; 48];
        expected[0] = 0x05;
        expected[5..8].copy_from_slice(&[1, 2, 3]);
        expected[8..16].copy_from_slice(&[0, 1, 0, 2, 0, 3, 0, 4]);
        expected[16..24].copy_from_slice(&[5, 6, 7, 8, 9, 10, 11, 12]);
        expected[28..32].copy_from_slice(&[13, 14, 15, 16]);
        expected[36..44].copy_from_slice(&[0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18]);
        let pdu = SEQUENCE.next_pdu();
        assert_eq!(pdu.header.to_bytes(), expected);
        assert_eq!((pdu.len, pdu.is_final), (0x0001_0203, false));

        let last = DataOutSequence {
            remaining: 0x0001_0203,
            ..SEQUENCE
        };
        expected[1] = 0x80;
        let pdu = last.next_pdu();
        assert_eq!(pdu.header.to_bytes(), expected);
        assert_eq!((pdu.len, pdu.is_final), (0x0001_0203, true));
    }

    #[test]
    fn a_limit_that_cannot_be_counts_as_one_that_can() {
        for (max, limit) in [
            (0, 512),
            (1, 1),
            (272, 272),
            (8192, 8192),
            (0x00ff_ffff, 0x00ff_ffff),
            (0x0100_0000, 0x00ff_ffff),
            (u32::MAX, 0x00ff_ffff),
        ] {
            assert_eq!(segment_limit(max), limit);
            let sequence = DataOutSequence {
                max_data_segment: max,
                remaining: u32::MAX,
                ..SEQUENCE
            };
            let pdu = sequence.next_pdu();
            assert_eq!((pdu.len, pdu.is_final), (limit, false));
            assert_eq!(pdu.header.data_segment_length.get(), limit);
        }
    }

    proptest! {
        /// The PDUs of a sequence have all of its data, in order, and only the last one says so.
        #[test]
        fn a_sequence_comes_to_its_end(
            length in 0u32..100_000,
            buffer_offset in 0u32..100_000,
            max_data_segment in 0u32..20_000,
        ) {
            let mut sequence = DataOutSequence {
                data_sn: 0,
                buffer_offset,
                remaining: length,
                max_data_segment,
                ..SEQUENCE
            };
            let mut sent = 0;
            let limit = segment_limit(max_data_segment);
            for number in 0..=length / limit + 1 {
                let pdu = sequence.next_pdu();
                prop_assert_eq!(pdu.header.data_sn.get(), number);
                prop_assert_eq!(pdu.header.buffer_offset.get(), buffer_offset + sent);
                prop_assert_eq!(pdu.header.data_segment_length.get(), pdu.len);
                prop_assert!(pdu.len <= limit);
                prop_assert_eq!(pdu.header.flags.contains(FinalFlag::FINAL), pdu.is_final);
                sent += pdu.len;
                if pdu.is_final {
                    break;
                }
                sequence.data_sn += 1;
                sequence.buffer_offset += pdu.len;
                sequence.remaining -= pdu.len;
            }
            prop_assert_eq!(sent, length);
        }
    }
}
