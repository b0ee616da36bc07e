// SPDX-License-Identifier: GPL-2.0

//! Parameters of sessions, connections, hosts, network interfaces and flashnodes, as netlink and sysfs
//! name them.
//!
//! C header: [`include/scsi/iscsi_if.h`](srctree/include/scsi/iscsi_if.h)

mod flashnode;
mod iface;

pub use flashnode::FlashnodeParam;
pub use iface::{
    IfaceParam,
    NetParam, //
};

use core::marker::PhantomData;
use iscsi_bindings as bindings;
use kernel::ffi::{
    c_char,
    c_int,
    c_uint, //
};

/// A parameter of a session or connection: `enum iscsi_param`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param(c_uint);

/// A parameter of a host: `enum iscsi_host_param`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostParam(c_uint);

macro_rules! param_constants {
    ($type:ident: $($(#[$doc:meta])* $name:ident = $value:ident,)*) => {
        impl $type {
            $($(#[$doc])* pub const $name: Self = Self(bindings::$value);)*
        }
    };
}
use param_constants;

param_constants! {
    Param:
    /// MaxRecvDataSegmentLength of this side, in bytes.
    MAX_RECV_DATA_SEGMENT_LEN = iscsi_param_ISCSI_PARAM_MAX_RECV_DLENGTH,
    /// MaxRecvDataSegmentLength of the target, in bytes.
    MAX_XMIT_DATA_SEGMENT_LEN = iscsi_param_ISCSI_PARAM_MAX_XMIT_DLENGTH,
    /// HeaderDigest.
    HEADER_DIGEST = iscsi_param_ISCSI_PARAM_HDRDGST_EN,
    /// DataDigest.
    DATA_DIGEST = iscsi_param_ISCSI_PARAM_DATADGST_EN,
    /// InitialR2T.
    INITIAL_R2T = iscsi_param_ISCSI_PARAM_INITIAL_R2T_EN,
    /// MaxOutstandingR2T.
    MAX_OUTSTANDING_R2T = iscsi_param_ISCSI_PARAM_MAX_R2T,
    /// ImmediateData.
    IMMEDIATE_DATA = iscsi_param_ISCSI_PARAM_IMM_DATA_EN,
    /// FirstBurstLength, in bytes.
    FIRST_BURST_LEN = iscsi_param_ISCSI_PARAM_FIRST_BURST,
    /// MaxBurstLength, in bytes.
    MAX_BURST_LEN = iscsi_param_ISCSI_PARAM_MAX_BURST,
    /// DataPDUInOrder.
    DATA_PDU_IN_ORDER = iscsi_param_ISCSI_PARAM_PDU_INORDER_EN,
    /// DataSequenceInOrder.
    DATA_SEQUENCE_IN_ORDER = iscsi_param_ISCSI_PARAM_DATASEQ_INORDER_EN,
    /// ErrorRecoveryLevel.
    ERROR_RECOVERY_LEVEL = iscsi_param_ISCSI_PARAM_ERL,
    /// The next StatSN expected from the target.
    EXP_STAT_SN = iscsi_param_ISCSI_PARAM_EXP_STATSN,
    /// TargetName.
    TARGET_NAME = iscsi_param_ISCSI_PARAM_TARGET_NAME,
    /// TargetPortalGroupTag.
    TARGET_PORTAL_GROUP_TAG = iscsi_param_ISCSI_PARAM_TPGT,
    /// The address that was asked for, before any redirection.
    PERSISTENT_ADDRESS = iscsi_param_ISCSI_PARAM_PERSISTENT_ADDRESS,
    /// The port that was asked for, before any redirection.
    PERSISTENT_PORT = iscsi_param_ISCSI_PARAM_PERSISTENT_PORT,
    /// The target's port.
    CONN_PORT = iscsi_param_ISCSI_PARAM_CONN_PORT,
    /// The target's address.
    CONN_ADDRESS = iscsi_param_ISCSI_PARAM_CONN_ADDRESS,
    /// The port of this side.
    LOCAL_PORT = iscsi_param_ISCSI_PARAM_LOCAL_PORT,
    /// CHAP name this side gives.
    USERNAME = iscsi_param_ISCSI_PARAM_USERNAME,
    /// CHAP name the target must give.
    USERNAME_IN = iscsi_param_ISCSI_PARAM_USERNAME_IN,
    /// CHAP secret this side gives.
    PASSWORD = iscsi_param_ISCSI_PARAM_PASSWORD,
    /// CHAP secret the target must give.
    PASSWORD_IN = iscsi_param_ISCSI_PARAM_PASSWORD_IN,
    /// Whether a reset stops the Data-Out of the commands it affects.
    FAST_ABORT = iscsi_param_ISCSI_PARAM_FAST_ABORT,
    /// How long to wait for the answer to ABORT TASK, in seconds.
    ABORT_TIMEOUT = iscsi_param_ISCSI_PARAM_ABORT_TMO,
    /// How long to wait for the answer to LOGICAL UNIT RESET, in seconds.
    LU_RESET_TIMEOUT = iscsi_param_ISCSI_PARAM_LU_RESET_TMO,
    /// How long to wait for the answer to TARGET WARM RESET, in seconds.
    TARGET_RESET_TIMEOUT = iscsi_param_ISCSI_PARAM_TGT_RESET_TMO,
    /// How long to wait for the answer to a NOP-Out, in seconds.
    PING_TIMEOUT = iscsi_param_ISCSI_PARAM_PING_TMO,
    /// How long the target may be silent before a NOP-Out is sent, in seconds.
    RECEIVE_TIMEOUT = iscsi_param_ISCSI_PARAM_RECV_TMO,
    /// How long to wait for a new login before a session is given up, in seconds.
    RECOVERY_TIMEOUT = iscsi_param_ISCSI_PARAM_SESS_RECOVERY_TMO,
    /// The name user space gave the interface of the session.
    IFACE_NAME = iscsi_param_ISCSI_PARAM_IFACE_NAME,
    /// InitiatorName.
    INITIATOR_NAME = iscsi_param_ISCSI_PARAM_INITIATOR_NAME,
    /// TargetAlias.
    TARGET_ALIAS = iscsi_param_ISCSI_PARAM_TARGET_ALIAS,
    /// The entry of an offload card's table that holds the target's CHAP name and secret.
    CHAP_IN_INDEX = iscsi_param_ISCSI_PARAM_CHAP_IN_IDX,
    /// The entry of an offload card's table that holds the CHAP name and secret of this side.
    CHAP_OUT_INDEX = iscsi_param_ISCSI_PARAM_CHAP_OUT_IDX,
    /// ISID.
    ISID = iscsi_param_ISCSI_PARAM_ISID,
    /// TSIH.
    TSIH = iscsi_param_ISCSI_PARAM_TSID,
    /// DefaultTime2Wait, in seconds.
    DEFAULT_TIME2WAIT = iscsi_param_ISCSI_PARAM_DEF_TIME2WAIT,
    /// DefaultTime2Retain, in seconds.
    DEFAULT_TIME2RETAIN = iscsi_param_ISCSI_PARAM_DEF_TIME2RETAIN,
    /// How long an offload card waits for the answer to a task management request, in seconds.
    TASK_MANAGEMENT_TIMEOUT = iscsi_param_ISCSI_PARAM_DEF_TASKMGMT_TMO,
    /// IFMarker (RFC 3720).
    IF_MARKER = iscsi_param_ISCSI_PARAM_IFMARKER_EN,
    /// OFMarker (RFC 3720).
    OF_MARKER = iscsi_param_ISCSI_PARAM_OFMARKER_EN,
    /// The next StatSN that an offload card expects.
    STAT_SN = iscsi_param_ISCSI_PARAM_STATSN,
    /// The boot entry of the firmware that the session comes from.
    BOOT_ROOT = iscsi_param_ISCSI_PARAM_BOOT_ROOT,
    /// The network card of the boot entry of the firmware.
    BOOT_NIC = iscsi_param_ISCSI_PARAM_BOOT_NIC,
    /// The target of the boot entry of the firmware.
    BOOT_TARGET = iscsi_param_ISCSI_PARAM_BOOT_TARGET,
    /// Whether the session is one for discovery.
    DISCOVERY_SESSION = iscsi_param_ISCSI_PARAM_DISCOVERY_SESS,
    /// Whether an offload card is kept from looking for further targets by itself.
    AUTO_SEND_TARGETS_DISABLED = iscsi_param_ISCSI_PARAM_AUTO_SND_TGT_DISABLE,
    /// Whether an offload card logs out of discovery sessions.
    DISCOVERY_LOGOUT = iscsi_param_ISCSI_PARAM_DISCOVERY_LOGOUT_EN,
    /// Whether discovery goes on without authentication.
    DISCOVERY_AUTH_OPTIONAL = iscsi_param_ISCSI_PARAM_DISCOVERY_AUTH_OPTIONAL,
    /// The entry that an offload card found the target by.
    DISCOVERY_PARENT_INDEX = iscsi_param_ISCSI_PARAM_DISCOVERY_PARENT_IDX,
    /// The kind of the entry that an offload card found the target by.
    DISCOVERY_PARENT_TYPE = iscsi_param_ISCSI_PARAM_DISCOVERY_PARENT_TYPE,
    /// The IP version of a target in an offload card.
    PORTAL_TYPE = iscsi_param_ISCSI_PARAM_PORTAL_TYPE,
    /// Whether CHAP is used.
    CHAP = iscsi_param_ISCSI_PARAM_CHAP_AUTH_EN,
    /// Whether the target authenticates itself, too.
    BIDIRECTIONAL_CHAP = iscsi_param_ISCSI_PARAM_BIDI_CHAP_EN,
    /// The maximum segment size of TCP, in bytes.
    TCP_MAX_SEGMENT_SIZE = iscsi_param_ISCSI_PARAM_MAX_SEGMENT_SIZE,
    /// When TCP probes an idle connection, in seconds.
    TCP_KEEPALIVE_TIMEOUT = iscsi_param_ISCSI_PARAM_KEEPALIVE_TMO,
    /// Whether TCP time stamps are in use.
    TCP_TIMESTAMP_STATE = iscsi_param_ISCSI_PARAM_TCP_TIMESTAMP_STAT,
    /// Whether TCP time stamps are asked for.
    TCP_TIMESTAMP = iscsi_param_ISCSI_PARAM_TCP_TIMESTAMP_EN,
    /// Whether Nagle's algorithm is off.
    TCP_NAGLE_DISABLED = iscsi_param_ISCSI_PARAM_TCP_NAGLE_DISABLE,
    /// Whether window scaling is off.
    TCP_WINDOW_SCALE_DISABLED = iscsi_param_ISCSI_PARAM_TCP_WSF_DISABLE,
    /// The scale of the timers of TCP.
    TCP_TIMER_SCALE = iscsi_param_ISCSI_PARAM_TCP_TIMER_SCALE,
    /// The scale of the send window.
    TCP_XMIT_WINDOW_SCALE = iscsi_param_ISCSI_PARAM_TCP_XMIT_WSF,
    /// The scale of the receive window.
    TCP_RECV_WINDOW_SCALE = iscsi_param_ISCSI_PARAM_TCP_RECV_WSF,
    /// Whether IP packets must not be fragmented.
    IP_FRAGMENT_DISABLED = iscsi_param_ISCSI_PARAM_IP_FRAGMENT_DISABLE,
    /// The type of service of IPv4 packets.
    IPV4_TYPE_OF_SERVICE = iscsi_param_ISCSI_PARAM_IPV4_TOS,
    /// The traffic class of IPv6 packets.
    IPV6_TRAFFIC_CLASS = iscsi_param_ISCSI_PARAM_IPV6_TC,
    /// The flow label of IPv6 packets.
    IPV6_FLOW_LABEL = iscsi_param_ISCSI_PARAM_IPV6_FLOW_LABEL,
    /// Whether the firmware has given the IPv6 address.
    IPV6_BY_FIRMWARE = iscsi_param_ISCSI_PARAM_IS_FW_ASSIGNED_IPV6,
    /// The address of this side.
    LOCAL_IP_ADDRESS = iscsi_param_ISCSI_PARAM_LOCAL_IPADDR,
}

param_constants! {
    HostParam:
    /// The network device, when user space bound the session to one.
    NETDEV_NAME = iscsi_host_param_ISCSI_HOST_PARAM_NETDEV_NAME,
    /// The address of that device.
    HARDWARE_ADDRESS = iscsi_host_param_ISCSI_HOST_PARAM_HWADDRESS,
    /// The local address of the connection.
    IP_ADDRESS = iscsi_host_param_ISCSI_HOST_PARAM_IPADDRESS,
    /// InitiatorName.
    INITIATOR_NAME = iscsi_host_param_ISCSI_HOST_PARAM_INITIATOR_NAME,
    /// Whether the port of an offload card has a link.
    PORT_STATE = iscsi_host_param_ISCSI_HOST_PARAM_PORT_STATE,
    /// How fast that link is.
    PORT_SPEED = iscsi_host_param_ISCSI_HOST_PARAM_PORT_SPEED,
}

/// A parameter of any kind that could be an attribute in sysfs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnyParam {
    /// Of a session or connection.
    Iscsi(Param),
    /// Of a host.
    Host(HostParam),
    /// Of an object that software transports do not have.
    Other,
}

impl AnyParam {
    /// From the pair of numbers the class has for it.
    pub fn from_raw(kind: c_int, number: c_int) -> Self {
        let Ok(number) = c_uint::try_from(number) else {
            return Self::Other;
        };
        match c_uint::try_from(kind) {
            Ok(bindings::iscsi_param_type_ISCSI_PARAM) => Self::Iscsi(Param(number)),
            Ok(bindings::iscsi_param_type_ISCSI_HOST_PARAM) => Self::Host(HostParam(number)),
            _ => Self::Other,
        }
    }
}

impl Param {
    /// From the number C has for it.
    #[inline]
    pub fn from_raw(number: bindings::iscsi_param) -> Self {
        Self(number)
    }

    /// The number C has for it.
    #[inline]
    pub fn as_raw(self) -> bindings::iscsi_param {
        self.0
    }
}

impl HostParam {
    /// From the number C has for it.
    #[inline]
    pub fn from_raw(number: bindings::iscsi_host_param) -> Self {
        Self(number)
    }

    /// The number C has for it.
    #[inline]
    pub fn as_raw(self) -> bindings::iscsi_host_param {
        self.0
    }
}

/// A value to set a parameter to: the text user space sent.
///
/// # Invariants
///
/// The pointer and the length describe a NUL-terminated string, valid for `'a`.
pub struct ParamText<'a> {
    text: *mut c_char,
    len: c_int,
    _message: PhantomData<&'a c_char>,
}

impl ParamText<'_> {
    /// Borrows the text of a message.
    ///
    /// # Safety
    ///
    /// `text` must be a NUL-terminated string valid for the lifetime of the result, and `len` the
    /// length the message gives for it.
    #[inline]
    pub(crate) unsafe fn from_raw(text: *mut c_char, len: c_int) -> Self {
        // INVARIANT: By the requirements of this function.
        Self {
            text,
            len,
            _message: PhantomData,
        }
    }

    /// The text as C has it.
    #[inline]
    pub(crate) fn as_raw(&self) -> (*mut c_char, c_int) {
        (self.text, self.len)
    }
}
