// SPDX-License-Identifier: GPL-2.0

//! Sending a SCSI command: its header, and the data that goes to the target without being asked for
//! (RFC 7143, sections 4.2.5.2, 11.3 and 13.10 to 13.14).
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::command::{plan, BurstLimits, WritePlan};
//!
//! let limits = BurstLimits {
//!     immediate_data: true,
//!     initial_r2t: false,
//!     first_burst: 65536,
//!     max_data_segment: 8192,
//! };
//! let write = plan(&limits, 16384);
//! assert_eq!(write, WritePlan { immediate: 8192, unsolicited: 8192 });
//! assert!(!write.is_final());
//! ```

use crate::{
    ahs::write_extended_cdb,
    answer::Direction,
    bhs::{
        Header,
        Lun,
        ScsiCommand,
        ScsiCommandFlags,
        TaskAttribute,
        CDB_LEN,
        U24, //
    },
    data_out::segment_limit,
    pdu::{
        BHS_LEN,
        PAD_LEN, //
    },
    serial::SerialNumber,
    tag::InitiatorTaskTag,
};

/// What was negotiated about the first data of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BurstLimits {
    /// ImmediateData: data may come with the command (RFC 7143, section 13.11).
    pub immediate_data: bool,
    /// InitialR2T: data may not follow the command before the target asks for it (section 13.10).
    pub initial_r2t: bool,
    /// FirstBurstLength: how much data the target takes without asking for it, in bytes
    /// (section 13.14).
    pub first_burst: u32,
    /// How much one PDU may have, in bytes, as in a [`DataOutSequence`](crate::data_out::DataOutSequence).
    pub max_data_segment: u32,
}

/// The data of a write that the target does not ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WritePlan {
    /// Immediate data: what comes with the command, in bytes.
    pub immediate: u32,
    /// What follows it in Data-Out PDUs, in bytes.
    pub unsolicited: u32,
}

impl WritePlan {
    /// Whether nothing follows before the target asks for it: the F bit of the command
    /// (RFC 7143, section 11.3.1).
    #[inline]
    pub const fn is_final(&self) -> bool {
        self.unsolicited == 0
    }
}

/// The data that a write of `transfer_len` bytes sends without being asked for it: as much as may
/// be sent.
#[inline]
pub const fn plan(limits: &BurstLimits, transfer_len: u32) -> WritePlan {
    let first_burst = smaller(limits.first_burst, transfer_len);
    let immediate = if limits.immediate_data {
        smaller(first_burst, segment_limit(limits.max_data_segment))
    } else {
        0
    };
    let unsolicited = if limits.initial_r2t {
        0
    } else {
        // Immediate data is a part of the first burst.
        first_burst.saturating_sub(immediate)
    };
    WritePlan {
        immediate,
        unsolicited,
    }
}

#[inline]
const fn smaller(a: u32, b: u32) -> u32 {
    if a < b {
        a
    } else {
        b
    }
}

/// A SCSI command to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// The logical unit.
    pub lun: Lun,
    /// The tag of its task.
    pub itt: InitiatorTaskTag,
    /// Which way its data goes.
    pub direction: Direction,
    /// How much data it transfers, in bytes; nothing counts without a direction.
    pub transfer_len: u32,
    /// CmdSN.
    pub cmd_sn: SerialNumber,
    /// ExpStatSN.
    pub exp_stat_sn: SerialNumber,
    /// The command descriptor block, whole.
    pub cdb: &'a [u8],
    /// What it sends without being asked for it, if it is a write; otherwise it does not count.
    pub plan: WritePlan,
}

