// SPDX-License-Identifier: GPL-2.0

//! Initiator Task Tags as a target sends them back: only a tag that was given out leads to a task.

use crate::input::Input;
use iscsi_proto::tag::{
    InitiatorTaskTag,
    Itt,
    TagError,
    TargetTransferTag, //
};

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let bytes = input.array();
    let (age, cmds_max) = (input.word(), input.word());

    let tag = InitiatorTaskTag::from_bytes(bytes);
    assert_eq!(tag.to_bytes(), bytes);
    let verified = tag.verify(age, cmds_max);
    match verified {
        Ok(None) => assert_eq!(bytes, [0xff; 4]),
        Ok(Some(index)) => {
            assert!(u32::from(index) < cmds_max);
            let given_out = Itt::new(u32::from(index), age).map(InitiatorTaskTag::from);
            assert_eq!(given_out, Some(tag));
        }
        Err(error) => {
            let raw = u32::from_ne_bytes(bytes);
            let (index, age_bits, between) = (raw & 0x1fff, raw >> 28, raw & 0x0fff_e000);
            let right = between == 0 && age_bits == age % 16 && index < cmds_max;
            assert!(!right && bytes != [0xff; 4]);
            assert_eq!(error == TagError::Forged, between != 0);
        }
    }
    assert_eq!(tag.is_reserved(), verified == Ok(None));

    let transfer_tag = TargetTransferTag::from_bytes(bytes);
    assert_eq!(transfer_tag.to_bytes(), bytes);
    assert_eq!(transfer_tag.is_reserved(), tag.is_reserved());
    give_out(input.word(), age);
}

/// Whatever is given out names the task it was given to.
fn give_out(index: u32, age: u32) {
    let Some(itt) = Itt::new(index, age) else {
        return assert!(index > Itt::INDEX_MASK);
    };
    assert_eq!(u32::from(itt.index()), index);
    assert_eq!(itt.age(), age % 16);
    let verified = InitiatorTaskTag::from(itt).verify(age, index + 1);
    assert_eq!(verified, Ok(Some(itt.index())));
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let tag = |raw: u32, age: u32, cmds_max: u32, index: u32| {
        let rest = [age, cmds_max, index].map(u32::to_be_bytes);
        [&raw.to_ne_bytes()[..], &rest.concat()].concat()
    };
    vec![
        tag(0x1000_0005, 1, 128, 5),
        tag(0x1000_0005, 1, 5, 0x1fff),
        tag(0x1000_0005, 0x12, 128, 0x2000),
        tag(0x1000_2005, 1, 128, 0),
        tag(u32::MAX, 15, u32::MAX, 0),
        tag(0xf000_1fff, u32::MAX, 0x2000, u32::MAX),
    ]
}
