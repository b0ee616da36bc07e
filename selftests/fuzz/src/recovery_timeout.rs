// SPDX-License-Identifier: GPL-2.0

//! Texts that root writes to `recovery_tmo`: a number in one of three radices or `off`, and what is shown can be
//! written.

use crate::input::Input;
use iscsi_proto::class::RecoveryTimeout;

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let raw = i32::from_be_bytes(input.array());
    let text = input.take_rest();
    let parsed = RecoveryTimeout::parse(text);
    assert_eq!(parsed.map(RecoveryTimeout::as_raw), read(text));
    check(RecoveryTimeout::from_raw(raw), raw);
    if let Some(time) = parsed {
        check(time, time.as_raw());
    }
    // Any number, as people write it.
    let number = u32::from_be_bytes(raw.to_be_bytes());
    let expected = i32::try_from(number).ok();
    for text in [
        format!("{number}\n"),
        format!("{number:#x}"),
        format!("0X{number:X}\0"),
        format!("0{number:o}\n"),
    ] {
        let parsed = RecoveryTimeout::parse(text.as_bytes());
        assert_eq!(parsed.map(RecoveryTimeout::as_raw), expected);
    }
}

/// The number that a text says: nothing counts from the first newline or NUL on.
fn read(text: &[u8]) -> Option<i32> {
    let mut lines = text.split(|byte| [b'\n', 0].contains(byte));
    let line = std::str::from_utf8(lines.next()?).ok()?;
    if line == "off" {
        return Some(-1);
    }
    let (digits, radix) = match (line.strip_prefix("0x"), line.strip_prefix("0X")) {
        (Some(digits), _) | (_, Some(digits)) => (digits, 16),
        _ if line.starts_with('0') => (line, 8),
        _ => (line, 10),
    };
    let are_digits = digits.chars().all(|digit| digit.is_digit(radix));
    let counting = digits.trim_start_matches('0');
    if digits.is_empty() || !are_digits || counting.len() > 11 {
        return None;
    }
    let value = counting.chars().fold(0, |value, digit| {
        value * i64::from(radix) + i64::from(digit.to_digit(radix).unwrap_or(0))
    });
    i32::try_from(value).ok()
}

fn check(time: RecoveryTimeout, raw: i32) {
    assert_eq!(time.as_raw(), raw);
    assert_eq!(time.seconds(), u32::try_from(raw).ok());
    assert_eq!(time.without_user_space().as_raw(), raw.min(0));
    let shown = time.to_string();
    assert_eq!(shown == "off", raw == -1);
    let written = RecoveryTimeout::parse(shown.as_bytes());
    assert_eq!(written, (raw >= -1).then_some(time));
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = |raw: i32, text: &[u8]| [&raw.to_be_bytes()[..], text].concat();
    vec![
        scene(120, b"120\n"),
        scene(0, b"off\n"),
        scene(-1, b"off"),
        scene(-2, b"offline"),
        scene(1, b"0x1F\n"),
        scene(i32::MAX, b"0X7fffffff\0"),
        scene(i32::MIN, b"2147483648"),
        scene(7, b"00000000000000000000000000000017777777777"),
        scene(8, b"08"),
        scene(9, b"0x"),
        scene(10, b" 1"),
        scene(11, b"-1\n"),
    ]
}
