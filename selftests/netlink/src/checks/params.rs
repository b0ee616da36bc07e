// SPDX-License-Identifier: GPL-2.0

//! Parameters that are refused.

use crate::error::{refused, same, Refuser, Result};
use crate::message::{ConnId, SessionRequest, StopFlag};
use crate::pdu::{opcode, Header};
use crate::scene::Scene;
use crate::wire::Wire;
use rustix::io::Errno;

/// `enum iscsi_param`.
const MAX_RECV_DLENGTH: u32 = 0;
const MAX_XMIT_DLENGTH: u32 = 1;
const HEADER_DIGEST: u32 = 2;
const DATA_DIGEST: u32 = 3;
const INITIAL_R2T: u32 = 4;
const MAX_R2T: u32 = 5;
const FIRST_BURST: u32 = 7;
const MAX_BURST: u32 = 8;
const ERL: u32 = 11;
const IFMARKER: u32 = 12;
const EXP_STATSN: u32 = 14;
const TARGET_NAME: u32 = 15;
const PING_TIMEOUT: u32 = 30;
const PARAM_MAX: u32 = 72;
/// `enum iscsi_host_param`.
const HOST_NETDEV_NAME: u32 = 2;
const HOST_PORT_STATE: u32 = 4;

pub(super) fn unbound(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let wire = Wire::new()?;
    let before = scene.client.set_param(conn, DATA_DIGEST, "1");
    refused(before, Refuser::Interface, Errno::NOTCONN)?;
    scene.client.bind(conn, &wire.initiator)?;
    for param in [HEADER_DIGEST, DATA_DIGEST] {
        scene.client.set_param(conn, param, "1")?;
        scene.client.set_param(conn, param, "0")?;
    }
    scene.client.stop(conn, StopFlag::Recover)?;
    let after = scene.client.set_param(conn, DATA_DIGEST, "1");
    refused(after, Refuser::Interface, Errno::NOTCONN)
}

pub(super) fn max_r2t(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let wire = Wire::new()?;
    scene.client.bind(conn, &wire.initiator)?;
    for value in ["0", "65536", "many", ""] {
        let result = scene.client.set_param(conn, MAX_R2T, value);
        refused(result, Refuser::Interface, Errno::INVAL)?;
    }
    for value in ["1", "2", "3", "8", "1"] {
        scene.client.set_param(conn, MAX_R2T, value)?;
    }
    Ok(())
}

/// Room for that many R2Ts of that many commands is more than an allocation may have.
pub(super) fn max_r2t_memory(scene: &mut Scene) -> Result {
    let request = SessionRequest {
        commands: 2048,
        ..Default::default()
    };
    let session = scene.session_with(request)?.session;
    let conn = scene.conn_in(session)?;
    let wire = Wire::new()?;
    scene.client.bind(conn, &wire.initiator)?;
    for possible in ["2", "16"] {
        scene.client.set_param(conn, MAX_R2T, possible)?;
        let result = scene.client.set_param(conn, MAX_R2T, "65535");
        refused(result, Refuser::Interface, Errno::NOMEM)?;
    }
    Ok(())
}

/// Bytes of a text: iSCSI names have 223 at most (RFC 7143, section 4.2.7.1).
const TEXT_MAX: usize = 255;

/// Numbers out of their ranges (RFC 7143, section 13), and what is no number; then one that is right.
const RANGES: &[(u32, &[&str], &str)] = &[
    (
        MAX_RECV_DLENGTH,
        &["0", "511", "16777216", "many"],
        "262144",
    ),
    (
        MAX_XMIT_DLENGTH,
        &["0", "511", "16777216", "-1", ""],
        "65536",
    ),
    (INITIAL_R2T, &["2"], "1"),
    (FIRST_BURST, &["0", "511", "16777216"], "65536"),
    (MAX_BURST, &["0", "511", "16777216"], "262144"),
    (ERL, &["3", "-1"], "0"),
    (PING_TIMEOUT, &["-1", "2147484"], "5"),
];

