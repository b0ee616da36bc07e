// SPDX-License-Identifier: GPL-2.0

//! SCSI hosts, and how many sessions each has.
//!
//! C header: [`include/scsi/libiscsi.h`](srctree/include/scsi/libiscsi.h), `struct iscsi_host`

use super::text::Text;
use crate::param::HostParam;
use core::{
    mem::{
        forget,
        offset_of, //
    },
    ptr::{
        self,
        NonNull, //
    }, //
};
use iscsi_bindings as bindings;
use iscsi_kernel::{
    compat::{
        SpinLockIrq,
        SpinLockIrqGuard, //
    },
    impl_embedded_device,
    wait::WaitQueue, //
};
use kernel::{
    device::Device,
    error::to_result,
    ffi::{
        c_char,
        c_int,
        c_short,
        c_uint, //
    },
    prelude::*,
    sync::{
        aref::ARef,
        atomic::{
            Atomic,
            Relaxed, //
        }, //
    },
    types::{
        Opaque,
        ScopeGuard, //
    }, //
};

/// How the workqueue of a host is made: a thread to help when memory is short, and attributes in
/// `/sys/bus/workqueue`. Users bind its worker to CPUs there.
const WORKQUEUE_FLAGS: c_uint = bindings::wq_flags_WQ_SYSFS
    | bindings::wq_flags___WQ_LEGACY
    | bindings::wq_flags_WQ_MEM_RECLAIM
    | bindings::wq_flags_WQ_UNBOUND;

/// The texts of a host, and where `struct iscsi_host` has them.
static TEXTS: [(HostParam, usize); 3] = [
    (
        HostParam::NETDEV_NAME,
        offset_of!(bindings::iscsi_host, netdev),
    ),
    (
        HostParam::HARDWARE_ADDRESS,
        offset_of!(bindings::iscsi_host, hwaddress),
    ),
    (
        HostParam::INITIATOR_NAME,
        offset_of!(bindings::iscsi_host, initiatorname),
    ),
];

/// A SCSI host that libiscsi has allocated.
///
/// Wraps the kernel's [`struct Scsi_Host`], whose private area begins with a `struct iscsi_host`. The
/// size of that is ABI: the data of the transport follows.
///
/// # Invariants
///
/// The C object was made by [`IscsiHost::alloc`], and is not freed as long as the reference lives.
///
/// [`struct Scsi_Host`]: srctree/include/scsi/scsi_host.h
#[repr(transparent)]
pub struct IscsiHost(Opaque<bindings::Scsi_Host>);

// SAFETY: The object belongs to no thread in particular.
unsafe impl Send for IscsiHost {}

// SAFETY: What changes is behind a lock or read as a whole.
unsafe impl Sync for IscsiHost {}

impl_embedded_device! {
    // SAFETY: By the type invariants: the mid-layer frees a host with its device. `IscsiHost` is
    // transparent.
    unsafe impl for IscsiHost as bindings::Scsi_Host { shost_gendev }
}

impl IscsiHost {
    /// Allocates a host with `private_len` bytes for the transport, and a workqueue if `has_worker`:
    /// PDUs are then sent by a worker.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, also for what the mid-layer does not tell the reason of.
    ///
    /// # Safety
    ///
    /// `template` must be complete, and stay valid as long as the host.
    pub unsafe fn alloc(
        template: *const bindings::scsi_host_template,
        private_len: c_int,
        has_worker: bool,
    ) -> Result<NonNull<bindings::Scsi_Host>> {
        let len = (size_of::<bindings::iscsi_host>() as c_int)
            .checked_add(private_len)
            .ok_or(ENOMEM)?;
        // SAFETY: By the requirements of this function.
        let host = unsafe { bindings::scsi_host_alloc(template, len) };
        let host = NonNull::new(host).ok_or(ENOMEM)?;
        let undo = ScopeGuard::new(|| {
            // SAFETY: The reference is the only one.
            unsafe { bindings::scsi_host_put(host.as_ptr()) };
        });
        // SAFETY: The host is valid, and its private area zeroed.
        let part = unsafe { part_of(host.as_ptr()) };
        if has_worker {
            // SAFETY: The host is valid, and nobody else knows it.
            unsafe { (*part).workq = alloc_workqueue((*host.as_ptr()).host_no)?.as_ptr() };
        }
        // SAFETY: Nobody else knows the host. Its number of sessions is 0 already.
        unsafe {
            bindings::__spin_lock_init(
                &raw mut (*part).lock,
                c"iscsi_host".as_char_ptr(),
                kernel::static_lock_class!().as_ptr(),
            );
            WaitQueue::init(
                &raw mut (*part).session_removal_wq,
                c"iscsi_session_removal",
                kernel::static_lock_class!(),
            );
            (*part).state = bindings::ISCSI_HOST_SETUP as c_int;
        }
        undo.dismiss();
        Ok(host)
    }

