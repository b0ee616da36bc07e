// SPDX-License-Identifier: GPL-2.0

//! Tasks, as a response finds them.

use super::r2t::R2tRing;
use crate::task::{
    note_transfer,
    request, //
};
use core::marker::PhantomData;
use iscsi_bindings as bindings;
use iscsi_kernel::scsi::Cmnd;
use iscsi_proto::{
    answer::{
        Progress,
        Request, //
    },
    r2t::R2t, //
};
use kernel::ffi::c_int;

/// A task of a session, looked up under `back_lock`.
///
/// # Invariants
///
/// The task is valid, and `back_lock` of its session is held for `'a`.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    task: *mut bindings::iscsi_task,
    _lock: PhantomData<&'a bindings::iscsi_task>,
}

impl<'a> Task<'a> {
    /// Borrows a C task.
    ///
    /// # Safety
    ///
    /// The type invariants must hold for `'a`.
    #[inline]
    pub(super) unsafe fn from_raw(task: *mut bindings::iscsi_task) -> Self {
        // INVARIANT: By the requirements of this function.
        Self {
            task,
            _lock: PhantomData,
        }
    }

    #[inline]
    pub(super) fn as_raw(self) -> *mut bindings::iscsi_task {
        self.task
    }

    #[inline]
    fn as_raw_tcp(self) -> *mut bindings::iscsi_tcp_task {
        // SAFETY: Written once, when the session is set up.
        unsafe { (*self.task).dd_data.cast() }
    }

    #[inline]
    fn state(self) -> c_int {
        // SAFETY: The task is valid, and the lock that protects the field held.
        unsafe { (*self.task).state }
    }

    /// How far the task has come.
    #[inline]
    pub fn progress(self) -> Progress {
        match self.state() as u32 {
            bindings::ISCSI_TASK_FREE => Progress::Free,
            bindings::ISCSI_TASK_PENDING => Progress::Queued,
            bindings::ISCSI_TASK_RUNNING => Progress::Sent,
            _ => Progress::Over,
        }
    }

    /// Whether the task waits for a response.
    #[inline]
    pub(super) fn is_sent(self) -> bool {
        self.progress() == Progress::Sent
    }

    /// What the task has asked for.
    #[inline]
    pub fn request(self) -> Request {
        // SAFETY: The task is valid. A management task has its header from when it is sent until it is
        // free, unless it has none at all.
        unsafe { request(self.task, self.command()) }
    }

    /// The SCSI command, unless the task is for management or free.
    #[inline]
    pub(super) fn command(self) -> Option<&'a Cmnd> {
        // SAFETY: The field is cleared under the lock, before the mid-layer gets the command back.
        unsafe {
            let command = (*self.task).sc;
            (!command.is_null()).then(|| Cmnd::from_raw(command))
        }
    }

    /// Whether the command is of the TCP connection that is up now, unless there is no command.
    #[inline]
    pub(super) fn has_command_of_its_age(self) -> bool {
        // SAFETY: The task and its connection are valid; libiscsi's data lies behind a command that
        // it was given.
        unsafe {
            let command = (*self.task).sc;
            if command.is_null() {
                return true;
            }
            let private: *const bindings::iscsi_cmd = bindings::scsi_cmd_priv(command).cast();
            (*private).age == (*(*(*self.task).conn).session).age
        }
    }

    /// Notes that the target is working on the task.
    #[inline]
    pub fn note_transfer(self) {
        // SAFETY: The task is valid.
        unsafe { note_transfer(self.task) };
    }

    /// The number of bytes that the command transfers.
    #[inline]
    pub fn buffer_len(self) -> u32 {
        self.command().map_or(0, Cmnd::data_len)
    }

    /// The DataSN or R2TSN that comes next.
    #[inline]
    pub fn expected_sn(self) -> u32 {
        // SAFETY: The part of libiscsi_tcp lies behind every task; only the receive context uses the
        // field.
        unsafe { (*self.as_raw_tcp()).exp_datasn }
    }

    /// Sets the DataSN or R2TSN that comes next.
    #[inline]
    pub fn set_expected_sn(self, sn: u32) {
        // SAFETY: As in `expected_sn`.
        unsafe { (*self.as_raw_tcp()).exp_datasn = sn };
    }

    /// Where the data that was received has ended, in bytes from the beginning of the buffer.
    #[inline]
    pub fn data_in_end(self) -> u32 {
        // SAFETY: As in `expected_sn`.
        unsafe { (*self.as_raw_tcp()).data_offset as u32 }
    }

    /// Notes where the data that was received has ended.
    #[inline]
    pub fn set_data_in_end(self, end: u32) {
        // SAFETY: As in `expected_sn`.
        unsafe { (*self.as_raw_tcp()).data_offset = end as c_int };
    }

    /// Tells the mid-layer how much of a read was not received, whatever the target says: libiscsi takes
    /// its word only for more.
    #[inline]
    pub fn set_residual_of_read(self) {
        if let Some(command) = self.command().filter(|command| command.is_read()) {
            command.set_residual(command.data_len().saturating_sub(self.data_in_end()));
        }
    }

    /// Queues an R2T for the transmit worker. Returns false when the target has more of them
    /// outstanding than there is room for.
    #[inline]
    pub fn push_r2t(self, r2t: &R2t, ttt: [u8; 4], stat_sn: [u8; 4]) -> bool {
        // SAFETY: The ring lies in the task, and this is the receive context of its connection.
        unsafe { R2tRing::of(self.as_raw_tcp()).push(r2t, ttt, stat_sn) }
    }

    /// Takes a reference, unless the last one is gone already.
    #[inline]
    pub fn get(self) -> Option<TaskRef> {
        // SAFETY: The task is valid.
        // INVARIANT: The function has taken a reference if it says so.
        unsafe { bindings::iscsi_get_task(self.task) }.then(|| TaskRef(self.task))
    }
}

/// A reference to a task.
///
/// Must not be dropped with `back_lock` held.
///
/// # Invariants
///
/// The instance owns a reference to the task.
pub struct TaskRef(*mut bindings::iscsi_task);

impl TaskRef {
    /// Has the transmit worker go on with the task, which keeps the reference meanwhile.
    ///
    /// Must be called without `frwd_lock` and `back_lock`.
    #[inline]
    pub fn requeue(self) {
        // SAFETY: The reference is given away, and the worker gives it back.
        unsafe { bindings::iscsi_requeue_task(self.0) };
        core::mem::forget(self);
    }
}

impl Drop for TaskRef {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: By the type invariants.
        unsafe { bindings::iscsi_put_task(self.0) };
    }
}
