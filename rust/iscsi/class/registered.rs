// SPDX-License-Identifier: GPL-2.0

//! Transports that are registered.

use super::{
    Callbacks,
    Gate,
    Host,
    ModuleRef,
    Transport, //
};
use core::{
    mem::offset_of,
    pin::Pin,
    ptr::{
        self,
        NonNull, //
    }, //
};
use iscsi_bindings as bindings;
use iscsi_kernel::{
    class::Class,
    device,
    impl_embedded_device,
    sysfs::Group,
    transport_class::{
        container_register,
        container_unregister,
        TransportClass, //
    }, //
};
use kernel::{
    error::to_result,
    ffi::c_int,
    new_mutex,
    prelude::*,
    sync::{
        aref::ARef,
        atomic::{
            Atomic,
            Relaxed, //
        },
        Mutex,
        MutexGuard, //
    },
    types::{
        ForeignOwnable,
        Opaque, //
    }, //
};

/// A transport that is registered: the object behind `/sys/class/iscsi_transport/NAME`, and what the
/// mid-layer has of it.
///
/// # Invariants
///
/// The device is initialised; the transport stays valid until it is taken from the class. `cleanup` is
/// a workqueue that outlives the registration.
#[repr(C)]
#[pin_data]
pub struct Registered {
    /// What hosts point to, which is how they lead here.
    pub(super) template: Opaque<bindings::scsi_transport_template>,
    pub(super) transport: *const bindings::iscsi_transport,
    /// What user space calls the transport: a number of ours, not an address.
    pub(super) handle: u64,
    pub(super) dev: Opaque<bindings::device>,
    pub(super) sessions: Opaque<bindings::transport_container>,
    pub(super) connections: Opaque<bindings::transport_container>,
    /// Open as long as user space can name the transport.
    #[pin]
    gate: Gate,
    /// One command of user space at a time of those that name no session, or, for transports with
    /// endpoints, of all.
    #[pin]
    pub(super) commands: Mutex<()>,
    /// The task that has the transport create a session for user space, or null.
    creating: Atomic<*mut bindings::task_struct>,
    callbacks: &'static Callbacks,
    /// What cleans up after connections.
    cleanup: NonNull<bindings::workqueue_struct>,
}

// SAFETY: The object belongs to no thread in particular.
unsafe impl Send for Registered {}

// SAFETY: What changes is behind a lock.
unsafe impl Sync for Registered {}

impl_embedded_device! {
    // SAFETY: By the type invariants: the device frees the object.
    unsafe impl for Registered { dev }
}

/// What a registration is made of.
pub struct TransportSetup {
    /// The class of the transports' devices. It must free them by [`Registered::release`].
    pub class: &'static Class,
    /// The class of what hosts have in sysfs, and the files.
    pub hosts: (&'static TransportClass, &'static Group),
    /// The class of what sessions have in sysfs, and the files.
    pub sessions: (&'static TransportClass, &'static Group),
    /// The class of what connections have in sysfs, and the files.
    pub connections: (&'static TransportClass, &'static Group),
    /// The functions that C calls.
    pub callbacks: &'static Callbacks,
    /// What cleans up after connections.
    pub cleanup: NonNull<bindings::workqueue_struct>,
}

