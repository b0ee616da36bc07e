// SPDX-License-Identifier: GPL-2.0

//! What `back_lock` protects: the look-up and completion of tasks, and the data of reads.

use super::{
    Task,
    TcpConnection, //
};
use crate::{
    error::ConnectionError,
    stats::count_one, //
};
use core::ptr;
use iscsi_bindings as bindings;
use iscsi_kernel::{
    scatterlist::Cursor,
    sync::{
        SpinLockBh,
        SpinLockBhGuard, //
    }, //
};
use iscsi_proto::pdu::BHS_LEN;
use kernel::ffi::c_int;

/// Where the rest of the data of a Data-In PDU goes.
///
/// # Invariants
///
/// As long as it is kept in a connection, the memory under the cursor belongs to the command of
/// `task` if the task is `ISCSI_TASK_RUNNING`: [`TcpConnection::forget_data_in`] drops it before the
/// task leaves that command.
pub(super) struct DataIn {
    task: *mut bindings::iscsi_task,
    cursor: Cursor<'static>,
}

impl DataIn {
    #[inline]
    pub(super) fn is_for(&self, task: *mut bindings::iscsi_task) -> bool {
        ptr::eq(self.task, task)
    }
}

/// Holds `back_lock` of the session of a connection.
///
/// A command does not go back to the mid-layer while it is held, so its memory may be written.
pub struct Back<'a> {
    conn: &'a TcpConnection,
    _guard: SpinLockBhGuard<'a, ()>,
}

impl<'a> Back<'a> {
    #[inline]
    pub(super) fn lock(conn: &'a TcpConnection) -> Self {
        // SAFETY: The lock is initialised when the session is set up, which outlives the connection.
        let lock = unsafe { SpinLockBh::from_raw(&raw mut (*conn.session()).back_lock) };
        Self {
            conn,
            _guard: lock.lock(),
        }
    }

    /// The task that an Initiator Task Tag names, [`None`] for the reserved tag.
    ///
    /// # Errors
    ///
    /// [`ConnectionError::TaskTag`] when it names none, or one of another time.
    #[inline]
    pub fn task(&self, tag: [u8; 4]) -> Result<Option<Task<'_>>, ConnectionError> {
        let tag = u32::from_ne_bytes(tag);
        if tag == bindings::ISCSI_RESERVED_TAG {
            return Ok(None);
        }
        let conn = self.conn.as_raw();
        // SAFETY: The connection is valid, and the lock that the look-up asks for is held.
        let task = unsafe {
            ConnectionError::check(bindings::iscsi_verify_itt(conn, tag))?;
            bindings::iscsi_itt_to_task(conn, tag)
        };
        if task.is_null() {
            return Err(ConnectionError::TaskTag);
        }
        // SAFETY: Tasks live as long as their session.
        let task = unsafe { Task::from_raw(task) };
        task.has_command_of_its_age()
            .then_some(Some(task))
            .ok_or(ConnectionError::TaskTag)
    }

    /// Counts a Data-In PDU with data.
    #[inline]
    pub fn count_data_in(&self) {
        // SAFETY: The counter is valid as long as the connection; only the receive context, which
        // holds the lock, writes to it.
        unsafe { count_one(&raw mut (*self.conn.as_raw()).datain_pdus_cnt) };
    }

    /// Counts an R2T.
    #[inline]
    pub fn count_r2t(&self) {
        // SAFETY: As in `count_data_in`.
        unsafe { count_one(&raw mut (*self.conn.as_raw()).r2t_pdus_cnt) };
    }

    /// Moves the command window as ExpCmdSN and MaxCmdSN of a response say.
    #[inline]
    pub fn update_window(&self, bhs: &[u8; BHS_LEN]) {
        // SAFETY: The session is valid, and its lock held. Both fields are at the same place in every
        // response, which is as long as a NOP-In.
        unsafe {
            bindings::iscsi_update_cmdsn(self.conn.session(), bhs.as_ptr().cast_mut().cast());
        }
    }

    /// Whether commands are being executed, rather than recovered.
    #[inline]
    pub fn is_logged_in(&self) -> bool {
        // SAFETY: The field is an `int`, valid as long as the session; `frwd_lock` protects it, and
        // an R2T that comes as it changes may be answered or not.
        let state = unsafe { (&raw const (*self.conn.session()).state).read_volatile() };
        state as u32 == bindings::ISCSI_STATE_LOGGED_IN
    }

    /// Has libiscsi complete what a response answers. `data` is its data segment, in the buffer of
    /// the connection.
    ///
    /// The lock may be dropped and taken again meanwhile, so no task that was looked up before can
    /// be kept.
    ///
    /// # Errors
    ///
    /// Why the connection has to fail.
    #[inline]
    pub fn complete(&mut self, bhs: &[u8; BHS_LEN], data_len: u32) -> Result<(), ConnectionError> {
        let conn = self.conn.as_raw();
        // SAFETY: The connection is valid and the lock held. The header is complete and only read, and
        // the buffer has that much data.
        ConnectionError::check(unsafe {
            let data = match data_len {
                0 => ptr::null_mut(),
                _ => (*conn).data,
            };
            bindings::__iscsi_complete_pdu(
                conn,
                bhs.as_ptr().cast_mut().cast(),
                data,
                data_len as c_int,
            )
        })
    }

    /// Makes the data of `task`'s command, from `offset` on, the place of the data that follows.
    ///
    /// # Errors
    ///
    /// [`ConnectionError::DataOffset`] when there is nothing at `offset`.
    #[inline]
    pub fn begin_data_in(&self, task: Task<'_>, offset: u32) -> Result<(), ConnectionError> {
        let cursor = task
            .command()
            .and_then(|command| command.data().seek(offset))
            .ok_or(ConnectionError::DataOffset)?;
        // INVARIANT: The cursor walks the memory of the task's command.
        let data_in = DataIn {
            task: task.as_raw(),
            // SAFETY: Used only under the conditions of the type invariants of `DataIn`.
            cursor: unsafe { cursor.extend_lifetime() },
        };
        // SAFETY: The lock is held.
        unsafe { *self.conn.data_in() = Some(data_in) };
        Ok(())
    }

    /// Stores the next bytes of the data, unless its task is over: then they are dropped.
    #[inline]
    pub fn store_data_in(&self, bytes: &[u8]) {
        // SAFETY: The lock is held.
        let Some(data_in) = (unsafe { &mut *self.conn.data_in() }) else {
            return;
        };
        // SAFETY: Tasks live as long as their session.
        let task = unsafe { Task::from_raw(data_in.task) };
        if task.is_sent() {
            data_in.cursor.write(bytes);
        } else {
            self.drop_data_in();
        }
    }

    /// Ends the data. Returns its task, if that is still waiting for its status.
    #[inline]
    pub fn end_data_in(&self) -> Option<Task<'_>> {
        // SAFETY: The lock is held.
        let data_in = unsafe { (*self.conn.data_in()).take() }?;
        // SAFETY: Tasks live as long as their session.
        let task = unsafe { Task::from_raw(data_in.task) };
        task.is_sent().then_some(task)
    }

    /// Drops the data that is still to come, if any.
    #[inline]
    pub fn drop_data_in(&self) {
        // SAFETY: The lock is held.
        unsafe { *self.conn.data_in() = None };
    }
}
