// SPDX-License-Identifier: GPL-2.0

//! PDUs that are not sent.

use crate::client::PATIENCE;
use crate::error::{refused, same, Error, Refuser, Result};
use crate::pdu::Header;
use crate::scene::Scene;
use crate::wire::Wire;
use rustix::io::Errno;
use std::thread::sleep;
use std::time::{Duration, Instant};

pub(super) fn contradiction(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let mut wire = Wire::new()?;
    scene.client.bind(conn, &wire.initiator)?;
    // Accepted, as the worker looks at it later.
    scene
        .client
        .send_pdu(conn, &Header::login(100), b"eight by")?;

    // The next one is refused until the worker is done with this one.
    let (header, data) = (Header::login(4), b"next");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let result = scene.client.send_pdu(conn, &header, data);
        if result.is_ok() {
            break;
        }
        refused(result, Refuser::Transport, Errno::PERM)?;
        if wire.target.has_bytes()? {
            let (received, _) = wire.target.read_pdu()?;
            return Err(Error::Wrong(format!("the target received {received:?}")));
        }
        if Instant::now() > deadline {
            return Err(Error::Late("the PDU to be given up".into()));
        }
        sleep(Duration::from_millis(10));
    }
    // Whatever had been sent of the first would be found before it.
    let (received, text) = wire.target.read_pdu()?;
    same(
        "header at the target",
        received.data_len(),
        header.data_len(),
    )?;
    same("data at the target", text, data.to_vec())
}
