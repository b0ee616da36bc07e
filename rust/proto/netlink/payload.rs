// SPDX-License-Identifier: GPL-2.0

//! The payloads of commands, checked before any driver sees them.
//!
//! A check is to be made when its result can be told: what a command names may have to be found
//! first, so that user space gets the error that it always got.
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::netlink::payload::{self, Refusal};
//!
//! let mut bytes = *b"120\0";
//! let text = payload::text(&mut bytes, 4, 4096).unwrap();
//! assert_eq!(text.bytes(), b"120");
//! assert_eq!(text.parse_int(), Some(120));
//!
//! let refusal = payload::text(&mut bytes[..3], 3, 4096).unwrap_err();
//! assert_eq!(refusal, Refusal::Unterminated { declared: 3 });
//! assert_eq!(refusal.to_string(), "the text has no NUL, expected is one behind at most 3 bytes");
//! ```

use crate::pdu::BHS_LEN;
use core::fmt;

mod address;
mod pdu;
mod text;

pub use address::{
    address,
    address_fits,
    Address,
    Family,
    ADDRESS_MAX_LEN, //
};
pub use pdu::{
    pdu,
    Pdu, //
};
pub use text::{
    declared_text,
    text,
    DeclaredText,
    Text, //
};

/// The length of what a host is told about the way to a target (`struct iscsi_path`).
pub const PATH_LEN: usize = 64;

/// The length of the kind of address that a new flashnode is to have (`PORTAL_TYPE_IPV4`,
/// `PORTAL_TYPE_IPV6`), which drivers compare without a look at the length of the payload.
pub const PORTAL_TYPE_LEN: usize = 4;

/// The length of a CHAP entry (`struct iscsi_chap_rec`).
pub const CHAP_ENTRY_LEN: usize = 524;

/// How many CHAP entries can be asked for: the largest table that a host has
/// (`MAX_CHAP_ENTRIES_82XX` of qla4xxx). iscsiadm asks for what fits into four KiB.
pub const MAX_CHAP_ENTRIES: u32 = 1024;

/// How many counters of its own a driver can add to those of a connection or of a host
/// (`ISCSI_STATS_CUSTOM_MAX`, `ISCSI_HOST_STATS_CUSTOM_MAX`).
pub const MAX_CUSTOM_STATS: u32 = 32;

/// Why a payload is not what its command wants, or is not what the event says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The text is said to be longer than the payload is.
    TextLen {
        /// What it is said to be.
        declared: u32,
        /// What the payload is.
        payload: usize,
    },
    /// The text is said to be longer than any may be.
    TextLimit {
        /// What it is said to be.
        declared: u32,
        /// What it may be.
        limit: usize,
    },
    /// There is no NUL where the text has to end.
    Unterminated {
        /// The length the text is said to have.
        declared: u32,
    },
    /// The address is too short.
    AddressLen {
        /// What it is.
        len: usize,
        /// What it would have to be.
        expected: usize,
    },
    /// The address is neither for IPv4 nor for IPv6.
    AddressFamily {
        /// What it is for (`AF_*`).
        family: u16,
    },
    /// The header of the PDU is said to be shorter than a header is, or longer than the payload.
    HeaderLen {
        /// What it is said to be.
        declared: u32,
        /// What the payload is.
        payload: usize,
    },
    /// The data of the PDU is said to be longer than what there is behind the header.
    DataLen {
        /// What it is said to be.
        declared: u32,
        /// What there is.
        rest: usize,
    },
    /// The path is too short.
    PathLen {
        /// What it is.
        len: usize,
    },
    /// No CHAP entries are asked for, or too many.
    ChapEntries {
        /// How many.
        entries: u32,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TextLen { declared, payload } => write!(
                f,
                "the text is said to have {declared} bytes, expected are at most the {payload} of \
                 the payload"
            ),
            Self::TextLimit { declared, limit } => write!(
                f,
                "the text is said to have {declared} bytes, expected are at most {limit}"
            ),
            Self::Unterminated { declared } => write!(
                f,
                "the text has no NUL, expected is one behind at most {declared} bytes"
            ),
            Self::AddressLen { len, expected } => write!(
                f,
                "the address has {len} bytes, expected are at least {expected}"
            ),
            Self::AddressFamily { family } => write!(
                f,
                "the address is of family {family}, expected is {} (IPv4) or {} (IPv6)",
                Family::Ipv4.number(),
                Family::Ipv6.number()
            ),
            Self::HeaderLen { declared, payload } => write!(
                f,
                "the header is said to have {declared} bytes, expected are {BHS_LEN} to the \
                 {payload} of the payload"
            ),
            Self::DataLen { declared, rest } => write!(
                f,
                "the data is said to have {declared} bytes, expected are at most the {rest} behind \
                 the header"
            ),
            Self::PathLen { len } => write!(
                f,
                "the path has {len} bytes, expected are at least {PATH_LEN}"
            ),
            Self::ChapEntries { entries } => write!(
                f,
                "{entries} CHAP entries are asked for, expected are 1 to {MAX_CHAP_ENTRIES}"
            ),
        }
    }
}

