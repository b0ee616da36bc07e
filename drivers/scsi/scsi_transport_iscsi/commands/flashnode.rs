// SPDX-License-Identifier: GPL-2.0

//! Flashnodes: targets that a host keeps in its own memory.

use super::{
    turn,
    Call, //
};
use crate::flashnode;
use iscsi_abi::class::{
    ops::Operation,
    FlashConnection,
    FlashSession,
    Host, //
};
use iscsi_kernel::printk::{
    print,
    Level, //
};
use iscsi_proto::netlink::payload::PORTAL_TYPE_LEN;
use kernel::{
    prelude::*,
    sync::aref::ARef, //
};

/// Makes a flashnode.
///
/// # Errors
///
/// `ENOSYS` when the transport has none, `ENODEV` when there is no such host, `EINVAL` when the payload
/// does not say what kind it is to be, `EIO` when the transport makes none.
pub(super) fn create(call: Call<'_>, host: u32) -> Result {
    let _turn = turn::of_transport(call.registered);
    let transport = call.registered.transport();
    transport.require(Operation::NewFlashnode)?;
    let host = turn::find_host(call.registered, host, "iscsi_new_flashnode could not")?;
    if call.payload.len() < PORTAL_TYPE_LEN {
        return Err(EINVAL);
    }
    let index = transport.new_flashnode(&host, call.payload)?;
    call.reply.set_flashnode(index);
    Ok(())
}

/// Sets parameters of a flashnode.
///
/// # Errors
///
/// `ENOSYS` when the transport cannot, `ENODEV` when there is no such host or flashnode; what the
/// transport says.
pub(super) fn set_params(call: Call<'_>, host: u32, index: u32) -> Result {
    let _turn = turn::of_transport(call.registered);
    let transport = call.registered.transport();
    transport.require(Operation::SetFlashnodeParams)?;
    let (session, conn) = find_both(&call, host, index, "iscsi_set_flashnode_param could not")?;
    transport.set_flashnode_params(&session, &conn, call.payload)
}

/// Deletes a flashnode.
///
/// # Errors
///
/// As for [`set_params`].
pub(super) fn delete(call: &Call<'_>, host: u32, index: u32) -> Result {
    let _turn = turn::of_transport(call.registered);
    let transport = call.registered.transport();
    transport.require(Operation::DeleteFlashnode)?;
    let what = "iscsi_del_flashnode could not";
    let host = turn::find_host(call.registered, host, what)?;
    let session = find(&host, index, what)?;
    transport.delete_flashnode(&session)
}

/// Logs in to a flashnode.
///
/// # Errors
///
/// As for [`set_params`].
pub(super) fn login(call: &Call<'_>, host: u32, index: u32) -> Result {
    let _turn = turn::of_transport(call.registered);
    let transport = call.registered.transport();
    transport.require(Operation::LoginFlashnode)?;
    let (session, conn) = find_both(call, host, index, "iscsi_login_flashnode could not")?;
    transport.login_flashnode(&session, &conn)
}

/// Logs out of a flashnode.
///
/// # Errors
///
/// As for [`set_params`].
pub(super) fn logout(call: &Call<'_>, host: u32, index: u32) -> Result {
    let _turn = turn::of_transport(call.registered);
    let transport = call.registered.transport();
    transport.require(Operation::LogoutFlashnode)?;
    let (session, conn) = find_both(call, host, index, "iscsi_logout_flashnode could not")?;
    transport.logout_flashnode(&session, &conn)
}

/// Logs out of the flashnode that a session was made for.
///
/// # Errors
///
/// `ENOSYS` when the transport cannot, `ENODEV` when there is no such host, `EINVAL` when there is no
/// such session; what the transport says.
pub(super) fn logout_session(call: &Call<'_>, host: u32, sid: u32) -> Result {
    let transport = call.registered.transport();
    transport.require(Operation::LogoutFlashnodeSession)?;
    let _turn = turn::of_transport(call.registered);
    let what = "iscsi_logout_flashnode_sid could not";
    let _host = turn::find_host(call.registered, host, what)?;
    let Some(session) = turn::find_session(call.registered, sid) else {
        print(Level::Error, fmt!("{what} find session id {sid}\n"));
        return Err(EINVAL);
    };
    // Without a pass: the transport may destroy the session, which waits for all passes.
    transport.logout_flashnode_session(&session)
}

fn find_both(
    call: &Call<'_>,
    number: u32,
    index: u32,
    what: &str,
) -> Result<(ARef<FlashSession>, ARef<FlashConnection>)> {
    let host = turn::find_host(call.registered, number, what)?;
    let session = find(&host, index, what)?;
    let conn = flashnode::connection_of(&session).ok_or(ENODEV)?;
    Ok((session, conn))
}

fn find(host: &Host, index: u32, what: &str) -> Result<ARef<FlashSession>> {
    flashnode::find_by_index(host, index).ok_or_else(|| {
        let number = host.number();
        print(
            Level::Error,
            fmt!("{what} find flashnode {index} for host no {number}\n"),
        );
        ENODEV
    })
}
