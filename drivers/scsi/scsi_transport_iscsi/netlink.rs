// SPDX-License-Identifier: GPL-2.0

//! The socket that user space sends commands to and gets events from.
//!
//! Commands run in the context of the sender, who may name things that are his own, such as the
//! socket of a connection. Nothing here keeps commands apart: [`commands`] does, as far as they are
//! about the same thing.

use crate::{
    commands::{
        self,
        Call, //
    },
    registry, //
};
use iscsi_kernel::{
    compat::code::{
        ECONNREFUSED,
        ENOSYS, //
    },
    mm::NoIo,
    net::netlink::{
        Allocation,
        Input,
        KernelSocket,
        Message,
        OpenSocket,
        Protocol,
        Received, //
    },
    printk::{
        print,
        Level, //
    }, //
};
use iscsi_proto::netlink::{
    retry::{
        self,
        Decision,
        SendResult, //
    },
    Answer,
    Command,
    Event,
    EventBuf,
    Messages,
    Request,
    EVENT_LEN,
    GROUP_UIP, //
};
use kernel::prelude::*;

/// The type of all messages but replies: their event says what they are.
const EVENT_TYPE: u16 = 0;

/// The socket.
static SOCKET: KernelSocket = KernelSocket::new();

/// The socket as long as the module is loaded: it is closed when this is dropped.
pub(crate) type Socket = OpenSocket;

/// Opens the socket. Commands may come before this returns.
///
/// # Errors
///
/// `ENOMEM`, also when somebody else has a socket for the protocol.
pub(crate) fn start(module: &'static ThisModule) -> Result<Socket> {
    SOCKET.open::<Commands>(module, Protocol::ISCSI, GROUP_UIP)
}

/// A message that is no reply: `parts`, of which the first is the event, and then `room` zero bytes.
///
/// # Errors
///
/// `ENOMEM`; `EMSGSIZE` when it is too long.
pub(crate) fn message(parts: &[&[u8]], room: usize, allocation: Allocation) -> Result<Message> {
    Message::new(EVENT_TYPE, parts, room, allocation)
}

/// Sends a message to a group.
///
/// # Errors
///
/// `ESRCH` when nobody listens; `ENOBUFS` when somebody could not get it who wants that to be known.
pub(crate) fn multicast(message: Message, group: u32, allocation: Allocation) -> Result {
    SOCKET.multicast(message, group, allocation)
}

/// What the socket hands to the class.
struct Commands;

impl Input for Commands {
    fn receive(mut received: Received<'_>) {
        let sender = Sender {
            port: received.port(),
            may_command: received.sender_is_admin(),
        };
        let mut rest = received.bytes_mut();
        loop {
            let mut messages = Messages::new(rest);
            let Some(message) = messages.next() else {
                return;
            };
            let (kind, event) = (message.kind(), *message.event().bytes());
            let payload = message.payload_offset();
            let end = payload.saturating_add(message.payload().len());
            let next = messages.next().map(|next| next.offset());

            let payload = rest.get_mut(payload..end).unwrap_or_default();
            sender.serve(kind, &Event::new(&event), payload);
            let Some(next) = next else {
                return;
            };
            rest = rest.get_mut(next..).unwrap_or_default();
        }
    }
}

/// Who has sent a buffer of messages.
struct Sender {
    /// The port that replies go to, and that a session is said to be made by.
    port: u32,
    may_command: bool,
}

impl Sender {
    /// Does what a message wants, and replies to it.
    fn serve(&self, kind: u16, event: &Event<'_>, payload: &mut [u8]) {
        let mut reply = EventBuf::echo(event);
        let command = Command::from_number(kind);
        match self.execute(command, event, payload, &mut reply) {
            // The answer has gone to everybody.
            Ok(()) if command.is_some_and(|it| it.rule().answer == Answer::Multicast) => return,
            Ok(()) => {}
            Err(error) => reply.set_error(error.to_errno()),
        }
        self.reply(kind, reply.as_bytes());
    }

    fn execute(
        &self,
        command: Option<Command>,
        event: &Event<'_>,
        payload: &mut [u8],
        reply: &mut EventBuf,
    ) -> Result {
        if !self.may_command {
            return Err(EPERM);
        }
        let registered = registry::find(event.transport_handle()).ok_or(EINVAL)?;
        // Keeps the transport registered, also when its module fails to start and goes though it is
        // held.
        let _pass = registered.gate().enter().ok_or(EINVAL)?;
        let _module = registered.pin_module().ok_or(EINVAL)?;
        let command = command.ok_or(ENOSYS)?;
        let call = Call {
            registered: &registered,
            payload,
            reply,
            sender: self.port,
        };
        commands::run(&Request::parse(command, event), call)
    }

    /// Sends a reply. The sender waits for it, so that memory is worth waiting for too; but not for
    /// memory that needs I/O, which may need the very session that this is about.
    fn reply(&self, kind: u16, event: &[u8; EVENT_LEN]) {
        let _scope = NoIo::new();
        let mut tries = 0_u32;
        loop {
            let result = Message::new(kind, &[event], 0, Allocation::Sleeping)
                .inspect_err(|_| {
                    print(
                        Level::Error,
                        fmt!("Could not allocate skb to send reply.\n"),
                    )
                })
                .and_then(|message| SOCKET.unicast(message, self.port));
            tries = tries.saturating_add(1);
            let sent = match result {
                Ok(()) => SendResult::Sent,
                Err(ESRCH | ECONNREFUSED) => SendResult::Absent,
                Err(_) => SendResult::Failed,
            };
            match (retry::after(sent, tries), result) {
                (Decision::Again, _) => {}
                (Decision::GiveUp, Err(error)) => {
                    let error = error.to_errno();
                    print(Level::Warning, fmt!("Send reply failed, error {error}\n"));
                    return;
                }
                _ => return,
            }
        }
    }
}
