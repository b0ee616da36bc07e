// SPDX-License-Identifier: GPL-2.0

//! SCSI commands (SPC-4, SBC-3): what each asks for.

use crate::inquiry;
use crate::mode;
use crate::sense::{Sense, CHECK_CONDITION, GOOD};
use crate::worker::Work;
use iscsi_proto::bhs::CDB_LEN;

/// Length of a logical block.
pub(crate) const BLOCK_LEN: u32 = 512;
/// The most that one command may transfer, in blocks.
pub(crate) const TRANSFER_MAX: u32 = 32768;
/// The only logical unit.
const UNIT: u64 = 0;

/// A command descriptor block.
pub(crate) type Cdb = [u8; CDB_LEN];

/// The disk.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    /// How many blocks it has.
    pub(crate) blocks: u64,
    /// The name of its target.
    pub(crate) name: String,
}

/// The answer to a command: status, sense data with CHECK CONDITION, and data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// SCSI status.
    pub(crate) status: u8,
    /// Sense data.
    pub(crate) sense: Option<Sense>,
    /// Data to be read.
    pub(crate) data: Vec<u8>,
}

impl Answer {
    /// GOOD, with data to be read.
    pub(crate) fn good(data: Vec<u8>) -> Self {
        Self {
            status: GOOD,
            sense: None,
            data,
        }
    }

    /// CHECK CONDITION.
    pub(crate) fn failed(sense: Sense) -> Self {
        Self {
            status: CHECK_CONDITION,
            sense: Some(sense),
            data: Vec::new(),
        }
    }
}

/// What is to be done for a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Nothing but to answer.
    Answer(Answer),
    /// Bytes are to be read.
    Read {
        /// Where the first one is.
        offset: u64,
        /// How many.
        length: u64,
    },
    /// Bytes are to be written.
    Write {
        /// Where the first one goes.
        offset: u64,
        /// How many.
        length: u64,
        /// Whether they have to be safe before the answer.
        flush: bool,
    },
    /// Bytes are to be compared.
    Compare {
        /// Where the first one is.
        offset: u64,
        /// How many.
        length: u64,
    },
    /// All that was written has to be safe before the answer.
    Flush,
}

impl Plan {
    /// How many bytes are to be transferred.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Answer(answer) => answer.data.len() as u64,
            Self::Read { length, .. }
            | Self::Write { length, .. }
            | Self::Compare { length, .. } => *length,
            Self::Flush => 0,
        }
    }

    /// Whether they come from the initiator.
    pub(crate) fn takes_data(&self) -> bool {
        matches!(self, Self::Write { .. } | Self::Compare { .. })
    }

    /// The work for the store, with at most `limit` bytes to be read or the data to be written; or
    /// the answer when there is none.
    pub(crate) fn into_work(self, limit: u32, data: Vec<u8>) -> Result<Work, Answer> {
        let bytes = |length: u64| {
            let length = length.min(u64::from(limit));
            usize::try_from(length).unwrap_or(0)
        };
        match self {
            Self::Answer(answer) => Err(answer),
            Self::Read { offset, length } => Ok(Work::Read {
                offset,
                length: bytes(length),
            }),
            Self::Write { offset, flush, .. } => Ok(Work::Write {
                offset,
                data,
                flush,
            }),
            Self::Compare { offset, .. } => Ok(Work::Compare { offset, data }),
            Self::Flush => Ok(Work::Flush),
        }
    }
}

/// Big-endian numbers of a CDB.
fn be16(cdb: &Cdb, at: usize) -> u64 {
    cdb.iter()
        .skip(at)
        .take(2)
        .fold(0, |value, byte| (value << 8) | u64::from(*byte))
}

/// The same of four bytes.
fn be32(cdb: &Cdb, at: usize) -> u64 {
    (be16(cdb, at) << 16) | be16(cdb, at + 2)
}

/// The first block and the number of blocks of a command that has them.
pub(crate) fn block_range(cdb: &Cdb) -> Option<(u64, u64)> {
    let [code, high, middle, low, count, ..] = *cdb;
    match code {
        0x08 | 0x0a => {
            let lba = u32::from_be_bytes([0, high & 0x1f, middle, low]);
            let count = if count == 0 { 256 } else { count.into() };
            Some((lba.into(), count))
        }
        0x28 | 0x2a | 0x2f | 0x35 => Some((be32(cdb, 2), be16(cdb, 7))),
        0xa8 | 0xaa | 0xaf => Some((be32(cdb, 2), be32(cdb, 6))),
        0x88 | 0x8a | 0x8f | 0x91 => Some(((be32(cdb, 2) << 32) | be32(cdb, 6), be32(cdb, 10))),
        _ => None,
    }
}

impl Disk {
    /// What a command for logical unit `lun` asks for.
    pub(crate) fn plan(&self, cdb: &Cdb, lun: u64) -> Plan {
        let [code, ..] = *cdb;
        match (code, lun) {
            // These are answered whether there is such a logical unit or not.
            (0x12, _) => self.inquiry(cdb, lun),
            (0xa0, _) => Self::report_luns(cdb),
            (0x03, UNIT) => Self::request_sense(cdb, Sense::NONE),
            (0x03, _) => Self::request_sense(cdb, Sense::NO_UNIT),
            (_, UNIT) => self.plan_unit(cdb),
            _ => Plan::Answer(Answer::failed(Sense::NO_UNIT)),
        }
    }

