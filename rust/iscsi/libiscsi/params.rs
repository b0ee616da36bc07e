// SPDX-License-Identifier: GPL-2.0

//! The parameters of sessions and connections: where they are, and which of them user space may set.
//!
//! C header: [`include/scsi/libiscsi.h`](srctree/include/scsi/libiscsi.h)

use super::text::Text;
use crate::param::Param;
use core::{
    marker::PhantomData,
    mem::offset_of,
    ptr::{
        self,
        NonNull, //
    }, //
};
use iscsi_bindings as bindings;
use iscsi_proto::param::{
    self as rule,
    Rule, //
};
use kernel::{
    device::Device,
    ffi::c_char,
    sync::atomic::{
        Atomic,
        Relaxed, //
    }, //
};

/// What a parameter is a parameter of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A session: `struct iscsi_session`.
    Session,
    /// A connection: `struct iscsi_conn`.
    Connection,
}

/// The type of a field.
#[derive(Clone, Copy)]
enum Kind {
    I32,
    U32,
    U16,
    U8,
    Isid,
    /// A text, and what is shown as long as it was never set.
    Text(&'static [u8]),
}

impl Kind {
    /// Its length in bytes.
    const fn len(self) -> usize {
        match self {
            Self::I32 => size_of::<i32>(),
            Self::U32 => size_of::<u32>(),
            Self::U16 => size_of::<u16>(),
            Self::U8 => size_of::<u8>(),
            Self::Isid => size_of::<Isid>(),
            Self::Text(_) => size_of::<*mut c_char>(),
        }
    }
}

/// An ISID (RFC 7143, section 11.12.5), as it is on the wire.
pub type Isid = [u8; bindings::ISID_SIZE as usize];

/// The place of a parameter in its owner.
#[derive(Clone, Copy)]
struct Place {
    owner: Owner,
    offset: usize,
    kind: Kind,
}

/// A parameter.
pub struct Parameter {
    param: Param,
    place: Place,
    setting: Option<Setting>,
}

/// What user space may set a parameter to.
pub struct Setting {
    /// The name of the parameter, for messages.
    pub name: &'static str,
    /// Which values it may have.
    pub rule: Rule,
}

impl Parameter {
    const fn new(param: Param, place: Place) -> Self {
        Self {
            param,
            place,
            setting: None,
        }
    }

    const fn settable(self, name: &'static str, rule: Rule) -> Self {
        Self {
            setting: Some(Setting { name, rule }),
            ..self
        }
    }

    /// The parameter of a number, unless libiscsi does not keep it.
    pub fn find(param: Param) -> Option<&'static Self> {
        PARAMETERS.iter().find(|this| this.param == param)
    }

    /// What it is a parameter of.
    #[inline]
    pub fn owner(&self) -> Owner {
        self.place.owner
    }

    /// What user space may set it to, if anything.
    #[inline]
    pub fn setting(&self) -> Option<&Setting> {
        self.setting.as_ref()
    }
}

/// What is in the place of a parameter.
pub enum Value<'a> {
    /// A number.
    Number(Number<'a>),
    /// The ISID of the session.
    Isid(Isid),
    /// A text, and what is shown as long as it was never set.
    Text(Text<'a>, &'static [u8]),
}

/// The place of a number. Nobody reads half of one: it is read and written as a whole.
pub struct Number<'a>(NumberPlace<'a>);

