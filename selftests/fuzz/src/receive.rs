// SPDX-License-Identifier: GPL-2.0

//! Any bytes as a stream (RFC 7143, section 11.2): however it is cut into pieces, the receiver makes the same of
//! it as a reading that has all of it at once.

use crate::input::Input;
use iscsi_proto::{
    digest,
    pdu::{BHS_LEN, DATA_SEGMENT_MAX_LEN},
    receive::{
        Error,
        Framing,
        Receiver,
        Step, //
    },
};

/// What happens in a stream.
#[derive(Debug, PartialEq, Eq)]
enum Event {
    Header([u8; BHS_LEN]),
    /// Data, as far as it has come.
    Data(Vec<u8>),
    Complete,
    Failed(Error),
}

/// What the receiver is told about each PDU of a stream. Two PDUs take turns.
struct Plan {
    framings: [Framing; 2],
    /// One bit for each PDU: somebody else takes its data.
    skips: u8,
}

impl Plan {
    fn read(input: &mut Input<'_>) -> Self {
        let flags = input.byte();
        let framing = |flags: u8| Framing {
            header_digest: flags & 1 != 0,
            data_digest: flags & 2 != 0,
            no_padding: flags & 4 != 0,
        };
        Self {
            framings: [framing(flags), framing(flags >> 4)],
            skips: input.byte(),
        }
    }

    fn framing(&self, pdu: usize) -> Framing {
        self.framings[pdu % 2]
    }

    fn skips(&self, pdu: usize) -> bool {
        self.skips & (1 << (pdu % 8)) != 0
    }
}

/// In place of CRC32C, which nobody guesses: of this even a random digest is right at times.
fn sum(register: u32, bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(register, |sum, byte| sum ^ u32::from(*byte))
}

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let plan = Plan::read(&mut input);
    let count = usize::from(input.byte() % 8);
    let pieces: Vec<_> = input
        .take(count)
        .iter()
        .map(|len| usize::from(*len) + 1)
        .collect();
    let stream = input.take_rest();

    let expected = read_at_once(stream, &plan);
    assert_eq!(receive(stream, &[stream.len().max(1)], &plan), expected);
    assert_eq!(receive(stream, &[1], &plan), expected);
    if !pieces.is_empty() {
        assert_eq!(receive(stream, &pieces, &plan), expected);
    }
}

/// What a receiver makes of the stream when it comes in pieces of these lengths, over and over.
fn receive(stream: &[u8], pieces: &[usize], plan: &Plan) -> Vec<Event> {
    let mut receiver = Receiver::new();
    let (mut events, mut pdu, mut rest) = (Vec::new(), 0, stream);
    let mut pieces = pieces.iter().cycle();
    while let Some(len) = pieces.next().filter(|_| !rest.is_empty()) {
        let (mut bytes, behind) = rest.split_at(rest.len().min(*len));
        rest = behind;
        loop {
            match receiver.take(plan.framing(pdu), sum, &mut bytes) {
                Ok(Step::Starved) => break,
                Ok(Step::Header) => {
                    events.push(Event::Header(*receiver.bhs()));
                    if header(&mut receiver, plan.skips(pdu)) {
                        pdu += 1;
                    }
                }
                Ok(Step::Data { offset, bytes }) => {
                    check_data(&receiver, plan.framing(pdu), offset, bytes);
                    store(&mut events, offset, bytes);
                }
                Ok(Step::Complete) => {
                    assert!(receiver.is_in_header());
                    events.push(Event::Complete);
                    pdu += 1;
                }
                Err(error) => {
                    events.push(Event::Failed(error));
                    return events;
                }
            }
        }
        assert!(bytes.is_empty());
    }
    events
}

/// What the owner of the receiver does with a header. Returns whether the PDU ends with it.
fn header(receiver: &mut Receiver, skip: bool) -> bool {
    assert!(receiver.data_len() <= DATA_SEGMENT_MAX_LEN);
    assert!(receiver.ahs_len() <= 1020);
    assert_eq!(receiver.is_in_header(), receiver.data_len() == 0);
    if receiver.is_in_header() {
        assert!(!receiver.skip_data());
        return true;
    }
    skip && receiver.skip_data()
}

