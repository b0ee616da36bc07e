// SPDX-License-Identifier: GPL-2.0

//! What user space sets as text: numbers, and which of them may be (RFC 7143, section 13).
//!
//! The parameters are `ISCSI_PARAM_*` of [`include/scsi/iscsi_if.h`](srctree/include/scsi/iscsi_if.h).
//! User space has negotiated their values with a target, which may have answered anything.
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::param;
//!
//! assert_eq!(param::MAX_BURST_LENGTH.number(b"262144\0"), Some(262144));
//! assert_eq!(param::MAX_BURST_LENGTH.number(b"0"), None);
//! assert_eq!(param::IMMEDIATE_DATA.number(b"2"), None);
//! assert!(param::TEXT.allows_len(255));
//! ```

use crate::{
    data_out::MIN_DATA_SEGMENT_LIMIT,
    pdu::DATA_SEGMENT_MAX_LEN, //
};

/// Which values a parameter may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A number.
    Range {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// 0 for no, 1 for yes.
    Flag,
    /// Text.
    Text {
        /// Its greatest length, in bytes.
        max_len: usize,
    },
}

impl Rule {
    /// The number in `text`, as in [`parse_decimal`]; [`None`] if there is none, or none that this
    /// rule allows.
    #[inline]
    pub const fn number(self, text: &[u8]) -> Option<i64> {
        let Some(value) = parse_decimal(text) else {
            return None;
        };
        let (min, max) = match self {
            Self::Range { min, max } => (min, max),
            Self::Flag => (0, 1),
            Self::Text { .. } => return None,
        };
        if value < min || value > max {
            return None;
        }
        Some(value)
    }

    /// Whether this rule allows a text of `len` bytes.
    #[inline]
    pub const fn allows_len(self, len: usize) -> bool {
        match self {
            Self::Text { max_len } => len <= max_len,
            Self::Range { .. } | Self::Flag => false,
        }
    }
}

/// The numbers from `min` to `max`, as far as 32 bits go.
const fn range(min: u32, max: u32) -> Rule {
    Rule::Range {
        min: min as i64,
        max: max as i64,
    }
}

/// HeaderDigest (RFC 7143, section 13.1): whether it is CRC32C.
pub const HEADER_DIGEST: Rule = Rule::Flag;

/// DataDigest (RFC 7143, section 13.1): whether it is CRC32C.
pub const DATA_DIGEST: Rule = Rule::Flag;

/// InitialR2T (RFC 7143, section 13.10).
pub const INITIAL_R2T: Rule = Rule::Flag;

/// ImmediateData (RFC 7143, section 13.11).
pub const IMMEDIATE_DATA: Rule = Rule::Flag;

/// MaxRecvDataSegmentLength of the initiator, in bytes (RFC 7143, section 13.12).
pub const MAX_RECV_DATA_SEGMENT_LENGTH: Rule = range(MIN_DATA_SEGMENT_LIMIT, DATA_SEGMENT_MAX_LEN);

/// MaxRecvDataSegmentLength of the target, in bytes (RFC 7143, section 13.12).
pub const MAX_XMIT_DATA_SEGMENT_LENGTH: Rule = MAX_RECV_DATA_SEGMENT_LENGTH;

/// MaxBurstLength, in bytes (RFC 7143, section 13.13).
pub const MAX_BURST_LENGTH: Rule = range(512, DATA_SEGMENT_MAX_LEN);

/// FirstBurstLength, in bytes (RFC 7143, section 13.14). That it must not exceed MaxBurstLength is
/// known only when both are set.
pub const FIRST_BURST_LENGTH: Rule = range(512, DATA_SEGMENT_MAX_LEN);

/// MaxOutstandingR2T (RFC 7143, section 13.17).
pub const MAX_OUTSTANDING_R2T: Rule = range(1, 65535);

/// DataPDUInOrder (RFC 7143, section 13.18).
pub const DATA_PDU_IN_ORDER: Rule = Rule::Flag;

/// DataSequenceInOrder (RFC 7143, section 13.19).
pub const DATA_SEQUENCE_IN_ORDER: Rule = Rule::Flag;

