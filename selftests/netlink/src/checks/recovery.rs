// SPDX-License-Identifier: GPL-2.0

//! What the kernel does about a connection that breaks, and user space at the same time.

use crate::client::PATIENCE;
use crate::error::{refused, same, During, Error, Refuser, Result};
use crate::event::Event;
use crate::message::{ConnId, StopFlag};
use crate::pdu::{opcode, Header};
use crate::scene::Scene;
use crate::wire::Wire;
use rustix::io::Errno;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// How often what meets by chance is tried.
const ROUNDS: u64 = 60;

/// A connection that carries commands.
fn started(scene: &mut Scene, conn: ConnId) -> Result<Wire> {
    let wire = Wire::new()?;
    scene.client.bind(conn, &wire.initiator)?;
    scene.client.start(conn)?;
    Ok(wire)
}

fn await_failure(scene: &mut Scene, conn: ConnId) -> Result {
    let failed = |event: &Event| matches!(event, Event::ConnFailed { conn: of, .. } if *of == conn);
    scene
        .client
        .wait_for("the failure of the connection", PATIENCE, failed)
        .map(drop)
}

pub(super) fn not_suspended(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let mut wire = Wire::new()?;
    scene.client.bind(conn, &wire.initiator)?;
    scene.client.stop(conn, StopFlag::Suspend)?;
    scene.exchange_login(conn, &mut wire.target)
}

pub(super) fn refused_until_stopped(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let broken = started(scene, conn)?;
    drop(broken.target);
    await_failure(scene, conn)?;

    // Who has not stopped the connection may not know yet that the kernel did.
    let wire = Wire::new()?;
    let bound = scene.client.bind(conn, &wire.initiator);
    refused(bound, Refuser::Transport, Errno::NOTCONN)?;
    let restarted = scene.client.start(conn);
    refused(restarted, Refuser::Transport, Errno::NOTCONN)?;
    let sent = scene.client.send_pdu(conn, &Header::login(0), &[]);
    refused(sent, Refuser::Transport, Errno::NOTCONN)?;

    scene.client.stop(conn, StopFlag::Recover)?;
    scene.client.bind(conn, &wire.initiator)?;
    scene.client.start(conn)
}

/// The connection breaks just before, while or after user space stops it.
pub(super) fn meets_stop(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    for round in 0..ROUNDS {
        let wire = started(scene, conn)?;
        let target = wire.target;
        let breaking = thread::spawn(move || drop(target));
        thread::sleep(Duration::from_micros(50 * (round % 8)));
        scene.client.stop(conn, StopFlag::Recover)?;
        let _ = breaking.join();
    }
    started(scene, conn).map(drop)
}

/// When START is answered, the session takes commands: whatever blocks it was begun before.
pub(super) fn unblocked_by_start(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let path = format!("/sys/class/iscsi_session/session{}/state", conn.session);
    for _ in 0..ROUNDS {
        let _wire = started(scene, conn)?;
        let state = fs::read_to_string(&path).during("reading the state of the session")?;
        same("state of the session", state.trim(), "LOGGED_IN")?;
        scene.client.stop(conn, StopFlag::Recover)?;
    }
    Ok(())
}

/// Nobody has stopped the connection, and what is outstanding on it ends all the same.
pub(super) fn destroyed_unstopped(scene: &mut Scene) -> Result {
    let new = scene.session()?;
    let conn = scene.conn_in(new.session)?;
    let mut wire = started(scene, conn)?;
    let path = format!("/sys/class/scsi_host/host{}/scan", new.host);
    let scan = thread::spawn(move || fs::write(path, "- - -"));
    let (command, _) = wire.target.read_pdu()?;
    same("opcode", command.opcode(), opcode::SCSI_COMMAND)?;

    scene.drop_conn_unstopped(conn)?;
    let deadline = Instant::now() + PATIENCE;
    while !scan.is_finished() {
        if Instant::now() > deadline {
            return Err(Error::Late("the end of a command".into()));
        }
        thread::sleep(Duration::from_millis(50));
    }
    scene.drop_session(new.session)
}
