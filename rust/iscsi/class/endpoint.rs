// SPDX-License-Identifier: GPL-2.0

//! Endpoints: what connections of offloading transports run over.

use super::{
    block::Block,
    Connection,
    Transport, //
};
use core::ptr::{
    self,
    NonNull, //
};
use iscsi_bindings as bindings;
use iscsi_kernel::{
    class::Class,
    device,
    impl_embedded_device, //
};
use kernel::{
    error::to_result,
    ffi::c_int,
    new_spinlock,
    prelude::*,
    sync::{
        aref::ARef,
        atomic::{
            Atomic,
            Relaxed, //
        },
        SpinLock, //
    },
    types::Opaque, //
};

/// An endpoint: the object behind `/sys/class/iscsi_endpoint/ep-N`.
///
/// Wraps the kernel's [`struct iscsi_endpoint`], which is part of a [`Block`].
///
/// # Invariants
///
/// The C object is that of a block, whose device is initialised, and is not freed as long as the
/// reference lives. Its `conn` is null or a connection that is in sysfs.
///
/// [`struct iscsi_endpoint`]: srctree/include/scsi/scsi_transport_iscsi.h
#[repr(transparent)]
pub struct Endpoint(Opaque<bindings::iscsi_endpoint>);

/// What C has no field for.
#[pin_data]
struct EndpointPart {
    /// Protects `conn` of the C struct.
    #[pin]
    link: SpinLock<()>,
    /// The address of the transport that has made the endpoint for user space, or 0.
    transport: Atomic<usize>,
    /// Whether the class has had the driver disconnect the endpoint from its connection.
    is_disconnected: Atomic<bool>,
}

type EndpointBlock = Block<EndpointPart, bindings::iscsi_endpoint>;

// SAFETY: The object belongs to no thread in particular.
unsafe impl Send for Endpoint {}

// SAFETY: What changes is behind a lock or read as a whole.
unsafe impl Sync for Endpoint {}

impl_embedded_device! {
    // SAFETY: By the type invariants: the device frees the block. `Endpoint` is transparent.
    unsafe impl for Endpoint as bindings::iscsi_endpoint { dev }
}

impl EndpointPart {
    fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            link <- new_spinlock!((), "iscsi_endpoint.link"),
            transport: Atomic::new(0),
            is_disconnected: Atomic::new(false),
        })
    }
}

impl Endpoint {
    #[inline]
    fn part(&self) -> &EndpointPart {
        // SAFETY: By the type invariants the C object is part of a block.
        unsafe { EndpointBlock::ours(self.as_raw()) }
    }

    /// The endpoint's number.
    #[inline]
    pub fn id(&self) -> u32 {
        // SAFETY: Written once, before the endpoint is known to anybody.
        (unsafe { (*self.as_raw()).id }) as u32
    }

    /// Allocates an endpoint with room for the driver's data. It is not known to anybody yet, and has
    /// no number.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    #[inline]
    pub fn alloc(class: &'static Class, data_len: usize) -> Result<NewEndpoint> {
        let (ep, data) = EndpointBlock::alloc(EndpointPart::new(), data_len)?;
        // SAFETY: The object was allocated just now, and is nobody else's.
        unsafe {
            (*ep).dd_data = data;
            bindings::device_initialize(&raw mut (*ep).dev);
            (*ep).dev.class = class.as_raw();
            // CAST: `Self` is a transparent wrapper.
            // INVARIANT: Made just now.
            Ok(NewEndpoint(ARef::from_raw(NonNull::new_unchecked(
                ep.cast(),
            ))))
        }
    }

    /// Frees an endpoint.
    ///
    /// # Safety
    ///
    /// For the release function of the device.
    #[inline]
    pub unsafe fn release(dev: *mut bindings::device) {
        // SAFETY: By the requirements of this function: nobody uses the endpoint any more.
        unsafe { EndpointBlock::free(Self::from_device(dev).as_raw()) };
    }

    /// Takes the endpoint from sysfs. The connection that is bound to it is so no more.
    ///
    /// # Safety
    ///
    /// The endpoint must have been added, and nobody else remove it.
    #[inline]
    pub unsafe fn remove(&self) {
        self.forget_connection();
        // SAFETY: By the requirements of this function.
        unsafe { bindings::device_del(&raw mut (*self.as_raw()).dev) };
    }

    /// Has the connection that is bound to the endpoint be bound to nothing, unless whoever calls the
    /// driver has seen to that.
    #[inline]
    fn forget_connection(&self) {
        if let Some(conn) = self.connection() {
            // Whoever has the driver disconnect the endpoint holds the mutex.
            if conn.seems_bound_to(self) {
                conn.lock_endpoint().forget(self);
            }
        }
    }

    #[inline]
    fn connection_field(&self) -> *mut *mut bindings::iscsi_cls_conn {
        // SAFETY: The field is valid as long as the endpoint.
        unsafe { &raw mut (*self.as_raw()).conn }
    }

