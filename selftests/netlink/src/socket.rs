// SPDX-License-Identifier: GPL-2.0

//! The netlink socket.

use crate::error::{During, Error, Result};
use crate::message::Message;
use rustix::event::{poll, PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::{self, AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

/// The group that iscsid listens to, as a bit.
const GROUP_ISCSID: u32 = 1;
/// The longest message of the kernel is far shorter: statistics, or a PDU with 8 KiB of data.
const DATAGRAM_MAX: usize = 64 << 10;
/// The kernel's own port.
const KERNEL: SocketAddrNetlink = SocketAddrNetlink::new(0, 0);

/// A socket of the family NETLINK_ISCSI that hears what iscsid hears.
pub(crate) struct NetlinkSocket(OwnedFd);

impl NetlinkSocket {
    /// Opens it.
    pub(crate) fn open() -> Result<Self> {
        let socket = Self::open_deaf()?;
        net::bind(&socket.0, &SocketAddrNetlink::new(0, GROUP_ISCSID))
            .during("joining the group of iscsid")?;
        Ok(socket)
    }

    /// Opens one that hears only what is addressed to it, which anybody may.
    pub(crate) fn open_deaf() -> Result<Self> {
        net::socket_with(
            AddressFamily::NETLINK,
            SocketType::RAW,
            SocketFlags::CLOEXEC,
            Some(netlink::ISCSI),
        )
        .map(Self)
        .during("opening a netlink socket")
    }

    /// Sends a message. The kernel has executed the command in it when this returns.
    pub(crate) fn send(&self, message: &[u8]) -> Result {
        let sent = net::sendto(&self.0, message, SendFlags::empty(), &KERNEL)
            .during("sending to the kernel")?;
        if sent == message.len() {
            Ok(())
        } else {
            Err(Error::Wrong(format!("only {sent} bytes were sent")))
        }
    }

    /// Receives the messages of one datagram; none when none has come by `deadline`.
    pub(crate) fn receive(&self, deadline: Instant) -> Result<Vec<Message>> {
        let mut buffer = vec![0; DATAGRAM_MAX];
        loop {
            if !wait(&self.0, PollFlags::IN, deadline)? {
                return Ok(Vec::new());
            }
            match net::recv(&self.0, &mut buffer[..], RecvFlags::DONTWAIT) {
                Ok((_, len)) => return Message::parse(&buffer[..len]),
                // Events were lost because nobody had fetched them; a check that needs one waits for it in vain.
                Err(Errno::NOBUFS | Errno::AGAIN | Errno::INTR) => {}
                Err(errno) => return Err(Error::System("receiving from the kernel", errno)),
            }
        }
    }
}

/// Waits until `fd` is ready; false when the time is up before that.
pub(crate) fn wait(fd: impl AsFd, what: PollFlags, deadline: Instant) -> Result<bool> {
    let mut fds = [PollFd::new(&fd, what)];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match poll(&mut fds, Some(&timespec(left))) {
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(Error::System("waiting for a socket", errno)),
        }
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: duration.as_secs() as i64,
        tv_nsec: duration.subsec_nanos().into(),
    }
}
