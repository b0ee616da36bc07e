// SPDX-License-Identifier: GPL-2.0

//! Connections of TCP transports.
//!
//! C headers: [`include/scsi/libiscsi.h`](srctree/include/scsi/libiscsi.h),
//! [`include/scsi/libiscsi_tcp.h`](srctree/include/scsi/libiscsi_tcp.h)

use crate::{
    cork::PushWork,
    error::{
        count_or_error,
        ConnectionError, //
    },
    param::{
        Param,
        ParamText, //
    },
    session::{
        ClsSession,
        Session, //
    },
    stats::{
        count_octets,
        Stats, //
    },
    transport::TcpTransport, //
};
use core::{
    cell::UnsafeCell,
    marker::PhantomData,
    ptr::NonNull, //
};
use iscsi_bindings as bindings;
use iscsi_kernel::{
    compat::raw_init,
    impl_embedded_device,
    net::{
        HookedSocket,
        LockedTcpSock,
        Skb,
        SockHooks,
        SocketAddress,
        StorageOptions,
        TcpSock,
        TcpSocket, //
    },
    new_spinlock_bh,
    sync::{
        BottomHalvesOff,
        SpinLockBh, //
    },
    sysfs::AttributePage, //
};
use kernel::{
    device::Device,
    error::to_result,
    ffi::{
        c_int,
        c_uint,
        c_ulong, //
    },
    prelude::*,
    sync::{
        aref::ARef,
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc, //
    },
    types::Opaque, //
};

/// The bit of `iscsi_conn.flags` that says the connection has been bound.
const FLAG_BOUND: c_ulong = 1 << bindings::ISCSI_CONN_FLAG_BOUND;

/// What this crate keeps behind `struct iscsi_tcp_conn`, beside the data of the driver.
#[pin_data]
pub(crate) struct ConnectionPrivate<T: TcpTransport> {
    /// The socket, while one is bound.
    #[pin]
    socket: SpinLockBh<Option<Arc<BoundSocket<T>>>>,
    /// How many times a socket has been bound.
    bindings: Atomic<u32>,
    /// For the transmit context alone.
    pub(crate) transmit: UnsafeCell<T::Transmit>,
    /// For everybody.
    data: T::Connection,
    /// The register of received digests, which libiscsi_tcp is pointed to.
    receive_digest: UnsafeCell<u32>,
    /// Pushes what TCP holds back.
    pub(crate) push: PushWork,
}

impl<T: TcpTransport> ConnectionPrivate<T> {
    pub(crate) fn new(data: T::Connection, transmit: T::Transmit) -> impl PinInit<Self> {
        pin_init!(Self {
            socket <- new_spinlock_bh!(None, "iscsi_tcp_socket"),
            bindings: Atomic::new(0),
            transmit: UnsafeCell::new(transmit),
            data,
            receive_digest: UnsafeCell::new(0),
            push: PushWork::uninit(),
        })
    }

    /// The socket, while one is bound.
    #[inline]
    pub(crate) fn socket(&self) -> Option<Arc<BoundSocket<T>>> {
        self.socket.lock().clone()
    }
}

/// A socket that carries a connection.
pub struct BoundSocket<T: TcpTransport> {
    hooked: Arc<HookedSocket<ConnectionHooks<T>>>,
    options: StorageOptions,
    number: u32,
}

impl<T: TcpTransport> BoundSocket<T> {
    /// The socket itself.
    #[inline]
    pub fn socket(&self) -> &TcpSocket {
        self.hooked.socket()
    }

    /// Which binding of the connection this is: no two in a row have the same number.
    #[inline]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Gives the socket back to its owner as it was. On return nothing that happens on it reaches
    /// the connection any more.
    fn give_back(&self) {
        if self.hooked.detach() {
            self.options.restore(self.socket());
        }
    }
}

impl<T: TcpTransport> Drop for BoundSocket<T> {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// Passes the events of a socket to the driver.
///
/// # Invariants
///
/// The connection is valid as long as the hooks are attached: [`Connection::release_socket`]
/// detaches them, and is called before a connection is torn down.
struct ConnectionHooks<T: TcpTransport>(NonNull<Connection<T>>);

// SAFETY: The connection may be used from any thread.
unsafe impl<T: TcpTransport> Send for ConnectionHooks<T> {}
// SAFETY: The connection may be used from any thread.
unsafe impl<T: TcpTransport> Sync for ConnectionHooks<T> {}

impl<T: TcpTransport> ConnectionHooks<T> {
    #[inline]
    fn connection(&self) -> &Connection<T> {
        // SAFETY: By the type invariants, since hooks run only while they are attached.
        unsafe { self.0.as_ref() }
    }
}

impl<T: TcpTransport> SockHooks for ConnectionHooks<T> {
    #[inline]
    fn data_ready(&self, sock: &LockedTcpSock<'_>) {
        T::data_ready(self.connection(), sock);
    }

