// SPDX-License-Identifier: GPL-2.0

//! Which response may answer which task: as the table of RFC 7143's sections 11.3 to 11.19 has it.

use crate::input::Input;
use iscsi_proto::{
    answer::{
        to_nobody,
        to_task,
        Direction,
        Progress,
        Request,
        Verdict, //
    },
    opcode::{
        RequestOpcode,
        ResponseOpcode, //
    },
};

/// The opcode of what was asked, which way data goes, and the opcodes of the answers.
const ANSWERS: &[(u8, Direction, &[u8])] = &[
    (0x01, Direction::None, &[0x21]),
    (0x01, Direction::Read, &[0x21, 0x25]),
    (0x01, Direction::Write, &[0x21, 0x31]),
    (0x00, Direction::None, &[0x20]),
    (0x02, Direction::None, &[0x22]),
    (0x03, Direction::None, &[0x23]),
    (0x04, Direction::None, &[0x24]),
    (0x06, Direction::None, &[0x26]),
];

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let response = input.choose(ResponseOpcode::ALL);
    let code = u8::from(response);
    let progress = input.choose(&[
        Progress::Free,
        Progress::Queued,
        Progress::Sent,
        Progress::Over,
    ]);
    let (asked, direction, answers) = input.choose(ANSWERS);
    let may_answer = answers.contains(&code);
    let request = match asked {
        0x01 => Request::Command(direction),
        other => Request::Other(RequestOpcode::try_from(other).ok()),
    };
    let expected = match progress {
        Progress::Sent if may_answer => Verdict::Accept,
        Progress::Over if may_answer => Verdict::Ignore,
        _ => Verdict::Refuse,
    };
    assert_eq!(to_task(response, request, progress), expected);

    // Nothing answers what gets no answer, whatever its opcode is.
    let unknown = RequestOpcode::try_from(input.byte()).ok();
    if !ANSWERS
        .iter()
        .any(|(asked, ..)| unknown.is_some_and(|opcode| u8::from(opcode) == *asked))
    {
        assert_eq!(
            to_task(response, Request::Other(unknown), progress),
            Verdict::Refuse
        );
    }
    assert_eq!(
        to_nobody(response) == Verdict::Accept,
        [0x20, 0x32, 0x3f].contains(&code)
    );
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    vec![
        vec![5, 2, 1, 0x05],
        vec![7, 3, 2, 0x10],
        vec![0, 2, 3, 0xff],
    ]
}
