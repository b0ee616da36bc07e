// SPDX-License-Identifier: GPL-2.0

//! The parameters of hosts, sessions and connections, as user space reads and sets them.

use crate::ffi::texts;
use core::fmt;
use iscsi_abi::{
    libiscsi::{
        host::IscsiHost,
        params::{
            Owner,
            Owners,
            Parameter,
            Setting,
            Value, //
        },
    },
    param::{
        HostParam,
        Param, //
    }, //
};
use iscsi_kernel::{
    compat::code::ENOSYS,
    printk::dev_err_ratelimited,
    sysfs::AttributePage, //
};
use iscsi_proto::param::{
    Rule,
    TEXT, //
};
use kernel::{
    ffi::c_int,
    prelude::*,
    str::BStr, //
};

/// As much of a refused number as the log shows, in bytes.
const SHOWN_LEN: usize = 32;

/// Prints a parameter of `owner`. Returns the number of characters.
///
/// # Errors
///
/// `ENOSYS` for one that is not kept there.
pub(crate) fn get(
    owners: &Owners<'_>,
    owner: Owner,
    param: Param,
    page: &AttributePage<'_>,
) -> Result<c_int> {
    let value = Parameter::find(param)
        .filter(|parameter| parameter.owner() == owner)
        .and_then(|parameter| owners.value(parameter))
        .ok_or(ENOSYS)?;
    Ok(match value {
        Value::Number(number) => page.print(format_args!("{}\n", number.get())),
        Value::Isid([a, b, c, d, e, f]) => {
            page.print(format_args!("{a:02x}{b:02x}{c:02x}{d:02x}{e:02x}{f:02x}\n"))
        }
        Value::Text(text, unset) => texts().show_or(&text, unset, page),
    })
}

/// Sets a parameter of a connection or its session.
///
/// # Errors
///
/// `ENOSYS` for one that cannot be set, `EINVAL` for a value that it cannot have, `ENOMEM`: all stays
/// as it was.
pub(crate) fn set(owners: &Owners<'_>, param: Param, text: &[u8]) -> Result {
    let parameter = Parameter::find(param).ok_or(ENOSYS)?;
    let setting = parameter.setting().ok_or(ENOSYS)?;
    match owners.value(parameter).ok_or(ENOSYS)? {
        Value::Number(place) => {
            let number = setting.rule.number(text);
            place.set(number.ok_or_else(|| refuse(owners, setting, text))?);
        }
        Value::Text(place, _) => {
            if !setting.rule.allows_len(text.len()) {
                return Err(refuse(owners, setting, text));
            }
            texts().switch(&place, text)?;
        }
        Value::Isid(_) => return Err(ENOSYS),
    }
    Ok(())
}

/// Tells the log why a value is refused. A text itself, which may be a password, is not shown.
fn refuse(owners: &Owners<'_>, setting: &Setting, text: &[u8]) -> Error {
    let shown = BStr::from_bytes(text.get(..SHOWN_LEN).unwrap_or(text));
    let name = setting.name;
    let allowed = Allowed(setting.rule);
    let dev = owners.as_dev();
    match setting.rule {
        Rule::Text { .. } => dev_err_ratelimited(
            dev,
            format_args!("{name} is not set to {} bytes: {allowed}\n", text.len()),
        ),
        Rule::Range { .. } | Rule::Flag => dev_err_ratelimited(
            dev,
            format_args!("{name} is not set to {shown:?}: {allowed}\n"),
        ),
    }
    EINVAL
}

/// Says what a rule allows.
struct Allowed(Rule);

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Rule::Range { min, max } => write!(f, "it is a number from {min} to {max}"),
            Rule::Flag => f.write_str("it is 1 for yes or 0 for no"),
            Rule::Text { max_len } => write!(f, "it has {max_len} at most"),
        }
    }
}

/// Prints a parameter of a host. Returns the number of characters.
///
/// # Errors
///
/// `ENOSYS` for one that is not kept.
pub(crate) fn get_host(
    host: &IscsiHost,
    param: HostParam,
    page: &AttributePage<'_>,
) -> Result<c_int> {
    let text = host.text(param).ok_or(ENOSYS)?;
    Ok(texts().show(&text, page))
}

/// Sets a parameter of a host.
///
/// # Errors
///
/// `ENOSYS` for one that is not kept, `EINVAL` for a text that is too long, `ENOMEM`: all stays as it
/// was.
pub(crate) fn set_host(host: &IscsiHost, param: HostParam, text: &[u8]) -> Result {
    let place = host.text(param).ok_or(ENOSYS)?;
    if !TEXT.allows_len(text.len()) {
        return Err(EINVAL);
    }
    texts().switch(&place, text)
}
