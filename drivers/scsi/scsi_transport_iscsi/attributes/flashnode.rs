// SPDX-License-Identifier: GPL-2.0

//! `/sys/bus/iscsi_flashnode/devices/flashnode_sess-HOST:INDEX/` and
//! `.../flashnode_conn-HOST:INDEX:0/`.

use super::require_administrator;
use iscsi_abi::{
    class::{
        FlashConnection,
        FlashSession, //
    },
    param::FlashnodeParam, //
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
    prelude::*, //
};

/// A parameter that is shown with the session.
struct OfSession(FlashnodeParam);

impl AttributeOperations for OfSession {
    type Owner = FlashSession;

    fn mode(&self, session: &FlashSession, _declared: Mode) -> Mode {
        session.transport().attribute_mode(self.0)
    }

    fn show(&self, session: &FlashSession, page: &AttributePage<'_>) -> Result<c_int> {
        let is_secret = matches!(
            self.0,
            FlashnodeParam::PASSWORD | FlashnodeParam::PASSWORD_IN
        );
        if is_secret {
            require_administrator()?;
        }
        session.show_param(self.0, page)
    }
}

/// A parameter that is shown with the connection.
struct OfConnection(FlashnodeParam);

impl AttributeOperations for OfConnection {
    type Owner = FlashConnection;

    fn mode(&self, conn: &FlashConnection, _declared: Mode) -> Mode {
        conn.transport().attribute_mode(self.0)
    }

    fn show(&self, conn: &FlashConnection, page: &AttributePage<'_>) -> Result<c_int> {
        conn.session().show_param(self.0, page)
    }
}

const fn session(name: &'static CStr, param: FlashnodeParam) -> Attribute<OfSession> {
    Attribute::new(name, OfSession(param))
}

const fn connection(name: &'static CStr, param: FlashnodeParam) -> Attribute<OfConnection> {
    Attribute::new(name, OfConnection(param))
}

attribute_group! {
    static SESSION_ROWS: Group<OfSession> = [
        session(c"auto_snd_tgt_disable", FlashnodeParam::AUTO_SEND_TARGETS_DISABLED),
        session(c"discovery_session", FlashnodeParam::DISCOVERY_SESSION),
        session(c"portal_type", FlashnodeParam::PORTAL_TYPE),
        session(c"entry_enable", FlashnodeParam::ENABLED),
        session(c"immediate_data", FlashnodeParam::IMMEDIATE_DATA),
        session(c"initial_r2t", FlashnodeParam::INITIAL_R2T),
        session(c"data_seq_in_order", FlashnodeParam::DATA_SEQUENCE_IN_ORDER),
        session(c"data_pdu_in_order", FlashnodeParam::DATA_PDU_IN_ORDER),
        session(c"chap_auth", FlashnodeParam::CHAP),
        session(c"discovery_logout", FlashnodeParam::DISCOVERY_LOGOUT),
        session(c"bidi_chap", FlashnodeParam::MUTUAL_CHAP),
        session(c"discovery_auth_optional", FlashnodeParam::DISCOVERY_AUTHENTICATION_OPTIONAL),
        session(c"erl", FlashnodeParam::ERROR_RECOVERY_LEVEL),
        session(c"first_burst_len", FlashnodeParam::FIRST_BURST_LENGTH),
        session(c"def_time2wait", FlashnodeParam::DEFAULT_TIME_TO_WAIT),
        session(c"def_time2retain", FlashnodeParam::DEFAULT_TIME_TO_RETAIN),
        session(c"max_outstanding_r2t", FlashnodeParam::MAX_OUTSTANDING_R2T),
        session(c"isid", FlashnodeParam::ISID),
        session(c"tsid", FlashnodeParam::TSIH),
        session(c"max_burst_len", FlashnodeParam::MAX_BURST_LENGTH),
        session(c"def_taskmgmt_tmo", FlashnodeParam::DEFAULT_TASK_MANAGEMENT_TIMEOUT),
        session(c"targetalias", FlashnodeParam::TARGET_ALIAS),
        session(c"targetname", FlashnodeParam::TARGET_NAME),
        session(c"tpgt", FlashnodeParam::PORTAL_GROUP_TAG),
        session(c"discovery_parent_idx", FlashnodeParam::DISCOVERY_PARENT_INDEX),
        session(c"discovery_parent_type", FlashnodeParam::DISCOVERY_PARENT_TYPE),
        session(c"chap_in_idx", FlashnodeParam::CHAP_IN_INDEX),
        session(c"chap_out_idx", FlashnodeParam::CHAP_OUT_INDEX),
        session(c"username", FlashnodeParam::USERNAME),
        session(c"username_in", FlashnodeParam::USERNAME_IN),
        session(c"password", FlashnodeParam::PASSWORD),
        session(c"password_in", FlashnodeParam::PASSWORD_IN),
        session(c"is_boot_target", FlashnodeParam::BOOT_TARGET),
    ];
}

