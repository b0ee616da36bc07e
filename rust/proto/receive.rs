// SPDX-License-Identifier: GPL-2.0

//! Cutting a byte stream into PDUs (RFC 7143, section 11.2).
//!
//! A [`Receiver`] is given the stream in whatever pieces it comes. It keeps the Basic Header
//! Segment, checks digests, skips what has no meaning for the receiver, and says where the bytes
//! of a data segment go. It stops twice in a PDU: when the header is complete, so that its owner
//! can judge it and find a place for the data, and when the data is.
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::receive::{Framing, Receiver, Step};
//!
//! // A NOP-In with five bytes of data and three of padding, without digests.
//! let mut stream = [0; 56];
//! stream[0] = 0x20;
//! stream[7] = 5;
//!
//! # fn crc32c(_: u32, _: &[u8]) -> u32 { 0 }
//! let framing = Framing::default();
//! let mut receiver = Receiver::new();
//! let mut bytes = &stream[..];
//! assert_eq!(receiver.take(framing, crc32c, &mut bytes), Ok(Step::Header));
//! assert_eq!(receiver.data_len(), 5);
//! assert_eq!(
//!     receiver.take(framing, crc32c, &mut bytes),
//!     Ok(Step::Data { offset: 0, bytes: &stream[48..53] })
//! );
//! assert_eq!(receiver.take(framing, crc32c, &mut bytes), Ok(Step::Complete));
//! assert!(bytes.is_empty());
//! ```

use crate::{
    digest::{
        self,
        DIGEST_LEN, //
    },
    pdu::{
        padding,
        BHS_LEN, //
    },
};

/// The most bytes of data that one [`Step`] hands out while there is a digest to compute: what has
/// just been read for the digest is then still in the cache for the copy.
const DIGESTED_STEP: u32 = 4096;

/// Computes CRC32C: the register after some bytes, from the register before them.
pub type Crc32c = fn(u32, &[u8]) -> u32;

/// What surrounds headers and data on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Framing {
    /// A digest follows each header.
    pub header_digest: bool,
    /// A digest follows each data segment and its padding.
    pub data_digest: bool,
    /// Somebody below has taken the padding away.
    pub no_padding: bool,
}

/// Why the stream is no sequence of PDUs any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The header digest does not match.
    HeaderDigest,
    /// The data digest does not match.
    DataDigest,
}

/// What to do with the bytes that were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Nothing: the bytes given are used up.
    Starved,
    /// The header is complete: [`Receiver::bhs`] has it. Its data segment follows, or the next
    /// header if it has none.
    Header,
    /// Store these bytes.
    Data {
        /// Where they belong, from the start of the data segment.
        offset: u32,
        /// The bytes; never empty.
        bytes: &'a [u8],
    },
    /// The data segment is complete, and its digest matched. The next header follows.
    Complete,
}

/// The parts of a PDU, in their order. Any but the first may be of no length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Bhs,
    Ahs,
    HeaderDigest,
    Data,
    Padding,
    DataDigest,
}

/// How far the stream has been cut.
///
/// # Invariants
///
/// `done` is at most the length of `part`.
#[derive(Clone, Debug)]
// The header first, and as C aligns its structs of it.
#[repr(C, align(8))]
pub struct Receiver {
    bhs: [u8; BHS_LEN],
    digest: [u8; DIGEST_LEN],
    /// The CRC32C register of the header or data segment.
    register: u32,
    part: Part,
    /// Bytes of `part` that have been taken.
    done: u32,
}

impl Default for Receiver {
    fn default() -> Self {
        Self::new()
    }
}

impl Receiver {
    /// Before the first header of a stream.
    pub const fn new() -> Self {
        // INVARIANT: None of the bytes of a BHS are taken.
        Self {
            bhs: [0; BHS_LEN],
            digest: [0; DIGEST_LEN],
            register: digest::SEED,
            part: Part::Bhs,
            done: 0,
        }
    }

    /// The Basic Header Segment: valid from [`Step::Header`] until the next one begins.
    #[inline]
    pub const fn bhs(&self) -> &[u8; BHS_LEN] {
        &self.bhs
    }

    /// DataSegmentLength of the header (RFC 7143, section 11.2.1.6), in bytes.
    #[inline]
    pub const fn data_len(&self) -> u32 {
        let [_, _, _, _, _, high, middle, low, ..] = self.bhs;
        u32::from_be_bytes([0, high, middle, low])
    }

    /// TotalAHSLength of the header (RFC 7143, section 11.2.1.5), in bytes: at most 1,020.
    ///
    /// No response has a use for an Additional Header Segment, so its bytes are not kept.
    #[inline]
    pub const fn ahs_len(&self) -> u32 {
        let [_, _, _, _, words, ..] = self.bhs;
        (words as u32) << 2
    }

