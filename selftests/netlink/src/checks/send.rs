// SPDX-License-Identifier: GPL-2.0

//! PDUs of user space that are sent, or are not.

use crate::client::PATIENCE;
use crate::error::{refused, same, During, Error, Refuser, Result};
use crate::pdu::Header;
use crate::scene::Scene;
use crate::wire::Wire;
use rustix::io::Errno;
use std::fs;
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

/// How often a Login Request follows the answer to another.
const EXCHANGES: u32 = 20;

/// Each Login Request follows the answer to the one before while the worker that has sent that one is
/// still at it.
///
/// This needs the caller to be kept to processor 0 with a real-time priority: the worker shares it, and
/// so gets no further than to where this program wakes up.
pub(super) fn next(scene: &mut Scene) -> Result {
    let session = scene.session()?;
    let workers = format!(
        "/sys/devices/virtual/workqueue/iscsi_q_{}/cpumask",
        session.host
    );
    fs::write(workers, "1").during("keeping the worker to processor 0")?;
    let conn = scene.conn_in(session.session)?;
    let mut wire = Wire::new()?;
    scene.client.bind(conn, &wire.initiator)?;
    (0..EXCHANGES).try_for_each(|_| scene.exchange_login(conn, &mut wire.target))
}
