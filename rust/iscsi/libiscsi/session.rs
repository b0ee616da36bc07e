// SPDX-License-Identifier: GPL-2.0

//! Sessions, and the locks that protect their parts.
//!
//! C header: [`include/scsi/libiscsi.h`](srctree/include/scsi/libiscsi.h), `struct iscsi_session`

use super::{
    host::IscsiHost,
    Connection,
    Pool,
    Task,
    TaskManagement,
    Transport, //
};
use core::ptr::NonNull;
use iscsi_bindings as bindings;
use iscsi_kernel::{
    scsi::Cmnd,
    wait::WaitQueue, //
};
use iscsi_proto::{
    command::BurstLimits,
    serial::SerialNumber,
    session::{
        SessionEvent,
        SessionState, //
    },
    task_management::TmfState,
    window::CommandWindow, //
};
use kernel::{
    device::Device,
    ffi::c_int,
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        Mutex, //
    },
    types::{
        NotThreadSafe,
        Opaque, //
    }, //
};

/// A session: what its connections share, and the tasks of all of them.
///
/// Wraps the kernel's [`struct iscsi_session`]. Which parts may be reached depends on the locks
/// that are held, outer to inner:
///
/// | guard    | lock        | parts                                                            |
/// |----------|-------------|------------------------------------------------------------------|
/// | [`Eh`]   | `eh_mutex`  | error handling, stopping, unbinding and tearing down             |
/// | [`Frwd`] | `frwd_lock` | state, lead connection, CmdSN, allocation of tasks, send queues  |
/// | [`Back`] | `back_lock` | ExpCmdSN and MaxCmdSN, look-up, completion and release of tasks  |
///
/// C transports take the two spinlocks as well, so the guards are views of C locks.
///
/// # Invariants
///
/// The C object is set up, and is not freed as long as the reference lives; nor is its host.
///
/// [`struct iscsi_session`]: srctree/include/scsi/libiscsi.h
#[repr(transparent)]
pub struct Session(Opaque<bindings::iscsi_session>);

// SAFETY: Everything that changes is behind locks or read as a whole.
unsafe impl Sync for Session {}

/// Defines functions that read a field which user space sets before the connection is used.
macro_rules! settings {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $field:ident;)+) => {
        impl Session {
            $(
                $(#[$doc])*
                #[inline]
                pub fn $name(&self) -> $type {
                    // SAFETY: The field is a word, valid as long as the session.
                    unsafe { (&raw const (*self.as_raw()).$field).read_volatile() as $type }
                }
            )+
        }
    };
}

settings! {
    /// How long to wait for the answer to ABORT TASK, in seconds.
    abort_timeout: u32 = abort_timeout;
    /// How long to wait for the answer to LOGICAL UNIT RESET, in seconds.
    lu_reset_timeout: u32 = lu_reset_timeout;
    /// How long to wait for the answer to TARGET WARM RESET, in seconds.
    target_reset_timeout: u32 = tgt_reset_timeout;
    /// FirstBurstLength (RFC 7143, section 13.14), in bytes.
    first_burst_len: u32 = first_burst;
    /// MaxBurstLength (RFC 7143, section 13.13), in bytes.
    max_burst_len: u32 = max_burst;
    /// How many tasks there are.
    task_count: u32 = cmds_max;
    /// How many SCSI commands the session takes at a time.
    command_count: i32 = scsi_cmds_max;
    /// How many times the session has been recovered, from 0 to 15 and round again: part of every
    /// Initiator Task Tag.
    age: u32 = age;
}

