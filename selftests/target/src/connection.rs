// SPDX-License-Identifier: GPL-2.0

//! One TCP connection: bytes in, PDUs out of them, and its login.

use crate::action::Action;
use crate::event::tell;
use crate::login::{Door, Login, Reply};
use crate::negotiation::Params;
use crate::pdu::{crc32c, HeaderBytes, Kind, Pdu};
use crate::rule::Moment;
use crate::sense::Sense;
use crate::session::Numbers;
use crate::target::Target;
use crate::task::TaskList;
use crate::text::Text;
use crate::transmit::{Progress, Transmit, Wire};
use iscsi_proto::bhs::{LoginFlags, LoginRequest, LoginResponse, LoginStatus, Request};
use iscsi_proto::receive::{self, Framing, Receiver, Step};
use mio::net::TcpStream;
use std::borrow::Cow;
use std::io::{ErrorKind, Read};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How many bytes are read at once.
const READ_LEN: usize = 1 << 16;
/// Longest data segment during the login.
const LOGIN_SEGMENT_MAX: u32 = 1 << 16;

/// Why a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// In words.
    pub(crate) reason: Cow<'static, str>,
    /// Whether it is reset.
    pub(crate) reset: bool,
}

impl End {
    /// It is closed.
    pub(crate) fn close(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            reason: reason.into(),
            reset: false,
        }
    }
}

impl From<std::io::Error> for End {
    fn from(error: std::io::Error) -> Self {
        Self::close(error.to_string())
    }
}

/// A rule that waits for a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer {
    /// Which rule.
    pub(crate) rule: usize,
    /// When.
    pub(crate) at: Instant,
    /// How long it is until then, again and again.
    pub(crate) period: Duration,
    /// Whether it begins anew with each command, and does not go off before that has ended.
    pub(crate) idle: bool,
}

/// A connection.
pub(crate) struct Connection {
    /// Its name in the event loop.
    pub(crate) token: usize,
    /// Its number, in the order connections were accepted.
    pub(crate) number: u64,
    /// The stream.
    pub(crate) stream: TcpStream,
    /// Our own address, as the initiator knows it.
    pub(crate) local: SocketAddr,
    /// Cuts what is received into PDUs.
    receiver: Receiver,
    /// Which digests there are.
    pub(crate) framing: Framing,
    /// The data segment that is being received.
    segment: Vec<u8>,
    /// What is to be sent.
    pub(crate) transmit: Transmit,
    /// What is to be sent at some time.
    pub(crate) later: Vec<(Instant, Wire)>,
    /// PDUs that are sent behind the next of their kind.
    pub(crate) swapped: Vec<(Kind, Vec<Wire>)>,
    /// Whether nothing is read any more.
    pub(crate) deaf: bool,
    /// Whether a rule has gone off: the initiator cannot be held to the protocol any more.
    pub(crate) lied: bool,
    /// Sequence numbers.
    pub(crate) numbers: Numbers,
    /// The Target Transfer Tag that was used last.
    pub(crate) last_ttt: u32,
    /// The login, while it lasts.
    login: Option<Box<Login>>,
    /// Whether the connection is to be closed when the login is over.
    close_after_login: bool,
    /// Whether the session is for discovery only.
    pub(crate) discovery: bool,
    /// What was agreed on.
    pub(crate) params: Params,
    /// Commands.
    pub(crate) tasks: TaskList,
    /// A unit attention to be reported.
    pub(crate) attention: Option<Sense>,
    /// Text of a text exchange that goes on in the next PDU.
    pub(crate) text: Vec<u8>,
    /// Rules that wait for a time.
    pub(crate) timers: Vec<Timer>,
}

