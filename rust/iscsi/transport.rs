// SPDX-License-Identifier: GPL-2.0

//! Transports that carry iSCSI over a TCP socket of the kernel's own.
//!
//! C header: [`include/scsi/scsi_transport_iscsi.h`](srctree/include/scsi/scsi_transport_iscsi.h),
//! `struct iscsi_transport`

use crate::{
    connection::{
        ClsConnection,
        Connection, //
    },
    host::{
        self,
        Host,
        PublishedSession, //
    },
    param::{
        AnyParam,
        HostParam,
        Param,
        ParamText, //
    },
    session::ClsSession,
    stats::Stats,
    task::{
        place_header,
        Pdu, //
    }, //
};
use core::{
    marker::PhantomData,
    mem::MaybeUninit,
    ptr::{
        self,
        NonNull, //
    }, //
};
use iscsi_bindings as bindings;
use iscsi_kernel::{
    net::{
        LockedTcpSock,
        TcpSock, //
    },
    sysfs::AttributePage, //
};
use kernel::{
    error::from_result,
    ffi::{
        c_char,
        c_int,
        c_short,
        c_uint,
        c_ulong,
        c_ushort, //
    },
    prelude::*,
    str::as_char_ptr_in_const_context,
    sync::atomic::{
        ordering::{
            Acquire,
            Release, //
        },
        Atomic, //
    },
    types::Opaque, //
};

/// The capabilities of a transport, which user space branches on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities(u32);

impl Capabilities {
    /// Sessions recover by logging in again.
    pub const RECOVERY_LEVEL_0: Self = Self(bindings::CAP_RECOVERY_L0);
    /// Several R2Ts may be outstanding.
    pub const MULTIPLE_R2T: Self = Self(bindings::CAP_MULTI_R2T);
    /// Header digests.
    pub const HEADER_DIGEST: Self = Self(bindings::CAP_HDRDGST);
    /// Data digests.
    pub const DATA_DIGEST: Self = Self(bindings::CAP_DATADGST);

    /// Both capabilities.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A request of user space for a session.
#[derive(Clone, Copy, Debug)]
pub struct SessionRequest {
    /// Whether an endpoint was named, which only offload transports have.
    pub has_endpoint: bool,
    /// Number of commands, 0 for the default.
    pub commands: u16,
    /// Queue depth of a logical unit.
    pub queue_depth: u16,
    /// The first CmdSN.
    pub initial_cmd_sn: u32,
}

/// How a connection is to be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopFlag(c_int);

impl StopFlag {
    /// The number C has for it.
    #[inline]
    pub fn as_raw(self) -> c_int {
        self.0
    }
}

/// A driver of iSCSI over TCP, on top of libiscsi and libiscsi_tcp.
///
/// The class serialises the callbacks on one connection that change it: create, bind, start, stop,
/// parameters and destroy. Reading of parameters runs beside them.
pub trait TcpTransport: Sized + 'static {
    /// The name that user space asks for.
    const NAME: &'static CStr;
    /// What the transport can do.
    const CAPABILITIES: Capabilities;
    /// The name of the host, for people.
    const HOST_NAME: &'static CStr;
    /// The name of the host's driver, in sysfs.
    const PROC_NAME: &'static CStr;
    /// Most entries in the scatterlist of a command.
    const SG_TABLE_SIZE: u16;
    /// Most sectors in a command.
    const MAX_SECTORS: u32;

    /// The driver's data on a connection.
    type Connection: Send + Sync;
    /// The driver's data on a connection that only the transmit context uses.
    type Transmit: Send;

    /// Where the transport is registered.
    fn slot() -> &'static TransportSlot<Self>;

    /// The data of a new connection.
    fn new_connection() -> Self::Connection;

    /// The transmit data of a new connection.
    ///
    /// # Errors
    ///
    /// Typically `ENOMEM`.
    fn new_transmit() -> Result<Self::Transmit>;

    /// Makes a session with a host of its own.
    ///
    /// # Errors
    ///
    /// Any: user space is told `ENOMEM`.
    fn create_session(request: &SessionRequest) -> Result<PublishedSession<Self>>;

    /// Binds the connection to the socket behind a file descriptor of the current process.
    ///
    /// # Errors
    ///
    /// Any: user space gets the number.
    fn bind(conn: &ClsConnection<Self>, fd: u64, leading: bool) -> Result;

