// SPDX-License-Identifier: GPL-2.0

//! The command line.

use crate::chap::Credentials;
use crate::negotiation::Wishes;
use crate::rule::Rule;
use lexopt::{Arg, Parser, ValueExt};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What to call without arguments.
const USAGE: &str = "usage: iscsi-target --listen ADDRESS:PORT [--name IQN] [--memory SIZE | --file PATH] \
[--size SIZE] [--chap-user U --chap-secret S] [--mutual-user U --mutual-secret S] [--param Key=Value]... \
[--rule 'RULE']... [--rules FILE] [--threads N]";
/// The target's name if nothing else is said.
const NAME: &str = "iqn.2026-11.test:scripted";
/// The size of the disk if nothing else is said.
const SIZE: u64 = 64 << 20;
/// The most threads.
const THREADS_MAX: usize = 64;

/// Where the blocks are to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// In memory, so many bytes.
    Memory(u64),
    /// In a file, which has to have so many bytes.
    File(PathBuf, Option<u64>),
}

/// What is to be done.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// The target's name.
    pub(crate) name: String,
    /// Where the blocks are.
    pub(crate) store: Store,
    /// Who may log in.
    pub(crate) chap: Option<Credentials>,
    /// Who the target is when it is asked.
    pub(crate) mutual: Option<Credentials>,
    /// What the target wants of the keys.
    pub(crate) wishes: Wishes,
    /// What goes wrong.
    pub(crate) rules: Vec<Rule>,
    /// How many threads read and write.
    pub(crate) threads: usize,
}

/// The options as they come.
#[derive(Default)]
struct Draft {
    /// `--listen`.
    listen: Option<SocketAddr>,
    /// `--name`.
    name: Option<String>,
    /// `--memory`.
    memory: Option<u64>,
    /// `--file`.
    file: Option<PathBuf>,
    /// `--size`.
    size: Option<u64>,
    /// `--chap-user` and `--chap-secret`.
    chap: [Option<String>; 2],
    /// `--mutual-user` and `--mutual-secret`.
    mutual: [Option<String>; 2],
    /// `--param`.
    wishes: Wishes,
    /// `--rule` and `--rules`.
    rules: Vec<Rule>,
    /// `--threads`.
    threads: Option<usize>,
}

impl Options {
    /// The options of a command line, which begins with the program's name. Errors are one line.
    pub(crate) fn parse<I>(words: I) -> Result<Self, String>
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        let mut parser = Parser::from_iter(words);
        let mut draft = Draft::default();
        while let Some(arg) = parser.next().map_err(|why| why.to_string())? {
            let Arg::Long(name) = arg else {
                return Err(arg.unexpected().to_string());
            };
            let name = name.to_owned();
            let value = parser.value().map_err(|why| why.to_string())?;
            draft
                .take(&name, value)
                .map_err(|why| format!("--{name}: {why}"))?;
        }
        draft.finish()
    }
}

impl Draft {
    /// Takes note of an option.
    fn take(&mut self, name: &str, value: OsString) -> Result<(), String> {
        if name == "file" {
            self.file = Some(value.into());
            return Ok(());
        }
        let text = value.string().map_err(|why| why.to_string())?;
        let wrong = || format!("'{text}' is no value for it");
        match name {
            "listen" => {
                let address = text.parse();
                self.listen = Some(address.map_err(|_| format!("'{text}' is not ADDRESS:PORT"))?);
            }
            "name" => self.name = Some(text),
            "memory" => self.memory = Some(size(&text).ok_or_else(wrong)?),
            "size" => self.size = Some(size(&text).ok_or_else(wrong)?),
            "chap-user" => self.chap[0] = Some(text),
            "chap-secret" => self.chap[1] = Some(text),
            "mutual-user" => self.mutual[0] = Some(text),
            "mutual-secret" => self.mutual[1] = Some(text),
            "param" => self.wishes.set(&text)?,
            "rule" => self.rules.push(Rule::parse(&text)?),
            "rules" => {
                let rules =
                    std::fs::read_to_string(&text).map_err(|why| format!("{text}: {why}"))?;
                self.rules.extend(Rule::parse_all(&rules)?);
            }
            "threads" => {
                let count = text.parse().ok();
                let count = count.filter(|count| (1..=THREADS_MAX).contains(count));
                self.threads = Some(count.ok_or_else(wrong)?);
            }
            _ => return Err("there is no such option".to_owned()),
        }
        Ok(())
    }