enum NumberPlace<'a> {
    I32(&'a Atomic<i32>),
    U32(&'a Atomic<u32>),
    U16(&'a Atomic<i16>),
    U8(&'a Atomic<i8>),
}

impl Number<'_> {
    /// The number.
    pub fn get(&self) -> i64 {
        match self.0 {
            NumberPlace::I32(place) => place.load(Relaxed).into(),
            NumberPlace::U32(place) => place.load(Relaxed).into(),
            NumberPlace::U16(place) => (place.load(Relaxed) as u16).into(),
            NumberPlace::U8(place) => (place.load(Relaxed) as u8).into(),
        }
    }

    /// Sets the number, or as many bits of it as the place has.
    pub fn set(&self, value: i64) {
        match self.0 {
            NumberPlace::I32(place) => place.store(value as i32, Relaxed),
            NumberPlace::U32(place) => place.store(value as u32, Relaxed),
            NumberPlace::U16(place) => place.store(value as i16, Relaxed),
            NumberPlace::U8(place) => place.store(value as i8, Relaxed),
        }
    }
}

/// A session, or a connection and its session: what has parameters.
///
/// # Invariants
///
/// Both objects are set up and valid for `'a`.
pub struct Owners<'a> {
    session: NonNull<bindings::iscsi_session>,
    conn: Option<NonNull<bindings::iscsi_conn>>,
    dev: &'a Device,
    _objects: PhantomData<&'a bindings::iscsi_session>,
}

impl<'a> Owners<'a> {
    /// Borrows the session behind an object of the class.
    ///
    /// # Safety
    ///
    /// `cls` must point to a session that is set up and not freed for `'a`.
    #[inline]
    pub unsafe fn of_session(cls: *mut bindings::iscsi_cls_session) -> Self {
        // SAFETY: By the requirements of this function.
        // INVARIANT: By the requirements of this function.
        unsafe {
            Self {
                session: NonNull::new_unchecked((*cls).dd_data.cast()),
                conn: None,
                dev: Device::from_raw(&raw mut (*cls).dev),
                _objects: PhantomData,
            }
        }
    }

    /// Borrows the connection behind an object of the class, and its session.
    ///
    /// # Safety
    ///
    /// `cls` must point to a connection that is set up and not freed for `'a`.
    #[inline]
    pub unsafe fn of_connection(cls: *mut bindings::iscsi_cls_conn) -> Self {
        // SAFETY: By the requirements of this function; a session outlives its connections.
        // INVARIANT: By the requirements of this function.
        unsafe {
            let conn: *mut bindings::iscsi_conn = (*cls).dd_data.cast();
            Self {
                session: NonNull::new_unchecked((*conn).session),
                conn: Some(NonNull::new_unchecked(conn)),
                dev: Device::from_raw(&raw mut (*cls).dev),
                _objects: PhantomData,
            }
        }
    }

    /// The device, for messages.
    #[inline]
    pub fn as_dev(&self) -> &'a Device {
        self.dev
    }

    /// The value of a parameter. There is none of a connection's in a session alone.
    pub fn value(&self, parameter: &Parameter) -> Option<Value<'a>> {
        let Place {
            owner,
            offset,
            kind,
        } = parameter.place;
        let object: *mut u8 = match owner {
            Owner::Session => self.session.as_ptr().cast(),
            Owner::Connection => self.conn?.as_ptr().cast(),
        };
        let field = object.wrapping_add(offset);
        // SAFETY: By the type invariants the object is valid, and has a field of that type there: see
        // `place!`. Numbers are read and written as a whole, whoever does, and texts are null at first
        // and set by `TextLock` only. An ISID is written before the session is published.
        Some(unsafe {
            match kind {
                Kind::I32 => {
                    Value::Number(Number(NumberPlace::I32(Atomic::from_ptr(field.cast()))))
                }
                Kind::U32 => {
                    Value::Number(Number(NumberPlace::U32(Atomic::from_ptr(field.cast()))))
                }
                Kind::U16 => {
                    Value::Number(Number(NumberPlace::U16(Atomic::from_ptr(field.cast()))))
                }
                Kind::U8 => Value::Number(Number(NumberPlace::U8(Atomic::from_ptr(field.cast())))),
                Kind::Isid => Value::Isid(ptr::read(field.cast())),
                Kind::Text(unset) => Value::Text(Text::from_raw(field.cast()), unset),
            }
        })
    }
}

/// The size of the field that a function points to.
const fn size_of_field<S, F>(_field: fn(*const S) -> *const F) -> usize {
    size_of::<F>()
}

/// The place of a field: `place!(Session: name, Kind)`. Does not compile if the field has another
/// length.
macro_rules! place {
    ($owner:ident, $struct:ident: $field:ident, $kind:expr) => {{
        const KIND: Kind = $kind;
        const {
            // SAFETY: Never called; would compute an address within what it is given.
            let field = |object: *const bindings::$struct| unsafe { &raw const (*object).$field };
            assert!(size_of_field(field) == KIND.len());
        }
        Place {
            owner: Owner::$owner,
            offset: offset_of!(bindings::$struct, $field),
            kind: KIND,
        }
    }};
    (Session: $field:ident, $kind:expr) => {
        place!(Session, iscsi_session: $field, $kind)
    };
    (Connection: $field:ident, $kind:expr) => {
        place!(Connection, iscsi_conn: $field, $kind)
    };
}

