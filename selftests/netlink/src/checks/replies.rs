// SPDX-License-Identifier: GPL-2.0

//! What is answered, and to whom.

use crate::client::handle_of;
use crate::error::{ensure, refused, Refuser, Result};
use crate::message::Request;
use crate::scene::Scene;
use rustix::io::Errno;

/// More transports than there are.
const TRANSPORTS_MAX: u64 = 1000;

pub(super) fn handle(_: &mut Scene) -> Result {
    let handle = handle_of("tcp")?;
    ensure(handle < TRANSPORTS_MAX, || {
        format!("the handle of the transport is {handle:#x}")
    })
}

pub(super) fn disguised(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    // Statistics answer for themselves, so such an event seems to need no reply.
    let kind = Request::GetStats(conn).number();
    let session = scene.session()?.session;
    scene
        .client
        .call_disguised(&Request::UnbindSession(session), kind)
        .map(drop)
}

pub(super) fn unheard(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    scene.stop_listening()?;
    refused(scene.client.stats(conn), Refuser::Interface, Errno::SRCH)
}
