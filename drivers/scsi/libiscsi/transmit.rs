// SPDX-License-Identifier: GPL-2.0

//! The worker of a connection that sends what is queued.

use crate::{
    command,
    debug::debug_session,
    failure,
    management,
    task_management, //
};
use iscsi_abi::libiscsi::{
    Connection,
    Frwd,
    Task,
    TaskRef, //
};
use iscsi_kernel::{
    compat::code::ENODATA,
    scsi::HostByte, //
};
use iscsi_proto::{
    session::SessionState,
    task::TaskState,
    task_management::Outgoing, //
};
use kernel::prelude::*;

/// Sends until there is nothing left or nothing more can be sent now.
pub(crate) fn run(conn: &Connection) {
    while send_all(conn) == Err(EAGAIN) {}
}

/// # Errors
///
/// Why the transport sends no more now: `EAGAIN` to try again at once.
fn send_all(conn: &Connection) -> Result {
    let mut frwd = conn.session().lock_frwd();
    if conn.is_transmit_suspended() {
        debug_session!(conn.session(), "nothing may be sent now\n");
        return Ok(());
    }
    if let Some(task) = conn.take_unfinished(&frwd) {
        send(&mut frwd, conn, task)?;
    }
    while send_next(&mut frwd, conn)? {}
    Ok(())
}

/// Sends what comes next. Returns false if there is nothing.
///
/// Management requests first: a target that gets no answer to its ping gives the connection up. Then
/// Data-Out, which the target waits for with its resources in use. Then new commands.
fn send_next<'a>(frwd: &mut Frwd<'a>, conn: &'a Connection) -> Result<bool> {
    let request = conn.management_queue(frwd).pop_front();
    if let Some(task) = request {
        return send_request(frwd, conn, task).map(|()| true);
    }
    if let Some(task) = next_data_out(frwd, conn) {
        return send(frwd, conn, task).map(|()| true);
    }
    let command = conn.command_queue(frwd).pop_front();
    match command {
        Some(task) => send_command(frwd, conn, task).map(|()| true),
        None => Ok(false),
    }
}

fn send_request<'a>(frwd: &mut Frwd<'a>, conn: &'a Connection, task: Task<'a>) -> Result {
    let Some(mut task) = task.get() else {
        return Ok(());
    };
    if management::prepare(frwd, conn, &mut task).is_err() {
        let mut back = frwd.lock_back();
        task.complete(TaskState::Completed, &mut back);
        task.put(&mut back);
        return Ok(());
    }
    send(frwd, conn, task)
}

/// The next command with Data-Out that has not to wait. A logout waits for none.
fn next_data_out<'a>(frwd: &Frwd<'a>, conn: &'a Connection) -> Option<TaskRef<'a>> {
    if conn.session().state() == SessionState::LoggingOut {
        return None;
    }
    conn.data_out_queue(frwd)
        .pop_first(|task| !task_management::holds_back(frwd, task, Outgoing::DataOut))
}

fn send_command<'a>(frwd: &mut Frwd<'a>, conn: &'a Connection, task: Task<'a>) -> Result {
    let Some(mut task) = task.get() else {
        return Ok(());
    };
    let prepared = if conn.session().state() == SessionState::LoggingOut {
        Err(EACCES)
    } else {
        command::prepare(frwd, conn, &mut task)
    };
    let host = match prepared {
        Ok(()) => return send(frwd, conn, task),
        Err(error) if command::may_try_again(error) => HostByte::ImmediateRetry,
        Err(_) => HostByte::Abort,
    };
    let mut back = frwd.lock_back();
    failure::fail_command(frwd, &mut back, *task, host);
    task.put(&mut back);
    Ok(())
}

/// Has the transport send a task, without the lock. What is not sent whole goes on from there next
/// time, before anything else.
fn send<'a>(frwd: &mut Frwd<'a>, conn: &'a Connection, task: TaskRef<'a>) -> Result {
    if conn.is_transmit_suspended() {
        conn.keep_unfinished(task, frwd);
        return Err(ENODATA);
    }
    let transport = conn.session().transport();
    let sent = frwd.unlocked(|| transport.xmit_task(&task));
    match sent {
        Ok(()) => task.note_transfer(),
        Err(_) => conn.keep_unfinished(task, frwd),
    }
    sent
}
