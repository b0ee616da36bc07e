// SPDX-License-Identifier: GPL-2.0

//! Parameters of the network interfaces of offload cards.

use super::param_constants;
use iscsi_bindings as bindings;
use kernel::ffi::c_uint;

/// A parameter of a network interface, as such: `enum iscsi_net_param`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetParam(c_uint);

/// A parameter of a network interface for what runs over it: `enum iscsi_iface_param`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfaceParam(c_uint);

param_constants! {
    NetParam:
    /// Whether the interface is in use.
    ENABLED = iscsi_net_param_ISCSI_NET_PARAM_IFACE_ENABLE,
    /// The VLAN.
    VLAN_ID = iscsi_net_param_ISCSI_NET_PARAM_VLAN_ID,
    /// The priority in the VLAN.
    VLAN_PRIORITY = iscsi_net_param_ISCSI_NET_PARAM_VLAN_PRIORITY,
    /// Whether the interface is in a VLAN.
    VLAN_ENABLED = iscsi_net_param_ISCSI_NET_PARAM_VLAN_ENABLED,
    /// The IPv4 address.
    IPV4_ADDRESS = iscsi_net_param_ISCSI_NET_PARAM_IPV4_ADDR,
    /// The gateway.
    IPV4_GATEWAY = iscsi_net_param_ISCSI_NET_PARAM_IPV4_GW,
    /// The mask of the subnet.
    IPV4_SUBNET = iscsi_net_param_ISCSI_NET_PARAM_IPV4_SUBNET,
    /// Where the IPv4 address comes from.
    IPV4_BOOT_PROTOCOL = iscsi_net_param_ISCSI_NET_PARAM_IPV4_BOOTPROTO,
    /// The IPv6 address.
    IPV6_ADDRESS = iscsi_net_param_ISCSI_NET_PARAM_IPV6_ADDR,
    /// The link-local address.
    IPV6_LINK_LOCAL_ADDRESS = iscsi_net_param_ISCSI_NET_PARAM_IPV6_LINKLOCAL,
    /// The address of the default router.
    IPV6_ROUTER_ADDRESS = iscsi_net_param_ISCSI_NET_PARAM_IPV6_ROUTER,
    /// Where the IPv6 address comes from.
    IPV6_ADDRESS_AUTOCONFIG = iscsi_net_param_ISCSI_NET_PARAM_IPV6_ADDR_AUTOCFG,
    /// Where the link-local address comes from.
    IPV6_LINK_LOCAL_AUTOCONFIG = iscsi_net_param_ISCSI_NET_PARAM_IPV6_LINKLOCAL_AUTOCFG,
    /// The longest packet, in bytes.
    MTU = iscsi_net_param_ISCSI_NET_PARAM_MTU,
    /// The TCP port.
    PORT = iscsi_net_param_ISCSI_NET_PARAM_PORT,
    /// The state of the address.
    ADDRESS_STATE = iscsi_net_param_ISCSI_NET_PARAM_IPADDR_STATE,
    /// Whether TCP acknowledgements may wait.
    DELAYED_ACK = iscsi_net_param_ISCSI_NET_PARAM_DELAYED_ACK_EN,
    /// Whether Nagle's algorithm is off.
    TCP_NAGLE_DISABLED = iscsi_net_param_ISCSI_NET_PARAM_TCP_NAGLE_DISABLE,
    /// Whether window scaling is off.
    TCP_WINDOW_SCALE_DISABLED = iscsi_net_param_ISCSI_NET_PARAM_TCP_WSF_DISABLE,
    /// The scale of the window.
    TCP_WINDOW_SCALE = iscsi_net_param_ISCSI_NET_PARAM_TCP_WSF,
    /// The scale of the timers of TCP.
    TCP_TIMER_SCALE = iscsi_net_param_ISCSI_NET_PARAM_TCP_TIMER_SCALE,
    /// Whether TCP time stamps are asked for.
    TCP_TIMESTAMP = iscsi_net_param_ISCSI_NET_PARAM_TCP_TIMESTAMP_EN,
    /// The cache of addresses that the interface uses.
    CACHE_ID = iscsi_net_param_ISCSI_NET_PARAM_CACHE_ID,
    /// Whether ICMP redirects are followed.
    REDIRECT = iscsi_net_param_ISCSI_NET_PARAM_REDIRECT_EN,
    /// Whether DHCP gives the address of the DNS server.
    IPV4_DHCP_DNS_ADDRESS = iscsi_net_param_ISCSI_NET_PARAM_IPV4_DHCP_DNS_ADDR_EN,
    /// Whether DHCP gives the directory of the service location protocol.
    IPV4_DHCP_SLP_DIRECTORY_AGENT = iscsi_net_param_ISCSI_NET_PARAM_IPV4_DHCP_SLP_DA_EN,
    /// Whether the type of service is set.
    IPV4_TYPE_OF_SERVICE_ENABLED = iscsi_net_param_ISCSI_NET_PARAM_IPV4_TOS_EN,
    /// The type of service.
    IPV4_TYPE_OF_SERVICE = iscsi_net_param_ISCSI_NET_PARAM_IPV4_TOS,
    /// Whether the address is announced by ARP.
    IPV4_GRATUITOUS_ARP = iscsi_net_param_ISCSI_NET_PARAM_IPV4_GRAT_ARP_EN,
    /// Whether DHCP is asked with another client identifier.
    IPV4_DHCP_CLIENT_ID_ENABLED = iscsi_net_param_ISCSI_NET_PARAM_IPV4_DHCP_ALT_CLIENT_ID_EN,
    /// That identifier.
    IPV4_DHCP_CLIENT_ID = iscsi_net_param_ISCSI_NET_PARAM_IPV4_DHCP_ALT_CLIENT_ID,
    /// Whether an answer of DHCP must have the vendor identifier.
    IPV4_DHCP_REQUIRE_VENDOR_ID = iscsi_net_param_ISCSI_NET_PARAM_IPV4_DHCP_REQ_VENDOR_ID_EN,
    /// Whether DHCP is asked with the vendor identifier.
    IPV4_DHCP_USE_VENDOR_ID = iscsi_net_param_ISCSI_NET_PARAM_IPV4_DHCP_USE_VENDOR_ID_EN,
    /// That identifier.
    IPV4_DHCP_VENDOR_ID = iscsi_net_param_ISCSI_NET_PARAM_IPV4_DHCP_VENDOR_ID,
    /// Whether DHCP gives InitiatorName.
    IPV4_DHCP_LEARN_INITIATOR_NAME = iscsi_net_param_ISCSI_NET_PARAM_IPV4_DHCP_LEARN_IQN_EN,
    /// Whether packets must not be fragmented.
    IPV4_FRAGMENT_DISABLED = iscsi_net_param_ISCSI_NET_PARAM_IPV4_FRAGMENT_DISABLE,
    /// Whether packets for others are forwarded.
    IPV4_FORWARDING = iscsi_net_param_ISCSI_NET_PARAM_IPV4_IN_FORWARD_EN,
    /// The time to live of packets.
    IPV4_TIME_TO_LIVE = iscsi_net_param_ISCSI_NET_PARAM_IPV4_TTL,
    /// The state of the link-local address.
    IPV6_LINK_LOCAL_STATE = iscsi_net_param_ISCSI_NET_PARAM_IPV6_LINKLOCAL_STATE,
    /// The state of the default router.
    IPV6_ROUTER_STATE = iscsi_net_param_ISCSI_NET_PARAM_IPV6_ROUTER_STATE,
    /// Whether the address is announced by neighbor advertisements.
    IPV6_GRATUITOUS_ADVERTISEMENT = iscsi_net_param_ISCSI_NET_PARAM_IPV6_GRAT_NEIGHBOR_ADV_EN,
    /// Whether multicast listener discovery is in use.
    IPV6_MULTICAST_LISTENER_DISCOVERY = iscsi_net_param_ISCSI_NET_PARAM_IPV6_MLD_EN,
    /// The flow label of packets.
    IPV6_FLOW_LABEL = iscsi_net_param_ISCSI_NET_PARAM_IPV6_FLOW_LABEL,
    /// The traffic class of packets.
    IPV6_TRAFFIC_CLASS = iscsi_net_param_ISCSI_NET_PARAM_IPV6_TRAFFIC_CLASS,
    /// The hop limit of packets.
    IPV6_HOP_LIMIT = iscsi_net_param_ISCSI_NET_PARAM_IPV6_HOP_LIMIT,
    /// How long a neighbor counts as reachable.
    IPV6_REACHABLE_TIME = iscsi_net_param_ISCSI_NET_PARAM_IPV6_ND_REACHABLE_TMO,
    /// How long to wait before a neighbor is asked again.
    IPV6_RETRANSMIT_TIME = iscsi_net_param_ISCSI_NET_PARAM_IPV6_ND_REXMIT_TIME,
    /// How long a stale neighbor is kept.
    IPV6_STALE_TIMEOUT = iscsi_net_param_ISCSI_NET_PARAM_IPV6_ND_STALE_TMO,
    /// How often to ask whether somebody else has the address.
    IPV6_DUPLICATE_ADDRESS_DETECTIONS = iscsi_net_param_ISCSI_NET_PARAM_IPV6_DUP_ADDR_DETECT_CNT,
    /// The longest packet that the router allows, in bytes.
    IPV6_ADVERTISED_MTU = iscsi_net_param_ISCSI_NET_PARAM_IPV6_RTR_ADV_LINK_MTU,
}