    #[inline]
    fn state_change(&self, sock: &TcpSock) {
        T::state_change(self.connection(), sock);
    }

    #[inline]
    fn write_space(&self, _sock: &TcpSock) {
        T::write_space(self.connection());
    }
}

/// A connection of a TCP transport.
///
/// Wraps the kernel's [`struct iscsi_conn`], behind which lie a `struct iscsi_tcp_conn` and this
/// crate's `ConnectionPrivate`.
///
/// # Invariants
///
/// The C object was created by this crate for transport `T`, its private part is initialised, and
/// neither is freed as long as the reference lives.
///
/// [`struct iscsi_conn`]: srctree/include/scsi/libiscsi.h
#[repr(transparent)]
pub struct Connection<T: TcpTransport>(Opaque<bindings::iscsi_conn>, PhantomData<T>);

// SAFETY: All fields are reached through locks, atomics or functions that any thread may call.
unsafe impl<T: TcpTransport> Sync for Connection<T> {}

impl<T: TcpTransport> Connection<T> {
    /// Borrows a C connection.
    ///
    /// # Safety
    ///
    /// `ptr` must point to a connection of transport `T` whose private part is initialised, and
    /// that is not freed for `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *mut bindings::iscsi_conn) -> &'a Self {
        // SAFETY: Valid for `'a` by the requirements of this function.
        // CAST: `Self` is a transparent wrapper.
        unsafe { &*ptr.cast() }
    }

    #[inline]
    pub(crate) fn as_raw(&self) -> *mut bindings::iscsi_conn {
        self.0.get()
    }

    #[inline]
    fn as_raw_tcp(&self) -> *mut bindings::iscsi_tcp_conn {
        // SAFETY: Written once, when the connection is created.
        unsafe { (*self.as_raw()).dd_data.cast() }
    }

    #[inline]
    pub(crate) fn private(&self) -> &ConnectionPrivate<T> {
        // SAFETY: By the type invariants.
        unsafe { &*(*self.as_raw_tcp()).dd_data.cast() }
    }

    /// The driver's data.
    #[inline]
    pub fn data(&self) -> &T::Connection {
        &self.private().data
    }

    /// The session.
    #[inline]
    pub fn session(&self) -> &Session<T> {
        // SAFETY: Written once, when the connection is created; the session outlives it.
        unsafe { Session::from_raw((*self.as_raw()).session) }
    }

    /// The connection as the transport class has it.
    #[inline]
    pub fn cls(&self) -> &ClsConnection<T> {
        // SAFETY: Written once, when the connection is created, and part of the same allocation.
        unsafe { ClsConnection::from_raw((*self.as_raw()).cls_conn) }
    }

    /// The device, for messages.
    #[inline]
    pub fn as_dev(&self) -> &Device {
        self.cls().as_dev()
    }

    /// Whether a header digest is negotiated.
    #[inline]
    pub fn has_header_digest(&self) -> bool {
        // SAFETY: The field is an `int`, valid as long as the connection.
        unsafe { Atomic::from_ptr(&raw mut (*self.as_raw()).hdrdgst_en) }.load(Relaxed) != 0
    }

    /// Whether a data digest is negotiated.
    #[inline]
    pub fn has_data_digest(&self) -> bool {
        // SAFETY: The field is an `int`, valid as long as the connection.
        unsafe { Atomic::from_ptr(&raw mut (*self.as_raw()).datadgst_en) }.load(Relaxed) != 0
    }

    /// How many times ABORT TASK was sent.
    pub fn abort_count(&self) -> u32 {
        // SAFETY: The field is a `u32`, valid as long as the connection.
        unsafe { Atomic::from_ptr(&raw mut (*self.as_raw()).eh_abort_cnt) }.load(Relaxed)
    }

    /// Adds to the number of bytes sent.
    ///
    /// For the transmit context, the only writer.
    #[inline]
    pub fn count_sent(&self, bytes: usize) {
        // SAFETY: The field is valid as long as the connection, and only the transmit context writes to it.
        unsafe { count_octets(&raw mut (*self.as_raw()).txdata_octets, bytes as u64) };
    }