/// ErrorRecoveryLevel (RFC 7143, section 13.20).
pub const ERROR_RECOVERY_LEVEL: Rule = range(0, 2);

/// ExpStatSN after the login (RFC 7143, section 4.2.2.2): any 32 bits. iscsid writes them as a
/// signed number, so the last 32 bits of the value count.
pub const EXP_STAT_SN: Rule = Rule::Range {
    min: i32::MIN as i64,
    max: u32::MAX as i64,
};

/// TargetPortalGroupTag (RFC 7143, section 13.9), or -1 as long as it is not known.
pub const TARGET_PORTAL_GROUP_TAG: Rule = Rule::Range {
    min: -1,
    max: 65535,
};

/// A TCP port.
pub const PORT: Rule = range(0, 65535);

/// Whether a session is one for discovery (SessionType: RFC 7143, section 13.21).
pub const DISCOVERY_SESSION: Rule = Rule::Flag;

/// Whether the target need not be given all data it has asked for before it aborts tasks
/// (TaskReporting: RFC 7143, section 13.23).
pub const FAST_ABORT: Rule = Rule::Flag;

/// A time-out in seconds. In ticks, of which there are up to 1000 in a second, it has 31 bits.
pub const SECONDS: Rule = range(0, i32::MAX as u32 / 1000);

/// Names, addresses and all other text: no value has more (RFC 7143, section 6.1).
pub const TEXT: Rule = Rule::Text { max_len: 255 };

/// The smallest number that can be set.
const MIN: i64 = i32::MIN as i64;

/// The largest number that can be set.
const MAX: i64 = u32::MAX as i64;

