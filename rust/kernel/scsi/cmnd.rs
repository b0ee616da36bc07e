// SPDX-License-Identifier: GPL-2.0

//! SCSI commands.
//!
//! C header: [`include/scsi/scsi_cmnd.h`](srctree/include/scsi/scsi_cmnd.h)

use crate::{
    compat::dma_data_direction,
    scatterlist::Scatterlist, //
};
use iscsi_bindings as bindings;
use kernel::{
    ffi::{
        c_int,
        c_ushort, //
    },
    time::Jiffies,
    types::Opaque, //
};

/// A SCSI command that the mid-layer has given to a driver and not got back yet.
///
/// Wraps the kernel's [`struct scsi_cmnd`].
///
/// # Invariants
///
/// The command is valid and its data stays mapped for as long as the reference lives.
///
/// [`struct scsi_cmnd`]: srctree/include/scsi/scsi_cmnd.h
#[repr(transparent)]
pub struct Cmnd(Opaque<bindings::scsi_cmnd>);

impl Cmnd {
    /// Borrows a C command.
    ///
    /// # Safety
    ///
    /// `ptr` must point to a command that the driver owns for `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *mut bindings::scsi_cmnd) -> &'a Self {
        // SAFETY: Valid for `'a` by the requirements of this function.
        // CAST: `Self` is a transparent wrapper.
        unsafe { &*ptr.cast() }
    }

    /// The C representation.
    #[inline]
    pub fn as_raw(&self) -> *mut bindings::scsi_cmnd {
        self.0.get()
    }

    #[inline]
    fn direction(&self) -> bindings::dma_data_direction {
        // SAFETY: Valid by the type invariants, and unchanged while the driver owns the command.
        unsafe { (*self.0.get()).sc_data_direction }
    }

    /// Whether the command has data from the device.
    #[inline]
    pub fn is_read(&self) -> bool {
        self.direction() == dma_data_direction::DMA_FROM_DEVICE
    }

    /// Whether the command has data to the device.
    #[inline]
    pub fn is_write(&self) -> bool {
        self.direction() == dma_data_direction::DMA_TO_DEVICE
    }

    /// The length of the data, in bytes.
    #[inline]
    pub fn data_len(&self) -> u32 {
        // SAFETY: Valid by the type invariants, and unchanged while the driver owns the command.
        unsafe { (*self.0.get()).sdb.length }
    }

    /// The memory that data is sent from or received into.
    #[inline]
    pub fn data(&self) -> Scatterlist<'_> {
        let sc = self.0.get();
        // SAFETY: By the type invariants the table is valid and unchanged while the driver owns the
        // command.
        unsafe { Scatterlist::from_raw((*sc).sdb.table.sgl, (*sc).sdb.table.nents) }
    }
}

impl Cmnd {
    /// The length of what is transferred, in bytes: the data, and protection information with it.
    #[inline]
    pub fn transfer_len(&self) -> u32 {
        // SAFETY: Valid by the type invariants.
        unsafe { bindings::scsi_transfer_length(self.as_raw()) }
    }

    /// Whether protection information (T10 PI) is made, checked or passed on by the transport.
    #[inline]
    pub fn is_protected(&self) -> bool {
        // SAFETY: Valid by the type invariants.
        unsafe { bindings::scsi_is_protected(self.as_raw()) }
    }

    /// The command descriptor block.
    #[inline]
    pub fn cdb(&self) -> Cdb {
        // SAFETY: Valid by the type invariants, and unchanged while the driver owns the command.
        unsafe {
            Cdb {
                bytes: (*self.as_raw()).cmnd,
                len: (*self.as_raw()).cmd_len,
            }
        }
    }

    /// The logical unit that the command is for.
    #[inline]
    pub fn lun(&self) -> u64 {
        // SAFETY: Valid by the type invariants, and its device as long as it is.
        unsafe { (*(*self.as_raw()).device).lun }
    }

    /// When the command was allocated, in jiffies: the order in which commands came.
    #[inline]
    pub fn allocated_at(&self) -> Jiffies {
        // SAFETY: Valid by the type invariants.
        unsafe { (*self.as_raw()).jiffies_at_alloc }
    }

    /// Whether the mid-layer has no other command for the host at hand. If it has, it either hands
    /// that over next or calls `commit_rqs` of the host template, if there is one.
    #[inline]
    pub fn is_last_of_batch(&self) -> bool {
        // SAFETY: Valid by the type invariants, and unchanged while the driver owns the command.
        let flags = unsafe { (*self.as_raw()).flags };
        flags as u32 & bindings::SCMD_LAST != 0
    }

    /// Sets what became of the command: a SCSI status.
    #[inline]
    pub fn set_result(&self, host: HostByte, status: u8) {
        self.set_raw_result((host as c_int) << 16 | c_int::from(status));
    }

