// SPDX-License-Identifier: GPL-2.0

//! Rules: when something goes wrong, and what. README.md has the grammar.

use crate::action::{milliseconds, Action};
use crate::pdu::{data_length, HeaderBytes, Kind};
use crate::task::{Class, Facts};
use crate::value::number;
use std::time::Duration;

/// When a rule is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A TCP connection was accepted.
    Connect,
    /// The first Login Request of a connection came.
    Login,
    /// This long after a login, and again.
    Timer(Duration),
    /// This long without a command, and again.
    Idle(Duration),
    /// A PDU is about to be sent: of this kind, or any.
    Send(Option<Kind>),
    /// A PDU was received: of this kind, or any.
    Recv(Option<Kind>),
}

/// What else has to be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    /// The command does this.
    Class(Class),
    /// The command is for this logical unit.
    Lun(u64),
    /// The command transfers exactly this many bytes.
    Length(u64),
    /// The command transfers at least this many bytes.
    LengthFrom(u64),
    /// The command begins at this block.
    Lba(u64),
    /// The command begins at this block or behind.
    LbaFrom(u64),
    /// The command's operation code.
    Operation(u64),
    /// The F bit.
    Final(bool),
    /// Whether the session is for discovery only.
    Discovery(bool),
    /// This one of the connections, in the order they were accepted, from 1 on.
    Connection(u64),
}

/// What conditions are about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    /// The header, if there is a PDU.
    pub(crate) header: Option<&'a HeaderBytes>,
    /// The command, if it is about one.
    pub(crate) facts: Option<&'a Facts>,
    /// Whether the session is for discovery only.
    pub(crate) discovery: bool,
    /// The number of the connection.
    pub(crate) connection: u64,
}

impl Condition {
    /// The condition that the first words describe, and how many words they are.
    fn parse(words: &[&str]) -> Result<Option<(Self, usize)>, String> {
        let condition = match words {
            ["of", "lun", lun, ..] => {
                let lun = number(lun).ok_or_else(|| format!("'{lun}' is no number"))?;
                return Ok(Some((Self::Lun(lun), 3)));
            }
            ["of", class, ..] => {
                let class =
                    Class::from_name(class).ok_or_else(|| format!("'of {class}' is unknown"))?;
                return Ok(Some((Self::Class(class), 2)));
            }
            ["connection", which, ..] => {
                let which = number(which).ok_or_else(|| format!("'{which}' is no number"))?;
                return Ok(Some((Self::Connection(which), 2)));
            }
            ["final", ..] => Self::Final(true),
            ["not-final", ..] => Self::Final(false),
            ["discovery", ..] => Self::Discovery(true),
            ["normal", ..] => Self::Discovery(false),
            [class @ ("read" | "write" | "other"), ..] => match Class::from_name(class) {
                Some(class) => Self::Class(class),
                None => return Ok(None),
            },
            [word, ..] => match Self::parse_comparison(word)? {
                Some(condition) => condition,
                None => return Ok(None),
            },
            [] => return Ok(None),
        };
        Ok(Some((condition, 1)))
    }

    /// The condition of a word with an equals sign.
    fn parse_comparison(word: &str) -> Result<Option<Self>, String> {
        let Some((name, value)) = word.split_once('=') else {
            return Ok(None);
        };
        let value = number(value).ok_or_else(|| format!("'{value}' is no number"))?;
        let condition = match name {
            "len" => Self::Length(value),
            "len>" => Self::LengthFrom(value),
            "lba" => Self::Lba(value),
            "lba>" => Self::LbaFrom(value),
            "cdb" => Self::Operation(value),
            _ => return Err(format!("'{name}' is no condition")),
        };
        Ok(Some(condition))
    }