impl TransportSetup {
    /// Makes a transport known in sysfs and to the mid-layer.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, `EEXIST` when there is one of that name.
    ///
    /// # Safety
    ///
    /// `transport` must stay valid until the registration is dropped, and so must the workqueue. The
    /// classes must be registered until then, the files be for the devices they are given to, and the
    /// functions as [`Callbacks`] says.
    #[inline]
    pub unsafe fn register(
        &self,
        transport: *const bindings::iscsi_transport,
        handle: u64,
    ) -> Result<Registration> {
        let registered = KBox::pin_init(
            pin_init!(Registered {
                template: Opaque::zeroed(),
                transport,
                handle,
                dev: Opaque::zeroed(),
                sessions: Opaque::zeroed(),
                connections: Opaque::zeroed(),
                gate <- Gate::new(),
                commands <- new_mutex!((), "iscsi_transport.commands"),
                creating: Atomic::new(ptr::null_mut()),
                callbacks: self.callbacks,
                cleanup: self.cleanup,
            }),
            GFP_KERNEL,
        )?;
        // The device's release function takes it back.
        let registered: *mut Registered = registered.into_foreign().cast();
        // SAFETY: Allocated just now; nobody else knows it. The reference that the device begins with
        // is handed on.
        let registered = unsafe {
            let dev = (*registered).dev.get();
            bindings::device_initialize(dev);
            (*dev).class = self.class.as_raw();
            ARef::from_raw(NonNull::new_unchecked(registered))
        };
        let name = registered.transport().name();
        // SAFETY: The device is not added yet.
        unsafe {
            device::set_name(registered.dev.get(), fmt!("{}", name))?;
            to_result(bindings::device_add(registered.dev.get()))?;
        }
        // SAFETY: The template is this function's alone as yet; the rest is by the requirements of
        // this function.
        unsafe {
            let template = registered.template.get();
            (*template).user_scan = Some(self.callbacks.user_scan);
            (*template).host_size = size_of::<bindings::iscsi_cls_host>() as c_int;
            let (class, group) = self.hosts;
            let hosts = &raw mut (*template).host_attrs;
            container_register(hosts, class, group, self.callbacks.is_host);
            let (class, group) = self.connections;
            let connections = registered.connections.get();
            container_register(connections, class, group, self.callbacks.is_connection);
            let (class, group) = self.sessions;
            let sessions = registered.sessions.get();
            container_register(sessions, class, group, self.callbacks.is_session);
        }
        registered.gate.open();
        Ok(Registration(registered))
    }
}

/// Keeps a transport registered. Dropping it waits for the commands that use the transport, and may
/// sleep.
///
/// # Invariants
///
/// The device was added, the containers are registered, and this is the only value that says so.
#[must_use = "the transport is unregistered when this is dropped"]
pub struct Registration(ARef<Registered>);

impl Registration {
    /// What is registered.
    #[inline]
    pub fn registered(&self) -> &ARef<Registered> {
        &self.0
    }
}

impl Drop for Registration {
    #[inline]
    fn drop(&mut self) {
        let registered = &self.0;
        registered.gate.close();
        // SAFETY: By the type invariants.
        let unregistered = unsafe {
            let connections = container_unregister(registered.connections.get());
            let sessions = container_unregister(registered.sessions.get());
            let hosts = container_unregister(&raw mut (*registered.template.get()).host_attrs);
            bindings::device_del(registered.dev.get());
            connections.and(sessions).and(hosts)
        };
        if unregistered.is_err() {
            // The transport has left hosts or sessions behind. The driver core goes on looking at
            // their container, so it is never freed.
            let _ = ARef::into_raw(registered.clone());
        }
    }
}

impl Registered {
    /// Borrows a registered transport by what the mid-layer has of it.
    ///
    /// # Safety
    ///
    /// `template` must be that of a registered transport that is not freed for `'a`.
    #[inline]
    pub unsafe fn from_template<'a>(template: *mut bindings::scsi_transport_template) -> &'a Self {
        // SAFETY: By the requirements of this function; the template is the first field.
        unsafe { &*template.cast() }
    }

    /// Frees what was registered.
    ///
    /// # Safety
    ///
    /// For the release function of the device.
    #[inline]
    pub unsafe fn release(dev: *mut bindings::device) {
        let registered = dev.wrapping_byte_sub(offset_of!(Self, dev));
        // SAFETY: Left to the device in `TransportSetup::register`; nobody uses it any more.
        drop(unsafe { Pin::<KBox<Self>>::from_foreign(registered.cast()) });
    }

    /// What the mid-layer has of the transport.
    #[inline]
    pub fn template(&self) -> *mut bindings::scsi_transport_template {
        self.template.get()
    }

    /// The transport.
    #[inline]
    pub fn transport(&self) -> &Transport {
        // SAFETY: By the type invariants.
        unsafe { Transport::from_raw(self.transport) }
    }

    /// What user space calls the transport.
    #[inline]
    pub fn handle(&self) -> u64 {
        self.handle
    }

    /// Open as long as user space can name the transport.
    #[inline]
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// What keeps commands of user space apart that name no session, or, for transports with endpoints,
    /// all of them.
    #[inline]
    pub fn commands(&self) -> &Mutex<()> {
        &self.commands
    }

    /// Keeps the module of the transport loaded; [`None`] when it is about to go.
    #[inline]
    pub fn pin_module(&self) -> Option<ModuleRef> {
        self.transport().pin_module()
    }

