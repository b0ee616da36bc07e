// SPDX-License-Identifier: GPL-2.0

//! How many commands a session takes: of all numbers of tasks that there may be, the largest one that neither user
//! space nor the host has less of.

use crate::input::Input;
use iscsi_proto::command_count::{scsi_commands, Adjustment, TooFew};

/// The numbers of tasks that there may be.
const ALLOWED: [u16; 9] = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096];

/// Those that are for no command.
const MANAGEMENT: u16 = 15;

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let requested = input.short();
    let limit = input.flag().then(|| input.short());
    let mut told = Vec::new();
    let commands = scsi_commands(requested, limit, |adjustment| told.push(adjustment));

    let mut expected_told = Vec::new();
    let expected = expected(requested, limit, &mut expected_told);
    assert_eq!(commands, expected);
    assert_eq!(told, expected_told);
    if let Ok(commands) = commands {
        assert!(ALLOWED.contains(&(commands + MANAGEMENT)));
        assert!(requested == 0 || commands < requested);
        assert!(limit.is_none_or(|limit| commands <= limit));
    }
}

fn expected(requested: u16, limit: Option<u16>, told: &mut Vec<Adjustment>) -> Result<u16, TooFew> {
    let commands = largest(if requested == 0 { 128 } else { requested }, told)?;
    let Some(limit) = limit.filter(|limit| commands > *limit) else {
        return Ok(commands);
    };
    told.push(Adjustment::Host(limit));
    largest(limit, told)
}

/// The commands of the largest number of tasks that is not above `tasks`, and why it is another one.
fn largest(tasks: u16, told: &mut Vec<Adjustment>) -> Result<u16, TooFew> {
    let mut below = ALLOWED.iter().rev().filter(|allowed| **allowed <= tasks);
    let found = *below.next().ok_or(TooFew(tasks))?;
    if tasks > 4096 {
        told.push(Adjustment::Maximum);
    } else if found != tasks {
        told.push(Adjustment::PowerOfTwo(found));
    }
    Ok(found - MANAGEMENT)
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = |requested: u16, limit: Option<u16>| {
        let limit = limit.map(|limit| [&[1][..], &limit.to_be_bytes()].concat());
        [&requested.to_be_bytes()[..], &limit.unwrap_or_default()].concat()
    };
    vec![
        scene(0, None),
        scene(15, None),
        scene(16, None),
        scene(127, None),
        scene(4097, Some(4096)),
        scene(0, Some(112)),
        scene(128, Some(113)),
        scene(128, Some(15)),
        scene(u16::MAX, Some(u16::MAX)),
    ]
}
