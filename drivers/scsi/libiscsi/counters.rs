// SPDX-License-Identifier: GPL-2.0

//! Where the counters of the sessions are shown: `iscsi/sessionN/counters` in debugfs.

use crate::Libiscsi;
use iscsi_abi::libiscsi::counters::CountersPlace;
use iscsi_kernel::this_module;

/// The one place of them.
pub(crate) static COUNTERS: CountersPlace = CountersPlace::new(this_module!(Libiscsi));
