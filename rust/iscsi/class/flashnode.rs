// SPDX-License-Identifier: GPL-2.0

//! Flashnodes: targets that an adapter keeps in its own memory, and may log in to by itself.

use super::{
    Host,
    Transport, //
};
use crate::{
    error::count_or_error,
    param::FlashnodeParam, //
};
use core::ptr::NonNull;
use iscsi_bindings as bindings;
use iscsi_kernel::{
    alloc::zeroed_with_tail,
    bus::{
        Bus,
        BusRegistration, //
    },
    compat::code::ENOSYS,
    device::{
        self,
        DeviceType, //
    },
    impl_embedded_device,
    sysfs::{
        AttributePage,
        Groups, //
    }, //
};
use kernel::{
    device::Device,
    error::to_result,
    ffi::c_int,
    prelude::*,
    str::CStrExt,
    sync::aref::ARef,
    types::{
        Opaque,
        ScopeGuard, //
    }, //
};

/// The bus that flashnodes are on, and their types, in a static.
pub struct FlashBus {
    bus: Bus,
    sessions: DeviceType,
    connections: DeviceType,
}

impl FlashBus {
    /// The bus, with the attributes of a [`FlashSession`] and of a [`FlashConnection`].
    pub const fn new(sessions: &'static Groups, connections: &'static Groups) -> Self {
        Self {
            bus: Bus::new(c"iscsi_flashnode"),
            sessions: DeviceType::new(
                c"iscsi_flashnode_sess_dev_type",
                sessions,
                FlashSession::release,
            ),
            connections: DeviceType::new(
                c"iscsi_flashnode_conn_dev_type",
                connections,
                FlashConnection::release,
            ),
        }
    }

    /// Makes the bus known to the system.
    ///
    /// # Errors
    ///
    /// `EEXIST` when there is one of that name, or `ENOMEM`.
    pub fn register(&'static self) -> Result<BusRegistration> {
        self.bus.register()
    }

    /// Whether a device is on the bus.
    #[inline]
    pub fn has(&'static self, dev: &Device) -> bool {
        self.bus.has(dev)
    }

    /// Makes a session with `private_len` bytes for the driver, and adds it to sysfs.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, or what sysfs says.
    ///
    /// # Safety
    ///
    /// `transport` must stay valid as long as the session.
    pub unsafe fn create_session(
        &'static self,
        host: &Host,
        index: u32,
        transport: *mut bindings::iscsi_transport,
        private_len: usize,
    ) -> Result<NonNull<bindings::iscsi_bus_flash_session>> {
        let session = zeroed_with_tail::<bindings::iscsi_bus_flash_session>(private_len)?;
        let ptr = session.as_ptr();
        // SAFETY: The object is valid, zeroed, and nobody else knows it. Only here is the type given to
        // a device. The name is of two numbers of 32 bits.
        unsafe {
            (*ptr).transport = transport;
            (*ptr).target_id = index;
            if private_len != 0 {
                (*ptr).dd_data = ptr.add(1).cast();
            }
            let dev = &raw mut (*ptr).dev;
            let new = self.initialise(dev, &self.sessions, host.as_dev());
            let format = c"flashnode_sess-%u:%u".as_char_ptr();
            to_result(bindings::dev_set_name(dev, format, host.number(), index))?;
            to_result(bindings::device_add(dev))?;
            new.dismiss();
        }
        Ok(session)
    }

    /// Makes a connection of a session with `private_len` bytes for the driver, and adds it to sysfs.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, or what sysfs says.
    ///
    /// # Safety
    ///
    /// `transport` must stay valid as long as the connection.
    pub unsafe fn create_connection(
        &'static self,
        host: &Host,
        session: &FlashSession,
        transport: *mut bindings::iscsi_transport,
        private_len: usize,
    ) -> Result<NonNull<bindings::iscsi_bus_flash_conn>> {
        let conn = zeroed_with_tail::<bindings::iscsi_bus_flash_conn>(private_len)?;
        let ptr = conn.as_ptr();
        // SAFETY: The object is valid, zeroed, and nobody else knows it. Only here is the type given to
        // a device. The name is of two numbers of 32 bits.
        unsafe {
            (*ptr).transport = transport;
            if private_len != 0 {
                (*ptr).dd_data = ptr.add(1).cast();
            }
            let dev = &raw mut (*ptr).dev;
            let new = self.initialise(dev, &self.connections, session.as_dev());
            let format = c"flashnode_conn-%u:%u:0".as_char_ptr();
            let index = session.index();
            to_result(bindings::dev_set_name(dev, format, host.number(), index))?;
            to_result(bindings::device_add(dev))?;
            new.dismiss();
        }
        Ok(conn)
    }

