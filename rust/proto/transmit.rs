// SPDX-License-Identifier: GPL-2.0

//! Sending one PDU over a byte stream that takes as much as it has room for.
//!
//! A [`Stream`] is the PDUs of a connection in their order, and knows when that order is broken.
//!
//! A PDU is sent in up to three parts: the header with its digest, the data segment, and a trailer
//! of padding and data digest. [`PduTransmit`] says which bytes are next and whether more follow
//! at once, and resumes exactly where the stream stopped.
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::transmit::{Part, PduTransmit};
//!
//! // A command with six bytes of immediate data and no digests.
//! let mut pdu = PduTransmit::new(48, 6, false)?;
//!
//! let header = pdu.next_chunk().unwrap();
//! assert_eq!((header.part, header.len, header.more), (Part::Header, 48, true));
//! pdu.advance(48)?;
//!
//! // The stream takes four of the six bytes.
//! pdu.advance(4)?;
//! let rest = pdu.next_chunk().unwrap();
//! assert_eq!((rest.part, rest.offset, rest.len, rest.more), (Part::Data, 4, 2, true));
//! pdu.advance(2)?;
//!
//! let padding = pdu.next_chunk().unwrap();
//! assert_eq!((padding.part, padding.len, padding.more), (Part::Trailer, 2, false));
//! pdu.advance(2)?;
//! assert!(pdu.next_chunk().is_none());
//! # Ok::<(), iscsi_proto::transmit::Error>(())
//! ```

use crate::{
    digest::DIGEST_LEN,
    pdu::{padding, AHS_MAX_LEN, BHS_LEN, DATA_SEGMENT_MAX_LEN, PAD_LEN},
};

/// Why a PDU cannot be sent as described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The header is shorter than a BHS or longer than BHS, AHS and digest can be.
    HeaderLength,
    /// The data segment is longer than its 24-bit length field can say.
    DataLength,
    /// The stream claims to have taken more bytes than it was offered.
    Overrun,
}

/// A part of a PDU, each contiguous in its own memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// BHS, AHS and header digest.
    Header,
    /// The data segment without its padding.
    Data,
    /// Padding and data digest.
    Trailer,
}

/// The bytes to offer to the stream next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Where the bytes are.
    pub part: Part,
    /// Offset of the first of them from the start of the part.
    pub offset: u32,
    /// How many they are; never zero.
    pub len: u32,
    /// Whether more bytes of this PDU follow, so that the stream should not push these out alone.
    pub more: bool,
}

/// The padding and the data digest behind a data segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trailer {
    bytes: [u8; Self::MAX_LEN],
    len: u8,
}

impl Trailer {
    /// Longest trailer: three bytes of padding and the digest, in a whole number of words.
    pub const MAX_LEN: usize = PAD_LEN as usize + DIGEST_LEN;

    /// The trailer of a data segment of `data_len` bytes.
    ///
    /// `digest` covers data and padding. A PDU without data has neither (RFC 7143, section 11.2.3).
    pub fn new(data_len: u32, digest: Option<[u8; DIGEST_LEN]>) -> Self {
        let len = Self::len(data_len, digest.is_some());
        let mut bytes = [0; Self::MAX_LEN];
        // Behind the padding; nowhere when there is no data.
        let place = bytes
            .iter_mut()
            .take(len as usize)
            .skip(padding(data_len) as usize);
        for (place, byte) in place.zip(digest.iter().flatten()) {
            *place = *byte;
        }
        Self {
            bytes,
            len: len as u8,
        }
    }

    /// Length of the trailer of a data segment of `data_len` bytes.
    #[inline]
    pub const fn len(data_len: u32, digest: bool) -> u32 {
        match (data_len, digest) {
            (0, _) => 0,
            (_, false) => padding(data_len),
            (_, true) => padding(data_len).wrapping_add(DIGEST_LEN as u32),
        }
    }

    /// The zero bytes that pad a data segment of `data_len` bytes; the digest covers them too.
    #[inline]
    pub fn padding(data_len: u32) -> &'static [u8] {
        const ZEROES: [u8; PAD_LEN as usize] = [0; PAD_LEN as usize];
        ZEROES.get(..padding(data_len) as usize).unwrap_or(&[])
    }

    /// The bytes to send.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }
}

/// How far one PDU has been sent.
///
/// # Invariants
///
/// `sent` is at most the sum of the three lengths, and that sum does not overflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PduTransmit {
    header: u32,
    data: u32,
    trailer: u32,
    sent: u32,
}

