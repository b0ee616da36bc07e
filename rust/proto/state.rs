// SPDX-License-Identifier: GPL-2.0

//! Values that the modules share as an `int`: states, and reasons.

/// Declares an enum of the assigned numbers of an `int`, with `from_raw` and `as_raw`. Where each
/// has a text behind it, that is its `name` in sysfs.
macro_rules! states {
    (
        $(#[$meta:meta])*
        $name:ident { $($(#[$doc:meta])* $variant:ident = $value:literal,)+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$doc])* $variant = $value,)+
        }

        impl $name {
            /// The value with this number, or [`None`] if there is none.
            #[inline]
            pub const fn from_raw(raw: i32) -> Option<Self> {
                match raw {
                    $($value => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// Its number.
            #[inline]
            pub const fn as_raw(self) -> i32 {
                self as i32
            }
        }
    };
    (
        $(#[$meta:meta])*
        $name:ident { $($(#[$doc:meta])* $variant:ident = $value:literal => $text:literal,)+ }
    ) => {
        $crate::state::states! {
            $(#[$meta])*
            $name { $($(#[$doc])* $variant = $value,)+ }
        }

        impl $name {
            /// Its name in sysfs.
            #[inline]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}
pub(crate) use states;
