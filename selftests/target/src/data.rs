// SPDX-License-Identifier: GPL-2.0

//! Which data goes when: the data of writes, unsolicited and asked for by R2T, and that of reads
//! (RFC 7143, sections 4.2.4 and 11.7).

use crate::negotiation::Params;

/// What an initiator did wrong.
pub(crate) type Violation = &'static str;

/// Data that an R2T asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Burst {
    /// Target Transfer Tag.
    pub(crate) ttt: u32,
    /// Buffer Offset.
    pub(crate) offset: u32,
    /// Desired Data Transfer Length.
    pub(crate) length: u32,
    /// How much of it has come.
    received: u32,
    /// DataSN of the next Data-Out.
    next_data_sn: u32,
}

/// What a Data-Out says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// Target Transfer Tag, if the data was asked for.
    pub(crate) ttt: Option<u32>,
    /// DataSN.
    pub(crate) data_sn: u32,
    /// Buffer Offset.
    pub(crate) offset: u32,
    /// F.
    pub(crate) last: bool,
}

/// The data of a write as it comes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Intake {
    /// The data.
    pub(crate) buffer: Vec<u8>,
    /// How much unsolicited data there may be, immediate data included.
    first_burst: u32,
    /// MaxBurstLength.
    max_burst: u32,
    /// MaxOutstandingR2T.
    max_outstanding: usize,
    /// Whether unsolicited data is to come; the next DataSN of it.
    unsolicited: Option<u32>,
    /// Where data is asked for next.
    next_offset: u32,
    /// Data that is asked for and has not come.
    bursts: Vec<Burst>,
}

impl Intake {
    /// For a command that expects to transfer `expected` bytes, of which `wanted` are of use. The
    /// first of them came with the command. `last`: no unsolicited data follows.
    pub(crate) fn new(
        (expected, wanted): (u32, u32),
        immediate: &[u8],
        last: bool,
        params: &Params,
    ) -> Result<Self, Violation> {
        let mut intake = Self {
            buffer: vec![0; wanted as usize],
            first_burst: params.first_burst.min(expected),
            max_burst: params.max_burst,
            max_outstanding: params.max_outstanding_r2t as usize,
            unsolicited: (!last).then_some(0),
            next_offset: 0,
            bursts: Vec::new(),
        };
        if !immediate.is_empty() && !params.immediate_data {
            return Err("immediate data with ImmediateData=No");
        }
        if !last && params.initial_r2t {
            return Err("unsolicited data with InitialR2T=Yes");
        }
        let came = u32::try_from(immediate.len()).unwrap_or(u32::MAX);
        if came > intake.first_burst {
            return Err("more immediate data than FirstBurstLength or the command has");
        }
        intake.store(0, immediate);
        intake.next_offset = came;
        Ok(intake)
    }

    /// Keeps data as far as there is room.
    fn store(&mut self, offset: u32, bytes: &[u8]) {
        let places = self.buffer.iter_mut().skip(offset as usize);
        for (place, byte) in places.zip(bytes) {
            *place = *byte;
        }
    }

    /// Takes the data of a Data-Out. What is against the rules is kept all the same.
    pub(crate) fn take(&mut self, arrival: &Arrival, bytes: &[u8]) -> Result<(), Violation> {
        self.store(arrival.offset, bytes);
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        match arrival.ttt {
            None => self.take_unsolicited(arrival, length),
            Some(ttt) => self.take_burst(ttt, arrival, length),
        }
    }

    /// Takes note of unsolicited data.
    fn take_unsolicited(&mut self, arrival: &Arrival, length: u32) -> Result<(), Violation> {
        let expected = self.unsolicited.ok_or("unsolicited data after its end")?;
        let offset =
            std::mem::replace(&mut self.next_offset, arrival.offset.saturating_add(length));
        self.unsolicited = (!arrival.last).then_some(expected.wrapping_add(1));
        if arrival.data_sn != expected {
            return Err("DataSN of unsolicited data out of order");
        }
        if arrival.offset != offset {
            return Err("unsolicited data out of order");
        }
        if self.next_offset > self.first_burst {
            return Err("more unsolicited data than FirstBurstLength or the command has");
        }
        if arrival.last && self.next_offset != self.first_burst {
            return Err("less unsolicited data than FirstBurstLength and the command have");
        }
        Ok(())
    }

