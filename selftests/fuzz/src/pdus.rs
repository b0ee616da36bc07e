// SPDX-License-Identifier: GPL-2.0

//! PDUs as a target sends them, with digests (RFC 7143, section 13.1), in pieces of any length: what comes out is
//! what was sent, and of a PDU with a wrong bit in it nothing but an error does.

use crate::input::Input;
use iscsi_proto::{
    digest::{self, DIGEST_LEN},
    pdu::BHS_LEN,
    receive::{
        Error,
        Framing,
        Receiver,
        Step, //
    },
    transmit::{
        Part,
        PduTransmit,
        Trailer, //
    },
};

const FRAMING: Framing = Framing {
    header_digest: true,
    data_digest: true,
    no_padding: false,
};

/// Somewhat more than the receiver hands out at once under a digest.
const DATA_MAX_LEN: u16 = 4200;

/// Shorter pieces take long; `receive` has them.
const PIECE_MIN_LEN: usize = 7;

#[derive(Debug, PartialEq, Eq)]
struct Pdu {
    bhs: [u8; BHS_LEN],
    data: Vec<u8>,
}

fn crc32c(register: u32, bytes: &[u8]) -> u32 {
    !crc32c::crc32c_append(!register, bytes)
}

fn digest_of(bytes: &[u8]) -> [u8; DIGEST_LEN] {
    digest::to_wire(crc32c(digest::SEED, bytes))
}

impl Pdu {
    fn read(input: &mut Input<'_>) -> Self {
        let (opcode, ahs_words) = (input.byte(), input.byte());
        let data_len = input.short() % DATA_MAX_LEN;
        let mut bhs = [opcode; BHS_LEN];
        let [high, low] = data_len.to_be_bytes();
        bhs[4..8].copy_from_slice(&[ahs_words, 0, high, low]);
        let data = (0..data_len).map(|byte| byte.to_le_bytes()[0] ^ opcode);
        Self {
            bhs,
            data: data.collect(),
        }
    }

    /// As it goes on the wire, put together from what [`PduTransmit`] asks for.
    fn wire(&self) -> Vec<u8> {
        let mut header = self.bhs.to_vec();
        header.resize(BHS_LEN + 4 * usize::from(self.bhs[4]), 0xa5);
        header.extend(digest_of(&header));
        let data_len = u32::try_from(self.data.len()).expect("it is short");
        let padded = [&self.data[..], Trailer::padding(data_len)].concat();
        let trailer = Trailer::new(data_len, Some(digest_of(&padded)));
        // Ours never send as long an AHS as a target may.
        let Ok(mut progress) = PduTransmit::new(header.len(), data_len, true) else {
            return [&header, &self.data[..], trailer.as_bytes()].concat();
        };
        let mut wire = Vec::new();
        while let Some(chunk) = progress.next_chunk() {
            let part = match chunk.part {
                Part::Header => &header[..],
                Part::Data => &self.data,
                Part::Trailer => trailer.as_bytes(),
            };
            wire.extend(&part[chunk.offset as usize..][..chunk.len as usize]);
            progress
                .advance(chunk.len as usize)
                .expect("it was offered");
        }
        wire
    }
}

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let (damaged, bit) = (input.byte(), input.short());
    let piece_lens = [input.short(), input.short()].map(|len| usize::from(len) + PIECE_MIN_LEN);
    let mut sent = Vec::new();
    let mut wires = Vec::new();
    while !input.is_empty() && sent.len() < 4 {
        let pdu = Pdu::read(&mut input);
        wires.push(pdu.wire());
        sent.push(pdu);
    }

    assert_eq!(receive(&wires.concat(), piece_lens), (sent, Ok(())));

    let Some(wire) = wires.get_mut(usize::from(damaged)) else {
        return;
    };
    let place = usize::from(bit / 8) % wire.len();
    // With another length it is another PDU, of which only chance could say more.
    if (4..8).contains(&place) {
        return;
    }
    wire[place] ^= 1 << (bit % 8);
    let (received, end) = receive(&wires.concat(), piece_lens);
    assert_eq!(received.len(), usize::from(damaged));
    assert!(matches!(end, Err(Error::HeaderDigest | Error::DataDigest)));
}

/// The PDUs that are complete before the stream ends, or is broken.
fn receive(stream: &[u8], piece_lens: [usize; 2]) -> (Vec<Pdu>, Result<(), Error>) {
    let mut receiver = Receiver::new();
    let (mut pdus, mut data, mut rest) = (Vec::new(), Vec::new(), stream);
    for len in piece_lens.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (mut bytes, behind) = rest.split_at(rest.len().min(*len));
        rest = behind;
        loop {
            match receiver.take(FRAMING, crc32c, &mut bytes) {
                Err(error) => return (pdus, Err(error)),
                Ok(Step::Starved) => break,
                Ok(Step::Header) if receiver.data_len() > 0 => {}
                Ok(Step::Header | Step::Complete) => pdus.push(Pdu {
                    bhs: *receiver.bhs(),
                    data: std::mem::take(&mut data),
                }),
                Ok(Step::Data { offset, bytes }) => {
                    assert_eq!(offset as usize, data.len());
                    data.extend(bytes);
                }
            }
        }
    }
    (pdus, Ok(()))
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = |damaged: u8, bit: u16, piece_lens: [u16; 2], pdus: &[[u8; 4]]| {
        let [first, second] = piece_lens.map(u16::to_be_bytes);
        [
            &[damaged][..],
            &bit.to_be_bytes(),
            &first,
            &second,
            &pdus.concat(),
        ]
        .concat()
    };
    let read = [[0x25, 0, 0x20, 0], [0x25, 0, 0x00, 0x05], [0x21, 0, 0, 0]];
    vec![
        scene(0xff, 0, [4096, 1448], &read),
        scene(
            0xff,
            0,
            [1, 47],
            &[[0x3f, 0, 0, 48], [0x32, 255, 0, 0], [0x20, 1, 0, 1]],
        ),
        // Wrong: the opcode, a byte of data, the padding, a digest.
        scene(0, 7, [1448, 1448], &read),
        scene(0, 8 * 1000, [1448, 2], &read),
        scene(1, 8 * 58, [1448, 9], &read),
        scene(2, 8 * 51, [0, 0], &read),
    ]
}
