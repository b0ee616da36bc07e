// SPDX-License-Identifier: GPL-2.0

//! A connection that is looked at when it asks to be (NOP-Out: RFC 7143, section 11.18): a target that goes on to say
//! something is kept, and one that says nothing is asked once and given up when its time is over, not earlier.

use crate::input::Input;
use iscsi_proto::ping::{decide, PingAction, PingTimes};

/// No time-out is longer, and no silence: `param::SECONDS` is far below it.
const LONGEST: u64 = 1 << 40;

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let outstanding = input.flag();
    let any = PingTimes {
        now: input.long(),
        last_recv: input.long(),
        receive_timeout: input.long(),
        ping_timeout: input.long(),
        ping_outstanding: outstanding,
    };
    check_any(&any);
    let times = PingTimes {
        now: any.last_recv,
        receive_timeout: any.receive_timeout % LONGEST,
        ping_timeout: any.ping_timeout % LONGEST,
        ..any
    };
    story(&mut input, times);
}

/// Even times that nobody would set lead to no ping beside another, and to no wait that is over already.
fn check_any(times: &PingTimes) {
    let decided = decide(times);
    assert_eq!(decided.is_none(), times.receive_timeout == 0);
    match decided {
        None => {}
        Some(PingAction::Failed) => assert!(times.ping_outstanding && times.is_overdue()),
        Some(PingAction::Ping) => assert!(!times.ping_outstanding),
        Some(PingAction::Wait { until }) => {
            let wait = until.wrapping_sub(times.now);
            assert!((1..=1 << 63).contains(&wait));
        }
    }
}

/// What has to be done after a silence, in numbers that do not wrap.
fn expected(times: &PingTimes, silence: u64) -> Option<PingAction> {
    let asked_at = times.receive_timeout;
    let failed_at = times.receive_timeout + times.ping_timeout;
    let until = |silence| PingAction::Wait {
        until: times.last_recv.wrapping_add(silence),
    };
    if times.receive_timeout == 0 {
        None
    } else if silence < asked_at {
        Some(until(asked_at))
    } else if !times.ping_outstanding {
        Some(PingAction::Ping)
    } else if silence < failed_at {
        Some(until(failed_at))
    } else {
        Some(PingAction::Failed)
    }
}

/// The clock goes on by what the input says, or to when the connection is to be looked at again.
fn story(input: &mut Input<'_>, mut times: PingTimes) {
    let mut silence = 0;
    while !input.is_empty() {
        match input.byte() % 4 {
            // Something came: what is not the answer to a ping proves as much.
            0 => (silence, times.last_recv) = (0, times.now),
            1 => {
                (silence, times.last_recv) = (0, times.now);
                times.ping_outstanding = false;
            }
            2 => silence = (silence + input.long() % LONGEST).min(4 * LONGEST),
            _ => {}
        }
        times.now = times.last_recv.wrapping_add(silence);
        let action = decide(&times);
        assert_eq!(action, expected(&times, silence));
        let overdue = silence >= times.receive_timeout + times.ping_timeout;
        assert_eq!(times.is_overdue(), times.ping_outstanding && overdue);
        match action {
            Some(PingAction::Ping) => times.ping_outstanding = true,
            Some(PingAction::Wait { until }) => {
                silence = until.wrapping_sub(times.last_recv);
                times.now = until;
            }
            Some(PingAction::Failed) | None => break,
        }
    }
    give_up(times, silence);
}

/// A target that says nothing any more is given up after a few looks, at the time that was set.
fn give_up(mut times: PingTimes, mut silence: u64) {
    if times.receive_timeout == 0 {
        return;
    }
    let late = silence;
    for _ in 0..4 {
        match decide(&times) {
            Some(PingAction::Ping) => times.ping_outstanding = true,
            Some(PingAction::Wait { until }) => {
                silence = until.wrapping_sub(times.last_recv);
                times.now = until;
            }
            Some(PingAction::Failed) => {
                let time = times.receive_timeout + times.ping_timeout;
                return assert_eq!(silence, time.max(late));
            }
            None => break,
        }
    }
    panic!("it is never given up: {times:?}");
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = |outstanding: u8, times: [u64; 4], events: &[u8]| {
        let times = times.map(u64::to_be_bytes).concat();
        [&[outstanding][..], &times, events].concat()
    };
    let passes = |ticks: u64| [&[2][..], &ticks.to_be_bytes()].concat();
    vec![
        scene(0, [100, 100, 5000, 5000], &[3, 3, 3, 3]),
        scene(0, [100, 100, 5000, 5000], &[3, 3, 1, 3, 3, 0, 3]),
        scene(0, [u64::MAX - 3, 0, 5, 3], &[0, 3, 3, 3, 0, 3]),
        scene(1, [0, u64::MAX, 5, 0], &passes(4)),
        scene(0, [7, 7, 5, 3], &[passes(5), passes(2), passes(1)].concat()),
        scene(1, [7, 7, 0, 3], &passes(100)),
        scene(1, [1 << 63, 0, u64::MAX, u64::MAX], &[3, 3]),
    ]
}
