// SPDX-License-Identifier: GPL-2.0

//! Statistics of a connection without SCSI commands.

use crate::client::PATIENCE;
use crate::error::{same, Result};
use crate::pdu::HEADER_LEN;
use crate::scene::Scene;
use crate::wire::Wire;
use std::time::Instant;

/// In the order in which programs have always found them.
const CUSTOM: [&str; 3] = [
    "tx_sendpage_failures",
    "rx_discontiguous_hdr",
    "eh_abort_cnt",
];

pub(super) fn exact(scene: &mut Scene) -> Result {
    let conn = scene.conn()?;
    let mut wire = Wire::new()?;
    let stats = scene.client.stats(conn)?;
    let custom: Vec<_> = stats
        .custom
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    same(
        "custom counters",
        custom,
        CUSTOM.map(|name| (name, 0)).to_vec(),
    )?;
    for (name, value) in stats.fixed {
        same(name, value, 0)?;
    }

    scene.client.bind(conn, &wire.initiator)?;
    for round in 1..=3 {
        scene.exchange_login(conn, &mut wire.target)?;
        // Eight bytes of data one way, none the other.
        let header = HEADER_LEN as u64;
        let sent = Some(round * (header + 8));
        let mut stats = scene.client.stats(conn)?;
        // What is sent is counted when the socket has it, so the answer may be here before that.
        let deadline = Instant::now() + PATIENCE;
        while stats.get("txdata_octets") < sent && Instant::now() < deadline {
            stats = scene.client.stats(conn)?;
        }
        same("txdata_octets", stats.get("txdata_octets"), sent)?;
        same(
            "rxdata_octets",
            stats.get("rxdata_octets"),
            Some(round * header),
        )?;
        same("scsicmd_pdus", stats.get("scsicmd_pdus"), Some(0))?;
    }
    Ok(())
}
