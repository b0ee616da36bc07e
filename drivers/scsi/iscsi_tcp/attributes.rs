// SPDX-License-Identifier: GPL-2.0

//! The parameters that user space sets and reads, and the statistics.

use crate::transport::SwTcp;
use iscsi_abi::{
    connection::{
        print_address,
        AddressPart,
        BoundSocket,
        ClsConnection, //
    },
    host::Host,
    param::{
        AnyParam,
        HostParam,
        Param,
        ParamText, //
    },
    stats::Stats, //
};
use iscsi_kernel::{
    compat::code::ENOTCONN,
    sysfs::AttributePage, //
};
use kernel::{
    ffi::c_int,
    prelude::*,
    sync::Arc, //
};

/// The session and connection parameters that are attributes in sysfs.
const VISIBLE: [Param; 32] = [
    // Of a connection.
    Param::MAX_RECV_DATA_SEGMENT_LEN,
    Param::MAX_XMIT_DATA_SEGMENT_LEN,
    Param::HEADER_DIGEST,
    Param::DATA_DIGEST,
    Param::CONN_ADDRESS,
    Param::CONN_PORT,
    Param::LOCAL_PORT,
    Param::EXP_STAT_SN,
    Param::PERSISTENT_ADDRESS,
    Param::PERSISTENT_PORT,
    Param::PING_TIMEOUT,
    Param::RECEIVE_TIMEOUT,
    // Of a session.
    Param::INITIAL_R2T,
    Param::MAX_OUTSTANDING_R2T,
    Param::IMMEDIATE_DATA,
    Param::FIRST_BURST_LEN,
    Param::MAX_BURST_LEN,
    Param::DATA_PDU_IN_ORDER,
    Param::DATA_SEQUENCE_IN_ORDER,
    Param::ERROR_RECOVERY_LEVEL,
    Param::TARGET_NAME,
    Param::TARGET_PORTAL_GROUP_TAG,
    Param::USERNAME,
    Param::USERNAME_IN,
    Param::PASSWORD,
    Param::PASSWORD_IN,
    Param::FAST_ABORT,
    Param::ABORT_TIMEOUT,
    Param::LU_RESET_TIMEOUT,
    Param::TARGET_RESET_TIMEOUT,
    Param::IFACE_NAME,
    Param::INITIATOR_NAME,
];

/// The host parameters that are attributes in sysfs.
const VISIBLE_HOST: [HostParam; 4] = [
    HostParam::NETDEV_NAME,
    HostParam::HARDWARE_ADDRESS,
    HostParam::IP_ADDRESS,
    HostParam::INITIATOR_NAME,
];

/// Whether a parameter is an attribute in sysfs.
pub(crate) fn is_visible(param: AnyParam) -> bool {
    match param {
        AnyParam::Iscsi(param) => VISIBLE.contains(&param),
        AnyParam::Host(param) => VISIBLE_HOST.contains(&param),
        AnyParam::Other => false,
    }
}

/// Sets a parameter.
///
/// # Errors
///
/// `ENOTCONN` for the data digest without a socket, else what the library says: `ENOSYS` for a
/// parameter it does not know, `EINVAL`, `ENOMEM`.
pub(crate) fn set(conn: &ClsConnection<SwTcp>, param: Param, value: &ParamText<'_>) -> Result {
    match param {
        Param::DATA_DIGEST => {
            conn.connection().socket_if_bound().ok_or(ENOTCONN)?;
            conn.set_param(param, value)
        }
        Param::MAX_OUTSTANDING_R2T => conn.set_max_outstanding_r2t(value),
        _ => conn.set_param(param, value),
    }
}

/// Prints a parameter of a connection. Returns the number of characters.
///
/// # Errors
///
/// `ENOTCONN` for an address without a socket, else what the library says.
pub(crate) fn get(
    conn: &ClsConnection<SwTcp>,
    param: Param,
    page: &AttributePage<'_>,
) -> Result<c_int> {
    let (end, part) = match param {
        Param::CONN_ADDRESS => (End::Peer, AddressPart::Address),
        Param::CONN_PORT => (End::Peer, AddressPart::Port),
        Param::LOCAL_PORT => (End::Local, AddressPart::Port),
        _ => return conn.get_param(param, page),
    };
    print(conn.connection().socket_if_bound(), end, part, page)
}

/// Prints a parameter of a host. Returns the number of characters.
///
/// # Errors
///
/// `ENOTCONN` for the address without a session or socket, else what the library says.
pub(crate) fn get_host(
    host: &Host<SwTcp>,
    param: HostParam,
    page: &AttributePage<'_>,
) -> Result<c_int> {
    if param != HostParam::IP_ADDRESS {
        return host.get_param(param, page);
    }
    // The reference to the socket is all that outlives the lock: the connection may be torn down
    // meanwhile.
    let socket = host
        .session()
        .and_then(|session| session.lock_frwd().lead_connection()?.socket_if_bound());
    print(socket, End::Local, AddressPart::Address, page)
}

/// An end of a socket.
#[derive(Clone, Copy)]
enum End {
    Local,
    Peer,
}

fn print(
    socket: Option<Arc<BoundSocket<SwTcp>>>,
    end: End,
    part: AddressPart,
    page: &AttributePage<'_>,
) -> Result<c_int> {
    let bound = socket.ok_or(ENOTCONN)?;
    let address = match end {
        End::Local => bound.socket().local_address()?,
        End::Peer => bound.socket().peer_address()?,
    };
    print_address(&address, part, page)
}

/// Fills in the statistics of a connection: three custom counters and those of libiscsi_tcp.
///
/// Nothing raises the first two; programs expect to find them.
pub(crate) fn fill_stats(conn: &ClsConnection<SwTcp>, stats: &mut Stats<'_>) {
    let aborts = u64::from(conn.connection().abort_count());
    for (name, value) in [
        (c"tx_sendpage_failures", 0),
        (c"rx_discontiguous_hdr", 0),
        (c"eh_abort_cnt", aborts),
    ] {
        // There is room for 32.
        let _ = stats.push_custom(name, value);
    }
    conn.fill_stats(stats);
}
