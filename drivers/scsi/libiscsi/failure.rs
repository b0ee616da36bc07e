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
        Task, //
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
use kernel::time::delay::udelay;
use kernel::time::Delta;

/// How long to wait before looking again.
const COMPLETION_WAIT: Delta = Delta::from_micros(5);

/// Waits for a command that is on its way back to the mid-layer. The lock that this takes must not be
/// held.
pub(crate) fn wait_for_completion() {
    udelay(COMPLETION_WAIT);
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
    let is_over = task.state() == TaskState::Completed;
    task.withdraw(frwd, back);
    !is_over
}

/// Fails all commands, or those for one logical unit, and returns when the mid-layer has them back.
///
/// Nothing may be sent meanwhile.
pub(crate) fn fail_commands(frwd: &mut Frwd<'_>, lun: Option<u64>, host: HostByte) {
    while !try_fail_commands(frwd, lun, host) {
        frwd.unlocked(wait_for_completion);
    }
}

/// Returns false when there is a command which is being completed, that is to be waited for.
fn try_fail_commands(frwd: &mut Frwd<'_>, lun: Option<u64>, host: HostByte) -> bool {
    let session = frwd.session();
    let mut back = session.lock_back();
    for task in session.tasks() {
        let Some(command) = task.command(&back) else {
            continue;
        };
        if task.state() == TaskState::Free || lun.is_some_and(|lun| lun != command.lun()) {
            continue;
        }
        let Some(task) = task.get() else {
            return false;
        };
        debug_session!(session, "failing task {}\n", task.index());
        fail_command(frwd, &mut back, *task, host);
        task.put(&mut back);
    }
    true
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
