// SPDX-License-Identifier: GPL-2.0

//! Commands with random content: what a broken or hostile daemon may send.
//!
//! Whatever is sent, the kernel must go on, and what was made by chance must be such that it can be put
//! away. The same seed sends the same messages, but for the numbers of sessions.

use crate::client::{handle_of, Client, PATIENCE};
use crate::error::{During, Error, Result};
use crate::message::{announce, encode, ConnId, StopFlag, REQUEST_LEN};
use crate::socket::NetlinkSocket;
use crate::wire::Wire;
use fastrand::Rng;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::thread;
use std::time::{Duration, Instant};

const TRANSPORT: &str = "tcp";
/// Beyond both ends of `enum iscsi_uevent_e`.
const COMMANDS: std::ops::RangeInclusive<u16> = 8..=46;
/// The commands that make a session.
const CREATE: [u16; 2] = [11, 28];
/// A host takes far longer to make than any other command: one in so many is enough.
const RARELY: u32 = 200;
/// After so many messages, what they have made is put away.
const ROUND: u32 = 2000;
/// Where a number is changed so that it stays near what it was.
const NEAR: u32 = 4;
/// Beyond every `enum iscsi_param`.
const PARAMS: u32 = 80;
/// More than a page, so that every limit on lengths is met.
const PAYLOAD_MAX: usize = 5000;
/// Lengths that most payloads have.
const PAYLOAD_USUAL: usize = 140;

/// Sends `count` messages, and says what came of them.
pub(crate) fn mutate(count: u32, seed: u64) -> Result {
    let mut mutator = Mutator {
        rng: Rng::with_seed(seed),
        socket: NetlinkSocket::open()?,
        client: Client::new(TRANSPORT)?,
        transport: handle_of(TRANSPORT)?,
        tally: Tally::default(),
    };
    let mut left = count;
    while left > 0 {
        let round = left.min(ROUND);
        mutator.round(round)?;
        left -= round;
    }
    println!("{}", mutator.tally);
    Ok(())
}

/// What has come of it all.
#[derive(Default)]
struct Tally {
    sent: u64,
    refused_to_send: u64,
    /// By number, the answers and events.
    heard: BTreeMap<u32, u64>,
    sessions: u64,
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} messages sent", self.sent)?;
        write!(f, ", {} not taken", self.refused_to_send)?;
        write!(f, ", {} sessions put away; heard:", self.sessions)?;
        for (number, count) in &self.heard {
            write!(f, " {count} x {number}")?;
        }
        Ok(())
    }
}

struct Mutator {
    rng: Rng,
    socket: NetlinkSocket,
    /// For what must succeed.
    client: Client,
    transport: u64,
    tally: Tally,
}

impl Mutator {
    /// Sends messages about a session with a bound connection, and puts away what is left then.
    fn round(&mut self, count: u32) -> Result {
        let session = self.client.create_session(Default::default())?.session;
        let conn = ConnId { session, conn: 0 };
        self.client.create_conn(conn)?;
        let wire = Wire::new()?;
        self.client.bind(conn, &wire.initiator)?;
        let mut target = wire.target.stream()?;
        let reader = thread::spawn(move || io::copy(&mut target, &mut io::sink()));
        for _ in 0..count {
            let message = self.message(session, wire.initiator.as_fd().as_raw_fd() as u64);
            self.send(&message)?;
        }
        drop(wire);
        self.put_away()?;
        // It ends with the connection, well or not.
        let _ = reader.join();
        Ok(())
    }

    fn message(&mut self, session: u32, socket: u64) -> Vec<u8> {
        let mut message = self.single(session, socket);
        while self.rng.u32(..16) == 0 {
            message.resize(message.len().next_multiple_of(4), 0);
            message.extend(self.single(session, socket));
        }
        if self.rng.bool() {
            self.damage(&mut message);
        }
        message
    }

