// SPDX-License-Identifier: GPL-2.0

//! The addresses of the ends of a connection, as user space reads them.

use core::net::IpAddr;
use iscsi_abi::param::{
    HostParam,
    Param, //
};
use iscsi_kernel::{
    net::SocketAddress,
    sysfs::AttributePage, //
};
use kernel::{
    ffi::c_int,
    prelude::*, //
};

/// Prints the part of an address that a parameter names. Returns the number of characters.
///
/// IPv6 addresses are printed in full, as user space has always seen them.
///
/// # Errors
///
/// `EINVAL` for an address that is neither IPv4 nor IPv6, and for any other parameter.
pub(crate) fn print(
    address: &SocketAddress,
    param: Param,
    page: &AttributePage<'_>,
) -> Result<c_int> {
    let (ip, port) = address.ip().ok_or(EINVAL)?;
    match param {
        Param::CONN_PORT | Param::LOCAL_PORT => Ok(page.print(format_args!("{port}\n"))),
        _ if is_address(param) => Ok(print_ip(ip, page)),
        _ => Err(EINVAL),
    }
}

/// Transports ask for the address of a host by the number that it has among the parameters of hosts.
fn is_address(param: Param) -> bool {
    param == Param::CONN_ADDRESS || param.as_raw() == HostParam::IP_ADDRESS.as_raw()
}

fn print_ip(ip: IpAddr, page: &AttributePage<'_>) -> c_int {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, d] = ip.octets();
            page.print(format_args!("{a}.{b}.{c}.{d}\n"))
        }
        IpAddr::V6(ip) => {
            let [a, b, c, d, e, f, g, h] = ip.segments();
            page.print(format_args!(
                "{a:04x}:{b:04x}:{c:04x}:{d:04x}:{e:04x}:{f:04x}:{g:04x}:{h:04x}\n"
            ))
        }
    }
}
