// SPDX-License-Identifier: GPL-2.0

//! Endpoints: connections to targets that a transport makes itself.

use super::{
    refused,
    turn,
    Call, //
};
use crate::endpoint;
use iscsi_abi::class::{
    ops::{
        Address,
        Operation, //
    },
    Host, //
};
use iscsi_proto::netlink::payload;
use kernel::prelude::*;

/// Connects to a target.
///
/// # Errors
///
/// `EINVAL` when the address is none or the transport has no endpoints; what the transport says.
pub(super) fn connect(call: Call<'_>, non_blocking: bool) -> Result {
    let _turn = turn::of_transport(call.registered);
    let address = address(&call)?;
    call.registered.transport().require(Operation::Connect)?;
    make(call, None, address, non_blocking)
}

/// Connects to a target through a host.
///
/// # Errors
///
/// As for [`connect`]; `ENODEV` when there is no such host.
pub(super) fn connect_through(call: Call<'_>, host: u32, non_blocking: bool) -> Result {
    let _turn = turn::of_transport(call.registered);
    payload::address_fits(call.payload).map_err(refused)?;
    call.registered.transport().require(Operation::Connect)?;
    let host = turn::find_host(call.registered, host, "ep connect failed. Could not")?;
    let address = address(&call)?;
    make(call, Some(&host), address, non_blocking)
}

fn make(call: Call<'_>, host: Option<&Host>, mut address: Address, non_blocking: bool) -> Result {
    let transport = call.registered.transport();
    let endpoint = transport.connect(host, &mut address, non_blocking)?;
    call.reply.set_endpoint(endpoint.id().into());
    Ok(())
}

/// The address that a payload is.
///
/// # Errors
///
/// `EINVAL` when it is too short, or of a family that no transport has to expect.
pub(super) fn address(call: &Call<'_>) -> Result<Address> {
    let address = payload::address(call.payload).map_err(refused)?;
    Ok(Address::new(address.as_bytes()))
}

/// Tells whether an endpoint is connected.
///
/// # Errors
///
/// `EINVAL` when there is no such endpoint, or the transport has none.
pub(super) fn poll(call: Call<'_>, handle: u64, timeout_ms: i32) -> Result {
    let _turn = turn::of_transport(call.registered);
    let transport = call.registered.transport();
    transport.require(Operation::Poll)?;
    let endpoint = turn::find_endpoint(call.registered, handle).ok_or(EINVAL)?;
    call.reply
        .set_retcode(transport.poll(&endpoint, timeout_ms)?);
    Ok(())
}

/// Disconnects from a target.
///
/// # Errors
///
/// As for [`poll`].
pub(super) fn disconnect(call: &Call<'_>, handle: u64) -> Result {
    let _turn = turn::of_transport(call.registered);
    let transport = call.registered.transport();
    transport.require(Operation::Disconnect)?;
    let endpoint = endpoint::find_any(handle)
        .filter(|endpoint| endpoint.belongs_to(transport))
        .ok_or(EINVAL)?;
    endpoint::disconnect_for_user(transport, &endpoint);
    Ok(())
}
