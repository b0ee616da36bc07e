// SPDX-License-Identifier: GPL-2.0

//! Urgent data, which iSCSI does not know.

use crate::client::PATIENCE;
use crate::error::{same, Result};
use crate::event::{ConnError, Event};
use crate::pdu::Header;
use crate::scene::Scene;
use crate::wire::Wire;

/// The last byte of a header is urgent, so TCP offers the bytes before it and the whole buffer lies
/// behind them: whoever reads on to the end of the buffer takes more than was offered.
pub(super) fn data(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let mut wire = Wire::new()?;
    scene.client.bind(conn, &wire.initiator)?;
    wire.target.write_urgent(&Header::nop_in().0)?;
    let event = scene
        .client
        .wait_for("the error event", PATIENCE, |event| {
            matches!(event, Event::ConnFailed { .. })
        })?;
    let error = ConnError::PROTOCOL;
    same("event", event, Event::ConnFailed { conn, error })
}
