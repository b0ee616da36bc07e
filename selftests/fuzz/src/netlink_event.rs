// SPDX-License-Identifier: GPL-2.0

//! Events on their way to user space: each has what it was made of where `iscsi_if.h` has it, and zeros or what the
//! sender has written everywhere else.

use crate::input::{words, Input};
use iscsi_proto::netlink::{
    retry::{
        after,
        Decision,
        SendResult, //
    },
    Command,
    Event,
    EventBuf,
    Messages,
    OffloadEvent,
    Request,
    SessionEvent,
    EVENT_LEN, //
};

type Bytes = [u8; EVENT_LEN];

/// Where the answer begins (the union `r` of `struct iscsi_uevent`), and what the sender says (`u`).
const ANSWER: usize = 40;
const REQUEST: usize = 16;

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let (kind, handle) = (input.byte(), input.long());
    let numbers = [input.word(), input.word(), input.word(), input.word()];
    check_made(kind, handle, numbers);
    check_numbers(numbers[0]);

    let sent: Bytes = input.array();
    reply(&mut input, &sent);
}

fn put(bytes: &mut Bytes, at: usize, numbers: &[u32]) {
    for (place, number) in bytes[at..].chunks_exact_mut(4).zip(numbers) {
        place.copy_from_slice(&number.to_ne_bytes());
    }
}

/// An event of one of the kinds that there are, its number, where it has its fields, and these.
fn make(kind: u8, handle: u64, numbers: [u32; 4]) -> (EventBuf, u32, usize, Vec<u32>) {
    let [a, b, c, d] = numbers;
    let index = u16::from_ne_bytes([a.to_ne_bytes()[0], b.to_ne_bytes()[1]]);
    let [low, high] = index.to_ne_bytes();
    let chap_index = u32::from_ne_bytes([low, high, 0, 0]);
    let session = |event| EventBuf::session(event, handle, a, b);
    match kind % 13 {
        0 => (
            EventBuf::received_pdu(handle, a, b),
            101,
            ANSWER,
            vec![a, b],
        ),
        1 => {
            let event = EventBuf::connection_error(handle, a, b, c);
            (event, 102, ANSWER, vec![a, b, c])
        }
        // The host comes first in this one only.
        2 => (session(SessionEvent::Destroy), 104, ANSWER, vec![a, b]),
        3 => (session(SessionEvent::Unbind), 105, ANSWER, vec![b, a]),
        4 => (session(SessionEvent::Create), 106, ANSWER, vec![b, a]),
        5 => (EventBuf::path_request(handle, a), 107, ANSWER, vec![a]),
        6 => (EventBuf::interface_down(handle, a), 108, ANSWER, vec![a]),
        7 => {
            let event = EventBuf::login_state(handle, a, b, c);
            (event, 109, ANSWER, vec![a, b, c])
        }
        8 => {
            let event = EventBuf::host_event(handle, a, b, c);
            (event, 110, ANSWER, vec![a, c, b])
        }
        9 => {
            let event = EventBuf::ping_complete(handle, a, b, c, d);
            (event, 111, ANSWER, vec![a, b, c, d])
        }
        10 => (EventBuf::stats(handle, a, b), 20, REQUEST, vec![a, b]),
        11 => {
            let event = EventBuf::chap(handle, a, b, index);
            (event, 33, REQUEST, vec![a, b, chap_index])
        }
        _ => (EventBuf::host_stats(handle, a), 42, REQUEST, vec![a]),
    }
}

fn check_made(kind: u8, handle: u64, numbers: [u32; 4]) {
    let (event, number, at, fields) = make(kind, handle, numbers);
    let mut expected = [0; EVENT_LEN];
    put(&mut expected, 0, &[number]);
    expected[8..16].copy_from_slice(&handle.to_ne_bytes());
    put(&mut expected, at, &fields);
    assert_eq!(*event.as_bytes(), expected);

    // Whoever gets it reads the same.
    let read = Event::new(event.as_bytes());
    assert_eq!((read.kind(), read.transport_handle()), (number, handle));
    assert_eq!(EventBuf::echo(&read), event);
    let command = u16::try_from(number).ok().and_then(Command::from_number);
    assert_eq!(command.is_some(), at == REQUEST);
    if let Some(command) = command {
        let [sid, cid, ..] = numbers;
        match Request::parse(command, &read) {
            Request::GetStats { sid: s, cid: c } => assert_eq!((s, c), (sid, cid)),
            Request::GetChap {
                host,
                entries,
                index,
            } => {
                let [low, high] = index.to_ne_bytes();
                let index = u32::from_ne_bytes([low, high, 0, 0]);
                assert_eq!(vec![host, entries, index], fields);
            }
            Request::GetHostStats { host } => assert_eq!(vec![host], fields),
            other => panic!("{other:?} is no answer"),
        }
    }
}

