// SPDX-License-Identifier: GPL-2.0

//! The task management request under way, of which there is one at a time.
//!
//! C header: [`include/scsi/libiscsi.h`](srctree/include/scsi/libiscsi.h), `struct iscsi_session`

use super::{
    Frwd,
    Session,
    Task,
    TaskRef, //
};
use core::ptr::NonNull;
use iscsi_bindings as bindings;
use iscsi_kernel::timer::Timer;
use iscsi_proto::{
    bhs::{
        Header,
        TaskManagementRequest, //
    },
    pdu::BHS_LEN,
    task_management::TmfState, //
};
use kernel::{
    ffi::c_int,
    sync::atomic::{
        Atomic,
        Relaxed, //
    }, //
};

/// The task management request of a session.
///
/// `frwd_lock` protects its header, and the state from being begun; the answer moves the state on
/// under `back_lock`.
pub struct TaskManagement<'a>(&'a Session);

impl<'a> TaskManagement<'a> {
    #[inline]
    pub(super) fn of(session: &'a Session) -> Self {
        Self(session)
    }

    #[inline]
    fn raw_state(&self) -> &Atomic<c_int> {
        // SAFETY: The field is an `int`, valid as long as the session.
        unsafe { Atomic::from_ptr(&raw mut (*self.0.as_raw()).tmf_state) }
    }

    /// Where the request has got to.
    #[inline]
    pub fn state(&self) -> TmfState {
        TmfState::from_raw(self.raw_state().load(Relaxed)).unwrap_or(TmfState::Initial)
    }

    /// Moves the request on from waiting for its answer. Returns whether it was: the answer, the timer
    /// and the end of the session come at the same time, and one of them counts.
    #[inline]
    pub fn conclude(&self, state: TmfState) -> bool {
        self.raw_state()
            .cmpxchg(TmfState::Queued.as_raw(), state.as_raw(), Relaxed)
            .is_ok()
    }

    /// Sets where the request has got to.
    #[inline]
    pub fn set_state(&self, state: TmfState) {
        self.raw_state().store(state.as_raw(), Relaxed);
    }

    /// The timer that gives the request up.
    #[inline]
    pub fn timer(&self) -> &Timer {
        // SAFETY: Initialised when the session is set up.
        unsafe { Timer::from_raw(&raw mut (*self.0.as_raw()).tmf_timer) }
    }

    /// The header of the request.
    #[inline]
    pub fn header<'f>(&self, _frwd: &'f Frwd<'_>) -> Option<&'f TaskManagementRequest> {
        // SAFETY: `frwd_lock`, which protects the header, is held for `'f`.
        let bytes: &[u8; BHS_LEN] = unsafe { &*(&raw const (*self.0.as_raw()).tmhdr).cast() };
        TaskManagementRequest::view(bytes).ok()
    }

    /// The number of the task that waits for the answer. Not the tag in its header, in whose place a
    /// transport may have put another (be2iscsi).
    #[inline]
    pub fn waiting_task(&self) -> u32 {
        // SAFETY: The field is a word, valid as long as the session, and written before the request
        // is sent.
        let itt = unsafe { (&raw const (*self.0.as_raw()).tmhdr.itt).read_volatile() };
        u32::from_ne_bytes(itt.to_ne_bytes())
    }

    /// Sets the header of the request, or clears it.
    #[inline]
    pub fn set_header(&self, header: Option<&TaskManagementRequest>, _frwd: &mut Frwd<'_>) {
        let bytes = header.map_or([0; BHS_LEN], Header::to_bytes);
        // SAFETY: `frwd_lock`, which protects the header, is held.
        unsafe {
            (&raw mut (*self.0.as_raw()).tmhdr)
                .cast::<[u8; BHS_LEN]>()
                .write(bytes)
        };
    }

    /// Keeps a reference to the task that could not be aborted, for a transport may still use it,
    /// until the connection is stopped.
    #[inline]
    pub fn keep_aborted(&self, task: TaskRef<'_>, _frwd: &mut Frwd<'_>) {
        // SAFETY: `frwd_lock`, which protects the field, is held. There is none yet: requests follow
        // one another, and the next one begins after the connection was stopped.
        unsafe { (*self.0.as_raw()).running_aborted_task = task.leave().as_raw() };
    }

    /// Takes that reference back, if it is one to `task`.
    #[inline]
    pub fn take_aborted<'s>(&self, task: Task<'s>, _frwd: &Frwd<'_>) -> Option<TaskRef<'s>> {
        // SAFETY: `frwd_lock`, which protects the field, is held; the field owns a reference.
        unsafe {
            let slot = &raw mut (*self.0.as_raw()).running_aborted_task;
            let kept = NonNull::new(*slot)?;
            if kept.as_ptr() != task.as_raw() {
                return None;
            }
            *slot = core::ptr::null_mut();
            Some(task.adopt())
        }
    }
}

const _: () = assert!(size_of::<bindings::iscsi_tm>() == BHS_LEN);
