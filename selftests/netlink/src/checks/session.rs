// SPDX-License-Identifier: GPL-2.0

//! Sessions that are made, and that are not.

use crate::client::{Client, PATIENCE};
use crate::error::{refused, same, Refuser, Result};
use crate::event::Event;
use crate::message::SessionRequest;
use crate::scene::Scene;
use rustix::io::Errno;

pub(super) fn bogus_endpoint() -> Result {
    let mut scene = Scene::empty()?;
    for endpoint in [0, 1, u64::MAX] {
        let result = scene
            .client
            .create_bound_session(endpoint, SessionRequest::default());
        refused(result, Refuser::Interface, Errno::INVAL)?;
    }
    Ok(())
}

pub(super) fn too_few_commands() -> Result {
    let mut scene = Scene::empty()?;
    let request = SessionRequest {
        commands: 8,
        ..Default::default()
    };
    let result = scene.client.create_session(request);
    // The callback returns no session, and so no reason.
    refused(result, Refuser::Interface, Errno::NOMEM)?;
    // The host it had made is gone, and the next session is as good as ever.
    scene.session().map(drop)
}

pub(super) fn events() -> Result {
    let mut scene = Scene::empty()?;
    let new = scene.session()?;
    let (session, host) = (new.session, new.host);
    expect(&mut scene.client, Event::SessionCreated { session, host })?;
    scene.client.unbind_session(session)?;
    expect(&mut scene.client, Event::SessionUnbound { session, host })?;
    // Announced to everybody, so somebody else hears the end.
    let mut listener = Client::new("tcp")?;
    drop(scene);
    expect(&mut listener, Event::SessionDestroyed { session, host })
}

fn expect(client: &mut Client, expected: Event) -> Result {
    let event = client.wait_for(&expected.to_string(), PATIENCE, |event| *event == expected)?;
    same("event", event, expected)
}
