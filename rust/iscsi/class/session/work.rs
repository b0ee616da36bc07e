// SPDX-License-Identifier: GPL-2.0

//! What sessions have done in process context.

use super::{
    Session,
    SessionFields, //
};
use core::{
    mem::offset_of,
    ptr::NonNull, //
};
use iscsi_bindings as bindings;
use iscsi_kernel::{
    delayed_work::DelayedWork,
    work::Work,
    workqueue, //
};
use kernel::{
    sync::aref::ARef,
    time::Jiffies, //
};

/// What is done for a session in process context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionWork {
    /// Its devices take no commands any more, for now.
    Block,
    /// Its devices take commands again.
    Unblock,
    /// Its devices are looked for.
    Scan,
    /// Its devices are removed.
    Unbind,
}

impl SessionWork {
    const fn offset(self) -> usize {
        match self {
            Self::Block => offset_of!(bindings::iscsi_cls_session, block_work),
            Self::Unblock => offset_of!(bindings::iscsi_cls_session, unblock_work),
            Self::Scan => offset_of!(bindings::iscsi_cls_session, scan_work),
            Self::Unbind => offset_of!(bindings::iscsi_cls_session, unbind_work),
        }
    }

    /// Whether memory may come free when it is done: it is then promised a thread to run in.
    const fn is_for_reclaim(self) -> bool {
        match self {
            Self::Block | Self::Unblock => true,
            // Devices come and go, which waits for work of the kernel without that promise.
            Self::Scan | Self::Unbind => false,
        }
    }

    /// The session that a work item belongs to.
    ///
    /// # Safety
    ///
    /// `work` must be this work item of a session that is not freed for `'a`.
    #[inline]
    pub unsafe fn session<'a>(self, work: *mut bindings::work_struct) -> &'a Session {
        // SAFETY: By the requirements of this function.
        unsafe { Session::from_raw(work.byte_sub(self.offset()).cast()) }
    }
}

impl SessionFields<'_> {
    /// The workqueue, as long as it takes work.
    #[inline]
    fn queue(&self) -> Option<NonNull<bindings::workqueue_struct>> {
        if self.is_leaving() {
            return None;
        }
        // SAFETY: Written before anybody knows the session, and cleared with the lock held.
        NonNull::new(unsafe { (*self.session.as_raw()).workq })
    }
}

impl Session {
    #[inline]
    fn work(&self, which: SessionWork) -> &Work {
        // SAFETY: Initialised and valid as long as the session.
        unsafe { Work::from_raw(self.as_raw().byte_add(which.offset()).cast()) }
    }

    #[inline]
    fn recovery_work(&self) -> &DelayedWork {
        // SAFETY: As above.
        unsafe { DelayedWork::from_raw(&raw mut (*self.as_raw()).recovery_work) }
    }

    /// Queues a work item, unless it is queued or the session is on its way out of sysfs. Returns
    /// whether it is not. Any context.
    #[inline]
    pub fn queue(&self, which: SessionWork) -> bool {
        let fields = self.lock_fields();
        let own = fields.queue();
        let queue = own.and_then(|own| match which.is_for_reclaim() {
            true => Some(own),
            false => workqueue::system_dfl(),
        });
        let Some(queue) = queue else {
            return false;
        };
        // SAFETY: The system's workqueue is never destroyed; that of the session is when it is on its
        // way out, after what is queued has run. It is not yet, and cannot be as long as the lock is
        // held. Whoever takes the session out of sysfs waits for the work items on both.
        unsafe { self.work(which).queue_on(queue) };
        true
    }

    /// Takes a work item out of the queue, and waits until it does not run. Returns whether it was
    /// queued.
    #[inline]
    pub fn cancel(&self, which: SessionWork) -> bool {
        self.work(which).cancel_sync()
    }

    /// Waits until a work item neither is queued nor runs.
    #[inline]
    pub fn flush(&self, which: SessionWork) {
        self.work(which).flush();
    }

    /// Has the end of the wait for a new login queued in `delay`, unless it is already, or the session
    /// is on its way out of sysfs.
    #[inline]
    pub fn queue_recovery(&self, delay: Jiffies) {
        let fields = self.lock_fields();
        if let Some(queue) = fields.queue() {
            // SAFETY: As in `queue`; whoever takes the session out of sysfs cancels the work item
            // before he destroys the workqueue.
            unsafe { self.recovery_work().queue_on(queue, delay) };
        }
    }

    /// Has the wait for a new login not end, and waits until its end does not run.
    #[inline]
    pub fn cancel_recovery(&self) {
        self.recovery_work().cancel_sync();
    }

    /// The session whose wait for a new login is over.
    ///
    /// # Safety
    ///
    /// `work` must be that work item of a session that is not freed for `'a`.
    #[inline]
    pub unsafe fn from_recovery<'a>(work: *mut bindings::work_struct) -> &'a Self {
        let offset = offset_of!(bindings::iscsi_cls_session, recovery_work.work);
        // SAFETY: By the requirements of this function.
        unsafe { Self::from_raw(work.byte_sub(offset).cast()) }
    }

    /// Has the session destroyed by a worker of the system, which gets the reference. Only who took
    /// the session from user space may ask for that.
    #[inline]
    pub fn queue_destruction(session: ARef<Self>) {
        let Some(queue) = workqueue::system_dfl() else {
            return;
        };
        let raw = ARef::into_raw(session)
            .as_ptr()
            .cast::<bindings::iscsi_cls_session>();
        // SAFETY: The session is valid, as the reference was left to the worker. The system's queue is
        // never destroyed.
        unsafe { Work::from_raw(&raw mut (*raw).destroy_work).queue_on(queue) };
    }

    /// The session to destroy.
    ///
    /// # Safety
    ///
    /// For the function of the work item that [`Session::queue_destruction`] queues, once.
    #[inline]
    pub unsafe fn from_destruction(work: *mut bindings::work_struct) -> ARef<Self> {
        let offset = offset_of!(bindings::iscsi_cls_session, destroy_work);
        // SAFETY: The reference was left to the worker.
        unsafe {
            let session = Self::from_raw(work.byte_sub(offset).cast());
            ARef::from_raw(NonNull::from(session))
        }
    }
}
