// SPDX-License-Identifier: GPL-2.0

//! A task management function under way (RFC 7143, sections 4.2.3 and 11.6): the first that becomes of it is all that
//! does, and it holds back what the sections say, of the tasks it is about.

use crate::{input::Input, numbers};
use iscsi_proto::task_management::{holds_back, Outgoing, Scope, TmfState};

// TMF_* of libiscsi.h.
const INITIAL: i32 = 0;
const QUEUED: i32 = 1;
const SUCCESS: i32 = 2;
const FAILED: i32 = 3;
const TIMED_OUT: i32 = 4;
const NOT_FOUND: i32 = 5;

const STATES: [i32; 6] = [INITIAL, QUEUED, SUCCESS, FAILED, TIMED_OUT, NOT_FOUND];

/// What is held back of a task that a function is about: of an abort or not, a Data-Out or a command, with FastAbort
/// or without.
const HELD: &[(bool, Outgoing, bool)] = &[
    (true, Outgoing::DataOut, false),
    (true, Outgoing::DataOut, true),
    (false, Outgoing::Command, false),
    (false, Outgoing::Command, true),
    (false, Outgoing::DataOut, true),
];

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let raw = i32::from_be_bytes(input.array());
    numbers::check(raw, &STATES, TmfState::from_raw, TmfState::as_raw);

    let itt: [u8; 4] = input.array();
    let lun = input.long();
    // Every bit of a tag and of a logical unit counts, so most are alike but for one.
    let (bit, flags) = (input.byte(), input.byte());
    let other_itt = (u32::from_ne_bytes(itt) ^ (1 << (bit % 32))).to_ne_bytes();
    let other_lun = lun ^ (1 << (bit % 64));
    let (outgoing, fast_abort) = match flags & 3 {
        0 => (Outgoing::Command, false),
        1 => (Outgoing::DataOut, false),
        2 => (Outgoing::Command, true),
        _ => (Outgoing::DataOut, true),
    };
    for (scope, concerned) in [
        (Scope::Task { referenced: itt }, true),
        (
            Scope::Task {
                referenced: other_itt,
            },
            false,
        ),
        (Scope::LogicalUnit { lun }, true),
        (Scope::LogicalUnit { lun: other_lun }, false),
        (Scope::Target, true),
    ] {
        let aborts = matches!(scope, Scope::Task { .. });
        let held = concerned && HELD.contains(&(aborts, outgoing, fast_abort));
        assert_eq!(holds_back(scope, outgoing, lun, itt, fast_abort), held);
    }
    outcome(&mut input);
}

/// Answers and the end of the time, in any order.
fn outcome(input: &mut Input<'_>) {
    let mut plain = input.choose(&STATES);
    let mut state = numbers::state(plain, TmfState::from_raw);
    while !input.is_empty() {
        let becomes;
        (state, becomes) = if input.flag() {
            (state.timed_out(), TIMED_OUT)
        } else {
            // Function complete, and task does not exist: all others mean that nothing was done.
            let code = input.byte();
            let answer = match code {
                0 => SUCCESS,
                1 => NOT_FOUND,
                _ => FAILED,
            };
            (state.answered(code), answer)
        };
        if plain == QUEUED {
            plain = becomes;
        }
        assert_eq!(state.as_raw(), plain);
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = |raw: i32, bit: u8, flags: u8, state: u8, events: &[u8]| {
        [
            &raw.to_be_bytes()[..],
            &[5, 0, 0, 0x10],
            &[0, 0, 0, 0, 0, 0, 0x40, 1, bit, flags, state],
            events,
        ]
        .concat()
    };
    vec![
        scene(0, 0, 0, 1, &[0, 0, 1]),
        scene(1, 31, 1, 1, &[0, 1, 0, 0]),
        scene(2, 32, 2, 1, &[1, 0, 0]),
        scene(3, 63, 3, 1, &[0, 255, 1]),
        scene(4, 13, 1, 0, &[0, 0, 1]),
        scene(5, 28, 3, 4, &[0, 0]),
        scene(6, 1, 2, 5, &[1]),
        scene(-1, 2, 0, 1, &[0, 5]),
    ]
}
