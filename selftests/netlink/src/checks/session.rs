// SPDX-License-Identifier: GPL-2.0

//! Sessions that are made, and that are not.

use crate::client::PATIENCE;
use crate::error::{refused, Refuser, Result};
use crate::event::Event;
use crate::message::SessionRequest;
use crate::scene::Scene;
use rustix::io::Errno;

pub(super) fn bogus_endpoint(scene: &mut Scene) -> Result {
    for endpoint in [0, 1, u64::MAX] {
        let result = scene
            .client
            .create_bound_session(endpoint, SessionRequest::default());
        refused(result, Refuser::Interface, Errno::INVAL)?;
    }
    Ok(())
}

pub(super) fn too_few_commands(scene: &mut Scene) -> Result {
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

pub(super) fn events(scene: &mut Scene) -> Result {
    let new = scene.session()?;
    let (session, host) = (new.session, new.host);
    expect(scene, Event::SessionCreated { session, host })?;
    scene.client.unbind_session(session)?;
    expect(scene, Event::SessionUnbound { session, host })?;
    scene.drop_session(session)?;
    expect(scene, Event::SessionDestroyed { session, host })
}

fn expect(scene: &mut Scene, expected: Event) -> Result {
    let what = expected.to_string();
    scene
        .client
        .wait_for(&what, PATIENCE, |event| *event == expected)
        .map(drop)
}
