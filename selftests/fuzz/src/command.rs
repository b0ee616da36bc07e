// SPDX-License-Identifier: GPL-2.0

//! SCSI commands as they are sent (RFC 7143, section 11.3): the header has what was asked for where the figure has it,
//! and no byte of the first data could be more without breaking a rule of what was negotiated.

use crate::{
    data_out::{segment_limit, SEGMENT_MAX_LEN},
    input::{words, Input}, //
};
use iscsi_proto::{
    ahs::{
        Ahs,
        Segments,
        CDB_MAX_LEN, //
    },
    answer::Direction,
    bhs::{
        Lun,
        Request, //
    },
    command::{
        plan,
        BurstLimits,
        Command,
        WritePlan, //
    },
    tag::InitiatorTaskTag,
};

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let flags = input.byte();
    let limits = BurstLimits {
        immediate_data: flags & 1 != 0,
        initial_r2t: flags & 2 != 0,
        first_burst: input.word(),
        max_data_segment: input.word(),
    };
    let transfer_len = input.word();
    let planned = plan(&limits, transfer_len);
    check_plan(&limits, transfer_len, planned);

    // A plan that nobody made is as good as any, as long as it fits into a header.
    let unplanned = WritePlan {
        immediate: input.word(),
        unsolicited: input.word(),
    };
    let command = Command {
        direction: match flags >> 6 {
            0 => Direction::None,
            1 => Direction::Read,
            _ => Direction::Write,
        },
        plan: if flags & 4 != 0 { unplanned } else { planned },
        transfer_len,
        lun: Lun::from_bytes(input.array()),
        itt: InitiatorTaskTag::from_bytes(input.array()),
        cmd_sn: input.word().into(),
        exp_stat_sn: input.word().into(),
        cdb: &[],
    };
    let room = usize::from(input.short() % 320);
    let cdb = input.take(CDB_MAX_LEN + 1);
    check_header(&Command { cdb, ..command }, room);
}

/// Whether so much may be sent without being asked for (RFC 7143, sections 13.10 to 13.14).
fn may_send(limits: &BurstLimits, transfer_len: u32, immediate: i64, unsolicited: i64) -> bool {
    let segment = segment_limit(limits.max_data_segment);
    let sum = immediate + unsolicited;
    immediate >= 0
        && unsolicited >= 0
        && (limits.immediate_data || immediate == 0)
        && (!limits.initial_r2t || unsolicited == 0)
        && immediate <= i64::from(segment)
        && sum <= i64::from(limits.first_burst)
        && sum <= i64::from(transfer_len)
}

/// Nothing may be sent besides what is planned, and nothing of it earlier.
fn check_plan(limits: &BurstLimits, transfer_len: u32, planned: WritePlan) {
    let immediate = i64::from(planned.immediate);
    let unsolicited = i64::from(planned.unsolicited);
    let may = |immediate, unsolicited| may_send(limits, transfer_len, immediate, unsolicited);
    assert!(may(immediate, unsolicited));
    assert!(!may(immediate + 1, unsolicited));
    assert!(!may(immediate, unsolicited + 1));
    assert!(!may(immediate + 1, unsolicited - 1));
    assert_eq!(planned.is_final(), unsolicited == 0);
}

/// The figure of section 11.3, byte by byte.
fn expected_bhs(command: &Command<'_>, immediate: u32, unsolicited: u32) -> [u8; 48] {
    let (direction_bits, transfer_len) = match command.direction {
        Direction::None => (0, 0),
        Direction::Read => (0x40, command.transfer_len),
        Direction::Write => (0x20, command.transfer_len),
    };
    let final_bit = if unsolicited == 0 { 0x80 } else { 0 };
    let cdb_in_header = command.cdb.len().min(16);
    let extended = command.cdb.len() - cdb_in_header;
    // Four bytes in front of the rest of the CDB, in words.
    let ahs_words = if extended > 0 {
        1 + extended.div_ceil(4)
    } else {
        0
    };
    let mut bytes = [0; 48];
    bytes[0] = 0x01;
    bytes[1] = final_bit | direction_bits | 1;
    bytes[4..8].copy_from_slice(&immediate.to_be_bytes());
    bytes[4] = u8::try_from(ahs_words).expect("no CDB is so long");
    bytes[8..16].copy_from_slice(&command.lun.to_bytes());
    bytes[16..20].copy_from_slice(&command.itt.to_bytes());
    bytes[20..24].copy_from_slice(&transfer_len.to_be_bytes());
    bytes[24..28].copy_from_slice(&command.cmd_sn.get().to_be_bytes());
    bytes[28..32].copy_from_slice(&command.exp_stat_sn.get().to_be_bytes());
    bytes[32..32 + cdb_in_header].copy_from_slice(&command.cdb[..cdb_in_header]);
    bytes
}

