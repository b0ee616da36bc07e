// SPDX-License-Identifier: GPL-2.0

//! The command window: which commands a target is ready to take (RFC 7143, section 4.2.2.1).
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::{serial::SerialNumber, window::CommandWindow};
//!
//! let first = SerialNumber::new(1);
//! let mut window = CommandWindow::starting_at(first);
//! assert!(window.update(SerialNumber::new(1), SerialNumber::new(32)));
//! assert!(window.allows(SerialNumber::new(32)));
//! assert!(!window.allows(SerialNumber::new(33)));
//! ```

use crate::serial::SerialNumber;

/// ExpCmdSN and MaxCmdSN of a session, as its target last made them known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandWindow {
    exp_cmd_sn: SerialNumber,
    max_cmd_sn: SerialNumber,
}

impl CommandWindow {
    /// A window from `exp_cmd_sn` to `max_cmd_sn`, including both.
    #[inline]
    pub const fn new(exp_cmd_sn: SerialNumber, max_cmd_sn: SerialNumber) -> Self {
        Self {
            exp_cmd_sn,
            max_cmd_sn,
        }
    }

    /// The window of a session whose first command is `initial`, before a target has said
    /// anything: with that command on its way, there is room for one.
    #[inline]
    pub const fn starting_at(initial: SerialNumber) -> Self {
        Self::new(initial.next(), initial.next())
    }

    /// ExpCmdSN: the next command that the target expects. All before it have arrived.
    #[inline]
    pub const fn exp_cmd_sn(&self) -> SerialNumber {
        self.exp_cmd_sn
    }

    /// MaxCmdSN: the last command that the target is ready to take.
    #[inline]
    pub const fn max_cmd_sn(&self) -> SerialNumber {
        self.max_cmd_sn
    }

    /// Takes note of ExpCmdSN and MaxCmdSN of a PDU, and returns whether MaxCmdSN moved: then there
    /// is room for commands that had to wait.
    ///
    /// PDUs may come in another order than they were sent in, so each of the two only moves
    /// forward. A window that ends more than one command before it begins is none, and both are
    /// ignored.
    #[inline]
    pub fn update(&mut self, exp_cmd_sn: SerialNumber, max_cmd_sn: SerialNumber) -> bool {
        if !max_cmd_sn.is_at_or_after(exp_cmd_sn.previous()) {
            return false;
        }
        if exp_cmd_sn.is_after(self.exp_cmd_sn) {
            self.exp_cmd_sn = exp_cmd_sn;
        }
        let moved = max_cmd_sn.is_after(self.max_cmd_sn);
        if moved {
            self.max_cmd_sn = max_cmd_sn;
        }
        moved
    }

    /// Whether the command numbered `queued` may be queued to be sent.
    ///
    /// It may while it is not beyond MaxCmdSN, whatever the target expects: numbers are given out
    /// in order, so it is no old one.
    #[inline]
    pub const fn allows(&self, queued: SerialNumber) -> bool {
        queued.is_at_or_before(self.max_cmd_sn)
    }

    /// Whether the command numbered `cmd_sn` is in the window: a target silently ignores any
    /// other that is not immediate.
    #[inline]
    pub const fn is_open(&self, cmd_sn: SerialNumber) -> bool {
        cmd_sn.is_at_or_after(self.exp_cmd_sn) && cmd_sn.is_at_or_before(self.max_cmd_sn)
    }

    /// Number of commands in the window: none if it is closed.
    #[inline]
    pub const fn size(&self) -> u32 {
        self.max_cmd_sn.next().distance_from(self.exp_cmd_sn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sn(value: u32) -> SerialNumber {
        SerialNumber::new(value)
    }

    #[test]
    fn a_session_starts_with_room_for_one_more() {
        let window = CommandWindow::starting_at(sn(10));
        assert_eq!((window.exp_cmd_sn(), window.max_cmd_sn()), (sn(11), sn(11)));
        assert!(window.allows(sn(10)));
        assert!(window.allows(sn(11)));
        assert!(!window.allows(sn(12)));
    }

    #[test]
    fn both_ends_only_move_forward() {
        let mut window = CommandWindow::new(sn(10), sn(20));
        assert!(!window.update(sn(9), sn(19)));
        assert_eq!(window, CommandWindow::new(sn(10), sn(20)));
        assert!(!window.update(sn(12), sn(20)));
        assert_eq!(window, CommandWindow::new(sn(12), sn(20)));
        assert!(window.update(sn(11), sn(21)));
        assert_eq!(window, CommandWindow::new(sn(12), sn(21)));
    }

    #[test]
    fn a_window_that_ends_before_it_begins_is_ignored() {
        let mut window = CommandWindow::new(sn(10), sn(20));
        assert!(!window.update(sn(40), sn(38)));
        assert_eq!(window, CommandWindow::new(sn(10), sn(20)));
        // Closed, but a window.
        assert!(window.update(sn(40), sn(39)));
        assert_eq!(window.size(), 0);
        assert!(!window.is_open(sn(40)));
        assert!(!window.allows(sn(40)));
    }

    #[test]
    fn the_window_goes_on_over_the_end() {
        let mut window = CommandWindow::new(sn(u32::MAX - 1), sn(u32::MAX));
        assert!(window.update(sn(u32::MAX), sn(2)));
        assert_eq!(window.size(), 4);
        for (number, open) in [
            (u32::MAX - 1, false),
            (u32::MAX, true),
            (0, true),
            (2, true),
            (3, false),
        ] {
            assert_eq!(window.is_open(sn(number)), open);
        }
        assert!(window.allows(sn(u32::MAX - 1)));
        assert!(!window.allows(sn(3)));
    }

    proptest! {
        /// Whatever a target sends, nothing it allowed is taken back.
        #[test]
        fn any_numbers_may_come(exp: u32, max: u32, new_exp: u32, new_max: u32) {
            let before = CommandWindow::new(sn(exp), sn(max));
            let mut after = before;
            let moved = after.update(sn(new_exp), sn(new_max));
            prop_assert!(after.exp_cmd_sn().is_at_or_after(before.exp_cmd_sn()));
            prop_assert!(after.max_cmd_sn().is_at_or_after(before.max_cmd_sn()));
            prop_assert_eq!(moved, after.max_cmd_sn() != before.max_cmd_sn());
            // The end of the window is the last number that is allowed.
            prop_assert!(after.allows(after.max_cmd_sn()));
            prop_assert!(!after.allows(after.max_cmd_sn().next()));
        }

        /// The rules of RFC 7143, section 4.2.2.1, in the arithmetic of the Linux stack.
        #[test]
        fn moves_as_the_linux_stack_does(
            exp: u32, max: u32, near: bool, offset in 0u32..100, size in 0u32..100, far: u32,
        ) {
            let lt = |a: u32, b: u32| (a.wrapping_sub(b) as i32) < 0;
            let new_exp = if near { exp.wrapping_add(offset).wrapping_sub(50) } else { far };
            let new_max = new_exp.wrapping_add(size).wrapping_sub(3);
            let (mut c_exp, mut c_max) = (exp, max);
            if !lt(new_max, new_exp.wrapping_sub(1)) {
                if new_exp != c_exp && !lt(new_exp, c_exp) {
                    c_exp = new_exp;
                }
                if new_max != c_max && !lt(new_max, c_max) {
                    c_max = new_max;
                }
            }
            let mut window = CommandWindow::new(sn(exp), sn(max));
            window.update(sn(new_exp), sn(new_max));
            prop_assert_eq!(window, CommandWindow::new(sn(c_exp), sn(c_max)));
        }
    }
}
