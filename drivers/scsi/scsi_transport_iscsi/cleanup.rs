// SPDX-License-Identifier: GPL-2.0

//! What the kernel does about connections that break, be there a daemon or not: commands go back to the
//! mid-layer, and the wait for a new login begins.

use crate::{
    connection,
    debug::debug_conn,
    endpoint,
    events, //
};
use core::ptr::{
    self,
    NonNull, //
};
use iscsi_abi::{
    bindings,
    class::Connection,
    libiscsi::system_is_running, //
};
use iscsi_kernel::workqueue::{
    flags,
    OwnedQueue, //
};
use iscsi_proto::class::{
    cleanup::{
        on_error as on_error_in,
        OnError, //
    },
    RecoveryTimeout,
    StopFlag, //
};
use kernel::{
    prelude::*,
    sync::atomic::{
        ordering::{
            Acquire,
            Release, //
        },
        Atomic, //
    }, //
};

static QUEUE: Atomic<*mut bindings::workqueue_struct> = Atomic::new(ptr::null_mut());

/// The workqueue for cleaning up. The module has it as long as it is loaded.
pub(crate) struct Queue {
    _queue: OwnedQueue,
}

impl Queue {
    /// Makes the workqueue.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn new() -> Result<Self> {
        // Commands that are given back may be what memory waits for.
        let queue = OwnedQueue::new(
            fmt!("iscsi_conn_cleanup"),
            flags::SYSFS | flags::MEM_RECLAIM | flags::UNBOUND,
        )?;
        QUEUE.store(queue.as_raw().as_ptr(), Release);
        Ok(Self { _queue: queue })
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        QUEUE.store(ptr::null_mut(), Release);
    }
}

/// The workqueue, as long as there is one.
pub(crate) fn queue() -> Option<NonNull<bindings::workqueue_struct>> {
    NonNull::new(QUEUE.load(Acquire))
}

/// A connection has failed. `untold` is the error if user space cannot be told of it now. Any context.
pub(crate) fn on_error(conn: &Connection, untold: Option<u32>) {
    let (state, action) = {
        let mut fields = conn.lock_fields();
        let state = conn.state();
        let is_pending = fields.cleanup_is_pending();
        let action = state.map_or(OnError::Nothing, |state| on_error_in(state, is_pending));
        if action == OnError::Queue {
            fields.set_untold(untold);
            fields.begin_cleanup();
        }
        (state, action)
    };
    debug_conn!(
        conn,
        "connection error in state {:?}: {:?}\n",
        state,
        action
    );
}

/// Cleans up after a connection.
pub(crate) fn run(conn: &Connection) {
    let mut guard = conn.lock_endpoint();
    endpoint::disconnect(&mut guard, false);
    // Nobody is going to log in again. Who wants to wait for ever gets what he wants.
    let session = conn.session();
    if !system_is_running() {
        let timeout = RecoveryTimeout::from_raw(session.recovery_timeout());
        session.set_recovery_timeout(timeout.without_user_space().as_raw());
    }
    connection::stop(conn, StopFlag::Recover);
    drop(guard);
    // Without a word iscsid would take the connection for a good one, and never log in again.
    let untold = conn.lock_fields().take_untold();
    if let Some(error) = untold {
        events::connection_error_late(conn, error);
    }
    debug_conn!(conn, "cleanup done\n");
}
