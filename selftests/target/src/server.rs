// SPDX-License-Identifier: GPL-2.0

//! The event loop: connections, results of work, and time.

use crate::backing::{Backing, Image, Memory};
use crate::connection::{Connection, End};
use crate::event::tell;
use crate::mischief::Mischief;
use crate::options::{Options, Store};
use crate::rule::Moment;
use crate::scsi::{Disk, BLOCK_LEN};
use crate::session::Sessions;
use crate::target::Target;
use crate::worker::Pool;
use iscsi_proto::tag::InitiatorTaskTag;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::{self, ErrorKind, Read};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The listener's name in the event loop.
const LISTENER: Token = Token(0);
/// The name of results of work.
const RESULTS: Token = Token(1);
/// The first name of a connection.
const FIRST_CONNECTION: usize = 2;
/// How many events are taken at once.
const EVENTS_MAX: usize = 128;
/// How long a closed stream is kept for what is still on its way.
const CLOSING_TIME: Duration = Duration::from_secs(5);
/// A reset rather than an orderly end: what is not sent is thrown away.
const NO_LINGER: Option<Duration> = Some(Duration::ZERO);

/// All that goes on.
struct Server {
    /// What is ready.
    poll: Poll,
    /// Where connections come from.
    listener: TcpListener,
    /// The connections.
    connections: BTreeMap<usize, Connection>,
    /// Streams of which our half is closed, until the other half is or their time is up.
    closing: BTreeMap<usize, (TcpStream, Instant)>,
    /// What they share.
    target: Target,
    /// The name of the next connection.
    next_token: usize,
    /// How many were accepted.
    accepted: u64,
}

/// Serves until the process ends.
pub(crate) fn run(options: Options) -> io::Result<Infallible> {
    let mut server = Server::new(options)?;
    tell(format_args!(
        "listening on {}",
        server.listener.local_addr()?
    ));
    let mut events = Events::with_capacity(EVENTS_MAX);
    let mut timeout = None;
    loop {
        match server.poll.poll(&mut events, timeout) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        timeout = server.turn(&events);
    }
}

/// The place for the blocks.
fn open(store: &Store) -> io::Result<Arc<dyn Backing>> {
    Ok(match store {
        Store::Memory(size) => Arc::new(Memory::new(*size)),
        Store::File(path, size) => {
            let image = Image::open(path, *size);
            let named = |error| io::Error::other(format!("{}: {error}", path.display()));
            Arc::new(image.map_err(named)?)
        }
    })
}

impl Server {
    /// Listens.
    fn new(options: Options) -> io::Result<Self> {
        let poll = Poll::new()?;
        let mut listener = TcpListener::bind(options.listen)?;
        poll.registry()
            .register(&mut listener, LISTENER, Interest::READABLE)?;
        let waker = Arc::new(Waker::new(poll.registry(), RESULTS)?);
        let backing = open(&options.store)?;
        let disk = Disk {
            blocks: backing.len() / u64::from(BLOCK_LEN),
            name: options.name,
        };
        let target = Target {
            chap: options.chap,
            mutual: options.mutual,
            wishes: options.wishes,
            disk,
            pool: Pool::start(backing, options.threads, waker)?,
            sessions: Sessions::default(),
            mischief: Mischief::new(options.rules),
            replaced: Vec::new(),
            resets: Vec::new(),
        };
        Ok(Self {
            poll,
            listener,
            connections: BTreeMap::new(),
            closing: BTreeMap::new(),
            target,
            next_token: FIRST_CONNECTION,
            accepted: 0,
        })
    }

    /// Does what there is to do, and returns how long there is nothing more.
    fn turn(&mut self, events: &Events) -> Option<Duration> {
        for event in events {
            match event.token() {
                LISTENER => self.accept_all(),
                RESULTS => {}
                Token(token) if event.is_readable() => {
                    self.with(token, |connection, target| connection.read(target));
                    self.drain(token);
                }
                _ => {}
            }
        }
        while let Some(done) = self.target.pool.result() {
            if let Some(connection) = self.connections.get_mut(&done.connection) {
                connection.done(&mut self.target, done);
            }
        }
        self.spread();
        self.pump()
    }

    /// Does something with a connection, which may end it.
    fn with(
        &mut self,
        token: usize,
        f: impl FnOnce(&mut Connection, &mut Target) -> Result<(), End>,
    ) {
        let Some(connection) = self.connections.get_mut(&token) else {
            return;
        };
        if let Err(end) = f(connection, &mut self.target) {
            self.close(token, &end);
        }
    }

    /// Accepts all that knock.
    fn accept_all(&mut self) {
        loop {
            match self.listener.accept() {
                Ok((stream, peer)) => {
                    self.accepted += 1;
                    tell(format_args!("connection {}: from {peer}", self.accepted));
                    if let Err(error) = self.accept(stream) {
                        tell(format_args!(
                            "connection {}: closed: {error}",
                            self.accepted
                        ));
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    /// Accepts a connection.
    fn accept(&mut self, mut stream: TcpStream) -> io::Result<()> {
        let token = self.next_token;
        self.next_token += 1;
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll
            .registry()
            .register(&mut stream, Token(token), interest)?;
        let mut connection = Connection::new(token, self.accepted, stream, &self.target)?;
        let actions = connection.fire(&mut self.target, Moment::Connect, None, None);
        connection.precede(&actions, InitiatorTaskTag::RESERVED, None);
        self.connections.insert(token, connection);
        Ok(())
    }

    /// Closes a connection.
    fn close(&mut self, token: usize, end: &End) {
        let Some(connection) = self.connections.remove(&token) else {
            return;
        };
        self.target.sessions.end(token);
        if end.reset {
            let _ = rustix::net::sockopt::set_socket_linger(&connection.stream, NO_LINGER);
        } else if connection.stream.shutdown(Shutdown::Write).is_ok() {
            // What is not read would make this a reset, and the other side lose what is on its way.
            let until = Instant::now() + CLOSING_TIME;
            self.closing.insert(token, (connection.stream, until));
            self.drain(token);
        }
        tell(format_args!(
            "connection {}: closed: {}",
            connection.number, end.reason
        ));
    }

    /// Throws away what comes on a stream that is closed.
    fn drain(&mut self, token: usize) {
        let mut buffer = [0; 4096];
        while let Some((stream, _)) = self.closing.get_mut(&token) {
            match stream.read(&mut buffer) {
                Ok(1..) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Ok(0) | Err(_) => {
                    self.closing.remove(&token);
                }
            }
        }
    }

    /// Tells other connections what one of them did to them.
    fn spread(&mut self) {
        for token in std::mem::take(&mut self.target.replaced) {
            self.close(token, &End::close("its session was reinstated"));
        }
        for origin in std::mem::take(&mut self.target.resets) {
            let others = self.connections.values_mut();
            for other in others.filter(|other| other.token != origin && other.is_normal()) {
                other.reset_disk();
            }
        }
    }

    /// Sends what can be sent, and returns when there is something to do again.
    fn pump(&mut self) -> Option<Duration> {
        let now = Instant::now();
        let mut next: Option<Instant> = None;
        let tokens: Vec<usize> = self.connections.keys().copied().collect();
        for token in tokens {
            self.with(token, |connection, target| {
                connection.tick(target, now);
                let times = [connection.pump(now)?, connection.next_time(), next];
                next = times.into_iter().flatten().min();
                Ok(())
            });
        }
        self.closing.retain(|_, (_, until)| *until > now);
        let closing = self.closing.values().map(|(_, until)| *until);
        let next = closing.chain(next).min();
        next.map(|next| next.saturating_duration_since(Instant::now()))
    }
}