/// The decimal number at the beginning of `text`, as `sscanf` of the kernel reads it with `%d`:
/// after white space and a minus, up to what is no digit. [`None`] if there is no digit, or if it
/// is a number neither for `int` nor for `unsigned int`.
///
/// # Examples
///
/// ```
/// use iscsi_proto::param::parse_decimal;
///
/// assert_eq!(parse_decimal(b" -12\n"), Some(-12));
/// assert_eq!(parse_decimal(b"4294967296"), None);
/// assert_eq!(parse_decimal(b"Yes"), None);
/// ```
pub const fn parse_decimal(text: &[u8]) -> Option<i64> {
    let mut text = text;
    // What isspace() of the kernel takes for white space.
    while let [b' ' | b'\t'..=b'\r' | 0xa0, rest @ ..] = text {
        text = rest;
    }
    let negative = matches!(text, [b'-', ..]);
    if let [b'-', rest @ ..] = text {
        text = rest;
    }
    if !matches!(text, [b'0'..=b'9', ..]) {
        return None;
    }
    let mut value: i64 = 0;
    while let [digit @ b'0'..=b'9', rest @ ..] = text {
        // 33 bits and a sign at most, so ten times that is far from 64.
        let digit = digit.wrapping_sub(b'0') as i64;
        let shifted = value.wrapping_mul(10);
        value = if negative {
            shifted.wrapping_sub(digit)
        } else {
            shifted.wrapping_add(digit)
        };
        if value < MIN || value > MAX {
            return None;
        }
        text = rest;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_read_as_sscanf_does() {
        for (text, value) in [
            (&b"0"[..], Some(0)),
            (b"-0", Some(0)),
            (b"007", Some(7)),
            (b"42\0garbage", Some(42)),
            (b"42 ", Some(42)),
            (b"42.5", Some(42)),
            (b" \t\n\x0b\x0c\r\xa0-42", Some(-42)),
            (b"2147483648", Some(1 << 31)),
            (b"4294967295", Some(0xffff_ffff)),
            (b"00000000000000000000000000004294967295", Some(0xffff_ffff)),
            (b"4294967296", None),
            (b"-2147483648", Some(-(1 << 31))),
            (b"-2147483649", None),
            (b"18446744073709551616", None),
            (b"99999999999999999999999999999999999999999999", None),
            (b"-99999999999999999999999999999999999999999999", None),
            (b"", None),
            (b" ", None),
            (b"-", None),
            (b"- 1", None),
            (b"--1", None),
            (b"+1", None),
            (b"x1", None),
            (b"\x001", None),
            (b"Yes", None),
        ] {
            assert_eq!(parse_decimal(text), value, "{text:?}");
        }
    }

    #[test]
    fn every_number_has_its_range() {
        for (rule, min, max) in [
            (HEADER_DIGEST, 0, 1),
            (DATA_DIGEST, 0, 1),
            (INITIAL_R2T, 0, 1),
            (IMMEDIATE_DATA, 0, 1),
            (MAX_RECV_DATA_SEGMENT_LENGTH, 512, 16_777_215),
            (MAX_XMIT_DATA_SEGMENT_LENGTH, 512, 16_777_215),
            (MAX_BURST_LENGTH, 512, 16_777_215),
            (FIRST_BURST_LENGTH, 512, 16_777_215),
            (MAX_OUTSTANDING_R2T, 1, 65_535),
            (DATA_PDU_IN_ORDER, 0, 1),
            (DATA_SEQUENCE_IN_ORDER, 0, 1),
            (ERROR_RECOVERY_LEVEL, 0, 2),
            (EXP_STAT_SN, -2_147_483_648, 4_294_967_295),
            (TARGET_PORTAL_GROUP_TAG, -1, 65_535),
            (PORT, 0, 65_535),
            (DISCOVERY_SESSION, 0, 1),
            (FAST_ABORT, 0, 1),
            (SECONDS, 0, 2_147_483),
        ] {
            let number = |value: i64| rule.number(value.to_string().as_bytes());
            assert_eq!(number(min), Some(min), "{rule:?}");
            assert_eq!(number(max), Some(max), "{rule:?}");
            assert_eq!(number(min - 1), None, "{rule:?}");
            assert_eq!(number(max + 1), None, "{rule:?}");
            assert_eq!(rule.number(b"none"), None);
            assert!(!rule.allows_len(1));
        }
    }

    #[test]
    fn text_has_a_length_and_is_no_number() {
        assert!(TEXT.allows_len(0));
        assert!(TEXT.allows_len(255));
        assert!(!TEXT.allows_len(256));
        assert_eq!(TEXT.number(b"1"), None);
    }

    // iscsid writes a StatSN with "%d".
    #[test]
    fn a_stat_sn_may_look_negative() {
        for stat_sn in [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
            for text in [stat_sn.to_string(), (stat_sn as i32).to_string()] {
                let value = EXP_STAT_SN.number(text.as_bytes());
                assert_eq!(value.map(|value| value as u32), Some(stat_sn));
            }
        }
    }

    proptest! {
        /// Every number of 32 bits is read, whatever stands around it.
        #[test]
        fn numbers_are_read(
            value in i64::from(i32::MIN)..=u32::MAX.into(),
            before in "[ \t\n]{0,5}",
            behind in "([^0-9].{0,5})?",
        ) {
            let text = format!("{before}{value}{behind}");
            prop_assert_eq!(parse_decimal(text.as_bytes()), Some(value));
        }

        /// No other number is.
        #[test]
        fn other_numbers_are_not(value in prop_oneof![
            i128::MIN..i32::MIN.into(),
            i128::from(u32::MAX) + 1..i128::MAX,
        ]) {
            prop_assert_eq!(parse_decimal(value.to_string().as_bytes()), None);
        }

        /// Whatever user space writes, a number that comes out is one that went in.
        #[test]
        fn any_bytes_may_come(text in proptest::collection::vec(
            prop_oneof![any::<u8>(), Just(b'-'), Just(b' '), b'0'..=b'9'],
            0..20,
        )) {
            let trimmed = text
                .iter()
                .position(|byte| !matches!(byte, b' ' | 9..=13 | 0xa0))
                .map_or(&[][..], |start| &text[start..]);
            let sign = usize::from(trimmed.first() == Some(&b'-'));
            let digits = trimmed[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            let number = std::str::from_utf8(&trimmed[..sign + digits]).unwrap();
            let expected = number
                .parse::<i128>()
                .ok()
                .and_then(|value| i64::try_from(value).ok())
                .filter(|value| (MIN..=MAX).contains(value));
            prop_assert_eq!(parse_decimal(&text), expected);
        }
    }
}