    /// Initialises a device, with a reference to its parent that its release drops. What is returned
    /// frees it.
    ///
    /// # Safety
    ///
    /// `dev` must be that of an object which is zeroed and known to nobody, and which the release of
    /// `kind` takes. It must stay valid until it is added or what is returned has been dropped.
    unsafe fn initialise(
        &'static self,
        dev: *mut bindings::device,
        kind: &'static DeviceType,
        parent: &Device,
    ) -> ScopeGuard<(), impl FnOnce(())> {
        // SAFETY: By the requirements of this function; the parent is valid.
        unsafe {
            bindings::device_initialize(dev);
            (*dev).type_ = kind.as_raw();
            (*dev).bus = self.bus.as_raw();
            (*dev).parent = bindings::get_device(device::as_raw(parent));
        }
        ScopeGuard::new(move || {
            // SAFETY: The reference is the only one. It frees the object by way of its type.
            unsafe { bindings::put_device(dev) };
        })
    }

    /// Finds a session of a host.
    pub fn find_session<F>(&'static self, host: &Host, mut matches: F) -> Option<ARef<FlashSession>>
    where
        F: FnMut(&FlashSession) -> bool,
    {
        let dev = device::find_child(host.as_dev(), |dev| {
            self.as_session(dev).is_some_and(&mut matches)
        })?;
        self.as_session(&dev).map(ARef::from)
    }

    /// Calls a function with each session of a host. The function may destroy it.
    pub fn for_each_session<F>(&'static self, host: &Host, mut function: F)
    where
        F: FnMut(&FlashSession),
    {
        device::for_each_child(host.as_dev(), |dev| {
            if let Some(session) = self.as_session(dev) {
                function(session);
            }
        });
    }

    /// Finds the connection of a session.
    pub fn find_connection(&'static self, session: &FlashSession) -> Option<ARef<FlashConnection>> {
        let dev = device::find_child(session.as_dev(), |dev| self.connections.has(dev))?;
        // SAFETY: By its type the device is that of a connection.
        Some(unsafe { FlashConnection::from_device(device::as_raw(&dev)) }.into())
    }

    /// Takes a session and its connections out of sysfs, unless somebody else does or did. What was
    /// created is then freed when nobody refers to it any more.
    pub fn destroy_session(&'static self, session: ARef<FlashSession>) {
        let dev = session.as_dev();
        // SAFETY: Sessions are added to sysfs when they are created.
        if !unsafe { device::claim_removal(dev) } {
            return;
        }
        device::for_each_child(dev, |dev| {
            if self.connections.has(dev) {
                // SAFETY: Connections are taken out of sysfs here only, once for each session. The
                // reference that they were created with is dropped.
                unsafe { bindings::device_unregister(device::as_raw(dev)) };
            }
        });
        // SAFETY: Claimed above. The reference that the session was created with is dropped.
        unsafe { bindings::device_unregister(device::as_raw(dev)) };
    }

    /// The session that a device is, if it is one.
    #[inline]
    fn as_session<'a>(&'static self, dev: &'a Device) -> Option<&'a FlashSession> {
        // SAFETY: By its type the device is that of a session.
        (self.sessions.has(dev)).then(|| unsafe { FlashSession::from_device(device::as_raw(dev)) })
    }
}

/// The session of a flashnode: the object behind `flashnode_sess-HOST:INDEX` in sysfs.
///
/// Wraps the kernel's [`struct iscsi_bus_flash_session`]. Behind it is the data of the driver, which it
/// points to.
///
/// # Invariants
///
/// The C object was made by [`FlashBus::create_session`], and is not freed as long as the reference lives.
///
/// [`struct iscsi_bus_flash_session`]: srctree/include/scsi/scsi_transport_iscsi.h
#[repr(transparent)]
pub struct FlashSession(Opaque<bindings::iscsi_bus_flash_session>);

// SAFETY: The object belongs to no thread in particular.
unsafe impl Send for FlashSession {}

// SAFETY: What changes is the driver's.
unsafe impl Sync for FlashSession {}

impl_embedded_device! {
    // SAFETY: By the type invariants: the device frees the object. `FlashSession` is transparent.
    unsafe impl for FlashSession as bindings::iscsi_bus_flash_session { dev }
}

impl FlashSession {
    /// Frees a session, with the texts that the driver has put into it.
    ///
    /// # Safety
    ///
    /// `dev` must be the device of a session from [`FlashBus::create_session`] that nobody refers to.
    pub unsafe extern "C" fn release(dev: *mut bindings::device) {
        // SAFETY: By the requirements of this function. The texts are null or allocated, which is how
        // drivers leave them; the reference to the parent is the object's.
        unsafe {
            let parent = (*dev).parent;
            let session = Self::from_device(dev).as_raw();
            bindings::kfree((*session).targetname.cast());
            bindings::kfree((*session).targetalias.cast());
            bindings::kfree((*session).portal_type.cast());
            bindings::kfree(session.cast());
            bindings::put_device(parent);
        }
    }

    /// Which of the adapter's flashnodes it is.
    #[inline]
    pub fn index(&self) -> u32 {
        // SAFETY: Written once, before the session is known to anybody.
        unsafe { (*self.as_raw()).target_id }
    }

    /// The transport.
    #[inline]
    pub fn transport(&self) -> &Transport {
        // SAFETY: Written once. The transport outlives its flashnodes.
        unsafe { Transport::from_raw((*self.as_raw()).transport) }
    }

    /// The host, which is the parent in sysfs.
    #[inline]
    pub fn host(&self) -> &Host {
        // SAFETY: The parent of a session is the device of its host, which it has a reference to.
        unsafe { Host::from_device((*self.as_raw()).dev.parent) }
    }

    /// Prints a parameter of the flashnode, of its session or of its connection. Returns the number of
    /// characters.
    ///
    /// # Errors
    ///
    /// `ENOSYS` when the driver says nothing of flashnodes, or what the driver says.
    pub fn show_param(&self, param: FlashnodeParam, page: &AttributePage<'_>) -> Result<c_int> {
        let show = self.transport().table().get_flashnode_param.ok_or(ENOSYS)?;
        // SAFETY: The session is valid, and added to sysfs, which has passed the page.
        count_or_error(unsafe { show(self.as_raw(), param.as_raw() as c_int, page.as_raw()) })
    }
}

/// The connection of a flashnode: the object behind `flashnode_conn-HOST:INDEX:0` in sysfs.
///
/// Wraps the kernel's [`struct iscsi_bus_flash_conn`]. Behind it is the data of the driver, which it
/// points to.
///
/// # Invariants
///
/// The C object was made by [`FlashBus::create_connection`], and is not freed as long as the reference
/// lives.
///
/// [`struct iscsi_bus_flash_conn`]: srctree/include/scsi/scsi_transport_iscsi.h
#[repr(transparent)]
pub struct FlashConnection(Opaque<bindings::iscsi_bus_flash_conn>);

// SAFETY: The object belongs to no thread in particular.
unsafe impl Send for FlashConnection {}

// SAFETY: What changes is the driver's.
unsafe impl Sync for FlashConnection {}

impl_embedded_device! {
    // SAFETY: By the type invariants: the device frees the object. `FlashConnection` is transparent.
    unsafe impl for FlashConnection as bindings::iscsi_bus_flash_conn { dev }
}

impl FlashConnection {
    /// Frees a connection, with the addresses that the driver has put into it.
    ///
    /// # Safety
    ///
    /// `dev` must be the device of a connection from [`FlashBus::create_connection`] that nobody refers
    /// to.
    pub unsafe extern "C" fn release(dev: *mut bindings::device) {
        // SAFETY: By the requirements of this function. The addresses are null or allocated, which is
        // how drivers leave them; the reference to the parent is the object's.
        unsafe {
            let parent = (*dev).parent;
            let conn = Self::from_device(dev).as_raw();
            bindings::kfree((*conn).ipaddress.cast());
            bindings::kfree((*conn).redirect_ipaddr.cast());
            bindings::kfree((*conn).link_local_ipv6_addr.cast());
            bindings::kfree(conn.cast());
            bindings::put_device(parent);
        }
    }

    /// The transport.
    #[inline]
    pub fn transport(&self) -> &Transport {
        // SAFETY: Written once. The transport outlives its flashnodes.
        unsafe { Transport::from_raw((*self.as_raw()).transport) }
    }

    /// The session, which is the parent in sysfs.
    #[inline]
    pub fn session(&self) -> &FlashSession {
        // SAFETY: The parent of a connection is the device of its session, which it has a reference
        // to.
        unsafe { FlashSession::from_device((*self.as_raw()).dev.parent) }
    }
}
