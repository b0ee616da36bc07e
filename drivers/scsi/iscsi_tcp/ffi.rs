// SPDX-License-Identifier: GPL-2.0

//! What C finds in this module by name: the values of the parameters.
//!
//! `exports.c` gives them the types and modes that the parameters of the C module have, which
//! `module!` cannot. The callbacks that C reaches by pointer are in `iscsi_abi::transport`.

use kernel::sync::atomic::Atomic;

/// `max_lun`: one more than the largest logical unit number that is scanned for.
#[no_mangle]
pub(crate) static ISCSI_TCP_MAX_LUN: Atomic<u32> = Atomic::new(u32::MAX);

/// `recv_from_iscsi_q`: whether new connections receive in a worker rather than in softirq.
#[no_mangle]
pub(crate) static ISCSI_TCP_RECV_FROM_ISCSI_Q: Atomic<bool> = Atomic::new(false);

/// `debug_iscsi_tcp`: whether debug messages go to the log.
#[no_mangle]
pub(crate) static ISCSI_TCP_DEBUG: Atomic<i32> = Atomic::new(0);
