// SPDX-License-Identifier: GPL-2.0

//! Additional Header Segments (RFC 7143, section 11.2.2): what follows a Basic Header Segment whose
//! TotalAHSLength is not zero.
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::ahs::{write_extended_cdb, Ahs, Segments};
//!
//! // The last four bytes of a CDB of 20.
//! let mut bytes = [0; 8];
//! assert_eq!(write_extended_cdb(&[1, 2, 3, 4], &mut bytes), Ok(2));
//! assert_eq!(bytes, [0, 5, 1, 0, 1, 2, 3, 4]);
//!
//! let mut segments = Segments::new(&bytes);
//! assert_eq!(segments.next(), Some(Ok(Ahs::ExtendedCdb(&[1, 2, 3, 4]))));
//! assert_eq!(segments.next(), None);
//! ```

use crate::{
    bhs::CDB_LEN,
    pdu::{
        padding,
        AHS_MAX_LEN,
        PAD_LEN, //
    },
};

/// Longest command descriptor block there is, in bytes (SPC: 255 + 5; `SCSI_MAX_VARLEN_CDB_SIZE`).
pub const CDB_MAX_LEN: usize = 260;

/// AHSLength and AHSType, in bytes (RFC 7143, section 11.2.2).
const HEAD_LEN: usize = 3;

/// Those and the reserved byte behind them, in bytes (RFC 7143, sections 11.2.2.3 and 11.2.2.4).
const CDB_HEAD_LEN: usize = 4;

/// The bits of AHSType that are a code (RFC 7143, section 11.2.2.1).
const TYPE_MASK: u8 = 0x3f;

const EXTENDED_CDB: u8 = 1;
const BIDI_READ_LENGTH: u8 = 2;

// The longest CDB fits into the room for AHS.
const _: () = assert!(CDB_HEAD_LEN + CDB_MAX_LEN - CDB_LEN <= AHS_MAX_LEN);

/// Why bytes are no sequence of segments, or cannot be made one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AhsError {
    /// A segment does not end where there are bytes.
    Truncated,
    /// AHSLength is not what the type needs.
    Length,
    /// There is not enough room.
    Room,
}

/// One Additional Header Segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahs<'a> {
    /// Extended CDB (section 11.2.2.3): the bytes of a CDB after its first 16.
    ExtendedCdb(&'a [u8]),
    /// Bidirectional Read Expected Data Transfer Length (section 11.2.2.4), in bytes.
    BidiReadLength(u32),
    /// A segment of a reserved type.
    Reserved {
        /// The six bits of code of AHSType.
        code: u8,
        /// AHS-Specific.
        specific: &'a [u8],
    },
}

/// The segments in the bytes that follow a Basic Header Segment, one after the other.
///
/// After an error there is nothing more: where the next segment would begin is not known.
#[derive(Clone, Debug)]
pub struct Segments<'a> {
    rest: &'a [u8],
}

impl<'a> Segments<'a> {
    /// The segments of `bytes`, which are as many as TotalAHSLength says.
    #[inline]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Takes the first segment with its padding from `rest`.
    fn take(&mut self) -> Result<Ahs<'a>, AhsError> {
        let (head, rest) = self
            .rest
            .split_first_chunk::<HEAD_LEN>()
            .ok_or(AhsError::Truncated)?;
        let [high, low, ahs_type] = *head;
        let length = u16::from_be_bytes([high, low]);
        // Padding completes the whole segment, not only what AHSLength counts.
        let pad = padding(u32::from(length).wrapping_add(HEAD_LEN as u32));
        let (specific, rest) = rest
            .split_at_checked(usize::from(length))
            .ok_or(AhsError::Truncated)?;
        self.rest = rest.get(pad as usize..).ok_or(AhsError::Truncated)?;
        match (ahs_type & TYPE_MASK, specific) {
            (EXTENDED_CDB, [_, cdb @ ..]) => Ok(Ahs::ExtendedCdb(cdb)),
            (BIDI_READ_LENGTH, [_, a, b, c, d]) => {
                Ok(Ahs::BidiReadLength(u32::from_be_bytes([*a, *b, *c, *d])))
            }
            (EXTENDED_CDB | BIDI_READ_LENGTH, _) => Err(AhsError::Length),
            (code, specific) => Ok(Ahs::Reserved { code, specific }),
        }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Result<Ahs<'a>, AhsError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let segment = self.take();
        if segment.is_err() {
            self.rest = &[];
        }
        Some(segment)
    }
}

impl core::iter::FusedIterator for Segments<'_> {}

