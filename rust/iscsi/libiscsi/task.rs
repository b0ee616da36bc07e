// SPDX-License-Identifier: GPL-2.0

//! Tasks: the SCSI commands and management requests of a session.
//!
//! C header: [`include/scsi/libiscsi.h`](srctree/include/scsi/libiscsi.h), `struct iscsi_task`

use super::{
    Back,
    Connection,
    Frwd,
    Session, //
};
use crate::task::{
    note_transfer,
    request, //
};
use core::{
    marker::PhantomData,
    ops::Deref,
    ptr::NonNull, //
};
use iscsi_bindings as bindings;
use iscsi_kernel::{
    scsi::Cmnd,
    time::jiffies, //
};
use iscsi_proto::{
    answer::{
        Progress,
        Request, //
    },
    bhs::{
        Bhs,
        Header, //
    },
    command::WritePlan,
    pdu::BHS_LEN,
    tag::InitiatorTaskTag,
    task::TaskState, //
};
use kernel::{
    ffi::{
        c_int,
        c_ushort, //
    },
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        Refcount, //
    }, //
};

/// A task of a session, in use or not.
///
/// Every task lives as long as its session, at the same place. What it is used for changes: who
/// wants to keep that takes a reference, [`TaskRef`].
///
/// # Invariants
///
/// The C object is one of a session that is not freed for `'s`.
#[derive(Clone, Copy)]
pub struct Task<'s> {
    task: NonNull<bindings::iscsi_task>,
    _session: PhantomData<&'s Session>,
}

impl<'s> Task<'s> {
    /// Borrows a C task.
    ///
    /// # Safety
    ///
    /// The type invariants must hold.
    #[inline]
    pub unsafe fn from_raw(task: NonNull<bindings::iscsi_task>) -> Self {
        // INVARIANT: By the requirements of this function.
        Self {
            task,
            _session: PhantomData,
        }
    }

    /// The C representation.
    #[inline]
    pub fn as_raw(self) -> *mut bindings::iscsi_task {
        self.task.as_ptr()
    }

    #[inline]
    pub(super) fn entry(self) -> *mut bindings::list_head {
        // SAFETY: The task is valid.
        unsafe { &raw mut (*self.as_raw()).running }
    }

    /// Whether this is the same task as `other`.
    #[inline]
    pub fn is(self, other: Task<'_>) -> bool {
        self.task == other.task
    }

    /// The number of the task in its session.
    #[inline]
    pub fn index(self) -> u32 {
        // SAFETY: Written once, when the session is set up.
        (unsafe { (*self.as_raw()).itt }) as u32
    }

    #[inline]
    fn raw_state(&self) -> &Atomic<c_int> {
        // SAFETY: The field is an `int`, valid as long as the task.
        unsafe { Atomic::from_ptr(&raw mut (*self.as_raw()).state) }
    }

    /// What state the task is in. It changes to [`TaskState::Running`] under `frwd_lock`, and to
    /// anything after that under `back_lock`.
    #[inline]
    pub fn state(self) -> TaskState {
        TaskState::from_raw(self.raw_state().load(Relaxed)).unwrap_or(TaskState::Free)
    }

    #[inline]
    pub(super) fn set_state(self, state: TaskState) {
        self.raw_state().store(state.as_raw(), Relaxed);
    }

    /// Notes that the header of the task is complete, and it may get responses from now on.
    #[inline]
    pub fn begin_running(self, _frwd: &Frwd<'_>) {
        self.set_state(TaskState::Running);
    }

    /// How far the task has come.
    #[inline]
    pub fn progress(self) -> Progress {
        match self.state() {
            TaskState::Free => Progress::Free,
            TaskState::Pending => Progress::Queued,
            TaskState::Running => Progress::Sent,
            _ => Progress::Over,
        }
    }