/// Numbers and texts of a session or connection.
macro_rules! parameter {
    ($param:ident = $owner:ident.$field:ident: Text) => {
        parameter!(@ $param, $owner, $field, Kind::Text(b"(null)"))
    };
    ($param:ident = $owner:ident.$field:ident: TextOrNothing) => {
        parameter!(@ $param, $owner, $field, Kind::Text(b""))
    };
    ($param:ident = $owner:ident.$field:ident: $kind:ident) => {
        parameter!(@ $param, $owner, $field, Kind::$kind)
    };
    (@ $param:ident, $owner:ident, $field:ident, $kind:expr) => {
        Parameter::new(Param::$param, place!($owner: $field, $kind))
    };
}

/// All parameters that libiscsi keeps.
#[rustfmt::skip]
static PARAMETERS: &[Parameter] = &[
    // Negotiated by the login (RFC 7143, section 13).
    parameter!(HEADER_DIGEST = Connection.hdrdgst_en: I32)
        .settable("HeaderDigest", rule::HEADER_DIGEST),
    parameter!(DATA_DIGEST = Connection.datadgst_en: I32)
        .settable("DataDigest", rule::DATA_DIGEST),
    parameter!(MAX_RECV_DATA_SEGMENT_LEN = Connection.max_recv_dlength: U32)
        .settable("MaxRecvDataSegmentLength", rule::MAX_RECV_DATA_SEGMENT_LENGTH),
    parameter!(MAX_XMIT_DATA_SEGMENT_LEN = Connection.max_xmit_dlength: U32)
        .settable("MaxXmitDataSegmentLength", rule::MAX_XMIT_DATA_SEGMENT_LENGTH),
    parameter!(INITIAL_R2T = Session.initial_r2t_en: I32)
        .settable("InitialR2T", rule::INITIAL_R2T),
    parameter!(IMMEDIATE_DATA = Session.imm_data_en: I32)
        .settable("ImmediateData", rule::IMMEDIATE_DATA),
    parameter!(MAX_BURST_LEN = Session.max_burst: U32)
        .settable("MaxBurstLength", rule::MAX_BURST_LENGTH),
    parameter!(FIRST_BURST_LEN = Session.first_burst: U32)
        .settable("FirstBurstLength", rule::FIRST_BURST_LENGTH),
    parameter!(MAX_OUTSTANDING_R2T = Session.max_r2t: U16)
        .settable("MaxOutstandingR2T", rule::MAX_OUTSTANDING_R2T),
    parameter!(DATA_PDU_IN_ORDER = Session.pdu_inorder_en: I32)
        .settable("DataPDUInOrder", rule::DATA_PDU_IN_ORDER),
    parameter!(DATA_SEQUENCE_IN_ORDER = Session.dataseq_inorder_en: I32)
        .settable("DataSequenceInOrder", rule::DATA_SEQUENCE_IN_ORDER),
    parameter!(ERROR_RECOVERY_LEVEL = Session.erl: I32)
        .settable("ErrorRecoveryLevel", rule::ERROR_RECOVERY_LEVEL),
    parameter!(TARGET_PORTAL_GROUP_TAG = Session.tpgt: I32)
        .settable("TargetPortalGroupTag", rule::TARGET_PORTAL_GROUP_TAG),
    parameter!(TARGET_NAME = Session.targetname: Text)
        .settable("TargetName", rule::TEXT),
    parameter!(TARGET_ALIAS = Session.targetalias: Text)
        .settable("TargetAlias", rule::TEXT),
    parameter!(INITIATOR_NAME = Session.initiatorname: Text)
        .settable("InitiatorName", rule::TEXT),
    parameter!(EXP_STAT_SN = Connection.exp_statsn: U32)
        .settable("ExpStatSN", rule::EXP_STAT_SN),
    parameter!(DISCOVERY_SESSION = Session.discovery_sess: U8)
        .settable("discovery session", rule::DISCOVERY_SESSION),
    parameter!(ISID = Session.isid: Isid),
    parameter!(TSIH = Session.tsid: U16),
    parameter!(STAT_SN = Connection.statsn: U32),
    parameter!(DEFAULT_TIME2WAIT = Session.time2wait: I32),
    parameter!(DEFAULT_TIME2RETAIN = Session.time2retain: I32),
    parameter!(IF_MARKER = Connection.ifmarker_en: I32),
    parameter!(OF_MARKER = Connection.ofmarker_en: I32),

    // CHAP.
    parameter!(USERNAME = Session.username: Text)
        .settable("username", rule::TEXT),
    parameter!(USERNAME_IN = Session.username_in: Text)
        .settable("username_in", rule::TEXT),
    parameter!(PASSWORD = Session.password: Text)
        .settable("password", rule::TEXT),
    parameter!(PASSWORD_IN = Session.password_in: Text)
        .settable("password_in", rule::TEXT),
    parameter!(CHAP = Session.chap_auth_en: U8),
    parameter!(BIDIRECTIONAL_CHAP = Session.bidi_chap_en: U8),

    // How errors are found and handled.
    parameter!(FAST_ABORT = Session.fast_abort: I32)
        .settable("FastAbort", rule::FAST_ABORT),
    parameter!(ABORT_TIMEOUT = Session.abort_timeout: I32)
        .settable("abort timeout", rule::SECONDS),
    parameter!(LU_RESET_TIMEOUT = Session.lu_reset_timeout: I32)
        .settable("logical unit reset timeout", rule::SECONDS),
    parameter!(TARGET_RESET_TIMEOUT = Session.tgt_reset_timeout: I32)
        .settable("target reset timeout", rule::SECONDS),
    parameter!(TASK_MANAGEMENT_TIMEOUT = Session.def_taskmgmt_tmo: U16),
    parameter!(PING_TIMEOUT = Connection.ping_timeout: U32)
        .settable("ping timeout", rule::SECONDS),
    parameter!(RECEIVE_TIMEOUT = Connection.recv_timeout: U32)
        .settable("receive timeout", rule::SECONDS),

    // Where the session comes from.
    parameter!(PERSISTENT_ADDRESS = Connection.persistent_address: Text)
        .settable("persistent address", rule::TEXT),
    parameter!(PERSISTENT_PORT = Connection.persistent_port: I32)
        .settable("persistent port", rule::PORT),
    parameter!(LOCAL_IP_ADDRESS = Connection.local_ipaddr: Text)
        .settable("local address", rule::TEXT),
    parameter!(LOCAL_PORT = Connection.local_port: U16),
    parameter!(IFACE_NAME = Session.ifacename: Text)
        .settable("interface name", rule::TEXT),
    parameter!(BOOT_ROOT = Session.boot_root: Text)
        .settable("boot root", rule::TEXT),
    parameter!(BOOT_NIC = Session.boot_nic: Text)
        .settable("boot NIC", rule::TEXT),
    parameter!(BOOT_TARGET = Session.boot_target: Text)
        .settable("boot target", rule::TEXT),

    // What offload cards have: they write the fields themselves.
    parameter!(PORTAL_TYPE = Session.portal_type: Text)
        .settable("portal type", rule::TEXT),
    parameter!(DISCOVERY_PARENT_TYPE = Session.discovery_parent_type: TextOrNothing)
        .settable("discovery parent type", rule::TEXT),
    parameter!(DISCOVERY_PARENT_INDEX = Session.discovery_parent_idx: U16),
    parameter!(AUTO_SEND_TARGETS_DISABLED = Session.auto_snd_tgt_disable: U8),
    parameter!(DISCOVERY_LOGOUT = Session.discovery_logout_en: U8),
    parameter!(DISCOVERY_AUTH_OPTIONAL = Session.discovery_auth_optional: U8),
    parameter!(TCP_MAX_SEGMENT_SIZE = Connection.max_segment_size: U32),
    parameter!(TCP_KEEPALIVE_TIMEOUT = Connection.keepalive_tmo: U16),
    parameter!(TCP_TIMESTAMP_STATE = Connection.tcp_timestamp_stat: U8),
    parameter!(TCP_TIMESTAMP = Connection.tcp_timestamp_en: U8),
    parameter!(TCP_NAGLE_DISABLED = Connection.tcp_nagle_disable: U8),
    parameter!(TCP_WINDOW_SCALE_DISABLED = Connection.tcp_wsf_disable: U8),
    parameter!(TCP_TIMER_SCALE = Connection.tcp_timer_scale: U8),
    parameter!(TCP_XMIT_WINDOW_SCALE = Connection.tcp_xmit_wsf: U32),
    parameter!(TCP_RECV_WINDOW_SCALE = Connection.tcp_recv_wsf: U32),
    parameter!(IP_FRAGMENT_DISABLED = Connection.fragment_disable: U8),
    parameter!(IPV4_TYPE_OF_SERVICE = Connection.ipv4_tos: U8),
    parameter!(IPV6_TRAFFIC_CLASS = Connection.ipv6_traffic_class: U8),
    parameter!(IPV6_FLOW_LABEL = Connection.ipv6_flow_label: U8),
    parameter!(IPV6_BY_FIRMWARE = Connection.is_fw_assigned_ipv6: U8),
];
