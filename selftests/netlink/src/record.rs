// SPDX-License-Identifier: GPL-2.0

//! What the kernel answers to every command, well-formed or not: a line for each, so that the answers
//! of two implementations can be compared.

use crate::client::{handle_of, PATIENCE};
use crate::error::{During, Result};
use crate::event::Event;
use crate::message::{announce, encode, ConnId, Message, Request, StopFlag, IF_ERROR, REQUEST_LEN};
use crate::scene::Scene;
use crate::socket::NetlinkSocket;
use crate::wire::Wire;
use rustix::net::sockopt;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::time::Instant;

/// From below the first command of `enum iscsi_uevent_e` to above the last.
const COMMANDS: std::ops::RangeInclusive<u16> = 10..=44;
/// Those that make a session whatever they are told.
const CREATE_SESSION: u16 = 11;
/// Numbers no object has.
const UNKNOWN: [u8; REQUEST_LEN] = [0x5e; REQUEST_LEN];
/// A connection that does not exist.
const NO_CONN: ConnId = ConnId {
    session: 0x5e5e_5e5e,
    conn: 0,
};
/// `enum iscsi_param` and `enum iscsi_host_param`, and one more of each.
const PARAMS: std::ops::RangeInclusive<u32> = 0..=72;
const HOST_PARAMS: std::ops::RangeInclusive<u32> = 0..=7;
/// What parameters are set to.
const VALUES: [&str; 6] = ["1", "0", "", "word", "-1", "99999999999"];

/// Records what is answered to root.
pub(crate) fn privileged(scene: &mut Scene) -> Result {
    let recorder = Recorder {
        socket: NetlinkSocket::open()?,
        transport: handle_of("tcp")?,
    };
    recorder.malformed()?;
    recorder.life_of_a_connection(scene)?;
    let session = scene.session()?;
    let conn = scene.conn_in(session.session)?;
    recorder.forget();
    recorder.in_state("unbound", conn, session.host)?;
    let wire = Wire::new()?;
    sockopt::set_tcp_nodelay(&wire.initiator, true).during("setting no delay")?;
    let handle = wire.initiator.as_fd().as_raw_fd() as u64;
    let leading = true;
    recorder.ask(
        "bound",
        &Request::BindConn {
            conn,
            handle,
            leading,
        },
    )?;
    recorder.in_state("bound", conn, session.host)?;
    recorder.lengths(conn)?;
    recorder.ask("bound", &Request::StartConn(conn))?;
    recorder.ask("started", &Request::DestroySession(conn.session))?;
    recorder.ask("started", &Request::StopConn(conn, StopFlag::Recover))?;
    recorder.in_state("stopped", conn, session.host)?;
    recorder.leave_out();
    Ok(())
}

/// Keeps a session, and a connection in it that is not bound, until standard input ends.
pub(crate) fn hold(scene: &mut Scene) -> Result {
    scene.conn()?;
    println!("held");
    io::copy(&mut io::stdin().lock(), &mut io::sink())
        .during("waiting for the end of standard input")?;
    Ok(())
}

/// Records what is answered to anybody else.
pub(crate) fn unprivileged() -> Result {
    println!("handle: {}", outcome(handle_of("tcp").map(drop)));
    println!(
        "group of iscsid: {}",
        outcome(NetlinkSocket::open().map(drop))
    );
    let recorder = Recorder {
        socket: NetlinkSocket::open_deaf()?,
        transport: 0,
    };
    for number in COMMANDS {
        let message = encode(number, 0, &UNKNOWN, &[]);
        recorder.record("unprivileged", &format!("command {number}"), &message)?;
    }
    Ok(())
}

fn outcome(result: Result) -> String {
    result.map_or_else(|error| error.to_string(), |()| "granted".into())
}

struct Recorder {
    socket: NetlinkSocket,
    transport: u64,
}

impl Recorder {
    /// Commands about nothing, and messages that are none.
    fn malformed(&self) -> Result {
        for number in COMMANDS {
            let command = format!("command {number}");
            let exact = encode(number, self.transport, &UNKNOWN, &[]);
            // Nothing may be made by them that nobody puts away.
            if number != CREATE_SESSION {
                self.record("unknown ids", &command, &exact)?;
                let long = encode(number, self.transport, &UNKNOWN, &[0; 128]);
                self.record("unknown ids, long", &command, &long)?;
            }
            let other = encode(number, self.transport ^ 0x40, &UNKNOWN, &[]);
            self.record("unknown transport", &command, &other)?;
            self.record("one byte short", &command, &exact[..exact.len() - 1])?;
            let mut short = exact.clone();
            let len = exact.len() as u32;
            announce(&mut short, len - 1);
            self.record("announced short", &command, &short)?;
            announce(&mut short, len + 4);
            self.record("announced long", &command, &short)?;
            announce(&mut short, 0);
            self.record("announced empty", &command, &short)?;
        }
        let two = [
            Request::StartConn(NO_CONN).encode(self.transport),
            Request::UnbindSession(NO_CONN.session).encode(self.transport),
        ];
        self.record(
            "two in one datagram",
            "START_CONN, UNBIND_SESSION",
            &two.concat(),
        )
    }

