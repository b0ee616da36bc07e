// SPDX-License-Identifier: GPL-2.0

//! What a process sends over `NETLINK_ISCSI`: messages lie in the buffer one behind the other and nowhere else, each
//! command is read where `iscsi_if.h` has its fields, and its payload is judged by rules of numbers.

use crate::{netlink_payload, numbers};
use iscsi_proto::netlink::{
    align4,
    Command,
    Event,
    Message,
    Messages,
    Request,
    EVENT_LEN,
    MESSAGE_MIN_LEN, //
};

/// The header of a message and its event (`struct nlmsghdr`, `struct iscsi_uevent`).
const HEAD_LEN: usize = 72;

const PAGE_SIZE: usize = 4096;

pub(crate) fn run(data: &[u8]) {
    let found: Vec<_> = Messages::new(data).collect();
    let mut at = 0;
    for message in &found {
        at = check_message(data, at, message);
        check_command(message);
    }
    // Nothing that is a message was left out.
    assert_eq!(message_at(data, at), None);
}

/// The bytes of the message at `at`, if there is one.
fn message_at(data: &[u8], at: usize) -> Option<&[u8]> {
    let rest = data.get(at..)?;
    let len = u32::from_ne_bytes(*rest.first_chunk()?);
    let message = rest.get(..usize::try_from(len).ok()?)?;
    (message.len() >= HEAD_LEN).then_some(message)
}

/// Compares a message with the bytes at `at`. Returns where the next one would begin.
fn check_message(data: &[u8], at: usize, message: &Message<'_>) -> usize {
    let bytes = message_at(data, at).expect("there are bytes for it");
    assert_eq!(message.offset(), at);
    assert_eq!(message.kind().to_ne_bytes(), bytes[4..6]);
    assert_eq!(message.event().bytes()[..], bytes[16..72]);
    assert_eq!(message.payload(), &bytes[72..]);
    // Not a copy, nor another place where the same bytes are.
    assert_eq!(message.payload_offset(), at + HEAD_LEN);
    assert_eq!(message.payload().as_ptr(), bytes[72..].as_ptr());
    assert_eq!(MESSAGE_MIN_LEN, HEAD_LEN);

    let len = align4(bytes.len());
    assert!(len % 4 == 0 && (bytes.len()..bytes.len() + 4).contains(&len));
    at + len
}

fn check_command(message: &Message<'_>) {
    let event = message.event();
    assert_eq!(event.kind().to_ne_bytes(), event.bytes()[..4]);
    assert_eq!(event.transport_handle().to_ne_bytes(), event.bytes()[8..16]);

    let number = message.kind();
    let known: Vec<_> = (11..=43).collect();
    numbers::check(
        number.into(),
        &known,
        |number| Command::from_number(u16::try_from(number).ok()?),
        |command| command.number().into(),
    );
    let Some(command) = Command::from_number(number) else {
        return;
    };
    let rule = command.rule();
    assert_eq!((rule.command, rule.number), (command, number));
    let request = Request::parse(command, &event);
    assert_eq!(request, expected(number, event));
    check_payload(number, &event, message.payload());
}

/// The lengths in an event are as good as any others: each check has to find out.
fn check_payload(number: u16, event: &Event<'_>, payload: &[u8]) {
    let bytes = event.bytes();
    match number {
        16 => netlink_payload::check_text(payload, word(bytes, 28), PAGE_SIZE),
        19 => netlink_payload::check_pdu(payload, word(bytes, 24), word(bytes, 28)),
        22 | 25 | 29 | 32 => netlink_payload::check_address(payload),
        26 => netlink_payload::check_text(payload, word(bytes, 24), PAGE_SIZE),
        30 => netlink_payload::check_path(payload),
        // There is none, or the driver checks it.
        _ => {}
    }
}

fn half(bytes: &[u8; EVENT_LEN], at: usize) -> u16 {
    u16::from_ne_bytes([bytes[at], bytes[at + 1]])
}

