// SPDX-License-Identifier: GPL-2.0

//! Numbers that wrap around: CmdSN, StatSN and what is compared with them (RFC 7143, section
//! 4.2.2.1, after RFC 1982 with SERIAL_BITS of 32).
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::serial::SerialNumber;
//!
//! let last = SerialNumber::new(u32::MAX);
//! assert!(last.next().is_after(last));
//! assert_eq!(last.next(), SerialNumber::new(0));
//! ```

use zerocopy::byteorder::big_endian::U32;

/// A number of which only the 2³¹ - 1 that follow come after it.
///
/// There is no `PartialOrd`: this order is not transitive. Two numbers 2³¹ apart are in no order
/// at all, which RFC 1982 leaves open; every question about their order is answered by no, so
/// nothing is done because of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct SerialNumber(u32);

impl SerialNumber {
    /// The largest distance between two numbers that are in an order.
    pub const MAX_DISTANCE: u32 = u32::MAX >> 1;

    /// The number `value`.
    #[inline]
    pub const fn new(value: u32) -> Self {
        Self(value)
    }

    /// Its value.
    #[inline]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Whether this number comes after `other`.
    #[inline]
    pub const fn is_after(self, other: Self) -> bool {
        self.0 != other.0 && self.is_at_or_after(other)
    }

    /// Whether this number is `other` or comes after it.
    #[inline]
    pub const fn is_at_or_after(self, other: Self) -> bool {
        self.distance_from(other) <= Self::MAX_DISTANCE
    }

    /// Whether this number comes before `other`.
    #[inline]
    pub const fn is_before(self, other: Self) -> bool {
        other.is_after(self)
    }

    /// Whether this number is `other` or comes before it.
    #[inline]
    pub const fn is_at_or_before(self, other: Self) -> bool {
        other.is_at_or_after(self)
    }

    /// The number that follows this one.
    #[inline]
    pub const fn next(self) -> Self {
        self.advance(1)
    }

    /// The number before this one.
    #[inline]
    pub const fn previous(self) -> Self {
        Self(self.0.wrapping_sub(1))
    }

    /// The number `count` numbers on. It comes after this one if `count` is neither 0 nor more
    /// than [`Self::MAX_DISTANCE`].
    #[inline]
    pub const fn advance(self, count: u32) -> Self {
        Self(self.0.wrapping_add(count))
    }

    /// How many numbers it is from `other` to this one, going up.
    #[inline]
    pub const fn distance_from(self, other: Self) -> u32 {
        self.0.wrapping_sub(other.0)
    }
}

impl From<u32> for SerialNumber {
    #[inline]
    fn from(value: u32) -> Self {
        Self(value)
    }
}

impl From<U32> for SerialNumber {
    /// The number in a field of a header.
    #[inline]
    fn from(value: U32) -> Self {
        Self(value.get())
    }
}

impl From<SerialNumber> for U32 {
    #[inline]
    fn from(number: SerialNumber) -> Self {
        Self::new(number.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The order as the Linux stack has it: the sign of the difference.
    fn c_lt(a: u32, b: u32) -> bool {
        (a.wrapping_sub(b) as i32) < 0
    }

    #[test]
    fn order_goes_on_over_the_end() {
        let (last, first) = (SerialNumber::new(u32::MAX), SerialNumber::new(0));
        assert!(first.is_after(last));
        assert!(first.is_at_or_after(last));
        assert!(last.is_before(first));
        assert!(last.is_at_or_before(first));
        assert!(!last.is_after(first));
        assert_eq!(last.next(), first);
        assert_eq!(first.previous(), last);
        assert_eq!(first.distance_from(last), 1);
    }

    // RFC 1982, section 3.2.
    #[test]
    fn the_farthest_numbers_are_in_no_order() {
        let (a, b) = (SerialNumber::new(7), SerialNumber::new(7 + (1 << 31)));
        for (a, b) in [(a, b), (b, a)] {
            assert!(!a.is_after(b));
            assert!(!a.is_before(b));
            assert!(!a.is_at_or_after(b));
            assert!(!a.is_at_or_before(b));
        }
        assert!(a.advance(SerialNumber::MAX_DISTANCE).is_after(a));
    }

    #[test]
    fn header_fields_hold_serial_numbers() {
        let number = SerialNumber::from(U32::new(0x01_02_03_04));
        assert_eq!(number, SerialNumber::from(0x01_02_03_04));
        assert_eq!(U32::from(number).to_bytes(), [1, 2, 3, 4]);
        assert_eq!(number.get(), 0x01_02_03_04);
    }

    proptest! {
        /// Wherever an order is defined, it is that of the Linux stack.
        #[test]
        fn order_is_the_sign_of_the_difference(a: u32, b: u32) {
            prop_assume!(a.wrapping_sub(b) != 1 << 31);
            let (x, y) = (SerialNumber::new(a), SerialNumber::new(b));
            prop_assert_eq!(x.is_before(y), c_lt(a, b));
            prop_assert_eq!(x.is_after(y), c_lt(b, a));
            prop_assert_eq!(x.is_at_or_before(y), a == b || c_lt(a, b));
            prop_assert_eq!(x.is_at_or_after(y), a == b || c_lt(b, a));
        }

        /// RFC 1982, section 3.1: adding goes up.
        #[test]
        fn advancing_goes_up(a: u32, count in 1..=SerialNumber::MAX_DISTANCE) {
            let a = SerialNumber::new(a);
            prop_assert!(a.advance(count).is_after(a));
            prop_assert_eq!(a.advance(count).distance_from(a), count);
            prop_assert_eq!(a.next().previous(), a);
        }
    }
}
