// SPDX-License-Identifier: GPL-2.0

//! What becomes of a task: it comes to its end once, and no failure after that changes what it was.

use crate::{input::Input, numbers};
use iscsi_proto::task::{Failure, TaskState};

// ISCSI_TASK_* of libiscsi.h.
const FREE: i32 = 0;
const COMPLETED: i32 = 1;
const PENDING: i32 = 2;
const RUNNING: i32 = 3;
const ABORTED_BY_TMF: i32 = 4;
const ABORTED_BY_RECOVERY: i32 = 5;
const REQUEUED: i32 = 6;

const STATES: [i32; 7] = [
    FREE,
    COMPLETED,
    PENDING,
    RUNNING,
    ABORTED_BY_TMF,
    ABORTED_BY_RECOVERY,
    REQUEUED,
];

/// The only changes there are: a state, whether the session recovers, and the state after the failure.
const CHANGES: &[(i32, bool, i32)] = &[
    (PENDING, false, COMPLETED),
    (PENDING, true, COMPLETED),
    (RUNNING, false, ABORTED_BY_TMF),
    (RUNNING, true, ABORTED_BY_RECOVERY),
];

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let raw = i32::from_be_bytes(input.array());
    numbers::check(raw, &STATES, TaskState::from_raw, TaskState::as_raw);

    let mut plain = input.choose(&STATES);
    let mut state = numbers::state(plain, TaskState::from_raw);
    let mut ends = 0;
    check(state, plain);
    while !input.is_empty() {
        let recovers = input.flag();
        state = state.after_failure(match recovers {
            true => Failure::Recovery,
            false => Failure::Other,
        });
        let change = CHANGES
            .iter()
            .find(|(from, recovery, _)| (*from, *recovery) == (plain, recovers));
        if let Some((.., after)) = change {
            plain = *after;
            ends += 1;
        }
        check(state, plain);
        assert!(ends <= 1 && !state.may_complete());
    }
}

fn check(state: TaskState, plain: i32) {
    assert_eq!(state.as_raw(), plain);
    // A task is nobody's, has yet to end, or is over.
    assert_eq!(state.may_complete(), [PENDING, RUNNING].contains(&plain));
    assert_eq!(state.is_over(), plain != FREE && !state.may_complete());
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = |raw: i32, state: u8, failures: &[u8]| {
        [&raw.to_be_bytes()[..], &[state], failures].concat()
    };
    let mut seeds: Vec<_> = (0..7)
        .flat_map(|state| {
            [
                scene(state.into(), state, &[0, 1]),
                scene(7, state, &[1, 0]),
            ]
        })
        .collect();
    seeds.push(scene(-1, 3, &[]));
    seeds.push(scene(0x0100_0003, 2, &[]));
    seeds
}
