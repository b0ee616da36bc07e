// SPDX-License-Identifier: GPL-2.0

//! The event of a message to user space.

use super::{
    event::Fields,
    Command,
    Event,
    EVENT_LEN, //
};

/// `ISCSI_KEVENT_*` of `iscsi_if.h`, as far as there is no type for it.
mod number {
    /// `RECV_PDU`: a PDU has come that user space has to answer or has waited for.
    pub(super) const RECEIVED_PDU: u32 = 101;
    /// `CONN_ERROR`: a connection has failed.
    pub(super) const CONNECTION_ERROR: u32 = 102;
    /// `IF_ERROR`: the reply to a command that was refused or has failed.
    pub(super) const INTERFACE_ERROR: u32 = 103;
    /// `CONN_LOGIN_STATE`: how far the login is that a host does itself.
    pub(super) const LOGIN_STATE: u32 = 109;
    /// `HOST_EVENT`: something has happened to a host.
    pub(super) const HOST_EVENT: u32 = 110;
    /// `PING_COMP`: what became of a ping.
    pub(super) const PING_COMPLETE: u32 = 111;
}

/// What has become of a session (`ISCSI_KEVENT_*_SESSION`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum SessionEvent {
    /// `DESTROY_SESSION`: a session is no more.
    Destroy = 104,
    /// `UNBIND_SESSION`: the target of a session was removed.
    Unbind = 105,
    /// `CREATE_SESSION`: a session is there.
    Create = 106,
}

impl SessionEvent {
    /// The event with this number, or [`None`] if there is none.
    #[inline]
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            104 => Some(Self::Destroy),
            105 => Some(Self::Unbind),
            106 => Some(Self::Create),
            _ => None,
        }
    }

    /// Its number.
    #[inline]
    pub const fn number(self) -> u32 {
        self as u32
    }
}

/// What an offload driver wants of iscsiuio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum OffloadEvent {
    /// `PATH_REQ`: iscsiuio is asked how to reach a target ([`EventBuf::path_request`]).
    PathRequest = 107,
    /// `IF_DOWN`: a network interface is down ([`EventBuf::interface_down`]).
    InterfaceDown = 108,
}

impl OffloadEvent {
    /// The event with this number, or [`None`] if there is none.
    #[inline]
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            107 => Some(Self::PathRequest),
            108 => Some(Self::InterfaceDown),
            _ => None,
        }
    }

    /// Its number.
    #[inline]
    pub const fn number(self) -> u32 {
        self as u32
    }
}

/// The 56 bytes of an event on their way to user space: what is not set is zero, or in a reply what
/// the sender itself has written there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventBuf(Fields);

impl EventBuf {
    /// An event with its answer.
    const fn up(kind: u32, transport_handle: u64, answer: [u32; 4]) -> Self {
        Self(Fields {
            kind,
            error: 0,
            transport_handle,
            request: [0; 6],
            answer,
        })
    }

    /// The head of a multicast answer to `command`.
    const fn head(command: Command, transport_handle: u64, request: [u32; 6]) -> Self {
        Self(Fields {
            kind: command.number() as u32,
            error: 0,
            transport_handle,
            request,
            answer: [0; 4],
        })
    }

    /// What has become of session `sid` of host number `host`.
    #[inline]
    pub const fn session(event: SessionEvent, transport_handle: u64, host: u32, sid: u32) -> Self {
        let answer = match event {
            SessionEvent::Create | SessionEvent::Unbind => [sid, host, 0, 0],
            SessionEvent::Destroy => [host, sid, 0, 0],
        };
        Self::up(event.number(), transport_handle, answer)
    }

    /// A PDU has come that user space has to answer or has waited for. The payload is its header
    /// and its data.
    #[inline]
    pub const fn received_pdu(transport_handle: u64, sid: u32, cid: u32) -> Self {
        Self::up(number::RECEIVED_PDU, transport_handle, [sid, cid, 0, 0])
    }

    /// A connection has failed, with the error `error` (`enum iscsi_err`).
    #[inline]
    pub const fn connection_error(transport_handle: u64, sid: u32, cid: u32, error: u32) -> Self {
        Self::up(
            number::CONNECTION_ERROR,
            transport_handle,
            [sid, cid, error, 0],
        )
    }

    /// How far the login is that a host does itself (`enum iscsi_conn_state`).
    #[inline]
    pub const fn login_state(transport_handle: u64, sid: u32, cid: u32, state: u32) -> Self {
        Self::up(number::LOGIN_STATE, transport_handle, [sid, cid, state, 0])
    }

    /// Something has happened to a host (`enum iscsi_host_event_code`). The payload has `data_len`
    /// bytes.
    #[inline]
    pub const fn host_event(transport_handle: u64, host: u32, code: u32, data_len: u32) -> Self {
        Self::up(
            number::HOST_EVENT,
            transport_handle,
            [host, data_len, code, 0],
        )
    }

