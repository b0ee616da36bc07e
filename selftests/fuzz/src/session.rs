// SPDX-License-Identifier: GPL-2.0

//! What happens to a session, one event after the other: its state is that of the last event which counts, and it
//! takes commands while it is logged in and at no other time.

use crate::{input::Input, numbers};
use iscsi_proto::{
    connection::StopStage,
    session::{
        Refusal,
        SessionEvent,
        SessionState, //
    },
};

// ISCSI_STATE_* of libiscsi.h.
const FREE: i32 = 1;
const LOGGED_IN: i32 = 2;
const FAILED: i32 = 3;
const TERMINATED: i32 = 4;
const IN_RECOVERY: i32 = 5;
const RECOVERY_FAILED: i32 = 6;
const LOGGING_OUT: i32 = 7;

const STATES: [i32; 7] = [
    FREE,
    LOGGED_IN,
    FAILED,
    TERMINATED,
    IN_RECOVERY,
    RECOVERY_FAILED,
    LOGGING_OUT,
];

const STOPS: &[StopStage] = &[StopStage::None, StopStage::Terminate, StopStage::Recover];

/// How a session is stopped, how it had been stopped before, and the state after that; there is none if nothing
/// changes.
const STOPPED: &[(StopStage, StopStage, i32)] = &[
    (StopStage::Terminate, StopStage::None, TERMINATED),
    (StopStage::Terminate, StopStage::Recover, TERMINATED),
    (StopStage::Recover, StopStage::None, IN_RECOVERY),
];

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let raw = i32::from_be_bytes(input.array());
    numbers::check(raw, &STATES, SessionState::from_raw, SessionState::as_raw);

    let mut plain = input.choose(&STATES);
    let mut state = numbers::state(plain, SessionState::from_raw);
    check(state, plain);
    while !input.is_empty() {
        let event = read_event(&mut input);
        let reported = state.reports_failure();
        state = state.after(event);
        plain = decisive(event, plain).unwrap_or(plain);
        check(state, plain);
        // Whoever was told of a failure is not told of it again.
        let failed = SessionEvent::ConnectionFailed {
            stop: StopStage::None,
        };
        assert!(!state.after(failed).reports_failure());
        assert!(reported || event != failed || plain == FAILED);
    }
}

fn read_event(input: &mut Input<'_>) -> SessionEvent {
    let kind = input.byte() % 6;
    match kind {
        0 => SessionEvent::Started,
        1 => SessionEvent::ConnectionFailed {
            stop: input.choose(STOPS),
        },
        2 => SessionEvent::LogoutSent,
        3 => SessionEvent::Stopped {
            stop: input.choose(STOPS),
            before: input.choose(STOPS),
        },
        4 => SessionEvent::LeadTornDown,
        _ => SessionEvent::RecoveryTimedOut,
    }
}

/// The state that an event leads to, if it counts for a session in the state `plain`.
fn decisive(event: SessionEvent, plain: i32) -> Option<i32> {
    match event {
        SessionEvent::Started => Some(LOGGED_IN),
        SessionEvent::ConnectionFailed { stop } => (stop == StopStage::None).then_some(FAILED),
        SessionEvent::LogoutSent => Some(LOGGING_OUT),
        SessionEvent::Stopped { stop, before } => STOPPED
            .iter()
            .find(|(wanted, earlier, _)| (*wanted, *earlier) == (stop, before))
            .map(|(.., state)| *state),
        SessionEvent::LeadTornDown => Some(TERMINATED),
        SessionEvent::RecoveryTimedOut => (plain != LOGGED_IN).then_some(RECOVERY_FAILED),
    }
}

fn check(state: SessionState, plain: i32) {
    assert_eq!(state.as_raw(), plain);
    assert_eq!(state.reports_failure(), plain != FAILED);
    for running in [false, true] {
        let expected = match plain {
            LOGGED_IN => None,
            IN_RECOVERY | LOGGING_OUT => Some(Refusal::Retry),
            FAILED if running => Some(Refusal::Retry),
            RECOVERY_FAILED => Some(Refusal::FailFast),
            _ => Some(Refusal::NoConnection),
        };
        assert_eq!(state.refusal(running), expected);
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene =
        |raw: i32, state: u8, events: &[u8]| [&raw.to_be_bytes()[..], &[state], events].concat();
    vec![
        // Logged in, logged out, torn down.
        scene(1, 0, &[0, 2, 3, 1, 0, 4]),
        // Failed, stopped to recover, logged in again.
        scene(2, 0, &[0, 1, 0, 3, 2, 0, 0]),
        // Nobody logs in again in time; then somebody does, too late for the timer.
        scene(3, 1, &[1, 0, 3, 2, 0, 5, 3, 2, 2, 0, 5]),
        // A login fails during recovery; stopped for good, and once more.
        scene(7, 4, &[1, 2, 1, 1, 3, 1, 2, 3, 2, 1, 3, 0, 0]),
        scene(0, 6, &[5]),
        scene(8, 3, &[0]),
        scene(-1, 5, &[3, 2, 0]),
    ]
}
