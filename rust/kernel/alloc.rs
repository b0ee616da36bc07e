// SPDX-License-Identifier: GPL-2.0

//! Objects with room for somebody else's data behind them.

use core::{
    alloc::Layout,
    ptr::NonNull, //
};
use kernel::{
    alloc::{
        allocator::Kmalloc,
        flags::__GFP_ZERO,
        Allocator,
        NumaNode, //
    },
    prelude::*, //
};

/// Allocates a zeroed `T` with `tail` zeroed bytes behind it, all of which `kfree()` frees.
///
/// What is behind the object is aligned as the object is.
///
/// # Errors
///
/// `ENOMEM`, also when that is more than memory can have.
pub fn zeroed_with_tail<T>(tail: usize) -> Result<NonNull<T>> {
    let size = size_of::<T>().checked_add(tail).ok_or(ENOMEM)?;
    let layout = Layout::from_size_align(size, align_of::<T>()).map_err(|_| ENOMEM)?;
    let object = Kmalloc::alloc(layout, GFP_KERNEL | __GFP_ZERO, NumaNode::NO_NODE)?;
    Ok(object.cast())
}
