// SPDX-License-Identifier: GPL-2.0

//! Lengths on the wire (RFC 7143, sections 11.1 and 11.2.1.6): padding, and whether a header announces what is to
//! be sent.

use crate::input::Input;
use iscsi_proto::{
    bhs::U24,
    digest,
    pdu::{announces_data, padding}, //
};

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let len = input.word();
    let register = input.word();
    let header = input.take_rest();

    let pad = padding(len);
    assert!(pad < 4);
    assert_eq!((u64::from(len) + u64::from(pad)) % 4, 0);

    if let [_, _, _, _, _, high, middle, low, ..] = *header {
        let announced = u32::from_be_bytes([0, high, middle, low]);
        assert_eq!(U24::new(announced).map(U24::get), Some(announced));
        let words = u64::from(len).div_ceil(4);
        assert_eq!(
            announces_data(header, len),
            words == u64::from(announced).div_ceil(4)
        );
    } else {
        assert!(!announces_data(header, len));
    }
    assert_eq!(U24::new(len).is_some(), len < 1 << 24);

    // Inverted, and the least significant byte first.
    let wire = digest::to_wire(register);
    assert_eq!(u32::from_le_bytes(wire) ^ register, u32::MAX);
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let announcing = |len: u32, announced: u32| {
        let [_, length @ ..] = announced.to_be_bytes();
        [&len.to_be_bytes()[..], &[0; 9], &length, &[0; 40]].concat()
    };
    vec![
        announcing(512, 512),
        announcing(8, 5),
        announcing(9, 8),
        announcing(0x0100_0000, 0x00ff_ffff),
        announcing(u32::MAX, 0),
        vec![0; 15],
    ]
}
