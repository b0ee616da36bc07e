// SPDX-License-Identifier: GPL-2.0

//! Endpoints, each of which belongs to one transport and one connection. Somebody is logged in over the
//! only one there is.

use crate::error::{refused, During, Error, Refuser, Result};
use crate::message::SessionRequest;
use crate::scene::Scene;
use rustix::io::Errno;
use std::fs;

/// The number of the endpoint.
fn taken_endpoint() -> Result<u64> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/sys/class/iscsi_endpoint").during("looking for endpoints")? {
        let path = entry.during("looking for endpoints")?.path();
        let text =
            fs::read_to_string(path.join("handle")).during("reading an endpoint's number")?;
        found.extend(text.trim().parse::<u64>());
    }
    match found[..] {
        [endpoint] => Ok(endpoint),
        _ => Err(Error::Wrong(format!("not one endpoint, but {found:?}"))),
    }
}

pub(super) fn taken(scene: &mut Scene) -> Result {
    let endpoint = taken_endpoint()?;
    let conn = scene.conn()?;
    let bound = scene.client.bind_handle(conn, endpoint);
    refused(bound, Refuser::Interface, Errno::BUSY)
}

pub(super) fn foreign(scene: &mut Scene) -> Result {
    let endpoint = taken_endpoint()?;
    let created = scene
        .client
        .create_bound_session(endpoint, SessionRequest::default());
    refused(created, Refuser::Interface, Errno::INVAL)?;
    let polled = scene.client.poll_endpoint(endpoint);
    refused(polled, Refuser::Interface, Errno::INVAL)?;
    let disconnected = scene.client.disconnect_endpoint(endpoint);
    refused(disconnected, Refuser::Interface, Errno::INVAL)
}
