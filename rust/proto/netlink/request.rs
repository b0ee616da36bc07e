// SPDX-License-Identifier: GPL-2.0

//! What a command is about.

use super::{
    Command,
    Event, //
};

/// A command with what its event says (the union `u` of `struct iscsi_uevent`).
///
/// Any event is a request: nothing that it names need be there, and no length in it need be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// [`Command::CreateSession`].
    CreateSession {
        /// The first CmdSN of the session.
        initial_cmd_sn: u32,
        /// How many commands it may have at a time.
        commands: u16,
        /// How many of them a logical unit may have.
        queue_depth: u16,
    },
    /// [`Command::DestroySession`].
    DestroySession {
        /// The session.
        sid: u32,
    },
    /// [`Command::CreateConnection`].
    CreateConnection {
        /// The session.
        sid: u32,
        /// The number that the connection is to have.
        cid: u32,
    },
    /// [`Command::DestroyConnection`].
    DestroyConnection {
        /// The session.
        sid: u32,
        /// The connection.
        cid: u32,
    },
    /// [`Command::BindConnection`].
    BindConnection {
        /// The session.
        sid: u32,
        /// The connection.
        cid: u32,
        /// The endpoint; for a transport that has none, a file descriptor of the sender.
        endpoint: u64,
        /// Whether it is the session's leading connection.
        is_leading: bool,
    },
    /// [`Command::SetParam`].
    SetParam {
        /// The session.
        sid: u32,
        /// The connection.
        cid: u32,
        /// The parameter (`enum iscsi_param`).
        param: u32,
        /// The length that the text is said to have.
        len: u32,
    },
    /// [`Command::StartConnection`].
    StartConnection {
        /// The session.
        sid: u32,
        /// The connection.
        cid: u32,
    },
    /// [`Command::StopConnection`].
    StopConnection {
        /// The session.
        sid: u32,
        /// The connection.
        cid: u32,
        /// Why ([`class::StopFlag`](crate::class::StopFlag)).
        flag: u32,
    },
    /// [`Command::SendPdu`].
    SendPdu {
        /// The session.
        sid: u32,
        /// The connection.
        cid: u32,
        /// The length that the header is said to have.
        header_len: u32,
        /// The length that the data is said to have.
        data_len: u32,
    },
    /// [`Command::GetStats`].
    GetStats {
        /// The session.
        sid: u32,
        /// The connection.
        cid: u32,
    },
    /// [`Command::GetParam`].
    GetParam,
    /// [`Command::ConnectEndpoint`].
    ConnectEndpoint {
        /// Not to wait until it is connected.
        non_blocking: bool,
    },
    /// [`Command::PollEndpoint`].
    PollEndpoint {
        /// The endpoint.
        endpoint: u64,
        /// How long to wait, in milliseconds.
        timeout_ms: i32,
    },
    /// [`Command::DisconnectEndpoint`].
    DisconnectEndpoint {
        /// The endpoint.
        endpoint: u64,
    },
    /// [`Command::DiscoverTargets`].
    DiscoverTargets {
        /// The host.
        host: u32,
        /// How (`enum iscsi_tgt_dscvr`).
        method: u32,
        /// Whether to begin or to end.
        enable: u32,
    },
    /// [`Command::SetHostParam`].
    SetHostParam {
        /// The host.
        host: u32,
        /// The parameter (`enum iscsi_host_param`).
        param: u32,
        /// The length that the text is said to have.
        len: u32,
    },
    /// [`Command::UnbindSession`].
    UnbindSession {
        /// The session.
        sid: u32,
    },
    /// [`Command::CreateBoundSession`].
    CreateBoundSession {
        /// The endpoint.
        endpoint: u64,
        /// The first CmdSN of the session.
        initial_cmd_sn: u32,
        /// How many commands it may have at a time.
        commands: u16,
        /// How many of them a logical unit may have.
        queue_depth: u16,
    },
    /// [`Command::ConnectEndpointThroughHost`].
    ConnectEndpointThroughHost {
        /// The host.
        host: u32,
        /// Not to wait until it is connected.
        non_blocking: bool,
    },
    /// [`Command::UpdatePath`].
    UpdatePath {
        /// The host.
        host: u32,
    },
    /// [`Command::SetIfaceParams`].
    SetIfaceParams {
        /// The host.
        host: u32,
    },
    /// [`Command::Ping`].
    Ping {
        /// The host.
        host: u32,
        /// The number of the interface to send from.
        iface_number: u32,
        /// Which protocol the interface speaks (`ISCSI_IFACE_TYPE_*`).
        iface_type: u32,
        /// How much to send, in bytes.
        payload_len: u32,
        /// What the event of the answer is to be told by.
        id: u32,
    },
    /// [`Command::GetChap`].
    GetChap {
        /// The host.
        host: u32,
        /// How many entries there is room for.
        entries: u32,
        /// Where to begin.
        index: u16,
    },
    /// [`Command::DeleteChap`].
    DeleteChap {
        /// The host.
        host: u32,
        /// The entry.
        index: u16,
    },
    /// [`Command::SetFlashnodeParams`].
    SetFlashnodeParams {
        /// The host.
        host: u32,
        /// The flashnode.
        index: u32,
    },
    /// [`Command::NewFlashnode`].
    NewFlashnode {
        /// The host.
        host: u32,
    },
    /// [`Command::DeleteFlashnode`].
    DeleteFlashnode {
        /// The host.
        host: u32,
        /// The flashnode.
        index: u32,
    },
    /// [`Command::LoginFlashnode`].
    LoginFlashnode {
        /// The host.
        host: u32,
        /// The flashnode.
        index: u32,
    },
    /// [`Command::LogoutFlashnode`].
    LogoutFlashnode {
        /// The host.
        host: u32,
        /// The flashnode.
        index: u32,
    },
    /// [`Command::LogoutFlashnodeSession`].
    LogoutFlashnodeSession {
        /// The host.
        host: u32,
        /// The session.
        sid: u32,
    },
    /// [`Command::SetChap`]. It has no fields of its own: the host is that of
    /// [`Self::UpdatePath`].
    SetChap {
        /// The host.
        host: u32,
    },
    /// [`Command::GetHostStats`].
    GetHostStats {
        /// The host.
        host: u32,
    },
    /// [`Command::DestroySessionAsync`].
    DestroySessionAsync {
        /// The session.
        sid: u32,
    },
}