    /// Takes a reference, unless the last one is gone and the task on its way back to the pool.
    #[inline]
    pub fn get(self) -> Option<TaskRef<'s>> {
        // SAFETY: The counter is valid as long as the task.
        let taken = unsafe { bindings::refcount_inc_not_zero(&raw mut (*self.as_raw()).refcount) };
        // INVARIANT: A reference was taken.
        taken.then_some(TaskRef(self))
    }

    /// Claims a reference that somebody else has left behind.
    ///
    /// # Safety
    ///
    /// There must be such a reference, and nobody else may claim it.
    #[inline]
    pub unsafe fn adopt(self) -> TaskRef<'s> {
        // INVARIANT: By the requirements of this function.
        TaskRef(self)
    }

    /// The connection that the task was last used on.
    ///
    /// # Safety
    ///
    /// The task must have been in use, and the connection not been freed since.
    #[inline]
    pub(super) unsafe fn conn_unchecked(self) -> &'s Connection {
        // SAFETY: By the requirements of this function.
        unsafe { Connection::from_raw((*self.as_raw()).conn) }
    }

    #[inline]
    fn raw_command(self) -> *mut bindings::scsi_cmnd {
        // SAFETY: The field is a pointer, valid as long as the task.
        unsafe { (&raw const (*self.as_raw()).sc).read_volatile() }
    }

    /// Whether the task is a SCSI command, as opposed to a management request or nothing.
    #[inline]
    pub fn is_command(self) -> bool {
        !self.raw_command().is_null()
    }

    /// The SCSI command, if the task is one.
    #[inline]
    pub fn command<'b>(self, _back: &'b Back<'_>) -> Option<&'b Cmnd> {
        let command = self.raw_command();
        // SAFETY: The field is cleared under `back_lock`, before the mid-layer gets the command back.
        (!command.is_null()).then(|| unsafe { Cmnd::from_raw(command) })
    }

    /// The session age when the SCSI command was queued, if the task is one.
    #[inline]
    pub fn command_age(self, back: &Back<'_>) -> Option<u32> {
        let command = self.command(back)?;
        // SAFETY: Every command of libiscsi has a `struct iscsi_cmd` behind it.
        unsafe {
            let private: *const bindings::iscsi_cmd =
                bindings::scsi_cmd_priv(command.as_raw()).cast();
            Some((*private).age as u32)
        }
    }

    /// What the task has asked for.
    #[inline]
    pub fn request(self, back: &Back<'_>) -> Request {
        if self.state() == TaskState::Free {
            return Request::Other(None);
        }
        // SAFETY: The task is valid. Its header, if it has one, stays where it is as long as the task is in
        // use, and `back_lock` keeps it so.
        unsafe { request(self.as_raw(), self.command(back)) }
    }

    /// When a PDU of the task was last sent or received, in jiffies.
    #[inline]
    pub fn last_transfer(self) -> u64 {
        // SAFETY: The field is a word, valid as long as the task.
        unsafe { (&raw const (*self.as_raw()).last_xfer).read_volatile() as u64 }
    }

    /// Notes that a PDU of the task was sent or received.
    #[inline]
    pub fn note_transfer(self) {
        // SAFETY: The task is valid.
        unsafe { note_transfer(self.as_raw()) };
    }

    /// When the command timed out last, or was queued, in jiffies.
    #[inline]
    pub fn last_timeout(self) -> u64 {
        // SAFETY: As in `last_transfer`.
        unsafe { (&raw const (*self.as_raw()).last_timeout).read_volatile() as u64 }
    }

    /// Notes that the command has timed out.
    #[inline]
    pub fn note_timeout(self) {
        // SAFETY: As in `last_transfer`.
        unsafe { (&raw mut (*self.as_raw()).last_timeout).write_volatile(jiffies()) };
    }

    /// Completes the task, unless it is over already: it gets the state `state`, and goes back to the
    /// pool, and its command to the mid-layer, with the last reference.
    #[inline]
    pub fn complete(self, state: TaskState, back: &mut Back<'_>) {
        if !self.state().may_complete() {
            return;
        }
        self.set_state(state);
        // SAFETY: The task is in use, so its connection is not torn down.
        unsafe { self.conn_unchecked() }.forget_ping(self);
        // SAFETY: The reference that the task came out of the pool with is given up by who completes
        // it, which happens once.
        unsafe { self.adopt() }.put(back);
    }

    /// Gives the task back to the pool and its command to the mid-layer.
    ///
    /// # Safety
    ///
    /// The last reference must be gone.
    unsafe fn free(self, back: &mut Back<'_>) {
        let state = self.state();
        back.session().transport().cleanup_task(self, back);
        let command = self.raw_command();
        self.set_state(TaskState::Free);
        // SAFETY: Nobody else uses the task, and `back_lock` protects the field.
        unsafe { (&raw mut (*self.as_raw()).sc).write_volatile(core::ptr::null_mut()) };
        // SAFETY: The task was in use until now.
        if unsafe { self.conn_unchecked() }.is_login_task(self) {
            return;
        }
        if !command.is_null() {
            // SAFETY: The command is still the driver's.
            let command = unsafe { Cmnd::from_raw(command) };
            let was_refused = state == TaskState::Requeued;
            back.session()
                .counters()
                .count_end(command, was_refused, back);
        }
        back.put_task(self.task);
        if command.is_null() {
            return;
        }
        // SAFETY: The command is still the driver's; its task is written and read under `back_lock`.
        unsafe {
            let private: *mut bindings::iscsi_cmd = bindings::scsi_cmd_priv(command).cast();
            (&raw mut (*private).task).write_volatile(core::ptr::null_mut());
        }
        if state != TaskState::Requeued {
            // SAFETY: The command is still the driver's, and not from now on.
            unsafe { bindings::scsi_done(command) };
        }
    }
}

