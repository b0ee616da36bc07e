// SPDX-License-Identifier: GPL-2.0

//! Hosts that carry one session each, and the order in which both are made and unmade.
//!
//! Every step yields a value that undoes the steps so far when it is dropped:
//! [`NewHost`] → [`AddedHost`] → [`NewSession`] → published. C header:
//! [`include/scsi/libiscsi.h`](srctree/include/scsi/libiscsi.h)

use crate::{
    error::count_or_error,
    param::HostParam,
    session::{
        ClsSession,
        Session, //
    },
    task::TASK_PRIVATE_SIZE,
    transport::TcpTransport, //
};
use core::{
    marker::PhantomData,
    mem::ManuallyDrop,
    ptr::{
        self,
        NonNull, //
    }, //
};
use iscsi_bindings as bindings;
use iscsi_kernel::sysfs::AttributePage;
use kernel::{
    error::to_result,
    ffi::{
        c_int,
        c_short,
        c_uint, //
    },
    prelude::*,
    sync::atomic::{
        ordering::{
            Acquire,
            Release, //
        },
        Atomic, //
    },
    types::Opaque,
    warn_on, //
};

/// What this crate keeps in the private area of a host.
pub(crate) struct HostPrivate {
    /// The session, from its publication until the host has left sysfs.
    session: Atomic<*mut bindings::iscsi_session>,
}

/// The limits that a host announces to the mid-layer.
#[derive(Clone, Copy, Debug)]
pub struct HostLimits {
    /// Queue depth of a new logical unit.
    pub commands_per_lun: u16,
    /// One more than the largest logical unit number.
    pub max_lun: u32,
    /// Longest CDB, in bytes.
    pub max_cdb_len: u16,
}

/// A SCSI host of an iSCSI transport.
///
/// Wraps the kernel's [`struct Scsi_Host`].
///
/// # Invariants
///
/// The C object was made by [`NewHost::alloc`] for transport `T` and is not freed as long as the
/// reference lives.
///
/// [`struct Scsi_Host`]: srctree/include/scsi/scsi_host.h
#[repr(transparent)]
pub struct Host<T: TcpTransport>(Opaque<bindings::Scsi_Host>, PhantomData<T>);

impl<T: TcpTransport> Host<T> {
    /// Borrows a C host.
    ///
    /// # Safety
    ///
    /// `ptr` must point to a host of transport `T`, made by this crate, that is not freed for `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *mut bindings::Scsi_Host) -> &'a Self {
        // SAFETY: Valid for `'a` by the requirements of this function.
        // CAST: `Self` is a transparent wrapper.
        unsafe { &*ptr.cast() }
    }

    #[inline]
    fn as_raw(&self) -> *mut bindings::Scsi_Host {
        self.0.get()
    }

    #[inline]
    fn private(&self) -> &HostPrivate {
        // SAFETY: By the type invariants the host has a private area, which was zeroed when it was
        // allocated, and a null pointer is a valid value of all that is in it.
        unsafe { &*bindings::iscsi_host_priv(self.as_raw()).cast() }
    }

    /// The session, once it is completely set up.
    #[inline]
    pub fn session(&self) -> Option<&Session<T>> {
        let session = self.private().session.load(Acquire);
        // SAFETY: The host's attributes and devices, from which alone this is called, are gone
        // before the session is freed: `destroy` removes the host first.
        (!session.is_null()).then(|| unsafe { Session::from_raw(session) })
    }

    /// Prints a parameter that libiscsi keeps. Returns the number of characters.
    ///
    /// # Errors
    ///
    /// `ENOSYS` for a parameter that it does not keep.
    #[inline]
    pub fn get_param(&self, param: HostParam, page: &AttributePage<'_>) -> Result<c_int> {
        // SAFETY: The host is valid and the page writable, by their type invariants.
        count_or_error(unsafe {
            bindings::iscsi_host_get_param(self.as_raw(), param.as_raw(), page.as_raw())
        })
    }
}

/// A host that is allocated but not known to the mid-layer yet. Dropping it frees it.
#[must_use]
pub struct NewHost<T: TcpTransport>(NonNull<bindings::Scsi_Host>, PhantomData<T>);

impl<T: TcpTransport> NewHost<T> {
    /// Allocates a host with a transmit work queue.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, or `ENODEV` while the transport is not registered.
    #[inline]
    pub fn alloc(limits: &HostLimits) -> Result<Self> {
        let scsi_transport = T::slot().scsi_transport().ok_or(ENODEV)?;
        // SAFETY: The template is static and complete while the transport is registered.
        let host = NonNull::new(unsafe {
            bindings::iscsi_host_alloc(
                T::slot().host_template(),
                size_of::<HostPrivate>() as c_int,
                true,
            )
        })
        .ok_or(ENOMEM)?;
        let shost = host.as_ptr();
        // SAFETY: The host is valid and nobody else knows it.
        unsafe {
            (*shost).transportt = scsi_transport.as_ptr();
            // A deeper queue than the mid-layer can say is as deep as it can say.
            (*shost).cmd_per_lun =
                c_short::try_from(limits.commands_per_lun).unwrap_or(c_short::MAX);
            (*shost).max_lun = limits.max_lun.into();
            (*shost).max_id = 0;
            (*shost).max_channel = 0;
            (*shost).max_cmd_len = limits.max_cdb_len;
            (*shost).dma_alignment = 0;
        }
        Ok(Self(host, PhantomData))
    }

