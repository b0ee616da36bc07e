// SPDX-License-Identifier: GPL-2.0

//! Looking for the devices of sessions.

use crate::debug::debug_session;
use iscsi_abi::class::{
    Host,
    ScanMode,
    Session, //
};
use iscsi_proto::class::{
    SessionState,
    TargetState, //
};

/// Where to look for devices. [`None`] is everywhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The channel.
    pub(crate) channel: Option<u32>,
    /// The target.
    pub(crate) target: Option<u32>,
    /// The logical unit, all ones for all.
    pub(crate) lun: u64,
}

impl Place {
    /// Everywhere.
    pub(crate) const ANY: Self = Self {
        channel: None,
        target: None,
        lun: u64::MAX,
    };

    /// Sessions have channel 0.
    fn includes(self, target: u32) -> bool {
        self.channel.is_none_or(|channel| channel == 0)
            && self.target.is_none_or(|wanted| wanted == target)
    }
}

/// Looks for devices of all sessions of a host. May sleep.
pub(crate) fn scan_host(host: &Host, place: Place) {
    host.for_each_session(|session| scan(session, place, ScanMode::Manual));
}

/// Looks for devices of a session that is logged in. May sleep.
pub(crate) fn scan(session: &Session, place: Place, mode: ScanMode) {
    debug_session!(session, "scanning session\n");
    // Not while somebody removes the target.
    let _host = session.host().mutex().lock();
    let target = {
        let fields = session.lock_fields();
        if fields.state() != Some(SessionState::LoggedIn) {
            return;
        }
        fields.target_id()
    };
    let Some(target) = target.filter(|&target| place.includes(target)) else {
        return;
    };
    session.scan_target(target, place.lun, mode);
    {
        let mut fields = session.lock_fields();
        let state = fields.target_state().map(TargetState::scanned);
        fields.set_target_state(state);
    }
    debug_session!(session, "scanned target {}\n", target);
}