/// Writes the Extended CDB segment (section 11.2.2.3) for a CDB whose bytes after the first 16 are
/// `cdb` to the front of `buffer`, padding included. Returns its length in words of four bytes, for
/// TotalAHSLength.
///
/// # Errors
///
/// [`AhsError::Length`] if no CDB has that many bytes, or none is left over; [`AhsError::Room`] if
/// `buffer` is too small. Nothing is written then.
pub fn write_extended_cdb(cdb: &[u8], buffer: &mut [u8]) -> Result<u8, AhsError> {
    let cdb_len = cdb.len();
    if cdb_len == 0 || cdb_len > CDB_MAX_LEN.wrapping_sub(CDB_LEN) {
        return Err(AhsError::Length);
    }
    // By the check above nothing from here on can wrap or be cut off.
    let pad = padding(cdb_len as u32) as usize;
    let len = CDB_HEAD_LEN.wrapping_add(cdb_len).wrapping_add(pad);
    let (head, rest) = buffer
        .get_mut(..len)
        .and_then(|segment| segment.split_first_chunk_mut::<CDB_HEAD_LEN>())
        .ok_or(AhsError::Room)?;
    // AHSLength counts the reserved byte too.
    let [high, low] = (cdb_len as u16).wrapping_add(1).to_be_bytes();
    *head = [high, low, EXTENDED_CDB, 0];
    let source = cdb.iter().copied().chain(core::iter::repeat(0));
    for (place, byte) in rest.iter_mut().zip(source) {
        *place = byte;
    }
    Ok((len as u32 / PAD_LEN) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(bytes: &[u8]) -> Vec<Result<Ahs<'_>, AhsError>> {
        Segments::new(bytes).collect()
    }

    #[test]
    fn segments_follow_each_other_in_whole_words() {
        let bytes = [
            0, 4, 1, 0, 0xc1, 0xc2, 0xc3, 0, // three bytes of CDB, one of padding
            0, 5, 0xc2, 0xff, 0, 0, 2, 0, // reserved bits do not matter
            0, 2, 0x3f, 7, 8, 0, 0, 0, // a reserved type
            0, 0, 0x09, 0,
        ];
        assert_eq!(
            all(&bytes),
            [
                Ok(Ahs::ExtendedCdb(&[0xc1, 0xc2, 0xc3])),
                Ok(Ahs::BidiReadLength(512)),
                Ok(Ahs::Reserved {
                    code: 0x3f,
                    specific: &[7, 8]
                }),
                Ok(Ahs::Reserved {
                    code: 9,
                    specific: &[]
                }),
            ]
        );
        assert_eq!(all(&[]), []);
    }

    #[test]
    fn a_segment_ends_with_the_bytes() {
        for bytes in [
            &[0][..],
            &[0, 5],
            &[0, 5, 1, 0],
            &[0, 5, 1, 0, 1, 2, 3],
            // Without its padding.
            &[0, 4, 1, 0, 1, 2, 3],
            &[0xff, 0xff, 1, 0, 1, 2, 3, 4],
        ] {
            assert_eq!(all(bytes), [Err(AhsError::Truncated)]);
        }
    }

    #[test]
    fn a_length_fits_the_type() {
        assert_eq!(all(&[0, 0, 1, 0]), [Err(AhsError::Length)]);
        assert_eq!(all(&[0, 4, 2, 0, 1, 2, 3, 0]), [Err(AhsError::Length)]);
        assert_eq!(
            all(&[0, 6, 2, 0, 1, 2, 3, 4, 5, 0, 0, 0]),
            [Err(AhsError::Length)]
        );
    }

    #[test]
    fn nothing_follows_an_error() {
        let mut segments = Segments::new(&[0, 0, 1, 0, 0, 5, 2, 0, 0, 0, 2, 0]);
        assert_eq!(segments.next(), Some(Err(AhsError::Length)));
        assert_eq!(segments.next(), None);
        assert_eq!(segments.next(), None);
    }

    #[test]
    fn an_extended_cdb_has_room_and_bytes() {
        let mut buffer = [0xee; AHS_MAX_LEN];
        assert_eq!(write_extended_cdb(&[], &mut buffer), Err(AhsError::Length));
        assert_eq!(
            write_extended_cdb(&[0; CDB_MAX_LEN - CDB_LEN + 1], &mut buffer),
            Err(AhsError::Length)
        );
        assert_eq!(
            write_extended_cdb(&[0; 5], &mut buffer[..11]),
            Err(AhsError::Room)
        );
        assert_eq!(
            write_extended_cdb(&[0; 1], &mut buffer[..3]),
            Err(AhsError::Room)
        );
        assert_eq!(buffer, [0xee; AHS_MAX_LEN]);
    }

    proptest! {
        /// What is written is read.
        #[test]
        fn an_extended_cdb_is_read_as_written(
            cdb in proptest::collection::vec(any::<u8>(), 1..=CDB_MAX_LEN - CDB_LEN),
        ) {
            let mut buffer = [0xee; AHS_MAX_LEN];
            let words = write_extended_cdb(&cdb, &mut buffer).unwrap();
            let (written, rest) = buffer.split_at(4 * usize::from(words));
            prop_assert_eq!(all(written), [Ok(Ahs::ExtendedCdb(&cdb))]);
            prop_assert!(rest.iter().all(|byte| *byte == 0xee));
        }

        /// Whatever comes, segments are parts of it, in order, and at most one error ends them.
        #[test]
        fn any_bytes_may_come(
            lengths in proptest::collection::vec((0u8..12, 0u8..4), 0..20),
            noise in proptest::collection::vec(any::<u8>(), 0..1020),
        ) {
            // Plausible heads in the noise make for more than one segment.
            let mut bytes = noise;
            let mut at = 0;
            for (length, ahs_type) in lengths {
                if let Some(head) = bytes.get_mut(at..at + 3) {
                    head.copy_from_slice(&[0, length, ahs_type]);
                }
                at += (usize::from(length) + 3).next_multiple_of(4);
            }
            let segments = all(&bytes);
            let mut end = bytes.as_ptr_range().start;
            for segment in segments.iter().flatten() {
                if let Ahs::ExtendedCdb(part) | Ahs::Reserved { specific: part, .. } = segment {
                    let range = part.as_ptr_range();
                    prop_assert!(end <= range.start && range.end <= bytes.as_ptr_range().end);
                    end = range.end;
                }
            }
            let errors = segments.iter().filter(|segment| segment.is_err()).count();
            prop_assert!(errors <= 1);
            prop_assert!(errors == 0 || segments.last().is_some_and(Result::is_err));
        }
    }
}
