// SPDX-License-Identifier: GPL-2.0

//! The commands, as functions.

use crate::error::{During, Error, Refusal, Refuser, Result};
use crate::event::Event;
use crate::message::{disguise, ConnId, Message, Request, SessionRequest, StopFlag, IF_ERROR};
use crate::pdu::Header;
use crate::socket::NetlinkSocket;
use crate::stats::Stats;
use std::collections::VecDeque;
use std::fs;
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

/// How long to wait for what must come. Emulated machines are slow, so this measures nothing.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A session that was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewSession {
    /// Its number.
    pub(crate) session: u32,
    /// The number of its SCSI host.
    pub(crate) host: u32,
}

/// What iscsid is to the kernel.
pub(crate) struct Client {
    socket: NetlinkSocket,
    transport: u64,
    events: VecDeque<Event>,
}

impl Client {
    /// A client of the transport with this name.
    pub(crate) fn new(transport: &str) -> Result<Self> {
        Self::with_socket(transport, NetlinkSocket::open()?)
    }

    /// One that hears only answers: while it waits long for one, events cannot fill its socket.
    pub(crate) fn deaf(transport: &str) -> Result<Self> {
        Self::with_socket(transport, NetlinkSocket::open_deaf()?)
    }

    fn with_socket(transport: &str, socket: NetlinkSocket) -> Result<Self> {
        Ok(Self {
            transport: handle_of(transport)?,
            socket,
            events: VecDeque::new(),
        })
    }

    /// Has the kernel execute a command. Returns its answer.
    pub(crate) fn call(&mut self, request: &Request<'_>) -> Result<Message> {
        self.send_and_wait(request, &request.encode(self.transport))
    }

    /// The same for a command whose event says that it is of the kind `kind`.
    pub(crate) fn call_disguised(&mut self, request: &Request<'_>, kind: u16) -> Result<Message> {
        let mut bytes = request.encode(self.transport);
        disguise(&mut bytes, kind);
        self.send_and_wait(request, &bytes)
    }

    fn send_and_wait(&mut self, request: &Request<'_>, bytes: &[u8]) -> Result<Message> {
        self.socket.send(bytes)?;
        let deadline = Instant::now() + PATIENCE;
        let mut answer = None;
        while answer.is_none() {
            let messages = self.socket.receive(deadline)?;
            if messages.is_empty() {
                return Err(Error::Late(format!("the answer to {}", request.name())));
            }
            for message in messages {
                if is_answer(request, &message) {
                    answer = Some(message);
                } else {
                    self.events.push_back(message.into());
                }
            }
        }
        match answer {
            Some(message) if message.number() != IF_ERROR => Ok(message),
            Some(message) => Err(Error::Refused(Refusal {
                command: request.name(),
                by: Refuser::Interface,
                errno: message.interface_error(),
            })),
            None => Err(Error::Late(format!("the answer to {}", request.name()))),
        }
    }

    /// The same for commands that the transport answers with a return code.
    fn call_transport(&mut self, request: &Request<'_>) -> Result {
        self.call(request)?.return_code().map_err(|errno| {
            Error::Refused(Refusal {
                command: request.name(),
                by: Refuser::Transport,
                errno,
            })
        })
    }

