// SPDX-License-Identifier: GPL-2.0

//! The fields of sessions that C has a lock for.

use super::Session;
use iscsi_bindings as bindings;
use iscsi_kernel::compat::{
    SpinLockIrq,
    SpinLockIrqGuard, //
};
use iscsi_proto::class::{
    SessionChange,
    SessionState,
    TargetState, //
};
use kernel::{
    ffi::{
        c_int,
        c_uint, //
    },
    sync::atomic::{
        Atomic,
        Relaxed, //
    }, //
};

/// What drivers give as the number of a target when the class is to choose one, and what a session has
/// without a target (`ISCSI_MAX_TARGET`).
pub(super) const NO_TARGET: c_uint = bindings::ISCSI_MAX_TARGET as c_uint;

/// Holds the lock of a session's state. C takes it in interrupts, too.
///
/// Drivers read and write the fields themselves, with the lock held or without.
pub struct SessionFields<'a> {
    pub(super) session: &'a Session,
    _guard: SpinLockIrqGuard<'a, ()>,
}

impl Session {
    /// Takes the lock of the session's state.
    #[inline]
    pub fn lock_fields(&self) -> SessionFields<'_> {
        // SAFETY: The lock is initialised and valid as long as the session.
        let lock: &SpinLockIrq<()> =
            unsafe { SpinLockIrq::from_raw(&raw mut (*self.as_raw()).lock) };
        SessionFields {
            session: self,
            _guard: lock.lock(),
        }
    }

    #[inline]
    fn state_field(&self) -> &Atomic<c_int> {
        // SAFETY: The field is valid as long as the session.
        unsafe { Atomic::from_ptr(&raw mut (*self.as_raw()).state) }
    }

    #[inline]
    fn target_state_field(&self) -> &Atomic<c_int> {
        // SAFETY: As above.
        unsafe { Atomic::from_ptr(&raw mut (*self.as_raw()).target_state) }
    }

    #[inline]
    fn target_id_field(&self) -> &Atomic<c_uint> {
        // SAFETY: As above.
        unsafe { Atomic::from_ptr(&raw mut (*self.as_raw()).target_id) }
    }

    /// Whether the session is logged in; [`None`] for a number that is no state. Without the lock.
    #[inline]
    pub fn state(&self) -> Option<SessionState> {
        SessionState::from_raw(self.state_field().load(Relaxed))
    }

    /// What the session's target is in the mid-layer; [`None`] for a number that is no state. Without
    /// the lock.
    #[inline]
    pub fn target_state(&self) -> Option<TargetState> {
        TargetState::from_raw(self.target_state_field().load(Relaxed))
    }

    /// The number of the session's target, all ones without one. Without the lock.
    #[inline]
    pub fn target_id(&self) -> u32 {
        self.target_id_field().load(Relaxed)
    }

    /// Whether the number of the target was chosen by the class.
    #[inline]
    pub fn target_id_is_ours(&self) -> bool {
        // SAFETY: Written once, before the session is known to anybody.
        unsafe { (*self.as_raw()).ida_used }
    }
}

impl SessionFields<'_> {
    /// Whether the session is logged in; [`None`] for a number that is no state.
    #[inline]
    pub fn state(&self) -> Option<SessionState> {
        self.session.state()
    }

    /// Notes what happens to the session. Returns the state before.
    #[inline]
    pub fn note(&mut self, change: SessionChange) -> Option<SessionState> {
        let before = self.state();
        let state = before.unwrap_or(SessionState::Free).after(change);
        self.session.state_field().store(state.as_raw(), Relaxed);
        before
    }

    /// What the session's target is in the mid-layer; [`None`] for a number that is no state.
    #[inline]
    pub fn target_state(&self) -> Option<TargetState> {
        self.session.target_state()
    }

    /// Sets what the session's target is in the mid-layer. [`None`] leaves it as it is.
    #[inline]
    pub fn set_target_state(&mut self, state: Option<TargetState>) {
        if let Some(state) = state {
            let field = self.session.target_state_field();
            field.store(state.as_raw(), Relaxed);
        }
    }

    /// The number of the session's target, if it has one.
    #[inline]
    pub fn target_id(&self) -> Option<u32> {
        Some(self.session.target_id()).filter(|&id| id != NO_TARGET)
    }

    #[inline]
    pub(super) fn set_target_id(&mut self, id: c_uint) {
        self.session.target_id_field().store(id, Relaxed);
    }

    /// Takes the number of the session's target from it.
    #[inline]
    pub fn take_target_id(&mut self) -> Option<u32> {
        let id = self.target_id();
        self.set_target_id(NO_TARGET);
        id
    }

    /// Whether the session is on its way out of sysfs.
    #[inline]
    pub fn is_leaving(&self) -> bool {
        self.session.part().is_leaving.load(Relaxed)
    }

    #[inline]
    pub(super) fn set_leaving(&mut self) {
        self.session.part().is_leaving.store(true, Relaxed);
    }
}