/// The way to a target (`struct iscsi_path`), aligned so that C can read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(8))]
pub struct Path([u8; PATH_LEN]);

impl Path {
    /// Its bytes.
    #[inline]
    pub const fn as_bytes(&self) -> &[u8; PATH_LEN] {
        &self.0
    }
}

/// The way to a target at the beginning of `payload`.
///
/// # Errors
///
/// It is too short.
pub const fn path(payload: &[u8]) -> Result<Path, Refusal> {
    match payload.first_chunk::<PATH_LEN>() {
        Some(path) => Ok(Path(*path)),
        None => Err(Refusal::PathLen { len: payload.len() }),
    }
}

/// How many bytes `entries` CHAP entries have.
///
/// # Errors
///
/// There are none, which no driver has to expect, or more than any host has.
pub const fn chap_len(entries: u32) -> Result<usize, Refusal> {
    if entries == 0 || entries > MAX_CHAP_ENTRIES {
        return Err(Refusal::ChapEntries { entries });
    }
    // Half a MiB at most.
    Ok((entries as usize).wrapping_mul(CHAP_ENTRY_LEN))
}

/// How many counters of its own a driver has added that claims to have added `custom_len`: there is
/// no room for more.
#[inline]
pub const fn custom_stats(custom_len: u32) -> usize {
    if custom_len < MAX_CUSTOM_STATS {
        custom_len as usize
    } else {
        MAX_CUSTOM_STATS as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_whole_one() {
        let payload = [7; 70];
        assert_eq!(path(&payload).unwrap().as_bytes(), &[7; 64]);
        assert!(path(&payload[..64]).is_ok());
        assert_eq!(path(&payload[..63]), Err(Refusal::PathLen { len: 63 }));
        assert_eq!(path(&[]), Err(Refusal::PathLen { len: 0 }));
    }

    #[test]
    fn there_are_some_chap_entries_but_not_too_many() {
        assert_eq!(chap_len(1), Ok(524));
        assert_eq!(chap_len(1024), Ok(536_576));
        // The last one is 4 in 32 bits.
        for entries in [0, 1025, 8_196_723, u32::MAX] {
            assert_eq!(chap_len(entries), Err(Refusal::ChapEntries { entries }));
        }
    }

    #[test]
    fn there_is_room_for_so_many_counters() {
        for (claimed, custom) in [(0, 0), (1, 1), (31, 31), (32, 32), (33, 32), (u32::MAX, 32)] {
            assert_eq!(custom_stats(claimed), custom);
        }
    }

    #[test]
    fn a_refusal_says_what_was_expected() {
        for (refusal, text) in [
            (
                Refusal::TextLen {
                    declared: 5,
                    payload: 4,
                },
                "the text is said to have 5 bytes, expected are at most the 4 of the payload",
            ),
            (
                Refusal::TextLimit {
                    declared: 5000,
                    limit: 4096,
                },
                "the text is said to have 5000 bytes, expected are at most 4096",
            ),
            (
                Refusal::Unterminated { declared: 3 },
                "the text has no NUL, expected is one behind at most 3 bytes",
            ),
            (
                Refusal::AddressLen {
                    len: 16,
                    expected: 28,
                },
                "the address has 16 bytes, expected are at least 28",
            ),
            (
                Refusal::AddressFamily { family: 1 },
                "the address is of family 1, expected is 2 (IPv4) or 10 (IPv6)",
            ),
            (
                Refusal::HeaderLen {
                    declared: 47,
                    payload: 100,
                },
                "the header is said to have 47 bytes, expected are 48 to the 100 of the payload",
            ),
            (
                Refusal::DataLen {
                    declared: 53,
                    rest: 52,
                },
                "the data is said to have 53 bytes, expected are at most the 52 behind the header",
            ),
            (
                Refusal::PathLen { len: 63 },
                "the path has 63 bytes, expected are at least 64",
            ),
            (
                Refusal::ChapEntries { entries: 0 },
                "0 CHAP entries are asked for, expected are 1 to 1024",
            ),
        ] {
            assert_eq!(refusal.to_string(), text);
        }
    }
}
