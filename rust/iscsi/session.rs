// SPDX-License-Identifier: GPL-2.0

//! Sessions and the locks of their fields.
//!
//! C headers: [`include/scsi/libiscsi.h`](srctree/include/scsi/libiscsi.h),
//! [`include/scsi/scsi_transport_iscsi.h`](srctree/include/scsi/scsi_transport_iscsi.h)

use crate::{
    connection::Connection,
    transport::TcpTransport, //
};
use core::{
    marker::PhantomData,
    ptr::NonNull, //
};
use iscsi_bindings as bindings;
use iscsi_kernel::{
    scsi::DeviceIter,
    sync::{
        SpinLockBh,
        SpinLockBhGuard, //
    }, //
};
use kernel::{
    sync::atomic::{
        Atomic,
        Relaxed, //
    },
    types::Opaque, //
};

/// A session of libiscsi: the state that its connections share.
///
/// Wraps the kernel's [`struct iscsi_session`]. Which fields may be reached depends on the lock
/// that is held:
///
/// | guard    | lock        | fields                                                      |
/// |----------|-------------|-------------------------------------------------------------|
/// | [`Frwd`] | `frwd_lock` | state, lead connection, CmdSN, the queues of the connections |
///
/// # Invariants
///
/// The C object is set up and is not freed as long as the reference lives, nor is its host.
///
/// [`struct iscsi_session`]: srctree/include/scsi/libiscsi.h
#[repr(transparent)]
pub struct Session<T: TcpTransport>(Opaque<bindings::iscsi_session>, PhantomData<T>);

impl<T: TcpTransport> Session<T> {
    /// Borrows a C session.
    ///
    /// # Safety
    ///
    /// `ptr` must point to a session of transport `T` that is set up and not freed for `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *mut bindings::iscsi_session) -> &'a Self {
        // SAFETY: Valid for `'a` by the requirements of this function.
        // CAST: `Self` is a transparent wrapper.
        unsafe { &*ptr.cast() }
    }

    /// The C representation.
    #[inline]
    pub(crate) fn as_raw(&self) -> *mut bindings::iscsi_session {
        self.0.get()
    }

    /// Takes `frwd_lock`.
    #[inline]
    pub fn lock_frwd(&self) -> Frwd<'_, T> {
        // SAFETY: The lock is initialised when the session is set up.
        let lock = unsafe { SpinLockBh::from_raw(&raw mut (*self.as_raw()).frwd_lock) };
        Frwd {
            session: self,
            _guard: lock.lock(),
        }
    }

    #[inline]
    fn state(&self) -> u32 {
        // SAFETY: The field is an `int`, valid as long as the session.
        let state = unsafe { Atomic::from_ptr(&raw mut (*self.as_raw()).state) };
        state.load(Relaxed) as u32
    }

    /// Whether a Logout has been sent, so that the end of the connection is no failure.
    ///
    /// Read without a lock: the state may change at once, and an error that is reported although
    /// the logout has just begun, or the reverse, does no harm.
    pub fn is_logging_out(&self) -> bool {
        self.state() == bindings::ISCSI_STATE_LOGGING_OUT
    }

    /// The logical units of the session's host, which has no other session.
    pub fn devices(&self) -> DeviceIter<'_> {
        // SAFETY: The host is valid as long as the session, by the type invariants.
        unsafe { DeviceIter::new((*self.as_raw()).host) }
    }
}

/// Holds `frwd_lock` of a [`Session`].
pub struct Frwd<'a, T: TcpTransport> {
    session: &'a Session<T>,
    _guard: SpinLockBhGuard<'a, ()>,
}

impl<T: TcpTransport> Frwd<'_, T> {
    /// Whether commands are executed. The lead connection is not torn down as long as they are.
    #[inline]
    pub fn is_logged_in(&self) -> bool {
        self.session.state() == bindings::ISCSI_STATE_LOGGED_IN
    }

    /// The connection that was bound as the leading one and is not torn down yet.
    #[inline]
    pub fn lead_connection(&self) -> Option<&Connection<T>> {
        // SAFETY: `frwd_lock`, which protects the field, is held.
        let conn = NonNull::new(unsafe { (*self.session.as_raw()).leadconn })?;
        // SAFETY: The field is cleared under the same lock before the connection is freed; a
        // connection becomes the leading one by being bound, so after it was created.
        Some(unsafe { Connection::from_raw(conn.as_ptr()) })
    }
}

/// A session as the transport class has it: the object behind `sessionN` in sysfs.
///
/// Wraps the kernel's [`struct iscsi_cls_session`].
///
/// # Invariants
///
/// The C object belongs to transport `T`, its [`Session`] is set up, and neither is freed as long
/// as the reference lives.
///
/// [`struct iscsi_cls_session`]: srctree/include/scsi/scsi_transport_iscsi.h
#[repr(transparent)]
pub struct ClsSession<T: TcpTransport>(Opaque<bindings::iscsi_cls_session>, PhantomData<T>);

impl<T: TcpTransport> ClsSession<T> {
    /// Borrows a C object.
    ///
    /// # Safety
    ///
    /// `ptr` must point to a session of transport `T` that is set up and not freed for `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *mut bindings::iscsi_cls_session) -> &'a Self {
        // SAFETY: Valid for `'a` by the requirements of this function.
        // CAST: `Self` is a transparent wrapper.
        unsafe { &*ptr.cast() }
    }

    /// The C representation.
    #[inline]
    pub(crate) fn as_raw(&self) -> *mut bindings::iscsi_cls_session {
        self.0.get()
    }

    /// The session of libiscsi behind it.
    #[inline]
    pub fn session(&self) -> &Session<T> {
        // SAFETY: By the type invariants.
        unsafe { Session::from_raw((*self.as_raw()).dd_data.cast()) }
    }
}
