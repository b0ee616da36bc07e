// SPDX-License-Identifier: GPL-2.0

//! The commands of user space.

/// How the sender hears what became of a command that the class has carried out. All others are
/// answered with an error ([`EventBuf::set_error`](super::EventBuf::set_error)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// By its own event.
    Echo,
    /// By its own event with the result of the driver
    /// ([`EventBuf::set_retcode`](super::EventBuf::set_retcode)), which is none of the class.
    Retcode,
    /// By a multicast message of the command's kind, which comes instead.
    Multicast,
}

/// What there is to know about a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandRule {
    /// The command.
    pub command: Command,
    /// Its number, as in the header of a message.
    pub number: u16,
    /// Its name, as in `iscsi_if.h` after `ISCSI_UEVENT_`.
    pub name: &'static str,
    /// How it is answered.
    pub answer: Answer,
}

/// Declares the commands: the enum, its numbers and the table from the same lines.
macro_rules! commands {
    ($(
        $(#[$doc:meta])*
        $command:ident = $number:literal, $name:literal, $answer:ident;
    )+) => {
        /// A command of user space (`ISCSI_UEVENT_*` of `iscsi_if.h`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub enum Command {
            $($(#[$doc])* $command = $number,)+
        }

        /// All commands, by their numbers.
        pub const COMMANDS: [CommandRule; [$($number),+].len()] = [
            $(Command::$command.rule(),)+
        ];

        impl Command {
            /// The command with this number, or [`None`] if there is none.
            #[inline]
            pub const fn from_number(number: u16) -> Option<Self> {
                match number {
                    $($number => Some(Self::$command),)+
                    _ => None,
                }
            }

            /// Its line of [`COMMANDS`].
            #[inline]
            pub const fn rule(self) -> CommandRule {
                match self {
                    $(Self::$command => CommandRule {
                        command: self,
                        number: $number,
                        name: $name,
                        answer: Answer::$answer,
                    },)+
                }
            }
        }
    };
}

impl Command {
    /// Its number.
    #[inline]
    pub const fn number(self) -> u16 {
        self as u16
    }
}

commands! {
    /// Make a session.
    CreateSession = 11, "CREATE_SESSION", Echo;
    /// Destroy a session that has no connections.
    DestroySession = 12, "DESTROY_SESSION", Echo;
    /// Give a session a connection.
    CreateConnection = 13, "CREATE_CONN", Echo;
    /// Destroy a connection.
    DestroyConnection = 14, "DESTROY_CONN", Echo;
    /// Give a connection its socket or its endpoint.
    BindConnection = 15, "BIND_CONN", Retcode;
    /// Set a parameter of a connection or of its session.
    SetParam = 16, "SET_PARAM", Echo;
    /// The login is done: start I/O.
    StartConnection = 17, "START_CONN", Retcode;
    /// Stop a connection.
    StopConnection = 18, "STOP_CONN", Echo;
    /// Send a PDU.
    SendPdu = 19, "SEND_PDU", Retcode;
    /// Tell the counters of a connection.
    GetStats = 20, "GET_STATS", Multicast;
    /// Tell a parameter. No class has ever had it: it is refused.
    GetParam = 21, "GET_PARAM", Echo;
    /// Connect to a target.
    ConnectEndpoint = 22, "TRANSPORT_EP_CONNECT", Echo;
    /// Tell whether an endpoint is connected.
    PollEndpoint = 23, "TRANSPORT_EP_POLL", Retcode;
    /// Disconnect from a target.
    DisconnectEndpoint = 24, "TRANSPORT_EP_DISCONNECT", Echo;
    /// Discover targets.
    DiscoverTargets = 25, "TGT_DSCVR", Echo;
    /// Set a parameter of a host.
    SetHostParam = 26, "SET_HOST_PARAM", Echo;
    /// Remove the target of a session.
    UnbindSession = 27, "UNBIND_SESSION", Echo;
    /// Make a session on an endpoint.
    CreateBoundSession = 28, "CREATE_BOUND_SESSION", Echo;
    /// Connect to a target through a given host.
    ConnectEndpointThroughHost = 29, "TRANSPORT_EP_CONNECT_THROUGH_HOST", Echo;
    /// Tell a host how to reach a target.
    UpdatePath = 30, "PATH_UPDATE", Echo;
    /// Set parameters of a host's network interfaces.
    SetIfaceParams = 31, "SET_IFACE_PARAMS", Echo;
    /// Send an ICMP echo request.
    Ping = 32, "PING", Echo;
    /// Tell the CHAP entries of a host.
    GetChap = 33, "GET_CHAP", Multicast;
    /// Delete a CHAP entry of a host.
    DeleteChap = 34, "DELETE_CHAP", Echo;
    /// Set parameters of a flashnode.
    SetFlashnodeParams = 35, "SET_FLASHNODE_PARAMS", Echo;
    /// Make a flashnode.
    NewFlashnode = 36, "NEW_FLASHNODE", Echo;
    /// Delete a flashnode.
    DeleteFlashnode = 37, "DEL_FLASHNODE", Echo;
    /// Log in to a flashnode.
    LoginFlashnode = 38, "LOGIN_FLASHNODE", Echo;
    /// Log out of a flashnode.
    LogoutFlashnode = 39, "LOGOUT_FLASHNODE", Echo;
    /// Log out of the flashnode of a session.
    LogoutFlashnodeSession = 40, "LOGOUT_FLASHNODE_SID", Echo;
    /// Set a CHAP entry of a host.
    SetChap = 41, "SET_CHAP", Echo;
    /// Tell the counters of a host.
    GetHostStats = 42, "GET_HOST_STATS", Multicast;
    /// Destroy a session that has no connections, without waiting for it.
    DestroySessionAsync = 43, "DESTROY_SESSION_ASYNC", Echo;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `enum iscsi_uevent_e` of `iscsi_if.h`, from `UEVENT_BASE + 1` on.
    const NAMES: [&str; 33] = [
        "CREATE_SESSION",
        "DESTROY_SESSION",
        "CREATE_CONN",
        "DESTROY_CONN",
        "BIND_CONN",
        "SET_PARAM",
        "START_CONN",
        "STOP_CONN",
        "SEND_PDU",
        "GET_STATS",
        "GET_PARAM",
        "TRANSPORT_EP_CONNECT",
        "TRANSPORT_EP_POLL",
        "TRANSPORT_EP_DISCONNECT",
        "TGT_DSCVR",
        "SET_HOST_PARAM",
        "UNBIND_SESSION",
        "CREATE_BOUND_SESSION",
        "TRANSPORT_EP_CONNECT_THROUGH_HOST",
        "PATH_UPDATE",
        "SET_IFACE_PARAMS",
        "PING",
        "GET_CHAP",
        "DELETE_CHAP",
        "SET_FLASHNODE_PARAMS",
        "NEW_FLASHNODE",
        "DEL_FLASHNODE",
        "LOGIN_FLASHNODE",
        "LOGOUT_FLASHNODE",
        "LOGOUT_FLASHNODE_SID",
        "SET_CHAP",
        "GET_HOST_STATS",
        "DESTROY_SESSION_ASYNC",
    ];

    #[test]
    fn the_table_has_each_command_once_and_in_order() {
        for ((rule, name), number) in COMMANDS.iter().zip(NAMES).zip(11..) {
            assert_eq!(rule.name, name);
            assert_eq!(rule.number, number);
            assert_eq!(rule.command.number(), number);
            assert_eq!(rule.command.rule(), *rule);
        }
        assert_eq!(COMMANDS.len(), NAMES.len());
    }

    #[test]
    fn each_number_is_one_command_or_none() {
        for number in 0..=u16::MAX {
            let expected = COMMANDS.iter().find(|rule| rule.number == number);
            assert_eq!(
                Command::from_number(number),
                expected.map(|rule| rule.command)
            );
            assert_eq!(expected.is_some(), (11..=43).contains(&number));
        }
    }

    #[test]
    fn some_commands_have_answers_of_their_own() {
        let with = |answer| {
            COMMANDS
                .iter()
                .filter(|rule| rule.answer == answer)
                .map(|rule| rule.number)
                .collect::<Vec<_>>()
        };
        assert_eq!(with(Answer::Multicast), [20, 33, 42]);
        assert_eq!(with(Answer::Retcode), [15, 17, 19, 23]);
        assert_eq!(with(Answer::Echo).len(), 33 - 3 - 4);
    }
}