    /// Whether it is so.
    fn holds(self, view: &View<'_>) -> bool {
        let of = |question: &dyn Fn(&Facts) -> bool| view.facts.is_some_and(question);
        let length = match (view.facts, view.header) {
            (Some(facts), _) => Some(u64::from(facts.expected)),
            (None, header) => header.map(|header| u64::from(data_length(header))),
        };
        match self {
            Self::Class(class) => of(&|facts| facts.class == class),
            Self::Lun(lun) => of(&|facts| facts.lun == lun),
            Self::Length(wanted) => length == Some(wanted),
            Self::LengthFrom(wanted) => length.is_some_and(|length| length >= wanted),
            Self::Lba(lba) => of(&|facts| facts.lba == Some(lba)),
            Self::LbaFrom(lba) => of(&|facts| facts.lba.is_some_and(|block| block >= lba)),
            Self::Operation(code) => of(&|facts| u64::from(facts.operation) == code),
            Self::Final(wanted) => view
                .header
                .is_some_and(|[_, flags, ..]| (flags & 0x80 != 0) == wanted),
            Self::Discovery(wanted) => view.discovery == wanted,
            Self::Connection(which) => view.connection == which,
        }
    }
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// As it was written.
    pub(crate) text: String,
    /// When it is looked at.
    pub(crate) moment: Moment,
    /// What else has to be so.
    conditions: Vec<Condition>,
    /// The first of the matches that counts.
    pub(crate) first: u64,
    /// How often it goes off; without end if there is none.
    pub(crate) times: Option<u64>,
    /// What goes wrong.
    pub(crate) actions: Vec<Action>,
}

impl Rule {
    /// The rules of a text, one a line. Lines that are empty or begin with `#` are none.
    pub(crate) fn parse_all(text: &str) -> Result<Vec<Self>, String> {
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(Self::parse).collect()
    }

