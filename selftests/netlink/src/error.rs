// SPDX-License-Identifier: GPL-2.0

//! Why a check ends before its time.

use rustix::io::Errno;
use std::{fmt, io};

/// Why something went wrong.
#[derive(Debug)]
pub(crate) enum Error {
    /// A system call failed.
    System(&'static str, Errno),
    /// The kernel refused a command.
    Refused(Refusal),
    /// What was waited for did not come in time.
    Late(String),
    /// The kernel did something else than it should.
    Wrong(String),
}

/// The kernel's "no" to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The name of the command.
    pub(crate) command: &'static str,
    /// Who said it.
    pub(crate) by: Refuser,
    /// Why.
    pub(crate) errno: Errno,
}

/// Who refuses a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refuser {
    /// The interface: the answer is an error message.
    Interface,
    /// The transport's callback: the answer carries its return code.
    Transport,
}

pub(crate) type Result<T = ()> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(what, errno) => write!(f, "{what}: {errno}"),
            Self::Refused(refusal) => write!(f, "{refusal}"),
            Self::Late(what) => write!(f, "waited in vain for {what}"),
            Self::Wrong(what) => f.write_str(what),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.by {
            Refuser::Interface => "the interface",
            Refuser::Transport => "the transport",
        };
        write!(f, "{} refused by {by}: {}", self.command, self.errno)
    }
}

/// Names the system call that failed.
pub(crate) trait During<T> {
    /// `what` is what was being done.
    fn during(self, what: &'static str) -> Result<T>;
}

impl<T> During<T> for rustix::io::Result<T> {
    fn during(self, what: &'static str) -> Result<T> {
        self.map_err(|errno| Error::System(what, errno))
    }
}

impl<T> During<T> for io::Result<T> {
    fn during(self, what: &'static str) -> Result<T> {
        self.map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Error::Late(what.into()),
            _ => Error::System(what, Errno::from_io_error(&error).unwrap_or(Errno::IO)),
        })
    }
}

/// Fails with `what` unless `condition` holds.
pub(crate) fn ensure(condition: bool, what: impl FnOnce() -> String) -> Result {
    if condition {
        Ok(())
    } else {
        Err(Error::Wrong(what()))
    }
}

/// Fails unless `found` is what was expected.
pub(crate) fn same<T: PartialEq + fmt::Debug>(what: &str, found: T, expected: T) -> Result {
    ensure(found == expected, || {
        format!("{what}: {found:?}, expected {expected:?}")
    })
}

/// Fails unless the kernel has said no with the error number `errno`.
pub(crate) fn refused<T>(result: Result<T>, by: Refuser, errno: Errno) -> Result {
    match result {
        Ok(_) => Err(Error::Wrong(format!("accepted, expected {errno}"))),
        Err(Error::Refused(refusal)) if refusal.by == by && refusal.errno == errno => Ok(()),
        Err(Error::Refused(refusal)) => Err(Error::Wrong(format!(
            "{refusal}, expected {errno} by {by:?}"
        ))),
        Err(error) => Err(error),
    }
}