/// Numbers stand for at most one event.
fn check_numbers(number: u32) {
    for number in [number, number % 128] {
        let session = SessionEvent::from_number(number);
        let offload = OffloadEvent::from_number(number);
        assert_eq!(session.is_some(), (104..=106).contains(&number));
        assert_eq!(offload.is_some(), (107..=108).contains(&number));
        assert!(session.is_none_or(|event| event.number() == number));
        assert!(offload.is_none_or(|event| event.number() == number));
    }
}

/// Answers a message: all that is not said stays what the sender has written.
fn reply(input: &mut Input<'_>, sent: &Bytes) {
    let message = [&72u32.to_ne_bytes()[..], &[0; 12], sent].concat();
    let mut messages = Messages::new(&message);
    let event = messages.next().expect("there is one").event();
    let mut reply = EventBuf::echo(&event);
    let mut expected = *sent;
    assert_eq!(*reply.as_bytes(), expected);
    let mut tries = 0;
    while !input.is_empty() {
        let (kind, a, b) = (input.byte(), input.word(), input.word());
        let number = i32::from_ne_bytes(a.to_ne_bytes());
        match kind % 7 {
            0 => {
                reply.set_error(number);
                put(&mut expected, 0, &[103, a]);
            }
            1 => {
                reply.set_session(a, b);
                put(&mut expected, ANSWER, &[b, a]);
            }
            2 => {
                reply.set_connection(a, b);
                put(&mut expected, ANSWER, &[a, b]);
            }
            3 => {
                reply.set_retcode(number);
                put(&mut expected, ANSWER, &[a]);
            }
            4 => {
                let handle = (u64::from(a) << 32) | u64::from(b);
                reply.set_endpoint(handle);
                expected[ANSWER..ANSWER + 8].copy_from_slice(&handle.to_ne_bytes());
            }
            5 => {
                reply.set_flashnode(a);
                put(&mut expected, ANSWER, &[a]);
            }
            _ => tries = attempt(kind / 7, tries),
        }
        assert_eq!(*reply.as_bytes(), expected);
    }
}

/// Sends once more, if there is to be another attempt. Returns how many there were in a row.
fn attempt(result: u8, before: u32) -> u32 {
    let tries = before + 1;
    let (result, expected) = match result % 3 {
        0 => (SendResult::Sent, Decision::Done),
        1 => (SendResult::Absent, Decision::Absent),
        _ if tries > 10 => (SendResult::Failed, Decision::GiveUp),
        _ => (SendResult::Failed, Decision::Again),
    };
    let decision = after(result, tries);
    assert_eq!(decision, expected);
    if decision == Decision::Again {
        return tries;
    }
    0
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = |kind: u8, numbers: [u32; 4], steps: &[(u8, u32, u32)]| {
        let numbers = words(numbers);
        let steps = steps.iter().flat_map(|(kind, a, b)| {
            let numbers = [a.to_be_bytes(), b.to_be_bytes()].concat();
            [vec![*kind], numbers].concat()
        });
        let handle = 0xffff_8880_0000_1000_u64.to_be_bytes();
        [
            &[kind][..],
            &handle,
            &numbers,
            &[0xa5; EVENT_LEN],
            &steps.collect::<Vec<_>>(),
        ]
        .concat()
    };
    let mut seeds: Vec<_> = (0..13)
        .map(|kind| scene(kind, [1, 2, 3, 4], &[(kind % 6, 5, 6)]))
        .collect();
    seeds.push(scene(0, [104, 0, 0, 0], &[(0, 0xffff_ffea, 0), (3, 7, 0)]));
    seeds.push(scene(0, [107, 0, 0, 0], &[(4, 1, 2), (1, 3, 4), (2, 5, 6)]));
    // Nobody takes it, eleven times; then somebody does, and then nobody is there.
    let mut tries = vec![(20, 0, 0); 11];
    tries.extend([(20, 0, 0), (6, 0, 0), (20, 0, 0), (13, 0, 0)]);
    seeds.push(scene(1, [101; 4], &tries));
    seeds
}
