// SPDX-License-Identifier: GPL-2.0

//! Synchronisation with code that runs in bottom halves.

mod bottom_half;
mod rw_lock_bh;
mod spin_lock_bh;

pub use bottom_half::BottomHalvesOff;
pub use rw_lock_bh::{
    RwLockBh,
    RwLockReadGuard,
    RwLockWriteGuard, //
};
pub use spin_lock_bh::{
    SpinLockBh,
    SpinLockBhBackend,
    SpinLockBhGuard, //
};