    /// Takes note of data that was asked for.
    fn take_burst(&mut self, ttt: u32, arrival: &Arrival, length: u32) -> Result<(), Violation> {
        let position = self.bursts.iter().position(|burst| burst.ttt == ttt);
        let position = position.ok_or("data for an R2T that there is not")?;
        let burst = self.bursts.get_mut(position).ok_or("no burst")?;
        let sound = burst.accept(arrival, length);
        if arrival.last {
            self.bursts.remove(position);
        }
        sound
    }

    /// The next data to ask for, if there is any and one more R2T may be sent.
    pub(crate) fn next_burst(&mut self, ttt: u32) -> Option<Burst> {
        if self.unsolicited.is_some() || self.bursts.len() >= self.max_outstanding {
            return None;
        }
        let left = self.length().saturating_sub(self.next_offset);
        if left == 0 {
            return None;
        }
        let burst = Burst {
            ttt,
            offset: self.next_offset,
            length: left.min(self.max_burst),
            received: 0,
            next_data_sn: 0,
        };
        self.next_offset = burst.offset.saturating_add(burst.length);
        self.bursts.push(burst);
        Some(burst)
    }

    /// Whether all data has come.
    pub(crate) fn is_complete(&self) -> bool {
        self.unsolicited.is_none() && self.bursts.is_empty() && self.next_offset >= self.length()
    }

    /// How much data there is to be.
    fn length(&self) -> u32 {
        u32::try_from(self.buffer.len()).unwrap_or(u32::MAX)
    }
}

impl Burst {
    /// The same data, asked for once more.
    pub(crate) fn again(self, ttt: u32) -> Self {
        Self { ttt, ..self }
    }

    /// Takes note of a Data-Out.
    fn accept(&mut self, arrival: &Arrival, length: u32) -> Result<(), Violation> {
        let offset = self.offset.saturating_add(self.received);
        let data_sn = self.next_data_sn;
        self.received = self.received.saturating_add(length);
        self.next_data_sn = data_sn.wrapping_add(1);
        if arrival.data_sn != data_sn {
            return Err("DataSN out of order");
        }
        if arrival.offset != offset {
            return Err("data out of order");
        }
        if self.received > self.length {
            return Err("more data than the R2T asked for");
        }
        if arrival.last != (self.received == self.length) {
            return Err("F is not where the data of the R2T ends");
        }
        Ok(())
    }
}

/// One Data-In of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Buffer Offset.
    pub(crate) offset: u32,
    /// DataSegmentLength.
    pub(crate) length: u32,
    /// F: the last of its burst.
    pub(crate) last: bool,
}

