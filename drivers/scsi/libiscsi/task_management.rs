// SPDX-License-Identifier: GPL-2.0

//! Task management requests (RFC 7143, section 11.5): one at a time, and what has to wait for it.

use crate::{
    debug::debug_eh,
    failure,
    management, //
};
use iscsi_abi::{
    error::ConnectionError,
    libiscsi::{
        Back,
        Connection,
        Eh,
        Frwd,
        Session,
        Task, //
    }, //
};
use iscsi_kernel::time::{
    jiffies,
    seconds, //
};
use iscsi_proto::{
    bhs::{
        Header,
        TaskManagementFunction,
        TaskManagementRequest,
        TaskManagementResponse, //
    },
    tag::InitiatorTaskTag,
    task_management::{
        self,
        Outgoing,
        Scope,
        TmfState, //
    }, //
};
use kernel::prelude::*;

/// What a request has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The target has done it.
    Done,
    /// The target says that there is no such task.
    NoSuchTask,
    /// The target has not done it.
    Refused,
    /// The target did not answer in time.
    TimedOut,
    /// It was not sent, or the session has failed meanwhile, which does away with all tasks.
    SessionLost,
    /// The session has failed and was recovered meanwhile. The next request may be under way.
    SessionRenewed,
}

/// Whether a task must not send anything now for the sake of the request under way.
pub(crate) fn holds_back(frwd: &Frwd<'_>, task: Task<'_>, outgoing: Outgoing) -> bool {
    if frwd.tmf_state() == TmfState::Initial {
        return false;
    }
    let session = frwd.session();
    let request = session.task_management();
    let Some(scope) = request.header(frwd).and_then(scope_of) else {
        return false;
    };
    let lun = task
        .command(&session.lock_back())
        .map_or(0, |command| command.lun());
    task_management::holds_back(
        scope,
        outgoing,
        lun,
        task.sent_tag(),
        session.stops_data_out(),
    )
}

fn scope_of(request: &TaskManagementRequest) -> Option<Scope> {
    match request.flags.function().ok()? {
        TaskManagementFunction::AbortTask => Some(Scope::Task {
            referenced: request.referenced_task_tag.to_bytes(),
        }),
        TaskManagementFunction::LogicalUnitReset => Some(Scope::LogicalUnit {
            lun: request.lun.number(),
        }),
        TaskManagementFunction::TargetWarmReset => Some(Scope::Target),
        _ => None,
    }
}

/// Sends a request and waits for the answer, `timeout` seconds at most. Both locks are dropped
/// meanwhile; other error handlers then find a request under way.
///
/// Must be followed by [`conclude`], when whatever the outcome asks for is done, unless that is
/// [`Outcome::SessionRenewed`].
pub(crate) fn execute<'a>(
    eh: Eh<'a>,
    mut frwd: Frwd<'a>,
    conn: &'a Connection,
    mut request: TaskManagementRequest,
    timeout: u32,
) -> (Eh<'a>, Frwd<'a>, Outcome) {
    let session = frwd.session();
    let tmf = session.task_management();
    let age = session.age();
    // Any tag but the reserved one asks for an answer.
    request.itt = InitiatorTaskTag::from_bytes([0; 4]);
    frwd.set_tmf_state(TmfState::Queued);
    if let Err(error) = send(&mut frwd, conn, &mut request) {
        drop(frwd);
        dev_err!(
            conn.as_dev(),
            "Could not send TMF: error {}.\n",
            error.to_errno()
        );
        failure::fail(conn, ConnectionError::ConnectionFailed);
        return (eh, session.lock_frwd(), Outcome::SessionLost);
    }
    conn.count_task_management(&frwd);
    tmf.timer().arm(jiffies().wrapping_add(seconds(timeout)));
    debug_eh!(session, "waiting {} s for the answer\n", timeout);

    drop(frwd);
    let session = eh.unlock();
    let is_lost = || session.age() != age || !session.is_logged_in();
    session
        .eh_wait()
        .wait_interruptible(|| is_lost() || tmf.state() != TmfState::Queued);
    iscsi_kernel::wait::flush_signals_if_pending();

    let eh = session.lock_eh();
    let frwd = eh.lock_frwd();
    if session.age() != age {
        return (eh, frwd, Outcome::SessionRenewed);
    }
    tmf.timer().cancel_sync();
    let outcome = match tmf.state() {
        _ if is_lost() => Outcome::SessionLost,
        TmfState::Success => Outcome::Done,
        TmfState::NotFound => Outcome::NoSuchTask,
        TmfState::TimedOut => Outcome::TimedOut,
        _ => Outcome::Refused,
    };
    debug_eh!(session, "the request has come to {:?}\n", outcome);
    (eh, frwd, outcome)
}

/// Sends a request, and notes what it is about and which task waits for the answer.
fn send<'a>(
    frwd: &mut Frwd<'a>,
    conn: &'a Connection,
    request: &mut TaskManagementRequest,
) -> Result {
    let task = management::new_task(frwd, conn, &request.to_bytes(), &[])?;
    request.itt = InitiatorTaskTag::from_bytes(task.index().to_ne_bytes());
    let session = frwd.session();
    session.task_management().set_header(Some(request), frwd);
    management::submit(frwd, conn, task)
}

/// Has `fail` take commands back that the target has done with, while nothing is sent, and concludes.
pub(crate) fn settle<'a>(mut frwd: Frwd<'a>, conn: &Connection, fail: impl FnOnce(&mut Frwd<'a>)) {
    // The target may have answered while data was still being sent.
    frwd.unlocked(|| conn.stop_transmit());
    fail(&mut frwd);
    conclude(&mut frwd);
    // What has failed meanwhile is to send no more.
    if frwd.session().is_logged_in() {
        conn.start_transmit();
    }
}

/// Lets the next request be made, and everything through that has waited for this one.
pub(crate) fn conclude(frwd: &mut Frwd<'_>) {
    let session = frwd.session();
    session.task_management().set_header(None, frwd);
    frwd.set_tmf_state(TmfState::Initial);
    if let Some(conn) = frwd.lead_connection() {
        conn.wake_transmit();
    }
}

/// Takes the answer to a request, unless nobody waits for it any more.
pub(crate) fn answered(
    back: &Back<'_>,
    conn: &Connection,
    task: Task<'_>,
    header: &TaskManagementResponse,
) {
    conn.acknowledge(header.stat_sn.get(), back);
    conn.count_task_management_response(back);
    let session = conn.session();
    let tmf = session.task_management();
    // The answer to a request that was given up says nothing about the one under way.
    if tmf.waiting_task() != task.index() {
        return;
    }
    if tmf.conclude(TmfState::Queued.answered(header.response)) {
        session.eh_wait().wake_up();
    }
}

/// The timer of the request has expired. Atomic context.
pub(crate) fn timer_expired(session: &Session) {
    if session
        .task_management()
        .conclude(TmfState::Queued.timed_out())
    {
        debug_eh!(session, "no answer in time\n");
        session.eh_wait().wake_up();
    }
}
