// SPDX-License-Identifier: GPL-2.0

//! Sessions.

use super::{
    super::{
        Connection,
        Endpoint,
        Session,
        Transport, //
    },
    done, //
};
use core::ptr;
use iscsi_kernel::compat::code::ENOSYS;
use kernel::{
    prelude::*,
    sync::aref::ARef, //
};

impl Transport {
    /// Makes a session, on an endpoint if there is one.
    ///
    /// # Errors
    ///
    /// `ENOMEM` when the transport makes none, `ENOSYS` when it never does.
    pub fn create_session(
        &self,
        endpoint: Option<&Endpoint>,
        commands: u16,
        queue_depth: u16,
        first_cmdsn: u32,
    ) -> Result<ARef<Session>> {
        let create = self.table().create_session.ok_or(ENOSYS)?;
        let endpoint = endpoint.map_or(ptr::null_mut(), Endpoint::as_raw);
        // SAFETY: The endpoint is null or valid.
        let session = unsafe { create(endpoint, commands, queue_depth, first_cmdsn) };
        if session.is_null() {
            return Err(ENOMEM);
        }
        // SAFETY: A session that the class has made for the transport, which nobody destroys while it
        // is being created.
        Ok(ARef::from(unsafe { Session::from_raw(session) }))
    }

    /// Gives a session a connection.
    ///
    /// # Errors
    ///
    /// `ENOMEM` when the transport makes none, `ENOSYS` when it never does.
    pub fn create_connection(&self, session: &Session, cid: u32) -> Result<ARef<Connection>> {
        let create = self.table().create_conn.ok_or(ENOSYS)?;
        // SAFETY: The session is valid.
        let conn = unsafe { create(session.as_raw(), cid) };
        if conn.is_null() {
            return Err(ENOMEM);
        }
        // SAFETY: A connection that the class has made for the transport, which nobody destroys while
        // a command of its session runs.
        Ok(ARef::from(unsafe { Connection::from_raw(conn) }))
    }

    /// Logs out of the flashnode that a session was made for, which may destroy the session.
    ///
    /// # Errors
    ///
    /// What the transport says; `ENOSYS` when it cannot.
    pub fn logout_flashnode_session(&self, session: &Session) -> Result {
        let logout = self.table().logout_flashnode_sid.ok_or(ENOSYS)?;
        // SAFETY: The session is valid.
        done(unsafe { logout(session.as_raw()) })
    }
}
