// SPDX-License-Identifier: GPL-2.0

//! The life of a session, from its beginning in sysfs to its end.

use crate::{
    connection,
    debug::debug_session,
    events,
    ffi::tables,
    target_id,
    unbind, //
};
use core::ptr;
use iscsi_abi::{
    class::{
        AddError,
        Addition,
        DevicesState,
        Removal,
        Session,
        SessionWork, //
    },
    libiscsi::system_is_running, //
};
use iscsi_kernel::{
    id_table::Slot,
    scsi::HostByte, //
};
use iscsi_proto::{
    class::{
        ConnectionState,
        Ready,
        SessionChange,
        SessionState,
        StopFlag, //
    },
    netlink::SessionEvent, //
};
use kernel::{
    prelude::*,
    sync::{
        aref::ARef,
        atomic::{
            Atomic,
            Relaxed, //
        }, //
    },
    warn_on, //
};

/// The number of the last session.
static LAST_SID: Atomic<u32> = Atomic::new(0);

/// Adds a session to sysfs and makes it known to user space. `target` is the number of its target if
/// the driver has chosen one.
///
/// # Errors
///
/// `ENOMEM`, `ENOSPC`, or what the driver core says.
pub(crate) fn add(new: Addition<'_, Session>, target: Option<u32>) -> Result {
    let session = new.object();
    let slot = Slot::new()?;
    let sid = LAST_SID.fetch_add(1, Relaxed).wrapping_add(1);
    let (id, is_ours) = match target {
        Some(id) => (id, false),
        None => (choose_target_id(session)?, true),
    };
    if let Err(error) = new.add(sid, id, is_ours) {
        match error {
            AddError::Workqueue(_) => {}
            AddError::Device(_) => {
                dev_err!(session.as_dev(), "could not register session's dev\n");
            }
            AddError::Attributes(_) => {
                dev_err!(session.as_dev(), "could not register transport's dev\n");
            }
        }
        if is_ours {
            target_id::free(id);
        }
        return Err(error.into());
    }
    let refused = tables::SESSIONS.lock().insert(sid, slot, session.into());
    // None: a number does not come again before all others were used.
    drop(refused);
    // What user space has created is not complete yet.
    if !session.registered().is_creating() {
        open(session);
    }
    // Its own messages say why it fails; the session is there all the same.
    let _ = events::session(session, SessionEvent::Create);
    debug_session!(session, "added session {}, target {}\n", sid, id);
    Ok(())
}

fn choose_target_id(session: &Session) -> Result<u32> {
    target_id::allocate().inspect_err(|_| {
        dev_err!(session.as_dev(), "Failure in Target ID Allocation\n");
    })
}

/// Lets commands of user space into a session that is complete, unless it is already being destroyed.
pub(crate) fn open(session: &Session) {
    let table = tables::SESSIONS.lock();
    if is_listed(table.get(session.sid()), session) {
        session.gate().open();
    }
}

fn is_listed(found: Option<&ARef<Session>>, session: &Session) -> bool {
    found.is_some_and(|found| ptr::eq(found.as_raw(), session.as_raw()))
}

/// The session with a number.
pub(crate) fn find(sid: u32) -> Option<ARef<Session>> {
    tables::SESSIONS.lock().get(sid).cloned()
}

/// Takes a session from where [`find`] looks, and lets nobody in who has found it before. True for
/// exactly one caller, who may then destroy it.
pub(crate) fn take(session: &Session) -> bool {
    let taken = {
        let mut table = tables::SESSIONS.lock();
        if !is_listed(table.get(session.sid()), session) {
            return false;
        }
        session.gate().shut();
        table.remove(session.sid())
    };
    taken.is_some()
}

/// Whether commands of user space can find a connection of the session.
pub(crate) fn has_connections(session: &Session) -> bool {
    session
        .find_connection(|conn| conn.gate().is_open())
        .is_some()
}

/// Has the driver destroy a session that the caller has taken.
pub(crate) fn tear_down(session: ARef<Session>) {
    // The session drops its own reference to the module, before the one to itself is dropped here.
    let _module = session.registered().pin_module();
    session.transport().destroy_session(&session);
    drop(session);
}

/// As [`tear_down`], but by a worker.
pub(crate) fn tear_down_later(session: ARef<Session>) {
    Session::queue_destruction(session);
}

/// Destroys a session with its connections, for a system that goes down: there is nobody in user space
/// to do so any more.
pub(crate) fn force_destroy(session: &Session) {
    warn_on!(system_is_running());
    if !take(session) {
        // Somebody is at it, and the connections are gone.
        return;
    }
    session.gate().close();
    session.for_each_connection(|conn| {
        if conn.state() != Some(ConnectionState::Down) {
            connection::stop_for_user(conn, StopFlag::Terminate);
        }
        connection::tear_down(conn.into());
    });
    tear_down(session.into());
}

/// Takes a session from user space and from the mid-layer. May sleep.
pub(crate) fn remove(removal: Removal<'_, Session>) {
    let session = removal.object();
    debug_session!(session, "removing session\n");
    take(session);
    session.gate().close();
    session.cancel(SessionWork::Block);
    session.cancel_recovery();
    session.cancel(SessionWork::Unblock);
    // The driver fails the commands that come through now.
    session.lock_fields().note(SessionChange::Remove);
    session.unblock_devices(DevicesState::Offline);
    session.flush(SessionWork::Scan);
    session.flush(SessionWork::Unbind);
    unbind::run(session);
    // Some drivers leave connections to the class.
    removal.remove_connections(connection::remove);
    debug_session!(session, "session has left the mid-layer\n");
    removal.finish();
}

/// Tells user space that a session is about to be freed.
pub(crate) fn announce_end(session: &Session) {
    debug_session!(session, "freeing session\n");
    // Nothing depends on whether somebody hears it.
    let _ = events::session(session, SessionEvent::Destroy);
}

/// What becomes of a command of a session now; [`HostByte::Ok`] when it can be sent.
pub(crate) fn readiness(session: &Session) -> HostByte {
    match Ready::of(session.state()) {
        Ready::Go => HostByte::Ok,
        Ready::RetryAtOnce => HostByte::ImmediateRetry,
        Ready::FailFast => HostByte::TransportFailFast,
        Ready::NoConnect => HostByte::NoConnect,
    }
}

/// Whether a session is logged in.
pub(crate) fn is_online(session: &Session) -> bool {
    session.lock_fields().state() == Some(SessionState::LoggedIn)
}
