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

/// The longest time from now that is not mistaken for one that has passed.
const JIFFIES_MAX: Jiffies = (Jiffies::MAX >> 2) - 1;

/// A number of seconds, or as many as a timer can wait for.
#[inline]
pub fn seconds(count: u32) -> Jiffies {
    let jiffies = (count as Jiffies).saturating_mul(bindings::CONFIG_HZ as Jiffies);
    jiffies.min(JIFFIES_MAX)
}