    /// Frees what [`IscsiHost::alloc`] has made and what was set since, and drops the reference that
    /// it returned.
    ///
    /// # Safety
    ///
    /// The host must be one from [`IscsiHost::alloc`] that the mid-layer does not know or has
    /// forgotten, without sessions. The caller must not use it any more.
    pub unsafe fn free(host: *mut bindings::Scsi_Host) {
        // SAFETY: By the requirements of this function.
        let host = unsafe { Self::from_raw(host) };
        if let Some(queue) = host.workqueue() {
            // SAFETY: Nobody queues work any more, as there is no session.
            unsafe { bindings::destroy_workqueue(queue.as_ptr()) };
        }
        for (_, offset) in &TEXTS {
            // SAFETY: The attributes of the host are gone.
            unsafe { host.text_at(*offset).free() };
        }
        // SAFETY: The caller gives its reference away.
        unsafe { bindings::scsi_host_put(host.as_raw()) };
    }

    #[inline]
    fn part(&self) -> *mut bindings::iscsi_host {
        // SAFETY: By the type invariants.
        unsafe { part_of(self.as_raw()) }
    }

    /// The workqueue that PDUs are sent from, unless the transport sends them where they are queued.
    #[inline]
    pub fn workqueue(&self) -> Option<NonNull<bindings::workqueue_struct>> {
        // SAFETY: Written once, when the host is made.
        NonNull::new(unsafe { (*self.part()).workq })
    }

    /// Whether the mid-layer tells the transport where a batch of commands ends.
    #[inline]
    pub fn is_told_of_batches(&self) -> bool {
        // SAFETY: Host and template are valid, and both pointers are written once.
        unsafe { (*(*self.as_raw()).hostt).commit_rqs }.is_some()
    }

    /// How many commands the transport takes at a time, 0 if it has not said so.
    #[inline]
    pub fn can_queue(&self) -> c_int {
        // SAFETY: The field is a word, valid as long as the host.
        unsafe { (&raw const (*self.as_raw()).can_queue).read_volatile() }
    }

    /// The queue depth of a new logical unit, 0 if the transport has not set it.
    #[inline]
    pub fn commands_per_lun(&self) -> c_short {
        // SAFETY: The field is a word, valid as long as the host.
        unsafe { (&raw const (*self.as_raw()).cmd_per_lun).read_volatile() }
    }

