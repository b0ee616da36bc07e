// SPDX-License-Identifier: GPL-2.0

//! An iSCSI target for tests: it keeps RFC 7143, and breaks it where a rule says so.
//!
//! One noun a file. `server` is the event loop, `connection` one TCP connection, `login`,
//! `negotiation` and `chap` bring it into the full feature phase; there `command`, `task`, `data` and
//! `tmf` serve an initiator, `scsi`, `inquiry`, `mode` and `sense` are the disk, `backing` and
//! `worker` where its blocks are. `rule` is what may go wrong and `mischief` lets it, with `field`,
//! `value` and `insert`. README.md has the rules' grammar.

#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::unwrap_used)]
#![deny(clippy::expect_used, clippy::panic)]
#![cfg_attr(
    test,
    allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic)
)]

mod action;
mod backing;
mod chap;
mod command;
mod connection;
mod data;
mod event;
mod field;
mod full_feature;
mod inquiry;
mod insert;
mod login;
mod mischief;
mod mode;
mod negotiation;
mod options;
mod pdu;
mod rule;
mod scsi;
mod sending;
mod sense;
mod server;
mod session;
mod target;
mod task;
mod text;
mod tmf;
mod transmit;
mod value;
mod worker;

use options::Options;
use std::process::ExitCode;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args_os()) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("iscsi-target: {why}");
            return ExitCode::from(2);
        }
    };
    let Err(why) = server::run(options);
    eprintln!("iscsi-target: {why}");
    ExitCode::FAILURE
}