attribute_group! {
    static CONNECTION_ROWS: Group<OfConnection> = [
        connection(c"is_fw_assigned_ipv6", FlashnodeParam::LINK_LOCAL_BY_FIRMWARE),
        connection(c"header_digest", FlashnodeParam::HEADER_DIGEST),
        connection(c"data_digest", FlashnodeParam::DATA_DIGEST),
        connection(c"snack_req", FlashnodeParam::SNACK),
        connection(c"tcp_timestamp_stat", FlashnodeParam::TCP_TIMESTAMPS_NEGOTIATED),
        connection(c"tcp_nagle_disable", FlashnodeParam::TCP_NAGLE_DISABLED),
        connection(c"tcp_wsf_disable", FlashnodeParam::TCP_WINDOW_SCALE_DISABLED),
        connection(c"tcp_timer_scale", FlashnodeParam::TCP_TIMER_SCALE),
        connection(c"tcp_timestamp_enable", FlashnodeParam::TCP_TIMESTAMPS),
        connection(c"fragment_disable", FlashnodeParam::FRAGMENTS_DISABLED),
        connection(c"max_recv_dlength", FlashnodeParam::MAX_RECV_DATA_LENGTH),
        connection(c"max_xmit_dlength", FlashnodeParam::MAX_XMIT_DATA_LENGTH),
        connection(c"keepalive_tmo", FlashnodeParam::KEEPALIVE_TIMEOUT),
        connection(c"port", FlashnodeParam::PORT),
        connection(c"ipaddress", FlashnodeParam::ADDRESS),
        connection(c"redirect_ipaddr", FlashnodeParam::REDIRECT_ADDRESS),
        connection(c"max_segment_size", FlashnodeParam::MAX_SEGMENT_SIZE),
        connection(c"local_port", FlashnodeParam::LOCAL_PORT),
        connection(c"ipv4_tos", FlashnodeParam::IPV4_TYPE_OF_SERVICE),
        connection(c"ipv6_traffic_class", FlashnodeParam::IPV6_TRAFFIC_CLASS),
        connection(c"ipv6_flow_label", FlashnodeParam::IPV6_FLOW_LABEL),
        connection(c"link_local_ipv6", FlashnodeParam::LINK_LOCAL_ADDRESS),
        connection(c"tcp_xmit_wsf", FlashnodeParam::TCP_XMIT_WINDOW_SCALE),
        connection(c"tcp_recv_wsf", FlashnodeParam::TCP_RECV_WINDOW_SCALE),
        connection(c"statsn", FlashnodeParam::STAT_SN),
        connection(c"exp_statsn", FlashnodeParam::EXP_STAT_SN),
    ];
}

/// The attributes of the sessions of flashnodes.
pub(crate) static FLASH_SESSION: Groups = Groups::new(&SESSION_ROWS);

/// The attributes of the connections of flashnodes.
pub(crate) static FLASH_CONNECTION: Groups = Groups::new(&CONNECTION_ROWS);
