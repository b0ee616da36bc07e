// SPDX-License-Identifier: GPL-2.0

//! Keeping bottom halves off the current CPU.
//!
//! C header: [`include/linux/bottom_half.h`](srctree/include/linux/bottom_half.h)

use iscsi_bindings as bindings;
use kernel::types::NotThreadSafe;

/// While a value of this type lives, no bottom half runs on the current CPU.
///
/// Process context that calls code written for softirq, and so taking its locks plainly, holds one
/// across the call: a softirq on the same CPU could otherwise spin on a lock that its own CPU
/// holds. May be nested.
#[must_use = "bottom halves are on again as soon as this is dropped"]
pub struct BottomHalvesOff(NotThreadSafe);

impl BottomHalvesOff {
    /// Disables bottom halves on this CPU until the value is dropped.
    #[inline]
    #[expect(
        clippy::new_without_default,
        reason = "a default would hide that bottom halves go off"
    )]
    pub fn new() -> Self {
        // SAFETY: May be called from any context but hard interrupts, in which no safe Rust of
        // these modules runs; the matching enable is in `drop`.
        unsafe { bindings::local_bh_disable() };
        Self(NotThreadSafe)
    }
}

impl Drop for BottomHalvesOff {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: Matches the disable in `new`, on the same CPU since the type is not `Send`.
        unsafe { bindings::local_bh_enable() };
    }
}
