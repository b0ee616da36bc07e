// SPDX-License-Identifier: GPL-2.0

//! The messages in what user space has sent.

use super::{
    align4,
    Event,
    EVENT_LEN,
    HEADER_LEN,
    MESSAGE_MIN_LEN, //
};

/// The messages in a buffer, one after the other.
///
/// Ends before anything that is no message: shorter than its event, or longer than what is left of
/// the buffer. Nobody is told, for there may be no sender that expects an answer.
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Messages<'a> {
    /// The messages in `buffer`.
    #[inline]
    pub const fn new(buffer: &'a [u8]) -> Self {
        Self {
            rest: buffer,
            offset: 0,
        }
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Message<'a>;

    fn next(&mut self) -> Option<Message<'a>> {
        let (header, behind) = self.rest.split_first_chunk::<HEADER_LEN>()?;
        let [len0, len1, len2, len3, kind0, kind1, ..] = *header;
        let len = u32::from_ne_bytes([len0, len1, len2, len3]) as usize;
        let payload_len = len.checked_sub(MESSAGE_MIN_LEN)?;
        let (event, behind) = behind.split_first_chunk::<EVENT_LEN>()?;
        let payload = behind.get(..payload_len)?;
        let message = Message {
            offset: self.offset,
            kind: u16::from_ne_bytes([kind0, kind1]),
            event: Event::new(event),
            payload,
        };
        // The last one need not be padded.
        self.rest = self.rest.get(align4(len)..).unwrap_or_default();
        self.offset = self.offset.wrapping_add(align4(len));
        Some(message)
    }
}

/// A message from user space.
///
/// # Invariants
///
/// It lies in the buffer that it was found in, from its header at `offset` to the end of its
/// payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    offset: usize,
    kind: u16,
    event: Event<'a>,
    payload: &'a [u8],
}

impl<'a> Message<'a> {
    /// Where its header begins in the buffer, in bytes.
    #[inline]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The number of its command (`nlmsg_type`).
    #[inline]
    pub const fn kind(&self) -> u16 {
        self.kind
    }

    /// Its event.
    #[inline]
    pub const fn event(&self) -> Event<'a> {
        self.event
    }

    /// What comes after the event, to the end that the header gives. Senders may have rounded that
    /// up to a multiple of four.
    #[inline]
    pub const fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Where its payload begins in the buffer, in bytes.
    #[inline]
    pub const fn payload_offset(&self) -> usize {
        self.offset.wrapping_add(MESSAGE_MIN_LEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A message with the length `len` in its header, and `size` bytes in all.
    fn message(len: u32, kind: u16, size: usize) -> Vec<u8> {
        let mut bytes = vec![0xee; size.max(HEADER_LEN)];
        bytes[..4].copy_from_slice(&len.to_ne_bytes());
        bytes[4..6].copy_from_slice(&kind.to_ne_bytes());
        bytes.truncate(size);
        bytes
    }

    #[test]
    fn the_parts_of_a_message_are_where_they_belong() {
        let mut buffer = message(75, 16, 76);
        for (byte, value) in buffer[HEADER_LEN..].iter_mut().zip(0..) {
            *byte = value;
        }
        let mut messages = Messages::new(&buffer);
        let message = messages.next().unwrap();
        assert_eq!(message.offset(), 0);
        assert_eq!(message.kind(), 16);
        assert_eq!(message.event().bytes()[..], buffer[16..72]);
        assert_eq!(message.payload(), [56, 57, 58]);
        assert_eq!(message.payload_offset(), 72);
        assert_eq!(messages.next(), None);
        assert_eq!(messages.next(), None);
    }

    #[test]
    fn messages_follow_each_other_at_multiples_of_four() {
        let buffer = [
            message(72, 11, 72),
            message(73, 12, 76),
            message(80, 13, 80),
            message(74, 14, 74),
        ]
        .concat();
        let found: Vec<_> = Messages::new(&buffer)
            .map(|message| (message.offset(), message.kind(), message.payload().len()))
            .collect();
        assert_eq!(found, [(0, 11, 0), (72, 12, 1), (148, 13, 8), (228, 14, 2)]);
    }

    #[test]
    fn what_is_no_message_is_the_end() {
        for (len, size) in [
            (0, 0),
            (72, 15),
            (72, 16),
            (72, 71),
            (71, 72),
            (16, 80),
            (0, 80),
            (73, 72),
            (76, 75),
            (u32::MAX, 80),
        ] {
            let buffer = message(len, 11, size);
            assert_eq!(Messages::new(&buffer).next(), None, "{len}, {size}");
            let behind = [message(72, 11, 72), buffer].concat();
            assert_eq!(
                Messages::new(&behind).map(|_| ()).count(),
                1,
                "{len}, {size}"
            );
        }
    }

    proptest! {
        /// Whatever user space sends, there is an end, each message lies in the buffer where it
        /// says, behind the one before, and has the length it says.
        #[test]
        fn any_bytes_may_come(
            parts in proptest::collection::vec(
                (
                    prop_oneof![any::<u32>(), 60u32..200, Just(72)],
                    any::<u16>(),
                    prop_oneof![0usize..300, Just(72)],
                ),
                0..6,
            ),
        ) {
            let buffer = parts
                .iter()
                .flat_map(|(len, kind, size)| message(*len, *kind, *size))
                .collect::<Vec<_>>();
            let mut end = 0;
            for message in Messages::new(&buffer) {
                let start = message.offset();
                prop_assert_eq!(start, align4(end));
                let payload = message.payload_offset();
                end = payload + message.payload().len();
                prop_assert_eq!(&buffer[start + 16..start + 72], &message.event().bytes()[..]);
                prop_assert_eq!(&buffer[payload..end], message.payload());
                prop_assert_eq!(&buffer[start..start + 4], &((end - start) as u32).to_ne_bytes());
                prop_assert_eq!(&buffer[start + 4..start + 6], &message.kind().to_ne_bytes());
            }
        }
    }
}
