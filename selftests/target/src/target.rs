// SPDX-License-Identifier: GPL-2.0

//! What all connections share.

use crate::chap::Credentials;
use crate::mischief::Mischief;
use crate::negotiation::Wishes;
use crate::scsi::Disk;
use crate::session::Sessions;
use crate::worker::Pool;
use std::io::Read;

/// The target.
pub(crate) struct Target {
    /// Who may log in.
    pub(crate) chap: Option<Credentials>,
    /// Who the target is when it is asked.
    pub(crate) mutual: Option<Credentials>,
    /// What it wants of the keys.
    pub(crate) wishes: Wishes,
    /// Its disk, and its name.
    pub(crate) disk: Disk,
    /// The threads that read and write.
    pub(crate) pool: Pool,
    /// All sessions.
    pub(crate) sessions: Sessions,
    /// What goes wrong.
    pub(crate) mischief: Mischief,
    /// Connections whose sessions were reinstated.
    pub(crate) replaced: Vec<usize>,
    /// Connections that reset the disk.
    pub(crate) resets: Vec<usize>,
}

/// Bytes that nobody can foresee.
pub(crate) fn random() -> std::io::Result<[u8; 17]> {
    let mut bytes = [0; 17];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
