// SPDX-License-Identifier: GPL-2.0

//! What the iSCSI modules need and the `kernel` crate does not have yet.
//!
//! Each file wraps one kernel facility, in the shape it would have in `rust/kernel/`, and knows
//! nothing of iSCSI. State lives with the callers: this crate is linked into several modules, so a
//! mutable static here would silently exist once in each.

pub mod alloc;
pub mod bsg;
pub mod bus;
pub mod bvec;
pub mod capability;
pub mod class;
pub mod compat;
pub mod crc32c;
pub mod debugfs;
pub mod delayed_work;
pub mod device;
pub mod id_table;
pub mod mm;
pub mod net;
pub mod printk;
pub mod scatterlist;
pub mod scsi;
pub mod sync;
pub mod sysfs;
pub mod time;
pub mod timer;
pub mod transport_class;
pub mod wait;
pub mod work;
pub mod workqueue;
