// SPDX-License-Identifier: GPL-2.0

//! A whole write (RFC 7143, sections 11.7 and 11.8): whatever was negotiated and however a target asks for it, every
//! byte of the data is sent once and in order, and neither a PDU nor a sequence is longer than it may be.

use crate::input::{words, Input};
use iscsi_proto::{
    bhs::{
        Header,
        Lun, //
    },
    command::{
        plan,
        BurstLimits, //
    },
    data_out::DataOutSequence,
    r2t::R2t,
    tag::{InitiatorTaskTag, TargetTransferTag},
};

/// The longest data segment that a header can tell, in bytes.
pub(crate) const SEGMENT_MAX_LEN: u32 = 0x00ff_ffff;

/// A write of more PDUs says no more and takes long.
const MAX_PDUS: u32 = 64;

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let flags = input.byte();
    let limits = BurstLimits {
        immediate_data: flags & 1 != 0,
        initial_r2t: flags & 2 != 0,
        first_burst: input.word(),
        max_data_segment: input.word(),
    };
    let sequence = DataOutSequence {
        lun: Lun::from_bytes(input.array()),
        itt: InitiatorTaskTag::from_bytes(input.array()),
        ttt: TargetTransferTag::RESERVED,
        exp_stat_sn: input.array(),
        data_sn: input.word(),
        buffer_offset: input.word(),
        remaining: input.word(),
        max_data_segment: limits.max_data_segment,
    };
    // One in the middle of any sequence.
    check_pdu(&sequence);
    write(&mut input, &limits, sequence);
}

/// How much one PDU may have, in bytes, where `max_data_segment` was set: never nothing, and never more than a header
/// can tell.
pub(crate) fn segment_limit(max_data_segment: u32) -> u32 {
    match max_data_segment {
        0 => 512,
        limit => limit.min(SEGMENT_MAX_LEN),
    }
}

/// Sends a write to its end: what a target does not ask for, then what it does.
fn write(input: &mut Input<'_>, limits: &BurstLimits, blank: DataOutSequence) {
    let most = MAX_PDUS * segment_limit(limits.max_data_segment);
    let transfer_len = input.word() % (most + 1);
    let first = plan(limits, transfer_len);
    let first_burst = limits.first_burst.min(transfer_len);
    assert!(u64::from(first.immediate) + u64::from(first.unsolicited) <= first_burst.into());
    let mut sent = first.immediate;
    if first.unsolicited > 0 {
        sent = send(&DataOutSequence {
            data_sn: 0,
            buffer_offset: sent,
            remaining: first.unsolicited,
            ..blank
        });
    }
    assert!(sent <= first_burst);

    let mut r2t_sn = 0;
    while sent < transfer_len && r2t_sn < MAX_PDUS {
        let ttt = TargetTransferTag::from_bytes(input.array());
        // Without a wish of its own a target asks for all that is left.
        let wish = match input.word() {
            0 => u32::MAX,
            wish => wish,
        };
        let r2t = R2t {
            r2t_sn,
            buffer_offset: sent,
            desired_len: wish.min(transfer_len - sent),
            data_segment_len: 0,
        };
        assert_eq!(r2t.accept(r2t_sn, transfer_len), Ok(r2t_sn + 1));
        let end = send(&DataOutSequence {
            ttt,
            data_sn: 0,
            buffer_offset: r2t.buffer_offset,
            remaining: r2t.desired_len,
            ..blank
        });
        assert_eq!(end, sent + r2t.desired_len);
        (sent, r2t_sn) = (end, r2t_sn + 1);
    }
}

/// Sends a sequence as libiscsi does. Returns where in the data of the command it has ended.
fn send(sequence: &DataOutSequence) -> u32 {
    let mut sequence = *sequence;
    let end = sequence.buffer_offset + sequence.remaining;
    loop {
        let (len, is_final) = check_pdu(&sequence);
        sequence.data_sn += 1;
        sequence.buffer_offset += len;
        sequence.remaining -= len;
        if is_final {
            break;
        }
        // Otherwise there would be no end to it.
        assert!(len > 0 && sequence.data_sn <= MAX_PDUS);
    }
    assert_eq!((sequence.remaining, sequence.buffer_offset), (0, end));
    end
}

/// Asks for the next PDU, and compares its header with the figure of section 11.7. Returns its length and whether it
/// is the last one.
fn check_pdu(sequence: &DataOutSequence) -> (u32, bool) {
    let pdu = sequence.next_pdu();
    let limit = segment_limit(sequence.max_data_segment);
    assert!(pdu.len <= limit && pdu.len <= sequence.remaining);
    // Only the last one may be shorter than a PDU can be, and it has all that is left.
    assert_eq!(pdu.is_final, pdu.len == sequence.remaining);
    assert!(pdu.is_final || pdu.len == limit);

    let mut expected = [0; 48];
    expected[4..8].copy_from_slice(&pdu.len.to_be_bytes());
    expected[0] = 0x05;
    expected[1] = if pdu.is_final { 0x80 } else { 0 };
    expected[8..16].copy_from_slice(&sequence.lun.to_bytes());
    expected[16..20].copy_from_slice(&sequence.itt.to_bytes());
    expected[20..24].copy_from_slice(&sequence.ttt.to_bytes());
    expected[28..32].copy_from_slice(&sequence.exp_stat_sn);
    expected[36..40].copy_from_slice(&sequence.data_sn.to_be_bytes());
    expected[40..44].copy_from_slice(&sequence.buffer_offset.to_be_bytes());
    assert_eq!(pdu.header.to_bytes(), expected);
    (pdu.len, pdu.is_final)
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    // Flags, FirstBurstLength, MaxRecvDataSegmentLength, a PDU in the middle, then the length and the R2Ts.
    let scene = |flags: u8, limits: [u32; 2], middle: [u32; 3], transfer_len: u32, r2ts: &[u32]| {
        let r2ts = r2ts.iter().flat_map(|len| words([0xfeed, *len]));
        [
            &[flags][..],
            &words(limits),
            &[0, 1, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0x10, 0, 0, 0, 9],
            &words(middle),
            &words([transfer_len]),
            &r2ts.collect::<Vec<_>>(),
        ]
        .concat()
    };
    vec![
        scene(1, [65536, 8192], [3, 24576, 9000], 100_000, &[30_000, 0]),
        scene(0, [65536, 8192], [3, 24576, 8192], 100_000, &[1, 511, 513]),
        scene(2, [65536, 8192], [0, 0, 0], 65536, &[0]),
        scene(3, [512, 512], [7, 0, 513], 8193, &[512, 4096, 8000]),
        // What a transport may have room for.
        scene(1, [65536, 272], [3, 0, 273], 8193, &[0]),
        // Limits that cannot be, and numbers at their end.
        scene(1, [0, 0], [u32::MAX; 3], 30_000, &[u32::MAX]),
        scene(0, [u32::MAX; 2], [u32::MAX; 3], u32::MAX, &[0]),
    ]
}