    /// A text.
    #[inline]
    pub fn text(&self, param: HostParam) -> Option<Text<'_>> {
        let (_, offset) = TEXTS.iter().find(|(this, _)| *this == param)?;
        // SAFETY: The offset is that of a text.
        Some(unsafe { self.text_at(*offset) })
    }

    /// # Safety
    ///
    /// `offset` must be one of [`TEXTS`].
    #[inline]
    unsafe fn text_at(&self, offset: usize) -> Text<'_> {
        let place = self.part().wrapping_byte_add(offset).cast::<*mut c_char>();
        // SAFETY: The fields are null at first, and nobody but [`TextLock`] changes them.
        //
        // [`TextLock`]: super::text::TextLock
        unsafe { Text::from_raw(place) }
    }

    /// Counts a session that is about to be set up.
    ///
    /// # Errors
    ///
    /// `ENODEV` when the host is being removed.
    pub fn begin_session(&self) -> Result<SessionCount<'_>> {
        let guard = self.lock();
        if self.is_removed(&guard) {
            return Err(ENODEV);
        }
        let count = self.sessions();
        count.store(count.load(Relaxed).wrapping_add(1), Relaxed);
        // INVARIANT: The session is counted.
        Ok(SessionCount(self))
    }

    fn end_session(&self) {
        // Who waits for the last session frees the host, maybe before the lock is let go.
        let _host = ARef::from(self);
        let _guard = self.lock();
        let count = self.sessions();
        let left = count.load(Relaxed).wrapping_sub(1);
        count.store(left, Relaxed);
        if left == 0 {
            self.session_removal().wake_up();
        }
    }

    /// The number of sessions: written with the lock held.
    #[inline]
    fn sessions(&self) -> &Atomic<c_int> {
        // SAFETY: The field is an `int`, valid as long as the host.
        unsafe { Atomic::from_ptr(&raw mut (*self.part()).num_sessions) }
    }

    #[inline]
    fn session_removal(&self) -> &WaitQueue {
        // SAFETY: By the type invariants it is initialised.
        unsafe { WaitQueue::from_raw(&raw mut (*self.part()).session_removal_wq) }
    }

    #[inline]
    fn lock(&self) -> SpinLockIrqGuard<'_, ()> {
        // SAFETY: By the type invariants it is initialised.
        let lock: &SpinLockIrq<()> = unsafe { SpinLockIrq::from_raw(&raw mut (*self.part()).lock) };
        lock.lock()
    }

    #[inline]
    fn is_removed(&self, _guard: &SpinLockIrqGuard<'_, ()>) -> bool {
        // SAFETY: The lock, which protects the field, is held.
        let state = unsafe { (*self.part()).state };
        state as u32 == bindings::ISCSI_HOST_REMOVED
    }
}

/// The part of libiscsi in a host.
///
/// # Safety
///
/// `host` must be one that was allocated with room for it.
#[inline]
unsafe fn part_of(host: *mut bindings::Scsi_Host) -> *mut bindings::iscsi_host {
    // SAFETY: By the requirements of this function. The private area begins where the C struct has its
    // array without a length.
    unsafe { (&raw mut (*host).hostdata).cast() }
}

fn alloc_workqueue(host: c_uint) -> Result<NonNull<bindings::workqueue_struct>> {
    // SAFETY: The format takes an `int`, which is as long as what is passed.
    let queue = unsafe {
        bindings::alloc_workqueue_noprof(c"iscsi_q_%d".as_char_ptr(), WORKQUEUE_FLAGS, 1, host)
    };
    NonNull::new(queue).ok_or(ENOMEM)
}

/// A session as its host counts it. Dropping it ends the session, for the host.
///
/// # Invariants
///
/// The session is counted, and nobody else ends it.
#[must_use = "the session is not counted any more when this is dropped"]
pub struct SessionCount<'a>(&'a IscsiHost);

impl<'a> SessionCount<'a> {
    /// Leaves the session counted, until [`SessionCount::from_kept`] takes it back.
    #[inline]
    pub fn keep(self) {
        forget(self);
    }

    /// Takes back a session that was kept.
    ///
    /// # Safety
    ///
    /// [`SessionCount::keep`] must have been called once for a session of `host` that nobody has taken
    /// back.
    #[inline]
    pub unsafe fn from_kept(host: &'a IscsiHost) -> Self {
        // INVARIANT: By the requirements of this function.
        Self(host)
    }
}

impl Drop for SessionCount<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.end_session();
    }
}

/// A host that is not known to the mid-layer yet.
///
/// # Invariants
///
/// It is valid for `'a`, and nobody else uses it meanwhile.
pub struct NewHost<'a>(&'a IscsiHost);