    /// Notes that the current task is going to have the transport create a session for user space.
    ///
    /// The session's gate stays closed then until that is done, whereas sessions that drivers create
    /// on their own are open at once.
    #[inline]
    pub fn begin_creation<'a>(&'a self, commands: &'a MutexGuard<'_, ()>) -> Creation<'a> {
        let _ = commands;
        // SAFETY: There always is a current task.
        let current = unsafe { bindings::get_current() };
        self.creating.store(current, Relaxed);
        Creation(self)
    }

    /// Whether the current task is having the transport create a session for user space.
    #[inline]
    pub fn is_creating(&self) -> bool {
        // SAFETY: There always is a current task.
        let current = unsafe { bindings::get_current() };
        // No other task writes the value that is looked for.
        self.creating.load(Relaxed) == current
    }

    #[inline]
    pub(super) fn callbacks(&self) -> &'static Callbacks {
        self.callbacks
    }

    /// What cleans up after connections.
    #[inline]
    pub(super) fn cleanup_queue(&self) -> NonNull<bindings::workqueue_struct> {
        self.cleanup
    }

    /// Whether the container of hosts stands for a device.
    ///
    /// # Safety
    ///
    /// `container` must be that of a registered transport, and `dev` be a device.
    #[inline]
    pub unsafe fn is_host(
        container: *mut bindings::attribute_container,
        dev: *mut bindings::device,
    ) -> bool {
        // SAFETY: By the requirements of this function: the container is the first field of one that
        // is part of the template, and a device that is a host's is part of it.
        unsafe {
            if bindings::scsi_is_host_device(dev) == 0 {
                return false;
            }
            let host: *mut bindings::Scsi_Host = dev
                .byte_sub(offset_of!(bindings::Scsi_Host, shost_gendev))
                .cast();
            let hosts = offset_of!(bindings::scsi_transport_template, host_attrs.ac);
            (*host).transportt == container.byte_sub(hosts).cast()
        }
    }

    /// Whether the container of sessions stands for a device.
    ///
    /// # Safety
    ///
    /// `container` must be that of a registered transport, and `dev` be a device.
    #[inline]
    pub unsafe fn is_session(
        container: *mut bindings::attribute_container,
        dev: *mut bindings::device,
    ) -> bool {
        // SAFETY: By the requirements of this function. The parent of a session is its host.
        unsafe {
            let container = container.byte_sub(offset_of!(bindings::transport_container, ac));
            let registered: &Self = &*container.byte_sub(offset_of!(Self, sessions)).cast();
            device::is_released_by(dev, registered.callbacks.release_session)
                && registered.owns_host((*dev).parent)
        }
    }

    /// Whether the container of connections stands for a device.
    ///
    /// # Safety
    ///
    /// `container` must be that of a registered transport, and `dev` be a device.
    #[inline]
    pub unsafe fn is_connection(
        container: *mut bindings::attribute_container,
        dev: *mut bindings::device,
    ) -> bool {
        // SAFETY: By the requirements of this function. The parent of a connection is its session,
        // whose parent is its host.
        unsafe {
            let container = container.byte_sub(offset_of!(bindings::transport_container, ac));
            let registered: &Self = &*container.byte_sub(offset_of!(Self, connections)).cast();
            device::is_released_by(dev, registered.callbacks.release_connection)
                && registered.owns_host((*(*dev).parent).parent)
        }
    }

    /// # Safety
    ///
    /// `dev` must be the device of a host.
    #[inline]
    unsafe fn owns_host(&self, dev: *mut bindings::device) -> bool {
        // SAFETY: By the requirements of this function.
        unsafe {
            let host: *mut bindings::Scsi_Host = dev
                .byte_sub(offset_of!(bindings::Scsi_Host, shost_gendev))
                .cast();
            (*host).transportt == self.template.get()
        }
    }

    /// Borrows a C host, if it is one of this transport.
    ///
    /// # Safety
    ///
    /// `host` must be valid for `'a`.
    #[inline]
    pub unsafe fn own_host<'a>(&self, host: *mut bindings::Scsi_Host) -> Option<&'a Host> {
        // SAFETY: By the requirements of this function.
        let is_own = unsafe { (*host).transportt } == self.template.get();
        // SAFETY: As above, and checked just now.
        is_own.then(|| unsafe { Host::from_raw(host) })
    }
}

/// A session is being created for user space.
pub struct Creation<'a>(&'a Registered);

impl Drop for Creation<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.creating.store(ptr::null_mut(), Relaxed);
    }
}