fn check_header(command: &Command<'_>, room: usize) {
    let mut buffer = vec![0xee; room];
    let written = command.write(&mut buffer);
    let (immediate, unsolicited) = match command.direction {
        Direction::Write => (command.plan.immediate, command.plan.unsolicited),
        _ => (0, 0),
    };
    let cdb = command.cdb;
    if immediate > SEGMENT_MAX_LEN || cdb.len() > CDB_MAX_LEN {
        assert_eq!(written, None);
        return assert!(buffer.iter().all(|byte| *byte == 0xee));
    }
    let bhs = expected_bhs(command, immediate, unsolicited);
    let len = 48 + 4 * usize::from(bhs[4]);
    assert_eq!(written, (len <= room).then_some(len));
    let (header, behind) = buffer.split_at(written.unwrap_or(0));
    assert!(behind.iter().all(|byte| *byte == 0xee));
    let Some((found, ahs)) = header.split_first_chunk::<48>() else {
        return;
    };
    assert_eq!(*found, bhs);
    let segments: Vec<_> = Segments::new(ahs).collect();
    match cdb.get(16..) {
        Some(rest @ [_, ..]) => assert_eq!(segments, [Ok(Ahs::ExtendedCdb(rest))]),
        _ => assert_eq!(segments, []),
    }
    // A target finds nothing wrong with it, if it is for a task at all.
    let parsed = Request::parse(found);
    let is_command = matches!(parsed, Ok(Request::ScsiCommand(_)));
    assert_eq!(is_command, !command.itt.is_reserved());
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = |flags: u8, numbers: [u32; 5], itt: [u8; 4], room: u16, cdb: &[u8]| {
        [
            &[flags][..],
            &words(numbers),
            &[0, 1, 0, 2, 0, 3, 0, 4],
            &itt,
            &words([7, 9]),
            &room.to_be_bytes(),
            cdb,
        ]
        .concat()
    };
    let task = [5, 0, 0, 0x10];
    let read_10 = [0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0];
    vec![
        scene(0x03, [0; 5], task, 308, &[0; 6]),
        scene(0x40, [0, 0, 512, 0, 0], task, 48, &read_10),
        // Writes: both kinds of first data, only one of them, none.
        scene(0x81, [65536, 8192, 1 << 20, 0, 0], task, 308, &read_10),
        scene(0x80, [65536, 8192, 1 << 20, 0, 0], task, 308, &read_10),
        scene(0x83, [65536, 8192, 1 << 20, 0, 0], task, 308, &read_10),
        scene(0x82, [65536, 8192, 1 << 20, 0, 0], task, 308, &read_10),
        // No limits worth the name; a plan that fits into no header.
        scene(0x81, [u32::MAX; 5], task, 48, &read_10),
        scene(0x84, [512, 512, 512, 1 << 24, 0], task, 308, &read_10),
        // Longer CDBs, without room for them and with it; one that is too long; no task.
        scene(0x40, [0; 5], task, 51, &[0x7f; 17]),
        scene(0x40, [0; 5], task, 308, &[0x7f; CDB_MAX_LEN]),
        scene(0x40, [0; 5], task, 319, &[0x7f; CDB_MAX_LEN + 1]),
        scene(0x40, [0; 5], [0xff; 4], 47, &[]),
    ]
}