impl<'a> NewHost<'a> {
    /// Declares a host to be new.
    ///
    /// # Safety
    ///
    /// The type invariants must hold.
    #[inline]
    pub unsafe fn new(host: &'a IscsiHost) -> Self {
        // INVARIANT: By the requirements of this function.
        Self(host)
    }

    /// The host.
    #[inline]
    pub fn host(&self) -> &'a IscsiHost {
        self.0
    }

    /// Sets how many commands the transport takes at a time.
    #[inline]
    pub fn set_can_queue(&mut self, count: u16) {
        // SAFETY: By the type invariants.
        unsafe { (*self.0.as_raw()).can_queue = c_int::from(count) };
    }

    /// Sets the queue depth of a new logical unit.
    #[inline]
    pub fn set_commands_per_lun(&mut self, count: u8) {
        // SAFETY: By the type invariants.
        unsafe { (*self.0.as_raw()).cmd_per_lun = c_short::from(count) };
    }

    /// Makes the host known to the mid-layer, as a child of `parent`.
    ///
    /// # Errors
    ///
    /// What the mid-layer says.
    #[inline]
    pub fn register(self, parent: Option<&Device>) -> Result {
        // CAST: `Device` is a transparent wrapper.
        let parent = parent.map_or(ptr::null_mut(), |dev| {
            ptr::from_ref(dev).cast_mut().cast::<bindings::device>()
        });
        // SAFETY: By the type invariants. What the parent is for is memory for DMA, too.
        to_result(unsafe { bindings::scsi_add_host_with_dma(self.0.as_raw(), parent, parent) })
    }
}

/// A host that is being removed: it gets no new session.
///
/// # Invariants
///
/// The mid-layer knows the host, and nobody else removes it.
pub struct HostRemoval<'a>(&'a IscsiHost);

impl<'a> HostRemoval<'a> {
    /// Begins to remove a host.
    ///
    /// # Safety
    ///
    /// The host must have been added, and nobody else remove it.
    #[inline]
    pub unsafe fn begin(host: &'a IscsiHost) -> Self {
        let guard = host.lock();
        // SAFETY: The lock, which protects the field, is held.
        unsafe { (*host.part()).state = bindings::ISCSI_HOST_REMOVED as c_int };
        drop(guard);
        // INVARIANT: By the requirements of this function.
        Self(host)
    }

    /// Tells user space that the sessions are to be ended, as their host goes.
    #[inline]
    pub fn fail_sessions(&self) {
        // SAFETY: The host is valid; the sessions of it that the class knows are set up.
        unsafe {
            bindings::iscsi_host_for_each_session(self.0.as_raw(), Some(fail_session));
        }
    }

    /// Ends the sessions without user space, which is gone.
    #[inline]
    pub fn destroy_sessions(&self) {
        // SAFETY: As in `fail_sessions`.
        unsafe {
            bindings::iscsi_host_for_each_session(
                self.0.as_raw(),
                Some(bindings::iscsi_force_destroy_session),
            );
        }
    }

    /// Waits until there is no session, or until a signal comes. May sleep.
    pub fn wait_for_sessions(&self) {
        let sessions = self.0.sessions();
        self.0
            .session_removal()
            .wait_interruptible(|| sessions.load(Relaxed) == 0);
    }

    /// Has the mid-layer forget the host. May sleep.
    #[inline]
    pub fn finish(self) {
        // SAFETY: By the type invariants.
        unsafe { bindings::scsi_remove_host(self.0.as_raw()) };
    }
}

/// # Safety
///
/// For the class alone: `session` is one that is set up.
#[inline]
unsafe extern "C" fn fail_session(session: *mut bindings::iscsi_cls_session) {
    // SAFETY: By the requirements of this function.
    unsafe {
        bindings::iscsi_session_failure(
            (*session).dd_data.cast(),
            bindings::iscsi_err_ISCSI_ERR_INVALID_HOST,
        );
    }
}
