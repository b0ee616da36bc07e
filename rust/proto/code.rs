// SPDX-License-Identifier: GPL-2.0

//! Fields of which only some values are assigned, and fields of independent bits.

/// A field holds a value that RFC 7143 does not assign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownCode<T = u8>(pub T);

/// Declares an enum of the assigned values of a field of an integer type, with `TryFrom` and
/// `From` back.
macro_rules! codes {
    (
        $(#[$meta:meta])*
        $name:ident: $int:ident { $($(#[$doc:meta])* $variant:ident = $value:literal,)+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr($int)]
        pub enum $name {
            $($(#[$doc])* $variant = $value,)+
        }

        impl $name {
            /// Every assigned value, in the order of the RFC.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
        }

        impl TryFrom<$int> for $name {
            type Error = $crate::code::UnknownCode<$int>;

            #[inline]
            fn try_from(value: $int) -> Result<Self, Self::Error> {
                match value {
                    $($value => Ok(Self::$variant),)+
                    _ => Err($crate::code::UnknownCode(value)),
                }
            }
        }

        impl From<$name> for $int {
            #[inline]
            fn from(code: $name) -> Self {
                code as $int
            }
        }
    };
}
pub(crate) use codes;

/// Declares the type of a byte of flags, as it is in a header. Bits that have no name are kept.
macro_rules! flags {
    (
        $(#[$meta:meta])*
        $name:ident { $($(#[$doc:meta])* $flag:ident = $value:literal,)* }
    ) => {
        $(#[$meta])*
        #[derive(
            Clone,
            Copy,
            Debug,
            Default,
            PartialEq,
            Eq,
            zerocopy_derive::FromBytes,
            zerocopy_derive::Immutable,
            zerocopy_derive::IntoBytes,
            zerocopy_derive::KnownLayout,
            zerocopy_derive::Unaligned,
        )]
        #[repr(transparent)]
        pub struct $name(u8);

        impl $name {
            $($(#[$doc])* pub const $flag: Self = Self($value);)*

            /// The flags of a byte as it is on the wire.
            #[inline]
            pub const fn from_bits(bits: u8) -> Self {
                Self(bits)
            }

            /// The byte as it goes on the wire.
            #[inline]
            pub const fn bits(self) -> u8 {
                self.0
            }

            /// Whether all flags of `flags` are set.
            #[inline]
            pub const fn contains(self, flags: Self) -> bool {
                self.0 & flags.0 == flags.0
            }

            /// These flags, and `flags` set if `set`, cleared otherwise.
            #[inline]
            pub const fn with(self, flags: Self, set: bool) -> Self {
                if set {
                    Self(self.0 | flags.0)
                } else {
                    Self(self.0 & !flags.0)
                }
            }
        }

        impl core::ops::BitOr for $name {
            type Output = Self;

            #[inline]
            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }
    };
}
pub(crate) use flags;

// The macros declare public items, which nobody outside of the tests sees.
#[cfg(test)]
#[allow(unreachable_pub)]
mod tests {
    use super::*;

    codes! {
        /// Two codes.
        Two: u8 {
            /// One.
            One = 0x01,
            /// Another.
            Other = 0x80,
        }
    }

    flags! {
        /// Two flags.
        Bits {
            /// The first bit.
            HIGH = 0x80,
            /// The last bit.
            LOW = 0x01,
        }
    }

    #[test]
    fn only_assigned_codes_are_known() {
        assert_eq!(Two::try_from(0x80), Ok(Two::Other));
        assert_eq!(u8::from(Two::One), 1);
        assert_eq!(
            (0..=255)
                .filter_map(|code| Two::try_from(code).ok())
                .count(),
            Two::ALL.len()
        );
        assert_eq!(Two::try_from(7), Err(UnknownCode(7)));
    }

    #[test]
    fn flags_are_independent_and_keep_other_bits() {
        let flags = Bits::from_bits(0x70) | Bits::HIGH;
        assert_eq!(flags.bits(), 0xf0);
        assert!(flags.contains(Bits::HIGH));
        assert!(!flags.contains(Bits::HIGH | Bits::LOW));
        assert_eq!(flags.with(Bits::LOW, true).bits(), 0xf1);
        assert_eq!(flags.with(Bits::HIGH, false).bits(), 0x70);
    }
}