impl Connection {
    /// A connection that was accepted.
    pub(crate) fn new(
        token: usize,
        number: u64,
        stream: TcpStream,
        target: &Target,
    ) -> std::io::Result<Self> {
        stream.set_nodelay(true)?;
        let door = Door {
            name: target.disk.name.clone(),
            chap: target.chap.clone(),
            mutual: target.mutual.clone(),
            random: crate::target::random()?,
        };
        let login = Login::new(door, target.wishes.clone());
        Ok(Self {
            token,
            number,
            local: stream.local_addr()?,
            stream,
            receiver: Receiver::new(),
            framing: Framing::default(),
            segment: Vec::new(),
            transmit: Transmit::default(),
            later: Vec::new(),
            swapped: Vec::new(),
            deaf: false,
            lied: false,
            numbers: Numbers::default(),
            last_ttt: 0,
            params: login.params(),
            login: Some(Box::new(login)),
            close_after_login: false,
            discovery: false,
            tasks: TaskList::default(),
            attention: None,
            text: Vec::new(),
            timers: Vec::new(),
        })
    }

    /// Whether the initiator is logged in to more than a discovery session.
    pub(crate) fn is_normal(&self) -> bool {
        self.login.is_none() && !self.discovery
    }

    /// Reads what has come.
    pub(crate) fn read(&mut self, target: &mut Target) -> Result<(), End> {
        let mut buffer = vec![0; READ_LEN];
        while !self.deaf {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(End::close("closed by the initiator")),
                Ok(count) => self.feed(target, buffer.get(..count).unwrap_or(&[]))?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Takes bytes as they come.
    fn feed(&mut self, target: &mut Target, mut bytes: &[u8]) -> Result<(), End> {
        while !self.deaf {
            match self.receiver.take(self.framing, crc32c, &mut bytes) {
                Ok(Step::Starved) => return Ok(()),
                Ok(Step::Header) => {
                    let limit = match self.login {
                        Some(_) => LOGIN_SEGMENT_MAX,
                        None => self.params.max_receive,
                    };
                    self.segment.clear();
                    match self.receiver.data_len() {
                        0 => self.take(target)?,
                        length if length > limit => {
                            return Err(End::close("protocol error: a data segment is too long"))
                        }
                        length => self.segment.reserve(length as usize),
                    }
                }
                Ok(Step::Data { bytes, .. }) => self.segment.extend(bytes),
                Ok(Step::Complete) => self.take(target)?,
                Err(receive::Error::HeaderDigest) => return Err(End::close("wrong header digest")),
                Err(receive::Error::DataDigest) => return Err(End::close("wrong data digest")),
            }
        }
        Ok(())
    }

    /// Takes a whole PDU.
    fn take(&mut self, target: &mut Target) -> Result<(), End> {
        let header = *self.receiver.bhs();
        let data = std::mem::take(&mut self.segment);
        match self.login.take() {
            None => self.request(target, &header, &data),
            Some(login) => self.login_request(target, login, &header, &data),
        }
    }

    /// Takes a PDU of the login phase.
    fn login_request(
        &mut self,
        target: &mut Target,
        mut login: Box<Login>,
        bytes: &HeaderBytes,
        data: &[u8],
    ) -> Result<(), End> {
        let Ok(Request::LoginRequest(header)) = Request::parse(bytes) else {
            return Err(End::close("protocol error: no Login Request"));
        };
        let mut actions = Vec::new();
        if login.is_new() {
            self.numbers = Numbers::starting_at(header.cmd_sn.get());
            actions = self.fire(target, Moment::Login, Some(bytes), None);
        }
        actions.extend(self.fire(
            target,
            Moment::Recv(Some(Kind::LoginRequest)),
            Some(bytes),
            None,
        ));
        self.precede(&actions, header.itt, None);
        if self.take_login_actions(target, &actions, header) {
            // Nothing more comes of this login.
        } else if actions
            .iter()
            .any(|action| matches!(action, Action::Drop | Action::Hold))
        {
            self.login = Some(login);
        } else {
            let result = login.step(header, data);
            self.discovery = login.discovery;
            match result {
                Ok(reply) => self.login_reply(target, login, header, reply),
                Err(status) => self.fail_login(target, header, status.into(), Text::default()),
            }
        }
        self.follow(&actions, header.itt, None);
        Ok(())
    }

    /// What rules say about a login; true if they end it.
    fn take_login_actions(
        &mut self,
        target: &mut Target,
        actions: &[Action],
        header: &LoginRequest,
    ) -> bool {
        for action in actions {
            match action {
                Action::AcceptThenClose => self.close_after_login = true,
                Action::LoginStatus(status) => {
                    self.fail_login(target, header, *status, Text::default());
                    return true;
                }
                Action::LoginRedirect(address) => {
                    let mut text = Text::default();
                    text.push("TargetAddress", address);
                    let status = LoginStatus::MovedTemporarily.into();
                    self.fail_login(target, header, status, text);
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// The header of an answer to a Login Request.
    fn login_response(header: &LoginRequest) -> LoginResponse {
        let mut response = LoginResponse::default();
        response.isid = header.isid;
        response.tsih = header.tsih;
        response.itt = header.itt;
        response
    }

    /// Ends a login with a status.
    fn fail_login(&mut self, target: &mut Target, header: &LoginRequest, status: u16, text: Text) {
        let mut response = Self::login_response(header);
        [response.status_class, response.status_detail] = status.to_be_bytes();
        tell(format_args!(
            "connection {}: login refused with {status:#06x}",
            self.number
        ));
        self.send(target, Pdu::with_data(&response, text.to_bytes()), None);
        self.transmit.push(Wire::Close {
            reset: false,
            reason: "the login was refused",
        });
    }

    /// Goes on with a login, or ends it well.
    fn login_reply(
        &mut self,
        target: &mut Target,
        login: Box<Login>,
        header: &LoginRequest,
        reply: Reply,
    ) {
        let mut response = Self::login_response(header);
        response.flags = reply.flags;
        let last = reply.is_last();
        let text = reply.text.to_bytes();
        if last {
            if !self.establish(target, &login, &mut response) {
                self.fail_login(
                    target,
                    header,
                    LoginStatus::NoSession.into(),
                    Text::default(),
                );
                return;
            }
            self.params = login.params();
        }
        self.send(target, Pdu::with_data(&response, text), None);
        if !last {
            self.login = Some(login);
            return;
        }
        // The answer itself is still without digests.
        self.framing = self.params.framing;
        let kind = if login.discovery {
            "discovery"
        } else {
            "normal"
        };
        tell(format_args!(
            "connection {}: login of {} ({kind})",
            self.number, login.initiator
        ));
        if self.close_after_login {
            self.transmit.push(Wire::Close {
                reset: false,
                reason: "a rule closed it",
            });
        }
        self.start_timers(target);
    }

    /// Begins a session. False if there is none that this could be a part of.
    fn establish(
        &mut self,
        target: &mut Target,
        login: &Login,
        response: &mut LoginResponse,
    ) -> bool {
        debug_assert!(response.flags.contains(LoginFlags::TRANSIT));
        let tsih = response.tsih.get();
        if login.discovery {
            response.tsih = 1.into();
            return tsih == 0;
        }
        let sessions = &mut target.sessions;
        let session = sessions.establish(&login.initiator, response.isid, tsih, self.token);
        let Some(session) = session else {
            return false;
        };
        response.tsih = session.tsih.into();
        target.replaced.extend(session.replaced);
        target.pool.settle();
        true
    }

    /// Sends what can be sent, and returns until when there is nothing to do.
    pub(crate) fn pump(&mut self, now: Instant) -> Result<Option<Instant>, End> {
        match self.transmit.pump(&mut self.stream, now)? {
            Progress::Waiting => Ok(None),
            Progress::Until(time) => Ok(Some(time)),
            Progress::Close { reset, reason } => Err(End {
                reason: reason.into(),
                reset,
            }),
        }
    }
}
