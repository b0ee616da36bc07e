// SPDX-License-Identifier: GPL-2.0

//! The command window (RFC 7143, section 4.2.2.1), updated by one PDU after the other, beside one that is kept in
//! plain numbers.

use crate::{
    input::{words, Input},
    serial::{add, is_less},
};
use iscsi_proto::{serial::SerialNumber, window::CommandWindow};

/// ExpCmdSN and MaxCmdSN.
#[derive(Clone, Copy)]
struct Plain {
    first: u32,
    last: u32,
}

impl Plain {
    /// Both are ignored if MaxCmdSN is less than ExpCmdSN - 1 or in no order with it; otherwise each is taken if it
    /// is greater than the one before.
    fn update(self, first: u32, last: u32) -> Self {
        let closed = add(first, -1);
        if last != closed && !is_less(closed, last) {
            return self;
        }
        let later = |old, new| if is_less(old, new) { new } else { old };
        Self {
            first: later(self.first, first),
            last: later(self.last, last),
        }
    }
}

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let initial = input.word();
    let mut window = CommandWindow::starting_at(SerialNumber::new(initial));
    let mut plain = Plain {
        first: add(initial, 1),
        last: add(initial, 1),
    };
    compare(&window, plain, initial);
    while !input.is_empty() {
        let (first, last, probe) = (input.word(), input.word(), input.word());
        let updated = plain.update(first, last);
        let moved = window.update(SerialNumber::new(first), SerialNumber::new(last));
        assert_eq!(moved, updated.last != plain.last);
        plain = updated;
        compare(&window, plain, probe);
        compare(&window, plain, first);
        compare(&window, plain, last);
    }
}

fn compare(window: &CommandWindow, plain: Plain, probe: u32) {
    let Plain { first, last } = plain;
    assert_eq!(window.exp_cmd_sn().get(), first);
    assert_eq!(window.max_cmd_sn().get(), last);
    let number = SerialNumber::new(probe);
    let in_time = probe == last || is_less(probe, last);
    assert_eq!(window.allows(number), in_time);
    let expected = probe == first || is_less(first, probe);
    assert_eq!(window.is_open(number), expected && in_time);
    assert_eq!(add(first, i64::from(window.size()) - 1), last);
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    vec![
        words([1, 2, 33, 5, 3, 34, 40]),
        // In another order than they were sent; closed; none at all.
        words([1, 3, 34, 5, 2, 33, 40]),
        words([1, 3, 2, 2]),
        words([1, 3, 1, 2]),
        // Around the end of the numbers, and half of them away.
        words([u32::MAX - 1, u32::MAX, 30, 0, 5, 36, 6]),
        words([1, 0x8000_0002, 0x8000_0001, 0]),
    ]
}
