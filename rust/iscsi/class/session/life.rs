// SPDX-License-Identifier: GPL-2.0

//! The beginning and the end of sessions.

use super::{
    fields::NO_TARGET,
    Session,
    SessionBlock,
    SessionPart, //
};
use crate::class::{
    presence::add_device,
    AddError,
    Addition,
    Callbacks,
    Connection,
    Gate,
    Host,
    Removal, //
};
use core::ptr::{
    self,
    NonNull, //
};
use iscsi_bindings as bindings;
use iscsi_kernel::{
    delayed_work::DelayedWork,
    device,
    transport_class::unregister_device,
    work::Work,
    workqueue::{
        flags,
        OwnedQueue, //
    }, //
};
use iscsi_proto::class::{
    RecoveryTimeout,
    SessionState,
    TargetState, //
};
use kernel::{
    c_str,
    ffi::{
        c_int,
        c_uint, //
    },
    new_mutex,
    prelude::*,
    static_lock_class,
    sync::{
        aref::ARef,
        atomic::Atomic, //
    }, //
};

/// The `creator` of a session that no process had created.
const KERNEL: c_int = -1;

impl SessionPart {
    fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            commands <- new_mutex!((), "iscsi_cls_session.commands"),
            gate <- Gate::new(),
            is_leaving: Atomic::new(false),
            is_claimed: Atomic::new(false),
        })
    }
}

impl Session {
    /// Allocates a session with room for the driver's data. It is not known to anybody yet.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, or `ENODEV` when the host is going.
    #[inline]
    pub fn alloc(host: &Host, data_len: usize) -> Result<ARef<Self>> {
        let registered = host.registered();
        let host = host.get().ok_or(ENODEV)?;
        let (cls, data) = SessionBlock::alloc(SessionPart::new(), data_len)?;
        // SAFETY: The object was allocated just now, and is nobody else's. The device's release function
        // drops the reference to the host.
        unsafe {
            (*cls).dd_data = data;
            (*cls).transport = registered.transport().as_raw();
            (*cls).creator = KERNEL;
            (*cls).recovery_tmo = RecoveryTimeout::DEFAULT.as_raw();
            (*cls).state = SessionState::Free.as_raw();
            (*cls).target_state = TargetState::Unbound.as_raw();
            bindings::INIT_LIST_HEAD(&raw mut (*cls).sess_list);
            bindings::__spin_lock_init(
                &raw mut (*cls).lock,
                c_str!("iscsi_cls_session.lock").as_char_ptr(),
                static_lock_class!().as_ptr(),
            );
            initialise_works(cls, registered.callbacks());
            (*cls).dev.parent = device::as_raw(host.as_dev());
            (*cls).dev.release = Some(registered.callbacks().release_session);
            bindings::device_initialize(&raw mut (*cls).dev);
            let _ = ARef::into_raw(host);
            // CAST: `Self` is a transparent wrapper.
            Ok(ARef::from_raw(NonNull::new_unchecked(cls.cast())))
        }
    }

    /// Frees a session, and drops its reference to its host.
    ///
    /// # Safety
    ///
    /// For the release function of the device.
    #[inline]
    pub unsafe fn release(dev: *mut bindings::device) {
        // SAFETY: The reference was left to the session when it was allocated.
        let host: ARef<Host> = unsafe { ARef::from_raw(Host::from_device((*dev).parent).into()) };
        // SAFETY: By the requirements of this function: nobody uses the session any more.
        unsafe { SessionBlock::free(Self::from_device(dev).as_raw()) };
        drop(host);
    }
}

/// # Safety
///
/// `cls` must be newly allocated and zeroed.
#[inline]
unsafe fn initialise_works(cls: *mut bindings::iscsi_cls_session, callbacks: &Callbacks) {
    // SAFETY: By the requirements of this function; each function is for the work item it is given.
    unsafe {
        Work::init(
            &raw mut (*cls).block_work,
            callbacks.block,
            c_str!("iscsi_cls_session.block_work"),
            static_lock_class!(),
        );
        Work::init(
            &raw mut (*cls).unblock_work,
            callbacks.unblock,
            c_str!("iscsi_cls_session.unblock_work"),
            static_lock_class!(),
        );
        Work::init(
            &raw mut (*cls).scan_work,
            callbacks.scan,
            c_str!("iscsi_cls_session.scan_work"),
            static_lock_class!(),
        );
        Work::init(
            &raw mut (*cls).unbind_work,
            callbacks.unbind,
            c_str!("iscsi_cls_session.unbind_work"),
            static_lock_class!(),
        );
        Work::init(
            &raw mut (*cls).destroy_work,
            callbacks.destroy,
            c_str!("iscsi_cls_session.destroy_work"),
            static_lock_class!(),
        );
        DelayedWork::init(
            &raw mut (*cls).recovery_work,
            callbacks.recovery_timed_out,
            c_str!("iscsi_cls_session.recovery_work"),
            static_lock_class!(),
        );
    }
}

