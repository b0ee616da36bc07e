// SPDX-License-Identifier: GPL-2.0

//! Speaks to the kernel's iSCSI class as iscsid does, and checks what it answers.
//!
//! Prints `ok`, or why not and ends with status 1. One noun a file: `message` has the bytes, `socket`
//! the netlink socket, `client` the commands, `event` and `stats` what the kernel says; `wire` and
//! `pdu` are the network's side, `scene` is what checks start with, and `checks` has them all; `record`
//! asks everything and checks nothing, `mutate` asks nonsense.

#![forbid(unsafe_code)]

mod checks;
mod client;
mod error;
mod event;
mod message;
mod mutate;
mod pdu;
mod record;
mod scene;
mod socket;
mod stats;
mod wire;

use checks::CHECKS;
use client::Client;
use error::{Error, Result};
use message::ConnId;
use scene::{Scene, TCP};
use std::env;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const USAGE: &str = "\
usage: iscsi-netlink CHECK [TRANSPORT]   what must be true; of tcp, if no other is named
       iscsi-netlink stats SESSION    the statistics of a session's first connection
       iscsi-netlink listen SECONDS   the events that iscsid hears, one a line
       iscsi-netlink hold             a session, until standard input ends
       iscsi-netlink mutate COUNT SEED    so many commands with random content
       iscsi-netlink record           what is answered to every command
       iscsi-netlink record-others    what is answered to those who are not root";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let result = match words[..] {
        ["stats", session] => print_stats(session),
        ["listen", seconds] => listen(seconds),
        ["hold"] => Scene::play(TCP, record::hold),
        ["mutate", count, seed] => mutate(count, seed),
        ["record"] => Scene::play(TCP, record::privileged),
        ["record-others"] => record::unprivileged(),
        [name] => run(name, TCP),
        [name, transport] => run(name, transport),
        _ => Err(usage()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> Error {
    let checks: Vec<_> = CHECKS
        .iter()
        .map(|check| format!("\n  {:<20} {}", check.name, check.claim))
        .collect();
    Error::Wrong(format!("{USAGE}\n\nchecks:{}", checks.concat()))
}

fn run(name: &str, transport: &str) -> Result {
    let check = CHECKS.iter().find(|check| check.name == name);
    Scene::play(transport, check.ok_or_else(usage)?.run)?;
    println!("ok");
    Ok(())
}

fn number(text: &str) -> Result<u32> {
    text.parse()
        .map_err(|_| Error::Wrong(format!("'{text}' is no number")))
}

fn print_stats(session: &str) -> Result {
    let conn = ConnId {
        session: number(session)?,
        conn: 0,
    };
    print!("{}", Client::new(TCP)?.stats(conn)?);
    Ok(())
}

fn mutate(count: &str, seed: &str) -> Result {
    mutate::mutate(number(count)?, number(seed)?.into())
}

fn listen(seconds: &str) -> Result {
    let seconds = Duration::from_secs(number(seconds)?.into());
    let mut client = Client::new(TCP)?;
    let deadline = Instant::now() + seconds;
    while let Some(event) = client.next_event(deadline)? {
        println!("{event}");
    }
    Ok(())
}