    /// Reports a failure: the session stops using the connection and is recovered.
    ///
    /// Must not be called with `frwd_lock` held.
    #[inline]
    pub fn fail(&self, error: ConnectionError) {
        // SAFETY: The connection is valid; any context may call this.
        unsafe { bindings::iscsi_conn_failure(self.as_raw(), error as c_uint) };
    }

    /// Wakes the transmit worker.
    #[inline]
    pub fn queue_transmit(&self) {
        // SAFETY: The connection is valid; any context may call this.
        unsafe { bindings::iscsi_conn_queue_xmit(self.as_raw()) };
    }

    /// Wakes the receive worker.
    #[inline]
    pub fn queue_receive(&self) {
        // SAFETY: The connection is valid, and its receive work was initialised on creation.
        unsafe { bindings::iscsi_conn_queue_recv(self.as_raw()) };
    }

    /// Keeps the transmit worker from sending and waits until it is idle.
    #[inline]
    pub fn suspend_transmit(&self) {
        // SAFETY: The connection is valid; process context may call this.
        unsafe { bindings::iscsi_suspend_tx(self.as_raw()) };
    }

    /// Feeds received bytes to libiscsi_tcp: one PDU segment, at most.
    ///
    /// `offset` is that of the first unread byte in `skb`. Returns how many bytes were taken and
    /// whether the buffer is used up. Bottom halves are off meanwhile, as the library expects.
    #[inline]
    pub fn receive(&self, skb: &Skb<'_>, offset: u32) -> (usize, bool) {
        let _bh = BottomHalvesOff::new();
        let mut status: c_int = 0;
        // SAFETY: The connection and the buffer are valid, and the caller got the buffer from the
        // sock, which it owns, so nobody else feeds this connection.
        let taken = unsafe {
            let taken = bindings::iscsi_tcp_recv_skb(
                self.as_raw(),
                skb.as_raw(),
                offset,
                false,
                &mut status,
            );
            // A page of the segment may be left mapped, which must not outlive this section.
            bindings::iscsi_tcp_segment_unmap(&raw mut (*self.as_raw_tcp()).in_.segment);
            taken
        };
        // The C function counts bytes of a buffer, and so never returns a negative number.
        (
            usize::try_from(taken).unwrap_or(0),
            status as u32 == bindings::ISCSI_TCP_SKB_DONE,
        )
    }

    /// The socket, for the transmit and receive contexts, which run only on connections that have
    /// been bound.
    #[inline]
    pub fn socket(&self) -> Option<Arc<BoundSocket<T>>> {
        self.private().socket()
    }

    /// The socket, for anybody: sysfs shows a connection before it is completely created.
    pub fn socket_if_bound(&self) -> Option<Arc<BoundSocket<T>>> {
        // SAFETY: The field is a bitmap of one word, valid as long as the connection.
        let flags = unsafe { (&raw const (*self.as_raw()).flags).read_volatile() };
        if flags & FLAG_BOUND == 0 {
            return None;
        }
        self.socket()
    }

    /// Makes `socket` carry the connection, as the leading one of its session if `leading`.
    ///
    /// # Errors
    ///
    /// `EBUSY` when the connection has a socket already, or the socket another kernel user;
    /// `ENOMEM`.
    #[inline]
    pub fn bind(&self, socket: TcpSocket, leading: bool) -> Result {
        // The class runs one BIND of a connection at a time.
        if self.socket().is_some() {
            return Err(EBUSY);
        }
        // INVARIANT: `release_socket` detaches the hooks before the connection is torn down.
        let hooks = ConnectionHooks(NonNull::from(self));
        let hooked = HookedSocket::new(socket, hooks, GFP_KERNEL)?;
        // SAFETY: The connection is valid, and has no socket to receive from.
        unsafe { bindings::iscsi_tcp_hdr_recv_prep(self.as_raw_tcp()) };
        hooked.as_arc_borrow().attach()?;
        let options = StorageOptions::apply(hooked.socket());
        let number = self.private().bindings.fetch_add(1, Relaxed);
        let bound = Arc::new(
            BoundSocket {
                hooked,
                options,
                number,
            },
            GFP_KERNEL,
        )?;
        *self.private().socket.lock() = Some(bound.clone());

        // SAFETY: Both objects are valid; process context may call this.
        to_result(unsafe {
            bindings::iscsi_conn_bind(
                (*self.session().as_raw()).cls_session,
                self.cls().as_raw(),
                c_int::from(leading),
            )
        })
        .inspect_err(|_| self.release_socket())?;

        // Nobody has been told of what arrived before.
        T::data_ready(self, &bound.socket().sock().lock());
        Ok(())
    }

