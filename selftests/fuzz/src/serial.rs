// SPDX-License-Identifier: GPL-2.0

//! Serial numbers, compared as RFC 1982 (section 3.2) has it, word by word.

use crate::input::{words, Input};
use iscsi_proto::serial::SerialNumber;

/// "i1 is said to be less than i2" of RFC 1982, with SERIAL_BITS of 32.
pub(crate) fn is_less(i1: u32, i2: u32) -> bool {
    let (i1, i2) = (i64::from(i1), i64::from(i2));
    let half = 1 << 31;
    (i1 < i2 && i2 - i1 < half) || (i1 > i2 && i1 - i2 > half)
}

/// `number` and as many more as `count`, modulo 2^32.
pub(crate) fn add(number: u32, count: i64) -> u32 {
    let sum = (i64::from(number) + count).rem_euclid(1 << 32);
    u32::try_from(sum).expect("it is less than 2^32")
}

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let (i1, i2) = (input.word(), input.word());
    let (one, other) = (SerialNumber::new(i1), SerialNumber::from(i2));

    assert_eq!(one.is_before(other), is_less(i1, i2));
    assert_eq!(one.is_after(other), is_less(i2, i1));
    assert_eq!(one.is_at_or_before(other), i1 == i2 || is_less(i1, i2));
    assert_eq!(one.is_at_or_after(other), i1 == i2 || is_less(i2, i1));

    assert_eq!(one.next().get(), add(i1, 1));
    assert_eq!(one.previous().get(), add(i1, -1));
    let further = one.advance(i2);
    assert_eq!(further.get(), add(i1, i64::from(i2)));
    assert_eq!(further.distance_from(one), i2);
    assert_eq!(
        further.is_after(one),
        i2 > 0 && i2 <= SerialNumber::MAX_DISTANCE
    );
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    vec![
        words([1, 1]),
        words([u32::MAX, 0]),
        words([0, 1 << 31]),
        words([1, 1 << 31]),
        words([(1 << 31) + 1, 0]),
    ]
}
