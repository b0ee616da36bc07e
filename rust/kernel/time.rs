// SPDX-License-Identifier: GPL-2.0

//! Time in jiffies.
//!
//! C header: [`include/linux/jiffies.h`](srctree/include/linux/jiffies.h)

use iscsi_bindings as bindings;
use kernel::time::Jiffies;

/// The time.
#[inline]
pub fn jiffies() -> Jiffies {
    // SAFETY: The counter is always valid, and read at once.
    unsafe { (&raw const bindings::jiffies).read_volatile() }
}

/// A number of seconds.
#[inline]
pub fn seconds(count: u32) -> Jiffies {
    (count as Jiffies).wrapping_mul(bindings::CONFIG_HZ as Jiffies)
}