impl Session {
    /// Borrows a C session.
    ///
    /// # Safety
    ///
    /// `ptr` must point to a session that is set up and not freed for `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *mut bindings::iscsi_session) -> &'a Self {
        // SAFETY: Valid for `'a` by the requirements of this function.
        // CAST: `Self` is a transparent wrapper.
        unsafe { &*ptr.cast() }
    }

    /// Borrows the session behind an object of the class.
    ///
    /// # Safety
    ///
    /// `cls` must point to a session that is set up and not freed for `'a`.
    #[inline]
    pub unsafe fn from_cls<'a>(cls: *mut bindings::iscsi_cls_session) -> &'a Self {
        // SAFETY: By the requirements of this function.
        unsafe { Self::from_raw((*cls).dd_data.cast()) }
    }

    /// Borrows the session of the logical unit that a command is for.
    ///
    /// # Safety
    ///
    /// `command` must be one for a logical unit of a session that is set up, and which the caller
    /// owns for `'a`.
    #[inline]
    pub unsafe fn of_command<'a>(command: *mut bindings::scsi_cmnd) -> &'a Self {
        // SAFETY: The device is valid as long as its command, and the target and session that it is
        // a child of as long as the device.
        unsafe { Self::from_cls(bindings::scsi_device_to_session((*command).device)) }
    }

    #[inline]
    pub(crate) fn as_raw(&self) -> *mut bindings::iscsi_session {
        self.0.get()
    }

    /// The object of the class.
    #[inline]
    pub(crate) fn cls(&self) -> *mut bindings::iscsi_cls_session {
        // SAFETY: Written once, when the session is set up.
        unsafe { (*self.as_raw()).cls_session }
    }

    /// The device, for messages.
    #[inline]
    pub fn as_dev(&self) -> &Device {
        // SAFETY: The device is part of the object of the class, which lives as long.
        unsafe { Device::from_raw(&raw mut (*self.cls()).dev) }
    }

    /// The transport that the session belongs to.
    #[inline]
    pub fn transport(&self) -> Transport<'_> {
        // SAFETY: Written once, when the session is set up; transports are not unregistered before
        // their sessions are gone.
        unsafe { Transport::from_raw((*self.as_raw()).tt) }
    }

    #[inline]
    fn host(&self) -> &IscsiHost {
        // SAFETY: Written once, when the session is set up; the host lives longer.
        unsafe { IscsiHost::from_raw((*self.as_raw()).host) }
    }

    /// The workqueue that PDUs are sent from, unless the transport sends them where they are queued.
    #[inline]
    pub(crate) fn workqueue(&self) -> Option<NonNull<bindings::workqueue_struct>> {
        self.host().workqueue()
    }

    /// Whether the transport wakes the worker at the end of a batch of commands, if the last one of
    /// them is not marked as such.
    #[inline]
    pub fn is_told_of_batches(&self) -> bool {
        self.host().is_told_of_batches()
    }

    /// Whether PDUs are sent by a worker, which may sleep.
    #[inline]
    pub fn has_worker(&self) -> bool {
        self.workqueue().is_some()
    }

    /// Takes `eh_mutex`. May sleep.
    #[inline]
    pub fn lock_eh(&self) -> Eh<'_> {
        // SAFETY: The mutex is initialised when the session is set up.
        let mutex = unsafe { Mutex::from_raw(&raw mut (*self.as_raw()).eh_mutex) };
        Eh {
            session: self,
            guard: mutex.lock(),
        }
    }

    /// Takes `frwd_lock`.
    #[inline]
    pub fn lock_frwd(&self) -> Frwd<'_> {
        // SAFETY: The lock is initialised when the session is set up.
        unsafe { bindings::spin_lock_bh(&raw mut (*self.as_raw()).frwd_lock) };
        // INVARIANT: It is held from now on.
        Frwd {
            session: self,
            _context: NotThreadSafe,
        }
    }

    /// Takes `back_lock`. Must not be called with it held.
    #[inline]
    pub fn lock_back(&self) -> Back<'_> {
        // SAFETY: The lock is initialised when the session is set up.
        unsafe { bindings::spin_lock_bh(&raw mut (*self.as_raw()).back_lock) };
        // INVARIANT: It is held from now on, and is this guard's.
        Back {
            session: self,
            is_borrowed: false,
            _context: NotThreadSafe,
        }
    }

    /// Declares that the caller of this function's caller holds `back_lock`.
    ///
    /// # Safety
    ///
    /// It must be held for the lifetime of the guard, with bottom halves off, but for callbacks of
    /// transports that drop it meanwhile.
    #[inline]
    pub unsafe fn assume_back(&self) -> Back<'_> {
        // INVARIANT: By the requirements of this function.
        Back {
            session: self,
            is_borrowed: true,
            _context: NotThreadSafe,
        }
    }

    /// The state, which may change at once unless `frwd_lock` is held.
    #[inline]
    pub fn state(&self) -> SessionState {
        SessionState::from_raw(self.raw_state().load(Relaxed)).unwrap_or(SessionState::Terminated)
    }

    #[inline]
    fn raw_state(&self) -> &Atomic<c_int> {
        // SAFETY: The field is an `int`, valid as long as the session.
        unsafe { Atomic::from_ptr(&raw mut (*self.as_raw()).state) }
    }

    /// Whether commands are executed.
    #[inline]
    pub fn is_logged_in(&self) -> bool {
        self.state() == SessionState::LoggedIn
    }

    /// Who waits for the answer to a task management request, or for the session to come back.
    #[inline]
    pub fn eh_wait(&self) -> &WaitQueue {
        // SAFETY: Initialised when the session is set up.
        unsafe { WaitQueue::from_raw(&raw mut (*self.as_raw()).ehwait) }
    }

    /// The task management request under way.
    #[inline]
    pub fn task_management(&self) -> TaskManagement<'_> {
        TaskManagement::of(self)
    }

    /// The pool that free tasks are in.
    #[inline]
    pub(crate) fn pool(&self) -> Pool<'_> {
        // SAFETY: Initialised when the session is set up.
        unsafe { Pool::from_raw(&raw mut (*self.as_raw()).cmdpool) }
    }

    /// Task number `index`.
    #[inline]
    pub fn task(&self, index: u32) -> Option<Task<'_>> {
        if index >= self.task_count() {
            return None;
        }
        // SAFETY: The array has that many tasks, which live as long as the session.
        unsafe {
            let task = *(*self.as_raw()).cmds.add(index as usize);
            Some(Task::from_raw(NonNull::new(task)?))
        }
    }

    /// All tasks.
    #[inline]
    pub fn tasks(&self) -> Tasks<'_> {
        Tasks {
            session: self,
            index: 0,
        }
    }

    /// What a command may send before the target asks for it, on a connection that takes data
    /// segments of up to `max_data_segment` bytes.
    #[inline]
    pub fn burst_limits(&self, max_data_segment: u32) -> BurstLimits {
        // SAFETY: The fields are words, valid as long as the session, and set before commands run.
        unsafe {
            BurstLimits {
                immediate_data: (*self.as_raw()).imm_data_en != 0,
                initial_r2t: (*self.as_raw()).initial_r2t_en != 0,
                first_burst: (*self.as_raw()).first_burst,
                max_data_segment,
            }
        }
    }

    /// Whether Data-Out of a logical unit that is being reset is not sent any more.
    #[inline]
    pub fn stops_data_out(&self) -> bool {
        // SAFETY: The field is an `int`, valid as long as the session.
        unsafe { (&raw const (*self.as_raw()).fast_abort).read_volatile() != 0 }
    }

    /// Has the class stop commands for the logical units, which are kept until the session is back.
    /// Can be called in any context.
    #[inline]
    pub fn block(&self) {
        // SAFETY: The object of the class is valid.
        unsafe { bindings::iscsi_block_session(self.cls()) };
    }

    /// Has the class let commands through again, and waits for that. May sleep.
    #[inline]
    pub fn unblock(&self) {
        // SAFETY: The object of the class is valid.
        unsafe { bindings::iscsi_unblock_session(self.cls()) };
    }

    /// Why the class takes no command now: a result for the command.
    ///
    /// # Errors
    ///
    /// The result.
    #[inline]
    pub fn check_ready(&self) -> Result<(), c_int> {
        // SAFETY: The object of the class is valid.
        match unsafe { bindings::iscsi_session_chkready(self.cls()) } {
            0 => Ok(()),
            result => Err(result),
        }
    }
}