    /// Starts using the connection, after login.
    ///
    /// # Errors
    ///
    /// Any: user space gets the number.
    fn start(conn: &ClsConnection<Self>) -> Result;

    /// Stops using the connection.
    fn stop(conn: &ClsConnection<Self>, flag: StopFlag);

    /// Sets a parameter.
    ///
    /// # Errors
    ///
    /// Any: user space gets the number, and takes `ENOSYS` for "not supported".
    fn set_param(conn: &ClsConnection<Self>, param: Param, value: &ParamText<'_>) -> Result;

    /// Prints a parameter of a connection. Returns the number of characters.
    ///
    /// # Errors
    ///
    /// Any: the reader of the attribute gets the number.
    fn get_param(
        conn: &ClsConnection<Self>,
        param: Param,
        page: &AttributePage<'_>,
    ) -> Result<c_int>;

    /// Prints a parameter of a host. Returns the number of characters.
    ///
    /// # Errors
    ///
    /// Any: the reader of the attribute gets the number.
    fn get_host_param(
        host: &Host<Self>,
        param: HostParam,
        page: &AttributePage<'_>,
    ) -> Result<c_int>;

    /// Whether a parameter is an attribute in sysfs, which are all read-only.
    fn is_visible(param: AnyParam) -> bool;

    /// Fills in the statistics of a connection.
    fn get_stats(conn: &ClsConnection<Self>, stats: &mut Stats<'_>);

    /// Whether pages being written to a new logical unit must not change meanwhile.
    fn needs_stable_writes(host: &Host<Self>) -> bool;

    /// The mid-layer has no more commands for the host at the moment, and the last one it handed over
    /// was not marked as such. Commands that libiscsi has not begun to send are to be sent.
    fn end_of_batch(host: &Host<Self>);

    /// Prepares to send a PDU whose header libiscsi has built, with `count` bytes of the task's
    /// data from `offset` on. Runs with `frwd_lock` held, except for Data-Out.
    ///
    /// # Errors
    ///
    /// Any: the command fails.
    fn prepare_pdu(
        pdu: &mut Pdu<'_, Self>,
        transmit: &mut Self::Transmit,
        offset: u32,
        count: u32,
    ) -> Result;

    /// Sends what is left of the PDU that was prepared last. May sleep.
    ///
    /// # Errors
    ///
    /// `EAGAIN` to be called again, `ENODATA` to be called again when the transmit worker is woken;
    /// anything else after the failure of the connection was reported.
    fn transmit_pdu(pdu: &Pdu<'_, Self>, transmit: &mut Self::Transmit) -> Result;

    /// Bytes have arrived on the socket. Atomic context, or process context with the sock owned.
    fn data_ready(conn: &Connection<Self>, sock: &LockedTcpSock<'_>);

    /// The receive worker, woken by [`Connection::queue_receive`].
    fn receive(conn: &Connection<Self>, sock: &LockedTcpSock<'_>);

    /// The state of the socket has changed. Atomic context.
    fn state_change(conn: &Connection<Self>, sock: &TcpSock);

    /// There is room in the send queue again. Atomic context.
    fn write_space(conn: &Connection<Self>);
}

/// The static place of a transport: its tables for the class and for the mid-layer.
pub struct TransportSlot<T: TcpTransport> {
    transport: Opaque<bindings::iscsi_transport>,
    host_template: Opaque<bindings::scsi_host_template>,
    /// Set while the transport is registered.
    scsi_transport: Atomic<*mut bindings::scsi_transport_template>,
    _transport: PhantomData<T>,
}

// SAFETY: The tables are written before the transport is registered, and only read afterwards.
unsafe impl<T: TcpTransport> Sync for TransportSlot<T> {}

impl<T: TcpTransport> TransportSlot<T> {
    /// Builds the tables for the transport of `module`.
    pub const fn new(module: &'static ThisModule) -> Self {
        Self {
            transport: Opaque::new(Self::transport(module)),
            host_template: Opaque::new(Self::template(module)),
            scsi_transport: Atomic::new(ptr::null_mut()),
            _transport: PhantomData,
        }
    }

    /// Callbacks that are the library's own need no detour through Rust.
    const fn transport(module: &'static ThisModule) -> bindings::iscsi_transport {
        bindings::iscsi_transport {
            owner: module.as_ptr(),
            name: as_char_ptr_in_const_context(T::NAME).cast_mut(),
            caps: T::CAPABILITIES.0,
            create_session: Some(Self::create_session),
            destroy_session: Some(Self::destroy_session),
            create_conn: Some(Self::create_conn),
            bind_conn: Some(Self::bind_conn),
            start_conn: Some(Self::start_conn),
            stop_conn: Some(Self::stop_conn),
            destroy_conn: Some(Self::destroy_conn),
            set_param: Some(Self::set_param),
            get_conn_param: Some(Self::get_conn_param),
            get_session_param: Some(bindings::iscsi_session_get_param),
            get_host_param: Some(Self::get_host_param),
            set_host_param: Some(bindings::iscsi_host_set_param),
            send_pdu: Some(bindings::iscsi_conn_send_pdu),
            get_stats: Some(Self::get_stats),
            init_task: Some(bindings::iscsi_tcp_task_init),
            xmit_task: Some(bindings::iscsi_tcp_task_xmit),
            cleanup_task: Some(bindings::iscsi_tcp_cleanup_task),
            alloc_pdu: Some(Self::alloc_pdu),
            xmit_pdu: Some(Self::xmit_pdu),
            init_pdu: Some(Self::init_pdu),
            session_recovery_timedout: Some(bindings::iscsi_session_recovery_timedout),
            attr_is_visible: Some(Self::attr_is_visible),
            ..pin_init::zeroed()
        }
    }

    const fn template(module: &'static ThisModule) -> bindings::scsi_host_template {
        bindings::scsi_host_template {
            module: module.as_ptr(),
            name: as_char_ptr_in_const_context(T::HOST_NAME),
            proc_name: as_char_ptr_in_const_context(T::PROC_NAME),
            queuecommand: Some(bindings::iscsi_queuecommand),
            commit_rqs: Some(Self::commit_rqs),
            change_queue_depth: Some(bindings::scsi_change_queue_depth),
            eh_timed_out: Some(bindings::iscsi_eh_cmd_timed_out),
            eh_abort_handler: Some(bindings::iscsi_eh_abort),
            eh_device_reset_handler: Some(bindings::iscsi_eh_device_reset),
            eh_target_reset_handler: Some(bindings::iscsi_eh_recover_target),
            sdev_configure: Some(Self::sdev_configure),
            can_queue: bindings::ISCSI_TOTAL_CMDS_MAX as c_int,
            sg_tablesize: T::SG_TABLE_SIZE as c_ushort,
            max_sectors: T::MAX_SECTORS,
            cmd_per_lun: bindings::ISCSI_DEF_CMD_PER_LUN as c_short,
            // Each scatterlist entry lies within one page.
            dma_boundary: (kernel::page::PAGE_SIZE as c_ulong).wrapping_sub(1),
            this_id: -1,
            cmd_size: size_of::<bindings::iscsi_cmd>() as c_uint,
            ..
            // SAFETY: The struct is one of integers, bit fields, and pointers that may be null.
            unsafe { MaybeUninit::zeroed().assume_init() }
        }
    }

    #[inline]
    pub(crate) fn as_raw(&self) -> *mut bindings::iscsi_transport {
        self.transport.get()
    }

    #[inline]
    pub(crate) fn host_template(&self) -> *mut bindings::scsi_host_template {
        self.host_template.get()
    }

    #[inline]
    pub(crate) fn scsi_transport(&self) -> Option<NonNull<bindings::scsi_transport_template>> {
        NonNull::new(self.scsi_transport.load(Acquire))
    }

    /// Registers the transport: user space can make sessions from now on.
    ///
    /// # Errors
    ///
    /// `ENODEV` when the class refuses, as it does a transport that is registered already.
    #[inline]
    pub fn register(&'static self) -> Result<Registration<T>> {
        // SAFETY: Nobody knows the template yet. A bit field cannot be set in a constant.
        unsafe {
            bindings::scsi_host_template::set_track_queue_depth_raw(self.host_template(), 1);
        }
        // SAFETY: The table is static and complete.
        let template = NonNull::new(unsafe { bindings::iscsi_register_transport(self.as_raw()) })
            .ok_or(ENODEV)?;
        self.scsi_transport.store(template.as_ptr(), Release);
        Ok(Registration(self))
    }

    /// # Safety
    ///
    /// For the class alone.
    unsafe extern "C" fn create_session(
        endpoint: *mut bindings::iscsi_endpoint,
        commands: u16,
        queue_depth: u16,
        initial_cmd_sn: u32,
    ) -> *mut bindings::iscsi_cls_session {
        let request = SessionRequest {
            has_endpoint: !endpoint.is_null(),
            commands,
            queue_depth,
            initial_cmd_sn,
        };
        T::create_session(&request).map_or(ptr::null_mut(), PublishedSession::into_raw)
    }

    /// # Safety
    ///
    /// For the class alone: `session` is one of this transport, and not used afterwards.
    unsafe extern "C" fn destroy_session(session: *mut bindings::iscsi_cls_session) {
        // SAFETY: By the requirements of this function.
        unsafe { host::destroy(ClsSession::<T>::from_raw(session)) };
    }

    /// # Safety
    ///
    /// For the class alone: `session` is one of this transport.
    unsafe extern "C" fn create_conn(
        session: *mut bindings::iscsi_cls_session,
        cid: u32,
    ) -> *mut bindings::iscsi_cls_conn {
        // SAFETY: By the requirements of this function.
        let session = unsafe { ClsSession::<T>::from_raw(session) };
        ClsConnection::create(session, cid).unwrap_or(ptr::null_mut())
    }

    /// # Safety
    ///
    /// For the class alone: `conn` is one of this transport, and not used afterwards.
    unsafe extern "C" fn destroy_conn(conn: *mut bindings::iscsi_cls_conn) {
        // SAFETY: By the requirements of this function.
        unsafe { ClsConnection::<T>::from_raw(conn).destroy() };
    }

    /// # Safety
    ///
    /// For the class alone: `conn` is one of this transport, and of `_session`.
    unsafe extern "C" fn bind_conn(
        _session: *mut bindings::iscsi_cls_session,
        conn: *mut bindings::iscsi_cls_conn,
        handle: u64,
        leading: c_int,
    ) -> c_int {
        // SAFETY: By the requirements of this function.
        let conn = unsafe { ClsConnection::<T>::from_raw(conn) };
        from_result(|| T::bind(conn, handle, leading != 0).map(|()| 0))
    }

    /// # Safety
    ///
    /// For the class alone: `conn` is one of this transport.
    unsafe extern "C" fn start_conn(conn: *mut bindings::iscsi_cls_conn) -> c_int {
        // SAFETY: By the requirements of this function.
        let conn = unsafe { ClsConnection::<T>::from_raw(conn) };
        from_result(|| T::start(conn).map(|()| 0))
    }

    /// # Safety
    ///
    /// For the class alone: `conn` is one of this transport.
    unsafe extern "C" fn stop_conn(conn: *mut bindings::iscsi_cls_conn, flag: c_int) {
        // SAFETY: By the requirements of this function.
        let conn = unsafe { ClsConnection::<T>::from_raw(conn) };
        T::stop(conn, StopFlag(flag));
    }

    /// # Safety
    ///
    /// For the class alone: `conn` is one of this transport, `text` a string of the length `len`
    /// that the class has checked.
    unsafe extern "C" fn set_param(
        conn: *mut bindings::iscsi_cls_conn,
        param: bindings::iscsi_param,
        text: *mut c_char,
        len: c_int,
    ) -> c_int {
        // SAFETY: By the requirements of this function.
        let (conn, text) = unsafe {
            (
                ClsConnection::<T>::from_raw(conn),
                ParamText::from_raw(text, len),
            )
        };
        from_result(|| T::set_param(conn, Param::from_raw(param), &text).map(|()| 0))
    }

    /// # Safety
    ///
    /// For the class alone: `conn` is one of this transport, `page` that of an attribute.
    unsafe extern "C" fn get_conn_param(
        conn: *mut bindings::iscsi_cls_conn,
        param: bindings::iscsi_param,
        page: *mut c_char,
    ) -> c_int {
        // SAFETY: By the requirements of this function.
        let (conn, page) = unsafe {
            (
                ClsConnection::<T>::from_raw(conn),
                AttributePage::from_raw(page),
            )
        };
        from_result(|| T::get_param(conn, Param::from_raw(param), &page))
    }

    /// # Safety
    ///
    /// For the class alone: `host` is one of this transport, `page` that of an attribute.
    unsafe extern "C" fn get_host_param(
        host: *mut bindings::Scsi_Host,
        param: bindings::iscsi_host_param,
        page: *mut c_char,
    ) -> c_int {
        // SAFETY: By the requirements of this function.
        let (host, page) = unsafe { (Host::<T>::from_raw(host), AttributePage::from_raw(page)) };
        from_result(|| T::get_host_param(host, HostParam::from_raw(param), &page))
    }

    /// # Safety
    ///
    /// For the class alone: `conn` is one of this transport, and `stats` zeroed with room for
    /// `ISCSI_STATS_CUSTOM_MAX` custom counters.
    unsafe extern "C" fn get_stats(
        conn: *mut bindings::iscsi_cls_conn,
        stats: *mut bindings::iscsi_stats,
    ) {
        // SAFETY: By the requirements of this function.
        let (conn, mut stats) =
            unsafe { (ClsConnection::<T>::from_raw(conn), Stats::from_raw(stats)) };
        T::get_stats(conn, &mut stats);
    }

    /// # Safety
    ///
    /// Safe to call; `unsafe` by the type of the table.
    unsafe extern "C" fn attr_is_visible(kind: c_int, number: c_int) -> bindings::umode_t {
        const READ_ONLY: bindings::umode_t = 0o444;
        if T::is_visible(AnyParam::from_raw(kind, number)) {
            READ_ONLY
        } else {
            0
        }
    }

    /// # Safety
    ///
    /// For libiscsi alone: `task` is one of this transport that is taken from the pool.
    unsafe extern "C" fn alloc_pdu(task: *mut bindings::iscsi_task, _opcode: u8) -> c_int {
        // SAFETY: By the requirements of this function; every session of this transport is set up
        // by `host::AddedHost`, with the size `place_header` asks for.
        unsafe { place_header(task) };
        0
    }

    /// # Safety
    ///
    /// For libiscsi alone, from the transmit worker: `task` is one of this transport, referenced,
    /// and with a header.
    unsafe extern "C" fn init_pdu(
        task: *mut bindings::iscsi_task,
        offset: c_uint,
        count: c_uint,
    ) -> c_int {
        // SAFETY: By the requirements of this function.
        let mut pdu = unsafe { Pdu::<T>::from_raw(task) };
        // SAFETY: Only the transmit worker of the connection gets here or to `xmit_pdu`, and a work
        // item never runs twice at a time.
        let transmit = unsafe { &mut *pdu.connection().private().transmit.get() };
        from_result(|| T::prepare_pdu(&mut pdu, transmit, offset, count).map(|()| 0))
    }

    /// # Safety
    ///
    /// For libiscsi_tcp alone, from the transmit worker: `task` is one of this transport,
    /// referenced, and with a PDU that was initialised.
    unsafe extern "C" fn xmit_pdu(task: *mut bindings::iscsi_task) -> c_int {
        // SAFETY: By the requirements of this function.
        let pdu = unsafe { Pdu::<T>::from_raw(task) };
        // SAFETY: As in `init_pdu`.
        let transmit = unsafe { &mut *pdu.connection().private().transmit.get() };
        from_result(|| T::transmit_pdu(&pdu, transmit).map(|()| 0))
    }

    /// # Safety
    ///
    /// For the mid-layer alone: `host` is one of this transport, and has a device.
    unsafe extern "C" fn commit_rqs(host: *mut bindings::Scsi_Host, _queue: u16) {
        // SAFETY: By the requirements of this function.
        T::end_of_batch(unsafe { Host::from_raw(host) });
    }

    /// # Safety
    ///
    /// For the mid-layer alone: `device` is one of a host of this transport, and `limits` those of
    /// its queue.
    unsafe extern "C" fn sdev_configure(
        device: *mut bindings::scsi_device,
        limits: *mut bindings::queue_limits,
    ) -> c_int {
        // SAFETY: By the requirements of this function.
        let host = unsafe { Host::<T>::from_raw((*device).host) };
        if T::needs_stable_writes(host) {
            // SAFETY: By the requirements of this function.
            unsafe { (*limits).features |= bindings::ISCSI_RUST_CONST_BLK_FEAT_STABLE_WRITES };
        }
        0
    }
}

/// A registered transport. Dropping it takes the transport from the class.
#[must_use]
pub struct Registration<T: TcpTransport>(&'static TransportSlot<T>);

impl<T: TcpTransport> Drop for Registration<T> {
    #[inline]
    fn drop(&mut self) {
        // The module is going, so no session is left, and none can be made.
        self.0.scsi_transport.store(ptr::null_mut(), Release);
        // SAFETY: The transport is registered, and is taken back once: here.
        unsafe { bindings::iscsi_unregister_transport(self.0.as_raw()) };
    }
}