    /// Closes the socket, if there is one, and waits until nothing runs for it any more.
    ///
    /// The transmit worker must be suspended, so that nobody begins to send.
    #[inline]
    pub fn release_socket(&self) {
        let Some(bound) = self.socket() else {
            return;
        };
        // At once, in case user space is up but slow to close its descriptor.
        bound.socket().shutdown();
        bound.give_back();
        // SAFETY: The connection is valid; process context may call this.
        unsafe { bindings::iscsi_suspend_rx(self.as_raw()) };
        self.private().push.flush();
        // Dropped outside the lock, since that may close the file.
        let _taken = self.private().socket.lock().take();
    }
}

/// A connection as the transport class has it: the object behind `connectionN:M` in sysfs.
///
/// Wraps the kernel's [`struct iscsi_cls_conn`].
///
/// # Invariants
///
/// The C object belongs to transport `T`, its [`Connection`] is valid as described there, and
/// neither is freed as long as the reference lives.
///
/// [`struct iscsi_cls_conn`]: srctree/include/scsi/scsi_transport_iscsi.h
#[repr(transparent)]
pub struct ClsConnection<T: TcpTransport>(Opaque<bindings::iscsi_cls_conn>, PhantomData<T>);

impl_embedded_device! {
    // SAFETY: By the type invariants: the class frees a connection with its device. `ClsConnection` is
    // transparent.
    unsafe impl{T: TcpTransport} for ClsConnection<T> as bindings::iscsi_cls_conn { dev }
}

impl<T: TcpTransport> ClsConnection<T> {
    /// The connection of libiscsi behind it.
    #[inline]
    pub fn connection(&self) -> &Connection<T> {
        // SAFETY: By the type invariants.
        unsafe { Connection::from_raw((*self.as_raw()).dd_data.cast()) }
    }

    /// Lets the session use the connection: login is over.
    ///
    /// # Errors
    ///
    /// `EINVAL` when the negotiated burst lengths contradict each other.
    #[inline]
    pub fn start(&self) -> Result {
        // SAFETY: The object is valid; the caller is in process context.
        to_result(unsafe { bindings::iscsi_conn_start(self.as_raw()) })
    }

    /// Takes the connection from its session, which is recovered or ended as `flag` says.
    #[inline]
    pub fn stop(&self, flag: c_int) {
        // SAFETY: The object is valid; the caller is in process context.
        unsafe { bindings::iscsi_conn_stop(self.as_raw(), flag) };
    }

    /// Sets a parameter that libiscsi keeps.
    ///
    /// # Errors
    ///
    /// `ENOSYS` for a parameter that it does not keep, `ENOMEM`.
    #[inline]
    pub fn set_param(&self, param: Param, value: &ParamText<'_>) -> Result {
        let (text, len) = value.as_raw();
        // SAFETY: The object is valid, and the text a string, by their type invariants.
        to_result(unsafe { bindings::iscsi_set_param(self.as_raw(), param.as_raw(), text, len) })
    }

    /// Sets MaxOutstandingR2T, for which libiscsi_tcp keeps pools.
    ///
    /// # Errors
    ///
    /// `EINVAL` unless the value is a power of two, `ENOMEM`.
    #[inline]
    pub fn set_max_outstanding_r2t(&self, value: &ParamText<'_>) -> Result {
        let (text, _) = value.as_raw();
        // SAFETY: The object is valid, and the text a string, by their type invariants.
        to_result(unsafe { bindings::iscsi_tcp_set_max_r2t(self.connection().as_raw(), text) })
    }

    /// Prints a parameter that libiscsi keeps. Returns the number of characters.
    ///
    /// # Errors
    ///
    /// `ENOSYS` for a parameter that it does not keep.
    #[inline]
    pub fn get_param(&self, param: Param, page: &AttributePage<'_>) -> Result<c_int> {
        // SAFETY: The object is valid and the page writable, by their type invariants.
        count_or_error(unsafe {
            bindings::iscsi_conn_get_param(self.as_raw(), param.as_raw(), page.as_raw())
        })
    }

