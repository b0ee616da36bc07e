// SPDX-License-Identifier: GPL-2.0

//! What goes wrong: the part of a rule after its colon.

use crate::field::{self, Place};
use crate::insert::Template;
use crate::pdu::Kind;
use crate::rule::Moment;
use crate::value::{number, Scene, Value};
use std::time::Duration;

/// A field and what it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Assign {
    /// Where the field is.
    pub(crate) place: Place,
    /// What it becomes.
    pub(crate) value: Value,
}

impl Assign {
    /// `FIELD=VALUE` for PDUs of a kind.
    pub(crate) fn parse(kind: Option<Kind>, word: &str) -> Result<Self, String> {
        let (name, value) = word
            .split_once('=')
            .ok_or_else(|| format!("'{word}' is not FIELD=VALUE"))?;
        let place = field::find(kind, name).ok_or_else(|| match kind {
            Some(kind) => format!("'{name}' is no field of {}", kind.name()),
            None => format!("'{name}' is no field of every PDU"),
        })?;
        let value = Value::parse(value)?;
        Ok(Self { place, value })
    }
}

/// What of a PDU is made wrong behind the back of its digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Corrupt {
    /// The header digest.
    HeaderDigest,
    /// The data digest.
    DataDigest,
    /// One byte of it all.
    Byte(usize),
}

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Fields get other values.
    Set(Vec<Assign>),
    /// It is sent twice.
    Duplicate,
    /// It is sent after the next of its kind.
    Swap,
    /// It is not sent, or not looked at.
    Drop,
    /// It, and all that follows, is sent later.
    Delay(Duration),
    /// It alone is sent later.
    Later(Duration),
    /// It is never sent and its task goes on; or it is never executed.
    Hold,
    /// Nothing is sent any more.
    Silence,
    /// Nothing is read any more.
    Deaf,
    /// Only its first bytes are sent before the connection is closed.
    Cut {
        /// How many.
        bytes: usize,
        /// Whether the connection is reset.
        reset: bool,
    },
    /// It is sent a byte at a time.
    Dribble(Duration),
    /// It is sent in pieces of this length, a few milliseconds apart.
    Split(usize),
    /// Some byte is flipped after digests were computed.
    Corrupt(Corrupt),
    /// Words of Additional Header Segment are put in.
    Ahs(usize),
    /// Its data segment is longer.
    Grow {
        /// By how many bytes.
        bytes: usize,
        /// Whether the header says so.
        said: bool,
    },
    /// Its data segment is shorter.
    Shrink {
        /// By how many bytes.
        bytes: usize,
        /// Whether the header says so.
        said: bool,
    },
    /// Another PDU is sent.
    Insert {
        /// Whether it follows.
        after: bool,
        /// Which.
        template: Template,
    },
    /// A command is answered instead of executed.
    Respond(Template),
    /// More R2Ts are outstanding than agreed on.
    ExtraR2t(u32),
    /// A read is answered with a SCSI Response rather than a Data-In with status.
    SeparateStatus,
    /// The connection is closed.
    Close,
    /// The connection is reset.
    Reset,
    /// The login succeeds, and the connection is closed.
    AcceptThenClose,
    /// The login fails with this class and detail.
    LoginStatus(u16),
    /// The login is redirected to this address.
    LoginRedirect(String),
}

/// When actions make sense.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Occasion {
    /// Always.
    Anywhere,
    /// When there is a connection that is logged in or about to be.
    Talking,
    /// With a PDU.
    WithPdu,
    /// With a PDU that is to be sent.
    Sending,
    /// With a command that came.
    Command,
    /// With a Login Request.
    Login,
}

impl Occasion {
    /// Whether this moment is such a one.
    fn allows(self, moment: Moment) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Talking => moment != Moment::Connect,
            Self::WithPdu => matches!(moment, Moment::Send(_) | Moment::Recv(_) | Moment::Login),
            Self::Sending => matches!(moment, Moment::Send(_)),
            Self::Command => moment == Moment::Recv(Some(Kind::ScsiCommand)),
            Self::Login => moment == Moment::Login,
        }
    }
}

