// SPDX-License-Identifier: GPL-2.0

//! What a check works on: sessions with connections in them. All of it is put away when the check is
//! over, however it ends.

use crate::client::{Client, NewSession, PATIENCE};
use crate::error::{ensure, same, Result};
use crate::event::Event;
use crate::message::{ConnId, SessionRequest, StopFlag};
use crate::pdu::{opcode, Header};
use crate::wire::Target;

/// The transport that most checks look at.
pub(crate) const TCP: &str = "tcp";

/// A client and what it has made.
pub(crate) struct Scene {
    pub(crate) client: Client,
    transport: String,
    sessions: Vec<u32>,
    conns: Vec<ConnId>,
}

impl Scene {
    /// Runs `check` on a client of a transport that has made nothing yet, and puts away what it leaves.
    ///
    /// Sockets that `check` binds are closed by then, and so cannot be used by connections any more.
    pub(crate) fn play(transport: &str, check: fn(&mut Self) -> Result) -> Result {
        let mut scene = Self {
            client: Client::new(transport)?,
            transport: transport.to_owned(),
            sessions: Vec::new(),
            conns: Vec::new(),
        };
        let result = check(&mut scene);
        let put_away = scene.put_away();
        result.and(put_away)
    }

    /// From now on nobody hears what the kernel says to everybody.
    pub(crate) fn stop_listening(&mut self) -> Result {
        self.client = Client::deaf(&self.transport)?;
        Ok(())
    }

    /// One more session.
    pub(crate) fn session(&mut self) -> Result<NewSession> {
        self.session_with(SessionRequest::default())
    }

    /// One more session, as it is asked for.
    pub(crate) fn session_with(&mut self, request: SessionRequest) -> Result<NewSession> {
        let session = self.client.create_session(request)?;
        self.sessions.push(session.session);
        Ok(session)
    }

    /// One more session, and a connection in it.
    pub(crate) fn conn(&mut self) -> Result<ConnId> {
        let session = self.session()?.session;
        self.conn_in(session)
    }

    /// The connection of a session.
    pub(crate) fn conn_in(&mut self, session: u32) -> Result<ConnId> {
        let conn = ConnId { session, conn: 0 };
        self.client.create_conn(conn)?;
        self.conns.push(conn);
        Ok(conn)
    }

    /// Stops and destroys a connection.
    pub(crate) fn drop_conn(&mut self, conn: ConnId) -> Result {
        self.conns.retain(|&other| other != conn);
        self.client.stop(conn, StopFlag::Terminate)?;
        self.client.destroy_conn(conn)
    }

    /// Destroys a connection as it is.
    pub(crate) fn drop_conn_unstopped(&mut self, conn: ConnId) -> Result {
        self.conns.retain(|&other| other != conn);
        self.client.destroy_conn(conn)
    }

    /// Destroys a session without connections.
    pub(crate) fn drop_session(&mut self, session: u32) -> Result {
        self.sessions.retain(|&other| other != session);
        self.client.destroy_session(session)
    }

    /// Sends a Login Request over a bound connection and answers it: bytes go both ways.
    pub(crate) fn exchange_login(&mut self, conn: ConnId, target: &mut Target) -> Result {
        let text = b"a=bcde\0\0";
        let request = Header::login(text.len() as u32);
        self.client.send_pdu(conn, &request, text)?;
        let (received, data) = target.read_pdu()?;
        same("opcode at the target", received.opcode(), opcode::LOGIN)?;
        same("data at the target", data, text.to_vec())?;

        let response = Header::login_response(&received);
        target.write(&response.0)?;
        let event = self
            .client
            .wait_for("the Login Response", PATIENCE, |event| {
                matches!(event, Event::ReceivedPdu { .. } | Event::ConnFailed { .. })
            })?;
        ensure(
            matches!(event, Event::ReceivedPdu { conn: of, header, .. }
                if of == conn && header.opcode() == opcode::LOGIN_RESPONSE),
            || format!("expected the Login Response, heard: {event}"),
        )
    }

    fn put_away(&mut self) -> Result {
        while let Some(&conn) = self.conns.last() {
            self.drop_conn(conn)?;
        }
        while let Some(&session) = self.sessions.last() {
            self.drop_session(session)?;
        }
        Ok(())
    }
}
