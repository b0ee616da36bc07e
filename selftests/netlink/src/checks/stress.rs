// SPDX-License-Identifier: GPL-2.0

//! Connections that end while their socket is busy.
//!
//! The send buffer of each is too small for what is sent, and the target reads slowly: so an
//! acknowledgement that makes room, and wakes the sender, may come at any moment of STOP_CONN and
//! DESTROY_CONN. Where such a wake-up uses a connection that is gone, this crashes the kernel or is
//! found by KASAN, sooner or later. That it passes on a kernel without KASAN says no more than that
//! nothing hangs, leaks a socket or reports an error in some hundred rounds.

use crate::error::{During, Result};
use crate::message::StopFlag;
use crate::pdu::Header;
use crate::scene::Scene;
use crate::wire::Wire;
use rustix::net::sockopt;
use std::io::Read;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

const SESSIONS: u64 = 30;
/// How often the connection of each is bound and stopped.
const BINDINGS: u64 = 10;
/// As much as a Login Request may carry.
const DATA: [u8; 8192] = [b'x'; 8192];
/// The kernel rounds up to its least.
const BUFFER: usize = 1;
/// No divisor of the number of bindings, so that the last of a session meets each delay, too.
const DELAYS: u64 = 17;

pub(super) fn stop(scene: &mut Scene) -> Result {
    // While any socket may use the reserves of memory the kernel runs other code than without. One
    // that is bound all the time spares it from patching itself in every round.
    let bystander = scene.conn()?;
    let idle = Wire::new()?;
    scene.client.bind(bystander, &idle.initiator)?;
    for session in 0..SESSIONS {
        let conn = scene.conn()?;
        for binding in 0..BINDINGS {
            let wire = Wire::with_window(BUFFER)?;
            let target = wire.target.stream()?;
            sockopt::set_socket_send_buffer_size(&wire.initiator, BUFFER)
                .during("shrinking a buffer")?;
            scene.client.bind(conn, &wire.initiator)?;
            let reader = thread::spawn(move || read_slowly(target));
            let header = Header::login(DATA.len() as u32);
            scene.client.send_pdu(conn, &header, &DATA)?;
            let round = session * BINDINGS + binding;
            thread::sleep(Duration::from_micros(100 * (round % DELAYS)));
            if binding + 1 < BINDINGS {
                scene.client.stop(conn, StopFlag::Recover)?;
            } else {
                scene.drop_conn(conn)?;
            }
            drop(wire);
            // It ends with the connection.
            let _ = reader.join();
        }
        scene.drop_session(conn.session)?;
    }
    Ok(())
}

fn read_slowly(mut target: TcpStream) {
    let mut bytes = [0; 512];
    while matches!(target.read(&mut bytes), Ok(len) if len > 0) {
        thread::yield_now();
    }
}