    /// What a command for the disk asks for.
    fn plan_unit(&self, cdb: &Cdb) -> Plan {
        let [code, second, third, ..] = *cdb;
        let page = third & 0x3f;
        let current = third >> 6;
        match code {
            // TEST UNIT READY, START STOP UNIT.
            0x00 | 0x1b => Plan::Answer(Answer::good(Vec::new())),
            0x08 | 0x28 | 0x88 | 0xa8 => {
                self.blocks(cdb, |offset, length| Plan::Read { offset, length })
            }
            0x0a | 0x2a | 0x8a | 0xaa => {
                let flush = code != 0x0a && second & 0x08 != 0;
                self.blocks(cdb, |offset, length| Plan::Write {
                    offset,
                    length,
                    flush,
                })
            }
            // SYNCHRONIZE CACHE.
            0x35 | 0x91 => self.blocks(cdb, |_, _| Plan::Flush),
            // VERIFY, without and with data.
            0x2f | 0x8f | 0xaf if second & 0x06 == 0 => {
                self.blocks(cdb, |_, _| Plan::Answer(Answer::good(Vec::new())))
            }
            0x2f | 0x8f | 0xaf if second & 0x06 == 0x02 => {
                self.blocks(cdb, |offset, length| Plan::Compare { offset, length })
            }
            0x1a => respond(mode::sense_6(page, current), u64::from(cdb_byte(cdb, 4))),
            0x5a => respond(mode::sense_10(page, current), be16(cdb, 7)),
            // READ CAPACITY.
            0x25 => respond(Some(self.capacity_10()), 8),
            0x9e if second & 0x1f == 0x10 => respond(Some(self.capacity_16()), be32(cdb, 10)),
            _ => Plan::Answer(Answer::failed(Sense::INVALID_OPERATION)),
        }
    }

    /// A plan for the blocks of a command, if the disk has them.
    fn blocks(&self, cdb: &Cdb, plan: impl Fn(u64, u64) -> Plan) -> Plan {
        let failed = |sense| Plan::Answer(Answer::failed(sense));
        let Some((lba, count)) = block_range(cdb) else {
            return failed(Sense::INVALID_OPERATION);
        };
        // RDPROTECT, WRPROTECT, VRPROTECT: there is no protection information.
        let [code, flags, ..] = *cdb;
        if !matches!(code, 0x08 | 0x0a | 0x35 | 0x91) && flags & 0xe0 != 0 {
            return failed(Sense::INVALID_FIELD);
        }
        if lba.checked_add(count).is_none_or(|end| end > self.blocks) {
            return failed(Sense::OUT_OF_RANGE);
        }
        let length = |blocks: u64| blocks.saturating_mul(BLOCK_LEN.into());
        match plan(length(lba), length(count)) {
            // Nothing is transferred to make sure of what is there.
            Plan::Read { .. } | Plan::Write { .. } | Plan::Compare { .. }
                if count > TRANSFER_MAX.into() =>
            {
                failed(Sense::INVALID_FIELD)
            }
            plan => plan,
        }
    }

    /// INQUIRY.
    fn inquiry(&self, cdb: &Cdb, lun: u64) -> Plan {
        let [_, flags, page, ..] = *cdb;
        let data = match (flags & 0x01, lun) {
            (0, _) if page != 0 => None,
            (0, lun) => Some(inquiry::standard(lun == UNIT)),
            (_, UNIT) => inquiry::page(self, page),
            _ => None,
        };
        respond(data, be16(cdb, 3))
    }

    /// REPORT LUNS.
    fn report_luns(cdb: &Cdb) -> Plan {
        let select = cdb_byte(cdb, 2);
        let units: &[u8] = match select {
            0 | 2 => &[0; 8],
            1 => &[],
            _ => return Plan::Answer(Answer::failed(Sense::INVALID_FIELD)),
        };
        let head = [0, 0, 0, units.len() as u8, 0, 0, 0, 0];
        respond(Some([&head, units].concat()), be32(cdb, 6))
    }

    /// REQUEST SENSE.
    fn request_sense(cdb: &Cdb, sense: Sense) -> Plan {
        respond(Some(sense.to_bytes().to_vec()), cdb_byte(cdb, 4).into())
    }

    /// READ CAPACITY (10).
    fn capacity_10(&self) -> Vec<u8> {
        let last = u32::try_from(self.blocks.saturating_sub(1)).unwrap_or(u32::MAX);
        [last.to_be_bytes(), BLOCK_LEN.to_be_bytes()].concat()
    }

    /// READ CAPACITY (16).
    fn capacity_16(&self) -> Vec<u8> {
        let mut data = self.blocks.saturating_sub(1).to_be_bytes().to_vec();
        data.extend(BLOCK_LEN.to_be_bytes());
        data.resize(32, 0);
        data
    }
}

