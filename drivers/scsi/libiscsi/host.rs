// SPDX-License-Identifier: GPL-2.0

//! SCSI hosts: from the transport to the mid-layer and back.

use iscsi_abi::libiscsi::{
    host::{
        HostRemoval,
        IscsiHost,
        NewHost, //
    },
    target::Target, //
};
use iscsi_kernel::wait::flush_signals_if_pending;
use iscsi_proto::command_count::{
    scsi_commands,
    Adjustment,
    TooFew,
    DEFAULT_TASKS,
    MAX_TASKS,
    MIN_TASKS, //
};
use kernel::{
    device::Device,
    prelude::*, //
};

/// The queue depth of a logical unit, when neither transport nor user space says one.
const DEFAULT_COMMANDS_PER_LUN: u8 = 32;

/// Makes a host known to the mid-layer.
///
/// # Errors
///
/// What the mid-layer says.
pub(crate) fn add(mut new: NewHost<'_>, parent: Option<&Device>) -> Result {
    let host = new.host();
    if host.can_queue() == 0 {
        new.set_can_queue(DEFAULT_TASKS);
    }
    if host.commands_per_lun() == 0 {
        new.set_commands_per_lun(DEFAULT_COMMANDS_PER_LUN);
    }
    new.register(parent)
}

/// Takes a host from the mid-layer, after its sessions are gone: user space ends them, or nobody does
/// any more because the machine is shut down.
pub(crate) fn remove(host: HostRemoval<'_>, is_shutdown: bool) {
    if is_shutdown {
        host.destroy_sessions();
    } else {
        host.fail_sessions();
    }
    host.wait_for_sessions();
    flush_signals_if_pending();
    host.finish();
}

/// How many SCSI commands a session of `requested` tasks takes at a time.
///
/// # Errors
///
/// `EINVAL` when that is none.
pub(crate) fn max_scsi_commands(host: &IscsiHost, requested: u16) -> Result<u16> {
    let limit = match host.can_queue() {
        0 => None,
        // More than a session can have is no limit, and what is negative no number of commands.
        limit => Some(u16::try_from(limit.max(0)).unwrap_or(u16::MAX)),
    };
    scsi_commands(requested, limit, |adjustment| match adjustment {
        Adjustment::Maximum => {
            pr_info!("{requested} commands are more than a session can have: using {MAX_TASKS}\n");
        }
        Adjustment::PowerOfTwo(power) => {
            pr_info!("a session has a power of two of commands: using {power}, not {requested}\n");
        }
        Adjustment::Host(limit) => {
            pr_info!("{requested} commands are more than the host takes: using {limit}\n");
        }
    })
    .map_err(|TooFew(tasks)| {
        pr_err!("{tasks} commands are too few for a session: ask for {MIN_TASKS} at least\n");
        EINVAL
    })
}

/// Keeps the mid-layer from giving a target more commands than its session has tasks for.
pub(crate) fn limit_target(target: &Target) {
    target.limit_commands(target.session_commands());
}
