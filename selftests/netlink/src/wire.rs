// SPDX-License-Identifier: GPL-2.0

//! A TCP connection with both of its ends in this process: the initiator's, for the kernel to bind,
//! and the target's, for a check to play the target.

use crate::client::PATIENCE;
use crate::error::{During, Error, Result};
use crate::pdu::{Header, HEADER_LEN};
use crate::socket::wait;
use rustix::event::PollFlags;
use rustix::io::ioctl_fionread;
use rustix::net::{self, sockopt};
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// The connection.
pub(crate) struct Wire {
    // The target's end goes first: a reset makes the initiator's end dead for everybody, however
    // many references a buggy kernel has kept.
    pub(crate) target: Target,
    pub(crate) initiator: TcpStream,
}

impl Wire {
    /// Connects over the loopback interface.
    pub(crate) fn new() -> Result<Self> {
        Self::connect(listen()?)
    }

    /// The same to a target that takes about `bytes` bytes without reading them, and never more. The
    /// kernel rounds up to its least.
    pub(crate) fn with_window(bytes: usize) -> Result<Self> {
        let listener = listen()?;
        // Its sockets have it from their first packet on.
        sockopt::set_socket_recv_buffer_size(&listener, bytes).during("shrinking a buffer")?;
        Self::connect(listener)
    }

    fn connect(listener: TcpListener) -> Result<Self> {
        let address = listener.local_addr().during("listening")?;
        let initiator = TcpStream::connect(address).during("connecting")?;
        let (target, _) = listener.accept().during("accepting")?;
        target
            .set_read_timeout(Some(PATIENCE))
            .during("setting a timeout")?;
        // PDUs are written whole.
        target.set_nodelay(true).during("setting no delay")?;
        Ok(Self {
            target: Target(target),
            initiator,
        })
    }

    /// Waits until what the target has written so far can be read at the initiator's end.
    pub(crate) fn await_arrival(&self) -> Result {
        let deadline = Instant::now() + PATIENCE;
        match wait(&self.initiator, PollFlags::IN, deadline)? {
            true => Ok(()),
            false => Err(Error::Late("the target's bytes".into())),
        }
    }

    /// Waits until so many bytes have been sent, of which most may wait for room at the target.
    pub(crate) fn await_sent(&self, bytes: usize) -> Result {
        let deadline = Instant::now() + PATIENCE;
        let port = self.initiator_port()?;
        // What is received and not acknowledged yet counts twice, but not for as long as two looks take.
        let mut looks = 0;
        while looks < 2 {
            if Instant::now() > deadline {
                return Err(Error::Late(format!("{bytes} bytes of the initiator")));
            }
            thread::sleep(Duration::from_millis(100));
            let sent = unacknowledged(port)? + self.target.readable()?;
            looks = if sent < bytes { 0 } else { looks + 1 };
        }
        Ok(())
    }

    /// The port of the initiator's end.
    pub(crate) fn initiator_port(&self) -> Result<u16> {
        let address = self.initiator.local_addr();
        Ok(address.during("asking for the address")?.port())
    }
}

fn listen() -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).during("listening")
}

/// The target's end. Dropping it resets the connection.
pub(crate) struct Target(TcpStream);

impl Target {
    /// Sends bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result {
        self.0.write_all(bytes).during("sending as the target")
    }

    /// Sends bytes, the last of which is urgent.
    pub(crate) fn write_urgent(&mut self, bytes: &[u8]) -> Result {
        let sent = net::send(&self.0, bytes, net::SendFlags::OOB)
            .during("sending urgent data as the target")?;
        crate::error::same("bytes sent as the target", sent, bytes.len())
    }

    /// Receives a PDU with its padding, digests being off.
    pub(crate) fn read_pdu(&mut self) -> Result<(Header, Vec<u8>)> {
        let mut header = [0; HEADER_LEN];
        self.read(&mut header)?;
        let header = Header(header);
        let mut data = vec![0; header.data_len().next_multiple_of(4) as usize];
        self.read(&mut data)?;
        Ok((header, data))
    }

    fn read(&mut self, bytes: &mut [u8]) -> Result {
        match self.0.read_exact(bytes).during("receiving as the target") {
            Err(Error::Late(_)) => Err(Error::Late("bytes of the initiator".into())),
            result => result,
        }
    }

    /// Receives whatever is there, waiting up to `patience`; nothing at the end of the stream.
    pub(crate) fn read_some(&mut self, bytes: &mut [u8], patience: Duration) -> Result<usize> {
        self.await_bytes(patience)?;
        self.0.read(bytes).during("receiving as the target")
    }

    /// Waits until something could be received.
    pub(crate) fn await_bytes(&self, patience: Duration) -> Result {
        match wait(&self.0, PollFlags::IN, Instant::now() + patience)? {
            true => Ok(()),
            false => Err(Error::Late("bytes of the initiator".into())),
        }
    }

    /// How much could be received at once.
    fn readable(&self) -> Result<usize> {
        let bytes = ioctl_fionread(&self.0).during("asking for the bytes to read")?;
        Ok(bytes as usize)
    }

    /// Whether something could be received at once.
    pub(crate) fn has_bytes(&self) -> Result<bool> {
        wait(&self.0, PollFlags::IN, Instant::now())
    }

    /// Fails unless the initiator has closed the connection, or does so soon, with nothing before.
    pub(crate) fn expect_end(&mut self) -> Result {
        match self.read_some(&mut [0; 1], PATIENCE)? {
            0 => Ok(()),
            _ => Err(Error::Wrong("bytes where the stream should end".into())),
        }
    }

    /// A handle for another thread.
    pub(crate) fn stream(&self) -> Result<TcpStream> {
        self.0.try_clone().during("cloning a socket")
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // Fails only where there is nothing left to reset.
        let _ = net::connect_unspec(&self.0);
    }
}

/// How many open sockets have this local port. A socket that was closed, and waits only for its
/// peer, is none: it belongs to no file any more.
pub(crate) fn open_sockets(port: u16) -> Result<usize> {
    let inodes = sockets(port, INODE)?;
    Ok(inodes.iter().filter(|inode| *inode != "0").count())
}

/// Columns of /proc/net/tcp.
const LOCAL_ADDRESS: usize = 1;
const QUEUES: usize = 4;
const INODE: usize = 9;

/// What that column says of the sockets with this local port.
fn sockets(port: u16, column: usize) -> Result<Vec<String>> {
    let text = fs::read_to_string("/proc/net/tcp").during("reading /proc/net/tcp")?;
    let port = format!(":{port:04X}");
    Ok(text
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<_> = line.split_whitespace().collect();
            fields
                .get(LOCAL_ADDRESS)
                .filter(|local| local.ends_with(&port))?;
            fields.get(column).map(ToString::to_string)
        })
        .collect())
}

/// Bytes that the sockets with this local port have, and their peers do not, as far as is known.
fn unacknowledged(port: u16) -> Result<usize> {
    sockets(port, QUEUES)?.iter().try_fold(0, |sum, queues| {
        let sending = queues.split(':').next().unwrap_or_default();
        usize::from_str_radix(sending, 16)
            .map(|bytes| sum + bytes)
            .map_err(|_| Error::Wrong(format!("queues of a socket: '{queues}'")))
    })
}
