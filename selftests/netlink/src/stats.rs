// SPDX-License-Identifier: GPL-2.0

//! The statistics of a connection: `struct iscsi_stats`.

use crate::error::{Error, Result};
use std::fmt;

/// The counters of 64 and then those of 32 bits, in their order.
const OCTETS: [&str; 2] = ["txdata_octets", "rxdata_octets"];
const PDUS: [&str; 19] = [
    "noptx_pdus",
    "scsicmd_pdus",
    "tmfcmd_pdus",
    "login_pdus",
    "text_pdus",
    "dataout_pdus",
    "logout_pdus",
    "snack_pdus",
    "noprx_pdus",
    "scsirsp_pdus",
    "tmfrsp_pdus",
    "textrsp_pdus",
    "datain_pdus",
    "logoutrsp_pdus",
    "r2t_pdus",
    "async_pdus",
    "rjt_pdus",
    "digest_err",
    "timeout_err",
];
/// Length of the name of a custom counter.
const NAME_LEN: usize = 64;
/// Length of the fixed part.
const FIXED_LEN: usize = 96;

/// Statistics.
pub(crate) struct Stats {
    /// The counters of the MIB.
    pub(crate) fixed: Vec<(&'static str, u64)>,
    /// Those of the transport.
    pub(crate) custom: Vec<(String, u64)>,
}

impl Stats {
    /// Takes the answer to GET_STATS apart.
    ///
    /// # Errors
    ///
    /// A length that does not fit the number of custom counters.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self> {
        let mut rest = bytes;
        let parsed = Self::take(&mut rest);
        match parsed {
            Some(stats) if rest.is_empty() => Ok(stats),
            _ => Err(Error::Wrong(format!(
                "statistics of {} bytes, {} of them left over",
                bytes.len(),
                rest.len()
            ))),
        }
    }

    fn take(rest: &mut &[u8]) -> Option<Self> {
        let start = rest.len();
        let mut fixed = Vec::new();
        for name in OCTETS {
            fixed.push((name, take_u64(rest)?));
        }
        for name in PDUS {
            fixed.push((name, take_u32(rest)?.into()));
        }
        let count = take_u32(rest)?;
        debug_assert_eq!(start - rest.len(), FIXED_LEN);
        let mut custom = Vec::new();
        for _ in 0..count {
            let (name, more) = rest.split_at_checked(NAME_LEN)?;
            *rest = more;
            let name = name.split(|&byte| byte == 0).next().unwrap_or(name);
            custom.push((String::from_utf8_lossy(name).into_owned(), take_u64(rest)?));
        }
        Some(Self { fixed, custom })
    }

    /// A counter of the MIB.
    pub(crate) fn get(&self, name: &str) -> Option<u64> {
        self.fixed
            .iter()
            .find_map(|&(found, value)| (found == name).then_some(value))
    }
}

fn take_u32(rest: &mut &[u8]) -> Option<u32> {
    let (word, more) = rest.split_first_chunk()?;
    *rest = more;
    Some(u32::from_ne_bytes(*word))
}

fn take_u64(rest: &mut &[u8]) -> Option<u64> {
    let (word, more) = rest.split_first_chunk()?;
    *rest = more;
    Some(u64::from_ne_bytes(*word))
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.fixed {
            writeln!(f, "{name}: {value}")?;
        }
        for (name, value) in &self.custom {
            writeln!(f, "custom {name}: {value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(5_u64.to_ne_bytes());
        bytes.extend(6_u64.to_ne_bytes());
        for number in 0..19_u32 {
            bytes.extend(number.to_ne_bytes());
        }
        bytes.extend(1_u32.to_ne_bytes());
        assert_eq!(bytes.len(), FIXED_LEN);
        bytes.extend(b"eh_abort_cnt");
        bytes.resize(FIXED_LEN + NAME_LEN, 0);
        bytes.extend(9_u64.to_ne_bytes());
        bytes
    }

    #[test]
    fn every_counter_has_its_place() {
        let stats = Stats::parse(&sample()).unwrap();
        assert_eq!(stats.get("rxdata_octets"), Some(6));
        assert_eq!(stats.get("scsicmd_pdus"), Some(1));
        assert_eq!(stats.get("timeout_err"), Some(18));
        assert_eq!(stats.custom, [("eh_abort_cnt".to_owned(), 9)]);
    }

    #[test]
    fn lengths_must_fit() {
        let bytes = sample();
        assert!(Stats::parse(&bytes[..bytes.len() - 1]).is_err());
        assert!(Stats::parse(&[bytes, vec![0; 4]].concat()).is_err());
        assert!(Stats::parse(&[]).is_err());
    }
}
