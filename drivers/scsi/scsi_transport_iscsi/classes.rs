// SPDX-License-Identifier: GPL-2.0

//! The classes of devices: what is in `/sys/class`.

use crate::{
    attributes,
    ffi, //
};
use iscsi_abi::class::Iface;
use iscsi_kernel::{
    class::Class,
    transport_class::TransportClass, //
};

/// Transports.
pub(crate) static TRANSPORT: Class = Class::new(
    c"iscsi_transport",
    &attributes::TRANSPORT,
    ffi::transport::release,
);

/// Endpoints of transports that have their own.
pub(crate) static ENDPOINT: Class = Class::new(
    c"iscsi_endpoint",
    &attributes::ENDPOINT,
    ffi::endpoint::release,
);

/// Network interfaces of offload transports.
pub(crate) static IFACE: Class = Class::new(c"iscsi_iface", &attributes::IFACE, Iface::release);

/// Hosts, which are devices of the mid-layer.
pub(crate) static HOSTS: TransportClass = TransportClass::new(
    c"iscsi_host",
    Some(ffi::bsg::setup_host),
    Some(ffi::bsg::remove_host),
);

/// Sessions.
pub(crate) static SESSIONS: TransportClass = TransportClass::new(c"iscsi_session", None, None);

/// Connections.
pub(crate) static CONNECTIONS: TransportClass =
    TransportClass::new(c"iscsi_connection", None, None);