    /// What became of the ping that had the number `id` (`enum iscsi_ping_status_code`). The
    /// payload has `data_len` bytes.
    #[inline]
    pub const fn ping_complete(
        transport_handle: u64,
        host: u32,
        status: u32,
        id: u32,
        data_len: u32,
    ) -> Self {
        Self::up(
            number::PING_COMPLETE,
            transport_handle,
            [host, status, id, data_len],
        )
    }

    /// A host wants to know how to reach a target. The payload says which.
    #[inline]
    pub const fn path_request(transport_handle: u64, host: u32) -> Self {
        Self::up(
            OffloadEvent::PathRequest.number(),
            transport_handle,
            [host, 0, 0, 0],
        )
    }

    /// A network interface of a host is down. The payload says which.
    #[inline]
    pub const fn interface_down(transport_handle: u64, host: u32) -> Self {
        Self::up(
            OffloadEvent::InterfaceDown.number(),
            transport_handle,
            [host, 0, 0, 0],
        )
    }

    /// The head of the answer to [`Command::GetStats`]. The payload is the counters.
    #[inline]
    pub const fn stats(transport_handle: u64, sid: u32, cid: u32) -> Self {
        Self::head(Command::GetStats, transport_handle, [sid, cid, 0, 0, 0, 0])
    }

    /// The head of the answer to [`Command::GetChap`]: `entries` of the records in the payload are
    /// valid, from the one with the number `index` on.
    #[inline]
    pub fn chap(transport_handle: u64, host: u32, entries: u32, index: u16) -> Self {
        let index = zerocopy::transmute!([index, 0u16]);
        Self::head(
            Command::GetChap,
            transport_handle,
            [host, entries, index, 0, 0, 0],
        )
    }

    /// The head of the answer to [`Command::GetHostStats`]. The payload is the counters.
    #[inline]
    pub const fn host_stats(transport_handle: u64, host: u32) -> Self {
        Self::head(
            Command::GetHostStats,
            transport_handle,
            [host, 0, 0, 0, 0, 0],
        )
    }

    /// The reply to a command: its own event, to be told the outcome.
    #[inline]
    pub fn echo(event: &Event<'_>) -> Self {
        Self(event.fields())
    }

    /// The command was refused or has failed, with the negative error number `errno`.
    #[inline]
    pub fn set_error(&mut self, errno: i32) {
        self.0.kind = number::INTERFACE_ERROR;
        self.0.error = errno as u32;
    }

    /// The session that was made.
    #[inline]
    pub fn set_session(&mut self, host: u32, sid: u32) {
        self.set_answer(sid, host);
    }

    /// The connection that was made.
    #[inline]
    pub fn set_connection(&mut self, sid: u32, cid: u32) {
        self.set_answer(sid, cid);
    }

    /// The result of the driver: 0, a negative error number, or what the command says.
    #[inline]
    pub fn set_retcode(&mut self, result: i32) {
        self.set_first_answer(result as u32);
    }

    /// The endpoint that was made.
    #[inline]
    pub fn set_endpoint(&mut self, handle: u64) {
        let [first, second] = zerocopy::transmute!(handle);
        self.set_answer(first, second);
    }

    /// The flashnode that was made.
    #[inline]
    pub fn set_flashnode(&mut self, index: u32) {
        self.set_first_answer(index);
    }

    #[inline]
    fn set_first_answer(&mut self, first: u32) {
        let [_, second, ..] = self.0.answer;
        self.set_answer(first, second);
    }

    #[inline]
    fn set_answer(&mut self, first: u32, second: u32) {
        let [_, _, third, fourth] = self.0.answer;
        self.0.answer = [first, second, third, fourth];
    }

