// SPDX-License-Identifier: GPL-2.0

//! `/sys/class/iscsi_connection/connectionN:M/`.

use iscsi_abi::{
    class::Connection,
    param::Param, //
};
use iscsi_kernel::{
    attribute_group,
    compat::code::ENOTCONN,
    sysfs::{
        Attribute,
        AttributeOperations,
        AttributePage,
        Mode, //
    }, //
};
use iscsi_proto::class::ConnectionState;
use kernel::{
    ffi::c_int,
    prelude::*, //
};

/// What an attribute of a connection says.
enum ConnectionAttribute {
    /// A parameter that the driver may know.
    Param(Param),
    /// One that is the endpoint's, if the connection runs over one.
    Peer(Param),
    /// Whether the connection is in use.
    State,
}

impl AttributeOperations for ConnectionAttribute {
    type Owner = Connection;

    fn mode(&self, conn: &Connection, declared: Mode) -> Mode {
        match self {
            Self::Param(param) | Self::Peer(param) => conn.transport().attribute_mode(*param),
            Self::State => declared,
        }
    }

    fn show(&self, conn: &Connection, page: &AttributePage<'_>) -> Result<c_int> {
        match self {
            Self::Param(param) => conn.show_param(*param, page),
            Self::Peer(param) => show_peer(conn, *param, page),
            Self::State => {
                let name = conn
                    .state()
                    .map_or(ConnectionState::UNKNOWN, ConnectionState::name);
                Ok(page.print_line(name.as_bytes()))
            }
        }
    }
}

/// Prints a parameter of the other end. Returns the number of characters.
///
/// # Errors
///
/// `ENOTCONN` if the connection should have an endpoint and has none, else what the driver says.
fn show_peer(conn: &Connection, param: Param, page: &AttributePage<'_>) -> Result<c_int> {
    // Held until the driver has answered: it frees what it asks when the endpoint is disconnected.
    let bound = conn.lock_endpoint();
    if let Some(printed) = bound.show_param(param, page) {
        return printed;
    }
    if conn.transport().has_endpoints() {
        return Err(ENOTCONN);
    }
    conn.show_param(param, page)
}

const fn param(name: &'static CStr, param: Param) -> Attribute<ConnectionAttribute> {
    Attribute::new(name, ConnectionAttribute::Param(param))
}

const fn peer(name: &'static CStr, param: Param) -> Attribute<ConnectionAttribute> {
    Attribute::new(name, ConnectionAttribute::Peer(param))
}

attribute_group! {
    /// The attributes of a connection.
    pub(crate) static CONNECTION: Group<ConnectionAttribute> = [
        param(c"max_recv_dlength", Param::MAX_RECV_DATA_SEGMENT_LEN),
        param(c"max_xmit_dlength", Param::MAX_XMIT_DATA_SEGMENT_LEN),
        param(c"header_digest", Param::HEADER_DIGEST),
        param(c"data_digest", Param::DATA_DIGEST),
        param(c"ifmarker", Param::IF_MARKER),
        param(c"ofmarker", Param::OF_MARKER),
        peer(c"address", Param::CONN_ADDRESS),
        peer(c"port", Param::CONN_PORT),
        param(c"exp_statsn", Param::EXP_STAT_SN),
        param(c"persistent_address", Param::PERSISTENT_ADDRESS),
        param(c"persistent_port", Param::PERSISTENT_PORT),
        param(c"ping_tmo", Param::PING_TIMEOUT),
        param(c"recv_tmo", Param::RECEIVE_TIMEOUT),
        param(c"local_port", Param::LOCAL_PORT),
        param(c"statsn", Param::STAT_SN),
        param(c"keepalive_tmo", Param::TCP_KEEPALIVE_TIMEOUT),
        param(c"max_segment_size", Param::TCP_MAX_SEGMENT_SIZE),
        param(c"tcp_timestamp_stat", Param::TCP_TIMESTAMP_STATE),
        param(c"tcp_wsf_disable", Param::TCP_WINDOW_SCALE_DISABLED),
        param(c"tcp_nagle_disable", Param::TCP_NAGLE_DISABLED),
        param(c"tcp_timer_scale", Param::TCP_TIMER_SCALE),
        param(c"tcp_timestamp_enable", Param::TCP_TIMESTAMP),
        param(c"fragment_disable", Param::IP_FRAGMENT_DISABLED),
        param(c"ipv4_tos", Param::IPV4_TYPE_OF_SERVICE),
        param(c"ipv6_traffic_class", Param::IPV6_TRAFFIC_CLASS),
        param(c"ipv6_flow_label", Param::IPV6_FLOW_LABEL),
        param(c"is_fw_assigned_ipv6", Param::IPV6_BY_FIRMWARE),
        param(c"tcp_xmit_wsf", Param::TCP_XMIT_WINDOW_SCALE),
        param(c"tcp_recv_wsf", Param::TCP_RECV_WINDOW_SCALE),
        param(c"local_ipaddr", Param::LOCAL_IP_ADDRESS),
        Attribute::new(c"state", ConnectionAttribute::State),
    ];
}
