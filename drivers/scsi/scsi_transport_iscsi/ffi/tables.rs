// SPDX-License-Identifier: GPL-2.0

//! Where the objects of the class are found by their numbers.

use core::pin::Pin;
use iscsi_abi::class::{
    EndpointEntry,
    Registration,
    Session, //
};
use iscsi_kernel::{
    compat::global_lock,
    id_table::IdTable, //
};
use kernel::{
    sync::{
        aref::ARef,
        atomic::{
            ordering::Full,
            Atomic, //
        }, //
    }, //
};

global_lock! {
    // SAFETY: `init` is called when the module is loaded, before anything that looks into it.
    pub(crate) unsafe(uninit) static TRANSPORTS: SpinLockIrq<IdTable<Registration>> = IdTable::new();
}

global_lock! {
    // SAFETY: As above.
    pub(crate) unsafe(uninit) static SESSIONS: SpinLock<IdTable<ARef<Session>>> = IdTable::new();
}

global_lock! {
    // SAFETY: As above.
    pub(crate) unsafe(uninit) static ENDPOINTS: SpinLock<IdTable<EndpointEntry>> = IdTable::new();
}

global_lock! {
    // SAFETY: As above.
    pub(crate) unsafe(uninit) static TARGET_IDS: SpinLock<IdTable<()>> = IdTable::new();
}

/// Initialises the locks. To be called first when the module is loaded.
pub(crate) fn init() {
    static IS_DONE: Atomic<bool> = Atomic::new(false);
    if IS_DONE.xchg(true, Full) {
        return;
    }
    // SAFETY: Once, as seen above.
    unsafe {
        TRANSPORTS.init();
        SESSIONS.init();
        ENDPOINTS.init();
        TARGET_IDS.init();
    }
}
