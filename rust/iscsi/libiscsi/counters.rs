// SPDX-License-Identifier: GPL-2.0

//! What a session has done so far, in numbers.
//!
//! Every counter belongs to one of the two locks of the session, which whoever counts holds anyway:
//! counting is a load and a store. Who reads the counters takes no lock; each is read as a whole, but
//! they may move between one and the next.

use super::{
    Back,
    Frwd,
    Session, //
};
use core::{
    cell::UnsafeCell,
    mem::size_of, //
};
use iscsi_bindings as bindings;
use iscsi_kernel::{
    debugfs::{
        Directory,
        FileOperations,
        Root, //
    },
    scsi::Cmnd, //
};
use kernel::{
    ffi::c_void,
    fmt,
    prelude::*,
    sync::atomic::{
        Atomic,
        Relaxed, //
    }, //
};

/// A number that only who holds a certain lock changes.
struct Counter(Atomic<u64>);

impl Default for Counter {
    fn default() -> Self {
        Self(Atomic::new(0))
    }
}

impl Counter {
    #[inline]
    fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }

    #[inline]
    fn set(&self, value: u64) {
        self.0.store(value, Relaxed);
    }

    #[inline]
    fn add(&self, count: u64) {
        self.set(self.get().wrapping_add(count));
    }
}

/// The counters of a session, since it was made.
#[derive(Default)]
pub struct Counters {
    // With `back_lock` held.
    /// Commands that are over.
    ended: Counter,
    /// Of these, commands to read that the target has answered.
    read_commands: Counter,
    /// What they have read.
    read_bytes: Counter,
    /// Commands to write that the target has answered.
    write_commands: Counter,
    /// What they have written.
    write_bytes: Counter,
    /// Commands without data that the target has answered.
    other_commands: Counter,
    /// Commands that ended without the target's answer.
    failed_commands: Counter,
    /// Commands that the target has answered with another status than GOOD.
    status_errors: Counter,

    // With `frwd_lock` held.
    /// Commands that were begun.
    begun: Counter,
    /// How many there were at a time, at most.
    queue_peak: Counter,
    command_timeouts: Counter,
    aborts: Counter,
    lun_resets: Counter,
    target_resets: Counter,
    session_resets: Counter,
    connection_errors: Counter,
    recoveries: Counter,
}

/// Defines functions that count one thing.
macro_rules! count {
    ($($(#[$doc:meta])* $function:ident => $field:ident under $lock:ident;)+) => {
        impl Counters {
            $(
                $(#[$doc])*
                #[inline]
                pub fn $function(&self, _lock: &$lock<'_>) {
                    self.$field.add(1);
                }
            )+
        }
    };
}

count! {
    /// Counts a time-out of a command.
    count_timeout => command_timeouts under Frwd;
    /// Counts a command that is to be aborted.
    count_abort => aborts under Frwd;
    /// Counts a logical unit that is to be reset.
    count_lun_reset => lun_resets under Frwd;
    /// Counts the target being reset.
    count_target_reset => target_resets under Frwd;
    /// Counts the session being given up for a new login, as the last resort.
    count_session_reset => session_resets under Frwd;
    /// Counts a failure of the connection.
    count_connection_error => connection_errors under Frwd;
    /// Counts a login after a failure.
    count_recovery => recoveries under Frwd;
}

impl Counters {
    /// Counts a command that gets a task.
    #[inline]
    pub(super) fn count_begin(&self, _frwd: &Frwd<'_>) {
        self.begun.add(1);
        // Whoever ends a command counts that before the mid-layer gets it back, which does not give
        // more of them than there may be.
        let queue = self.queue();
        if queue > self.queue_peak.get() {
            self.queue_peak.set(queue);
        }
    }

    /// Counts a command whose task goes back to the pool. One that was refused is the mid-layer's
    /// still, and no command of the session.
    #[inline]
    pub(super) fn count_end(&self, command: &Cmnd, was_refused: bool, _back: &Back<'_>) {
        self.ended.add(1);
        if was_refused {
            return;
        }
        if !command.was_answered() {
            self.failed_commands.add(1);
            return;
        }
        // Targets do not always say how much of its data a command had when it failed.
        let bytes = if command.has_good_status() {
            command.data_len().saturating_sub(command.residual())
        } else {
            self.status_errors.add(1);
            0
        };
        if command.is_read() {
            self.read_commands.add(1);
            self.read_bytes.add(bytes.into());
        } else if command.is_write() {
            self.write_commands.add(1);
            self.write_bytes.add(bytes.into());
        } else {
            self.other_commands.add(1);
        }
    }

    /// How many commands have a task.
    #[inline]
    fn queue(&self) -> u64 {
        let ended = self.ended.get();
        self.begun.get().saturating_sub(ended)
    }
}

impl fmt::Display for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in [
            ("read_commands", self.read_commands.get()),
            ("read_bytes", self.read_bytes.get()),
            ("write_commands", self.write_commands.get()),
            ("write_bytes", self.write_bytes.get()),
            ("other_commands", self.other_commands.get()),
            ("failed_commands", self.failed_commands.get()),
            ("status_errors", self.status_errors.get()),
            ("command_timeouts", self.command_timeouts.get()),
            ("aborts", self.aborts.get()),
            ("lun_resets", self.lun_resets.get()),
            ("target_resets", self.target_resets.get()),
            ("session_resets", self.session_resets.get()),
            ("connection_errors", self.connection_errors.get()),
            ("recoveries", self.recoveries.get()),
            ("queue", self.queue()),
            ("queue_peak", self.queue_peak.get()),
        ] {
            writeln!(f, "{name} {value}")?;
        }
        Ok(())
    }
}

/// What the file of a session says.
impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.counters().fmt(f)?;
        writeln!(f, "tasks {}", self.task_count())?;
        writeln!(f, "free_tasks {}", self.pool().count())
    }
}