impl Action {
    /// The action that a text describes, for a rule of this moment.
    pub(crate) fn parse(text: &str, moment: Moment) -> Result<Self, String> {
        let text = text.trim();
        let words: Vec<&str> = text.split_whitespace().collect();
        let (name, rest) = words.split_first().ok_or("an action is missing")?;
        let wrong = || format!("'{text}' is no action");
        let action = match (*name, rest) {
            ("set", [_, ..]) => {
                let kind = match moment {
                    Moment::Send(kind) => kind,
                    _ => None,
                };
                let assigns = rest.iter().map(|word| Assign::parse(kind, word));
                Self::Set(assigns.collect::<Result<_, _>>()?)
            }
            ("duplicate", []) => Self::Duplicate,
            ("swap", []) => Self::Swap,
            ("drop", []) => Self::Drop,
            ("hold", []) => Self::Hold,
            ("silence", []) => Self::Silence,
            ("deaf", []) => Self::Deaf,
            ("delay", [time]) => Self::Delay(milliseconds(time)?),
            ("later", [time]) => Self::Later(milliseconds(time)?),
            ("dribble", [time]) => Self::Dribble(milliseconds(time)?),
            ("split", [bytes]) => Self::Split(count(bytes)?.max(1)),
            ("cut", [bytes, rest @ ..]) if matches!(rest, [] | ["rst"]) => Self::Cut {
                bytes: count(bytes)?,
                reset: !rest.is_empty(),
            },
            ("corrupt", rest) => Self::Corrupt(match rest {
                ["header-digest"] => Corrupt::HeaderDigest,
                ["data-digest"] => Corrupt::DataDigest,
                ["byte", at] => Corrupt::Byte(count(at)?),
                _ => return Err(wrong()),
            }),
            ("ahs", [words]) => match count(words)? {
                words @ 1..=255 => Self::Ahs(words),
                _ => return Err("there are 1 to 255 words of AHS".to_owned()),
            },
            ("data", [bytes]) => Self::Grow {
                bytes: count(bytes)?,
                said: true,
            },
            ("grow", [bytes, rest @ ..]) if matches!(rest, [] | ["unsaid"]) => Self::Grow {
                bytes: count(bytes)?,
                said: rest.is_empty(),
            },
            ("shrink", [bytes, rest @ ..]) if matches!(rest, [] | ["unsaid"]) => Self::Shrink {
                bytes: count(bytes)?,
                said: rest.is_empty(),
            },
            ("insert", [place @ ("before" | "after"), rest @ ..]) => Self::Insert {
                after: *place == "after",
                template: Template::parse(rest)?,
            },
            ("insert", rest) => Self::Insert {
                after: false,
                template: Template::parse(rest)?,
            },
            ("respond", rest) => {
                Self::Respond(Template::parse(&[&["scsi-response"], rest].concat())?)
            }
            ("extra-r2t", [n]) => Self::ExtraR2t(u32::try_from(count(n)?).map_err(|_| wrong())?),
            ("r2t-for-read", []) => Self::Insert {
                after: false,
                template: Template::parse(&["r2t"])?,
            },
            ("data-in-for-write", []) => Self::Insert {
                after: false,
                template: Template::parse(&["data-in"])?,
            },
            ("separate-status", []) => Self::SeparateStatus,
            ("close", []) => Self::Close,
            ("reset", []) => Self::Reset,
            ("accept-then-close", []) => Self::AcceptThenClose,
            ("login", [status]) => Self::LoginStatus(login_status(status).ok_or_else(wrong)?),
            ("login-redirect", [address]) => Self::LoginRedirect((*address).to_owned()),
            _ => return Err(wrong()),
        };
        if action.occasion().allows(moment) {
            Ok(action)
        } else {
            Err(format!("'{text}' makes no sense at this moment"))
        }
    }

