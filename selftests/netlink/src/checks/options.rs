// SPDX-License-Identifier: GPL-2.0

//! The options of the socket belong to whoever opened it, and are changed only while it is bound. One
//! change stays: closing the socket resets the connection, so that nothing left in its send queue
//! reaches the target after the same commands were sent again elsewhere.

use crate::client::PATIENCE;
use crate::error::{ensure, same, During, Error, Result};
use crate::message::StopFlag;
use crate::pdu::{Header, HEADER_LEN};
use crate::scene::Scene;
use crate::wire::Wire;
use rustix::io::Errno;
use rustix::net::sockopt::{self, Timeout};
use std::net::TcpStream;
use std::time::Duration;

/// The options that both the kernel and its user can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Options {
    send_timeout: Option<Duration>,
    linger: Option<Duration>,
    reuse_address: bool,
}

impl Options {
    /// What no program has by accident.
    const OF_USER: Self = Self {
        send_timeout: Some(Duration::from_secs(7)),
        linger: Some(Duration::from_secs(9)),
        reuse_address: false,
    };
    /// What a storage connection needs.
    const OF_STORAGE: Self = Self {
        send_timeout: Some(Duration::from_secs(15)),
        // To linger for no time at all is to reset.
        linger: Some(Duration::ZERO),
        reuse_address: true,
    };
    /// What the user finds afterwards.
    const GIVEN_BACK: Self = Self {
        linger: Self::OF_STORAGE.linger,
        ..Self::OF_USER
    };

    fn of(socket: &TcpStream) -> Result<Self> {
        let what = "reading socket options";
        Ok(Self {
            send_timeout: sockopt::socket_timeout(socket, Timeout::Send).during(what)?,
            linger: sockopt::socket_linger(socket).during(what)?,
            reuse_address: sockopt::socket_reuseaddr(socket).during(what)?,
        })
    }

    fn apply(self, socket: &TcpStream) -> Result {
        let what = "setting socket options";
        sockopt::set_socket_timeout(socket, Timeout::Send, self.send_timeout).during(what)?;
        sockopt::set_socket_linger(socket, self.linger).during(what)?;
        sockopt::set_socket_reuseaddr(socket, self.reuse_address).during(what)
    }
}

pub(super) fn bound(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let wire = Wire::new()?;
    Options::OF_USER.apply(&wire.initiator)?;
    scene.client.bind(conn, &wire.initiator)?;
    let found = Options::of(&wire.initiator)?;
    same("options while bound", found, Options::OF_STORAGE)
}

pub(super) fn restored(scene: &mut Scene) -> Result {
    for flag in [StopFlag::Recover, StopFlag::Terminate] {
        let conn = scene.conn()?;
        let wire = Wire::new()?;
        Options::OF_USER.apply(&wire.initiator)?;
        scene.client.bind(conn, &wire.initiator)?;
        scene.client.stop(conn, flag)?;
        let found = Options::of(&wire.initiator)?;
        same("options after STOP_CONN", found, Options::GIVEN_BACK)?;
    }
    Ok(())
}

pub(super) fn reset(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let wire = Wire::with_window(1)?;
    scene.client.bind(conn, &wire.initiator)?;
    let data = [b'x'; 8192];
    let header = Header::login(data.len() as u32);
    scene.client.send_pdu(conn, &header, &data)?;
    let whole = HEADER_LEN + data.len();
    wire.await_sent(whole)?;
    scene.client.stop(conn, StopFlag::Recover)?;
    let Wire {
        mut target,
        initiator,
    } = wire;
    drop(initiator);
    let mut received = 0;
    let end = loop {
        match target.read_some(&mut [0; 512], PATIENCE) {
            Ok(0) => break "orderly",
            Ok(len) => received += len,
            Err(Error::System(_, Errno::CONNRESET)) => break "reset",
            Err(error) => return Err(error),
        }
    };
    ensure(received < whole, || {
        format!("all {whole} bytes came after STOP_CONN")
    })?;
    same("end of the stream", end, "reset")
}