impl Request {
    /// What `event` says, which came with `command`.
    pub fn parse(command: Command, event: &Event<'_>) -> Self {
        // A number of 64 bits is at the first word or at the third: it has no padding before it.
        let [a, b, c, d, e, _] = event.fields().request;
        match command {
            Command::CreateSession => {
                let [commands, queue_depth] = halves(b);
                Self::CreateSession {
                    initial_cmd_sn: a,
                    commands,
                    queue_depth,
                }
            }
            Command::DestroySession => Self::DestroySession { sid: a },
            Command::CreateConnection => Self::CreateConnection { sid: a, cid: b },
            Command::DestroyConnection => Self::DestroyConnection { sid: a, cid: b },
            Command::BindConnection => Self::BindConnection {
                sid: a,
                cid: b,
                endpoint: both(c, d),
                is_leading: e != 0,
            },
            Command::SetParam => Self::SetParam {
                sid: a,
                cid: b,
                param: c,
                len: d,
            },
            Command::StartConnection => Self::StartConnection { sid: a, cid: b },
            // Between the connection and the flag there is a handle that nobody has used for long.
            Command::StopConnection => Self::StopConnection {
                sid: a,
                cid: b,
                flag: e,
            },
            Command::SendPdu => Self::SendPdu {
                sid: a,
                cid: b,
                header_len: c,
                data_len: d,
            },
            Command::GetStats => Self::GetStats { sid: a, cid: b },
            Command::GetParam => Self::GetParam,
            Command::ConnectEndpoint => Self::ConnectEndpoint {
                non_blocking: a != 0,
            },
            Command::PollEndpoint => Self::PollEndpoint {
                endpoint: both(a, b),
                timeout_ms: c as i32,
            },
            Command::DisconnectEndpoint => Self::DisconnectEndpoint {
                endpoint: both(a, b),
            },
            Command::DiscoverTargets => Self::DiscoverTargets {
                method: a,
                host: b,
                enable: c,
            },
            Command::SetHostParam => Self::SetHostParam {
                host: a,
                param: b,
                len: c,
            },
            Command::UnbindSession => Self::UnbindSession { sid: a },
            Command::CreateBoundSession => {
                let [commands, queue_depth] = halves(d);
                Self::CreateBoundSession {
                    endpoint: both(a, b),
                    initial_cmd_sn: c,
                    commands,
                    queue_depth,
                }
            }
            Command::ConnectEndpointThroughHost => Self::ConnectEndpointThroughHost {
                host: a,
                non_blocking: b != 0,
            },
            Command::UpdatePath => Self::UpdatePath { host: a },
            Command::SetIfaceParams => Self::SetIfaceParams { host: a },
            Command::Ping => Self::Ping {
                host: a,
                iface_number: b,
                iface_type: c,
                payload_len: d,
                id: e,
            },
            Command::GetChap => {
                let [index, _] = halves(c);
                Self::GetChap {
                    host: a,
                    entries: b,
                    index,
                }
            }
            Command::DeleteChap => {
                let [index, _] = halves(b);
                Self::DeleteChap { host: a, index }
            }
            Command::SetFlashnodeParams => Self::SetFlashnodeParams { host: a, index: b },
            Command::NewFlashnode => Self::NewFlashnode { host: a },
            Command::DeleteFlashnode => Self::DeleteFlashnode { host: a, index: b },
            Command::LoginFlashnode => Self::LoginFlashnode { host: a, index: b },
            Command::LogoutFlashnode => Self::LogoutFlashnode { host: a, index: b },
            Command::LogoutFlashnodeSession => Self::LogoutFlashnodeSession { host: a, sid: b },
            Command::SetChap => Self::SetChap { host: a },
            Command::GetHostStats => Self::GetHostStats { host: a },
            Command::DestroySessionAsync => Self::DestroySessionAsync { sid: a },
        }
    }
}