/// Splits the data of a read into PDUs of at most `max_segment` and bursts of at most `max_burst`.
pub(crate) fn split(length: u32, max_segment: u32, max_burst: u32) -> Vec<Piece> {
    let (mut pieces, mut offset, mut left_of_burst) = (Vec::new(), 0u32, max_burst);
    while offset < length {
        let piece = (length - offset).min(max_segment).min(left_of_burst).max(1);
        left_of_burst = left_of_burst.saturating_sub(piece);
        let end = offset.saturating_add(piece);
        let last = end == length || left_of_burst == 0;
        pieces.push(Piece {
            offset,
            length: piece,
            last,
        });
        if left_of_burst == 0 {
            left_of_burst = max_burst;
        }
        offset = end;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::negotiation::{Negotiation, Wishes};

    fn params() -> Params {
        Params {
            immediate_data: true,
            initial_r2t: false,
            first_burst: 1024,
            max_burst: 2048,
            max_outstanding_r2t: 2,
            ..Negotiation::new(Wishes::default()).params()
        }
    }

    fn arrival(ttt: Option<u32>, data_sn: u32, offset: u32, last: bool) -> Arrival {
        Arrival {
            ttt,
            data_sn,
            offset,
            last,
        }
    }

    #[test]
    fn a_write_comes_in_its_three_ways() {
        let mut intake = Intake::new((6000, 6000), &[1; 512], false, &params()).unwrap();
        assert_eq!(intake.next_burst(7), None);
        intake
            .take(&arrival(None, 0, 512, true), &[2; 512])
            .unwrap();
        let first = intake.next_burst(7).unwrap();
        let second = intake.next_burst(8).unwrap();
        assert_eq!((first.offset, first.length), (1024, 2048));
        assert_eq!((second.offset, second.length), (3072, 2048));
        assert_eq!(intake.next_burst(9), None);
        intake
            .take(&arrival(Some(7), 0, 1024, false), &[3; 2000])
            .unwrap();
        intake
            .take(&arrival(Some(7), 1, 3024, true), &[3; 48])
            .unwrap();
        let third = intake.next_burst(9).unwrap();
        assert_eq!((third.offset, third.length), (5120, 880));
        intake
            .take(&arrival(Some(8), 0, 3072, true), &[4; 2048])
            .unwrap();
        assert!(!intake.is_complete());
        intake
            .take(&arrival(Some(9), 0, 5120, true), &[5; 880])
            .unwrap();
        assert!(intake.is_complete());
        let sums: Vec<u8> = [0, 512, 1024, 3072, 5120]
            .map(|at| intake.buffer[at])
            .to_vec();
        assert_eq!(sums, [1, 2, 3, 4, 5]);
    }

    #[test]
    fn violations_are_found() {
        let strict = Params {
            immediate_data: false,
            initial_r2t: true,
            ..params()
        };
        assert!(Intake::new((512, 512), &[1], true, &strict).is_err());
        assert!(Intake::new((512, 512), &[], false, &strict).is_err());
        assert!(Intake::new((4096, 4096), &[1; 1025], true, &params()).is_err());
        assert!(Intake::new((16, 16), &[1; 17], true, &params()).is_err());

        let mut intake = Intake::new((4096, 4096), &[], false, &params()).unwrap();
        assert!(intake
            .clone()
            .take(&arrival(None, 1, 0, true), &[0; 1024])
            .is_err());
        assert!(intake
            .clone()
            .take(&arrival(None, 0, 4, true), &[0; 1024])
            .is_err());
        assert!(intake
            .clone()
            .take(&arrival(None, 0, 0, true), &[0; 1025])
            .is_err());
        assert!(intake
            .clone()
            .take(&arrival(None, 0, 0, true), &[0; 512])
            .is_err());
        intake.take(&arrival(None, 0, 0, true), &[0; 1024]).unwrap();
        assert!(intake.take(&arrival(None, 1, 1024, true), &[0; 4]).is_err());
        intake.next_offset = 1024;
        intake.next_burst(5).unwrap();
        for wrong in [
            arrival(Some(6), 0, 1024, true),
            arrival(Some(5), 1, 1024, true),
            arrival(Some(5), 0, 1028, true),
            arrival(Some(5), 0, 1024, false),
        ] {
            assert!(intake.clone().take(&wrong, &[0; 2048]).is_err());
        }
        let right = arrival(Some(5), 0, 1024, true);
        assert!(intake.clone().take(&right, &[0; 2049]).is_err());
        assert!(intake.clone().take(&right, &[0; 2047]).is_err());
        assert!(intake.take(&right, &[0; 2048]).is_ok());
        assert!(intake
            .take(&arrival(Some(5), 0, u32::MAX, true), &[0; 9])
            .is_err());
    }

    #[test]
    fn reads_are_split_into_pdus_and_bursts() {
        let pieces = split(5000, 1024, 2500);
        let lengths: Vec<_> = pieces
            .iter()
            .map(|piece| (piece.length, piece.last))
            .collect();
        assert_eq!(
            lengths,
            [
                (1024, false),
                (1024, false),
                (452, true),
                (1024, false),
                (1024, false),
                (452, true)
            ]
        );
        assert_eq!(pieces.last().map(|piece| piece.offset), Some(4548));
        assert_eq!(split(0, 512, 512), []);
    }
}