fn check_data(receiver: &Receiver, framing: Framing, offset: u32, bytes: &[u8]) {
    assert!(!bytes.is_empty() && !receiver.is_in_header());
    assert!(u64::from(offset) + bytes.len() as u64 <= u64::from(receiver.data_len()));
    assert!(!framing.data_digest || bytes.len() <= 4096);
}

fn store(events: &mut Vec<Event>, offset: u32, bytes: &[u8]) {
    match events.last_mut() {
        Some(Event::Data(data)) => {
            assert_eq!(offset as usize, data.len());
            data.extend(bytes);
        }
        _ => {
            assert_eq!(offset, 0);
            events.push(Event::Data(bytes.to_vec()));
        }
    }
}

/// The same of a stream that is there as a whole.
fn read_at_once(stream: &[u8], plan: &Plan) -> Vec<Event> {
    let mut events = Vec::new();
    let mut rest = stream;
    let mut pdu = 0;
    while let Some(behind) = one_pdu(rest, plan.framing(pdu), plan.skips(pdu), &mut events) {
        rest = behind;
        pdu += 1;
    }
    events
}

/// Reads a PDU and returns what is behind it, or [`None`] if there is nothing more to be read.
fn one_pdu<'a>(
    stream: &'a [u8],
    framing: Framing,
    skip: bool,
    events: &mut Vec<Event>,
) -> Option<&'a [u8]> {
    let bhs = stream.first_chunk::<BHS_LEN>()?;
    let header_len = BHS_LEN + 4 * usize::from(bhs[4]);
    let rest = match under_digest(stream, header_len, framing.header_digest)? {
        Some(rest) => rest,
        None => {
            events.push(Event::Failed(Error::HeaderDigest));
            return None;
        }
    };
    events.push(Event::Header(*bhs));
    let data_len = u32::from_be_bytes([0, bhs[5], bhs[6], bhs[7]]) as usize;
    if data_len == 0 || skip {
        return Some(rest);
    }
    let data = &rest[..data_len.min(rest.len())];
    if !data.is_empty() {
        events.push(Event::Data(data.to_vec()));
    }
    let padded = if framing.no_padding {
        data_len
    } else {
        data_len.next_multiple_of(4)
    };
    let rest = under_digest(rest, padded, framing.data_digest)?;
    events.push(match rest {
        Some(_) => Event::Complete,
        None => Event::Failed(Error::DataDigest),
    });
    rest
}

/// What is behind the first `len` bytes and their digest, if they have one: [`None`] while they are not all there,
/// `Some(None)` if the digest is wrong.
fn under_digest(bytes: &[u8], len: usize, digested: bool) -> Option<Option<&[u8]>> {
    let (covered, rest) = bytes.split_at_checked(len)?;
    if !digested {
        return Some(Some(rest));
    }
    let (found, rest) = rest.split_first_chunk::<4>()?;
    let expected = digest::to_wire(sum(digest::SEED, covered));
    Some((*found == expected).then_some(rest))
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let header = |opcode: u8, ahs_words: u8, data_len: u8| {
        let mut bhs = [0; BHS_LEN];
        (bhs[0], bhs[1], bhs[4], bhs[7]) = (opcode, 0x80, ahs_words, data_len);
        bhs.to_vec()
    };
    let with_digest = |bytes: &[u8]| [bytes, &digest::to_wire(sum(digest::SEED, bytes))].concat();
    vec![
        // A NOP-In with five bytes; a header with AHS; no data.
        [
            &[0, 0, 2, 6, 46][..],
            &header(0x20, 0, 5),
            b"ping\n\0\0\0",
            &header(0x31, 1, 0),
            &[7; 4],
        ]
        .concat(),
        // With both digests, then with a wrong one.
        [
            &[0x33, 0, 0][..],
            &with_digest(&header(0x25, 0, 6)),
            &with_digest(b"sector\0\0"),
        ]
        .concat(),
        [
            &[0x33, 0, 0][..],
            &with_digest(&header(0x25, 0, 4)),
            b"data",
            &[0xaa; 4],
        ]
        .concat(),
        [&[0x11, 0, 0][..], &header(0x21, 0, 0), &[0; 4]].concat(),
        // The data of the first is skipped, the second has no padding.
        [
            &[0x40, 1, 1, 3][..],
            &header(0x25, 0, 255),
            &header(0x25, 0, 3),
            b"abc",
            &header(0x20, 0, 0),
        ]
        .concat(),
    ]
}
