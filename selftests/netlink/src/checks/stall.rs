// SPDX-License-Identifier: GPL-2.0

//! Commands of a transport that waits as long as the test wants, and others beside them.

use crate::client::Client;
use crate::error::Result;
use crate::message::{ConnId, SessionRequest, StopFlag};
use crate::scene::Scene;

/// The name that the transport of `selftests/stall` goes by.
const TRANSPORT: &str = "ocs";

/// STOP_CONN waits.
pub(super) fn stop(_: &mut Scene) -> Result {
    let mut session = Stalling::new()?;
    session.client.stop(session.conn, StopFlag::Terminate)?;
    session.client.destroy_conn(session.conn)?;
    session.client.destroy_session(session.conn.session)
}

/// DESTROY_SESSION waits.
pub(super) fn destroy(_: &mut Scene) -> Result {
    let mut session = Stalling::new()?;
    // The connection was never bound, so that it need not be stopped.
    session.client.destroy_conn(session.conn)?;
    session.client.destroy_session(session.conn.session)
}

/// Everything else works meanwhile.
pub(super) fn free(_: &mut Scene) -> Result {
    let mut session = Stalling::new()?;
    session.client.bind_handle(session.conn, 0)?;
    session.client.unbind_session(session.conn.session)?;
    session.client.stop(session.conn, StopFlag::Terminate)?;
    session.client.destroy_conn(session.conn)?;
    session.client.destroy_session(session.conn.session)
}

struct Stalling {
    client: Client,
    conn: ConnId,
}

impl Stalling {
    fn new() -> Result<Self> {
        let mut client = Client::deaf(TRANSPORT)?;
        let session = client.create_session(SessionRequest::default())?.session;
        let conn = ConnId { session, conn: 0 };
        client.create_conn(conn)?;
        Ok(Self { client, conn })
    }
}
