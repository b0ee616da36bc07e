// SPDX-License-Identifier: GPL-2.0

//! A SCSI command that was not answered in time.

use crate::{
    debug::debug_eh,
    nop, //
};
use iscsi_abi::libiscsi::{
    system_is_running,
    Frwd,
    Session,
    Task, //
};
use iscsi_kernel::scsi::{
    Cmnd,
    HostByte, //
};
use iscsi_proto::{
    task::TaskState,
    timeout::{
        decide,
        time_after,
        TimedOut,
        TimeoutAction, //
    }, //
};

/// What the mid-layer is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Begin with error handling, unless the command is completed by now.
    GiveUp,
    /// Wait as long again.
    Wait,
}

/// Decides about a command that has timed out.
pub(crate) fn timed_out(session: &Session, command: &Cmnd) -> Verdict {
    let mut frwd = session.lock_frwd();
    let task = {
        let back = frwd.lock_back();
        match back.task_of(command) {
            // Completed, but for what the block layer does about the time-out now.
            None => return Verdict::GiveUp,
            Some(task) => task.get(),
        }
    };
    // It is on its way back to the mid-layer.
    let Some(task) = task else {
        return Verdict::Wait;
    };
    session.counters().count_timeout(&frwd);
    let verdict = judge(&mut frwd, *task, command);
    drop(frwd);
    task.note_timeout();
    debug_eh!(
        session,
        "task {} has timed out: {:?}\n",
        task.index(),
        verdict
    );
    verdict
}

fn judge(frwd: &mut Frwd<'_>, task: Task<'_>, command: &Cmnd) -> Verdict {
    let conn = frwd.lead_connection();
    let action = decide(&circumstances(frwd, task, command));
    match action {
        TimeoutAction::GiveUp => return Verdict::GiveUp,
        TimeoutAction::GiveUpDisconnected => {
            command.set_result(HostByte::NoConnect, 0);
            return Verdict::GiveUp;
        }
        TimeoutAction::Wait => {}
        TimeoutAction::WaitAndForgetCheck => task.set_checked_connection(false, frwd),
        TimeoutAction::WaitChecked => task.set_checked_connection(true, frwd),
        TimeoutAction::PingAndWaitChecked => {
            if let Some(conn) = conn {
                // One that cannot be sent is as good as one that is not answered.
                let _ = nop::ping(frwd, conn);
            }
            task.set_checked_connection(true, frwd);
        }
    }
    Verdict::Wait
}

fn circumstances(frwd: &Frwd<'_>, task: Task<'_>, command: &Cmnd) -> TimedOut {
    let session = frwd.session();
    let conn = frwd.lead_connection();
    let times = conn.map(|conn| conn.ping_times());
    TimedOut {
        logged_in: session.is_logged_in(),
        system_running: system_is_running(),
        connected: conn.is_some(),
        progress: time_after(task.last_transfer(), task.last_timeout()),
        pings: times
            .as_ref()
            .is_some_and(|times| times.receive_timeout != 0 || times.ping_timeout != 0),
        ping_overdue: times.as_ref().is_some_and(|times| times.is_overdue()),
        others_progress: have_others_progressed(session, task, command),
        checked: task.has_checked_connection(frwd),
        ping_outstanding: conn.is_some_and(|conn| conn.is_ping_outstanding()),
    }
}

/// Whether a command that is as old as this one or older has got on since this one timed out last.
fn have_others_progressed(session: &Session, task: Task<'_>, command: &Cmnd) -> bool {
    let back = session.lock_back();
    for other in session.tasks() {
        if other.is(task) || other.state() != TaskState::Running {
            continue;
        }
        let Some(other_command) = other.command(&back) else {
            continue;
        };
        let is_younger = time_after(
            other_command.allocated_at() as u64,
            command.allocated_at() as u64,
        );
        if !is_younger && time_after(other.last_transfer(), task.last_timeout()) {
            return true;
        }
    }
    false
}
