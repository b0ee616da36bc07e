// SPDX-License-Identifier: GPL-2.0

//! What a connection has to send: bytes, pauses and ends.

use std::collections::VecDeque;
use std::io::{ErrorKind, IoSlice, Write};
use std::time::{Duration, Instant};

/// The most PDUs that are handed over at once.
const GATHER_MAX: usize = 32;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// Bytes to be sent.
    Bytes(Vec<u8>),
    /// Nothing, for a while.
    Pause(Duration),
    /// The end of the connection.
    Close {
        /// Whether it is a reset.
        reset: bool,
        /// Why.
        reason: &'static str,
    },
    /// Nothing, for ever.
    Silence,
}

/// How far sending has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// There is nothing to do, or the stream takes no more.
    Waiting,
    /// There is nothing to do before this time.
    Until(Instant),
    /// The connection has to be closed.
    Close {
        /// Whether it is a reset.
        reset: bool,
        /// Why.
        reason: &'static str,
    },
}

/// What is to be sent, in its order.
#[derive(Debug, Default)]
pub(crate) struct Transmit {
    /// What is left.
    queue: VecDeque<Wire>,
    /// How many bytes of the first are sent.
    sent: usize,
    /// When the pause that has begun is over.
    until: Option<Instant>,
    /// Whether nothing is sent any more.
    silent: bool,
}

impl Transmit {
    /// Puts something at the end.
    pub(crate) fn push(&mut self, wire: Wire) {
        if !self.silent {
            self.queue.push_back(wire);
        }
    }

    /// Sends what can be sent at `now`.
    pub(crate) fn pump(
        &mut self,
        stream: &mut impl Write,
        now: Instant,
    ) -> std::io::Result<Progress> {
        loop {
            if let Some(until) = self.until {
                if until > now {
                    return Ok(Progress::Until(until));
                }
                self.until = None;
            }
            match self.queue.front() {
                None => return Ok(Progress::Waiting),
                Some(Wire::Bytes(_)) => match self.write(stream) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        return Ok(Progress::Waiting)
                    }
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    result => result?,
                },
                Some(Wire::Pause(time)) => {
                    self.until = now.checked_add(*time);
                    self.queue.pop_front();
                }
                Some(Wire::Close { reset, reason }) => {
                    return Ok(Progress::Close {
                        reset: *reset,
                        reason,
                    })
                }
                Some(Wire::Silence) => {
                    self.queue.clear();
                    self.silent = true;
                }
            }
        }
    }

    /// Hands the bytes over that are at the front.
    fn write(&mut self, stream: &mut impl Write) -> std::io::Result<()> {
        let bytes = self.queue.iter().map_while(|wire| match wire {
            Wire::Bytes(bytes) => Some(bytes.as_slice()),
            _ => None,
        });
        let skipped = std::iter::once(self.sent).chain(std::iter::repeat(0));
        let slices = bytes.zip(skipped).take(GATHER_MAX);
        let slices = slices.map(|(bytes, skip)| IoSlice::new(bytes.get(skip..).unwrap_or(&[])));
        let slices: Vec<IoSlice<'_>> = slices.collect();
        let empty = slices.iter().all(|slice| slice.is_empty());
        let count = stream.write_vectored(&slices)?;
        if count == 0 && !empty {
            return Err(ErrorKind::WriteZero.into());
        }
        self.advance(count);
        Ok(())
    }

    /// Forgets bytes that are sent.
    fn advance(&mut self, count: usize) {
        self.sent += count;
        while let Some(Wire::Bytes(bytes)) = self.queue.front() {
            if self.sent < bytes.len() {
                return;
            }
            self.sent -= bytes.len();
            self.queue.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a few bytes at a time.
    struct Narrow(Vec<u8>, usize);

    impl Write for Narrow {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if self.1 == 0 {
                return Err(ErrorKind::WouldBlock.into());
            }
            let count = bytes.len().min(self.1).min(3);
            self.1 -= count;
            self.0.extend(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn bytes_go_out_in_order_with_their_pauses() {
        let mut transmit = Transmit::default();
        transmit.push(Wire::Bytes(vec![1, 2, 3, 4, 5]));
        transmit.push(Wire::Bytes(vec![]));
        transmit.push(Wire::Bytes(vec![6]));
        transmit.push(Wire::Pause(Duration::from_secs(1)));
        transmit.push(Wire::Bytes(vec![7]));
        transmit.push(Wire::Close {
            reset: true,
            reason: "end",
        });
        let now = Instant::now();
        let mut stream = Narrow(Vec::new(), 4);
        assert_eq!(transmit.pump(&mut stream, now).unwrap(), Progress::Waiting);
        assert_eq!(stream.0, [1, 2, 3, 4]);
        stream.1 = 100;
        let later = now + Duration::from_secs(1);
        assert_eq!(
            transmit.pump(&mut stream, now).unwrap(),
            Progress::Until(later)
        );
        assert_eq!(stream.0, [1, 2, 3, 4, 5, 6]);
        let end = Progress::Close {
            reset: true,
            reason: "end",
        };
        assert_eq!(transmit.pump(&mut stream, later).unwrap(), end);
        assert_eq!(stream.0.last(), Some(&7));
    }

    #[test]
    fn silence_is_for_ever() {
        let mut transmit = Transmit::default();
        transmit.push(Wire::Silence);
        transmit.push(Wire::Bytes(vec![1]));
        let mut stream = Narrow(Vec::new(), 4);
        let now = Instant::now();
        assert_eq!(transmit.pump(&mut stream, now).unwrap(), Progress::Waiting);
        transmit.push(Wire::Bytes(vec![2]));
        assert_eq!(transmit.pump(&mut stream, now).unwrap(), Progress::Waiting);
        assert!(stream.0.is_empty());
    }
}
