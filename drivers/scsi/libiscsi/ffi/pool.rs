// SPDX-License-Identifier: GPL-2.0

//! Pools.

use super::errno;
use iscsi_abi::{
    bindings,
    libiscsi::pool::Pool, //
};
use kernel::ffi::{
    c_int,
    c_void, //
};

/// Fills a pool with `max` zeroed items of `item_len` bytes. Unless `items` is null, it is set to the
/// array of all of them, which lives as long as the pool.
///
/// # Safety
///
/// `pool` must be valid for writes, `items` as well or null; nobody else may use the pool.
#[no_mangle]
unsafe extern "C" fn iscsi_pool_init(
    pool: *mut bindings::iscsi_pool,
    max: c_int,
    items: *mut *mut *mut c_void,
    item_len: c_int,
) -> c_int {
    // SAFETY: By the requirements of this function.
    let filled = unsafe { Pool::init(pool, max, item_len) };
    errno(filled.map(|array| {
        if !items.is_null() {
            // SAFETY: By the requirements of this function.
            unsafe { *items = array.as_ptr() };
        }
    }))
}

/// Frees a pool and its items. Doing so twice is harmless.
///
/// # Safety
///
/// `pool` must be zeroed or have been filled by [`iscsi_pool_init`]; nobody may use it or an item of it
/// any more.
#[no_mangle]
unsafe extern "C" fn iscsi_pool_free(pool: *mut bindings::iscsi_pool) {
    // SAFETY: By the requirements of this function.
    unsafe { Pool::free(pool) };
}
