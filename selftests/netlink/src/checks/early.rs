// SPDX-License-Identifier: GPL-2.0

//! Bytes that arrive before the socket is bound: nobody is told of them once more.

use crate::error::{same, Result};
use crate::event::{ConnError, Event};
use crate::pdu::{opcode, Header};
use crate::scene::Scene;
use crate::wire::Wire;
use std::time::Duration;

/// "At once", for a slow machine: nothing else happens meanwhile that could bring it about.
const SOON: Duration = Duration::from_secs(5);

pub(super) fn error(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let mut wire = Wire::new()?;
    wire.target.write(&Header::new(opcode::RESERVED).0)?;
    wire.await_arrival()?;
    scene.client.bind(conn, &wire.initiator)?;
    let event = scene
        .client
        .wait_for("the error event", SOON, is_of_socket)?;
    let error = ConnError::BAD_OPCODE;
    same("event", event, Event::ConnFailed { conn, error })
}

pub(super) fn pdu(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let mut wire = Wire::new()?;
    let header = Header::async_message();
    wire.target.write(&header.0)?;
    wire.await_arrival()?;
    scene.client.bind(conn, &wire.initiator)?;
    let event = scene.client.wait_for("the PDU", SOON, is_of_socket)?;
    let data = Vec::new();
    same("event", event, Event::ReceivedPdu { conn, header, data })?;
    // What comes later is received as ever.
    scene.exchange_login(conn, &mut wire.target)
}

fn is_of_socket(event: &Event) -> bool {
    matches!(event, Event::ReceivedPdu { .. } | Event::ConnFailed { .. })
}
