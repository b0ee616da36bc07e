// SPDX-License-Identifier: GPL-2.0

//! How long commands wait for somebody to log in again.

use core::fmt;

/// The time to log in again after a connection has failed, in seconds (`recovery_tmo`). Below zero
/// it never ends.
///
/// Its text is that of sysfs: `off` for -1, else the number.
///
/// # Examples
///
/// ```
/// use iscsi_proto::class::RecoveryTimeout;
///
/// assert_eq!(RecoveryTimeout::parse(b"0x78\n"), Some(RecoveryTimeout::DEFAULT));
/// assert_eq!(RecoveryTimeout::DEFAULT.seconds(), Some(120));
/// assert_eq!(RecoveryTimeout::parse(b"off"), Some(RecoveryTimeout::OFF));
/// assert_eq!(RecoveryTimeout::OFF.to_string(), "off");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryTimeout(i32);

impl RecoveryTimeout {
    /// No end.
    pub const OFF: Self = Self(-1);

    /// What a session begins with.
    pub const DEFAULT: Self = Self(120);

    /// The time with this number; any number is one.
    #[inline]
    pub const fn from_raw(raw: i32) -> Self {
        Self(raw)
    }

    /// Its number.
    #[inline]
    pub const fn as_raw(self) -> i32 {
        self.0
    }

    /// How many seconds it is, or [`None`] if it never ends.
    #[inline]
    pub const fn seconds(self) -> Option<u32> {
        if self.0 < 0 {
            return None;
        }
        Some(self.0 as u32)
    }

    /// The time that is left if nobody is there any more who could log in, because the system goes
    /// down: none, unless it was not to end.
    #[inline]
    pub const fn without_user_space(self) -> Self {
        if self.0 > 0 {
            Self(0)
        } else {
            self
        }
    }

    /// The time that `text` says, as sysfs gets it: `off`, or a number that is hexadecimal after
    /// `0x`, octal after `0` and else decimal. Both may be ended by a newline or a NUL, from which
    /// on nothing counts. [`None`] if it is something else, or does not fit.
    pub const fn parse(text: &[u8]) -> Option<Self> {
        let (radix, mut rest) = match text {
            b"off" | [b'o', b'f', b'f', b'\n' | 0, ..] => return Some(Self::OFF),
            // Without a digit it is a zero, and something behind it.
            [b'0', b'x' | b'X', digits @ ..] if digit_of(digits, 16).is_some() => (16, digits),
            [b'0', ..] => (8, text),
            _ => (10, text),
        };
        let Some(mut value) = digit_of(rest, radix) else {
            return None;
        };
        while let [_, behind @ ..] = rest {
            rest = behind;
            let Some(digit) = digit_of(rest, radix) else {
                break;
            };
            let Some(shifted) = value.checked_mul(radix) else {
                return None;
            };
            value = match shifted.checked_add(digit) {
                Some(sum) => sum,
                None => return None,
            };
        }
        match rest {
            [] | [b'\n' | 0, ..] if value <= i32::MAX as u32 => Some(Self(value as i32)),
            _ => None,
        }
    }
}

/// The value of the first byte of `text`, if that is a digit.
const fn digit_of(text: &[u8], radix: u32) -> Option<u32> {
    let value = match text {
        [digit @ b'0'..=b'9', ..] => digit.wrapping_sub(b'0'),
        [letter @ b'a'..=b'f', ..] => letter.wrapping_sub(b'a').wrapping_add(10),
        [letter @ b'A'..=b'F', ..] => letter.wrapping_sub(b'A').wrapping_add(10),
        _ => return None,
    } as u32;
    if value < radix {
        Some(value)
    } else {
        None
    }
}

impl fmt::Display for RecoveryTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::OFF => f.write_str("off"),
            Self(raw) => write!(f, "{raw}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_read_as_sysfs_has_it() {
        for (text, raw) in [
            (&b"0"[..], Some(0)),
            (b"0\n", Some(0)),
            (b"120\n", Some(120)),
            (b"120\0", Some(120)),
            (b"120\n120", Some(120)),
            (b"0x1F\n", Some(31)),
            (b"0Xff", Some(255)),
            (b"017", Some(15)),
            (b"00", Some(0)),
            (b"2147483647\n", Some(i32::MAX)),
            (b"0x7fffffff", Some(i32::MAX)),
            (b"00000000000000000000000000000017777777777", Some(i32::MAX)),
            (b"off", Some(-1)),
            (b"off\n", Some(-1)),
            (b"off\0", Some(-1)),
            (b"", None),
            (b"\n", None),
            (b"-1", None),
            (b"+1", None),
            (b" 1", None),
            (b"1 ", None),
            (b"1s", None),
            (b"08", None),
            (b"0x", None),
            (b"0xg", None),
            (b"0x\n", None),
            (b"ff", None),
            (b"OFF", None),
            (b"of", None),
            (b"offline", None),
            (b"off ", None),
            (b"2147483648", None),
            (b"4294967295", None),
            (b"4294967296", None),
            (b"0x100000000", None),
            (b"99999999999999999999999", None),
        ] {
            assert_eq!(
                RecoveryTimeout::parse(text).map(RecoveryTimeout::as_raw),
                raw,
                "{text:?}"
            );
        }
    }

    #[test]
    fn only_one_time_has_a_name() {
        for (raw, text) in [
            (-1, "off"),
            (-2, "-2"),
            (i32::MIN, "-2147483648"),
            (0, "0"),
            (120, "120"),
        ] {
            assert_eq!(RecoveryTimeout::from_raw(raw).to_string(), text);
        }
    }

    #[test]
    fn below_zero_there_is_no_end() {
        for (raw, seconds, without) in [
            (i32::MIN, None, i32::MIN),
            (-1, None, -1),
            (0, Some(0), 0),
            (1, Some(1), 0),
            (i32::MAX, Some(i32::MAX as u32), 0),
        ] {
            let time = RecoveryTimeout::from_raw(raw);
            assert_eq!(time.seconds(), seconds);
            assert_eq!(time.without_user_space().as_raw(), without);
        }
    }

    proptest! {
        /// What is shown can be written, unless it is below -1.
        #[test]
        fn what_is_shown_can_be_written(raw in -1..=i32::MAX) {
            let time = RecoveryTimeout::from_raw(raw);
            prop_assert_eq!(RecoveryTimeout::parse(time.to_string().as_bytes()), Some(time));
            prop_assert_eq!(RecoveryTimeout::parse(format!("{time}\n").as_bytes()), Some(time));
        }

        /// Every number in every radix.
        #[test]
        fn numbers_are_read(value: u32) {
            let expected = i32::try_from(value).ok().map(RecoveryTimeout::from_raw);
            for text in [format!("{value}"), format!("{value:#x}"), format!("0{value:o}")] {
                prop_assert_eq!(RecoveryTimeout::parse(text.as_bytes()), expected);
            }
        }

        /// Whatever root writes.
        #[test]
        fn any_bytes_may_come(text in proptest::collection::vec(
            prop_oneof![any::<u8>(), b'0'..=b'9', Just(b'x'), Just(b'\n')],
            0..14,
        )) {
            if let Some(time) = RecoveryTimeout::parse(&text) {
                prop_assert!(time == RecoveryTimeout::OFF || time.seconds().is_some());
                prop_assert_ne!(text, b"");
            }
        }
    }
}
