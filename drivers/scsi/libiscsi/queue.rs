// SPDX-License-Identifier: GPL-2.0

//! Commands from the mid-layer.

use crate::{
    command,
    debug::debug_session, //
};
use iscsi_abi::libiscsi::{
    system_is_running,
    Connection,
    Frwd,
    Session,
    TaskRef, //
};
use iscsi_kernel::scsi::{
    Cmnd,
    HostByte, //
};
use iscsi_proto::{
    session::Refusal,
    task::TaskState, //
};
use kernel::{
    ffi::c_int,
    prelude::*, //
};

/// What has become of a command.
pub(crate) enum Disposition {
    /// It is a task, or was: its completion gives it back.
    Queued,
    /// It is still the mid-layer's, which is to try it again when another one is done.
    Busy,
    /// It has its result and is to be given back.
    Done,
}

/// Why a command was not queued.
enum Failure {
    /// There is no room for it now.
    Busy,
    /// It has this result.
    Result(c_int),
}

impl Failure {
    fn host(host: HostByte) -> Self {
        Self::Result((host as c_int) << 16)
    }
}

/// Makes a task of a command, and has it sent.
pub(crate) fn queue(session: &Session, command: &Cmnd) -> Disposition {
    command.set_raw_result(0);
    let mut frwd = session.lock_frwd();
    frwd.forget_task(command);
    let queued = connection(&frwd).and_then(|conn| enqueue(&mut frwd, conn, command));
    drop(frwd);
    match queued {
        Ok(()) => Disposition::Queued,
        Err(Failure::Busy) => {
            debug_session!(session, "no room for a command now\n");
            Disposition::Busy
        }
        Err(Failure::Result(result)) => {
            debug_session!(session, "a command is not taken: result {:#x}\n", result);
            command.set_raw_result(result);
            command.set_nothing_transferred();
            Disposition::Done
        }
    }
}

/// The connection that takes a command now.
///
/// Commands may come while the class is only beginning to hold them back, so every state says what
/// becomes of them.
fn connection<'a>(frwd: &Frwd<'a>) -> Result<&'a Connection, Failure> {
    let session = frwd.session();
    session.check_ready().map_err(Failure::Result)?;
    if let Some(refusal) = session.state().refusal(system_is_running()) {
        return Err(Failure::host(match refusal {
            Refusal::Retry => HostByte::ImmediateRetry,
            Refusal::FailFast => HostByte::TransportFailFast,
            Refusal::NoConnection => HostByte::NoConnect,
        }));
    }
    let conn = frwd
        .lead_connection()
        .ok_or(Failure::host(HostByte::NoConnect))?;
    if conn.is_transmit_suspended() {
        return Err(Failure::host(HostByte::Requeue));
    }
    Ok(conn)
}

fn enqueue<'a>(frwd: &mut Frwd<'a>, conn: &'a Connection, command: &Cmnd) -> Result<(), Failure> {
    let Some(task) = new_task(frwd, conn, command) else {
        // The batch ends here, for now.
        conn.wake_transmit();
        return Err(Failure::Busy);
    };
    if frwd.session().has_worker() {
        conn.command_queue(frwd).push_back(task.leave());
        if ends_batch(frwd.session(), command) {
            conn.wake_transmit();
        }
    } else {
        send_here(frwd, conn, task)?;
    }
    let next = frwd.queued_cmd_sn().next();
    frwd.set_queued_cmd_sn(next);
    Ok(())
}

/// A task for a command, if the target takes another one and a task is free.
fn new_task<'a>(frwd: &mut Frwd<'a>, conn: &Connection, command: &Cmnd) -> Option<TaskRef<'a>> {
    if frwd.is_window_open() {
        frwd.new_command(conn, command)
    } else {
        None
    }
}

/// Whether the worker has to be woken now: once for all commands that the mid-layer has at hand.
///
/// If this is not the last of them, the mid-layer hands over another one, or calls `commit_rqs` of the
/// transport, which wakes the worker then (`iscsi_conn_queue_xmit`). Of a transport without that, every
/// command is the last one.
///
/// Should the mid-layer drop the last one itself, as it does when the device is deleted at that very
/// moment, the others wait for the next command or ping, or for their time-out.
fn ends_batch(session: &Session, command: &Cmnd) -> bool {
    command.is_last_of_batch() || !session.is_told_of_batches()
}

/// Sends a command at once, for transports that do not sleep.
fn send_here<'a>(
    frwd: &mut Frwd<'a>,
    conn: &'a Connection,
    mut task: TaskRef<'a>,
) -> Result<(), Failure> {
    let failure = match command::prepare(frwd, conn, &mut task) {
        Ok(()) => match frwd.session().transport().xmit_task(&task) {
            Ok(()) => {
                task.leave();
                return Ok(());
            }
            Err(_) => {
                // It was not sent after all.
                let unsent = frwd.cmd_sn().previous();
                frwd.set_cmd_sn(unsent);
                Failure::Busy
            }
        },
        Err(error) if command::may_try_again(error) => Failure::Busy,
        Err(_) => Failure::host(HostByte::Abort),
    };
    let task = task.leave();
    task.complete(TaskState::Requeued, &mut frwd.lock_back());
    Err(failure)
}
