// SPDX-License-Identifier: GPL-2.0

//! `/sys/class/iscsi_session/sessionN/`.

use super::require_administrator;
use iscsi_abi::{
    class::Session,
    param::Param, //
};
use iscsi_kernel::{
    attribute_group,
    sysfs::{
        Attribute,
        AttributeOperations,
        AttributePage,
        Mode, //
    }, //
};
use iscsi_proto::class::{
    RecoveryTimeout,
    SessionState,
    TargetState, //
};
use kernel::{
    ffi::c_int,
    prelude::*, //
};

/// What an attribute of a session says.
enum SessionAttribute {
    /// A parameter that the driver may know.
    Param(Param),
    /// One that only administrators may read.
    Secret(Param),
    /// How long commands wait for a session that has failed.
    RecoveryTimeout,
    /// Whether the session is logged in.
    State,
    /// Whether its target is known to the mid-layer.
    TargetState,
    /// The netlink port of the process that has made the session.
    Creator,
    /// The number of the target at the host.
    TargetId,
}

impl AttributeOperations for SessionAttribute {
    type Owner = Session;

    fn mode(&self, session: &Session, declared: Mode) -> Mode {
        match self {
            Self::Param(param) | Self::Secret(param) => session.transport().attribute_mode(*param),
            Self::RecoveryTimeout
            | Self::State
            | Self::TargetState
            | Self::Creator
            | Self::TargetId => declared,
        }
    }

    fn show(&self, session: &Session, page: &AttributePage<'_>) -> Result<c_int> {
        Ok(match self {
            Self::Param(param) => session.show_param(*param, page)?,
            Self::Secret(param) => {
                require_administrator()?;
                session.show_param(*param, page)?
            }
            Self::RecoveryTimeout => {
                let timeout = RecoveryTimeout::from_raw(session.recovery_timeout());
                page.print(format_args!("{timeout}\n"))
            }
            Self::State => print_name(session.state().map(SessionState::name), page),
            Self::TargetState => print_name(session.target_state().map(TargetState::name), page),
            Self::Creator => page.print(format_args!("{}\n", session.creator())),
            // A target that was unbound has the number -1.
            Self::TargetId => page.print(format_args!("{}\n", session.target_id() as i32)),
        })
    }

    fn store(&self, session: &Session, text: &[u8]) -> Result {
        match self {
            Self::RecoveryTimeout => set_recovery_timeout(session, text),
            Self::Param(_)
            | Self::Secret(_)
            | Self::State
            | Self::TargetState
            | Self::Creator
            | Self::TargetId => Err(EIO),
        }
    }
}

/// Prints the name of a state, or what user space takes for "not set". Returns the number of characters.
fn print_name(name: Option<&str>, page: &AttributePage<'_>) -> c_int {
    page.print_line(name.unwrap_or("(null)").as_bytes())
}

/// Sets the recovery timeout for good: what user space says by netlink does not count from now on.
///
/// # Errors
///
/// `EBUSY` if the session is not logged in, as a timeout that already runs stays what it is; `EINVAL`
/// for a text that is no timeout.
fn set_recovery_timeout(session: &Session, text: &[u8]) -> Result {
    if session
        .state()
        .is_some_and(|state| !state.takes_recovery_timeout())
    {
        return Err(EBUSY);
    }
    let timeout = RecoveryTimeout::parse(text).ok_or(EINVAL)?;
    session.set_recovery_timeout(timeout.as_raw());
    session.override_recovery_timeout();
    Ok(())
}

const fn param(name: &'static CStr, param: Param) -> Attribute<SessionAttribute> {
    Attribute::new(name, SessionAttribute::Param(param))
}

const fn secret(name: &'static CStr, param: Param) -> Attribute<SessionAttribute> {
    Attribute::new(name, SessionAttribute::Secret(param))
}

attribute_group! {
    /// The attributes of a session.
    pub(crate) static SESSION: Group<SessionAttribute> = [
        param(c"initial_r2t", Param::INITIAL_R2T),
        param(c"max_outstanding_r2t", Param::MAX_OUTSTANDING_R2T),
        param(c"immediate_data", Param::IMMEDIATE_DATA),
        param(c"first_burst_len", Param::FIRST_BURST_LEN),
        param(c"max_burst_len", Param::MAX_BURST_LEN),
        param(c"data_pdu_in_order", Param::DATA_PDU_IN_ORDER),
        param(c"data_seq_in_order", Param::DATA_SEQUENCE_IN_ORDER),
        param(c"erl", Param::ERROR_RECOVERY_LEVEL),
        param(c"targetname", Param::TARGET_NAME),
        param(c"tpgt", Param::TARGET_PORTAL_GROUP_TAG),
        secret(c"password", Param::PASSWORD),
        secret(c"password_in", Param::PASSWORD_IN),
        secret(c"username", Param::USERNAME),
        secret(c"username_in", Param::USERNAME_IN),
        param(c"fast_abort", Param::FAST_ABORT),
        param(c"abort_tmo", Param::ABORT_TIMEOUT),
        param(c"lu_reset_tmo", Param::LU_RESET_TIMEOUT),
        param(c"tgt_reset_tmo", Param::TARGET_RESET_TIMEOUT),
        param(c"ifacename", Param::IFACE_NAME),
        param(c"initiatorname", Param::INITIATOR_NAME),
        param(c"targetalias", Param::TARGET_ALIAS),
        param(c"boot_root", Param::BOOT_ROOT),
        param(c"boot_nic", Param::BOOT_NIC),
        param(c"boot_target", Param::BOOT_TARGET),
        Attribute::writable(c"recovery_tmo", SessionAttribute::RecoveryTimeout),
        Attribute::new(c"state", SessionAttribute::State),
        Attribute::new(c"target_state", SessionAttribute::TargetState),
        Attribute::new(c"creator", SessionAttribute::Creator),
        secret(c"chap_out_idx", Param::CHAP_OUT_INDEX),
        secret(c"chap_in_idx", Param::CHAP_IN_INDEX),
        Attribute::new(c"target_id", SessionAttribute::TargetId),
        param(c"auto_snd_tgt_disable", Param::AUTO_SEND_TARGETS_DISABLED),
        param(c"discovery_session", Param::DISCOVERY_SESSION),
        param(c"portal_type", Param::PORTAL_TYPE),
        param(c"chap_auth", Param::CHAP),
        param(c"discovery_logout", Param::DISCOVERY_LOGOUT),
        param(c"bidi_chap", Param::BIDIRECTIONAL_CHAP),
        param(c"discovery_auth_optional", Param::DISCOVERY_AUTH_OPTIONAL),
        param(c"def_time2wait", Param::DEFAULT_TIME2WAIT),
        param(c"def_time2retain", Param::DEFAULT_TIME2RETAIN),
        param(c"isid", Param::ISID),
        param(c"tsid", Param::TSIH),
        param(c"def_taskmgmt_tmo", Param::TASK_MANAGEMENT_TIMEOUT),
        param(c"discovery_parent_idx", Param::DISCOVERY_PARENT_INDEX),
        param(c"discovery_parent_type", Param::DISCOVERY_PARENT_TYPE),
    ];
}
