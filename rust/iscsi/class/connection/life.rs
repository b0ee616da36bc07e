// SPDX-License-Identifier: GPL-2.0

//! The beginning and the end of connections.

use super::{
    Connection,
    ConnectionBlock,
    ConnectionPart, //
};
use crate::class::{
    presence::add_device,
    AddError,
    Addition,
    Gate,
    Removal,
    Session, //
};
use core::{
    cell::UnsafeCell,
    ptr::NonNull, //
};
use iscsi_bindings as bindings;
use iscsi_kernel::{
    device,
    transport_class::unregister_device,
    work::Work, //
};
use iscsi_proto::class::ConnectionState;
use kernel::{
    c_str,
    prelude::*,
    static_lock_class,
    sync::{
        aref::ARef,
        atomic::Atomic, //
    }, //
};

impl ConnectionPart {
    fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            gate <- Gate::new(),
            is_leaving: Atomic::new(false),
            untold: Atomic::new(0),
            is_claimed: Atomic::new(false),
            kept: UnsafeCell::new(None),
        })
    }
}

impl Connection {
    /// Allocates a connection with room for the driver's data. It is not known to anybody yet.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    #[inline]
    pub fn alloc(session: &Session, data_len: usize, cid: u32) -> Result<ARef<Self>> {
        let callbacks = session.registered().callbacks();
        let (cls, data) = ConnectionBlock::alloc(ConnectionPart::new(), data_len)?;
        // SAFETY: The object was allocated just now, and is nobody else's. The device's release function
        // drops the reference to the session.
        let conn: ARef<Self> = unsafe {
            (*cls).dd_data = data;
            (*cls).transport = session.transport().as_raw();
            (*cls).cid = cid;
            (*cls).state = ConnectionState::Down.as_raw() as u32;
            bindings::INIT_LIST_HEAD(&raw mut (*cls).conn_list);
            bindings::__mutex_init(
                &raw mut (*cls).ep_mutex,
                c_str!("iscsi_cls_conn.ep_mutex").as_char_ptr(),
                static_lock_class!().as_ptr(),
            );
            bindings::__spin_lock_init(
                &raw mut (*cls).lock,
                c_str!("iscsi_cls_conn.lock").as_char_ptr(),
                static_lock_class!().as_ptr(),
            );
            Work::init(
                &raw mut (*cls).cleanup_work,
                callbacks.cleanup,
                c_str!("iscsi_cls_conn.cleanup_work"),
                static_lock_class!(),
            );
            (*cls).dev.parent = device::as_raw(session.as_dev());
            (*cls).dev.release = Some(callbacks.release_connection);
            bindings::device_initialize(&raw mut (*cls).dev);
            let _ = ARef::into_raw(ARef::from(session));
            // CAST: `Self` is a transparent wrapper.
            ARef::from_raw(NonNull::new_unchecked(cls.cast()))
        };
        // SAFETY: The device is not added yet.
        unsafe {
            let dev = &raw mut (*conn.as_raw()).dev;
            device::set_name(dev, fmt!("connection{}:{}", session.sid(), cid))?;
        }
        Ok(conn)
    }

    /// Frees a connection, and drops its reference to its session.
    ///
    /// # Safety
    ///
    /// For the release function of the device.
    #[inline]
    pub unsafe fn release(dev: *mut bindings::device) {
        // SAFETY: The reference was left to the connection when it was allocated.
        let session: ARef<Session> =
            unsafe { ARef::from_raw(Session::from_device((*dev).parent).into()) };
        // SAFETY: By the requirements of this function: nobody uses the connection any more.
        unsafe { ConnectionBlock::free(Self::from_device(dev).as_raw()) };
        drop(session);
    }
}

impl Addition<'_, Connection> {
    /// Adds the connection to sysfs.
    ///
    /// # Errors
    ///
    /// Where it failed, and why; the connection is as it was.
    #[inline]
    pub fn add(self) -> Result<(), AddError> {
        // SAFETY: The device has a name, and is by the type invariants not added yet. It gets no children.
        unsafe { add_device(self.object().as_dev()) }
    }
}

impl<'a> Removal<'a, Connection> {
    /// Begins to remove a connection: the kernel does not clean up after it any more. Waits if it does
    /// already.
    ///
    /// # Safety
    ///
    /// The connection must have been added, and nobody else remove it.
    #[inline]
    pub unsafe fn begin(conn: &'a Connection) -> Self {
        // What is being removed needs not be destroyed, too.
        conn.claim_destruction();
        conn.lock_fields().set_leaving();
        conn.cancel_cleanup();
        // SAFETY: By the requirements of this function.
        unsafe { Self::new(conn) }
    }

    /// Takes the connection from sysfs, and waits for whoever reads its attributes. Endpoints do not
    /// lead to it any more.
    #[inline]
    pub fn finish(self) {
        let conn = self.object();
        conn.lock_endpoint().release_endpoints();
        let dev = device::as_raw(conn.as_dev());
        // SAFETY: By the type invariants the device and its attributes were added.
        unsafe {
            unregister_device(dev);
            bindings::device_del(dev);
        }
    }
}
