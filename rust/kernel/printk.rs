// SPDX-License-Identifier: GPL-2.0

//! Messages that a peer can cause.
//!
//! C header: [`include/linux/dev_printk.h`](srctree/include/linux/dev_printk.h)

use core::fmt;
use iscsi_bindings as bindings;
use kernel::device::Device;

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
