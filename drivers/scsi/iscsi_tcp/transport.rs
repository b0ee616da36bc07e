// SPDX-License-Identifier: GPL-2.0

//! The transport `tcp`: which part of the module answers which callback of the iSCSI class.

use crate::{
    attributes,
    connection,
    receive::{
        self,
        ReceiveMode, //
    },
    send::{
        self,
        Transmit, //
    },
    session,
    IscsiTcp, //
};
use iscsi_abi::{
    connection::{
        ClsConnection,
        Connection, //
    },
    host::{
        Host,
        PublishedSession, //
    },
    param::{
        AnyParam,
        HostParam,
        Param,
        ParamText, //
    },
    stats::Stats,
    task::Pdu,
    transport::{
        Capabilities,
        SessionRequest,
        StopFlag,
        TcpTransport,
        TransportSlot, //
    }, //
};
use iscsi_kernel::{
    net::{
        LockedTcpSock,
        TcpSock, //
    },
    sysfs::AttributePage,
    this_module, //
};
use kernel::{
    ffi::c_int,
    prelude::*, //
};

/// iSCSI over a TCP socket, in software.
pub(crate) struct SwTcp;

/// The one place where it is registered.
pub(crate) static SLOT: TransportSlot<SwTcp> = TransportSlot::new(this_module!(IscsiTcp));

impl TcpTransport for SwTcp {
    const NAME: &'static CStr = c"tcp";
    const CAPABILITIES: Capabilities = Capabilities::RECOVERY_LEVEL_0
        .and(Capabilities::MULTIPLE_R2T)
        .and(Capabilities::HEADER_DIGEST)
        .and(Capabilities::DATA_DIGEST);
    const HOST_NAME: &'static CStr = c"iSCSI Initiator over TCP/IP";
    const PROC_NAME: &'static CStr = c"iscsi_tcp";
    const SG_TABLE_SIZE: u16 = 4096;
    const MAX_SECTORS: u32 = 0xffff;

    type Connection = ReceiveMode;
    type Transmit = Transmit;

    fn slot() -> &'static TransportSlot<Self> {
        &SLOT
    }

    fn new_connection() -> ReceiveMode {
        ReceiveMode::of_new_connections()
    }

    fn new_transmit() -> Result<Transmit> {
        Transmit::new()
    }

    fn create_session(request: &SessionRequest) -> Result<PublishedSession<Self>> {
        session::create(request)
    }

    fn bind(conn: &ClsConnection<Self>, fd: u64, leading: bool) -> Result {
        connection::bind(conn, fd, leading)
    }

    fn start(conn: &ClsConnection<Self>) -> Result {
        connection::start(conn)
    }

    fn stop(conn: &ClsConnection<Self>, flag: StopFlag) {
        connection::stop(conn, flag);
    }

    fn set_param(conn: &ClsConnection<Self>, param: Param, value: &ParamText<'_>) -> Result {
        attributes::set(conn, param, value)
    }

    fn get_param(
        conn: &ClsConnection<Self>,
        param: Param,
        page: &AttributePage<'_>,
    ) -> Result<c_int> {
        attributes::get(conn, param, page)
    }

    fn get_host_param(
        host: &Host<Self>,
        param: HostParam,
        page: &AttributePage<'_>,
    ) -> Result<c_int> {
        attributes::get_host(host, param, page)
    }

    fn is_visible(param: AnyParam) -> bool {
        attributes::is_visible(param)
    }

    fn get_stats(conn: &ClsConnection<Self>, stats: &mut Stats<'_>) {
        attributes::fill_stats(conn, stats);
    }

    fn needs_stable_writes(host: &Host<Self>) -> bool {
        session::needs_stable_writes(host)
    }

    fn end_of_batch(host: &Host<Self>) {
        session::send_batch(host);
    }

    fn prepare_pdu(
        pdu: &mut Pdu<'_, Self>,
        transmit: &mut Transmit,
        offset: u32,
        count: u32,
    ) -> Result {
        send::prepare(pdu, transmit, offset, count)
    }

    fn transmit_pdu(pdu: &Pdu<'_, Self>, transmit: &mut Transmit) -> Result {
        send::transmit(pdu, transmit)
    }

    fn data_ready(conn: &Connection<Self>, sock: &LockedTcpSock<'_>) {
        receive::data_ready(conn, sock);
    }

    fn receive(conn: &Connection<Self>, sock: &LockedTcpSock<'_>) {
        receive::receive(conn, sock);
    }

    fn state_change(conn: &Connection<Self>, sock: &TcpSock) {
        receive::check_state(conn, sock);
    }

    fn write_space(conn: &Connection<Self>) {
        send::write_space(conn);
    }
}
