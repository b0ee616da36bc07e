// SPDX-License-Identifier: GPL-2.0

//! Removing the target of a session from the mid-layer, once.

use crate::{
    debug::debug_session,
    events,
    target_id, //
};
use iscsi_abi::class::{
    Session,
    SessionWork, //
};
use iscsi_proto::{
    class::{
        TargetState,
        Unbind, //
    },
    netlink::SessionEvent, //
};

/// Has a worker remove the session's target.
pub(crate) fn queue(session: &Session) {
    session.queue(SessionWork::Unbind);
}

/// Removes the session's target, unless that was done or is being done. May sleep.
pub(crate) fn run(session: &Session) {
    debug_session!(session, "unbinding session\n");
    let (unbind, id) = begin(session);
    match unbind {
        Unbind::Nothing => {
            debug_session!(session, "session is unbound or being unbound\n");
            return;
        }
        Unbind::FreeId => {}
        Unbind::RemoveTarget => session.remove_target(),
    }
    if let Some(id) = id.filter(|_| session.target_id_is_ours()) {
        target_id::free(id);
    }
    // Its own messages say why it fails; the target is gone all the same.
    let _ = events::session(session, SessionEvent::Unbind);
    {
        let mut fields = session.lock_fields();
        let state = fields.target_state().map(TargetState::unbound);
        fields.set_target_state(state);
    }
    debug_session!(session, "unbound session\n");
}

/// What is to be done, and the number of the target that the session has no more.
fn begin(session: &Session) -> (Unbind, Option<u32>) {
    // Not while somebody looks for devices, and nobody does from now on.
    let _host = session.host().mutex().lock();
    let mut fields = session.lock_fields();
    let Some((state, unbind)) = fields.target_state().map(TargetState::unbind) else {
        return (Unbind::Nothing, None);
    };
    if unbind == Unbind::Nothing {
        return (unbind, None);
    }
    fields.set_target_state(Some(state));
    (unbind, fields.take_target_id())
}
