// SPDX-License-Identifier: GPL-2.0

//! What became of a SCSI command: from a SCSI Response, or a Data-In with status, to what its
//! issuer is told (RFC 7143, sections 11.4 and 11.7.3).
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::{
//!     bhs::ScsiResponse,
//!     status::{scsi_response, HostByte, CHECK_CONDITION},
//! };
//!
//! let mut header = ScsiResponse::default();
//! header.status = CHECK_CONDITION;
//! let data = [0, 3, 0x70, 0, 0x06, 0];
//! let outcome = scsi_response(&header, 512, &data, 96);
//! assert_eq!(outcome.host, HostByte::Ok);
//! assert_eq!(outcome.sense, Some(&[0x70, 0, 0x06][..]));
//!
//! // A length that reaches beyond the data segment.
//! let outcome = scsi_response(&header, 512, &data[..4], 96);
//! assert_eq!((outcome.host, outcome.sense), (HostByte::BadTarget, None));
//! ```

use crate::bhs::{
    DataIn,
    DataInFlags,
    ScsiResponse,
    ScsiResponseCode,
    ScsiResponseFlags, //
};

/// The SCSI status that says that there is sense data (SAM: CHECK CONDITION).
pub const CHECK_CONDITION: u8 = 0x02;

/// The most that can be left over of an overflow, in bytes: Linux counts the data of a command in 31
/// bits.
const RESIDUAL_MAX: u32 = i32::MAX as u32;

/// What the transport has to say about a command, apart from its SCSI status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostByte {
    /// Nothing: see the SCSI status (`DID_OK`).
    Ok,
    /// The target could not do it (`DID_ERROR`).
    Error,
    /// The target did not say a consistent thing (`DID_BAD_TARGET`).
    BadTarget,
}

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// What the transport has to say.
    pub host: HostByte,
    /// The SCSI status: as the target sent it, or zero where it means nothing.
    pub status: u8,
    /// How many bytes more or less were to be transferred than expected.
    pub residual: Option<u32>,
    /// Sense data.
    pub sense: Option<&'a [u8]>,
}

impl Outcome<'_> {
    /// A SCSI status and nothing else.
    const fn of_status(status: u8) -> Self {
        Self {
            host: HostByte::Ok,
            status,
            residual: None,
            sense: None,
        }
    }

    /// No SCSI status.
    const fn failed(host: HostByte) -> Self {
        Self {
            host,
            status: 0,
            residual: None,
            sense: None,
        }
    }

    /// Takes note of a residual (section 11.4.5).
    ///
    /// Not counting anything, or more left over than there was to be transferred, makes no sense:
    /// then nobody knows how much data there is.
    fn set_residual(&mut self, overflow: bool, underflow: bool, count: u32, expected: u32) {
        if !overflow && !underflow {
            return;
        }
        let counts = if overflow {
            count <= RESIDUAL_MAX
        } else {
            count <= expected
        };
        if count > 0 && counts {
            self.residual = Some(count);
        } else {
            self.host = HostByte::BadTarget;
        }
    }
}

/// What a SCSI Response says about a command that was to transfer `expected` bytes.
///
/// `data` is the data segment as far as it was received, without padding. Sense data is cut to
/// `sense_limit` bytes, the room its receiver has.
pub fn scsi_response<'a>(
    header: &ScsiResponse,
    expected: u32,
    data: &'a [u8],
    sense_limit: usize,
) -> Outcome<'a> {
    // Status and residuals mean something after "command completed at target" only.
    if header.response_code() != Ok(ScsiResponseCode::Completed) {
        return Outcome::failed(HostByte::Error);
    }
    let mut outcome = Outcome::of_status(header.status);
    if header.status == CHECK_CONDITION {
        let Some(sense) = sense(data) else {
            return Outcome::failed(HostByte::BadTarget);
        };
        outcome.sense = Some(sense.get(..sense_limit).unwrap_or(sense));
    }
    // No bidirectional command was sent, so there is nothing these could be about.
    let flags = header.flags;
    if flags.contains(ScsiResponseFlags::BIDI_READ_OVERFLOW)
        || flags.contains(ScsiResponseFlags::BIDI_READ_UNDERFLOW)
    {
        outcome.host = HostByte::BadTarget;
    }
    outcome.set_residual(
        flags.contains(ScsiResponseFlags::OVERFLOW),
        flags.contains(ScsiResponseFlags::UNDERFLOW),
        header.residual_count.get(),
        expected,
    );
    outcome
}

/// What a Data-In says about a command that was to transfer `expected` bytes, or [`None`] if it
/// has no status.
///
/// Its data segment is the command's data: there is no place for sense data.
pub fn data_in(header: &DataIn, expected: u32) -> Option<Outcome<'static>> {
    let flags = header.flags;
    if !flags.contains(DataInFlags::STATUS) {
        return None;
    }
    let mut outcome = Outcome::of_status(header.status);
    outcome.set_residual(
        flags.contains(DataInFlags::OVERFLOW),
        flags.contains(DataInFlags::UNDERFLOW),
        header.residual_count.get(),
        expected,
    );
    Some(outcome)
}

