// SPDX-License-Identifier: GPL-2.0

//! Texts that user space sets parameters to (RFC 7143, section 13): a number in the range of its parameter is taken as
//! that number, and all other texts are refused.

use crate::input::Input;
use iscsi_proto::param::{self, parse_decimal, Rule};

/// Every parameter that is a number, and its smallest and greatest value.
const NUMBERS: &[(Rule, i64, i64)] = &[
    (param::HEADER_DIGEST, 0, 1),
    (param::DATA_DIGEST, 0, 1),
    (param::INITIAL_R2T, 0, 1),
    (param::IMMEDIATE_DATA, 0, 1),
    (param::MAX_RECV_DATA_SEGMENT_LENGTH, 512, 0x00ff_ffff),
    (param::MAX_XMIT_DATA_SEGMENT_LENGTH, 512, 0x00ff_ffff),
    (param::MAX_BURST_LENGTH, 512, 0x00ff_ffff),
    (param::FIRST_BURST_LENGTH, 512, 0x00ff_ffff),
    (param::MAX_OUTSTANDING_R2T, 1, 0xffff),
    (param::DATA_PDU_IN_ORDER, 0, 1),
    (param::DATA_SEQUENCE_IN_ORDER, 0, 1),
    (param::ERROR_RECOVERY_LEVEL, 0, 2),
    (param::EXP_STAT_SN, -0x8000_0000, 0xffff_ffff),
    (param::TARGET_PORTAL_GROUP_TAG, -1, 0xffff),
    (param::PORT, 0, 0xffff),
    (param::DISCOVERY_SESSION, 0, 1),
    (param::FAST_ABORT, 0, 1),
    (param::SECONDS, 0, 2_147_483),
];

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let (rule, min, max) = input.choose(NUMBERS);
    let border = input.choose(&[min, max, 0]);
    let step = i8::from_be_bytes(input.array());
    let written = i64::from_be_bytes(input.array());
    let text = input.take_rest();

    check(text);
    // Numbers as iscsid writes them: next to where a range ends, and any.
    for value in [border + i64::from(step), written] {
        let expected = (min..=max).contains(&value).then_some(value);
        assert_eq!(rule.number(value.to_string().as_bytes()), expected);
    }
    assert_eq!(param::TEXT.allows_len(text.len()), text.len() <= 255);
    assert!(!rule.allows_len(text.len()));
}

/// Any text at all, for every parameter.
fn check(text: &[u8]) {
    let value = read(text);
    let settable = value.filter(|value| (-0x8000_0000..=0xffff_ffff).contains(value));
    assert_eq!(parse_decimal(text), settable);
    for (rule, min, max) in NUMBERS {
        let expected = value.filter(|value| (min..=max).contains(&value));
        assert_eq!(rule.number(text), expected);
    }
    assert_eq!(param::TEXT.number(text), None);
}

/// The number that `%d` reads, unless it has more digits than any parameter.
pub(crate) fn read(text: &[u8]) -> Option<i64> {
    let is_space = |byte: &u8| matches!(byte, 9..=13 | 32 | 0xa0);
    let start = text.iter().position(|byte| !is_space(byte))?;
    let number = &text[start..];
    let (sign, digits) = match number {
        [b'-', digits @ ..] => (-1, digits),
        digits => (1, digits),
    };
    let count = digits.iter().take_while(|digit| digit.is_ascii_digit());
    let digits = &digits[..count.count()];
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    let counting = &digits[zeros..];
    if digits.is_empty() || counting.len() > 10 {
        return None;
    }
    let value = counting
        .iter()
        .fold(0, |value, digit| value * 10 + i64::from(*digit - b'0'));
    Some(sign * value)
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = |rule: u8, border: u8, step: i8, written: i64, text: &[u8]| {
        [
            &[rule, border][..],
            &step.to_be_bytes(),
            &written.to_be_bytes(),
            text,
        ]
        .concat()
    };
    vec![
        scene(0, 1, 0, 1, b"1"),
        scene(4, 0, -1, 8192, b"262144\0"),
        scene(4, 1, 1, 0x0100_0000, b"511"),
        scene(12, 0, -1, -1, b"4294967295"),
        scene(12, 1, 1, 1 << 32, b"4294967296"),
        scene(13, 0, 0, -1, b" \t\n\x0b\x0c\r\xa0-1\n"),
        scene(17, 1, 0, i64::MAX, b"0000000000000000000002147483"),
        scene(8, 0, -1, i64::MIN, b"-99999999999999999999999999"),
        scene(9, 2, -1, 0, b"Yes"),
        scene(9, 2, 2, 0, b"--1"),
        scene(9, 2, 2, 0, b"- 1"),
        scene(16, 2, 0, 0, &[b'1'; 255]),
        scene(16, 2, 0, 0, &[b'0'; 256]),
    ]
}