    /// What a connection in this state lets be done to it, but for what ends the state.
    fn in_state(&self, state: &str, conn: ConnId, host: u32) -> Result {
        let no_socket = Request::BindConn {
            conn,
            handle: 9999,
            leading: true,
        };
        self.ask(state, &no_socket)?;
        self.ask(state, &Request::CreateConn(ConnId { conn: 0, ..conn }))?;
        self.ask(state, &Request::GetStats(conn))?;
        for header in [[0x40_u8; 48], [0x3f; 48]] {
            let (header, data) = (&header, &[]);
            self.ask(state, &Request::SendPdu { conn, header, data })?;
        }
        for param in PARAMS {
            for value in VALUES {
                self.ask(state, &Request::SetParam { conn, param, value })?;
            }
        }
        for param in HOST_PARAMS {
            for value in ["1", "", "word"] {
                self.ask(state, &Request::SetHostParam { host, param, value })?;
            }
        }
        Ok(())
    }

    /// What everybody hears of a connection from its beginning to its end.
    fn life_of_a_connection(&self, scene: &mut Scene) -> Result {
        self.forget();
        let conn = scene.conn()?;
        self.overhear("a session and a connection are made")?;
        let mut wire = Wire::new()?;
        scene.client.bind(conn, &wire.initiator)?;
        scene.client.start(conn)?;
        self.overhear("it is started")?;
        scene.exchange_login(conn, &mut wire.target)?;
        self.overhear("a Login Request is answered")?;
        drop(wire);
        scene
            .client
            .wait_for("the end of the connection", PATIENCE, |event| {
                matches!(event, Event::ConnFailed { .. })
            })?;
        self.overhear("the target hangs up")?;
        scene.drop_conn(conn)?;
        scene.drop_session(conn.session)?;
        self.overhear("both are destroyed")
    }

    fn overhear(&self, what: &str) -> Result {
        println!("events: {what}: {}", self.hear()?.join("; "));
        Ok(())
    }

    /// What is not asked, because the answer is known and stops the machine or the record.
    fn leave_out(&self) {
        for (what, why) in [
            ("GET_STATS with no listener", "C asks for ever"),
            ("an unterminated text", "C reads past its end"),
            ("SEND_PDU of less than a header", "C reads past its end"),
        ] {
            println!("left out: {what}: {why}");
        }
    }

    /// Texts that are longer or shorter than their message says.
    fn lengths(&self, conn: ConnId) -> Result {
        let page = "x".repeat(4095);
        let more = "x".repeat(4096);
        for (what, value) in [("a page", &page), ("more than a page", &more)] {
            let request = Request::SetParam {
                conn,
                param: 15,
                value,
            };
            self.record(
                "bound",
                &format!("SET_PARAM of {what}"),
                &request.encode(self.transport),
            )?;
        }
        let request = Request::SetParam {
            conn,
            param: 15,
            value: "name",
        };
        let whole = request.encode(self.transport);
        let mut cut = whole[..whole.len() - 3].to_vec();
        let len = cut.len() as u32;
        announce(&mut cut, len);
        self.record("bound", "SET_PARAM of more than there is", &cut)
    }

    fn ask(&self, state: &str, request: &Request<'_>) -> Result {
        self.record(state, &describe(request), &request.encode(self.transport))
    }

    /// Sends a message and prints what comes back. The kernel has executed it when it is sent.
    fn record(&self, situation: &str, what: &str, message: &[u8]) -> Result {
        let mut answers = Vec::new();
        match self.socket.send(message) {
            Ok(()) => answers.extend(self.hear()?),
            Err(error) => answers.push(error.to_string()),
        }
        if answers.is_empty() {
            answers.push("silence".into());
        }
        println!("{situation}: {what}: {}", answers.join("; "));
        Ok(())
    }

    fn hear(&self) -> Result<Vec<String>> {
        let mut heard = Vec::new();
        loop {
            let messages = self.socket.receive(Instant::now())?;
            if messages.is_empty() {
                return Ok(heard);
            }
            heard.extend(messages.into_iter().map(told));
        }
    }

    /// Events of what was done by others.
    fn forget(&self) {
        let _ = self.hear();
    }
}

/// A command with all that matters of it.
fn describe(request: &Request<'_>) -> String {
    let name = request.name();
    match request {
        Request::SetParam { param, value, .. } | Request::SetHostParam { param, value, .. } => {
            format!("{name} {param} to '{value}'")
        }
        Request::SendPdu { header, .. } => format!("{name} opcode {:#04x}", header[0]),
        Request::BindConn { handle, .. } if *handle == 9999 => format!("{name} to no socket"),
        _ => name.into(),
    }
}

/// A reply or an event, with every byte of it.
fn told(message: Message) -> String {
    let bytes = message.dump();
    let kind = match (message.answers, message.number()) {
        (0, 20) => "statistics".into(),
        (0, _) => format!("event {}", Event::from(message)),
        (_, IF_ERROR) => format!("error {}", message.interface_error().raw_os_error()),
        // The only ones whose reply carries what the transport has returned.
        (15 | 17 | 19 | 23, number) => {
            let code = message
                .return_code()
                .map_or_else(|errno| -errno.raw_os_error(), |()| 0);
            format!("reply {number} with {code}")
        }
        (_, number) => format!("reply {number}"),
    };
    format!("{kind} [{bytes}]")
}