/// The sense data of a SCSI Response's data segment (section 11.4.7): SenseLength in two bytes,
/// and as many bytes; or [`None`] if the segment does not have them all.
fn sense(data: &[u8]) -> Option<&[u8]> {
    let (length, rest) = data.split_first_chunk()?;
    rest.get(..usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMIT: usize = 96;

    fn response(status: u8, flags: u8, residual: u32) -> ScsiResponse {
        let mut header = ScsiResponse::default();
        header.status = status;
        header.flags = ScsiResponseFlags::from_bits(0x80 | flags);
        header.residual_count = residual.into();
        header
    }

    #[test]
    fn status_is_passed_on() {
        for status in [0x00, 0x08, 0x18, 0x28] {
            assert_eq!(
                scsi_response(&response(status, 0, 7), 512, &[], LIMIT),
                Outcome::of_status(status)
            );
        }
    }

    #[test]
    fn a_command_that_was_not_completed_has_no_status() {
        for code in [0x01, 0x02, 0x80, 0xff] {
            let mut header = response(CHECK_CONDITION, 0x02, 7);
            header.response = code;
            assert_eq!(
                scsi_response(&header, 512, &[0, 1, 0x70], LIMIT),
                Outcome::failed(HostByte::Error)
            );
        }
    }

    #[test]
    fn sense_is_what_its_length_says() {
        let header = response(CHECK_CONDITION, 0, 0);
        let outcome = scsi_response(&header, 0, &[0, 2, 0x70, 1, 9, 9], LIMIT);
        assert_eq!(outcome.host, HostByte::Ok);
        assert_eq!(outcome.status, CHECK_CONDITION);
        assert_eq!(outcome.sense, Some(&[0x70, 1][..]));
        let outcome = scsi_response(&header, 0, &[0, 0], LIMIT);
        assert_eq!(outcome.sense, Some(&[][..]));
    }

    // CVE-2026-74557: a SenseLength two bytes longer than the rest of the segment was accepted.
    #[test]
    fn sense_ends_with_the_segment() {
        let header = response(CHECK_CONDITION, 0, 0);
        for data in [&[][..], &[0], &[0, 1], &[0, 3, 1, 2], &[0xff, 0xff, 1]] {
            assert_eq!(
                scsi_response(&header, 0, data, LIMIT),
                Outcome::failed(HostByte::BadTarget)
            );
        }
    }

    #[test]
    fn sense_is_cut_to_the_room_there_is() {
        let mut data = [0x55; 2 + 252];
        data[..2].copy_from_slice(&[0, 252]);
        let header = response(CHECK_CONDITION, 0, 0);
        let outcome = scsi_response(&header, 0, &data, LIMIT);
        assert_eq!(outcome.sense.unwrap().len(), LIMIT);
    }

    #[test]
    fn only_check_condition_has_sense() {
        let outcome = scsi_response(&response(0x08, 0, 0), 0, &[0, 1, 0x70], LIMIT);
        assert_eq!(outcome.sense, None);
    }

    #[test]
    fn residual_is_counted_within_reason() {
        let ok = |residual| Outcome {
            residual,
            ..Outcome::of_status(0)
        };
        let bad = Outcome {
            host: HostByte::BadTarget,
            ..Outcome::of_status(0)
        };
        for (flags, count, outcome) in [
            (0x00, 512, ok(None)),
            (0x02, 512, ok(Some(512))),
            (0x02, 513, bad),
            (0x02, 0, bad),
            (0x04, 513, ok(Some(513))),
            (0x04, 0, bad),
        ] {
            let header = response(0, flags, count);
            assert_eq!(scsi_response(&header, 512, &[], LIMIT), outcome);

            let mut header = DataIn::default();
            header.flags = DataInFlags::from_bits(0x81 | flags);
            header.residual_count = count.into();
            assert_eq!(data_in(&header, 512), Some(outcome));
        }
    }

    #[test]
    fn bidirectional_residuals_are_not_expected() {
        for flags in [0x08, 0x10] {
            let outcome = scsi_response(&response(0x08, flags, 0), 512, &[], LIMIT);
            assert_eq!(outcome.host, HostByte::BadTarget);
            assert_eq!(outcome.status, 0x08);
        }
    }

    #[test]
    fn data_without_status_says_nothing() {
        let mut header = DataIn::default();
        header.status = 0x08;
        assert_eq!(data_in(&header, 512), None);
        header.flags = DataInFlags::STATUS;
        assert_eq!(data_in(&header, 512), Some(Outcome::of_status(0x08)));
    }

    proptest! {
        /// Whatever a target sends, sense data is a part of the segment, and no longer than it
        /// says, than there is room for, or than the segment is.
        #[test]
        fn any_response_may_come(
            status in prop_oneof![Just(CHECK_CONDITION), any::<u8>()],
            flags: u8,
            code in 0u8..3,
            residual: u32,
            expected: u32,
            length in 0u16..300,
            tail in proptest::collection::vec(any::<u8>(), 0..300),
            cut in 0usize..302,
            limit in 0usize..300,
        ) {
            let mut header = response(status, flags, residual);
            header.response = code;
            let whole = [&length.to_be_bytes(), &tail[..]].concat();
            let data = &whole[..cut.min(whole.len())];
            let outcome = scsi_response(&header, expected, data, limit);
            if let Some(sense) = outcome.sense {
                prop_assert_eq!(sense.len(), usize::from(length).min(limit));
                prop_assert_eq!(sense, &data[2..2 + sense.len()]);
                prop_assert!(2 + usize::from(length) <= data.len());
            } else if status == CHECK_CONDITION {
                prop_assert!(outcome.host != HostByte::Ok);
            }
            if let Some(residual) = outcome.residual {
                let overflow = header.flags.contains(ScsiResponseFlags::OVERFLOW);
                prop_assert!(residual > 0 && (overflow || residual <= expected));
            }
        }
    }
}