impl Command<'_> {
    /// Writes the header to the front of `buffer`: the Basic Header Segment and, for a command
    /// descriptor block of more than 16 bytes, an Extended CDB behind it. Returns its length, in
    /// bytes.
    ///
    /// [`None`] if `buffer` is too small, the command descriptor block too long, or the immediate
    /// data more than a PDU can have. Nothing is written then.
    ///
    /// # Examples
    ///
    /// ```
    /// use iscsi_proto::{
    ///     answer::Direction,
    ///     bhs::Lun,
    ///     command::{Command, WritePlan},
    ///     tag::Itt,
    /// };
    ///
    /// let command = Command {
    ///     lun: Lun::default(),
    ///     itt: Itt::new(5, 0).unwrap().into(),
    ///     direction: Direction::Read,
    ///     transfer_len: 512,
    ///     cmd_sn: 7.into(),
    ///     exp_stat_sn: 9.into(),
    ///     cdb: &[0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0],
    ///     plan: WritePlan::default(),
    /// };
    /// let mut buffer = [0; 308];
    /// assert_eq!(command.write(&mut buffer), Some(48));
    /// assert_eq!(buffer[..2], [0x01, 0xc1]);
    /// ```
    pub fn write(&self, buffer: &mut [u8]) -> Option<usize> {
        let mut header = self.header()?;
        let (place, rest) = buffer.split_first_chunk_mut::<BHS_LEN>()?;
        if let Some((_, extended @ [_, ..])) = self.cdb.split_at_checked(CDB_LEN) {
            header.total_ahs_length = write_extended_cdb(extended, rest).ok()?;
        }
        *place = header.to_bytes();
        let ahs_len = usize::from(header.total_ahs_length).wrapping_mul(PAD_LEN as usize);
        Some(BHS_LEN.wrapping_add(ahs_len))
    }

    /// The Basic Header Segment, without TotalAHSLength; [`None`] if its immediate data is more
    /// than a PDU can have.
    fn header(&self) -> Option<ScsiCommand> {
        let (flags, plan) = match self.direction {
            Direction::None => (ScsiCommandFlags::default(), WritePlan::default()),
            Direction::Read => (ScsiCommandFlags::READ, WritePlan::default()),
            Direction::Write => (ScsiCommandFlags::WRITE, self.plan),
        };
        let mut header = ScsiCommand::default();
        header.flags = flags
            .with(ScsiCommandFlags::FINAL, plan.is_final())
            .with_attribute(TaskAttribute::Simple);
        header.data_segment_length = U24::new(plan.immediate)?;
        header.lun = self.lun;
        header.itt = self.itt;
        header.cmd_sn = self.cmd_sn.into();
        header.exp_stat_sn = self.exp_stat_sn.into();
        if self.direction != Direction::None {
            header.expected_data_transfer_length = self.transfer_len.into();
        }
        let mut cdb = self.cdb.iter().copied();
        for place in &mut header.cdb {
            *place = cdb.next().unwrap_or(0);
        }
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ahs::{
            Ahs,
            Segments,
            CDB_MAX_LEN, //
        },
        bhs::Request,
    };
    use proptest::prelude::*;

    const LIMITS: BurstLimits = BurstLimits {
        immediate_data: true,
        initial_r2t: false,
        first_burst: 65536,
        max_data_segment: 8192,
    };

    const COMMAND: Command<'static> = Command {
        lun: Lun::from_bytes([0, 1, 0, 2, 0, 3, 0, 4]),
        itt: InitiatorTaskTag::from_bytes([5, 6, 7, 8]),
        direction: Direction::None,
        transfer_len: 0x0102_0304,
        cmd_sn: SerialNumber::new(0x0a0b_0c0d),
        exp_stat_sn: SerialNumber::new(0x1a1b_1c1d),
        cdb: &[0x2a, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5],
        plan: WritePlan {
            immediate: 0x05_06_07,
            unsolicited: 1,
        },
    };

    fn written(command: &Command<'_>) -> Vec<u8> {
        let mut buffer = [0xee; 308];
        let len = command.write(&mut buffer).unwrap();
        assert!(buffer[len..].iter().all(|byte| *byte == 0xee));
        buffer[..len].to_vec()
    }

    #[test]
    fn every_way_to_send_the_first_data() {
        // The columns: neither, immediate only, unsolicited only, both.
        for (transfer_len, first_burst, max, plans) in [
            (0, 65536, 8192, [(0, 0), (0, 0), (0, 0), (0, 0)]),
            (512, 65536, 8192, [(0, 0), (512, 0), (0, 512), (512, 0)]),
            (8192, 65536, 8192, [(0, 0), (8192, 0), (0, 8192), (8192, 0)]),
            (
                16384,
                65536,
                8192,
                [(0, 0), (8192, 0), (0, 16384), (8192, 8192)],
            ),
            (
                1 << 20,
                65536,
                8192,
                [(0, 0), (8192, 0), (0, 65536), (8192, 57344)],
            ),
            (
                1 << 20,
                65536,
                1 << 18,
                [(0, 0), (65536, 0), (0, 65536), (65536, 0)],
            ),
        ] {
            let kinds = [(false, true), (true, true), (false, false), (true, false)];
            for ((immediate_data, initial_r2t), (immediate, unsolicited)) in
                kinds.into_iter().zip(plans)
            {
                let limits = BurstLimits {
                    immediate_data,
                    initial_r2t,
                    first_burst,
                    max_data_segment: max,
                };
                assert_eq!(
                    plan(&limits, transfer_len),
                    WritePlan {
                        immediate,
                        unsolicited
                    }
                );
            }
        }
    }

    #[test]
    fn a_data_segment_has_at_most_24_bits_of_length() {
        let limits = BurstLimits {
            first_burst: u32::MAX,
            max_data_segment: u32::MAX,
            ..LIMITS
        };
        let write = plan(&limits, u32::MAX);
        assert_eq!(write.immediate, U24::MAX);
        assert_eq!(write.unsolicited, u32::MAX - U24::MAX);
    }

    // The figure of section 11.3.
    #[test]
    fn every_direction() {
        for (direction, flags, dlength, length) in [
            (Direction::None, 0x81, [0; 3], [0; 4]),
            (Direction::Read, 0xc1, [0; 3], [1, 2, 3, 4]),
            (Direction::Write, 0x21, [5, 6, 7], [1, 2, 3, 4]),
        ] {
            let command = Command {
                direction,
                ..COMMAND
            };
            let mut expected = [0; 48];
            expected[..2].copy_from_slice(&[0x01, flags]);
            expected[5..8].copy_from_slice(&dlength);
            expected[8..16].copy_from_slice(&[0, 1, 0, 2, 0, 3, 0, 4]);
            expected[16..20].copy_from_slice(&[5, 6, 7, 8]);
            expected[20..24].copy_from_slice(&length);
            expected[24..28].copy_from_slice(&[0x0a, 0x0b, 0x0c, 0x0d]);
            expected[28..32].copy_from_slice(&[0x1a, 0x1b, 0x1c, 0x1d]);
            expected[32..38].copy_from_slice(COMMAND.cdb);
            assert_eq!(written(&command), expected);
        }
        let nothing_follows = Command {
            direction: Direction::Write,
            plan: WritePlan::default(),
            ..COMMAND
        };
        assert_eq!(written(&nothing_follows)[1], 0xa1);
    }

    #[test]
    fn a_long_cdb_goes_on_behind_the_header() {
        let cdb: Vec<u8> = (1..=20).collect();
        let command = Command {
            cdb: &cdb,
            ..COMMAND
        };
        let bytes = written(&command);
        assert_eq!(bytes.len(), 56);
        assert_eq!(bytes[4], 2);
        assert_eq!(bytes[32..48], cdb[..16]);
        assert_eq!(bytes[48..], [0, 5, 1, 0, 17, 18, 19, 20]);
        // 16 bytes need no more room than the header has.
        let command = Command {
            cdb: &cdb[..16],
            ..COMMAND
        };
        assert_eq!(written(&command).len(), 48);
    }

    #[test]
    fn what_does_not_fit_is_not_written() {
        let long = [0xcd; CDB_MAX_LEN + 1];
        for (cdb, immediate, room) in [
            (&long[..10], 0, 47),
            (&long[..17], 0, 55),
            (&long[..], 0, 400),
            (&long[..10], U24::MAX + 1, 400),
        ] {
            let command = Command {
                direction: Direction::Write,
                cdb,
                plan: WritePlan {
                    immediate,
                    unsolicited: 0,
                },
                ..COMMAND
            };
            let mut buffer = [0xee; 400];
            assert_eq!(command.write(&mut buffer[..room]), None);
            assert_eq!(buffer, [0xee; 400]);
        }
    }

    proptest! {
        /// Nothing is sent that may not be, and as much as may be.
        #[test]
        fn a_plan_keeps_to_the_limits(
            immediate_data: bool,
            initial_r2t: bool,
            first_burst: u32,
            max_data_segment in 1..=U24::MAX,
            transfer_len: u32,
        ) {
            let limits = BurstLimits {
                immediate_data,
                initial_r2t,
                first_burst,
                max_data_segment,
            };
            let write = plan(&limits, transfer_len);
            let burst = first_burst.min(transfer_len);
            prop_assert!(write.immediate <= max_data_segment);
            prop_assert!(immediate_data || write.immediate == 0);
            prop_assert!(!initial_r2t || write.unsolicited == 0);
            let sum = u64::from(write.immediate) + u64::from(write.unsolicited);
            prop_assert!(sum <= u64::from(burst));
            if !initial_r2t {
                prop_assert_eq!(sum, u64::from(burst));
            } else if immediate_data {
                prop_assert_eq!(write.immediate, burst.min(max_data_segment));
            }
        }

        /// Whatever the limits are, the command that follows from them can be sent.
        #[test]
        fn a_planned_write_has_a_header(
            immediate_data: bool,
            initial_r2t: bool,
            first_burst: u32,
            max_data_segment: u32,
            transfer_len: u32,
            cdb in proptest::collection::vec(any::<u8>(), 0..=CDB_MAX_LEN),
        ) {
            let limits = BurstLimits {
                immediate_data,
                initial_r2t,
                first_burst,
                max_data_segment,
            };
            let write = plan(&limits, transfer_len);
            let command = Command {
                direction: Direction::Write,
                transfer_len,
                cdb: &cdb,
                plan: write,
                ..COMMAND
            };
            let bytes = written(&command);
            let Ok(Request::ScsiCommand(header)) = Request::parse(bytes.first_chunk().unwrap()) else {
                return Err(TestCaseError::fail("no SCSI Command"));
            };
            prop_assert_eq!(header.data_segment_length.get(), write.immediate);
            prop_assert_eq!(header.flags.contains(ScsiCommandFlags::FINAL), write.is_final());
            prop_assert_eq!(bytes.len(), 48 + 4 * usize::from(header.total_ahs_length));
            let mut whole = header.cdb.to_vec();
            for segment in Segments::new(&bytes[48..]) {
                let Ok(Ahs::ExtendedCdb(rest)) = segment else {
                    return Err(TestCaseError::fail("no Extended CDB"));
                };
                whole.extend_from_slice(rest);
            }
            prop_assert_eq!(&whole[..cdb.len()], &cdb[..]);
            prop_assert!(whole[cdb.len()..].iter().all(|byte| *byte == 0));
            prop_assert_eq!(whole.len(), cdb.len().max(16));
        }

        /// Whatever room there is, a header fits or is not written.
        #[test]
        fn any_room_will_do(room in 0usize..320, cdb_len in 0usize..=CDB_MAX_LEN) {
            let cdb = [0xcd; CDB_MAX_LEN];
            let command = Command { cdb: &cdb[..cdb_len], ..COMMAND };
            let needed = written(&command).len();
            let mut buffer = vec![0xee; room];
            let fits = (needed <= room).then_some(needed);
            prop_assert_eq!(command.write(&mut buffer), fits);
            if fits.is_none() {
                prop_assert!(buffer.iter().all(|byte| *byte == 0xee));
            }
        }
    }
}
