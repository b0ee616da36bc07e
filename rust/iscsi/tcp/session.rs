// SPDX-License-Identifier: GPL-2.0

//! Sessions at rest, whose memory for R2Ts may be replaced.

use super::r2t::{
    allocate_slots,
    free_slots,
    R2tRing, //
};
use core::{
    marker::PhantomData,
    ptr, //
};
use iscsi_bindings as bindings;
use kernel::{
    ffi::c_ushort,
    prelude::*, //
};

/// A session that executes no command.
///
/// # Invariants
///
/// The session is set up, with a task of libiscsi_tcp behind each task, zeroed at first. No command
/// of it is being executed, sent or completed, and nobody else changes its rings, for `'a`.
pub struct QuiescentSession<'a> {
    session: *mut bindings::iscsi_session,
    _borrow: PhantomData<&'a bindings::iscsi_session>,
}

impl QuiescentSession<'_> {
    /// Declares a session to be at rest.
    ///
    /// # Safety
    ///
    /// The type invariants must hold for `'a`.
    #[inline]
    pub unsafe fn from_raw(session: *mut bindings::iscsi_session) -> Self {
        // INVARIANT: By the requirements of this function.
        Self {
            session,
            _borrow: PhantomData,
        }
    }

    /// MaxOutstandingR2T as it was negotiated.
    #[inline]
    pub fn max_outstanding_r2t(&self) -> u16 {
        // SAFETY: By the type invariants.
        unsafe { (*self.session).max_r2t }
    }

    /// Whether commands may begin, or be still on their way, so that the session is at rest by chance at
    /// most. Its state does not tell: it changes before what is being sent and received has ended.
    #[inline]
    pub fn is_started(&self) -> bool {
        // SAFETY: By the type invariants. The connection is not taken down while user space has a
        // command at work on it.
        let stage = unsafe {
            let conn = (*self.session).leadconn;
            if conn.is_null() {
                return false;
            }
            (&raw const (*conn).c_stage).read_volatile()
        };
        stage as u32 == bindings::ISCSI_CONN_STARTED
    }

    /// The number of tasks.
    #[inline]
    fn task_count(&self) -> usize {
        // SAFETY: By the type invariants.
        usize::try_from(unsafe { (*self.session).cmds_max }).unwrap_or(0)
    }

    /// The part of libiscsi_tcp behind a task.
    ///
    /// # Safety
    ///
    /// `index` must be below [`QuiescentSession::task_count`].
    #[inline]
    unsafe fn task(&self, index: usize) -> *mut bindings::iscsi_tcp_task {
        // SAFETY: By the type invariants the array has that many tasks.
        unsafe { (**(*self.session).cmds.add(index)).dd_data.cast() }
    }

    /// Gives every task room for twice `max` R2Ts at least, and makes `max` the negotiated number.
    ///
    /// # Errors
    ///
    /// `EINVAL` for 0, `ENOMEM`: everything stays as it was.
    pub fn set_max_outstanding_r2t(&self, max: u16) -> Result {
        if max == 0 {
            return Err(EINVAL);
        }
        let room = u32::from(max).wrapping_mul(2).next_power_of_two();
        let slots = allocate_slots(self.task_count(), room)?;
        self.replace_slots(slots, room);
        // SAFETY: By the type invariants nobody reads the field meanwhile.
        unsafe { (*self.session).max_r2t = max as c_ushort };
        Ok(())
    }

    /// Frees the room for R2Ts. Doing so twice is harmless.
    pub fn free_r2t_rings(&self) {
        self.replace_slots(ptr::null_mut(), 0);
    }

    fn replace_slots(&self, slots: *mut bindings::iscsi_r2t_info, room: u32) {
        let mut old = ptr::null_mut();
        for index in 0..self.task_count() {
            // SAFETY: The index is below the number of tasks.
            let task = unsafe { self.task(index) };
            if index == 0 {
                // SAFETY: By the type invariants. The first ring begins where the allocation does.
                old = unsafe { R2tRing::of(task) }.slots();
            }
            let first = slots.wrapping_add(index.wrapping_mul(room as usize));
            // SAFETY: By the type invariants nobody uses the ring. Its slots are `room` of those that
            // were allocated for all, or none.
            unsafe { R2tRing::reset(task, first, room) };
        }
        // SAFETY: No ring has slots of the old allocation any more.
        unsafe { free_slots(old) };
    }
}
