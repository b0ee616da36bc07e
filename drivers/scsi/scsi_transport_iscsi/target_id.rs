// SPDX-License-Identifier: GPL-2.0

//! The numbers of targets that the class chooses: all hosts share them.

use crate::ffi::tables;
use core::ops::RangeInclusive;
use iscsi_kernel::id_table::Slot;
use kernel::prelude::*;

/// The numbers of targets.
const IDS: RangeInclusive<u32> = 0..=i32::MAX as u32;

/// Chooses the lowest number that is free.
///
/// # Errors
///
/// `ENOMEM`, `ENOSPC`.
pub(crate) fn allocate() -> Result<u32> {
    let slot = Slot::new()?;
    let id = tables::TARGET_IDS.lock().insert_lowest(IDS, slot, ());
    id.ok_or(ENOSPC)
}

/// Gives a number back.
pub(crate) fn free(id: u32) {
    tables::TARGET_IDS.lock().remove(id);
}
