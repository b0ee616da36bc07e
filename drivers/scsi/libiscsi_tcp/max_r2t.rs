// SPDX-License-Identifier: GPL-2.0

//! MaxOutstandingR2T (RFC 7143, section 13.17).

use iscsi_abi::tcp::QuiescentSession;
use kernel::prelude::*;

/// Sets what was negotiated, from the text of user space: 1 to 65535 in decimal, behind which anything
/// but a digit ends the number.
///
/// # Errors
///
/// `EINVAL` for any other text; `EBUSY` while commands may use the room for the old one; `ENOMEM`. All
/// stays as it was then.
pub(crate) fn set(session: &QuiescentSession<'_>, text: &[u8]) -> Result {
    let max = parse(text).ok_or(EINVAL)?;
    if max == session.max_outstanding_r2t() {
        return Ok(());
    }
    if session.is_started() {
        return Err(EBUSY);
    }
    session.set_max_outstanding_r2t(max)
}

/// The number that a text begins with, or [`None`] without one that has 16 bits.
fn parse(text: &[u8]) -> Option<u16> {
    let mut value: Option<u16> = None;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        let tens = value.unwrap_or(0).checked_mul(10)?;
        value = Some(tens.checked_add(u16::from(digit))?);
    }
    value
}