/// Whether there are digests, with the same.
const DIGESTS: &[(u32, &[&str], &str)] = &[
    (HEADER_DIGEST, &["2", "-1", "on"], "0"),
    (DATA_DIGEST, &["2", "-1", "on"], "0"),
];

fn ranges_of(scene: &mut Scene, conn: ConnId, params: &[(u32, &[&str], &str)]) -> Result {
    for (param, wrong, right) in params {
        scene.client.set_param(conn, *param, right)?;
        for value in *wrong {
            let result = scene.client.set_param(conn, *param, value);
            refused(result, Refuser::Interface, Errno::INVAL)?;
        }
        scene.client.set_param(conn, *param, right)?;
    }
    Ok(())
}

pub(super) fn digests(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let wire = Wire::new()?;
    scene.client.bind(conn, &wire.initiator)?;
    ranges_of(scene, conn, DIGESTS)
}

pub(super) fn ranges(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let wire = Wire::new()?;
    scene.client.bind(conn, &wire.initiator)?;
    ranges_of(scene, conn, RANGES)?;
    // iscsid prints every number as a signed one.
    for value in ["4294967295", "-2147483648", "0"] {
        scene.client.set_param(conn, EXP_STATSN, value)?;
    }
    Ok(())
}

pub(super) fn text(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let wire = Wire::new()?;
    scene.client.bind(conn, &wire.initiator)?;
    let name = |len| format!("iqn.{}", "a".repeat(len - 4));
    scene.client.set_param(conn, TARGET_NAME, &name(TEXT_MAX))?;
    let result = scene
        .client
        .set_param(conn, TARGET_NAME, &name(TEXT_MAX + 1));
    refused(result, Refuser::Interface, Errno::INVAL)
}

pub(super) fn max_r2t_in_use(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let mut wire = Wire::new()?;
    scene.client.bind(conn, &wire.initiator)?;
    scene.client.set_param(conn, MAX_R2T, "2")?;
    scene.client.start(conn)?;
    let result = scene.client.set_param(conn, MAX_R2T, "4");
    refused(result, Refuser::Interface, Errno::BUSY)?;

    // The session is logged in no more, and what was being sent may still be.
    scene.client.send_pdu(conn, &Header::logout(), &[])?;
    let (received, _) = wire.target.read_pdu()?;
    same("opcode at the target", received.opcode(), opcode::LOGOUT)?;
    let result = scene.client.set_param(conn, MAX_R2T, "4");
    refused(result, Refuser::Interface, Errno::BUSY)?;
    // It is what it was.
    scene.client.set_param(conn, MAX_R2T, "2")
}

pub(super) fn unknown(scene: &mut Scene) -> Result {
    let session = scene.session()?;
    let conn = scene.conn_in(session.session)?;
    let wire = Wire::new()?;
    scene.client.bind(conn, &wire.initiator)?;
    for param in [IFMARKER, PARAM_MAX, u32::MAX] {
        let result = scene.client.set_param(conn, param, "1");
        refused(result, Refuser::Interface, Errno::NOSYS)?;
    }
    scene
        .client
        .set_param(conn, TARGET_NAME, "iqn.2026-11.org.example:params")?;

    let result = scene
        .client
        .set_host_param(session.host, HOST_PORT_STATE, "1");
    refused(result, Refuser::Interface, Errno::NOSYS)?;
    scene
        .client
        .set_host_param(session.host, HOST_NETDEV_NAME, "lo")
}

pub(super) fn bursts(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let wire = Wire::new()?;
    scene.client.bind(conn, &wire.initiator)?;
    scene.client.set_param(conn, FIRST_BURST, "262144")?;
    scene.client.set_param(conn, MAX_BURST, "65536")?;
    let result = scene.client.start(conn);
    refused(result, Refuser::Transport, Errno::INVAL)?;
    scene.client.set_param(conn, FIRST_BURST, "65536")?;
    scene.client.start(conn)
}