/// A byte of a CDB.
fn cdb_byte(cdb: &Cdb, at: usize) -> u8 {
    cdb.get(at).copied().unwrap_or(0)
}

/// Data for the initiator, cut to the allocation length; without data the CDB asks for what is not
/// there.
fn respond(data: Option<Vec<u8>>, allocation: u64) -> Plan {
    Plan::Answer(match data {
        Some(mut data) => {
            data.truncate(usize::try_from(allocation).unwrap_or(usize::MAX));
            Answer::good(data)
        }
        None => Answer::failed(Sense::INVALID_FIELD),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(bytes: &[u8]) -> Plan {
        let disk = Disk {
            blocks: 1000,
            name: "iqn.2026-11.test:disk".to_owned(),
        };
        let mut cdb = [0; CDB_LEN];
        cdb[..bytes.len()].copy_from_slice(bytes);
        disk.plan(&cdb, 0)
    }

    fn data(bytes: &[u8]) -> Vec<u8> {
        match plan(bytes) {
            Plan::Answer(answer) if answer.status == GOOD => answer.data,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn all_sizes_of_reads_and_writes_name_blocks() {
        let read = Plan::Read {
            offset: 2 * 512,
            length: 3 * 512,
        };
        assert_eq!(plan(&[0x08, 0, 0, 2, 3]), read);
        assert_eq!(plan(&[0x28, 0, 0, 0, 0, 2, 0, 0, 3]), read);
        assert_eq!(plan(&[0xa8, 0, 0, 0, 0, 2, 0, 0, 0, 3]), read);
        assert_eq!(plan(&[0x88, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3]), read);
        let write = |flush| Plan::Write {
            offset: 2 * 512,
            length: 3 * 512,
            flush,
        };
        assert_eq!(plan(&[0x0a, 0, 0, 2, 3]), write(false));
        assert_eq!(plan(&[0x2a, 8, 0, 0, 0, 2, 0, 0, 3]), write(true));
        assert_eq!(plan(&[0xaa, 0, 0, 0, 0, 2, 0, 0, 0, 3]), write(false));
        assert_eq!(
            plan(&[0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3]),
            write(true)
        );
        assert_eq!(plan(&[0x08, 0, 0, 0, 0]).length(), 256 * 512);
    }

    #[test]
    fn blocks_end_with_the_disk() {
        let beyond = Plan::Answer(Answer::failed(Sense::OUT_OF_RANGE));
        assert_eq!(plan(&[0x28, 0, 0, 0, 3, 0xe7, 0, 0, 2]), beyond);
        assert!(matches!(
            plan(&[0x28, 0, 0, 0, 3, 0xe7, 0, 0, 1]),
            Plan::Read { .. }
        ));
        let mut last = [0xff; 16];
        last[..2].copy_from_slice(&[0x88, 0]);
        assert_eq!(plan(&last), beyond);
        assert_eq!(plan(&[0x35]), Plan::Flush);
        assert_eq!(plan(&[0x91]), Plan::Flush);
    }

    #[test]
    fn capacity_is_the_last_block() {
        assert_eq!(data(&[0x25]), [0, 0, 3, 0xe7, 0, 0, 2, 0]);
        let long = data(&[0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32]);
        assert_eq!((long.len(), &long[6..12]), (32, &[3, 0xe7, 0, 0, 2, 0][..]));
    }

    #[test]
    fn there_is_one_logical_unit() {
        let luns = data(&[0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 64]);
        assert_eq!(luns, [0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let disk = Disk {
            blocks: 8,
            name: String::new(),
        };
        let mut cdb = [0; CDB_LEN];
        assert_eq!(
            disk.plan(&cdb, 3),
            Plan::Answer(Answer::failed(Sense::NO_UNIT))
        );
        cdb[0] = 0x12;
        cdb[4] = 36;
        let Plan::Answer(answer) = disk.plan(&cdb, 3) else {
            panic!("an answer");
        };
        assert_eq!(answer.data[0], 0x7f);
    }

    #[test]
    fn the_rest_is_an_illegal_request() {
        let unknown = Plan::Answer(Answer::failed(Sense::INVALID_OPERATION));
        for code in [0x04, 0x15, 0x5e, 0x9e, 0xa3, 0xff] {
            assert_eq!(plan(&[code]), unknown);
        }
        let field = Plan::Answer(Answer::failed(Sense::INVALID_FIELD));
        assert_eq!(plan(&[0x12, 1, 0xc0, 0, 255]), field);
        assert_eq!(plan(&[0x1a, 0, 0x1c, 0, 255]), field);
        assert_eq!(plan(&[0xa0, 0, 9]), field);
        assert_eq!(plan(&[0x28, 0x20, 0, 0, 0, 0, 0, 0, 1]), field);
    }

    #[test]
    fn allocation_lengths_cut() {
        assert_eq!(data(&[0x12, 0, 0, 0, 5]).len(), 5);
        assert_eq!(data(&[0x03, 0, 0, 0, 8]).len(), 8);
        assert_eq!(data(&[0x00]), []);
    }
}