/// All tasks of a session, one after the other.
pub struct Tasks<'a> {
    session: &'a Session,
    index: u32,
}

impl<'a> Iterator for Tasks<'a> {
    type Item = Task<'a>;

    #[inline]
    fn next(&mut self) -> Option<Task<'a>> {
        let task = self.session.task(self.index)?;
        self.index = self.index.wrapping_add(1);
        Some(task)
    }
}

/// Holds `eh_mutex` of a [`Session`]: no other error handler runs, but for those that wait for an
/// answer, and the connection is neither stopped nor torn down.
pub struct Eh<'a> {
    session: &'a Session,
    guard: kernel::sync::lock::mutex::MutexGuard<'a, ()>,
}

impl<'a> Eh<'a> {
    /// Takes `frwd_lock` as well.
    #[inline]
    pub fn lock_frwd(&self) -> Frwd<'a> {
        self.session.lock_frwd()
    }

    /// Drops the mutex. Returns the session.
    #[inline]
    pub fn unlock(self) -> &'a Session {
        drop(self.guard);
        self.session
    }
}

/// Holds `frwd_lock` of a [`Session`].
///
/// # Invariants
///
/// The lock is held, and this guard releases it.
pub struct Frwd<'a> {
    session: &'a Session,
    _context: NotThreadSafe,
}