    /// Sets what became of the command: a result of the mid-layer's own.
    #[inline]
    pub fn set_raw_result(&self, result: c_int) {
        // SAFETY: Valid by the type invariants; who owns the command writes its result.
        unsafe { (*self.as_raw()).result = result };
    }

    #[inline]
    fn result(&self) -> u32 {
        // SAFETY: Valid by the type invariants; who owns the command writes its result.
        (unsafe { (*self.as_raw()).result }) as u32
    }

    /// Whether the command has got a status from the device, and the transport has nothing to say
    /// ([`HostByte::Ok`]).
    #[inline]
    pub fn was_answered(&self) -> bool {
        self.result() >> 16 == HostByte::Ok as u32
    }

    /// Whether the status of the command is GOOD (SAM-5, section 5.3.1).
    #[inline]
    pub fn has_good_status(&self) -> bool {
        const STATUS: u32 = 0xff;
        self.result() & STATUS == bindings::sam_status_SAM_STAT_GOOD
    }

    /// How many bytes of the data were not transferred.
    #[inline]
    pub fn residual(&self) -> u32 {
        // SAFETY: Valid by the type invariants; who owns the command writes the field.
        unsafe { (*self.as_raw()).resid_len }
    }

    /// Sets how many bytes of the data were not transferred.
    #[inline]
    pub fn set_residual(&self, residual: u32) {
        // SAFETY: Valid by the type invariants.
        unsafe { bindings::scsi_set_resid(self.as_raw(), residual) };
    }

    /// Notes that nothing was transferred.
    #[inline]
    pub fn set_nothing_transferred(&self) {
        self.set_residual(self.data_len());
    }

    /// Stores sense data, as much of it as there is room for.
    #[inline]
    pub fn set_sense(&self, sense: &[u8]) {
        let len = sense.len().min(SENSE_MAX_LEN);
        // SAFETY: Valid by the type invariants; the buffer has `SENSE_MAX_LEN` bytes, and who owns the
        // command writes to it.
        unsafe {
            core::ptr::copy_nonoverlapping(sense.as_ptr(), (*self.as_raw()).sense_buffer, len);
        }
    }

    /// Fails the command with sense data that names a block.
    #[inline]
    pub fn fail_with_sense(&self, key: u8, asc: u8, ascq: u8, information: u64) {
        // SAFETY: Valid by the type invariants; the buffer has `SENSE_MAX_LEN` bytes.
        unsafe {
            bindings::scsi_build_sense(self.as_raw(), 1, key, asc, ascq);
            bindings::scsi_set_sense_information(
                (*self.as_raw()).sense_buffer,
                SENSE_MAX_LEN as c_int,
                information,
            );
        }
    }

    /// Gives the command back to the mid-layer.
    ///
    /// # Safety
    ///
    /// The caller must own the command, and use it no more.
    #[inline]
    pub unsafe fn done(&self) {
        // SAFETY: By the requirements of this function.
        unsafe { bindings::scsi_done(self.as_raw()) };
    }
}

/// The longest command descriptor block, in bytes (`struct scsi_cmnd`).
const CDB_MAX_LEN: usize = 32;

/// A copy of a command descriptor block.
pub struct Cdb {
    bytes: [u8; CDB_MAX_LEN],
    len: c_ushort,
}

impl core::ops::Deref for Cdb {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.bytes
            .get(..usize::from(self.len))
            .unwrap_or(&self.bytes)
    }
}

/// The room for sense data, in bytes.
pub const SENSE_MAX_LEN: usize = bindings::SCSI_SENSE_BUFFERSIZE as usize;

/// What a transport has to say about a command, apart from its SCSI status: `enum scsi_host_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum HostByte {
    /// Nothing.
    Ok = bindings::scsi_host_status_DID_OK,
    /// There is no way to the device.
    NoConnect = bindings::scsi_host_status_DID_NO_CONNECT,
    /// The device does not say a consistent thing.
    BadTarget = bindings::scsi_host_status_DID_BAD_TARGET,
    /// The command was aborted.
    Abort = bindings::scsi_host_status_DID_ABORT,
    /// The device could not do it.
    Error = bindings::scsi_host_status_DID_ERROR,
    /// Try again at once, without counting that as a try.
    ImmediateRetry = bindings::scsi_host_status_DID_IMM_RETRY,
    /// Put the command back into its queue.
    Requeue = bindings::scsi_host_status_DID_REQUEUE,
    /// The way to the device broke down; it may come back.
    TransportDisrupted = bindings::scsi_host_status_DID_TRANSPORT_DISRUPTED,
    /// The way to the device is given up: try another.
    TransportFailFast = bindings::scsi_host_status_DID_TRANSPORT_FAILFAST,
}