impl PduTransmit {
    /// Longest header part: BHS, AHS and header digest.
    pub const HEADER_MAX_LEN: usize = BHS_LEN + AHS_MAX_LEN + DIGEST_LEN;

    /// Starts a PDU of `header_len` bytes of header (with its digest, if one is negotiated) and
    /// `data_len` bytes of data, followed by their [`Trailer`], with a digest if `data_digest`.
    ///
    /// # Errors
    ///
    /// [`Error::HeaderLength`] and [`Error::DataLength`] for lengths no PDU has.
    pub fn new(header_len: usize, data_len: u32, data_digest: bool) -> Result<Self, Error> {
        if !(BHS_LEN..=Self::HEADER_MAX_LEN).contains(&header_len) {
            return Err(Error::HeaderLength);
        }
        if data_len > DATA_SEGMENT_MAX_LEN {
            return Err(Error::DataLength);
        }
        // INVARIANT: 308 + 2^24 - 1 + 8 is far below 2^32, and nothing is sent yet.
        Ok(Self {
            header: header_len as u32,
            data: data_len,
            trailer: Trailer::len(data_len, data_digest),
            sent: 0,
        })
    }

    /// The bytes to send next, or [`None`] when the PDU is complete.
    #[inline]
    pub fn next_chunk(&self) -> Option<Chunk> {
        let mut offset = self.sent;
        let mut rest = self.unsent();
        for (part, len) in [
            (Part::Header, self.header),
            (Part::Data, self.data),
            (Part::Trailer, self.trailer),
        ] {
            if let Some(left) = len.checked_sub(offset).filter(|left| *left > 0) {
                rest = rest.wrapping_sub(left);
                return Some(Chunk {
                    part,
                    offset,
                    len: left,
                    more: rest > 0,
                });
            }
            offset = offset.wrapping_sub(len);
        }
        None
    }

    /// Records that the stream took `count` bytes, from the first unsent one on.
    ///
    /// # Errors
    ///
    /// [`Error::Overrun`] when that is more than was left; nothing is recorded then.
    #[inline]
    pub fn advance(&mut self, count: usize) -> Result<(), Error> {
        let count = u32::try_from(count).map_err(|_| Error::Overrun)?;
        if count > self.unsent() {
            return Err(Error::Overrun);
        }
        // INVARIANT: `count` is at most what was left.
        self.sent = self.sent.wrapping_add(count);
        Ok(())
    }

    /// Number of bytes still to be sent.
    #[inline]
    pub const fn unsent(&self) -> u32 {
        // By the invariants neither the sum nor the difference can wrap.
        self.header
            .wrapping_add(self.data)
            .wrapping_add(self.trailer)
            .wrapping_sub(self.sent)
    }

    /// Whether some, but not all of the PDU is on the wire: nothing else may be sent on this
    /// connection before the rest.
    #[inline]
    pub const fn is_partial(&self) -> bool {
        self.sent > 0 && self.unsent() > 0
    }
}

/// Where a connection stands when its next bytes are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The prepared PDU has bytes left: [`Stream::next_chunk`] says which.
    Send,
    /// Nothing is left to be sent.
    Idle,
    /// A PDU was dropped half sent: the target takes whatever follows for the rest of it. Or the first
    /// bytes of this one went over another TCP connection. Nothing may follow: the connection has
    /// failed.
    Torn,
}

/// The PDUs that a connection sends, one after the other, over one TCP connection after the other.
///
/// PDUs belong to tasks, named by index; TCP connections are told apart by the number of their
/// binding. Error handling may complete a task, and so take its PDU away, at any moment.
///
/// # Invariants
///
/// `current` has bytes left.
#[derive(Debug, Default)]
pub struct Stream {
    current: Option<Sending>,
    /// The binding in which a PDU was dropped half sent.
    torn: Option<u32>,
}

/// A PDU that is not completely sent.
#[derive(Clone, Copy, Debug)]
struct Sending {
    pdu: PduTransmit,
    task: i32,
    /// The binding that has got the first bytes.
    binding: Option<u32>,
}

impl Sending {
    /// Whether another binding than `binding` has got the first bytes, so that the rest would be taken
    /// for a header.
    #[inline]
    fn began_before(&self, binding: u32) -> bool {
        self.pdu.is_partial() && self.binding != Some(binding)
    }
}