    /// Puts it all together.
    fn finish(self) -> Result<Options, String> {
        let store = match (self.memory, self.file) {
            (Some(_), Some(_)) => return Err("--memory and --file exclude each other".to_owned()),
            (None, Some(path)) => Store::File(path, self.size),
            (memory, None) => Store::Memory(memory.or(self.size).unwrap_or(SIZE)),
        };
        let chap = credentials("chap", self.chap)?;
        let mutual = credentials("mutual", self.mutual)?;
        if mutual.is_some() && chap.is_none() {
            return Err("--mutual-user needs --chap-user".to_owned());
        }
        Ok(Options {
            listen: self.listen.ok_or(USAGE)?,
            name: self.name.unwrap_or_else(|| NAME.to_owned()),
            store,
            chap,
            mutual,
            wishes: self.wishes,
            rules: self.rules,
            threads: self.threads.unwrap_or(2),
        })
    }
}

/// A user and a secret, or neither.
fn credentials(name: &str, pair: [Option<String>; 2]) -> Result<Option<Credentials>, String> {
    match pair {
        [Some(user), Some(secret)] => Ok(Some(Credentials { user, secret })),
        [None, None] => Ok(None),
        _ => Err(format!("--{name}-user and --{name}-secret belong together")),
    }
}

/// A number of bytes, with K, M, G or T for powers of 1,024; whole blocks.
fn size(text: &str) -> Option<u64> {
    let units = [('K', 10), ('M', 20), ('G', 30), ('T', 40)];
    let unit = units.iter().find_map(|(letter, shift)| {
        let digits = text.strip_suffix(*letter)?;
        Some((digits, *shift))
    });
    let (digits, shift) = unit.unwrap_or((text, 0));
    let bytes = digits.parse::<u64>().ok()?.checked_mul(1 << shift)?;
    (bytes >= 512 && bytes % 512 == 0 && bytes <= 1 << 44).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(line.split(' ').map(|word| word.replace('_', " ")))
    }

    #[test]
    fn options_have_their_values() {
        let options = parse(
            "iscsi-target --listen 127.0.0.1:3260 --name iqn.x:y --memory 2M --chap-user u --chap-secret s \
             --param InitialR2T=Yes --rule send_r2t_every:_drop --threads 3",
        )
        .unwrap();
        assert_eq!(options.store, Store::Memory(2 << 20));
        assert_eq!((options.rules.len(), options.threads), (1, 3));
        assert_eq!(options.chap.unwrap().user, "u");
        assert_eq!(options.name, "iqn.x:y");
        let options = parse("iscsi-target --listen [::1]:0 --file /x --size 1G").unwrap();
        assert_eq!(options.store, Store::File("/x".into(), Some(1 << 30)));
    }

    #[test]
    fn errors_are_one_line() {
        for line in [
            "iscsi-target",
            "iscsi-target --listen nowhere",
            "iscsi-target --listen 127.0.0.1:1 --bogus 1",
            "iscsi-target --listen",
            "iscsi-target --listen 127.0.0.1:1 word",
            "iscsi-target --listen 127.0.0.1:1 --memory 100",
            "iscsi-target --listen 127.0.0.1:1 --memory 1M --file x",
            "iscsi-target --listen 127.0.0.1:1 --chap-user u",
            "iscsi-target --listen 127.0.0.1:1 --mutual-user u --mutual-secret s",
            "iscsi-target --listen 127.0.0.1:1 --param X=1",
            "iscsi-target --listen 127.0.0.1:1 --rule x",
            "iscsi-target --listen 127.0.0.1:1 --rules /nowhere",
            "iscsi-target --listen 127.0.0.1:1 --threads 0",
        ] {
            let error = parse(line).unwrap_err();
            assert!(!error.contains('\n') && !error.is_empty(), "{error}");
        }
    }
}
