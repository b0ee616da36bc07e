// SPDX-License-Identifier: GPL-2.0

//! The life of a connection, from its binding to its end.

use crate::{
    debug::debug_session,
    failure, //
};
use iscsi_abi::libiscsi::{
    Connection,
    Frwd,
    Session, //
};
use iscsi_kernel::{
    scsi::HostByte,
    time::{
        jiffies,
        seconds, //
    }, //
};
use iscsi_proto::{
    connection::{
        next_age,
        ConnectionStage,
        StopStage, //
    },
    session::{
        SessionEvent,
        SessionState, //
    },
    task_management::TmfState, //
};
use kernel::prelude::*;

/// How long to wait where user space has said nothing, in seconds.
const PING_DEFAULT: u32 = 5;

/// Takes a connection whose transport has found a way to the target into use for a login.
pub(crate) fn bind(session: &Session, conn: &Connection, leading: bool) {
    let cmd_sn = {
        let mut frwd = session.lock_frwd();
        if leading {
            frwd.set_lead_connection(Some(conn));
        }
        conn.set_bound(true, &frwd);
        frwd.cmd_sn()
    };
    // The target may have made its window smaller since the last login.
    session.lock_back().reset_window(cmd_sn);
    conn.resume();
}

/// Has a connection used no more by commands and requests, so that the transport can do away with its
/// way to the target. Waits for error handlers to come to where they wait for the target.
///
/// `is_active` says that the target keeps the session, as one that the system was booted from.
pub(crate) fn unbind(conn: &Connection, is_active: bool) {
    let session = conn.session();
    let eh = session.lock_eh();
    suspend_queue(conn);
    conn.stop_transmit();
    let mut frwd = eh.lock_frwd();
    conn.set_bound(false, &frwd);
    // Nobody may have told the session that it has failed.
    if !is_active && session.is_logged_in() {
        failure::mark_failed(&mut frwd, conn);
    }
}

/// Has no more commands queued, and returns when none is being queued.
pub(crate) fn suspend_queue(conn: &Connection) {
    let _frwd = conn.session().lock_frwd();
    conn.suspend_transmit();
}

/// Takes a connection into use for commands, after its login.
///
/// # Errors
///
/// `EINVAL` for burst lengths that contradict each other.
pub(crate) fn start(conn: &Connection) -> Result {
    let session = conn.session();
    check_bursts(session, conn)?;
    complete_ping_settings(conn);
    {
        let mut frwd = session.lock_frwd();
        conn.set_stage(ConnectionStage::Started, &frwd);
        frwd.note(SessionEvent::Started);
        let cmd_sn = frwd.cmd_sn();
        frwd.set_queued_cmd_sn(cmd_sn);
        conn.note_receive();
        conn.note_ping(&frwd);
        let (receive, ping) = conn.ping_seconds();
        if receive != 0 && ping != 0 {
            conn.ping_timer()
                .arm(jiffies().wrapping_add(seconds(receive)));
        }
        if conn.stop_stage(&frwd) == StopStage::Recover {
            session.counters().count_recovery(&frwd);
            // Answers to what was asked before cannot come any more. Who waits for one may find the
            // next request under way, and leaves all of this alone.
            session.task_management().timer().cancel_sync();
            frwd.set_tmf_state(TmfState::Initial);
            frwd.set_age(next_age(session.age()));
        }
        conn.set_stop_stage(StopStage::None, &frwd);
    }
    session.unblock();
    session.eh_wait().wake_up();
    Ok(())
}

/// Unsolicited data must fit into a burst (RFC 7143, section 13.14).
fn check_bursts(session: &Session, conn: &Connection) -> Result {
    let limits = session.burst_limits(conn.max_xmit_data_segment_len());
    let unsolicited = limits.immediate_data || !limits.initial_r2t;
    if unsolicited && session.first_burst_len() > session.max_burst_len() {
        dev_info!(
            conn.as_dev(),
            "invalid burst lengths: first_burst {} max_burst {}\n",
            session.first_burst_len(),
            session.max_burst_len()
        );
        return Err(EINVAL);
    }
    Ok(())
}

/// Pings need both times.
fn complete_ping_settings(conn: &Connection) {
    let (mut receive, mut ping) = conn.ping_seconds();
    if ping != 0 && receive == 0 {
        dev_err!(
            conn.as_dev(),
            "invalid recv timeout of zero. Using {} seconds.\n",
            PING_DEFAULT
        );
        receive = PING_DEFAULT;
    }
    if receive != 0 && ping == 0 {
        dev_err!(
            conn.as_dev(),
            "invalid ping timeout of zero. Using {} seconds.\n",
            PING_DEFAULT
        );
        ping = PING_DEFAULT;
    }
    conn.set_ping_seconds(receive, ping);
}

/// Takes a connection out of use. All its tasks are over when this returns.
pub(crate) fn stop(conn: &Connection, stop: StopStage) {
    let session = conn.session();
    let eh = session.lock_eh();
    let before = {
        let mut frwd = eh.lock_frwd();
        let before = conn.stop_stage(&frwd);
        if before == StopStage::Terminate {
            return;
        }
        frwd.note(SessionEvent::Stopped { stop, before });
        conn.set_stop_stage(stop, &frwd);
        before
    };
    conn.ping_timer().cancel_sync();
    conn.stop_transmit();
    conn.set_stage(ConnectionStage::Stopped, &eh.lock_frwd());

    if stop == StopStage::Recover {
        // The next login begins without.
        conn.forget_digests();
        if session.state() == SessionState::InRecovery && before != StopStage::Recover {
            debug_session!(session, "blocking the session\n");
            session.block();
        }
    }
    let mut frwd = eh.lock_frwd();
    give_up(&mut frwd);
    let tmf = frwd.session().task_management();
    tmf.set_header(None, &mut frwd);
}

/// Gives up whatever waits for the target. Nothing may be sent meanwhile.
fn give_up(frwd: &mut Frwd<'_>) {
    failure::fail_commands(frwd, None, HostByte::TransportDisrupted);
    failure::fail_requests(frwd);
}

/// Prepares the end of a connection, which is out of sysfs: nothing is sent any more, and whoever
/// waits for its session is told that there is nothing to wait for.
pub(crate) fn retire(conn: &Connection) {
    let session = conn.session();
    conn.ping_timer().cancel_sync();
    let eh = session.lock_eh();
    {
        let mut frwd = eh.lock_frwd();
        conn.set_stage(ConnectionStage::CleanupWait, &frwd);
        if frwd.lead_connection().is_some_and(|lead| lead.is(conn)) {
            frwd.note(SessionEvent::LeadTornDown);
            session.eh_wait().wake_up();
        }
    }
    conn.stop_transmit();
    let mut frwd = eh.lock_frwd();
    // User space need not have stopped the connection.
    give_up(&mut frwd);
    conn.release_login_task(&mut frwd);
    if frwd.lead_connection().is_some_and(|lead| lead.is(conn)) {
        frwd.set_lead_connection(None);
    }
}

/// Nobody has logged in again in time.
pub(crate) fn recovery_timed_out(session: &Session) {
    let mut frwd = session.lock_frwd();
    if session.is_logged_in() {
        return;
    }
    frwd.note(SessionEvent::RecoveryTimedOut);
    session.eh_wait().wake_up();
}