impl Stream {
    /// Makes `pdu` of task `task` the next to be sent. A PDU that was prepared before and is not
    /// completely sent is dropped.
    pub fn prepare(&mut self, task: i32, pdu: PduTransmit) {
        self.drop_current();
        // INVARIANT: Nothing of it is sent, and it has at least a header.
        self.current = Some(Sending {
            pdu,
            task,
            binding: None,
        });
    }

    /// What to do when the PDU of `task` is to be sent in binding `binding`.
    ///
    /// A PDU of another task is dropped: its task was taken away, or it would be sent first.
    #[inline]
    pub fn turn(&mut self, task: i32, binding: u32) -> Turn {
        if self.current.is_some_and(|current| current.task != task) {
            self.drop_current();
        }
        if self
            .current
            .is_some_and(|current| current.began_before(binding))
        {
            self.current = None;
            self.torn = Some(binding);
        }
        if self.torn == Some(binding) {
            return Turn::Torn;
        }
        match &mut self.current {
            Some(current) => {
                current.binding = Some(binding);
                Turn::Send
            }
            None => Turn::Idle,
        }
    }

    /// The bytes to send next, or [`None`] when nothing is left.
    #[inline]
    pub fn next_chunk(&self) -> Option<Chunk> {
        self.current.as_ref()?.pdu.next_chunk()
    }

    /// Records that the stream took `count` bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Overrun`] when that is more than was left; nothing is recorded then.
    #[inline]
    pub fn advance(&mut self, count: usize) -> Result<(), Error> {
        let current = self.current.as_mut().ok_or(Error::Overrun)?;
        current.pdu.advance(count)?;
        // INVARIANT: A PDU without bytes left is not kept.
        if current.pdu.unsent() == 0 {
            self.current = None;
        }
        Ok(())
    }

