// SPDX-License-Identifier: GPL-2.0

//! The queues that tasks of a connection wait in to be sent.

use super::{
    Back,
    Frwd,
    Task,
    TaskRef, //
};
use core::{
    marker::PhantomData,
    mem::offset_of,
    ptr::NonNull, //
};
use iscsi_bindings as bindings;
use iscsi_proto::task::TaskState;

/// A queue of tasks, first in, first out.
///
/// # Invariants
///
/// - The C list is initialised, and its entries are the `running` members of tasks of the session.
/// - `frwd_lock`, which protects it, is held for `'f`.
pub struct Queue<'f, 's> {
    head: NonNull<bindings::list_head>,
    _lock: PhantomData<(&'f Frwd<'s>, Task<'s>)>,
}

impl<'f, 's> Queue<'f, 's> {
    /// Borrows a C list.
    ///
    /// # Safety
    ///
    /// The type invariants must hold.
    #[inline]
    pub(super) unsafe fn from_raw(head: *mut bindings::list_head, _frwd: &'f Frwd<'s>) -> Self {
        // SAFETY: By the requirements of this function it is not null.
        let head = unsafe { NonNull::new_unchecked(head) };
        // INVARIANT: By the requirements of this function.
        Self {
            head,
            _lock: PhantomData,
        }
    }

    /// Takes the task that waits longest.
    #[inline]
    pub fn pop_front(&mut self) -> Option<Task<'s>> {
        self.pop_first(|_| true)
    }

    /// Takes the task that waits longest of those that are wanted.
    #[inline]
    pub fn pop_first(&mut self, is_wanted: impl Fn(Task<'s>) -> bool) -> Option<Task<'s>> {
        let head = self.head.as_ptr();
        // SAFETY: By the type invariants the list is valid.
        let mut entry = unsafe { (*head).next };
        while !core::ptr::eq(entry, head) {
            // SAFETY: By the type invariants the entry is part of a task of the session.
            let task = unsafe {
                let task = entry.byte_sub(offset_of!(bindings::iscsi_task, running));
                Task::from_raw(NonNull::new_unchecked(task.cast()))
            };
            if is_wanted(task) {
                // SAFETY: The entry is in this list, which `frwd_lock` protects.
                unsafe { bindings::list_del_init(entry) };
                return Some(task);
            }
            // SAFETY: As above.
            entry = unsafe { (*entry).next };
        }
        None
    }

    /// Has a task wait behind the others. It must not wait in any queue yet.
    #[inline]
    pub fn push_back(&mut self, task: Task<'s>) {
        // SAFETY: The entry is in no list, and the task lives as long as the session.
        unsafe { bindings::list_add_tail(task.entry(), self.head.as_ptr()) };
    }
}

/// The queue of the commands with Data-Out to send, which holds a reference to each.
///
/// A hostile target may complete a command while Data-Out of it waits here.
pub struct DataOutQueue<'f, 's>(Queue<'f, 's>);

impl<'f, 's> DataOutQueue<'f, 's> {
    /// Makes a queue this one.
    #[inline]
    pub(super) fn new(queue: Queue<'f, 's>) -> Self {
        Self(queue)
    }

    /// Takes the task that waits longest of those that are wanted.
    #[inline]
    pub fn pop_first(&mut self, is_wanted: impl Fn(Task<'s>) -> bool) -> Option<TaskRef<'s>> {
        let task = self.0.pop_first(is_wanted)?;
        // SAFETY: The queue has left a reference with it.
        Some(unsafe { task.adopt() })
    }

    /// Has a task wait behind the others, if it does not wait already.
    #[inline]
    pub fn push_back(&mut self, task: TaskRef<'s>, frwd: &Frwd<'_>) {
        if !task.is_queued(frwd) {
            self.0.push_back(task.leave());
        }
    }
}

impl<'s> Task<'s> {
    /// Whether the task waits in a queue.
    #[inline]
    pub fn is_queued(self, _frwd: &Frwd<'_>) -> bool {
        // SAFETY: The entry is initialised when the session is set up, and `frwd_lock` held.
        unsafe { !core::ptr::eq((*self.entry()).next, self.entry()) }
    }

    /// Takes the task from wherever it waits, with the references that were kept there: a queue, for
    /// what is left to be sent of it, or for the end of an abort that got no answer.
    ///
    /// Unless the task is [`TaskState::Pending`] nothing may be sent meanwhile.
    #[inline]
    pub fn withdraw(self, frwd: &Frwd<'s>, back: &mut Back<'_>) {
        if self.is_queued(frwd) {
            // SAFETY: The entry is in a list of the session, and `frwd_lock` held.
            unsafe { bindings::list_del_init(self.entry()) };
            // What was sent waits with Data-Out.
            if matches!(self.state(), TaskState::Running | TaskState::Completed) {
                // SAFETY: That queue has left a reference with it.
                unsafe { self.adopt() }.put(back);
            }
        }
        if let Some(aborted) = frwd.session().task_management().take_aborted(self, frwd) {
            aborted.put(back);
        }
        // SAFETY: A task that is in use has a connection.
        let conn = unsafe { self.conn_unchecked() };
        if conn.is_unfinished(self, frwd) {
            if let Some(unfinished) = conn.take_unfinished(frwd) {
                unfinished.put(back);
            }
        }
    }
}
