// SPDX-License-Identifier: GPL-2.0

//! The parameters of the module.
//!
//! `exports.c` shows them in sysfs.

use crate::ffi::{
    ISCSI_TCP_DEBUG,
    ISCSI_TCP_MAX_LUN,
    ISCSI_TCP_RECV_FROM_ISCSI_Q, //
};
use kernel::{
    prelude::*,
    sync::atomic::Relaxed, //
};

/// Refuses to load with a parameter that leaves nothing to scan.
///
/// # Errors
///
/// `EINVAL`.
pub(crate) fn check() -> Result {
    if max_lun() == 0 {
        pr_err!("max_lun=0 leaves no logical unit to find: load with max_lun=1 or more\n");
        return Err(EINVAL);
    }
    Ok(())
}

/// One more than the largest logical unit number that is scanned for.
pub(crate) fn max_lun() -> u32 {
    ISCSI_TCP_MAX_LUN.load(Relaxed)
}

/// Whether new connections receive in a worker rather than in softirq.
pub(crate) fn receive_in_worker() -> bool {
    ISCSI_TCP_RECV_FROM_ISCSI_Q.load(Relaxed)
}

/// Whether debug messages go to the log.
#[inline]
pub(crate) fn debug() -> bool {
    ISCSI_TCP_DEBUG.load(Relaxed) != 0
}
