// SPDX-License-Identifier: GPL-2.0

//! Commands that are not answered in time: what is done about one is what a table of reasons says, one that gets on is
//! not given up, and one that is stuck is, after a single ping.

use crate::input::{words, Input};
use iscsi_proto::timeout::{decide, time_after, TimedOut, TimeoutAction};

/// What must hold and what must not, by the fields in their order, for an action to be taken; the first line that
/// fits is the one.
const REASONS: &[(&str, TimeoutAction)] = &[
    ("nn.......", TimeoutAction::GiveUpDisconnected),
    // Recovery, or a connection yet to come, takes care of it.
    ("n........", TimeoutAction::Wait),
    ("y.n......", TimeoutAction::Wait),
    ("y.yy.....", TimeoutAction::WaitAndForgetCheck),
    // Nobody asks the target.
    ("y.ynn....", TimeoutAction::GiveUp),
    // It fails soon, or the target is busy with what came earlier.
    ("y.ynyy...", TimeoutAction::Wait),
    ("y.yny.y..", TimeoutAction::Wait),
    // Asked already, being asked, to be asked.
    ("y.ynynny.", TimeoutAction::GiveUp),
    ("y.ynynnny", TimeoutAction::WaitChecked),
    ("y.ynynnnn", TimeoutAction::PingAndWaitChecked),
];

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    check_times(input.long(), input.long());
    let mut command = read_command(input.short());
    while !input.is_empty() {
        // What has changed since the last time-out.
        let checked = command.checked;
        command = read_command(input.short());
        command.checked = checked;
        step(&mut command);
    }
    stuck(command);
}

/// Later is less than half of all ticks on, or half of them: then each is after the other.
fn check_times(a: u64, b: u64) {
    let ahead = (i128::from(a) - i128::from(b)).rem_euclid(1 << 64);
    assert_eq!(time_after(a, b), ahead > 0 && ahead <= 1 << 63);
    assert!(a == b || time_after(a, b) || time_after(b, a));
    let both = time_after(a, b) && time_after(b, a);
    assert_eq!(both, ahead == 1 << 63);
}

/// The fields in their order, the first one the highest of nine bits.
fn read_command(bits: u16) -> TimedOut {
    let field = |number: u16| bits & (0x100 >> number) != 0;
    TimedOut {
        logged_in: field(0),
        system_running: field(1),
        connected: field(2),
        progress: field(3),
        pings: field(4),
        ping_overdue: field(5),
        others_progress: field(6),
        checked: field(7),
        ping_outstanding: field(8),
    }
}

fn fields(command: &TimedOut) -> [bool; 9] {
    [
        command.logged_in,
        command.system_running,
        command.connected,
        command.progress,
        command.pings,
        command.ping_overdue,
        command.others_progress,
        command.checked,
        command.ping_outstanding,
    ]
}

fn expected(command: &TimedOut) -> TimeoutAction {
    let fits = |pattern: &str| {
        let mut places = pattern.bytes().zip(fields(command));
        places.all(|(wanted, holds)| wanted == b'.' || (wanted == b'y') == holds)
    };
    let reason = REASONS.iter().find(|(pattern, _)| fits(pattern));
    reason.expect("there is one for all").1
}

/// Decides, and keeps in mind what libiscsi does.
fn step(command: &mut TimedOut) -> TimeoutAction {
    let action = decide(command);
    assert_eq!(action, expected(command));
    match action {
        TimeoutAction::GiveUp => assert!(command.logged_in && !command.progress),
        TimeoutAction::GiveUpDisconnected => assert!(!command.system_running),
        TimeoutAction::Wait => {}
        TimeoutAction::WaitAndForgetCheck => command.checked = false,
        TimeoutAction::WaitChecked => command.checked = true,
        TimeoutAction::PingAndWaitChecked => {
            assert!(!command.ping_outstanding);
            (command.checked, command.ping_outstanding) = (true, true);
        }
    }
    action
}

/// From here on nothing moves, and the target answers pings.
fn stuck(command: TimedOut) {
    let mut command = TimedOut {
        logged_in: true,
        connected: true,
        progress: false,
        ping_overdue: false,
        others_progress: false,
        ..command
    };
    let mut pings = 0;
    for _ in 0..2 {
        match step(&mut command) {
            TimeoutAction::GiveUp => return,
            TimeoutAction::PingAndWaitChecked => pings += 1,
            action => assert_eq!(action, TimeoutAction::WaitChecked),
        }
        assert!(pings <= 1 && command.checked);
        command.ping_outstanding = false;
    }
    assert_eq!(step(&mut command), TimeoutAction::GiveUp);
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = |times: [u64; 2], commands: &[u16]| {
        let times = times.map(u64::to_be_bytes).concat();
        let commands: Vec<_> = commands
            .iter()
            .flat_map(|bits| bits.to_be_bytes())
            .collect();
        [times, commands].concat()
    };
    vec![
        scene([1, 2], &[0b1_1101_0000; 3]),
        scene([u64::MAX, 0], &[0b1_1111_0000, 0b1_1101_0001]),
        scene([7, 7], &[0b0_0000_0000, 0b0_1000_0000, 0b1_0000_0000]),
        scene([1 << 63, 0], &[0b1_1101_1000, 0b1_1101_0100]),
        scene([0, 1 << 63], &[0b1_1101_0011, 0b1_1100_0000]),
        words([0, 0, 0, 1]),
    ]
}