fn word(bytes: &[u8; EVENT_LEN], at: usize) -> u32 {
    u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn long(bytes: &[u8; EVENT_LEN], at: usize) -> u64 {
    let (first, second) = (word(bytes, at), word(bytes, at + 4));
    // The byte order of the machine has the low word first or last.
    if cfg!(target_endian = "little") {
        u64::from(first) | (u64::from(second) << 32)
    } else {
        u64::from(second) | (u64::from(first) << 32)
    }
}

/// The fields of a command by their offsets in `struct iscsi_uevent`.
fn expected(number: u16, event: Event<'_>) -> Request {
    let bytes = event.bytes();
    let half = |at| half(bytes, at);
    let word = |at| word(bytes, at);
    let (sid, cid) = (word(16), word(20));
    let (host, index) = (sid, cid);
    match number {
        11 => Request::CreateSession {
            initial_cmd_sn: word(16),
            commands: half(20),
            queue_depth: half(22),
        },
        12 => Request::DestroySession { sid },
        13 => Request::CreateConnection { sid, cid },
        14 => Request::DestroyConnection { sid, cid },
        15 => Request::BindConnection {
            sid,
            cid,
            endpoint: long(bytes, 24),
            is_leading: bytes[32..36] != [0; 4],
        },
        16 => Request::SetParam {
            sid,
            cid,
            param: word(24),
            len: word(28),
        },
        17 => Request::StartConnection { sid, cid },
        18 => Request::StopConnection {
            sid,
            cid,
            flag: word(32),
        },
        19 => Request::SendPdu {
            sid,
            cid,
            header_len: word(24),
            data_len: word(28),
        },
        20 => Request::GetStats { sid, cid },
        21 => Request::GetParam,
        22 => Request::ConnectEndpoint {
            non_blocking: bytes[16..20] != [0; 4],
        },
        23 => Request::PollEndpoint {
            endpoint: long(bytes, 16),
            timeout_ms: i32::from_ne_bytes(word(24).to_ne_bytes()),
        },
        24 => Request::DisconnectEndpoint {
            endpoint: long(bytes, 16),
        },
        25 => Request::DiscoverTargets {
            method: word(16),
            host: word(20),
            enable: word(24),
        },
        26 => Request::SetHostParam {
            host,
            param: word(20),
            len: word(24),
        },
        27 => Request::UnbindSession { sid },
        28 => Request::CreateBoundSession {
            endpoint: long(bytes, 16),
            initial_cmd_sn: word(24),
            commands: half(28),
            queue_depth: half(30),
        },
        29 => Request::ConnectEndpointThroughHost {
            host,
            non_blocking: bytes[20..24] != [0; 4],
        },
        30 => Request::UpdatePath { host },
        31 => Request::SetIfaceParams { host },
        32 => Request::Ping {
            host,
            iface_number: word(20),
            iface_type: word(24),
            payload_len: word(28),
            id: word(32),
        },
        33 => Request::GetChap {
            host,
            entries: word(20),
            index: half(24),
        },
        34 => Request::DeleteChap {
            host,
            index: half(20),
        },
        35 => Request::SetFlashnodeParams { host, index },
        36 => Request::NewFlashnode { host },
        37 => Request::DeleteFlashnode { host, index },
        38 => Request::LoginFlashnode { host, index },
        39 => Request::LogoutFlashnode { host, index },
        40 => Request::LogoutFlashnodeSession {
            host,
            sid: word(20),
        },
        41 => Request::SetChap { host },
        42 => Request::GetHostStats { host },
        43 => Request::DestroySessionAsync { sid },
        other => panic!("{other} is no command"),
    }
}

/// A message whose event has these words behind the handle of the transport, unpadded.
fn message(kind: u16, fields: &[u32], payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(HEAD_LEN + payload.len()).expect("it is short");
    let mut bytes = [&len.to_ne_bytes()[..], &kind.to_ne_bytes()].concat();
    bytes.resize(HEAD_LEN, 0);
    bytes[16..20].copy_from_slice(&u32::from(kind).to_ne_bytes());
    for (place, field) in bytes[32..].chunks_exact_mut(4).zip(fields) {
        place.copy_from_slice(&field.to_ne_bytes());
    }
    bytes.extend(payload);
    bytes
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let ipv4 = [
        &2u16.to_ne_bytes()[..],
        &[0x0c, 0xbc, 127, 0, 0, 1],
        &[0; 8],
    ]
    .concat();
    let longer = |bytes: Vec<u8>, len: u32| [&len.to_ne_bytes()[..], &bytes[4..]].concat();
    vec![
        message(11, &[1, 0x0020_0080], &[]),
        message(16, &[1, 0, 2, 7], b"262144\0\0"),
        message(19, &[1, 0, 48, 5], &[7; 56]),
        message(22, &[1], &ipv4),
        message(30, &[5], &[1; 64]),
        message(32, &[5, 0, 1, 64, 9], &ipv4),
        // One behind the other: a text that is not padded ends the first message in the middle of a word.
        [
            &message(26, &[5, 3, 4], b"eth0\0\0\0\0")[..],
            &message(12, &[7], &[]),
        ]
        .concat(),
        [
            &message(16, &[1, 0, 2, 3], b"No\0")[..],
            &[0],
            &message(43, &[7], &[]),
        ]
        .concat(),
        // Longer than the buffer, shorter than an event, no command.
        longer(message(15, &[1, 0, 3, 0, 1], &[]), 73),
        longer(message(15, &[1, 0, 3, 0, 1], &[]), 71),
        longer(message(18, &[1, 0, 0, 0, 3], &[]), u32::MAX),
        message(44, &[], &[]),
        message(10, &[], b"\0"),
        // Lengths that are not true.
        message(16, &[1, 0, 2, u32::MAX], b"1\0"),
        message(19, &[1, 0, 49, u32::MAX - 48], &[7; 56]),
    ]
}
