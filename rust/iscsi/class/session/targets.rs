// SPDX-License-Identifier: GPL-2.0

//! What sessions have in the mid-layer.

use super::Session;
use iscsi_bindings as bindings;

/// What becomes of devices that took no commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum DevicesState {
    /// They take commands again.
    Running = bindings::scsi_device_state_SDEV_RUNNING,
    /// They fail commands.
    Offline = bindings::scsi_device_state_SDEV_TRANSPORT_OFFLINE,
}

/// Why devices are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ScanMode {
    /// What is known may have changed.
    Rescan = bindings::scsi_scan_mode_SCSI_SCAN_RESCAN,
    /// User space asks for it.
    Manual = bindings::scsi_scan_mode_SCSI_SCAN_MANUAL,
}

impl Session {
    /// Has the session's devices take no commands, and waits for those that are being queued.
    #[inline]
    pub fn block_devices(&self) {
        // SAFETY: Host and device are valid as long as the session.
        unsafe {
            let dev = &raw mut (*self.as_raw()).dev;
            bindings::scsi_block_targets(self.host().as_raw(), dev);
        }
    }

    /// Has the session's devices take commands again, if they did not, or fail them.
    #[inline]
    pub fn unblock_devices(&self, state: DevicesState) {
        // SAFETY: The device is valid as long as the session.
        unsafe { bindings::scsi_target_unblock(&raw mut (*self.as_raw()).dev, state as u32) };
    }

    /// Removes the session's target with its devices. May sleep.
    #[inline]
    pub fn remove_target(&self) {
        // SAFETY: The device is valid as long as the session; its parent is the host.
        unsafe { bindings::scsi_remove_target(&raw mut (*self.as_raw()).dev) };
    }

    /// Looks for devices of the session's target. May sleep.
    #[inline]
    pub fn scan_target(&self, id: u32, lun: u64, mode: ScanMode) {
        // SAFETY: The device is valid as long as the session; its parent is the host.
        unsafe {
            bindings::scsi_scan_target(&raw mut (*self.as_raw()).dev, 0, id, lun, mode as u32);
        }
    }
}