impl<'a> Frwd<'a> {
    /// The session.
    #[inline]
    pub fn session(&self) -> &'a Session {
        self.session
    }

    /// Takes `back_lock` as well.
    #[inline]
    pub fn lock_back(&self) -> Back<'a> {
        self.session.lock_back()
    }

    /// Drops the lock while `f` runs. Whatever was read before may have changed since.
    #[inline]
    pub fn unlocked<R>(&mut self, f: impl FnOnce() -> R) -> R {
        let lock = self.raw_lock();
        // SAFETY: By the type invariants the lock is held.
        unsafe { bindings::spin_unlock_bh(lock) };
        let result = f();
        // SAFETY: The lock is initialised. INVARIANT: It is held again.
        unsafe { bindings::spin_lock_bh(lock) };
        result
    }

    #[inline]
    fn raw_lock(&self) -> *mut bindings::spinlock_t {
        // SAFETY: The session is valid.
        unsafe { &raw mut (*self.session.as_raw()).frwd_lock }
    }

    /// Moves the session to the state that follows on `event`.
    #[inline]
    pub fn note(&mut self, event: SessionEvent) {
        let state = self.session.state().after(event);
        self.session.raw_state().store(state.as_raw(), Relaxed);
    }

    /// The connection that was bound as the leading one and is not torn down yet.
    #[inline]
    pub fn lead_connection(&self) -> Option<&'a Connection> {
        // SAFETY: `frwd_lock`, which protects the field, is held.
        let conn = NonNull::new(unsafe { (*self.session.as_raw()).leadconn })?;
        // SAFETY: The field is cleared under the same lock before the connection is freed, which
        // does not happen as long as somebody uses the session: either the lock is held, or
        // `eh_mutex`, or a command that the connection's stop would wait for.
        Some(unsafe { Connection::from_raw(conn.as_ptr()) })
    }

    /// Makes a connection the leading one, or, with [`None`], none.
    #[inline]
    pub fn set_lead_connection(&mut self, conn: Option<&Connection>) {
        let conn = conn.map_or(core::ptr::null_mut(), Connection::as_raw);
        // SAFETY: `frwd_lock`, which protects the field, is held.
        unsafe { (*self.session.as_raw()).leadconn = conn };
    }

    /// CmdSN of the next command that is sent.
    #[inline]
    pub fn cmd_sn(&self) -> SerialNumber {
        // SAFETY: `frwd_lock`, which protects the field, is held.
        SerialNumber::new(unsafe { (*self.session.as_raw()).cmdsn })
    }

    /// Sets the CmdSN of the next command that is sent.
    #[inline]
    pub fn set_cmd_sn(&mut self, cmd_sn: SerialNumber) {
        // SAFETY: As in `cmd_sn`.
        unsafe { (*self.session.as_raw()).cmdsn = cmd_sn.get() };
    }

    /// CmdSN of the next command that is queued.
    #[inline]
    pub fn queued_cmd_sn(&self) -> SerialNumber {
        // SAFETY: As in `cmd_sn`.
        SerialNumber::new(unsafe { (*self.session.as_raw()).queued_cmdsn })
    }

    /// Sets the CmdSN of the next command that is queued.
    #[inline]
    pub fn set_queued_cmd_sn(&mut self, cmd_sn: SerialNumber) {
        // SAFETY: As in `cmd_sn`.
        unsafe { (*self.session.as_raw()).queued_cmdsn = cmd_sn.get() };
    }

    /// Whether the target takes another command (RFC 7143, section 4.2.2.1).
    ///
    /// MaxCmdSN may be a little old, which costs a command another try.
    #[inline]
    pub fn is_window_open(&self) -> bool {
        self.session.window().allows(self.queued_cmd_sn())
    }

    /// Notes that no task executes a command yet, or any more.
    #[inline]
    pub fn forget_task(&mut self, command: &Cmnd) {
        // SAFETY: The mid-layer has just given the command to the driver, with room for a `struct
        // iscsi_cmd` behind it.
        unsafe {
            let private: *mut bindings::iscsi_cmd =
                bindings::scsi_cmd_priv(command.as_raw()).cast();
            (&raw mut (*private).task).write_volatile(core::ptr::null_mut());
        }
    }

    /// Takes a task out of the pool.
    #[inline]
    pub(crate) fn take_task(&mut self) -> Option<NonNull<bindings::iscsi_task>> {
        // SAFETY: `frwd_lock` is held, so that nobody else takes one.
        unsafe { self.session.pool().get() }.map(NonNull::cast)
    }

    /// The next session age.
    #[inline]
    pub fn set_age(&mut self, age: u32) {
        // SAFETY: `frwd_lock`, which protects the field, is held; others read it as a word.
        unsafe { (&raw mut (*self.session.as_raw()).age).write_volatile(age as c_int) };
    }

    /// Where the task management request under way has got to.
    #[inline]
    pub fn tmf_state(&self) -> TmfState {
        self.session.task_management().state()
    }

    /// Sets where the task management request under way has got to.
    #[inline]
    pub fn set_tmf_state(&mut self, state: TmfState) {
        self.session.task_management().set_state(state);
    }
}

