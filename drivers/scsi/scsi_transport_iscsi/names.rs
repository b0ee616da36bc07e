// SPDX-License-Identifier: GPL-2.0

//! The names that sysfs has for what drivers say in numbers. Programs compare them.

use iscsi_abi::{
    bindings::*,
    class::Host, //
};
use kernel::prelude::*;

/// What is shown for a number without a name.
const UNKNOWN: &CStr = c"Unknown!";

/// The speeds of ports, a bit each.
static PORT_SPEEDS: [(u32, &CStr); 7] = [
    (iscsi_port_speed_ISCSI_PORT_SPEED_UNKNOWN, c"Unknown"),
    (iscsi_port_speed_ISCSI_PORT_SPEED_10MBPS, c"10 Mbps"),
    (iscsi_port_speed_ISCSI_PORT_SPEED_100MBPS, c"100 Mbps"),
    (iscsi_port_speed_ISCSI_PORT_SPEED_1GBPS, c"1 Gbps"),
    (iscsi_port_speed_ISCSI_PORT_SPEED_10GBPS, c"10 Gbps"),
    (iscsi_port_speed_ISCSI_PORT_SPEED_25GBPS, c"25 Gbps"),
    (iscsi_port_speed_ISCSI_PORT_SPEED_40GBPS, c"40 Gbps"),
];

/// The states of ports, a bit each.
static PORT_STATES: [(u32, &CStr); 2] = [
    (iscsi_port_state_ISCSI_PORT_STATE_DOWN, c"LINK DOWN"),
    (iscsi_port_state_ISCSI_PORT_STATE_UP, c"LINK UP"),
];

/// The ways that flashnodes are discovered: numbers, of which the last is no mixture of the others.
static DISCOVERY_PARENTS: [(u32, &CStr); 3] = [
    (
        iscsi_discovery_parent_type_ISCSI_DISC_PARENT_UNKNOWN,
        c"Unknown",
    ),
    (
        iscsi_discovery_parent_type_ISCSI_DISC_PARENT_SENDTGT,
        c"Sendtarget",
    ),
    (iscsi_discovery_parent_type_ISCSI_DISC_PARENT_ISNS, c"isns"),
];

/// The states of the addresses of interfaces.
static IP_ADDRESS_STATES: [(u32, &CStr); 7] = [
    (
        iscsi_ipaddress_state_ISCSI_IPDDRESS_STATE_UNCONFIGURED,
        c"Unconfigured",
    ),
    (
        iscsi_ipaddress_state_ISCSI_IPDDRESS_STATE_ACQUIRING,
        c"Acquiring",
    ),
    (
        iscsi_ipaddress_state_ISCSI_IPDDRESS_STATE_TENTATIVE,
        c"Tentative",
    ),
    (iscsi_ipaddress_state_ISCSI_IPDDRESS_STATE_VALID, c"Valid"),
    (
        iscsi_ipaddress_state_ISCSI_IPDDRESS_STATE_DISABLING,
        c"Disabling",
    ),
    (
        iscsi_ipaddress_state_ISCSI_IPDDRESS_STATE_INVALID,
        c"Invalid",
    ),
    (
        iscsi_ipaddress_state_ISCSI_IPDDRESS_STATE_DEPRECATED,
        c"Deprecated",
    ),
];

/// The states of the routers of interfaces.
static ROUTER_STATES: [(u32, &CStr); 4] = [
    (iscsi_router_state_ISCSI_ROUTER_STATE_UNKNOWN, c"Unknown"),
    (
        iscsi_router_state_ISCSI_ROUTER_STATE_ADVERTISED,
        c"Advertised",
    ),
    (iscsi_router_state_ISCSI_ROUTER_STATE_MANUAL, c"Manual"),
    (iscsi_router_state_ISCSI_ROUTER_STATE_STALE, c"Stale"),
];

/// The name of a number of a table.
fn of_number(table: &[(u32, &'static CStr)], number: u32) -> Option<&'static CStr> {
    for (known, name) in table {
        if number == *known {
            return Some(name);
        }
    }
    None
}

/// The name of the first bit of a table that is set.
fn first_set(table: &[(u32, &'static CStr)], bits: u32) -> &'static CStr {
    for (bit, name) in table {
        if bits & bit != 0 {
            return name;
        }
    }
    UNKNOWN
}

/// The name of the speed of a host's port.
pub(crate) fn port_speed(host: &Host) -> &'static CStr {
    first_set(&PORT_SPEEDS, host.port_speed())
}

/// The name of the state of a host's port.
pub(crate) fn port_state(host: &Host) -> &'static CStr {
    first_set(&PORT_STATES, host.port_state())
}

/// The name of the way that a flashnode was discovered.
pub(crate) fn discovery_parent(kind: u32) -> &'static CStr {
    of_number(&DISCOVERY_PARENTS, kind).unwrap_or(UNKNOWN)
}

/// The name of the state of an interface's address.
pub(crate) fn ip_address_state(state: u32) -> Option<&'static CStr> {
    of_number(&IP_ADDRESS_STATES, state)
}

/// The name of the state of an interface's router.
pub(crate) fn router_state(state: u32) -> Option<&'static CStr> {
    of_number(&ROUTER_STATES, state)
}
