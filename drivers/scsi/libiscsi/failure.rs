// SPDX-License-Identifier: GPL-2.0

//! What fails: connections, and the tasks on them.

use crate::debug::debug_session;
use iscsi_abi::{
    error::{
        ConnectionError,
        ErrorCode, //
    },
    libiscsi::{
        Back,
        Connection,
        Frwd,
        Session,
        Task,
        TaskRef, //
    }, //
};
use iscsi_kernel::scsi::HostByte;
use iscsi_proto::{
    session::{
        SessionEvent,
        SessionState, //
    },
    task::{
        Failure,
        TaskState, //
    }, //
};
use kernel::time::{
    delay::fsleep,
    Delta, //
};

/// How long to wait before looking again.
const COMPLETION_WAIT: Delta = Delta::from_micros(50);

/// Waits for a command that is on its way back to the mid-layer. May sleep.
pub(crate) fn wait_for_completion() {
    fsleep(COMPLETION_WAIT);
}

/// Reports a failure of a connection: it is used no more, and user space is to recover the session.
///
/// Any context, without `frwd_lock` and `back_lock`.
pub(crate) fn fail(conn: &Connection, error: impl Into<ErrorCode>) {
    let reports = mark_failed(&mut conn.session().lock_frwd(), conn);
    if reports {
        conn.report(error.into());
    }
}

/// Marks a connection as failed. Returns whether user space is to be told.
pub(crate) fn mark_failed(frwd: &mut Frwd<'_>, conn: &Connection) -> bool {
    if !frwd.session().state().reports_failure() {
        return false;
    }
    frwd.session().counters().count_connection_error(frwd);
    let stop = conn.stop_stage(frwd);
    frwd.note(SessionEvent::ConnectionFailed { stop });
    conn.suspend_transmit();
    conn.suspend_receive();
    true
}

/// Reports a failure of a session, if it has a connection that can fail.
pub(crate) fn fail_session(session: &Session, error: ErrorCode) {
    let conn = {
        let frwd = session.lock_frwd();
        if session.state() == SessionState::Terminated {
            return;
        }
        match frwd.lead_connection() {
            Some(conn) => conn.get(),
            None => return,
        }
    };
    // A session that is about to be removed with its host is not recovered.
    if error == ConnectionError::HostRemoved.into() {
        conn.report(error);
    } else {
        fail(&conn, error);
    }
}

/// Fails one command: `host` says why. A command that was not sent yet does not count as sent.
///
/// Unless the command is [`TaskState::Pending`] nothing may be sent meanwhile.
pub(crate) fn fail_command(
    frwd: &mut Frwd<'_>,
    back: &mut Back<'_>,
    task: Task<'_>,
    host: HostByte,
) {
    if !withdraw(frwd, back, task) {
        return;
    }
    let state = task.state();
    if state == TaskState::Pending {
        let queued = frwd.queued_cmd_sn().previous();
        frwd.set_queued_cmd_sn(queued);
    }
    if let Some(command) = task.command(back) {
        command.set_result(host, 0);
        command.set_nothing_transferred();
    }
    task.complete(state.after_failure(failure_of(host)), back);
}

fn failure_of(host: HostByte) -> Failure {
    if host == HostByte::TransportDisrupted {
        Failure::Recovery
    } else {
        Failure::Other
    }
}

/// Takes a task from wherever it waits to be sent or given up. Returns false if it is over: an early
/// response completed it while Data-Out of it was queued.
fn withdraw(frwd: &Frwd<'_>, back: &mut Back<'_>, task: Task<'_>) -> bool {
    let may_complete = task.state().may_complete();
    task.withdraw(frwd, back);
    may_complete
}

/// Fails all commands, or those for one logical unit. The mid-layer has them back then, but for one that
/// an error handler still holds.
///
/// Nothing may be sent meanwhile.
pub(crate) fn fail_commands(frwd: &mut Frwd<'_>, lun: Option<u64>, host: HostByte) {
    let session = frwd.session();
    for task in session.tasks() {
        while is_command_for(session, task, lun) {
            if let Some(reference) = task.get() {
                debug_session!(session, "failing task {}\n", task.index());
                give_back(frwd, reference, host);
                break;
            }
            frwd.unlocked(wait_for_completion);
        }
    }
}

fn is_command_for(session: &Session, task: Task<'_>, lun: Option<u64>) -> bool {
    task.command(&session.lock_back())
        .is_some_and(|command| lun.is_none_or(|lun| lun == command.lun()))
}

/// Fails the command of a task, and drops the reference: with the last one a transport may sleep (bnx2i).
///
/// Unless the command is [`TaskState::Pending`] nothing may be sent meanwhile.
pub(crate) fn give_back(frwd: &mut Frwd<'_>, reference: TaskRef<'_>, host: HostByte) {
    fail_command(frwd, &mut frwd.session().lock_back(), *reference, host);
    frwd.unlocked(|| drop(reference));
}

/// Completes all management requests, whatever they wait for.
///
/// Nothing may be sent meanwhile.
pub(crate) fn fail_requests(frwd: &mut Frwd<'_>) {
    let session = frwd.session();
    for task in session.tasks() {
        let mut back = session.lock_back();
        if task.is_command() || task.state() == TaskState::Free {
            continue;
        }
        debug_session!(session, "failing request {}\n", task.index());
        if withdraw(frwd, &mut back, task) {
            task.complete(task.state().after_failure(Failure::Recovery), &mut back);
        }
    }
}