impl Drop for Frwd<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: By the type invariants the lock is held, and this guard's to release.
        unsafe { bindings::spin_unlock_bh(self.raw_lock()) };
    }
}

impl Session {
    /// ExpCmdSN and MaxCmdSN.
    #[inline]
    fn window(&self) -> CommandWindow {
        // SAFETY: Both are words, valid as long as the session.
        let (exp, max) = unsafe {
            (
                (&raw const (*self.as_raw()).exp_cmdsn).read_volatile(),
                (&raw const (*self.as_raw()).max_cmdsn).read_volatile(),
            )
        };
        CommandWindow::new(SerialNumber::new(exp), SerialNumber::new(max))
    }

    /// Sets ExpCmdSN and MaxCmdSN. For who holds `back_lock`.
    #[inline]
    fn set_window(&self, window: CommandWindow) {
        // SAFETY: Both are words, valid as long as the session.
        unsafe {
            (&raw mut (*self.as_raw()).exp_cmdsn).write_volatile(window.exp_cmd_sn().get());
            (&raw mut (*self.as_raw()).max_cmdsn).write_volatile(window.max_cmd_sn().get());
        }
    }
}

/// Holds `back_lock` of a [`Session`]: no task is completed or goes back to the pool, so that a
/// command that is found in one stays the driver's.
///
/// Only callbacks of transports ([`Transport::cleanup_task`]) may drop the lock meanwhile.
///
/// # Invariants
///
/// The lock is held, and this guard releases it unless it is borrowed.
pub struct Back<'a> {
    session: &'a Session,
    /// Whether the lock is somebody else's to release.
    is_borrowed: bool,
    _context: NotThreadSafe,
}

impl<'a> Back<'a> {
    /// The session.
    #[inline]
    pub fn session(&self) -> &'a Session {
        self.session
    }

    /// Drops the lock while `f` runs, which may take `frwd_lock`. Whatever was looked up before may
    /// be gone since.
    #[inline]
    pub fn unlocked<R>(&mut self, f: impl FnOnce() -> R) -> R {
        let lock = self.raw_lock();
        // SAFETY: By the type invariants the lock is held. Bottom halves stay off: they are another
        // matter than the lock, and its owner's to turn on again.
        unsafe { bindings::spin_unlock(lock) };
        let result = f();
        // SAFETY: The lock is initialised. INVARIANT: It is held again.
        unsafe { bindings::spin_lock(lock) };
        result
    }

    #[inline]
    fn raw_lock(&self) -> *mut bindings::spinlock_t {
        // SAFETY: The session is valid.
        unsafe { &raw mut (*self.session.as_raw()).back_lock }
    }

    /// Moves the command window as ExpCmdSN and MaxCmdSN of a response say (RFC 7143, section
    /// 4.2.2.1).
    #[inline]
    pub fn update_window(&mut self, exp_cmd_sn: u32, max_cmd_sn: u32) {
        let mut window = self.session.window();
        if window.update(SerialNumber::new(exp_cmd_sn), SerialNumber::new(max_cmd_sn)) {
            self.session.set_window(window);
        }
    }

    /// Forgets the command window: the next response says what it is.
    #[inline]
    pub fn reset_window(&mut self, cmd_sn: SerialNumber) {
        self.session.set_window(CommandWindow::starting_at(cmd_sn));
    }

    /// The task that executes a command, unless that is over.
    #[inline]
    pub fn task_of(&self, command: &Cmnd) -> Option<Task<'a>> {
        // SAFETY: Every command of libiscsi has a `struct iscsi_cmd` behind it, the task in which is
        // set when it is queued and cleared under `back_lock`.
        unsafe {
            let private: *const bindings::iscsi_cmd =
                bindings::scsi_cmd_priv(command.as_raw()).cast();
            NonNull::new((*private).task).map(|task| Task::from_raw(task))
        }
    }

    /// Gives a task back to the pool.
    #[inline]
    pub(crate) fn put_task(&mut self, task: NonNull<bindings::iscsi_task>) {
        // SAFETY: `back_lock` is held, so that nobody else gives one back, and the task is from here.
        unsafe { self.session.pool().put(task.cast()) };
    }
}

impl Drop for Back<'_> {
    #[inline]
    fn drop(&mut self) {
        if !self.is_borrowed {
            // SAFETY: By the type invariants the lock is held, and this guard's to release.
            unsafe { bindings::spin_unlock_bh(self.raw_lock()) };
        }
    }
}