    /// Sets the depth of the host's queue from the number of commands that user space asked for,
    /// and makes the host known to the mid-layer.
    ///
    /// # Errors
    ///
    /// `EINVAL` for fewer commands than a session needs, and what the mid-layer says.
    #[inline]
    pub fn register(self, commands: u16) -> Result<AddedHost<T>> {
        let shost = self.0.as_ptr();
        // SAFETY: The host is valid and not added yet.
        unsafe {
            (*shost).can_queue =
                count_or_error(bindings::iscsi_host_get_max_scsi_cmds(shost, commands))?;
            to_result(bindings::iscsi_host_add(shost, ptr::null_mut()))?;
        }
        Ok(AddedHost(self))
    }
}

impl<T: TcpTransport> Drop for NewHost<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: The instance owns the host, which the mid-layer does not know (any more).
        unsafe { bindings::iscsi_host_free(self.0.as_ptr()) };
    }
}

/// A host that the mid-layer knows. Dropping it removes and frees it.
#[must_use]
pub struct AddedHost<T: TcpTransport>(NewHost<T>);

impl<T: TcpTransport> AddedHost<T> {
    /// Sets up the session with `commands` tasks (0 for the default) and target 0.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, the only reason libiscsi is known to have.
    #[inline]
    pub fn set_up_session(self, commands: u16, initial_cmd_sn: u32) -> Result<NewSession<T>> {
        // SAFETY: The transport is registered, since the host could be allocated, and the host is
        // added.
        let session = NonNull::new(unsafe {
            bindings::iscsi_session_setup(
                T::slot().as_raw(),
                self.0 .0.as_ptr(),
                commands,
                0,
                TASK_PRIVATE_SIZE as c_int,
                initial_cmd_sn,
                0 as c_uint,
            )
        })
        .ok_or(ENOMEM)?;
        Ok(NewSession {
            session,
            host: ManuallyDrop::new(self),
        })
    }
}

impl<T: TcpTransport> Drop for AddedHost<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: The host was added, and is removed once: here.
        unsafe { bindings::iscsi_host_remove(self.0 .0.as_ptr(), false) };
    }
}

/// A session that is set up but not complete. Dropping it tears it and its host down.
#[must_use]
pub struct NewSession<T: TcpTransport> {
    session: NonNull<bindings::iscsi_cls_session>,
    host: ManuallyDrop<AddedHost<T>>,
}

impl<T: TcpTransport> NewSession<T> {
    /// Allocates the R2T pools and lets the host's attributes see the session.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    #[inline]
    pub fn publish(self) -> Result<PublishedSession<T>> {
        // SAFETY: The session is valid as long as `self`.
        let cls = unsafe { ClsSession::<T>::from_raw(self.session.as_ptr()) };
        let session = cls.session().as_raw();
        // SAFETY: The session is set up and idle.
        if unsafe { bindings::iscsi_tcp_r2tpool_alloc(session) } != 0 {
            return Err(ENOMEM);
        }
        // SAFETY: The host is valid as long as `self`.
        let host = unsafe { Host::<T>::from_raw(self.host.0 .0.as_ptr()) };
        host.private().session.store(session, Release);
        // From here on `destroy` takes the session and the host down.
        Ok(PublishedSession(
            ManuallyDrop::new(self).session,
            PhantomData,
        ))
    }
}

impl<T: TcpTransport> Drop for NewSession<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: The session is set up, without connections or R2T pools.
        unsafe { bindings::iscsi_session_teardown(self.session.as_ptr()) };
        // SAFETY: Dropped once, and not used afterwards.
        unsafe { ManuallyDrop::drop(&mut self.host) };
    }
}

/// A complete session, owned by the transport class from now on.
pub struct PublishedSession<T: TcpTransport>(NonNull<bindings::iscsi_cls_session>, PhantomData<T>);

impl<T: TcpTransport> PublishedSession<T> {
    #[inline]
    pub(crate) fn into_raw(self) -> *mut bindings::iscsi_cls_session {
        self.0.as_ptr()
    }
}

/// Takes a session and its host down, unless a connection still exists.
///
/// # Safety
///
/// The session must have been published, and must not be used afterwards.
#[inline]
pub(crate) unsafe fn destroy<T: TcpTransport>(cls: &ClsSession<T>) {
    let raw = cls.as_raw();
    let session = cls.session().as_raw();
    if warn_on!(cls.session().lock_frwd().lead_connection().is_some()) {
        return;
    }
    // SAFETY: The session is complete and has no connection.
    unsafe {
        let shost = (*session).host;
        bindings::iscsi_session_remove(raw);
        // The host's attributes read the session: they must be gone before its memory is.
        bindings::iscsi_host_remove(shost, false);
        bindings::iscsi_tcp_r2tpool_free(session);
        bindings::iscsi_session_free(raw);
        bindings::iscsi_host_free(shost);
    }
}
