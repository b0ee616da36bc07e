// SPDX-License-Identifier: GPL-2.0

//! The options of the socket belong to whoever opened it, and are changed only while it is bound.

use crate::error::{same, During, Result};
use crate::message::StopFlag;
use crate::scene::Scene;
use crate::wire::Wire;
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
        linger: None,
        reuse_address: true,
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

pub(super) fn bound() -> Result {
    let (mut scene, conn) = Scene::with_conn()?;
    let wire = Wire::new()?;
    Options::OF_USER.apply(&wire.initiator)?;
    scene.client.bind(conn, &wire.initiator)?;
    let found = Options::of(&wire.initiator)?;
    same("options while bound", found, Options::OF_STORAGE)
}

pub(super) fn restored() -> Result {
    for flag in [StopFlag::Recover, StopFlag::Terminate] {
        let (mut scene, conn) = Scene::with_conn()?;
        let wire = Wire::new()?;
        Options::OF_USER.apply(&wire.initiator)?;
        scene.client.bind(conn, &wire.initiator)?;
        scene.client.stop(conn, flag)?;
        let found = Options::of(&wire.initiator)?;
        same("options after STOP_CONN", found, Options::OF_USER)?;
    }
    Ok(())
}