param_constants! {
    IfaceParam:
    /// How long to wait for the answer to a task management request, in seconds.
    TASK_MANAGEMENT_TIMEOUT = iscsi_iface_param_ISCSI_IFACE_PARAM_DEF_TASKMGMT_TMO,
    /// HeaderDigest.
    HEADER_DIGEST = iscsi_iface_param_ISCSI_IFACE_PARAM_HDRDGST_EN,
    /// DataDigest.
    DATA_DIGEST = iscsi_iface_param_ISCSI_IFACE_PARAM_DATADGST_EN,
    /// ImmediateData.
    IMMEDIATE_DATA = iscsi_iface_param_ISCSI_IFACE_PARAM_IMM_DATA_EN,
    /// InitialR2T.
    INITIAL_R2T = iscsi_iface_param_ISCSI_IFACE_PARAM_INITIAL_R2T_EN,
    /// DataSequenceInOrder.
    DATA_SEQUENCE_IN_ORDER = iscsi_iface_param_ISCSI_IFACE_PARAM_DATASEQ_INORDER_EN,
    /// DataPDUInOrder.
    DATA_PDU_IN_ORDER = iscsi_iface_param_ISCSI_IFACE_PARAM_PDU_INORDER_EN,
    /// ErrorRecoveryLevel.
    ERROR_RECOVERY_LEVEL = iscsi_iface_param_ISCSI_IFACE_PARAM_ERL,
    /// MaxRecvDataSegmentLength of this side.
    MAX_RECV_DATA_SEGMENT_LEN = iscsi_iface_param_ISCSI_IFACE_PARAM_MAX_RECV_DLENGTH,
    /// FirstBurstLength.
    FIRST_BURST_LEN = iscsi_iface_param_ISCSI_IFACE_PARAM_FIRST_BURST,
    /// MaxOutstandingR2T.
    MAX_OUTSTANDING_R2T = iscsi_iface_param_ISCSI_IFACE_PARAM_MAX_R2T,
    /// MaxBurstLength.
    MAX_BURST_LEN = iscsi_iface_param_ISCSI_IFACE_PARAM_MAX_BURST,
    /// Whether CHAP is used.
    CHAP = iscsi_iface_param_ISCSI_IFACE_PARAM_CHAP_AUTH_EN,
    /// Whether the target authenticates itself, too.
    BIDIRECTIONAL_CHAP = iscsi_iface_param_ISCSI_IFACE_PARAM_BIDI_CHAP_EN,
    /// Whether discovery goes on without authentication.
    DISCOVERY_AUTH_OPTIONAL = iscsi_iface_param_ISCSI_IFACE_PARAM_DISCOVERY_AUTH_OPTIONAL,
    /// Whether discovery sessions are logged out of.
    DISCOVERY_LOGOUT = iscsi_iface_param_ISCSI_IFACE_PARAM_DISCOVERY_LOGOUT_EN,
    /// Whether the login of a target must keep to the letter of the protocol.
    STRICT_LOGIN = iscsi_iface_param_ISCSI_IFACE_PARAM_STRICT_LOGIN_COMP_EN,
    /// InitiatorName.
    INITIATOR_NAME = iscsi_iface_param_ISCSI_IFACE_PARAM_INITIATOR_NAME,
}

impl NetParam {
    /// The number C has for it.
    #[inline]
    pub fn as_raw(self) -> bindings::iscsi_net_param {
        self.0
    }
}

impl IfaceParam {
    /// The number C has for it.
    #[inline]
    pub fn as_raw(self) -> bindings::iscsi_iface_param {
        self.0
    }
}
