// SPDX-License-Identifier: GPL-2.0

//! Pings: NOP-Out and NOP-In (RFC 7143, sections 11.18 and 11.19).

use crate::{
    debug::debug_conn,
    failure,
    management, //
};
use iscsi_abi::{
    error::ConnectionError,
    libiscsi::{
        Back,
        Connection,
        Frwd,
        Task, //
    }, //
};
use iscsi_kernel::{
    printk::dev_err_ratelimited,
    time::{
        jiffies,
        seconds, //
    }, //
};
use iscsi_proto::{
    bhs::{
        Header,
        Lun,
        NopOut, //
    },
    pdu::BHS_LEN,
    ping::{
        self,
        PingAction, //
    },
    tag::{
        InitiatorTaskTag,
        TargetTransferTag, //
    },
    task::TaskState, //
};
use kernel::{
    prelude::*,
    time::Jiffies, //
};

/// Asks the target for an answer, unless it was asked already.
///
/// # Errors
///
/// `EINVAL` when a ping is on its way; or why none can be sent.
pub(crate) fn ping<'a>(frwd: &mut Frwd<'a>, conn: &'a Connection) -> Result {
    if conn.is_ping_outstanding() {
        return Err(EINVAL);
    }
    let mut header = NopOut::ping();
    // Any tag but the reserved one asks for an answer.
    header.itt = InitiatorTaskTag::from_bytes([0; 4]);
    let task = management::new_task(frwd, conn, &header.to_bytes(), &[])?;
    let ping = *task;
    conn.set_ping(ping);
    management::submit(frwd, conn, task).inspect_err(|_| {
        conn.forget_ping(ping);
        report_unsent(conn);
    })?;
    conn.note_ping(frwd);
    Ok(())
}

/// Answers the target's ping about a logical unit.
pub(crate) fn reply<'a>(
    frwd: &mut Frwd<'a>,
    conn: &'a Connection,
    lun: Lun,
    ttt: TargetTransferTag,
) {
    let header = NopOut::answer(lun, ttt).to_bytes();
    if management::send(frwd, conn, &header, &[]).is_err() {
        report_unsent(conn);
    }
}

fn report_unsent(conn: &Connection) {
    dev_err_ratelimited(conn.as_dev(), format_args!("a NOP-Out could not be sent\n"));
}

/// Takes the answer to a ping: the kernel's own, or user space's, which gets the answer.
///
/// # Errors
///
/// [`ConnectionError::ConnectionFailed`] when user space does not get it.
pub(crate) fn answered(
    back: &mut Back<'_>,
    conn: &Connection,
    task: Task<'_>,
    bhs: &[u8; BHS_LEN],
) -> Result<(), ConnectionError> {
    let passed_on = if conn.is_ping(task) {
        let (receive, _) = conn.ping_seconds();
        conn.ping_timer()
            .arm(jiffies().wrapping_add(seconds(receive)));
        Ok(())
    } else {
        conn.pass_on(bhs, &[])
    };
    task.complete(TaskState::Completed, back);
    passed_on
}

/// The ping timer has expired. Atomic context.
pub(crate) fn timer_expired(conn: &Connection) {
    let mut frwd = conn.session().lock_frwd();
    if !conn.session().is_logged_in() {
        return;
    }
    let next = match ping::decide(&conn.ping_times()) {
        None => return,
        Some(PingAction::Failed) => {
            drop(frwd);
            report_silence(conn);
            failure::fail(conn, ConnectionError::PingTimedOut);
            return;
        }
        Some(PingAction::Wait { until }) => until as Jiffies,
        Some(PingAction::Ping) => {
            debug_conn!(conn, "pinging the target\n");
            let (_, ping_timeout) = conn.ping_seconds();
            match ping(&mut frwd, conn) {
                Ok(()) => conn.last_ping().wrapping_add(seconds(ping_timeout)),
                Err(_) => jiffies().wrapping_add(seconds(1)),
            }
        }
    };
    conn.ping_timer().arm(next);
}

fn report_silence(conn: &Connection) {
    let times = conn.ping_times();
    let (receive, ping) = conn.ping_seconds();
    dev_err!(
        conn.as_dev(),
        "ping timeout of {} secs expired, recv timeout {}, last rx {}, last ping {}, now {}\n",
        ping,
        receive,
        times.last_recv,
        conn.last_ping(),
        times.now
    );
}
