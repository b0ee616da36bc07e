// SPDX-License-Identifier: GPL-2.0

//! Parameters of flashnodes: targets that an adapter keeps in its own memory.

use super::param_constants;
use iscsi_bindings as bindings;
use kernel::ffi::c_uint;

/// A parameter of a flashnode: `enum iscsi_flashnode_param`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlashnodeParam(c_uint);

param_constants! {
    FlashnodeParam:
    /// Whether the adapter does not look for targets by itself.
    AUTO_SEND_TARGETS_DISABLED = iscsi_flashnode_param_ISCSI_FLASHNODE_AUTO_SND_TGT_DISABLE,
    /// Whether the session is for discovery.
    DISCOVERY_SESSION = iscsi_flashnode_param_ISCSI_FLASHNODE_DISCOVERY_SESS,
    /// The kind of addresses that the portal has.
    PORTAL_TYPE = iscsi_flashnode_param_ISCSI_FLASHNODE_PORTAL_TYPE,
    /// Whether the flashnode is in use.
    ENABLED = iscsi_flashnode_param_ISCSI_FLASHNODE_ENTRY_EN,
    /// ImmediateData.
    IMMEDIATE_DATA = iscsi_flashnode_param_ISCSI_FLASHNODE_IMM_DATA_EN,
    /// InitialR2T.
    INITIAL_R2T = iscsi_flashnode_param_ISCSI_FLASHNODE_INITIAL_R2T_EN,
    /// DataSequenceInOrder.
    DATA_SEQUENCE_IN_ORDER = iscsi_flashnode_param_ISCSI_FLASHNODE_DATASEQ_INORDER,
    /// DataPDUInOrder.
    DATA_PDU_IN_ORDER = iscsi_flashnode_param_ISCSI_FLASHNODE_PDU_INORDER,
    /// Whether this side authenticates itself by CHAP.
    CHAP = iscsi_flashnode_param_ISCSI_FLASHNODE_CHAP_AUTH_EN,
    /// Whether the adapter logs out at the end of discovery.
    DISCOVERY_LOGOUT = iscsi_flashnode_param_ISCSI_FLASHNODE_DISCOVERY_LOGOUT_EN,
    /// Whether the target authenticates itself, too.
    MUTUAL_CHAP = iscsi_flashnode_param_ISCSI_FLASHNODE_BIDI_CHAP_EN,
    /// Whether discovery may go without authentication.
    DISCOVERY_AUTHENTICATION_OPTIONAL = iscsi_flashnode_param_ISCSI_FLASHNODE_DISCOVERY_AUTH_OPTIONAL,
    /// ErrorRecoveryLevel.
    ERROR_RECOVERY_LEVEL = iscsi_flashnode_param_ISCSI_FLASHNODE_ERL,
    /// FirstBurstLength.
    FIRST_BURST_LENGTH = iscsi_flashnode_param_ISCSI_FLASHNODE_FIRST_BURST,
    /// DefaultTime2Wait.
    DEFAULT_TIME_TO_WAIT = iscsi_flashnode_param_ISCSI_FLASHNODE_DEF_TIME2WAIT,
    /// DefaultTime2Retain.
    DEFAULT_TIME_TO_RETAIN = iscsi_flashnode_param_ISCSI_FLASHNODE_DEF_TIME2RETAIN,
    /// MaxOutstandingR2T.
    MAX_OUTSTANDING_R2T = iscsi_flashnode_param_ISCSI_FLASHNODE_MAX_R2T,
    /// ISID.
    ISID = iscsi_flashnode_param_ISCSI_FLASHNODE_ISID,
    /// TSIH.
    TSIH = iscsi_flashnode_param_ISCSI_FLASHNODE_TSID,
    /// MaxBurstLength.
    MAX_BURST_LENGTH = iscsi_flashnode_param_ISCSI_FLASHNODE_MAX_BURST,
    /// How long to wait for answers to task management requests.
    DEFAULT_TASK_MANAGEMENT_TIMEOUT = iscsi_flashnode_param_ISCSI_FLASHNODE_DEF_TASKMGMT_TMO,
    /// TargetAlias.
    TARGET_ALIAS = iscsi_flashnode_param_ISCSI_FLASHNODE_ALIAS,
    /// TargetName.
    TARGET_NAME = iscsi_flashnode_param_ISCSI_FLASHNODE_NAME,
    /// TargetPortalGroupTag.
    PORTAL_GROUP_TAG = iscsi_flashnode_param_ISCSI_FLASHNODE_TPGT,
    /// The flashnode that this one was discovered by.
    DISCOVERY_PARENT_INDEX = iscsi_flashnode_param_ISCSI_FLASHNODE_DISCOVERY_PARENT_IDX,
    /// The kind of discovery.
    DISCOVERY_PARENT_TYPE = iscsi_flashnode_param_ISCSI_FLASHNODE_DISCOVERY_PARENT_TYPE,
    /// The entry of the adapter's table that holds the target's CHAP name and secret.
    CHAP_IN_INDEX = iscsi_flashnode_param_ISCSI_FLASHNODE_CHAP_IN_IDX,
    /// The entry of the adapter's table that holds the CHAP name and secret of this side.
    CHAP_OUT_INDEX = iscsi_flashnode_param_ISCSI_FLASHNODE_CHAP_OUT_IDX,
    /// The CHAP name of this side.
    USERNAME = iscsi_flashnode_param_ISCSI_FLASHNODE_USERNAME,
    /// The CHAP name of the target.
    USERNAME_IN = iscsi_flashnode_param_ISCSI_FLASHNODE_USERNAME_IN,
    /// The CHAP secret of this side.
    PASSWORD = iscsi_flashnode_param_ISCSI_FLASHNODE_PASSWORD,
    /// The CHAP secret of the target.
    PASSWORD_IN = iscsi_flashnode_param_ISCSI_FLASHNODE_PASSWORD_IN,
    /// Whether the machine was started from it.
    BOOT_TARGET = iscsi_flashnode_param_ISCSI_FLASHNODE_IS_BOOT_TGT,
    /// Whether the firmware has chosen the link-local address.
    LINK_LOCAL_BY_FIRMWARE = iscsi_flashnode_param_ISCSI_FLASHNODE_IS_FW_ASSIGNED_IPV6,
    /// HeaderDigest.
    HEADER_DIGEST = iscsi_flashnode_param_ISCSI_FLASHNODE_HDR_DGST_EN,
    /// DataDigest.
    DATA_DIGEST = iscsi_flashnode_param_ISCSI_FLASHNODE_DATA_DGST_EN,
    /// Whether SNACK requests are sent.
    SNACK = iscsi_flashnode_param_ISCSI_FLASHNODE_SNACK_REQ_EN,
    /// Whether both sides use TCP timestamps.
    TCP_TIMESTAMPS_NEGOTIATED = iscsi_flashnode_param_ISCSI_FLASHNODE_TCP_TIMESTAMP_STAT,
    /// Whether Nagle's algorithm is off.
    TCP_NAGLE_DISABLED = iscsi_flashnode_param_ISCSI_FLASHNODE_TCP_NAGLE_DISABLE,
    /// Whether window scaling is off.
    TCP_WINDOW_SCALE_DISABLED = iscsi_flashnode_param_ISCSI_FLASHNODE_TCP_WSF_DISABLE,
    /// The scale of the timers of TCP.
    TCP_TIMER_SCALE = iscsi_flashnode_param_ISCSI_FLASHNODE_TCP_TIMER_SCALE,
    /// Whether this side uses TCP timestamps.
    TCP_TIMESTAMPS = iscsi_flashnode_param_ISCSI_FLASHNODE_TCP_TIMESTAMP_EN,
    /// Whether packets may not be fragmented.
    FRAGMENTS_DISABLED = iscsi_flashnode_param_ISCSI_FLASHNODE_IP_FRAG_DISABLE,
    /// MaxRecvDataSegmentLength of this side.
    MAX_RECV_DATA_LENGTH = iscsi_flashnode_param_ISCSI_FLASHNODE_MAX_RECV_DLENGTH,
    /// MaxRecvDataSegmentLength of the target.
    MAX_XMIT_DATA_LENGTH = iscsi_flashnode_param_ISCSI_FLASHNODE_MAX_XMIT_DLENGTH,
    /// How long TCP waits for a sign of life.
    KEEPALIVE_TIMEOUT = iscsi_flashnode_param_ISCSI_FLASHNODE_KEEPALIVE_TMO,
    /// The TCP port of the portal.
    PORT = iscsi_flashnode_param_ISCSI_FLASHNODE_PORT,
    /// The address of the portal.
    ADDRESS = iscsi_flashnode_param_ISCSI_FLASHNODE_IPADDR,
    /// The address that the portal has sent this side to.
    REDIRECT_ADDRESS = iscsi_flashnode_param_ISCSI_FLASHNODE_REDIRECT_IPADDR,
    /// The longest TCP segment, in bytes.
    MAX_SEGMENT_SIZE = iscsi_flashnode_param_ISCSI_FLASHNODE_MAX_SEGMENT_SIZE,
    /// The TCP port of this side.
    LOCAL_PORT = iscsi_flashnode_param_ISCSI_FLASHNODE_LOCAL_PORT,
    /// The type of service of IPv4.
    IPV4_TYPE_OF_SERVICE = iscsi_flashnode_param_ISCSI_FLASHNODE_IPV4_TOS,
    /// The traffic class of IPv6.
    IPV6_TRAFFIC_CLASS = iscsi_flashnode_param_ISCSI_FLASHNODE_IPV6_TC,
    /// The flow label of IPv6.
    IPV6_FLOW_LABEL = iscsi_flashnode_param_ISCSI_FLASHNODE_IPV6_FLOW_LABEL,
    /// The link-local address of IPv6.
    LINK_LOCAL_ADDRESS = iscsi_flashnode_param_ISCSI_FLASHNODE_LINK_LOCAL_IPV6,
    /// The scale of the window of the target.
    TCP_XMIT_WINDOW_SCALE = iscsi_flashnode_param_ISCSI_FLASHNODE_TCP_XMIT_WSF,
    /// The scale of the window of this side.
    TCP_RECV_WINDOW_SCALE = iscsi_flashnode_param_ISCSI_FLASHNODE_TCP_RECV_WSF,
    /// StatSN.
    STAT_SN = iscsi_flashnode_param_ISCSI_FLASHNODE_STATSN,
    /// ExpStatSN.
    EXP_STAT_SN = iscsi_flashnode_param_ISCSI_FLASHNODE_EXP_STATSN,
}

impl FlashnodeParam {
    /// The number C has for it.
    #[inline]
    pub fn as_raw(self) -> bindings::iscsi_flashnode_param {
        self.0
    }
}
