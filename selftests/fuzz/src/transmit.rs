// SPDX-License-Identifier: GPL-2.0

//! The plan for sending a PDU: every byte of it once and in order, whatever its lengths are, and however little the
//! stream takes at a time.

use crate::input::Input;
use iscsi_proto::{
    pdu::DATA_SEGMENT_MAX_LEN,
    transmit::{
        Error,
        Part,
        PduTransmit,
        Trailer, //
    },
};

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    // Lengths that no PDU has are among them; most are near to those that one has.
    let header_len = match input.byte() {
        0xff => usize::MAX - usize::from(input.byte()),
        _ => usize::from(input.short() % 512),
    };
    let data_len = input.word();
    let digest = input.flag().then(|| input.array());
    check_trailer(data_len, digest);

    let plan = PduTransmit::new(header_len, data_len, digest.is_some());
    let Ok(plan) = plan else {
        let header_fits = (48..=308).contains(&header_len);
        assert_eq!(plan == Err(Error::HeaderLength), !header_fits);
        return assert!(!header_fits || data_len > DATA_SEGMENT_MAX_LEN);
    };
    let trailer_len = u64::from(Trailer::len(data_len, digest.is_some()));
    send(
        plan,
        [header_len as u64, u64::from(data_len), trailer_len],
        &mut input,
    );
}

/// Zeros up to a whole word, then the digest; nothing when there is no data.
fn check_trailer(data_len: u32, digest: Option<[u8; 4]>) {
    let trailer = Trailer::new(data_len, digest);
    let pad = (4 - data_len % 4) as usize % 4;
    assert_eq!(Trailer::padding(data_len), &[0; 3][..pad]);
    let mut expected = vec![0; pad];
    expected.extend(digest.iter().flatten());
    if data_len == 0 {
        expected.clear();
    }
    assert_eq!(trailer.as_bytes(), expected);
    assert_eq!(
        Trailer::len(data_len, digest.is_some()) as usize,
        expected.len()
    );
}

/// Sends the PDU by what the input says the stream takes, and then to its end.
fn send(mut pdu: PduTransmit, lengths: [u64; 3], input: &mut Input<'_>) {
    let total: u64 = lengths.iter().sum();
    let mut sent = 0;
    check_place(&pdu, lengths, sent);
    while !input.is_empty() {
        let count = match input.byte() {
            0xff => usize::MAX - input.word() as usize,
            shift => (input.word() >> (shift % 32)) as usize,
        };
        let before = pdu;
        let fits = count as u64 <= total - sent;
        assert_eq!(
            pdu.advance(count),
            if fits { Ok(()) } else { Err(Error::Overrun) }
        );
        if fits {
            sent += count as u64;
        } else {
            assert_eq!(pdu, before);
        }
        check_place(&pdu, lengths, sent);
    }
    while let Some(chunk) = pdu.next_chunk() {
        pdu.advance(chunk.len as usize).expect("it was offered");
        sent += u64::from(chunk.len);
        check_place(&pdu, lengths, sent);
    }
    assert_eq!(sent, total);
}

/// What is to be sent next begins where what was sent has ended, and is the rest of its part.
fn check_place(pdu: &PduTransmit, lengths: [u64; 3], sent: u64) {
    let total: u64 = lengths.iter().sum();
    assert_eq!(u64::from(pdu.unsent()), total - sent);
    assert_eq!(pdu.is_partial(), sent > 0 && sent < total);
    let Some(chunk) = pdu.next_chunk() else {
        return assert_eq!(sent, total);
    };
    let [header, data, trailer] = lengths;
    let (start, len) = match chunk.part {
        Part::Header => (0, header),
        Part::Data => (header, data),
        Part::Trailer => (header + data, trailer),
    };
    let end = u64::from(chunk.offset) + u64::from(chunk.len);
    assert_eq!(start + u64::from(chunk.offset), sent);
    assert!(chunk.len > 0 && end == len);
    assert_eq!(chunk.more, start + end < total);
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = |header_len: u16, data_len: u32, digest: &[u8], takes: &[u32]| {
        let takes = takes
            .iter()
            .map(|count| [&[0][..], &count.to_be_bytes()].concat());
        let lengths = [&[0][..], &header_len.to_be_bytes(), &data_len.to_be_bytes()].concat();
        [lengths, digest.to_vec(), takes.collect::<Vec<_>>().concat()].concat()
    };
    vec![
        scene(48, 0, &[0], &[20, 28]),
        scene(
            52,
            511,
            &[1, 0xc0, 0xff, 0xee, 0x11],
            &[1, 51, 500, 11, 3, 2],
        ),
        scene(
            308,
            DATA_SEGMENT_MAX_LEN,
            &[1, 1, 2, 3, 4],
            &[DATA_SEGMENT_MAX_LEN, 309, 100],
        ),
        scene(48, 5, &[0], &[48, 5, 4]),
        // Lengths no PDU has.
        scene(47, 0, &[0], &[]),
        scene(309, 0, &[0], &[]),
        scene(48, DATA_SEGMENT_MAX_LEN + 1, &[0], &[]),
        scene(48, u32::MAX, &[1], &[]),
        vec![0xff, 0, 0, 0, 0, 0],
    ]
}
