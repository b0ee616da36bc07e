// SPDX-License-Identifier: GPL-2.0

//! What became of a command (RFC 7143, sections 11.4 and 11.7.3): status, residual and sense data are those of the
//! bytes where the figures have them, and sense data never is more than there is.

use crate::input::Input;
use iscsi_proto::{
    bhs::{
        DataIn,
        Header,
        ScsiResponse, //
    },
    status::{
        data_in,
        scsi_response,
        HostByte,
        Outcome,
        CHECK_CONDITION, //
    },
};

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let expected = input.word();
    let sense_limit = usize::from(input.byte());
    let header: [u8; 48] = input.array();
    let segment = input.take_rest();

    let response = ScsiResponse::view(&header).expect("it has the length");
    let outcome = scsi_response(response, expected, segment, sense_limit);
    check_response(&outcome, &header, segment, sense_limit, expected);

    let carrier = DataIn::view(&header).expect("it has the length");
    let outcome = data_in(carrier, expected);
    assert_eq!(outcome.is_some(), header[1] & 1 != 0);
    if let Some(outcome) = outcome {
        assert_eq!((outcome.status, outcome.sense), (header[3], None));
        check_residual(&outcome, &header, expected, HostByte::Ok);
    }
}

fn check_response(
    outcome: &Outcome<'_>,
    header: &[u8; 48],
    segment: &[u8],
    limit: usize,
    expected: u32,
) {
    let nothing = (0, None, None);
    let said = (outcome.status, outcome.residual, outcome.sense);
    // The response code: completed at target.
    if header[2] != 0 {
        assert_eq!((outcome.host, said), (HostByte::Error, nothing));
        return;
    }
    let mut sense = None;
    if header[3] == CHECK_CONDITION {
        let [high, low, rest @ ..] = segment else {
            return assert_eq!((outcome.host, said), (HostByte::BadTarget, nothing));
        };
        let length = usize::from(*high) * 256 + usize::from(*low);
        if length > rest.len() {
            return assert_eq!((outcome.host, said), (HostByte::BadTarget, nothing));
        }
        sense = Some(&rest[..length.min(limit)]);
    }
    assert_eq!((outcome.status, outcome.sense), (header[3], sense));
    let bidirectional = header[1] & 0x18 != 0;
    let otherwise = if bidirectional {
        HostByte::BadTarget
    } else {
        HostByte::Ok
    };
    check_residual(outcome, header, expected, otherwise);
}

/// `otherwise` is the host byte when nothing is wrong with the residual.
fn check_residual(outcome: &Outcome<'_>, header: &[u8; 48], expected: u32, otherwise: HostByte) {
    let count = u32::from_be_bytes([header[44], header[45], header[46], header[47]]);
    let (overflow, underflow) = (header[1] & 4 != 0, header[1] & 2 != 0);
    let (host, residual) = match (overflow, underflow, count) {
        (false, false, _) => (otherwise, None),
        (_, _, 0) => (HostByte::BadTarget, None),
        // More than Linux counts in one command.
        (true, _, 0x8000_0000..) => (HostByte::BadTarget, None),
        (false, true, count) if count > expected => (HostByte::BadTarget, None),
        (_, _, count) => (otherwise, Some(count)),
    };
    assert_eq!((outcome.host, outcome.residual), (host, residual));
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = |flags: u8, response: u8, status: u8, residual: u32, segment: &[u8]| {
        let mut header = ScsiResponse::default().to_bytes();
        (header[1], header[2], header[3]) = (flags, response, status);
        header[44..].copy_from_slice(&residual.to_be_bytes());
        [&512u32.to_be_bytes()[..], &[96], &header, segment].concat()
    };
    let sense = [&[0, 18, 0x70, 0, 6][..], &[0; 15]].concat();
    vec![
        scene(0x80, 0, 0, 0, &[]),
        scene(0x80, 0, 2, 0, &sense),
        scene(0x80, 0, 2, 0, &sense[..10]),
        scene(0x80, 0, 2, 0, &[0]),
        // Sense data longer than its place.
        scene(0x80, 0, 2, 0, &[&[0, 100][..], &[0x72; 100]].concat()),
        scene(0x82, 0, 0, 512, &[]),
        scene(0x82, 0, 0, 513, &[]),
        scene(0x84, 0, 0, 0x7fff_ffff, &[]),
        scene(0x86, 0, 0, 0x8000_0000, &[]),
        scene(0x84, 0, 0, 0, &[]),
        scene(0x98, 0, 0, 0, &[]),
        scene(0x80, 1, 0, 0, &[]),
        scene(0x80, 0x80, 2, 0, &sense),
        // As a Data-In: with status, and less than expected.
        scene(0x83, 0, 8, 100, &[]),
    ]
}
