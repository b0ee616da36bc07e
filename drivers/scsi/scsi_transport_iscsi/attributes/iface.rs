// SPDX-License-Identifier: GPL-2.0

//! `/sys/class/iscsi_iface/ipv4-iface-HOST-NUMBER/` and `.../ipv6-iface-HOST-NUMBER/`.

use iscsi_abi::{
    class::{
        Iface,
        IfaceKind, //
    },
    param::{
        IfaceParam,
        NetParam, //
    }, //
};
use iscsi_kernel::{
    attribute_group,
    sysfs::{
        Attribute,
        AttributeOperations,
        AttributePage,
        Groups,
        Mode, //
    }, //
};
use kernel::{
    ffi::c_int,
    pr_warn_once,
    prelude::*, //
};

/// An attribute of a network interface: a parameter that the driver may know.
enum IfaceAttribute {
    /// Of all interfaces.
    Net(NetParam),
    /// Of those with an IPv4 address.
    Ipv4(NetParam),
    /// Of those with an IPv6 address.
    Ipv6(NetParam),
    /// Of what runs over any interface.
    Iscsi(IfaceParam),
}

impl AttributeOperations for IfaceAttribute {
    type Owner = Iface;

    fn mode(&self, iface: &Iface, _declared: Mode) -> Mode {
        let transport = iface.transport();
        match (self, iface.kind()) {
            (Self::Iscsi(param), _) => transport.attribute_mode(*param),
            (Self::Net(param), _)
            | (Self::Ipv4(param), Some(IfaceKind::Ipv4))
            | (Self::Ipv6(param), Some(IfaceKind::Ipv6)) => transport.attribute_mode(*param),
            (Self::Ipv4(_) | Self::Ipv6(_), Some(_)) => Mode::HIDDEN,
            (Self::Ipv4(_) | Self::Ipv6(_), None) => {
                pr_warn_once!(
                    "an interface of {} is neither IPv4 nor IPv6: it lacks the attributes of both\n",
                    transport.name()
                );
                Mode::HIDDEN
            }
        }
    }

    fn show(&self, iface: &Iface, page: &AttributePage<'_>) -> Result<c_int> {
        match self {
            Self::Net(param) | Self::Ipv4(param) | Self::Ipv6(param) => {
                iface.show_param(*param, page)
            }
            Self::Iscsi(param) => iface.show_param(*param, page),
        }
    }
}

const fn net(name: &'static CStr, param: NetParam) -> Attribute<IfaceAttribute> {
    Attribute::new(name, IfaceAttribute::Net(param))
}

const fn ipv4(name: &'static CStr, param: NetParam) -> Attribute<IfaceAttribute> {
    Attribute::new(name, IfaceAttribute::Ipv4(param))
}

const fn ipv6(name: &'static CStr, param: NetParam) -> Attribute<IfaceAttribute> {
    Attribute::new(name, IfaceAttribute::Ipv6(param))
}

const fn iscsi(name: &'static CStr, param: IfaceParam) -> Attribute<IfaceAttribute> {
    Attribute::new(name, IfaceAttribute::Iscsi(param))
}