    /// The bytes to send.
    #[inline]
    pub fn as_bytes(&self) -> &[u8; EVENT_LEN] {
        zerocopy::transmute_ref!(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netlink::Request;
    use proptest::prelude::*;

    const HANDLE: u64 = 0x0102_0304_0506_0708;

    /// The bytes with `kind`, [`HANDLE`] and these numbers at these offsets, and all else zero.
    fn bytes(kind: u32, words: &[(usize, u32)]) -> [u8; EVENT_LEN] {
        let mut bytes = [0; EVENT_LEN];
        bytes[..4].copy_from_slice(&kind.to_ne_bytes());
        bytes[8..16].copy_from_slice(&HANDLE.to_ne_bytes());
        for (offset, word) in words {
            bytes[*offset..offset + 4].copy_from_slice(&word.to_ne_bytes());
        }
        bytes
    }

    // The offsets are those that a C compiler gives for `iscsi_if.h`.
    #[test]
    fn each_event_has_its_fields_and_nothing_else() {
        for (event, expected) in [
            (
                EventBuf::session(SessionEvent::Create, HANDLE, 3, 7),
                bytes(106, &[(40, 7), (44, 3)]),
            ),
            (
                EventBuf::session(SessionEvent::Unbind, HANDLE, 3, 7),
                bytes(105, &[(40, 7), (44, 3)]),
            ),
            (
                EventBuf::session(SessionEvent::Destroy, HANDLE, 3, 7),
                bytes(104, &[(40, 3), (44, 7)]),
            ),
            (
                EventBuf::received_pdu(HANDLE, 7, 1),
                bytes(101, &[(40, 7), (44, 1)]),
            ),
            (
                EventBuf::connection_error(HANDLE, 7, 1, 1011),
                bytes(102, &[(40, 7), (44, 1), (48, 1011)]),
            ),
            (
                EventBuf::login_state(HANDLE, 7, 1, 3),
                bytes(109, &[(40, 7), (44, 1), (48, 3)]),
            ),
            (
                EventBuf::host_event(HANDLE, 3, 2, 16),
                bytes(110, &[(40, 3), (44, 16), (48, 2)]),
            ),
            (
                EventBuf::ping_complete(HANDLE, 3, 4, 99, 8),
                bytes(111, &[(40, 3), (44, 4), (48, 99), (52, 8)]),
            ),
            (EventBuf::path_request(HANDLE, 3), bytes(107, &[(40, 3)])),
            (EventBuf::interface_down(HANDLE, 3), bytes(108, &[(40, 3)])),
            (
                EventBuf::stats(HANDLE, 7, 1),
                bytes(20, &[(16, 7), (20, 1)]),
            ),
            (EventBuf::host_stats(HANDLE, 3), bytes(42, &[(16, 3)])),
        ] {
            assert_eq!(event.as_bytes(), &expected);
        }
    }

    #[test]
    fn the_head_of_chap_entries_reads_as_its_request() {
        let head = EventBuf::chap(HANDLE, 3, 5, 0x1234);
        let event = Event::new(head.as_bytes());
        assert_eq!(event.kind(), 33);
        assert_eq!(event.transport_handle(), HANDLE);
        assert_eq!(
            Request::parse(Command::GetChap, &event),
            Request::GetChap {
                host: 3,
                entries: 5,
                index: 0x1234
            }
        );
        assert_eq!(head.as_bytes()[24..26], 0x1234u16.to_ne_bytes());
        assert_eq!(head.as_bytes()[26..], [0; 30]);
    }

    #[test]
    fn each_event_has_its_number() {
        for number in 0..1000 {
            let session = SessionEvent::from_number(number);
            assert_eq!(session.is_some(), (104..=106).contains(&number));
            assert!(session.is_none_or(|event| event.number() == number));
            let offload = OffloadEvent::from_number(number);
            assert_eq!(offload.is_some(), (107..=108).contains(&number));
            assert!(offload.is_none_or(|event| event.number() == number));
        }
    }

    proptest! {
        /// A reply is the event of its command but for the outcome.
        #[test]
        fn a_reply_has_the_outcome(
            event in proptest::collection::vec(any::<u8>(), EVENT_LEN),
            first: u32,
            second: u32,
            errno in i32::MIN..0,
            handle: u64,
        ) {
            let event: [u8; EVENT_LEN] = event.try_into().unwrap();
            let reply = |set: &dyn Fn(&mut EventBuf)| {
                let mut reply = EventBuf::echo(&Event::new(&event));
                set(&mut reply);
                *reply.as_bytes()
            };
            let with = |parts: &[(usize, &[u8])]| {
                let mut bytes = event;
                for (offset, part) in parts {
                    bytes[*offset..offset + part.len()].copy_from_slice(part);
                }
                bytes
            };
            let (a, b) = (first.to_ne_bytes(), second.to_ne_bytes());
            prop_assert_eq!(reply(&|_| ()), event);
            prop_assert_eq!(
                reply(&|reply| reply.set_error(errno)),
                with(&[(0, &103u32.to_ne_bytes()), (4, &errno.to_ne_bytes())])
            );
            prop_assert_eq!(
                reply(&|reply| reply.set_session(first, second)),
                with(&[(40, &b), (44, &a)])
            );
            prop_assert_eq!(
                reply(&|reply| reply.set_connection(first, second)),
                with(&[(40, &a), (44, &b)])
            );
            prop_assert_eq!(
                reply(&|reply| reply.set_retcode(errno)),
                with(&[(40, &errno.to_ne_bytes())])
            );
            prop_assert_eq!(
                reply(&|reply| reply.set_endpoint(handle)),
                with(&[(40, &handle.to_ne_bytes())])
            );
            prop_assert_eq!(reply(&|reply| reply.set_flashnode(first)), with(&[(40, &a)]));
        }
    }
}
