// SPDX-License-Identifier: GPL-2.0

//! Parameters: of connections and their sessions, and of hosts.

use super::{
    refused,
    turn,
    Call, //
};
use iscsi_abi::{
    class::{
        ops::Operation,
        Connection, //
    },
    param::Param, //
};
use iscsi_kernel::{
    compat::code::ENOTCONN,
    printk::dev_err_ratelimited, //
};
use iscsi_proto::netlink::payload::{
    self,
    Text, //
};
use kernel::{
    page::PAGE_SIZE,
    prelude::*,
    str::BStr, //
};

/// How much of a text that is refused goes to the log.
const SHOWN_LEN: usize = 32;

/// Sets a parameter of a connection, or of its session.
///
/// # Errors
///
/// `EINVAL` when the text is not as long as it says, or there is no such connection; `ENOTCONN` when
/// it is not bound; what the transport says.
pub(super) fn set(call: Call<'_>, names: (u32, u32), param: u32, len: u32) -> Result {
    let Call {
        registered,
        payload,
        ..
    } = call;
    turn::with_connection(registered, names, |conn| {
        let text = payload::text(payload, len, PAGE_SIZE).map_err(refused)?;
        if Param::from_raw(param) == Param::RECOVERY_TIMEOUT {
            return set_recovery_timeout(conn, &text);
        }
        if !conn.state().is_some_and(|state| state.is_connected()) {
            return Err(ENOTCONN);
        }
        registered.transport().set_param(conn, param, text)
    })
    .ok_or(EINVAL)?
}

/// Sets the time until a session is given up, unless the administrator has: what he writes to sysfs
/// stays. A text that is no number says nothing: least of all that commands are to fail at once.
fn set_recovery_timeout(conn: &Connection, text: &Text<'_>) -> Result {
    let Some(seconds) = text.parse_int() else {
        let text = text.bytes();
        let shown = BStr::from_bytes(text.get(..SHOWN_LEN).unwrap_or(text));
        let (least, most) = (i32::MIN, i32::MAX);
        dev_err_ratelimited(
            conn.as_dev(),
            format_args!(
                "recovery_tmo is not set to {shown:?}: it is a number from {least} to {most}\n"
            ),
        );
        return Err(EINVAL);
    };
    let session = conn.session();
    if !session.recovery_timeout_is_overridden() {
        session.set_recovery_timeout(seconds);
    }
    Ok(())
}

/// Sets a parameter of a host.
///
/// # Errors
///
/// `ENOSYS` when the transport cannot, `EINVAL` when the text is not as long as it says, `ENODEV` when
/// there is no such host; what the transport says.
pub(super) fn set_host(call: Call<'_>, host: u32, param: u32, len: u32) -> Result {
    let Call {
        registered,
        payload,
        ..
    } = call;
    registered.transport().require(Operation::SetHostParam)?;
    let declared = payload::declared_text(payload, len, PAGE_SIZE).map_err(refused)?;
    turn::with_host(registered, host, "set_host_param could not", |host| {
        let text = declared.text().map_err(refused)?;
        registered.transport().set_host_param(host, param, text)
    })
}