    /// The first event that `wanted` accepts, heard already or within `patience`. Others stay.
    pub(crate) fn wait_for(
        &mut self,
        what: &str,
        patience: Duration,
        wanted: impl Fn(&Event) -> bool,
    ) -> Result<Event> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(index) = self.events.iter().position(&wanted) {
                if let Some(event) = self.events.remove(index) {
                    return Ok(event);
                }
            }
            let messages = self.socket.receive(deadline)?;
            if messages.is_empty() {
                let heard: Vec<_> = self.events.iter().map(ToString::to_string).collect();
                return Err(Error::Late(format!("{what}; heard: {heard:?}")));
            }
            self.events.extend(messages.into_iter().map(Event::from));
        }
    }

    /// The next event, or [`None`] when none has come by `deadline`.
    pub(crate) fn next_event(&mut self, deadline: Instant) -> Result<Option<Event>> {
        if self.events.is_empty() {
            let messages = self.socket.receive(deadline)?;
            self.events.extend(messages.into_iter().map(Event::from));
        }
        Ok(self.events.pop_front())
    }

    pub(crate) fn create_session(&mut self, request: SessionRequest) -> Result<NewSession> {
        self.session_of(&Request::CreateSession(request))
    }

    pub(crate) fn create_bound_session(
        &mut self,
        endpoint: u64,
        request: SessionRequest,
    ) -> Result<NewSession> {
        self.session_of(&Request::CreateBoundSession(endpoint, request))
    }

    fn session_of(&mut self, request: &Request<'_>) -> Result<NewSession> {
        let reply = self.call(request)?;
        Ok(NewSession {
            session: reply.reply(0),
            host: reply.reply(1),
        })
    }

    pub(crate) fn destroy_session(&mut self, session: u32) -> Result {
        self.call(&Request::DestroySession(session)).map(drop)
    }

    /// Has a worker destroy a session, which the answer does not wait for.
    pub(crate) fn destroy_session_later(&mut self, session: u32) -> Result {
        self.call(&Request::DestroySessionAsync(session)).map(drop)
    }

    pub(crate) fn unbind_session(&mut self, session: u32) -> Result {
        self.call(&Request::UnbindSession(session)).map(drop)
    }

    pub(crate) fn create_conn(&mut self, conn: ConnId) -> Result {
        self.call(&Request::CreateConn(conn)).map(drop)
    }

    pub(crate) fn destroy_conn(&mut self, conn: ConnId) -> Result {
        self.call(&Request::DestroyConn(conn)).map(drop)
    }

    /// Binds a connection to a socket, as the leading one of its session.
    pub(crate) fn bind(&mut self, conn: ConnId, socket: impl AsFd) -> Result {
        self.bind_handle(conn, socket.as_fd().as_raw_fd() as u64)
    }

    /// Binds a connection to a descriptor by its number, which may be none.
    pub(crate) fn bind_handle(&mut self, conn: ConnId, handle: u64) -> Result {
        self.call_transport(&Request::BindConn {
            conn,
            handle,
            leading: true,
        })
    }

    pub(crate) fn set_param(&mut self, conn: ConnId, param: u32, value: &str) -> Result {
        self.call(&Request::SetParam { conn, param, value })
            .map(drop)
    }

    pub(crate) fn set_host_param(&mut self, host: u32, param: u32, value: &str) -> Result {
        self.call(&Request::SetHostParam { host, param, value })
            .map(drop)
    }

    pub(crate) fn start(&mut self, conn: ConnId) -> Result {
        self.call_transport(&Request::StartConn(conn))
    }

    pub(crate) fn stop(&mut self, conn: ConnId, flag: StopFlag) -> Result {
        self.call(&Request::StopConn(conn, flag)).map(drop)
    }

    pub(crate) fn send_pdu(&mut self, conn: ConnId, header: &Header, data: &[u8]) -> Result {
        self.call_transport(&Request::SendPdu {
            conn,
            header: &header.0,
            data,
        })
    }

    /// Asks whether an endpoint is connected.
    pub(crate) fn poll_endpoint(&mut self, endpoint: u64) -> Result {
        self.call(&Request::EndpointPoll(endpoint)).map(drop)
    }

    pub(crate) fn disconnect_endpoint(&mut self, endpoint: u64) -> Result {
        self.call(&Request::EndpointDisconnect(endpoint)).map(drop)
    }

    pub(crate) fn stats(&mut self, conn: ConnId) -> Result<Stats> {
        let reply = self.call(&Request::GetStats(conn))?;
        Stats::parse(&reply.payload)
    }
}

/// The number by which commands name a transport.
pub(crate) fn handle_of(transport: &str) -> Result<u64> {
    let path = format!("/sys/class/iscsi_transport/{transport}/handle");
    let text = fs::read_to_string(path).during("reading the handle of the transport")?;
    text.trim()
        .parse()
        .map_err(|_| Error::Wrong(format!("the handle of the transport is '{text}'")))
}

/// A refusal carries the number of its command in the netlink header. Statistics go to everybody,
/// with the number of the command in their place of the event's.
fn is_answer(request: &Request<'_>, message: &Message) -> bool {
    message.answers == request.number()
        || (message.answers == 0 && message.number() == u32::from(request.number()))
}