attribute_group! {
    static GROUP: Group<IfaceAttribute> = [
        net(c"enabled", NetParam::ENABLED),
        net(c"vlan_id", NetParam::VLAN_ID),
        net(c"vlan_priority", NetParam::VLAN_PRIORITY),
        net(c"vlan_enabled", NetParam::VLAN_ENABLED),
        ipv4(c"ipaddress", NetParam::IPV4_ADDRESS),
        ipv4(c"gateway", NetParam::IPV4_GATEWAY),
        ipv4(c"subnet", NetParam::IPV4_SUBNET),
        ipv4(c"bootproto", NetParam::IPV4_BOOT_PROTOCOL),
        ipv6(c"ipaddress", NetParam::IPV6_ADDRESS),
        ipv6(c"link_local_addr", NetParam::IPV6_LINK_LOCAL_ADDRESS),
        ipv6(c"router_addr", NetParam::IPV6_ROUTER_ADDRESS),
        ipv6(c"ipaddr_autocfg", NetParam::IPV6_ADDRESS_AUTOCONFIG),
        ipv6(c"link_local_autocfg", NetParam::IPV6_LINK_LOCAL_AUTOCONFIG),
        net(c"mtu", NetParam::MTU),
        net(c"port", NetParam::PORT),
        net(c"ipaddress_state", NetParam::ADDRESS_STATE),
        net(c"delayed_ack_en", NetParam::DELAYED_ACK),
        net(c"tcp_nagle_disable", NetParam::TCP_NAGLE_DISABLED),
        net(c"tcp_wsf_disable", NetParam::TCP_WINDOW_SCALE_DISABLED),
        net(c"tcp_wsf", NetParam::TCP_WINDOW_SCALE),
        net(c"tcp_timer_scale", NetParam::TCP_TIMER_SCALE),
        net(c"tcp_timestamp_en", NetParam::TCP_TIMESTAMP),
        net(c"cache_id", NetParam::CACHE_ID),
        net(c"redirect_en", NetParam::REDIRECT),
        iscsi(c"def_taskmgmt_tmo", IfaceParam::TASK_MANAGEMENT_TIMEOUT),
        iscsi(c"header_digest", IfaceParam::HEADER_DIGEST),
        iscsi(c"data_digest", IfaceParam::DATA_DIGEST),
        iscsi(c"immediate_data", IfaceParam::IMMEDIATE_DATA),
        iscsi(c"initial_r2t", IfaceParam::INITIAL_R2T),
        iscsi(c"data_seq_in_order", IfaceParam::DATA_SEQUENCE_IN_ORDER),
        iscsi(c"data_pdu_in_order", IfaceParam::DATA_PDU_IN_ORDER),
        iscsi(c"erl", IfaceParam::ERROR_RECOVERY_LEVEL),
        iscsi(c"max_recv_dlength", IfaceParam::MAX_RECV_DATA_SEGMENT_LEN),
        iscsi(c"first_burst_len", IfaceParam::FIRST_BURST_LEN),
        iscsi(c"max_outstanding_r2t", IfaceParam::MAX_OUTSTANDING_R2T),
        iscsi(c"max_burst_len", IfaceParam::MAX_BURST_LEN),
        iscsi(c"chap_auth", IfaceParam::CHAP),
        iscsi(c"bidi_chap", IfaceParam::BIDIRECTIONAL_CHAP),
        iscsi(c"discovery_auth_optional", IfaceParam::DISCOVERY_AUTH_OPTIONAL),
        iscsi(c"discovery_logout", IfaceParam::DISCOVERY_LOGOUT),
        iscsi(c"strict_login_comp_en", IfaceParam::STRICT_LOGIN),
        iscsi(c"initiator_name", IfaceParam::INITIATOR_NAME),
        ipv4(c"dhcp_dns_address_en", NetParam::IPV4_DHCP_DNS_ADDRESS),
        ipv4(c"dhcp_slp_da_info_en", NetParam::IPV4_DHCP_SLP_DIRECTORY_AGENT),
        ipv4(c"tos_en", NetParam::IPV4_TYPE_OF_SERVICE_ENABLED),
        ipv4(c"tos", NetParam::IPV4_TYPE_OF_SERVICE),
        ipv4(c"grat_arp_en", NetParam::IPV4_GRATUITOUS_ARP),
        ipv4(c"dhcp_alt_client_id_en", NetParam::IPV4_DHCP_CLIENT_ID_ENABLED),
        ipv4(c"dhcp_alt_client_id", NetParam::IPV4_DHCP_CLIENT_ID),
        ipv4(c"dhcp_req_vendor_id_en", NetParam::IPV4_DHCP_REQUIRE_VENDOR_ID),
        ipv4(c"dhcp_use_vendor_id_en", NetParam::IPV4_DHCP_USE_VENDOR_ID),
        ipv4(c"dhcp_vendor_id", NetParam::IPV4_DHCP_VENDOR_ID),
        ipv4(c"dhcp_learn_iqn_en", NetParam::IPV4_DHCP_LEARN_INITIATOR_NAME),
        ipv4(c"fragment_disable", NetParam::IPV4_FRAGMENT_DISABLED),
        ipv4(c"incoming_forwarding_en", NetParam::IPV4_FORWARDING),
        ipv4(c"ttl", NetParam::IPV4_TIME_TO_LIVE),
        ipv6(c"link_local_state", NetParam::IPV6_LINK_LOCAL_STATE),
        ipv6(c"router_state", NetParam::IPV6_ROUTER_STATE),
        ipv6(c"grat_neighbor_adv_en", NetParam::IPV6_GRATUITOUS_ADVERTISEMENT),
        ipv6(c"mld_en", NetParam::IPV6_MULTICAST_LISTENER_DISCOVERY),
        ipv6(c"flow_label", NetParam::IPV6_FLOW_LABEL),
        ipv6(c"traffic_class", NetParam::IPV6_TRAFFIC_CLASS),
        ipv6(c"hop_limit", NetParam::IPV6_HOP_LIMIT),
        ipv6(c"nd_reachable_tmo", NetParam::IPV6_REACHABLE_TIME),
        ipv6(c"nd_rexmit_time", NetParam::IPV6_RETRANSMIT_TIME),
        ipv6(c"nd_stale_tmo", NetParam::IPV6_STALE_TIMEOUT),
        ipv6(c"dup_addr_detect_cnt", NetParam::IPV6_DUPLICATE_ADDRESS_DETECTIONS),
        ipv6(c"router_adv_link_mtu", NetParam::IPV6_ADVERTISED_MTU),
    ];
}

/// The attributes of a network interface.
pub(crate) static IFACE: Groups = Groups::new(&GROUP);