/// A reference to a task in use: it does not go back to the pool, nor its command to the mid-layer.
///
/// Must not be dropped with `back_lock` held: there is [`TaskRef::put`] for that.
///
/// # Invariants
///
/// The instance owns a reference to the task.
pub struct TaskRef<'s>(Task<'s>);

impl<'s> Deref for TaskRef<'s> {
    type Target = Task<'s>;

    #[inline]
    fn deref(&self) -> &Task<'s> {
        &self.0
    }
}

impl Drop for TaskRef<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.release() {
            let mut back = self.session().lock_back();
            // SAFETY: It was the last one.
            unsafe { self.0.free(&mut back) };
        }
    }
}

impl<'s> TaskRef<'s> {
    /// Drops the counter. Returns whether this was the last reference.
    #[inline]
    fn release(&self) -> bool {
        // SAFETY: The counter is valid as long as the task. CAST: `Refcount` is a transparent wrapper.
        let count = unsafe { &*(&raw const (*self.as_raw()).refcount).cast::<Refcount>() };
        count.dec_and_test()
    }

    /// Drops the reference with `back_lock` held.
    #[inline]
    pub fn put(self, back: &mut Back<'_>) {
        let last = self.release();
        let task = self.leave();
        if last {
            // SAFETY: It was the last one.
            unsafe { task.free(back) };
        }
    }