    /// The rule of a line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        Self::parse_parts(text).map_err(|why| format!("rule '{text}': {why}"))
    }

    /// The rule of a line, with errors that do not say which.
    fn parse_parts(text: &str) -> Result<Self, String> {
        let (when, what) = text.split_once(':').ok_or("it has no colon")?;
        let words: Vec<&str> = when.split_whitespace().collect();
        let (moment, mut words) = Self::parse_moment(&words)?;
        let mut rule = Self {
            text: text.to_owned(),
            moment,
            conditions: Vec::new(),
            first: 1,
            times: Some(1),
            actions: Vec::new(),
        };
        while !words.is_empty() {
            words = rule.parse_word(words)?;
        }
        let actions = what.split(',').map(|action| Action::parse(action, moment));
        rule.actions = actions.collect::<Result<_, _>>()?;
        Ok(rule)
    }

    /// The moment that the first words describe, and the rest of them.
    fn parse_moment<'a, 'b>(words: &'b [&'a str]) -> Result<(Moment, &'b [&'a str]), String> {
        let kind = |name: &str, response: bool| match name {
            "any" => Ok(None),
            _ => match Kind::from_name(name) {
                Some(kind) if kind.is_response() == response => Ok(Some(kind)),
                Some(_) => Err(format!("'{name}' goes the other way")),
                None => Err(format!("'{name}' is no PDU")),
            },
        };
        match words {
            ["send", name, rest @ ..] => Ok((Moment::Send(kind(name, true)?), rest)),
            ["recv", name, rest @ ..] => Ok((Moment::Recv(kind(name, false)?), rest)),
            ["connect", rest @ ..] => Ok((Moment::Connect, rest)),
            ["login", rest @ ..] => Ok((Moment::Login, rest)),
            ["timer", time, rest @ ..] => Ok((Moment::Timer(milliseconds(time)?), rest)),
            ["idle", time, rest @ ..] => Ok((Moment::Idle(milliseconds(time)?), rest)),
            _ => Err("it begins with none of send, recv, connect, login, timer, idle".to_owned()),
        }
    }

    /// Takes conditions and counts off the front of `words`.
    fn parse_word<'a, 'b>(&mut self, words: &'b [&'a str]) -> Result<&'b [&'a str], String> {
        if let Some((condition, taken)) = Condition::parse(words)? {
            self.conditions.push(condition);
            return Ok(words.get(taken..).unwrap_or(&[]));
        }
        let positive = |text: &str| {
            let value = number(text).filter(|value| *value > 0);
            value.ok_or_else(|| format!("'{text}' is no number of times"))
        };
        match words {
            ["once", rest @ ..] => {
                self.times = Some(1);
                Ok(rest)
            }
            ["every", rest @ ..] => {
                self.times = None;
                Ok(rest)
            }
            ["times", times, rest @ ..] => {
                self.times = Some(positive(times)?);
                Ok(rest)
            }
            ["after", skipped, rest @ ..] => {
                self.first = positive(skipped)?.saturating_add(1);
                Ok(rest)
            }
            [word, rest @ ..] => {
                self.first = positive(word).map_err(|_| format!("'{word}' is no condition"))?;
                Ok(rest)
            }
            [] => Ok(words),
        }
    }

    /// Whether all else is so.
    pub(crate) fn holds(&self, view: &View<'_>) -> bool {
        self.conditions
            .iter()
            .all(|condition| condition.holds(view))
    }

    /// Whether this is its moment.
    pub(crate) fn is_for(&self, moment: Moment) -> bool {
        match (self.moment, moment) {
            (Moment::Send(None), Moment::Send(_)) | (Moment::Recv(None), Moment::Recv(_)) => true,
            (own, other) => own == other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_have_moments_conditions_and_counts() {
        let rule = Rule::parse("send data-in 3 of read len>=4096 lba=8 final: duplicate").unwrap();
        assert_eq!(rule.moment, Moment::Send(Some(Kind::DataIn)));
        assert_eq!((rule.first, rule.times), (3, Some(1)));
        assert_eq!(
            rule.conditions,
            [
                Condition::Class(Class::Read),
                Condition::LengthFrom(4096),
                Condition::Lba(8),
                Condition::Final(true),
            ]
        );
        let rule = Rule::parse("send r2t every: drop, close").unwrap();
        assert_eq!((rule.first, rule.times, rule.actions.len()), (1, None, 2));
        let rule = Rule::parse("recv scsi-command write after 5 times 2: hold").unwrap();
        assert_eq!((rule.first, rule.times), (6, Some(2)));
        let rule = Rule::parse("timer 500 every normal: insert nop-in").unwrap();
        assert_eq!(rule.moment, Moment::Timer(Duration::from_millis(500)));
        let rule = Rule::parse("idle 20 normal: close").unwrap();
        assert_eq!(rule.moment, Moment::Idle(Duration::from_millis(20)));
        assert!(Rule::parse("login: login-redirect 127.0.0.1:3261").is_ok());
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "send data-in",
            "send data-out: drop",
            "recv data-in: drop",
            "send nothing: drop",
            "sometimes: drop",
            "send data-in 0: drop",
            "send data-in of mice: drop",
            "send data-in lun=1: drop",
            "send data-in len>=x: drop",
            "send data-in times: drop",
            "send data-in:",
            "send data-in: drop,",
            "timer soon: close",
            "idle hands: close",
        ] {
            let error = Rule::parse(text).unwrap_err();
            assert!(error.contains(text) && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn comments_are_no_rules() {
        let rules = Rule::parse_all("# one\n\n  send any: drop\n#\nrecv any: drop\n").unwrap();
        assert_eq!(rules.len(), 2);
        assert!(rules[0].is_for(Moment::Send(Some(Kind::R2t))));
        assert!(!rules[0].is_for(Moment::Recv(Some(Kind::NopOut))));
    }

    /// The rules of hostile.list, and how each line of it looks.
    #[test]
    fn every_line_of_the_list_parses() {
        let (mut names, mut commented) = (Vec::new(), false);
        for line in include_str!("../hostile.list").lines() {
            if line.is_empty() || line.starts_with('#') {
                commented |= line.starts_with('#');
                continue;
            }
            assert!(commented, "a group without a comment");
            let columns: Vec<&str> = line.split('|').map(str::trim).collect();
            let [name, rules, workload, expect] = columns[..] else {
                panic!("not four columns: {line}");
            };
            assert!(!names.contains(&name), "{name} is there twice");
            names.push(name);
            for rule in rules.split(';') {
                Rule::parse(rule).unwrap_or_else(|why| panic!("{name}: {why}"));
            }
            let workloads = ["read", "write", "nop", "idle", "tmf", "login", "mixed"];
            assert!(workloads.contains(&workload), "{line}");
            assert!(
                ["recover", "ok", "either", "fail"].contains(&expect),
                "{line}"
            );
        }
        assert!(names.len() >= 150, "only {}", names.len());
    }
}
