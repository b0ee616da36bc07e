// SPDX-License-Identifier: GPL-2.0

//! The tables of callbacks that transports register.

use super::{
    Connection,
    Endpoint,
    Session, //
};
use core::slice;
use iscsi_bindings as bindings;
use iscsi_proto::class::StopFlag;
use kernel::{
    str::BStr,
    types::Opaque, //
};

/// The callbacks of a transport, whether it is this project's or C.
///
/// Wraps the kernel's [`struct iscsi_transport`].
///
/// # Invariants
///
/// The C object has a name, and is not changed or freed as long as the reference lives. What is
/// registered has what [`Transport::missing_callback`] looks for.
///
/// [`struct iscsi_transport`]: srctree/include/scsi/scsi_transport_iscsi.h
#[repr(transparent)]
pub struct Transport(Opaque<bindings::iscsi_transport>);

// SAFETY: A table that nobody changes.
unsafe impl Send for Transport {}

// SAFETY: As above.
unsafe impl Sync for Transport {}

impl Transport {
    /// Borrows a C table.
    ///
    /// # Safety
    ///
    /// `ptr` must point to a table with a name, which is not changed or freed for `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *const bindings::iscsi_transport) -> &'a Self {
        // SAFETY: Valid for `'a` by the requirements of this function.
        // CAST: `Self` is a transparent wrapper.
        unsafe { &*ptr.cast() }
    }

    /// The C representation.
    #[inline]
    pub fn as_raw(&self) -> *mut bindings::iscsi_transport {
        self.0.get()
    }

    /// The callbacks.
    #[inline]
    pub(super) fn table(&self) -> &bindings::iscsi_transport {
        // SAFETY: Nobody changes the table, by the type invariants.
        unsafe { &*self.as_raw() }
    }

    /// The name that user space asks for.
    #[inline]
    pub fn name(&self) -> &BStr {
        let name = self.table().name;
        // SAFETY: By the type invariants the name is a string.
        let bytes = unsafe { slice::from_raw_parts(name.cast(), bindings::strlen(name)) };
        BStr::from_bytes(bytes)
    }

    /// What the transport can do: the `CAP_` values that user space branches on.
    #[inline]
    pub fn capabilities(&self) -> u32 {
        self.table().caps
    }

    /// Whether connections run over endpoints of the transport, rather than sockets of user space.
    #[inline]
    pub fn has_endpoints(&self) -> bool {
        self.table().ep_connect.is_some()
    }

    /// Whether the transport unbinds connections from endpoints before it disconnects these.
    #[inline]
    pub fn unbinds_connections(&self) -> bool {
        self.table().unbind_conn.is_some()
    }

    /// Whether the transport disconnects endpoints.
    #[inline]
    pub fn disconnects(&self) -> bool {
        self.table().ep_disconnect.is_some()
    }

    /// The first callback without which the class can do nothing for a transport and which this one
    /// does not have, by its C name.
    #[inline]
    pub fn missing_callback(&self) -> Option<&'static str> {
        let table = self.table();
        let required = [
            ("create_session", table.create_session.is_some()),
            ("destroy_session", table.destroy_session.is_some()),
            ("create_conn", table.create_conn.is_some()),
            ("bind_conn", table.bind_conn.is_some()),
            ("start_conn", table.start_conn.is_some()),
            ("stop_conn", table.stop_conn.is_some()),
            ("set_param", table.set_param.is_some()),
            ("get_conn_param", table.get_conn_param.is_some()),
            ("get_session_param", table.get_session_param.is_some()),
            ("get_host_param", table.get_host_param.is_some()),
            ("send_pdu", table.send_pdu.is_some()),
            ("get_stats", table.get_stats.is_some()),
            ("attr_is_visible", table.attr_is_visible.is_some()),
            (
                "get_ep_param",
                table.get_ep_param.is_some() || table.ep_connect.is_none(),
            ),
        ];
        for (name, is_present) in required {
            if !is_present {
                return Some(name);
            }
        }
        None
    }

    /// Has the transport destroy a session. The first call for a session does, others do nothing.
    #[inline]
    pub fn destroy_session(&self, session: &Session) {
        if !session.claim_destruction() {
            return;
        }
        if let Some(destroy) = self.table().destroy_session {
            // SAFETY: The session is one that was added, and nobody else has it destroyed.
            unsafe { destroy(session.as_raw()) };
        }
    }

    /// Has the transport destroy a connection, if it does that. The first call for a connection does,
    /// others do nothing.
    #[inline]
    pub fn destroy_connection(&self, conn: &Connection) {
        if !conn.claim_destruction() {
            return;
        }
        if let Some(destroy) = self.table().destroy_conn {
            // SAFETY: The connection is one that was added, and nobody else has it destroyed.
            unsafe { destroy(conn.as_raw()) };
        }
    }

    /// Has the transport stop a connection.
    #[inline]
    pub fn stop_connection(&self, conn: &Connection, flag: StopFlag) {
        if let Some(stop) = self.table().stop_conn {
            // SAFETY: The connection is valid.
            unsafe { stop(conn.as_raw(), flag.as_raw()) };
        }
    }

    /// Has the transport unbind a connection from its endpoint. `is_active` says that the target keeps
    /// the session.
    #[inline]
    pub fn unbind_connection(&self, conn: &Connection, is_active: bool) {
        if let Some(unbind) = self.table().unbind_conn {
            // SAFETY: The connection is valid.
            unsafe { unbind(conn.as_raw(), is_active) };
        }
    }

    /// Has the transport disconnect an endpoint, which usually destroys it.
    #[inline]
    pub fn disconnect(&self, endpoint: &Endpoint) {
        if let Some(disconnect) = self.table().ep_disconnect {
            // SAFETY: The endpoint is valid.
            unsafe { disconnect(endpoint.as_raw()) };
        }
    }

    /// Tells the transport that nobody has logged in again in time.
    #[inline]
    pub fn recovery_timed_out(&self, session: &Session) {
        if let Some(timed_out) = self.table().session_recovery_timedout {
            // SAFETY: The session is valid.
            unsafe { timed_out(session.as_raw()) };
        }
    }
}
