// SPDX-License-Identifier: GPL-2.0

//! Connections.

use super::{
    super::{
        Connection,
        Session,
        Transport, //
    },
    done, //
};
use core::mem::offset_of;
use iscsi_bindings as bindings;
use iscsi_kernel::compat::code::ENOSYS;
use iscsi_proto::netlink::payload::{
    custom_stats,
    Pdu,
    Text, //
};
use kernel::{
    ffi::c_int,
    prelude::*, //
};

/// The length of a connection's statistics without custom counters.
const PLAIN_STATS_LEN: usize = size_of::<bindings::iscsi_stats>();

/// The length of a custom counter.
const CUSTOM_LEN: usize = size_of::<bindings::iscsi_stats_custom>();

/// The room that a transport has for the statistics of a connection.
pub const STATS_LEN: usize =
    PLAIN_STATS_LEN + CUSTOM_LEN * bindings::ISCSI_STATS_CUSTOM_MAX as usize;

impl Transport {
    /// Gives a connection its socket or endpoint. Returns what the transport says, which is 0 or a
    /// negative error number.
    ///
    /// # Errors
    ///
    /// `ENOSYS` when it cannot.
    pub fn bind_connection(
        &self,
        session: &Session,
        conn: &Connection,
        endpoint: u64,
        is_leading: bool,
    ) -> Result<c_int> {
        let bind = self.table().bind_conn.ok_or(ENOSYS)?;
        let is_leading = c_int::from(is_leading);
        // SAFETY: Both are valid.
        Ok(unsafe { bind(session.as_raw(), conn.as_raw(), endpoint, is_leading) })
    }

    /// Starts a connection that has logged in. Returns as [`Transport::bind_connection`].
    ///
    /// # Errors
    ///
    /// `ENOSYS` when it cannot.
    pub fn start_connection(&self, conn: &Connection) -> Result<c_int> {
        let start = self.table().start_conn.ok_or(ENOSYS)?;
        // SAFETY: The connection is valid.
        Ok(unsafe { start(conn.as_raw()) })
    }

    /// Sends a PDU. Returns as [`Transport::bind_connection`].
    ///
    /// # Errors
    ///
    /// `ENOSYS` when it cannot, `EINVAL` when no PDU has as much data.
    pub fn send_pdu(&self, conn: &Connection, pdu: Pdu<'_>) -> Result<c_int> {
        let send = self.table().send_pdu.ok_or(ENOSYS)?;
        let len = u32::try_from(pdu.data.len()).map_err(|_| EINVAL)?;
        let data = pdu.data.as_mut_ptr().cast();
        // SAFETY: The connection is valid. Both parts of the PDU are as long as the transport is told.
        Ok(unsafe { send(conn.as_raw(), pdu.header.as_mut_ptr().cast(), data, len) })
    }

    /// Sets a parameter of a connection or of its session.
    ///
    /// # Errors
    ///
    /// What the transport says; `ENOSYS` when it cannot.
    pub fn set_param(&self, conn: &Connection, param: u32, text: Text<'_>) -> Result {
        let set = self.table().set_param.ok_or(ENOSYS)?;
        let len = c_int::try_from(text.declared_len()).map_err(|_| EINVAL)?;
        let text = text.into_payload().as_mut_ptr().cast();
        // SAFETY: The connection is valid, and the text ends, by the invariants of its type.
        done(unsafe { set(conn.as_raw(), param, text, len) })
    }

    /// Writes the statistics of a connection to `stats`, which must be zero. Returns their length:
    /// with no more custom counters than there is room for, whatever the transport says.
    ///
    /// # Errors
    ///
    /// `ENOSYS` when it cannot.
    pub fn get_stats(&self, conn: &Connection, stats: &mut [u8; STATS_LEN]) -> Result<usize> {
        let get = self.table().get_stats.ok_or(ENOSYS)?;
        let stats: *mut bindings::iscsi_stats = stats.as_mut_ptr().cast();
        // SAFETY: The connection is valid, and there is room for all that a transport may write.
        unsafe { get(conn.as_raw(), stats) };
        // SAFETY: The field is a part of the statistics, aligned or not.
        let counters = unsafe {
            let field: *mut u32 = stats
                .byte_add(offset_of!(bindings::iscsi_stats, custom_length))
                .cast();
            let counters = custom_stats(field.read_unaligned());
            field.write_unaligned(counters as u32);
            counters
        };
        let custom = CUSTOM_LEN.wrapping_mul(counters);
        Ok(PLAIN_STATS_LEN.wrapping_add(custom))
    }
}
