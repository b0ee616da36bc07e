// SPDX-License-Identifier: GPL-2.0

//! Messages that a peer can cause, and messages without the name of the module in front.
//!
//! C headers: [`include/linux/dev_printk.h`](srctree/include/linux/dev_printk.h),
//! [`include/linux/printk.h`](srctree/include/linux/printk.h)

use core::fmt;
use iscsi_bindings as bindings;
use kernel::{
    device::Device,
    str::{
        CStr,
        CStrExt, //
    }, //
};

/// Logs an error of a device, unless a module has logged too many of them just before.
///
/// The message ends with a newline.
pub fn dev_err_ratelimited(dev: &Device, message: fmt::Arguments<'_>) {
    // CAST: `Device` is a transparent wrapper.
    let dev = core::ptr::from_ref(dev).cast();
    // SAFETY: The device is valid, and `%pA`, which the helper formats with, takes a pointer to
    // arguments.
    unsafe { bindings::dev_err_ratelimited(dev, (&raw const message).cast()) };
}

/// How important a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something went wrong.
    Error,
    /// Something may be wrong.
    Warning,
    /// Somebody may want to know.
    Notice,
    /// Worth a note.
    Info,
}

/// Logs a message just as it is. It ends with a newline.
pub fn print(level: Level, message: fmt::Arguments<'_>) {
    let format: &CStr = match level {
        Level::Error => c"\x013%pA",
        Level::Warning => c"\x014%pA",
        Level::Notice => c"\x015%pA",
        Level::Info => c"\x016%pA",
    };
    // SAFETY: `%pA` takes a pointer to arguments.
    unsafe { bindings::_printk(format.as_char_ptr(), &raw const message) };
}