    /// Whether a header is being received, or about to be.
    #[inline]
    pub const fn is_in_header(&self) -> bool {
        matches!(self.part, Part::Bhs | Part::Ahs | Part::HeaderDigest)
    }

    /// Counts the rest of the data segment as received: somebody below has stored it, and has taken
    /// its padding and digest away. Returns false when no data segment is being received.
    #[inline]
    pub fn skip_data(&mut self) -> bool {
        if self.is_in_header() {
            return false;
        }
        self.enter(Part::Bhs);
        true
    }

    /// Takes bytes from the front of `bytes`, up to where somebody has to hear of it.
    ///
    /// To be called until it is [`Step::Starved`]: a PDU may be complete without another byte.
    /// `framing` may change between two PDUs.
    ///
    /// # Errors
    ///
    /// A digest does not match. Nothing of what follows can be trusted.
    #[inline]
    pub fn take<'a>(
        &mut self,
        framing: Framing,
        crc32c: Crc32c,
        bytes: &mut &'a [u8],
    ) -> Result<Step<'a>, Error> {
        loop {
            let left = self.part_len(framing).saturating_sub(self.done);
            if left == 0 {
                match self.finish_part(framing, crc32c)? {
                    Some(step) => return Ok(step),
                    None => continue,
                }
            }
            let digested = self.is_digested(framing);
            let limit = if digested {
                left.min(DIGESTED_STEP)
            } else {
                left
            };
            let piece = split_off(bytes, limit as usize);
            if piece.is_empty() {
                return Ok(Step::Starved);
            }
            if digested {
                self.register = crc32c(self.register, piece);
            }
            let offset = self.done;
            // INVARIANT: The piece is not longer than what was left.
            self.done = offset.wrapping_add(piece.len() as u32);
            match self.part {
                Part::Bhs => store(&mut self.bhs, offset, piece),
                Part::HeaderDigest | Part::DataDigest => store(&mut self.digest, offset, piece),
                Part::Data => {
                    return Ok(Step::Data {
                        offset,
                        bytes: piece,
                    })
                }
                Part::Ahs | Part::Padding => {}
            }
        }
    }

    #[inline]
    fn part_len(&self, framing: Framing) -> u32 {
        match self.part {
            Part::Bhs => BHS_LEN as u32,
            Part::Ahs => self.ahs_len(),
            Part::HeaderDigest if framing.header_digest => DIGEST_LEN as u32,
            Part::Data => self.data_len(),
            Part::Padding if !framing.no_padding => padding(self.data_len()),
            Part::DataDigest if framing.data_digest => DIGEST_LEN as u32,
            Part::HeaderDigest | Part::Padding | Part::DataDigest => 0,
        }
    }

    /// Whether a digest is to be computed over the current part as it comes. The BHS is kept, and its
    /// digest computed at once.
    #[inline]
    fn is_digested(&self, framing: Framing) -> bool {
        match self.part {
            Part::Ahs => framing.header_digest,
            Part::Data | Part::Padding => framing.data_digest,
            Part::Bhs | Part::HeaderDigest | Part::DataDigest => false,
        }
    }

    /// Goes on behind the current part, which is complete.
    #[inline]
    fn finish_part(
        &mut self,
        framing: Framing,
        crc32c: Crc32c,
    ) -> Result<Option<Step<'static>>, Error> {
        match self.part {
            Part::Bhs => {
                if framing.header_digest {
                    self.register = crc32c(digest::SEED, &self.bhs);
                }
                self.enter(Part::Ahs);
            }
            Part::Ahs => self.enter(Part::HeaderDigest),
            Part::HeaderDigest => {
                if framing.header_digest && !self.digest_matches() {
                    return Err(Error::HeaderDigest);
                }
                self.enter(match self.data_len() {
                    0 => Part::Bhs,
                    _ => Part::Data,
                });
                return Ok(Some(Step::Header));
            }
            Part::Data => self.enter(Part::Padding),
            Part::Padding => self.enter(Part::DataDigest),
            Part::DataDigest => {
                if framing.data_digest && !self.digest_matches() {
                    return Err(Error::DataDigest);
                }
                self.enter(Part::Bhs);
                return Ok(Some(Step::Complete));
            }
        }
        Ok(None)
    }

    #[inline]
    fn digest_matches(&self) -> bool {
        digest::to_wire(self.register) == self.digest
    }

    #[inline]
    fn enter(&mut self, part: Part) {
        if part == Part::Data {
            self.register = digest::SEED;
        }
        // INVARIANT: Nothing of the part is taken.
        self.part = part;
        self.done = 0;
    }
}

