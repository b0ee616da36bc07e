// SPDX-License-Identifier: GPL-2.0

//! Hosts.

use super::{
    super::{
        Host,
        Transport, //
    },
    done,
    Address, //
};
use core::mem::MaybeUninit;
use iscsi_bindings as bindings;
use iscsi_kernel::compat::code::ENOSYS;
use iscsi_proto::netlink::payload::{
    Text,
    CHAP_ENTRY_LEN,
    PATH_LEN, //
};
use kernel::{
    ffi::c_int,
    prelude::*, //
};

/// The length of a host's statistics.
pub const HOST_STATS_LEN: usize = size_of::<bindings::iscsi_offload_host_stats>();

impl Transport {
    /// Has a host discover targets.
    ///
    /// # Errors
    ///
    /// What the transport says; `EINVAL` when it cannot.
    pub fn discover_targets(
        &self,
        host: &Host,
        kind: u32,
        enable: u32,
        address: &mut Address,
    ) -> Result {
        let discover = self.table().tgt_dscvr.ok_or(EINVAL)?;
        // SAFETY: The host is valid, the address as long as any.
        done(unsafe { discover(host.as_raw(), kind, enable, address.as_raw()) })
    }

    /// Sets a parameter of a host.
    ///
    /// # Errors
    ///
    /// What the transport says; `ENOSYS` when it cannot.
    pub fn set_host_param(&self, host: &Host, param: u32, text: Text<'_>) -> Result {
        let set = self.table().set_host_param.ok_or(ENOSYS)?;
        let len = c_int::try_from(text.declared_len()).map_err(|_| EINVAL)?;
        let text = text.into_payload().as_mut_ptr().cast();
        // SAFETY: The host is valid, and the text ends, by the invariants of its type.
        done(unsafe { set(host.as_raw(), param, text, len) })
    }

    /// Tells a host the way to a target.
    ///
    /// # Errors
    ///
    /// What the transport says; `ENOSYS` when it cannot.
    pub fn set_path(&self, host: &Host, path: &[u8; PATH_LEN]) -> Result {
        let set = self.table().set_path.ok_or(ENOSYS)?;
        // A copy, for messages are less aligned than the struct.
        let mut aligned = MaybeUninit::<bindings::iscsi_path>::uninit();
        // SAFETY: Both are as long as the struct.
        unsafe {
            aligned
                .as_mut_ptr()
                .cast::<u8>()
                .copy_from_nonoverlapping(path.as_ptr(), PATH_LEN);
        }
        // SAFETY: The host is valid, and so is the copy.
        done(unsafe { set(host.as_raw(), aligned.as_mut_ptr()) })
    }

    /// Sets parameters of a host's network interfaces: netlink attributes, which the transport checks.
    ///
    /// # Errors
    ///
    /// What the transport says; `ENOSYS` when it cannot.
    pub fn set_iface_params(&self, host: &Host, attributes: &mut [u8]) -> Result {
        let set = self.table().set_iface_param.ok_or(ENOSYS)?;
        let len = u32::try_from(attributes.len()).map_err(|_| EINVAL)?;
        // SAFETY: The host is valid, and there are as many bytes as the transport is told.
        done(unsafe { set(host.as_raw(), attributes.as_mut_ptr().cast(), len) })
    }

    /// Has a host send an ICMP echo request. What becomes of it is an event of its own.
    ///
    /// # Errors
    ///
    /// What the transport says; `ENOSYS` when it cannot.
    pub fn ping(
        &self,
        host: &Host,
        (iface_number, iface_kind): (u32, u32),
        payload_len: u32,
        id: u32,
        address: &mut Address,
    ) -> Result {
        let ping = self.table().send_ping.ok_or(ENOSYS)?;
        // SAFETY: The host is valid, the address as long as any.
        done(unsafe {
            ping(
                host.as_raw(),
                iface_number,
                iface_kind,
                payload_len,
                id,
                address.as_raw(),
            )
        })
    }

    /// Writes records of a host's CHAP table to `records`, from the one with number `first` on.
    /// `count` says how many at most, and then how many there are.
    ///
    /// # Errors
    ///
    /// What the transport says; `EINVAL` when it cannot, or there is no room for as many.
    pub fn get_chap(&self, host: &Host, first: u16, count: &mut u32, records: &mut [u8]) -> Result {
        let get = self.table().get_chap.ok_or(EINVAL)?;
        let needed = CHAP_ENTRY_LEN.checked_mul(*count as usize).ok_or(EINVAL)?;
        if records.len() < needed {
            return Err(EINVAL);
        }
        // SAFETY: The host is valid, and there is room for as many records as the transport is told.
        done(unsafe { get(host.as_raw(), first, count, records.as_mut_ptr().cast()) })
    }

    /// Sets a record of a host's CHAP table: netlink attributes, which the transport checks.
    ///
    /// # Errors
    ///
    /// What the transport says; `ENOSYS` when it cannot.
    pub fn set_chap(&self, host: &Host, attributes: &mut [u8]) -> Result {
        let set = self.table().set_chap.ok_or(ENOSYS)?;
        let len = c_int::try_from(attributes.len()).map_err(|_| EINVAL)?;
        // SAFETY: The host is valid, and there are as many bytes as the transport is told.
        done(unsafe { set(host.as_raw(), attributes.as_mut_ptr().cast(), len) })
    }

    /// Deletes a record of a host's CHAP table.
    ///
    /// # Errors
    ///
    /// What the transport says; `ENOSYS` when it cannot.
    pub fn delete_chap(&self, host: &Host, number: u16) -> Result {
        let delete = self.table().delete_chap.ok_or(ENOSYS)?;
        // SAFETY: The host is valid.
        done(unsafe { delete(host.as_raw(), number) })
    }

    /// Writes the statistics of a host to `stats`, which must be zero.
    ///
    /// # Errors
    ///
    /// What the transport says; `ENOSYS` when it cannot.
    pub fn get_host_stats(&self, host: &Host, stats: &mut [u8; HOST_STATS_LEN]) -> Result {
        let get = self.table().get_host_stats.ok_or(ENOSYS)?;
        let len = HOST_STATS_LEN as c_int;
        // SAFETY: The host is valid, and there is as much room as the transport is told.
        done(unsafe { get(host.as_raw(), stats.as_mut_ptr().cast(), len) })
    }
}