impl Addition<'_, Session> {
    /// The target that a driver means by a number, if it means one.
    #[inline]
    pub fn target(id: c_uint) -> Option<c_uint> {
        (id != NO_TARGET).then_some(id)
    }

    /// Gives the session its number, its workqueue and its target, and adds it to sysfs. `is_ours` says
    /// that the class has chosen the number of the target.
    ///
    /// # Errors
    ///
    /// Where it failed, and why; the session is as it was.
    #[inline]
    pub fn add(self, sid: u32, target_id: u32, is_ours: bool) -> Result<(), AddError> {
        let session = self.object();
        let raw = session.as_raw();
        let queue = OwnedQueue::new(
            fmt!("iscsi_ctrl_{}:{}", session.host().number(), sid),
            flags::SYSFS | flags::MEM_RECLAIM | flags::UNBOUND,
        )
        .map_err(AddError::Workqueue)?;
        // SAFETY: By the type invariants nobody else uses the session.
        unsafe {
            (*raw).sid = sid as c_int;
            (*raw).workq = queue.as_raw().as_ptr();
            (*raw).ida_used = is_ours;
        }
        {
            let mut fields = session.lock_fields();
            fields.set_target_id(target_id);
            fields.set_target_state(Some(TargetState::Allocated));
        }
        match self.add_device(sid) {
            Ok(()) => {
                // Whoever removes the session takes it back.
                queue.into_raw();
                Ok(())
            }
            Err(error) => {
                // SAFETY: As above.
                unsafe { (*raw).workq = ptr::null_mut() };
                Err(error)
            }
        }
    }

    #[inline]
    fn add_device(&self, sid: u32) -> Result<(), AddError> {
        let session = self.object();
        // SAFETY: The device is initialised, and by the type invariants not added yet. Nobody knows it, so it
        // gets no children.
        unsafe {
            let dev = &raw mut (*session.as_raw()).dev;
            device::set_name(dev, fmt!("session{}", sid)).map_err(AddError::Device)?;
            add_device(session.as_dev())
        }
    }
}

impl<'a> Removal<'a, Session> {
    /// Begins to remove a session: nothing is queued for it any more.
    ///
    /// # Safety
    ///
    /// The session must have been added, and nobody else remove it.
    #[inline]
    pub unsafe fn begin(session: &'a Session) -> Self {
        // What is being removed needs not be destroyed, too.
        session.claim_destruction();
        session.lock_fields().set_leaving();
        // SAFETY: By the requirements of this function.
        unsafe { Self::new(session) }
    }

    /// Removes the connections that the driver has left, by a function that gets each of them, and drops
    /// the reference that each began with.
    #[inline]
    pub fn remove_connections(&self, mut remove: impl FnMut(Removal<'_, Connection>)) {
        self.object().for_each_connection(|conn| {
            // SAFETY: A driver that has its session removed removes no connections any more, and uses
            // none. The walk holds a reference of its own.
            unsafe {
                remove(Removal::<Connection>::begin(conn));
                drop(ARef::from_raw(NonNull::from(conn)));
            }
        });
    }

    /// Takes the session from sysfs, and waits for whoever reads its attributes and for what is queued.
    #[inline]
    pub fn finish(self) {
        let session = self.object();
        let raw = session.as_raw();
        // SAFETY: By the type invariants the device and its attributes were added. The workqueue is
        // that of `Addition::add`, and nobody queues anything any more.
        unsafe {
            unregister_device(&raw mut (*raw).dev);
            let queue = {
                let _fields = session.lock_fields();
                ptr::replace(&raw mut (*raw).workq, ptr::null_mut())
            };
            if let Some(queue) = NonNull::new(queue) {
                drop(OwnedQueue::from_raw(queue));
            }
            bindings::device_del(&raw mut (*raw).dev);
        }
    }
}
