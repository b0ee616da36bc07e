// SPDX-License-Identifier: GPL-2.0

//! Hosts of offload transports: their way to targets, their interfaces, their CHAP table.

use super::{
    endpoint::address,
    refused,
    turn,
    Call, //
};
use iscsi_abi::class::ops::Operation;
use iscsi_proto::netlink::payload;
use kernel::prelude::*;

/// Has a host discover targets.
///
/// # Errors
///
/// `EINVAL` when the address is none or the transport cannot, `ENODEV` when there is no such host;
/// what the transport says.
pub(super) fn discover_targets(call: &Call<'_>, host: u32, method: u32, enable: u32) -> Result {
    let _turn = turn::of_transport(call.registered);
    let transport = call.registered.transport();
    payload::address_fits(call.payload).map_err(refused)?;
    transport.require(Operation::DiscoverTargets)?;
    let host = turn::find_host(call.registered, host, "target discovery could not")?;
    let mut address = address(call)?;
    transport.discover_targets(&host, method, enable, &mut address)
}

/// Tells a host the way to a target, which it has asked for.
///
/// # Errors
///
/// `EINVAL` when the payload is too short, `ENOSYS` when the transport cannot, `ENODEV` when there is
/// no such host; what the transport says.
pub(super) fn update_path(call: &Call<'_>, host: u32) -> Result {
    let _turn = turn::of_transport(call.registered);
    let transport = call.registered.transport();
    let path = payload::path(call.payload).map_err(refused)?;
    transport.require(Operation::SetPath)?;
    let host = turn::find_host(call.registered, host, "set path could not")?;
    transport.set_path(&host, path.as_bytes())
}

/// Sets parameters of network interfaces.
///
/// # Errors
///
/// `ENOSYS` when the transport cannot, `ENODEV` when there is no such host; what the transport says.
pub(super) fn set_iface_params(call: Call<'_>, host: u32) -> Result {
    let _turn = turn::of_transport(call.registered);
    let transport = call.registered.transport();
    transport.require(Operation::SetIfaceParams)?;
    let host = turn::find_host(call.registered, host, "set_iface_params could not")?;
    transport.set_iface_params(&host, call.payload)
}

/// Has a host send an ICMP echo request.
///
/// # Errors
///
/// `EINVAL` when the address is none, `ENOSYS` when the transport cannot, `ENODEV` when there is no
/// such host; what the transport says.
pub(super) fn ping(
    call: &Call<'_>,
    host: u32,
    iface: (u32, u32),
    payload_len: u32,
    id: u32,
) -> Result {
    let _turn = turn::of_transport(call.registered);
    let transport = call.registered.transport();
    // Of a transport that cannot ping, user space is to hear just that.
    payload::address_fits(call.payload).map_err(refused)?;
    transport.require(Operation::Ping)?;
    let host = turn::find_host(call.registered, host, "iscsi_ping could not")?;
    let mut address = address(call)?;
    transport.ping(&host, iface, payload_len, id, &mut address)
}

/// Sets a record of a host's CHAP table.
///
/// # Errors
///
/// As for [`set_iface_params`].
pub(super) fn set_chap(call: Call<'_>, host: u32) -> Result {
    let _turn = turn::of_transport(call.registered);
    let transport = call.registered.transport();
    transport.require(Operation::SetChap)?;
    let host = turn::find_host(call.registered, host, "iscsi_set_chap could not")?;
    transport.set_chap(&host, call.payload)
}

/// Deletes a record of a host's CHAP table.
///
/// # Errors
///
/// As for [`set_iface_params`].
pub(super) fn delete_chap(call: &Call<'_>, host: u32, index: u16) -> Result {
    let _turn = turn::of_transport(call.registered);
    let transport = call.registered.transport();
    transport.require(Operation::DeleteChap)?;
    let host = turn::find_host(call.registered, host, "iscsi_delete_chap could not")?;
    transport.delete_chap(&host, index)
}
