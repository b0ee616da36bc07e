// SPDX-License-Identifier: GPL-2.0

//! Sessions that are made, and that are not.

use crate::client::PATIENCE;
use crate::error::{refused, same, Error, Refuser, Result};
use crate::event::Event;
use crate::message::SessionRequest;
use crate::scene::Scene;
use rustix::io::Errno;
use std::time::Instant;

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

pub(super) fn unbound_once(scene: &mut Scene) -> Result {
    let new = scene.session()?;
    let (session, host) = (new.session, new.host);
    let unbound = Event::SessionUnbound { session, host };
    for _ in 0..3 {
        scene.client.unbind_session(session)?;
    }
    scene.drop_session(session)?;
    let mut times = 0;
    loop {
        // Events come in the order in which things happen, and this is the last one.
        match scene.client.next_event(Instant::now() + PATIENCE)? {
            Some(Event::SessionDestroyed { session: of, .. }) if of == session => break,
            Some(event) if event == unbound => times += 1,
            Some(_) => {}
            None => return Err(Error::Late("the end of the session".into())),
        }
    }
    same("times the session was unbound", times, 1)
}

pub(super) fn destroyed_later(scene: &mut Scene) -> Result {
    for _ in 0..20 {
        // Not the scene's, which would destroy it again.
        let new = scene.client.create_session(SessionRequest::default())?;
        let (session, host) = (new.session, new.host);
        scene.client.destroy_session_later(session)?;
        let again = scene.client.destroy_session_later(session);
        refused(again, Refuser::Interface, Errno::INVAL)?;
        let again = scene.client.destroy_session(session);
        refused(again, Refuser::Interface, Errno::INVAL)?;
        expect(scene, Event::SessionDestroyed { session, host })?;
    }
    Ok(())
}

fn expect(scene: &mut Scene, expected: Event) -> Result {
    let what = expected.to_string();
    scene
        .client
        .wait_for(&what, PATIENCE, |event| *event == expected)
        .map(drop)
}