    /// When it makes sense.
    fn occasion(&self) -> Occasion {
        match self {
            Self::Close | Self::Reset | Self::Silence | Self::Deaf | Self::Delay(_) => {
                Occasion::Anywhere
            }
            Self::Insert { .. } => Occasion::Talking,
            Self::Drop | Self::Hold => Occasion::WithPdu,
            Self::Respond(_) | Self::ExtraR2t(_) | Self::SeparateStatus => Occasion::Command,
            Self::AcceptThenClose | Self::LoginStatus(_) | Self::LoginRedirect(_) => {
                Occasion::Login
            }
            _ => Occasion::Sending,
        }
    }

    /// Whether all tasks exist that it refers to.
    pub(crate) fn is_possible(&self, scene: &Scene<'_>) -> bool {
        let possible = |assign: &Assign| assign.value.resolve(0, scene).is_some();
        match self {
            Self::Set(assigns) => assigns.iter().all(possible),
            Self::Insert { template, .. } | Self::Respond(template) => template.is_possible(scene),
            _ => true,
        }
    }
}

/// A number of things.
fn count(text: &str) -> Result<usize, String> {
    number(text)
        .and_then(|number| usize::try_from(number).ok())
        .filter(|number| *number <= 0x00ff_ffff)
        .ok_or_else(|| format!("'{text}' is no number"))
}

/// A number of milliseconds.
pub(crate) fn milliseconds(text: &str) -> Result<Duration, String> {
    let digits = text.strip_suffix("ms").unwrap_or(text);
    count(digits).map(|number| Duration::from_millis(number as u64))
}

/// `status=CLASS.DETAIL`.
fn login_status(text: &str) -> Option<u16> {
    let (class, detail) = text.strip_prefix("status=")?.split_once('.')?;
    Some(u16::from_be_bytes([
        class.parse().ok()?,
        detail.parse().ok()?,
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEND: Moment = Moment::Send(Some(Kind::DataIn));
    const COMMAND: Moment = Moment::Recv(Some(Kind::ScsiCommand));

    #[test]
    fn actions_are_parsed() {
        for (text, action) in [
            ("duplicate", Action::Duplicate),
            ("delay 250", Action::Delay(Duration::from_millis(250))),
            ("dribble 2ms", Action::Dribble(Duration::from_millis(2))),
            (
                "cut 20 rst",
                Action::Cut {
                    bytes: 20,
                    reset: true,
                },
            ),
            ("corrupt byte 9", Action::Corrupt(Corrupt::Byte(9))),
            ("ahs 2", Action::Ahs(2)),
            (
                "shrink 4 unsaid",
                Action::Shrink {
                    bytes: 4,
                    said: false,
                },
            ),
        ] {
            assert_eq!(Action::parse(text, SEND), Ok(action));
        }
        let set = Action::parse("set itt=free datasn=+1", SEND).unwrap();
        assert!(matches!(set, Action::Set(assigns) if assigns.len() == 2));
        assert_eq!(
            Action::parse("login status=2.1", Moment::Login),
            Ok(Action::LoginStatus(0x0201))
        );
        assert!(Action::parse("respond status=2 sense=medium-error", COMMAND).is_ok());
    }

    #[test]
    fn nonsense_is_refused() {
        for (text, moment) in [
            ("", SEND),
            ("dance", SEND),
            ("set", SEND),
            ("set r2tsn=1", SEND),
            ("set datasn", SEND),
            ("set datasn=x", SEND),
            ("duplicate 2", SEND),
            ("ahs 0", SEND),
            ("ahs 256", SEND),
            ("cut", SEND),
            ("cut 2 please", SEND),
            ("insert", SEND),
            ("insert nonsense", SEND),
            ("insert r2t color=1", SEND),
            ("respond status=2", SEND),
            ("duplicate", COMMAND),
            ("set itt=free", COMMAND),
            ("insert nop-in", Moment::Connect),
            ("login status=2", Moment::Login),
            ("login status=2.1", COMMAND),
        ] {
            assert!(Action::parse(text, moment).is_err(), "{text}");
        }
    }
}
