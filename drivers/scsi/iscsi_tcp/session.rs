// SPDX-License-Identifier: GPL-2.0

//! Sessions, each with a SCSI host of its own.

use crate::{
    params,
    transport::SwTcp, //
};
use iscsi_abi::{
    host::{
        Host,
        HostLimits,
        NewHost,
        PublishedSession, //
    },
    transport::SessionRequest, //
};
use kernel::prelude::*;

/// Longest CDB, in bytes: that of a variable-length command (SPC-4, section 4.2.3).
const MAX_CDB_LEN: u16 = 260;

/// Makes a session and its host.
///
/// # Errors
///
/// `EINVAL` for a request that only an offload transport can meet or for too few commands,
/// `ENOMEM`, and what the mid-layer says.
pub(crate) fn create(request: &SessionRequest) -> Result<PublishedSession<SwTcp>> {
    if request.has_endpoint {
        pr_err!("a session over tcp has no endpoint: log in through an iface of transport tcp\n");
        return Err(EINVAL);
    }
    let limits = HostLimits {
        commands_per_lun: request.queue_depth,
        max_lun: params::max_lun(),
        max_cdb_len: MAX_CDB_LEN,
    };
    NewHost::<SwTcp>::alloc(&limits)?
        .register(request.commands)?
        .set_up_session(request.commands, request.initial_cmd_sn)?
        .publish()
}

/// Has the commands sent that libiscsi was told would be followed by another one.
///
/// A session that is not logged in has its commands failed, and its connection may be about to go:
/// nobody may wake a worker then that has been stopped for good.
pub(crate) fn send_batch(host: &Host<SwTcp>) {
    let Some(session) = host.session() else {
        return;
    };
    let frwd = session.lock_frwd();
    if !frwd.is_logged_in() {
        return;
    }
    if let Some(conn) = frwd.lead_connection() {
        conn.queue_transmit();
    }
}

/// Whether pages being written must not change meanwhile: their digest is computed before they are
/// copied into the socket.
pub(crate) fn needs_stable_writes(host: &Host<SwTcp>) -> bool {
    // Without a lead connection nothing can be sent; the next `start` asks again.
    host.session().is_some_and(|session| {
        session
            .lock_frwd()
            .lead_connection()
            .is_some_and(|conn| conn.has_data_digest())
    })
}
