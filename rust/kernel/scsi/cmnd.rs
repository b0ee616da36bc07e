// SPDX-License-Identifier: GPL-2.0

//! SCSI commands.
//!
//! C header: [`include/scsi/scsi_cmnd.h`](srctree/include/scsi/scsi_cmnd.h)

use crate::scatterlist::Scatterlist;
use iscsi_bindings as bindings;
use kernel::types::Opaque;

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

    #[inline]
    fn direction(&self) -> bindings::dma_data_direction {
        // SAFETY: Valid by the type invariants, and unchanged while the driver owns the command.
        unsafe { (*self.0.get()).sc_data_direction }
    }

    /// Whether the command has data from the device.
    #[inline]
    pub fn is_read(&self) -> bool {
        self.direction() == bindings::dma_data_direction::DMA_FROM_DEVICE
    }

    /// Whether the command has data to the device.
    #[inline]
    pub fn is_write(&self) -> bool {
        self.direction() == bindings::dma_data_direction::DMA_TO_DEVICE
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