    fn drop_current(&mut self) {
        if let Some(dropped) = self.current.take() {
            if dropped.pdu.is_partial() {
                self.torn = dropped.binding;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn trailer_holds_padding_then_digest() {
        let digest = Some([1, 2, 3, 4]);
        assert_eq!(Trailer::new(0, digest).as_bytes(), []);
        assert_eq!(Trailer::new(4, None).as_bytes(), []);
        assert_eq!(Trailer::new(5, None).as_bytes(), [0, 0, 0]);
        assert_eq!(Trailer::new(8, digest).as_bytes(), [1, 2, 3, 4]);
        assert_eq!(Trailer::new(7, digest).as_bytes(), [0, 1, 2, 3, 4]);
    }

    /// "Padding bytes SHOULD be sent as 0" (section 11.1), up to a multiple of four bytes.
    #[test]
    fn zeros_complete_the_last_word() {
        for (data_len, zeros) in [(0, 0), (1, 3), (6, 2), (7, 1), (8, 0), (u32::MAX, 1)] {
            assert_eq!(Trailer::padding(data_len), vec![0; zeros]);
        }
    }

    #[test]
    fn refuses_lengths_no_pdu_has() {
        assert_eq!(PduTransmit::new(47, 0, false), Err(Error::HeaderLength));
        assert_eq!(PduTransmit::new(309, 0, true), Err(Error::HeaderLength));
        assert_eq!(
            PduTransmit::new(48, 0x0100_0000, false),
            Err(Error::DataLength)
        );
        assert!(PduTransmit::new(308, 0x00ff_ffff, true).is_ok());
    }

    #[test]
    fn refuses_more_than_it_offered() {
        let mut pdu = PduTransmit::new(48, 0, true).unwrap();
        assert_eq!(pdu.advance(49), Err(Error::Overrun));
        assert_eq!(pdu.advance(usize::MAX), Err(Error::Overrun));
        assert_eq!(pdu.unsent(), 48);
    }

    #[test]
    fn header_alone_is_pushed_at_once() {
        let pdu = PduTransmit::new(48, 0, true).unwrap();
        assert!(!pdu.next_chunk().unwrap().more);
        assert!(!pdu.is_partial());
    }

    fn header() -> PduTransmit {
        PduTransmit::new(48, 0, false).unwrap()
    }

    #[test]
    fn a_whole_pdu_leaves_the_stream_idle() {
        let mut stream = Stream::default();
        assert_eq!(stream.turn(1, 0), Turn::Idle);
        stream.prepare(1, header());
        assert_eq!(stream.turn(1, 0), Turn::Send);
        stream.advance(48).unwrap();
        assert_eq!(stream.next_chunk(), None);
        // Also for another task: an R2T makes the library ask before it prepares Data-Out.
        assert_eq!(stream.turn(2, 0), Turn::Idle);
        assert_eq!(stream.advance(1), Err(Error::Overrun));
    }

    #[test]
    fn a_pdu_goes_on_where_it_stopped() {
        let mut stream = Stream::default();
        stream.prepare(1, header());
        assert_eq!(stream.turn(1, 0), Turn::Send);
        stream.advance(20).unwrap();
        assert_eq!(stream.turn(1, 0), Turn::Send);
        assert_eq!(stream.next_chunk().unwrap().offset, 20);
    }

    #[test]
    fn a_pdu_of_which_nothing_is_sent_may_go() {
        let mut stream = Stream::default();
        stream.prepare(1, header());
        assert_eq!(stream.turn(2, 0), Turn::Idle);
        stream.prepare(1, header());
        assert_eq!(stream.turn(1, 0), Turn::Send);
        stream.prepare(2, header());
        assert_eq!(stream.turn(2, 0), Turn::Send);
    }

    #[test]
    fn a_pdu_dropped_half_sent_tears_its_connection_and_no_other() {
        let half_sent = || {
            let mut stream = Stream::default();
            stream.prepare(1, header());
            assert_eq!(stream.turn(1, 7), Turn::Send);
            stream.advance(47).unwrap();
            stream
        };

        // The next command is prepared.
        let mut stream = half_sent();
        stream.prepare(2, header());
        assert_eq!(stream.turn(2, 7), Turn::Torn);
        assert_eq!(stream.turn(2, 7), Turn::Torn);
        // After a new login the command is sent.
        assert_eq!(stream.turn(2, 8), Turn::Send);
        assert_eq!(stream.next_chunk().unwrap().offset, 0);

        // The library asks for another task.
        let mut stream = half_sent();
        assert_eq!(stream.turn(2, 7), Turn::Torn);
        assert_eq!(stream.turn(2, 8), Turn::Idle);

        // The connection is lost first: nothing of the old one matters.
        let mut stream = half_sent();
        stream.prepare(1, header());
        assert_eq!(stream.turn(1, 8), Turn::Send);
    }

    #[test]
    fn the_rest_of_a_pdu_does_not_go_over_another_connection() {
        let mut stream = Stream::default();
        stream.prepare(1, header());
        // Nothing of it was taken yet: it may begin on the next connection.
        assert_eq!(stream.turn(1, 7), Turn::Send);
        assert_eq!(stream.turn(1, 8), Turn::Send);
        stream.advance(20).unwrap();
        assert_eq!(stream.turn(1, 9), Turn::Torn);
        assert_eq!(stream.next_chunk(), None);
        stream.prepare(1, header());
        assert_eq!(stream.turn(1, 9), Turn::Torn);
        assert_eq!(stream.turn(1, 10), Turn::Send);
        assert_eq!(stream.next_chunk().unwrap().offset, 0);
    }

    proptest! {
        /// However little the stream takes at a time, it gets every byte once and in order, and
        /// is told that more follows up to the last byte.
        #[test]
        fn any_split_gives_the_same_stream(
            header_len in BHS_LEN..=PduTransmit::HEADER_MAX_LEN,
            data in proptest::collection::vec(any::<u8>(), 0..600),
            digest in any::<Option<[u8; DIGEST_LEN]>>(),
            takes in proptest::collection::vec(1usize..400, 1..40),
        ) {
            let header = vec![0xa5u8; header_len];
            let trailer = Trailer::new(data.len() as u32, digest);
            let whole: Vec<u8> = [&header[..], &data[..], trailer.as_bytes()].concat();

            let mut pdu = PduTransmit::new(header_len, data.len() as u32, digest.is_some()).unwrap();
            let mut wire = Vec::new();
            let mut takes = takes.into_iter().cycle();
            while let Some(chunk) = pdu.next_chunk() {
                let part = match chunk.part {
                    Part::Header => &header[..],
                    Part::Data => &data[..],
                    Part::Trailer => trailer.as_bytes(),
                };
                let offered = &part[chunk.offset as usize..][..chunk.len as usize];
                prop_assert!(!offered.is_empty());
                prop_assert_eq!(chunk.more, wire.len() + offered.len() < whole.len());
                let taken = offered.len().min(takes.next().unwrap());
                wire.extend_from_slice(&offered[..taken]);
                pdu.advance(taken).unwrap();
                prop_assert_eq!(pdu.is_partial(), wire.len() < whole.len());
            }
            prop_assert_eq!(wire, whole);
            prop_assert_eq!(pdu.unsent(), 0);
        }
    }
}