    /// A message that is well-formed, but for what its fields say.
    fn single(&mut self, session: u32, socket: u64) -> Vec<u8> {
        let mut number = self.rng.u16(COMMANDS);
        if CREATE.contains(&number) && self.rng.u32(..RARELY) != 0 {
            number += 1;
        }
        let mut fields = [0; REQUEST_LEN];
        for word in fields.chunks_exact_mut(4) {
            let value = self.field(session, socket);
            word.copy_from_slice(&value.to_ne_bytes());
        }
        // Most commands name the session first, then the connection.
        if self.rng.u32(..4) != 0 {
            fields[..4].copy_from_slice(&session.to_ne_bytes());
            fields[4..8].copy_from_slice(&[0; 4]);
        }
        let transport = match self.rng.u32(..32) {
            0 => self.rng.u64(..),
            _ => self.transport,
        };
        let payload = self.payload();
        encode(number, transport, &fields, &payload)
    }

    fn field(&mut self, session: u32, socket: u64) -> u32 {
        match self.rng.u32(..8) {
            0 => session,
            1 => socket as u32,
            2 => self.rng.u32(..),
            3 => self.rng.u32(..PARAMS),
            4 => self.rng.u32(..=PAYLOAD_USUAL as u32),
            5 => u32::MAX - self.rng.u32(..NEAR),
            _ => self.rng.u32(..NEAR),
        }
    }

    fn payload(&mut self) -> Vec<u8> {
        let len = match self.rng.u32(..32) {
            0 => self.rng.usize(..PAYLOAD_MAX),
            1..8 => 0,
            _ => self.rng.usize(..PAYLOAD_USUAL),
        };
        let mut payload = vec![0; len];
        match self.rng.u32(..3) {
            0 => self.rng.fill(&mut payload),
            1 => payload.fill_with(|| self.rng.u8(b'0'..=b'9')),
            _ => {}
        }
        if let Some(last) = payload.last_mut() {
            if self.rng.bool() {
                *last = 0;
            }
        }
        payload
    }

    /// Changes some bytes, or what the message says of its length.
    fn damage(&mut self, message: &mut Vec<u8>) {
        match self.rng.u32(..4) {
            0 => {
                let len = self.field(0, 0);
                announce(message, len);
            }
            1 => {
                let near = message.len() as u32 + self.rng.u32(..2 * NEAR);
                announce(message, near.wrapping_sub(NEAR));
            }
            2 => message.truncate(self.rng.usize(1..=message.len())),
            _ => {
                for _ in 0..self.rng.u32(1..NEAR) {
                    let place = self.rng.usize(..message.len());
                    message[place] = self.rng.u8(..);
                }
            }
        }
    }

    fn send(&mut self, message: &[u8]) -> Result {
        self.tally.sent += 1;
        if self.socket.send(message).is_err() {
            self.tally.refused_to_send += 1;
        }
        self.hear()
    }

    /// Counts what was heard, so that there is room for answers.
    fn hear(&mut self) -> Result {
        while self.client.next_event(Instant::now())?.is_some() {}
        loop {
            let messages = self.socket.receive(Instant::now())?;
            if messages.is_empty() {
                return Ok(());
            }
            for message in messages {
                *self.tally.heard.entry(message.number()).or_default() += 1;
            }
        }
    }

    /// Destroys all sessions that there are, and waits until they are gone.
    fn put_away(&mut self) -> Result {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let sessions = numbers("/sys/class/iscsi_session", "session")?;
            if sessions.is_empty() {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(Error::Late(format!("the end of the sessions {sessions:?}")));
            }
            for (_, conn) in numbers("/sys/class/iscsi_connection", "connection")? {
                // One that somebody else destroys, by a message before, is no fault.
                let _ = self.client.stop(conn, StopFlag::Terminate);
                let _ = self.client.destroy_conn(conn);
            }
            for (session, _) in sessions {
                if self.client.destroy_session(session).is_ok() {
                    self.tally.sessions += 1;
                }
            }
            self.hear()?;
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The objects of a class whose names are `prefix` and one or two numbers.
fn numbers(class: &str, prefix: &str) -> Result<Vec<(u32, ConnId)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(class).during("reading a class in sysfs")? {
        let name = entry.during("reading a class in sysfs")?.file_name();
        let name = name.to_string_lossy();
        let numbers = name.strip_prefix(prefix).unwrap_or_default();
        let (session, conn) = numbers.split_once(':').unwrap_or((numbers, "0"));
        if let (Ok(session), Ok(conn)) = (session.parse(), conn.parse()) {
            found.push((session, ConnId { session, conn }));
        }
    }
    Ok(found)
}