    /// Fills in the counters that libiscsi_tcp keeps.
    #[inline]
    pub fn fill_stats(&self, stats: &Stats<'_>) {
        // SAFETY: Both objects are valid.
        unsafe { bindings::iscsi_tcp_conn_get_stats(self.as_raw(), stats.as_raw()) };
    }

    /// Creates connection `cid` of a session.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, and what the class says when it cannot add a device.
    #[inline]
    pub(crate) fn create(
        session: &ClsSession<T>,
        cid: u32,
    ) -> Result<*mut bindings::iscsi_cls_conn> {
        const {
            assert!(
                align_of::<ConnectionPrivate<T>>() <= align_of::<u64>(),
                "the C structs before the private part are multiples of eight bytes long"
            );
        }
        let private = ConnectionPrivate::<T>::new(T::new_connection(), T::new_transmit()?);
        // SAFETY: The session is valid; the size fits an `int` by far.
        let cls = NonNull::new(unsafe {
            bindings::iscsi_tcp_conn_setup(
                session.as_raw(),
                size_of::<ConnectionPrivate<T>>() as c_int,
                cid,
            )
        })
        .ok_or(ENOMEM)?
        .as_ptr();
        // SAFETY: The C objects are set up, each pointing to the next, with room for the private
        // part behind the last, which nobody uses before the connection is bound. Initialising it
        // cannot fail, and it is not moved.
        unsafe {
            let conn: *mut bindings::iscsi_conn = (*cls).dd_data.cast();
            let tcp: *mut bindings::iscsi_tcp_conn = (*conn).dd_data.cast();
            let place: *mut ConnectionPrivate<T> = (*tcp).dd_data.cast();
            raw_init(place, private);
            PushWork::init::<T>(&raw mut (*place).push);
            (*tcp).rx_crcp = (*place).receive_digest.get();
            bindings::init_work_with_key(
                &raw mut (*conn).recvwork,
                Some(Self::receive_work),
                false,
                kernel::str::as_char_ptr_in_const_context(c"iscsi_tcp receive"),
                kernel::static_lock_class!().as_ptr(),
            );
        }
        Ok(cls)
    }

    /// The receive worker.
    ///
    /// # Safety
    ///
    /// `work` must be the receive work of a connection of transport `T`.
    unsafe extern "C" fn receive_work(work: *mut bindings::work_struct) {
        // SAFETY: By the requirements of this function. The connection is not freed before the
        // work is flushed.
        let conn: &Connection<T> = unsafe {
            Connection::from_raw(kernel::container_of!(work, bindings::iscsi_conn, recvwork))
        };
        if let Some(bound) = conn.socket() {
            T::receive(conn, &bound.socket().sock().lock());
        }
    }

    /// Tears a connection down: it leaves sysfs, its memory goes with the last reference.
    ///
    /// # Safety
    ///
    /// The caller must not use the object afterwards unless it holds a reference of its own.
    #[inline]
    pub(crate) unsafe fn destroy(&self) {
        self.connection().release_socket();
        let keep: ARef<Self> = self.into();
        // SAFETY: The object is valid; after this the session does not know it any more and no
        // attribute of it is being read.
        unsafe { bindings::iscsi_tcp_conn_teardown(self.as_raw()) };
        // The transmit worker may have sent until now.
        keep.connection().private().push.flush();
        let private: *const ConnectionPrivate<T> = keep.connection().private();
        // SAFETY: Nobody reaches the private part any more: the socket is released, the workers are
        // flushed, attributes drained, and the host's attribute finds no lead connection. The
        // memory lives as long as `keep`.
        unsafe { core::ptr::drop_in_place(private.cast_mut()) };
    }
}

/// A part of the address of a socket's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressPart {
    /// The IP address: dotted, or in full for IPv6.
    Address,
    /// The TCP port.
    Port,
}

/// Prints an address as libiscsi does. Returns the number of characters.
///
/// # Errors
///
/// `EINVAL` for an address that is neither IPv4 nor IPv6.
#[inline]
pub fn print_address(
    address: &SocketAddress,
    part: AddressPart,
    page: &AttributePage<'_>,
) -> Result<c_int> {
    let param = match part {
        AddressPart::Address => Param::CONN_ADDRESS,
        AddressPart::Port => Param::CONN_PORT,
    };
    // SAFETY: The address is valid and the page writable.
    count_or_error(unsafe {
        bindings::iscsi_conn_get_addr_param(address.as_raw(), param.as_raw(), page.as_raw())
    })
}
