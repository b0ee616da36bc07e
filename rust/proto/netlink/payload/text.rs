// SPDX-License-Identifier: GPL-2.0

//! Text.

use super::Refusal;
use crate::param::parse_decimal;

/// A payload with a text that is said to have a length that it can have, but may have no end.
#[derive(Debug, PartialEq, Eq)]
pub struct DeclaredText<'a> {
    payload: &'a mut [u8],
    declared: u32,
}

/// Checks the length that the text in `payload` is said to have.
///
/// # Errors
///
/// It is more than the payload has, or more than `page_size`, which is the most that a driver
/// expects.
pub fn declared_text(
    payload: &mut [u8],
    declared: u32,
    page_size: usize,
) -> Result<DeclaredText<'_>, Refusal> {
    if declared as usize > payload.len() {
        return Err(Refusal::TextLen {
            declared,
            payload: payload.len(),
        });
    }
    if declared as usize > page_size {
        return Err(Refusal::TextLimit {
            declared,
            limit: page_size,
        });
    }
    Ok(DeclaredText { payload, declared })
}

impl<'a> DeclaredText<'a> {
    /// The text.
    ///
    /// # Errors
    ///
    /// There is no NUL in the payload, or the text before it is longer than it is said to be. The
    /// NUL itself may be counted in that, or not.
    pub fn text(self) -> Result<Text<'a>, Refusal> {
        let Self { payload, declared } = self;
        // A payload that is all text has no byte behind it.
        let scanned = payload.get(..=declared as usize).unwrap_or(payload);
        let mut len: usize = 0;
        for byte in scanned {
            if *byte == 0 {
                // INVARIANT: This is the first NUL.
                return Ok(Text {
                    payload,
                    len,
                    declared,
                });
            }
            // No more than the length of a slice.
            len = len.wrapping_add(1);
        }
        Err(Refusal::Unterminated { declared })
    }
}

/// The text in `payload`, which is said to have `declared_len` bytes:
/// [`declared_text`] and [`DeclaredText::text`] at once.
///
/// # Errors
///
/// Those of the two.
pub fn text(payload: &mut [u8], declared_len: u32, page_size: usize) -> Result<Text<'_>, Refusal> {
    declared_text(payload, declared_len, page_size)?.text()
}

/// A text where it lies in the payload: drivers look for its end themselves, and may write to it.
///
/// # Invariants
///
/// There is a NUL `len` bytes into the payload, and none before.
#[derive(Debug, PartialEq, Eq)]
pub struct Text<'a> {
    payload: &'a mut [u8],
    len: usize,
    declared: u32,
}

impl<'a> Text<'a> {
    /// The text before the NUL.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        self.payload.get(..self.len).unwrap_or_default()
    }

    /// How long the sender says that it is.
    #[inline]
    pub const fn declared_len(&self) -> u32 {
        self.declared
    }

    /// The payload, which begins with the text and its NUL.
    #[inline]
    pub fn into_payload(self) -> &'a mut [u8] {
        self.payload
    }

    /// The number at the beginning of the text, as `sscanf` of the kernel reads it with `%d`
    /// ([`parse_decimal`]). [`None`] if there is no number, or none that fits.
    pub fn parse_int(&self) -> Option<i32> {
        parse_decimal(self.bytes())?.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_ends_at_its_nul() {
        for (payload, declared, expected) in [
            (&b"\0"[..], 0, Ok(&b""[..])),
            (b"\0", 1, Ok(b"")),
            (b"abc\0", 4, Ok(b"abc")),
            (b"abc\0", 3, Ok(b"abc")),
            (b"abc\0def\0", 8, Ok(b"abc")),
            (b"abc\0def", 5, Ok(b"abc")),
            (b"abc\0", 2, Err(Refusal::Unterminated { declared: 2 })),
            (b"abc\0", 0, Err(Refusal::Unterminated { declared: 0 })),
            (b"abc", 3, Err(Refusal::Unterminated { declared: 3 })),
            (b"", 0, Err(Refusal::Unterminated { declared: 0 })),
            (
                b"abc\0",
                5,
                Err(Refusal::TextLen {
                    declared: 5,
                    payload: 4,
                }),
            ),
            (
                b"",
                u32::MAX,
                Err(Refusal::TextLen {
                    declared: u32::MAX,
                    payload: 0,
                }),
            ),
            (
                b"abcdefg\0\0",
                9,
                Err(Refusal::TextLimit {
                    declared: 9,
                    limit: 8,
                }),
            ),
            (b"abcdefg\0\0", 8, Ok(b"abcdefg")),
        ] {
            let mut copy = payload.to_vec();
            let found = text(&mut copy, declared, 8);
            let bytes = found.as_ref().map(Text::bytes);
            assert_eq!(bytes, expected.as_ref().map(|it| *it), "{payload:?}");
            if let Ok(text) = found {
                let len = text.bytes().len();
                assert_eq!(text.declared_len(), declared);
                let whole = text.into_payload();
                assert_eq!(whole, payload);
                assert_eq!(whole[len], 0);
            }
        }
    }

    #[test]
    fn the_length_is_judged_before_the_text() {
        let payload = &mut b"abc".to_owned()[..];
        assert!(declared_text(payload, 3, 8).is_ok());
        assert!(declared_text(payload, 3, 8).unwrap().text().is_err());
        assert!(declared_text(payload, 4, 8).is_err());
        assert!(declared_text(payload, 3, 2).is_err());
    }

    #[test]
    fn a_text_may_be_a_number() {
        for (bytes, number) in [
            (&b"120\0"[..], Some(120)),
            (b"-1\0", Some(-1)),
            (b"0\0", Some(0)),
            (b" \t7 seconds\0", Some(7)),
            (b"2147483647\0", Some(i32::MAX)),
            (b"-2147483648\0", Some(i32::MIN)),
            (b"2147483648\0", None),
            (b"4294967295\0", None),
            (b"99999999999999999999\0", None),
            (b"\x00120\0", None),
            (b"off\0", None),
            (b"\0", None),
        ] {
            let mut payload = bytes.to_vec();
            let text = text(&mut payload, bytes.len() as u32, 4096).unwrap();
            assert_eq!(text.parse_int(), number, "{bytes:?}");
        }
    }

    proptest! {
        /// Whatever is declared, a text lies in the payload, and in what is declared but for the
        /// NUL.
        #[test]
        fn any_text_may_come(
            payload in proptest::collection::vec(
                prop_oneof![3 => any::<u8>(), 1 => Just(0)],
                0..40,
            ),
            declared in prop_oneof![any::<u32>(), 0u32..50],
            page_size in 0usize..50,
        ) {
            let nul = payload.iter().position(|byte| *byte == 0);
            match text(&mut payload.clone(), declared, page_size) {
                Ok(text) => {
                    let nul = nul.unwrap();
                    prop_assert_eq!(text.bytes(), &payload[..nul]);
                    prop_assert!(nul <= declared as usize);
                    prop_assert!(declared as usize <= payload.len().min(page_size));
                    text.parse_int();
                    prop_assert_eq!(text.into_payload(), &payload);
                }
                Err(_) => prop_assert!(
                    declared as usize > payload.len().min(page_size)
                        || nul.is_none_or(|nul| nul > declared as usize)
                ),
            }
        }
    }
}
