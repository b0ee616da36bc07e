// SPDX-License-Identifier: GPL-2.0

//! Resetting a logical unit, a target, or the whole session.

use crate::{
    abort::Handled,
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
        Frwd,
        Session, //
    }, //
};
use iscsi_kernel::{
    scsi::HostByte,
    wait::flush_signals_if_pending, //
};
use iscsi_proto::{
    bhs::{
        Lun,
        TaskManagementRequest, //
    },
    session::SessionState,
    task_management::TmfState, //
};
use kernel::fmt;

/// What is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    LogicalUnit(u64),
    Target,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LogicalUnit(lun) => write!(f, "LU Reset [lun {lun}]"),
            Self::Target => f.write_str("tgt Reset"),
        }
    }
}

impl Scope {
    fn request(self) -> TaskManagementRequest {
        match self {
            Self::LogicalUnit(lun) => {
                TaskManagementRequest::logical_unit_reset(Lun::from_number(lun))
            }
            Self::Target => TaskManagementRequest::target_warm_reset(),
        }
    }

    /// Seconds.
    fn timeout(self, session: &Session) -> u32 {
        match self {
            Self::LogicalUnit(_) => session.lu_reset_timeout(),
            Self::Target => session.target_reset_timeout(),
        }
    }

    fn count(self, frwd: &Frwd<'_>) {
        let counters = frwd.session().counters();
        match self {
            Self::LogicalUnit(_) => counters.count_lun_reset(frwd),
            Self::Target => counters.count_target_reset(frwd),
        }
    }

    fn lun(self) -> Option<u64> {
        match self {
            Self::LogicalUnit(lun) => Some(lun),
            Self::Target => None,
        }
    }
}

/// Resets a logical unit.
pub(crate) fn logical_unit(session: &Session, lun: u64) -> Handled {
    reset(session, Scope::LogicalUnit(lun))
}

/// Resets the target or, if that fails, the session.
pub(crate) fn target_or_session(session: &Session) -> Handled {
    match reset(session, Scope::Target) {
        Handled::Success => Handled::Success,
        Handled::Failed => self::session(session),
    }
}

fn reset(session: &Session, scope: Scope) -> Handled {
    debug_eh!(session, "{}\n", scope);
    let eh = session.lock_eh();
    let frwd = eh.lock_frwd();
    let conn = match frwd.lead_connection() {
        Some(conn) if session.is_logged_in() => conn,
        _ => return Handled::Failed,
    };
    if frwd.tmf_state() != TmfState::Initial {
        return Handled::Failed;
    }
    scope.count(&frwd);
    // The connection outlives its being stopped.
    let conn_ref = conn.get();
    let timeout = scope.timeout(session);
    let (_eh, mut frwd, outcome) =
        task_management::execute(eh, frwd, conn, scope.request(), timeout);
    debug_eh!(session, "the reset has come to {:?}\n", outcome);
    match outcome {
        Outcome::Done => {
            task_management::settle(frwd, conn, |frwd| {
                failure::fail_commands(frwd, scope.lun(), HostByte::Error);
            });
            Handled::Success
        }
        Outcome::TimedOut => {
            drop(frwd);
            failure::fail(&conn_ref, ConnectionError::SessionReset);
            Handled::Failed
        }
        Outcome::NoSuchTask | Outcome::Refused | Outcome::SessionLost => {
            task_management::conclude(&mut frwd);
            Handled::Failed
        }
        Outcome::SessionRenewed => Handled::Failed,
    }
}

/// Has user space log in again, and waits until it has, or it is clear that it will not.
pub(crate) fn session(session: &Session) -> Handled {
    let conn = {
        let eh = session.lock_eh();
        let frwd = eh.lock_frwd();
        match frwd.lead_connection() {
            Some(conn) if session.state() != SessionState::Terminated => {
                session.counters().count_session_reset(&frwd);
                conn.get()
            }
            _ => return Handled::Failed,
        }
    };
    failure::fail(&conn, ConnectionError::SessionReset);
    drop(conn);

    debug_eh!(session, "wait for relogin\n");
    session.eh_wait().wait_interruptible(|| {
        matches!(
            session.state(),
            SessionState::Terminated | SessionState::LoggedIn | SessionState::RecoveryFailed
        )
    });
    flush_signals_if_pending();

    let eh = session.lock_eh();
    let _frwd = eh.lock_frwd();
    if session.is_logged_in() {
        debug_eh!(session, "logged in again\n");
        Handled::Success
    } else {
        debug_eh!(session, "not logged in again\n");
        Handled::Failed
    }
}
