// SPDX-License-Identifier: GPL-2.0

//! The SCSI mid-layer.

mod cmnd;
mod device;

pub use cmnd::{
    Cdb,
    Cmnd,
    HostByte,
    SENSE_MAX_LEN, //
};
pub use device::{
    Device,
    DeviceIter, //
};