/// What libiscsi keeps of a session behind the C struct, before the data of the transport.
pub(super) struct SessionPrivate {
    counters: Counters,
    /// Where the counters are shown. For who adds and removes the session.
    directory: UnsafeCell<Option<Directory>>,
}

const _: () = assert!(
    size_of::<bindings::iscsi_session>() % align_of::<SessionPrivate>() == 0
        && size_of::<SessionPrivate>() % align_of::<u64>() == 0,
    "neither this nor the data of the transport has to be moved to be aligned"
);

impl SessionPrivate {
    /// The place in a session.
    #[inline]
    fn of(session: *mut bindings::iscsi_session) -> *mut Self {
        session.wrapping_add(1).cast()
    }

    /// Initialises the part of a new session. Returns where the data of the transport begins.
    ///
    /// # Safety
    ///
    /// `session` must be newly allocated, with room for this behind it.
    #[inline]
    pub(super) unsafe fn init(session: *mut bindings::iscsi_session) -> *mut c_void {
        let this = Self::of(session);
        // SAFETY: By the requirements of this function.
        unsafe {
            this.write(Self {
                counters: Counters::default(),
                directory: UnsafeCell::new(None),
            });
        }
        this.wrapping_add(1).cast()
    }
}

impl Session {
    #[inline]
    fn private(&self) -> &SessionPrivate {
        // SAFETY: Initialised when the session is set up, and only changed inside.
        unsafe { &*SessionPrivate::of(self.as_raw()) }
    }

    /// What the session has done so far.
    #[inline]
    pub fn counters(&self) -> &Counters {
        &self.private().counters
    }

    /// Shows the counters in debugfs. May sleep.
    ///
    /// # Safety
    ///
    /// The session must have been added to the class, and nobody else show or hide its counters.
    #[inline]
    pub(super) unsafe fn show_counters(&self, place: &'static CountersPlace) {
        let directory = place.root.subdirectory(self.as_dev());
        // SAFETY: `hide_counters` is called before the session is freed. By the requirements of this
        // function nobody else uses the cell.
        unsafe {
            directory.show(c"counters", self, &place.operations);
            *self.private().directory.get() = Some(directory);
        }
    }

    /// Takes the counters from debugfs, and waits for those who read them. May sleep.
    ///
    /// # Safety
    ///
    /// Nobody else must show or hide the counters.
    #[inline]
    pub(super) unsafe fn hide_counters(&self) {
        // SAFETY: By the requirements of this function nobody else uses the cell.
        drop(unsafe { (*self.private().directory.get()).take() });
    }
}

/// Where in debugfs the counters of all sessions are.
pub struct CountersPlace {
    root: Root,
    operations: FileOperations<Session>,
}

impl CountersPlace {
    /// A place that belongs to `module`.
    pub const fn new(module: &'static ThisModule) -> Self {
        Self {
            root: Root::new(c"iscsi"),
            operations: FileOperations::new(module),
        }
    }

    /// The directory, to be made when the module is loaded.
    pub fn root(&'static self) -> &'static Root {
        &self.root
    }
}
