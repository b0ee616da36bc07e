// SPDX-License-Identifier: GPL-2.0

//! The SCSI mid-layer.

mod cmnd;
mod device;

pub use cmnd::Cmnd;
pub use device::{
    Device,
    DeviceIter, //
};