    /// Leaves the reference to somebody else, who [adopts](Task::adopt) it.
    #[inline]
    pub fn leave(self) -> Task<'s> {
        let task = self.0;
        core::mem::forget(self);
        task
    }

    /// The connection that the task is used on.
    #[inline]
    pub fn connection(&self) -> &'s Connection {
        // SAFETY: By the type invariants the task is in use, and connections are torn down after all
        // their tasks were.
        unsafe { self.conn_unchecked() }
    }

    /// The session of the task.
    #[inline]
    pub fn session(&self) -> &'s Session {
        self.connection().session()
    }

    /// The SCSI command, if the task is one.
    #[inline]
    pub fn scsi_command(&self) -> Option<&Cmnd> {
        let command = self.raw_command();
        // SAFETY: The mid-layer does not get the command back before the last reference is gone.
        (!command.is_null()).then(|| unsafe { Cmnd::from_raw(command) })
    }

    /// The header that the transport has placed: as much room as there is.
    ///
    /// [`None`] when it has not placed one.
    #[inline]
    pub fn header(&mut self) -> Option<&mut [u8]> {
        // SAFETY: The task is valid; `hdr` has room for `hdr_max` bytes, if there is one, which nobody
        // else uses before the task is handed to the transport.
        unsafe {
            let header = NonNull::new((*self.as_raw()).hdr)?;
            Some(core::slice::from_raw_parts_mut(
                header.as_ptr().cast(),
                usize::from((*self.as_raw()).hdr_max),
            ))
        }
    }

    /// The Basic Header Segment in the header.
    #[inline]
    pub fn bhs(&mut self) -> Option<&mut [u8; BHS_LEN]> {
        // SAFETY: As in `header`; some transports have the room for it and no more, and say so nowhere.
        unsafe {
            let header = NonNull::new((*self.as_raw()).hdr)?;
            Some(&mut *header.as_ptr().cast())
        }
    }

    /// The tag to send: the one that the transport has written into the header if it has tags of its
    /// own, else the one of the task in a session of age `age`.
    #[inline]
    pub fn tag(&mut self, age: u32) -> InitiatorTaskTag {
        if self.session().transport().has_own_tags() {
            return self.tag_sent();
        }
        iscsi_proto::tag::Itt::new(self.index(), age)
            .map_or(InitiatorTaskTag::RESERVED, InitiatorTaskTag::from)
    }

    /// The tag in the header.
    #[inline]
    pub fn tag_sent(&mut self) -> InitiatorTaskTag {
        self.bhs()
            .and_then(|bytes| Bhs::view(bytes).ok())
            .map_or(InitiatorTaskTag::RESERVED, |bhs| bhs.itt)
    }

    /// Notes how long the header is, in bytes.
    #[inline]
    pub fn set_header_len(&mut self, len: usize) {
        // SAFETY: Only who sends the task uses the field.
        unsafe { (*self.as_raw()).hdr_len = len as c_ushort };
    }

    /// Notes what the header of a SCSI command says, for the PDUs that refer to it.
    #[inline]
    pub fn note_header(&mut self, itt: InitiatorTaskTag, cmd_sn: u32, lun: [u8; 8]) {
        // SAFETY: Only who sends the task writes the fields, and before anybody may refer to it.
        unsafe {
            (*self.as_raw()).hdr_itt = u32::from_ne_bytes(itt.to_bytes());
            (*self.as_raw()).cmdsn = cmd_sn.to_be();
            (*self.as_raw()).lun.scsi_lun = lun;
        }
    }

    /// Notes what is to be sent before the target asks for it.
    #[inline]
    pub fn note_plan(&mut self, plan: &WritePlan, exp_stat_sn: u32) {
        // SAFETY: Only who sends the task uses the fields.
        unsafe {
            (*self.as_raw()).imm_count = plan.immediate;
            let unsolicited = &raw mut (*self.as_raw()).unsol_r2t;
            unsolicited.write_bytes(0, 1);
            if plan.unsolicited > 0 {
                (*unsolicited).data_length = plan.unsolicited;
                (*unsolicited).data_offset = plan.immediate;
                (*unsolicited).ttt = bindings::ISCSI_RESERVED_TAG;
                (*unsolicited).exp_statsn = exp_stat_sn.to_be();
            }
        }
    }

    /// Notes that the data of the command has protection information with it.
    #[inline]
    pub fn set_protected(&mut self) {
        // SAFETY: Only who sends the task writes the field.
        unsafe { (*self.as_raw()).protected = true };
    }
}

impl Task<'_> {
    /// Whether the data of the command has protection information with it.
    #[inline]
    pub fn is_protected(self) -> bool {
        // SAFETY: Written before the command is sent.
        unsafe { (*self.as_raw()).protected }
    }

    /// The tag that was sent.
    #[inline]
    pub fn sent_tag(self) -> [u8; 4] {
        // SAFETY: Written before the command is sent.
        unsafe { (*self.as_raw()).hdr_itt }.to_ne_bytes()
    }

    /// The CmdSN that was sent.
    #[inline]
    pub fn sent_cmd_sn(self) -> u32 {
        // SAFETY: Written before the command is sent.
        u32::from_be(unsafe { (*self.as_raw()).cmdsn })
    }

    /// The logical unit that was addressed.
    #[inline]
    pub fn sent_lun(self) -> [u8; 8] {
        // SAFETY: Written before the command is sent.
        unsafe { (*self.as_raw()).lun.scsi_lun }
    }

    /// Whether the connection was found alive since the command last made progress.
    #[inline]
    pub fn has_checked_connection(self, _frwd: &Frwd<'_>) -> bool {
        // SAFETY: `frwd_lock` is held, under which the field changes.
        unsafe { (*self.as_raw()).have_checked_conn }
    }

    /// Notes whether the connection was found alive since the command last made progress.
    #[inline]
    pub fn set_checked_connection(self, checked: bool, _frwd: &Frwd<'_>) {
        // SAFETY: As in `has_checked_connection`.
        unsafe { (*self.as_raw()).have_checked_conn = checked };
    }
}