/// Splits up to `limit` bytes off the front.
#[inline]
fn split_off<'a>(bytes: &mut &'a [u8], limit: usize) -> &'a [u8] {
    match bytes.split_at_checked(limit) {
        Some((piece, rest)) => {
            *bytes = rest;
            piece
        }
        None => core::mem::take(bytes),
    }
}

/// Copies `piece` to `offset` of `place`; what does not fit is left out.
#[inline]
fn store(place: &mut [u8], offset: u32, piece: &[u8]) {
    let place = place.get_mut(offset as usize..).unwrap_or_default();
    for (place, byte) in place.iter_mut().zip(piece) {
        *place = *byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::tests::crc32c;
    use proptest::prelude::*;

    const BOTH: Framing = Framing {
        header_digest: true,
        data_digest: true,
        no_padding: false,
    };

    /// A PDU as it goes on the wire.
    fn wire(opcode: u8, ahs_words: u8, data: &[u8], framing: Framing) -> Vec<u8> {
        let mut bytes = vec![0u8; BHS_LEN];
        bytes[0] = opcode;
        bytes[4] = ahs_words;
        bytes[5..8].copy_from_slice(&(data.len() as u32).to_be_bytes()[1..]);
        bytes[47] = opcode;
        bytes.extend((0..u32::from(ahs_words) * 4).map(|byte| byte as u8));
        if framing.header_digest {
            let digest = digest::to_wire(crc32c(digest::SEED, &bytes));
            bytes.extend(digest);
        }
        if data.is_empty() {
            return bytes;
        }
        let start = bytes.len();
        bytes.extend(data);
        if !framing.no_padding {
            bytes.resize(bytes.len() + padding(data.len() as u32) as usize, 0);
        }
        if framing.data_digest {
            let digest = digest::to_wire(crc32c(digest::SEED, &bytes[start..]));
            bytes.extend(digest);
        }
        bytes
    }

    /// What a receiver makes of a stream that comes in the given pieces: the opcode and data of
    /// each PDU that is complete.
    fn receive(
        stream: &[u8],
        pieces: &[usize],
        framing: Framing,
    ) -> Result<Vec<(u8, Vec<u8>)>, Error> {
        let mut receiver = Receiver::new();
        let mut pdus = Vec::new();
        let mut data = Vec::new();
        let mut rest = stream;
        let mut pieces = pieces.iter().cycle();
        while !rest.is_empty() {
            let mut bytes = split_off(&mut rest, *pieces.next().unwrap());
            loop {
                match receiver.take(framing, crc32c, &mut bytes)? {
                    Step::Starved => break,
                    Step::Header => {
                        assert_eq!(receiver.bhs()[0], receiver.bhs()[47]);
                        assert_eq!(receiver.is_in_header(), receiver.data_len() == 0);
                        if receiver.data_len() == 0 {
                            pdus.push((receiver.bhs()[0], Vec::new()));
                        }
                    }
                    Step::Data { offset, bytes } => {
                        assert_eq!(offset as usize, data.len());
                        assert!(!bytes.is_empty());
                        data.extend(bytes);
                    }
                    Step::Complete => {
                        assert!(receiver.is_in_header());
                        assert_eq!(receiver.data_len() as usize, data.len());
                        pdus.push((receiver.bhs()[0], core::mem::take(&mut data)));
                    }
                }
            }
            assert!(bytes.is_empty());
        }
        Ok(pdus)
    }

    #[test]
    fn a_stream_begins_with_a_header() {
        let mut receiver = Receiver::default();
        assert!(receiver.is_in_header());
        assert!(!receiver.skip_data());
        let stream = [0x20; BHS_LEN];
        let (mut most, mut last) = (&stream[..BHS_LEN - 1], &stream[BHS_LEN - 1..]);
        let framing = Framing::default();
        assert_eq!(receiver.take(framing, crc32c, &mut most), Ok(Step::Starved));
        assert_eq!(receiver.take(framing, crc32c, &mut last), Ok(Step::Starved));
        // The header itself announces more.
        assert_eq!(receiver.bhs(), &stream);
        assert_eq!(receiver.ahs_len(), 4 * 0x20);
        assert!(receiver.is_in_header());
    }

    #[test]
    fn a_header_ends_behind_its_additional_segments() {
        let stream = [
            wire(0x21, 255, &[], BOTH),
            wire(0x3f, 2, &[7; 5], BOTH),
            wire(0x20, 0, &[], BOTH),
        ]
        .concat();
        assert_eq!(
            receive(&stream, &[stream.len()], BOTH).unwrap(),
            [(0x21, vec![]), (0x3f, vec![7; 5]), (0x20, vec![])]
        );
    }

    #[test]
    fn every_bit_under_a_digest_counts() {
        let stream = wire(0x25, 1, &[0x5a; 6], BOTH);
        let data_start = BHS_LEN + 4 + DIGEST_LEN;
        for bit in 0..stream.len() * 8 {
            let mut damaged = stream.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            // A damaged length makes the header longer than the stream: it is never complete.
            let result = receive(&damaged, &[stream.len()], BOTH);
            match bit / 8 {
                4 => assert!(result == Ok(vec![]) || result == Err(Error::HeaderDigest)),
                byte if byte < data_start => assert_eq!(result, Err(Error::HeaderDigest)),
                _ => assert_eq!(result, Err(Error::DataDigest)),
            }
        }
    }

    #[test]
    fn digested_data_comes_in_small_steps_and_other_data_at_once() {
        for (framing, largest) in [(BOTH, DIGESTED_STEP as usize), (Framing::default(), 20_000)] {
            let stream = wire(0x25, 0, &[1; 20_000], framing);
            let mut bytes = &stream[..];
            let mut receiver = Receiver::new();
            let mut steps = Vec::new();
            loop {
                match receiver.take(framing, crc32c, &mut bytes).unwrap() {
                    Step::Data { bytes, .. } => steps.push(bytes.len()),
                    Step::Header => {}
                    Step::Complete | Step::Starved => break,
                }
            }
            assert_eq!(steps.iter().max(), Some(&largest));
            assert_eq!(steps.iter().sum::<usize>(), 20_000);
        }
    }

    #[test]
    fn data_that_was_stored_below_is_skipped() {
        let framing = Framing {
            no_padding: true,
            ..Framing::default()
        };
        let mut receiver = Receiver::new();
        assert!(!receiver.skip_data());
        let pdu = wire(0x25, 0, &[9; 7], framing);
        let mut header = &pdu[..BHS_LEN];
        assert_eq!(
            receiver.take(framing, crc32c, &mut header),
            Ok(Step::Header)
        );
        assert!(!receiver.is_in_header());
        assert!(receiver.skip_data());
        assert!(receiver.is_in_header());
        let mut next = &wire(0x20, 0, &[], framing)[..];
        assert_eq!(receiver.take(framing, crc32c, &mut next), Ok(Step::Header));
        assert_eq!(receiver.bhs()[0], 0x20);
    }

    #[test]
    fn digests_may_begin_between_two_pdus() {
        let mut receiver = Receiver::new();
        let login = wire(0x23, 0, b"k=v", Framing::default());
        let mut bytes = &login[..];
        while receiver
            .take(Framing::default(), crc32c, &mut bytes)
            .unwrap()
            != Step::Starved
        {}
        let pdu = wire(0x20, 0, &[], BOTH);
        let mut bytes = &pdu[..];
        assert_eq!(receiver.take(BOTH, crc32c, &mut bytes), Ok(Step::Header));
    }

    fn framing() -> impl Strategy<Value = Framing> {
        any::<(bool, bool, bool)>().prop_map(|(header_digest, data_digest, no_padding)| Framing {
            header_digest,
            data_digest,
            no_padding,
        })
    }

    proptest! {
        /// However the stream is split, the same PDUs come out of it.
        #[test]
        fn any_split_gives_the_same_pdus(
            pdus in proptest::collection::vec(
                (any::<u8>(), 0u8..4, proptest::collection::vec(any::<u8>(), 0..70)), 1..6),
            framing in framing(),
            pieces in proptest::collection::vec(1usize..90, 1..40),
        ) {
            let stream: Vec<u8> = pdus
                .iter()
                .flat_map(|(opcode, ahs, data)| wire(*opcode, *ahs, data, framing))
                .collect();
            let expected: Vec<_> = pdus.into_iter().map(|(opcode, _, data)| (opcode, data)).collect();
            prop_assert_eq!(receive(&stream, &pieces, framing).unwrap(), expected.clone());
            prop_assert_eq!(receive(&stream, &[1], framing).unwrap(), expected);
        }

        /// Whatever bytes come, every one of them is taken, or the stream ends with an error.
        #[test]
        fn any_bytes_are_taken(
            stream in proptest::collection::vec(any::<u8>(), 0..2000),
            framing in framing(),
            piece in 1usize..300,
        ) {
            let mut receiver = Receiver::new();
            'stream: for piece in stream.chunks(piece) {
                let mut bytes = piece;
                loop {
                    match receiver.take(framing, crc32c, &mut bytes) {
                        Ok(Step::Starved) => break,
                        Ok(Step::Data { offset, bytes }) => {
                            prop_assert!(offset as usize + bytes.len() <= receiver.data_len() as usize);
                        }
                        Ok(_) => {}
                        Err(_) => break 'stream,
                    }
                }
                prop_assert!(bytes.is_empty());
            }
        }
    }
}