    /// The connection that is, or was last, bound to the endpoint.
    #[inline]
    pub fn connection(&self) -> Option<ARef<Connection>> {
        let _link = self.part().link.lock();
        // SAFETY: The lock, which protects the field, is held. Drivers write it as a whole.
        let conn = NonNull::new(unsafe { self.connection_field().read_volatile() })?;
        // SAFETY: By the type invariants: a connection that leaves sysfs takes itself out of the field
        // with the lock held, and is freed later.
        Some(ARef::from(unsafe { Connection::from_raw(conn.as_ptr()) }))
    }

    /// Notes which transport has made the endpoint for user space.
    #[inline]
    pub(super) fn set_transport(&self, transport: &Transport) {
        let address = ptr::from_ref(transport).addr();
        self.part().transport.store(address, Relaxed);
    }

    /// Whether the endpoint is one of a transport, which alone knows what its data is: the transport
    /// has made it for user space, or, as qla4xxx does, on its own for a connection.
    #[inline]
    pub fn belongs_to(&self, transport: &Transport) -> bool {
        match self.part().transport.load(Relaxed) {
            0 => self
                .connection()
                .is_some_and(|conn| ptr::eq(conn.transport(), transport)),
            address => address == ptr::from_ref(transport).addr(),
        }
    }

    /// Has the endpoint lead to a connection.
    ///
    /// # Errors
    ///
    /// `EBUSY` when it leads to another.
    #[inline]
    pub(super) fn set_connection(&self, conn: &Connection) -> Result {
        let _link = self.part().link.lock();
        // SAFETY: The lock, which protects the field, is held.
        unsafe {
            let field = self.connection_field();
            if !(*field).is_null() && !ptr::eq(*field, conn.as_raw()) {
                return Err(EBUSY);
            }
            *field = conn.as_raw();
        }
        Ok(())
    }

    /// Has the endpoint not lead to a connection.
    #[inline]
    pub(super) fn clear_connection(&self, conn: &Connection) {
        let _link = self.part().link.lock();
        // SAFETY: The lock, which protects the field, is held.
        unsafe {
            let field = self.connection_field();
            if ptr::eq(*field, conn.as_raw()) {
                *field = ptr::null_mut();
            }
        }
    }

    /// Whether the class has had the driver disconnect the endpoint from its connection. That the
    /// driver does only once.
    #[inline]
    pub fn is_disconnected(&self) -> bool {
        self.part().is_disconnected.load(Relaxed)
    }

    /// Notes that the class has the driver disconnect the endpoint from its connection.
    #[inline]
    pub fn set_disconnected(&self) {
        self.part().is_disconnected.store(true, Relaxed);
    }
}

/// An endpoint that is allocated, and in sysfs not yet. Dropping it frees it.
///
/// # Invariants
///
/// Nobody else adds the endpoint.
pub struct NewEndpoint(ARef<Endpoint>);

impl NewEndpoint {
    /// The endpoint.
    #[inline]
    pub fn endpoint(&self) -> &Endpoint {
        &self.0
    }

    /// Gives the endpoint its number, and adds it to sysfs.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, or what the driver core says.
    #[inline]
    pub fn publish(self, id: u32) -> Result<ARef<Endpoint>> {
        // SAFETY: The device is initialised, and by the type invariants not added yet.
        unsafe {
            let ep = self.0.as_raw();
            (*ep).id = id as c_int;
            device::set_name(&raw mut (*ep).dev, fmt!("ep-{}", id))?;
            to_result(bindings::device_add(&raw mut (*ep).dev))?;
        }
        Ok(self.0)
    }
}

/// An endpoint in a table that does not keep it from being freed.
///
/// # Invariants
///
/// The endpoint is not freed as long as this is in the table: its release function takes it out, with
/// the lock of the table held.
pub struct EndpointEntry(NonNull<Endpoint>);

// SAFETY: `Endpoint` is `Send` and `Sync`.
unsafe impl Send for EndpointEntry {}

impl EndpointEntry {
    /// An entry for an endpoint.
    ///
    /// # Safety
    ///
    /// The entry must be put into a table with a lock, and taken out of that, with the lock held, when
    /// the endpoint is released.
    #[inline]
    pub unsafe fn new(endpoint: &Endpoint) -> Self {
        // INVARIANT: By the requirements of this function.
        Self(NonNull::from(endpoint))
    }

    /// Takes a reference to the endpoint, unless the last one is gone. The lock of the table must be
    /// held, which it is for whoever has borrowed the entry from it.
    #[inline]
    pub fn get(&self) -> Option<ARef<Endpoint>> {
        // SAFETY: By the type invariants.
        let dev = unsafe { device::try_get(&raw mut (*self.0.as_ref().as_raw()).dev) }?;
        // The reference to the device is the one to the endpoint.
        let _ = ARef::into_raw(dev);
        // SAFETY: Taken just now, and handed on.
        Some(unsafe { ARef::from_raw(self.0) })
    }
}