impl<'s> Frwd<'s> {
    /// Takes a task out of the pool for a SCSI command.
    ///
    /// [`None`] when all are in use.
    #[inline]
    pub fn new_command(&mut self, conn: &Connection, command: &Cmnd) -> Option<TaskRef<'s>> {
        let task = self.new_task(conn, command.as_raw())?;
        // SAFETY: Nobody else uses the task or the command yet; every command of libiscsi has a
        // `struct iscsi_cmd` behind it.
        unsafe {
            let private: *mut bindings::iscsi_cmd =
                bindings::scsi_cmd_priv(command.as_raw()).cast();
            (*private).age = self.session().age() as c_int;
            (*private).task = task.as_raw();
        }
        self.session().counters().count_begin(self);
        Some(task)
    }

    /// Takes a task out of the pool for a management request.
    ///
    /// [`None`] when all are in use.
    #[inline]
    pub fn new_management_task(&mut self, conn: &Connection) -> Option<TaskRef<'s>> {
        self.new_task(conn, core::ptr::null_mut())
    }

    /// Claims the task of a connection that is for login and text requests.
    ///
    /// [`None`] when it is in use.
    #[inline]
    pub fn new_login_task(&mut self, conn: &'s Connection) -> Option<TaskRef<'s>> {
        let task = conn.login_task();
        (task.state() == TaskState::Free)
            .then(|| self.prepare_task(task, conn, core::ptr::null_mut()))
    }

    fn new_task(
        &mut self,
        conn: &Connection,
        command: *mut bindings::scsi_cmnd,
    ) -> Option<TaskRef<'s>> {
        // SAFETY: The pool has tasks of the session.
        let task = unsafe { Task::from_raw(self.take_task()?) };
        Some(self.prepare_task(task, conn, command))
    }

    fn prepare_task(
        &mut self,
        task: Task<'s>,
        conn: &Connection,
        command: *mut bindings::scsi_cmnd,
    ) -> TaskRef<'s> {
        let now = jiffies();
        let raw = task.as_raw();
        // SAFETY: The task is out of the pool, so nobody else writes to it. CAST: `Refcount` is a
        // transparent wrapper.
        unsafe {
            (*(&raw const (*raw).refcount).cast::<Refcount>()).set(1);
            (*raw).conn = conn.as_raw();
            (*raw).data_count = 0;
            (*raw).have_checked_conn = false;
            (*raw).protected = false;
            (*raw).last_timeout = now;
            (*raw).last_xfer = now;
            bindings::INIT_LIST_HEAD(task.entry());
            (&raw mut (*raw).sc).write_volatile(command);
        }
        task.set_state(TaskState::Pending);
        // INVARIANT: The counter has been set to one for it.
        TaskRef(task)
    }
}

impl TaskRef<'_> {
    /// Copies the data segment of a login or text request to where it is sent from.
    ///
    /// Returns whether there is room for it, as there is in login tasks alone.
    #[inline]
    pub fn set_data(&mut self, data: &[u8]) -> bool {
        let room = if self.connection().is_login_task(**self) {
            super::RESPONSE_MAX_LEN as usize
        } else {
            0
        };
        if data.len() > room {
            return false;
        }
        // SAFETY: The buffer of a login task has that much room, and nobody else uses it before the
        // task is sent; an empty copy touches nothing.
        unsafe {
            if !data.is_empty() {
                core::ptr::copy_nonoverlapping(
                    data.as_ptr(),
                    (*self.as_raw()).data.cast(),
                    data.len(),
                );
            }
            (*self.as_raw()).data_count = data.len() as u32;
        }
        true
    }
}
