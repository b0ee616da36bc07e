// SPDX-License-Identifier: GPL-2.0

//! Connections that recover, over and over: a tag of before leads to no task until the age comes around again, and
//! stages have the numbers of `libiscsi.h` and `iscsi_if.h`.

use crate::{input::Input, numbers};
use iscsi_proto::{
    connection::{
        next_age,
        ConnectionStage,
        StopStage, //
    },
    tag::{
        InitiatorTaskTag,
        Itt,
        TagError, //
    },
};

/// How many ages there are before one returns.
const AGES: usize = 16;

const CMDS_MAX: u32 = 4096;

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let raw = i32::from_be_bytes(input.array());
    numbers::check(
        raw,
        &[0, 1, 2, 3],
        ConnectionStage::from_raw,
        ConnectionStage::as_raw,
    );
    // 2 is STOP_CONN_SUSPEND, which is none of ours.
    numbers::check(raw, &[0, 1, 3], StopStage::from_raw, StopStage::as_raw);

    let mut age = input.word();
    let index = u32::from(input.short()) % CMDS_MAX;
    let tag = InitiatorTaskTag::from(Itt::new(index, age).expect("it is a small index"));
    let found = Ok(u16::try_from(index).ok());
    assert_eq!(tag.verify(age, CMDS_MAX), found);
    for recoveries in 1..=2 * AGES {
        age = next_age(age);
        assert!(usize::try_from(age).is_ok_and(|age| age < AGES));
        let expected = match recoveries % AGES {
            0 => found,
            _ => Err(TagError::Age),
        };
        assert_eq!(tag.verify(age, CMDS_MAX), expected);
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = |raw: i32, age: u32, index: u16| {
        [
            &raw.to_be_bytes()[..],
            &age.to_be_bytes(),
            &index.to_be_bytes(),
        ]
        .concat()
    };
    vec![
        scene(0, 0, 0),
        scene(1, 15, 4095),
        scene(2, u32::MAX, 5),
        scene(3, 0x10, 1),
        scene(4, 7, 127),
        scene(-1, 0x8000_000f, 3),
        scene(0x0103, 1, 2),
    ]
}
