// SPDX-License-Identifier: GPL-2.0

//! Additional Header Segments (RFC 7143, section 11.2.2): the segments are those that a walk by indices finds,
//! and an extended CDB is read as it was written.

use crate::input::Input;
use iscsi_proto::{
    ahs::{
        write_extended_cdb,
        Ahs,
        AhsError,
        Segments,
        CDB_MAX_LEN, //
    },
    bhs::CDB_LEN,
    pdu::AHS_MAX_LEN,
};

pub(crate) fn run(data: &[u8]) {
    let found: Vec<_> = Segments::new(data).collect();
    assert_eq!(found, expected(data));

    let mut input = Input::new(data);
    let room = usize::from(input.short()) % (2 * AHS_MAX_LEN);
    write(input.take_rest(), room);
}

fn expected(data: &[u8]) -> Vec<Result<Ahs<'_>, AhsError>> {
    let mut segments = Vec::new();
    let mut at = 0;
    while at < data.len() {
        let segment = one(data, at);
        segments.push(segment.map(|(ahs, _)| ahs));
        match segment {
            Ok((_, end)) => at = end,
            Err(_) => break,
        }
    }
    segments
}

/// The segment at `at`, and where the next one is.
fn one(data: &[u8], at: usize) -> Result<(Ahs<'_>, usize), AhsError> {
    if at + 3 > data.len() {
        return Err(AhsError::Truncated);
    }
    let length = usize::from(data[at]) * 256 + usize::from(data[at + 1]);
    let end = (3 + length).div_ceil(4) * 4 + at;
    if end > data.len() {
        return Err(AhsError::Truncated);
    }
    let specific = &data[at + 3..at + 3 + length];
    let ahs = match data[at + 2] & 0x3f {
        1 if length >= 1 => Ahs::ExtendedCdb(&specific[1..]),
        2 if length == 5 => Ahs::BidiReadLength(
            specific[1..]
                .iter()
                .fold(0, |n, b| (n << 8) | u32::from(*b)),
        ),
        1 | 2 => return Err(AhsError::Length),
        code => Ahs::Reserved { code, specific },
    };
    Ok((ahs, end))
}

/// Writes `cdb` where there are `room` bytes.
fn write(cdb: &[u8], room: usize) {
    let mut buffer = vec![0xee; room];
    let len = 4 + cdb.len().div_ceil(4) * 4;
    let written = write_extended_cdb(cdb, &mut buffer);
    if cdb.is_empty() || cdb.len() > CDB_MAX_LEN - CDB_LEN {
        assert_eq!(written, Err(AhsError::Length));
    } else if len > room {
        assert_eq!(written, Err(AhsError::Room));
    } else {
        assert_eq!(written.map(usize::from), Ok(len / 4));
        let segments: Vec<_> = Segments::new(&buffer[..len]).collect();
        assert_eq!(segments, [Ok(Ahs::ExtendedCdb(cdb))]);
    }
    let touched = written.map_or(0, |words| usize::from(words) * 4);
    assert!(buffer[touched..].iter().all(|byte| *byte == 0xee));
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    vec![
        // A CDB of 32 bytes, a bidirectional read, a reserved type without anything.
        [
            &[0, 17, 1, 0][..],
            &[0x7f; 16],
            &[0, 5, 2, 0, 0, 0, 2, 0],
            &[0, 0, 9, 0],
        ]
        .concat(),
        // Padding is missing; a length that no BIDI read has; the longest AHSLength.
        vec![0, 2, 1, 0, 0xc1],
        vec![0, 4, 2, 0, 0, 0, 2, 0],
        vec![0xff, 0xff, 1, 0],
        // The longest CDB to be written, and one byte more.
        vec![1; 2 + CDB_MAX_LEN - CDB_LEN],
        vec![1; 3 + CDB_MAX_LEN - CDB_LEN],
    ]
}
