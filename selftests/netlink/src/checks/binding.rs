// SPDX-License-Identifier: GPL-2.0

//! Which sockets a connection is bound to, and which not.

use crate::error::{refused, same, During, Refuser, Result};
use crate::message::StopFlag;
use crate::scene::Scene;
use crate::wire::{open_sockets, Wire};
use rustix::io::Errno;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::unix::net::UnixStream;

pub(super) fn twice(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let mut first = Wire::new()?;
    let mut second = Wire::new()?;
    let ports = [first.initiator_port()?, second.initiator_port()?];

    scene.client.bind(conn, &first.initiator)?;
    let again = scene.client.bind(conn, &second.initiator);
    refused(again, Refuser::Transport, Errno::BUSY)?;
    let same_again = scene.client.bind(conn, &first.initiator);
    refused(same_again, Refuser::Transport, Errno::BUSY)?;
    scene.exchange_login(conn, &mut first.target)?;

    scene.client.stop(conn, StopFlag::Terminate)?;
    first.target.expect_end()?;
    drop([first.initiator, second.initiator]);
    second.target.expect_end()?;
    // Whoever still had a reference would keep the socket open.
    for port in ports {
        same("sockets that are still open", open_sockets(port)?, 0)?;
    }
    Ok(())
}

pub(super) fn shared(scene: &mut Scene) -> Result {
    let first = scene.conn()?;
    let second = scene.conn()?;
    let mut wire = Wire::new()?;
    let mut other = Wire::new()?;

    scene.client.bind(first, &wire.initiator)?;
    let shared = scene.client.bind(second, &wire.initiator);
    refused(shared, Refuser::Transport, Errno::BUSY)?;
    scene.exchange_login(first, &mut wire.target)?;
    // The refusal leaves nothing behind.
    scene.client.bind(second, &other.initiator)?;
    scene.exchange_login(second, &mut other.target)
}

pub(super) fn not_tcp(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let mut wire = Wire::new()?;

    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).during("opening a UDP socket")?;
    let bound = scene.client.bind(conn, &udp);
    refused(bound, Refuser::Transport, Errno::INVAL)?;
    let (unix, _peer) = UnixStream::pair().during("opening a pair of Unix sockets")?;
    let bound = scene.client.bind(conn, &unix);
    refused(bound, Refuser::Transport, Errno::INVAL)?;

    scene.client.bind(conn, &wire.initiator)?;
    scene.exchange_login(conn, &mut wire.target)
}

pub(super) fn listening(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let mut wire = Wire::new()?;

    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).during("opening a listening socket")?;
    let bound = scene.client.bind(conn, &listener);
    refused(bound, Refuser::Transport, Errno::INVAL)?;

    scene.client.bind(conn, &wire.initiator)?;
    scene.exchange_login(conn, &mut wire.target)
}

pub(super) fn no_socket(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let mut wire = Wire::new()?;

    let file = File::open("/proc/self/status").during("opening a file")?;
    let bound = scene.client.bind(conn, &file);
    refused(bound, Refuser::Transport, Errno::EXIST)?;
    // Closed again, never opened, and no descriptor at all.
    for number in [closed_descriptor(&file)?, 1 << 20, u64::MAX] {
        let bound = scene.client.bind_handle(conn, number);
        refused(bound, Refuser::Transport, Errno::EXIST)?;
    }

    scene.client.bind(conn, &wire.initiator)?;
    scene.exchange_login(conn, &mut wire.target)
}

fn closed_descriptor(file: &File) -> Result<u64> {
    use std::os::fd::AsRawFd;
    let copy = file.try_clone().during("cloning a file")?;
    Ok(copy.as_raw_fd() as u64)
}

pub(super) fn again(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let mut wires = Vec::new();
    for _ in 0..3 {
        let mut wire = Wire::new()?;
        scene.client.bind(conn, &wire.initiator)?;
        scene.exchange_login(conn, &mut wire.target)?;
        scene.client.stop(conn, StopFlag::Recover)?;
        wire.target.expect_end()?;
        // Reset sockets would count as failures of the next binding, were they still bound.
        wires.push(wire);
    }
    drop(wires);
    let mut wire = Wire::new()?;
    scene.client.bind(conn, &wire.initiator)?;
    scene.exchange_login(conn, &mut wire.target)
}
