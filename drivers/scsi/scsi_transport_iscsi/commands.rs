// SPDX-License-Identifier: GPL-2.0

//! The commands of user space, a file for each kind of thing that they name.
//!
//! What a command names may be gone, or be taken down meanwhile: it is looked up for each command,
//! which then has its turn ([`turn`]) and holds it as it is.
//!
//! - `turn`: which commands run at the same time, and which do not;
//! - `session`, `connection`, `endpoint`, `host`, `flashnode`: what they name;
//! - `param`: texts that set something;
//! - `stats`: counters, and other answers that go to everybody.

mod connection;
mod endpoint;
mod flashnode;
mod host;
mod param;
mod session;
mod stats;
mod turn;

use crate::debug;
use iscsi_abi::class::Registered;
use iscsi_kernel::{
    compat::code::ENOSYS,
    printk::{
        print,
        Level, //
    }, //
};
use iscsi_proto::netlink::{
    payload::Refusal,
    EventBuf,
    Request, //
};
use kernel::prelude::*;

/// What every command has.
pub(crate) struct Call<'a> {
    /// The transport that it is for, whose module is held.
    pub(crate) registered: &'a Registered,
    /// What came behind the event. Callbacks may write to it.
    pub(crate) payload: &'a mut [u8],
    /// What is sent back, to be told the outcome.
    pub(crate) reply: &'a mut EventBuf,
    /// The port of the sender.
    pub(crate) sender: u32,
}

/// Does what a command wants. May sleep.
///
/// # Errors
///
/// What the reply is to say. What a transport returns for some commands is no error, but part of the
/// reply.
pub(crate) fn run(request: &Request, call: Call<'_>) -> Result {
    match *request {
        Request::CreateSession {
            initial_cmd_sn,
            commands,
            queue_depth,
        } => session::create(call, (commands, queue_depth), initial_cmd_sn),
        Request::CreateBoundSession {
            endpoint,
            initial_cmd_sn,
            commands,
            queue_depth,
        } => session::create_on(call, endpoint, (commands, queue_depth), initial_cmd_sn),
        Request::DestroySession { sid } => session::destroy(&call, sid),
        Request::DestroySessionAsync { sid } => session::destroy_later(&call, sid),
        Request::UnbindSession { sid } => session::unbind(&call, sid),

        Request::CreateConnection { sid, cid } => connection::create(call, sid, cid),
        Request::DestroyConnection { sid, cid } => connection::destroy(&call, sid, cid),
        Request::BindConnection {
            sid,
            cid,
            endpoint,
            is_leading,
        } => connection::bind(call, (sid, cid), endpoint, is_leading),
        Request::StartConnection { sid, cid } => connection::start(call, (sid, cid)),
        Request::StopConnection { sid, cid, flag } => connection::stop(&call, (sid, cid), flag),
        Request::SendPdu {
            sid,
            cid,
            header_len,
            data_len,
        } => connection::send_pdu(call, (sid, cid), header_len, data_len),

        Request::SetParam {
            sid,
            cid,
            param,
            len,
        } => param::set(call, (sid, cid), param, len),
        Request::SetHostParam { host, param, len } => param::set_host(call, host, param, len),
        Request::GetParam => Err(ENOSYS),

        Request::ConnectEndpoint { non_blocking } => endpoint::connect(call, non_blocking),
        Request::ConnectEndpointThroughHost { host, non_blocking } => {
            endpoint::connect_through(call, host, non_blocking)
        }
        Request::PollEndpoint {
            endpoint,
            timeout_ms,
        } => endpoint::poll(call, endpoint, timeout_ms),
        Request::DisconnectEndpoint { endpoint } => endpoint::disconnect(&call, endpoint),

        Request::DiscoverTargets {
            host,
            method,
            enable,
        } => host::discover_targets(&call, host, method, enable),
        Request::UpdatePath { host } => host::update_path(&call, host),
        Request::SetIfaceParams { host } => host::set_iface_params(call, host),
        Request::Ping {
            host,
            iface_number,
            iface_type,
            payload_len,
            id,
        } => host::ping(&call, host, (iface_number, iface_type), payload_len, id),
        Request::SetChap { host } => host::set_chap(call, host),
        Request::DeleteChap { host, index } => host::delete_chap(&call, host, index),

        Request::NewFlashnode { host } => flashnode::create(call, host),
        Request::SetFlashnodeParams { host, index } => flashnode::set_params(call, host, index),
        Request::DeleteFlashnode { host, index } => flashnode::delete(&call, host, index),
        Request::LoginFlashnode { host, index } => flashnode::login(&call, host, index),
        Request::LogoutFlashnode { host, index } => flashnode::logout(&call, host, index),
        Request::LogoutFlashnodeSession { host, sid } => {
            flashnode::logout_session(&call, host, sid)
        }

        Request::GetStats { sid, cid } => stats::of_connection(&call, (sid, cid)),
        Request::GetHostStats { host } => stats::of_host(&call, host),
        Request::GetChap {
            host,
            entries,
            index,
        } => stats::chap(&call, host, entries, index),
    }
}

/// The error for a payload that is not what its command wants. Whoever debugs sessions sees why.
fn refused(refusal: Refusal) -> Error {
    if debug::session_to_log() {
        print(
            Level::Info,
            format_args!("iscsi: payload refused: {refusal}\n"),
        );
    }
    EINVAL
}