/// The two numbers of 16 bits in a word.
fn halves(word: u32) -> [u16; 2] {
    zerocopy::transmute!(word)
}

/// The number of 64 bits in two words.
fn both(first: u32, second: u32) -> u64 {
    zerocopy::transmute!([first, second])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netlink::{
        COMMANDS,
        EVENT_LEN, //
    };
    use proptest::prelude::*;

    /// Each byte is its own offset, so a number tells where it was read.
    fn offsets() -> [u8; EVENT_LEN] {
        let mut bytes = [0; EVENT_LEN];
        for (byte, value) in bytes.iter_mut().zip(0..) {
            *byte = value;
        }
        bytes
    }

    const fn at16(offset: u8) -> u16 {
        u16::from_ne_bytes([offset, offset + 1])
    }

    const fn at(offset: u8) -> u32 {
        u32::from_ne_bytes([offset, offset + 1, offset + 2, offset + 3])
    }

    const fn at64(offset: u8) -> u64 {
        u64::from_ne_bytes([
            offset,
            offset + 1,
            offset + 2,
            offset + 3,
            offset + 4,
            offset + 5,
            offset + 6,
            offset + 7,
        ])
    }

    // The offsets are those that a C compiler gives for `iscsi_if.h`.
    #[test]
    fn each_field_is_where_the_header_has_it() {
        let expected = [
            Request::CreateSession {
                initial_cmd_sn: at(16),
                commands: at16(20),
                queue_depth: at16(22),
            },
            Request::DestroySession { sid: at(16) },
            Request::CreateConnection {
                sid: at(16),
                cid: at(20),
            },
            Request::DestroyConnection {
                sid: at(16),
                cid: at(20),
            },
            Request::BindConnection {
                sid: at(16),
                cid: at(20),
                endpoint: at64(24),
                is_leading: true,
            },
            Request::SetParam {
                sid: at(16),
                cid: at(20),
                param: at(24),
                len: at(28),
            },
            Request::StartConnection {
                sid: at(16),
                cid: at(20),
            },
            Request::StopConnection {
                sid: at(16),
                cid: at(20),
                flag: at(32),
            },
            Request::SendPdu {
                sid: at(16),
                cid: at(20),
                header_len: at(24),
                data_len: at(28),
            },
            Request::GetStats {
                sid: at(16),
                cid: at(20),
            },
            Request::GetParam,
            Request::ConnectEndpoint { non_blocking: true },
            Request::PollEndpoint {
                endpoint: at64(16),
                timeout_ms: at(24) as i32,
            },
            Request::DisconnectEndpoint { endpoint: at64(16) },
            Request::DiscoverTargets {
                method: at(16),
                host: at(20),
                enable: at(24),
            },
            Request::SetHostParam {
                host: at(16),
                param: at(20),
                len: at(24),
            },
            Request::UnbindSession { sid: at(16) },
            Request::CreateBoundSession {
                endpoint: at64(16),
                initial_cmd_sn: at(24),
                commands: at16(28),
                queue_depth: at16(30),
            },
            Request::ConnectEndpointThroughHost {
                host: at(16),
                non_blocking: true,
            },
            Request::UpdatePath { host: at(16) },
            Request::SetIfaceParams { host: at(16) },
            Request::Ping {
                host: at(16),
                iface_number: at(20),
                iface_type: at(24),
                payload_len: at(28),
                id: at(32),
            },
            Request::GetChap {
                host: at(16),
                entries: at(20),
                index: at16(24),
            },
            Request::DeleteChap {
                host: at(16),
                index: at16(20),
            },
            Request::SetFlashnodeParams {
                host: at(16),
                index: at(20),
            },
            Request::NewFlashnode { host: at(16) },
            Request::DeleteFlashnode {
                host: at(16),
                index: at(20),
            },
            Request::LoginFlashnode {
                host: at(16),
                index: at(20),
            },
            Request::LogoutFlashnode {
                host: at(16),
                index: at(20),
            },
            Request::LogoutFlashnodeSession {
                host: at(16),
                sid: at(20),
            },
            Request::SetChap { host: at(16) },
            Request::GetHostStats { host: at(16) },
            Request::DestroySessionAsync { sid: at(16) },
        ];
        assert_eq!(expected.len(), COMMANDS.len());
        let bytes = offsets();
        for (rule, expected) in COMMANDS.iter().zip(expected) {
            assert_eq!(
                Request::parse(rule.command, &Event::new(&bytes)),
                expected,
                "{}",
                rule.name
            );
        }
    }

    #[test]
    fn flags_are_where_the_header_has_them() {
        let is_set = |command, offset: usize| {
            let mut bytes = [0; EVENT_LEN];
            bytes[offset] = 1;
            match Request::parse(command, &Event::new(&bytes)) {
                Request::BindConnection { is_leading, .. } => is_leading,
                Request::ConnectEndpoint { non_blocking }
                | Request::ConnectEndpointThroughHost { non_blocking, .. } => non_blocking,
                request => unreachable!("{request:?} has no flags"),
            }
        };
        for (command, start) in [
            (Command::BindConnection, 32),
            (Command::ConnectEndpoint, 16),
            (Command::ConnectEndpointThroughHost, 20),
        ] {
            for offset in 0..EVENT_LEN {
                assert_eq!(
                    is_set(command, offset),
                    (start..start + 4).contains(&offset)
                );
            }
        }
    }

    proptest! {
        /// Any event is a request, and only the words of its request count.
        #[test]
        fn any_event_may_come(
            bytes in proptest::collection::vec(any::<u8>(), EVENT_LEN),
            other: [u8; 16],
            number in 11u16..=43,
        ) {
            let bytes: [u8; EVENT_LEN] = bytes.try_into().unwrap();
            let command = Command::from_number(number).unwrap();
            let mut changed = bytes;
            changed[..16].copy_from_slice(&other);
            changed[40..].copy_from_slice(&other);
            prop_assert_eq!(
                Request::parse(command, &Event::new(&bytes)),
                Request::parse(command, &Event::new(&changed))
            );
        }
    }
}
