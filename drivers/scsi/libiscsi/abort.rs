// SPDX-License-Identifier: GPL-2.0

//! Aborting a command.

use crate::{
    debug::debug_eh,
    failure,
    task_management::{
        self,
        Outcome, //
    }, //
};
use iscsi_abi::{
    error::ConnectionError,
    libiscsi::{
        Connection,
        Eh,
        Frwd,
        Session,
        TaskRef, //
    }, //
};
use iscsi_kernel::scsi::{
    Cmnd,
    HostByte, //
};
use iscsi_proto::{
    bhs::{
        Lun,
        TaskManagementRequest, //
    },
    serial::SerialNumber,
    tag::InitiatorTaskTag,
    task::TaskState,
    task_management::TmfState, //
};

/// Whether an error handler has done what it was asked for; the mid-layer goes on to the next one if
/// not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handled {
    /// The commands it is about are the mid-layer's.
    Success,
    /// They may not be.
    Failed,
}

/// A command that is to be aborted.
enum Found<'a> {
    /// It is over.
    Over,
    /// It is being given back at the moment.
    Completing,
    /// It cannot be aborted on its own, for its session has failed.
    Lost,
    /// This task executes it.
    Task(TaskRef<'a>, &'a Connection),
}

/// Aborts a command that got no answer.
pub(crate) fn abort(session: &Session, command: &Cmnd) -> Handled {
    loop {
        let eh = session.lock_eh();
        let frwd = eh.lock_frwd();
        match find(&frwd, command) {
            Found::Over => return Handled::Success,
            Found::Lost => return Handled::Failed,
            Found::Task(task, conn) => {
                debug_eh!(session, "aborting task {}\n", task.index());
                // The connection outlives its being stopped.
                let _conn = conn.get();
                let handled = abort_task(eh, frwd, conn, task);
                if handled == Handled::Success {
                    wait_until_free(session, command);
                }
                debug_eh!(session, "the abort has {:?}\n", handled);
                return handled;
            }
            Found::Completing => {
                drop(frwd);
                drop(eh);
                failure::wait_for_completion();
            }
        }
    }
}

fn find<'a>(frwd: &Frwd<'a>, command: &Cmnd) -> Found<'a> {
    let session = frwd.session();
    let back = session.lock_back();
    let Some(task) = back.task_of(command) else {
        return Found::Over;
    };
    // Who recovers the session has taken care of its commands, or will.
    let conn = match frwd.lead_connection() {
        Some(conn) if session.is_logged_in() => conn,
        _ => return Found::Lost,
    };
    match task.command_age(&back) {
        None => Found::Over,
        Some(age) if age != session.age() => Found::Lost,
        Some(_) => match task.get() {
            Some(task) => Found::Task(task, conn),
            None => Found::Completing,
        },
    }
}

/// Waits for whoever holds the task of a command for a moment longer: the mid-layer may queue the command
/// again, and must not get it back once more then.
fn wait_until_free(session: &Session, command: &Cmnd) {
    while session.lock_back().task_of(command).is_some() {
        failure::wait_for_completion();
    }
}

fn abort_task<'a>(
    eh: Eh<'a>,
    mut frwd: Frwd<'a>,
    conn: &'a Connection,
    task: TaskRef<'a>,
) -> Handled {
    let session = frwd.session();
    conn.count_abort(&frwd);
    session.counters().count_abort(&frwd);
    if task.state() == TaskState::Pending {
        failure::give_back(&mut frwd, task, HostByte::Abort);
        return Handled::Success;
    }
    if frwd.tmf_state() != TmfState::Initial {
        return Handled::Failed;
    }
    let request = TaskManagementRequest::abort_task(
        Lun::from_bytes(task.sent_lun()),
        InitiatorTaskTag::from_bytes(task.sent_tag()),
        SerialNumber::new(task.sent_cmd_sn()),
    );
    let (_eh, mut frwd, outcome) =
        task_management::execute(eh, frwd, conn, request, session.abort_timeout());
    match outcome {
        // An answer that came meanwhile may have left Data-Out of it behind.
        Outcome::NoSuchTask if !task.state().is_over() => {
            task_management::conclude(&mut frwd);
            Handled::Failed
        }
        Outcome::Done | Outcome::NoSuchTask => {
            task_management::settle(frwd, conn, |frwd| {
                failure::give_back(frwd, task, HostByte::Abort);
            });
            Handled::Success
        }
        Outcome::TimedOut => {
            // A transport may still use the task, until the connection is stopped.
            session.task_management().keep_aborted(task, &mut frwd);
            drop(frwd);
            failure::fail(conn, ConnectionError::SessionReset);
            Handled::Failed
        }
        Outcome::Refused | Outcome::SessionLost => {
            task_management::conclude(&mut frwd);
            Handled::Failed
        }
        Outcome::SessionRenewed => Handled::Failed,
    }
}
