// SPDX-License-Identifier: GPL-2.0

//! CRC32C, by the kernel's fastest code for this CPU.
//!
//! C header: [`include/linux/crc32.h`](srctree/include/linux/crc32.h)

use iscsi_bindings as bindings;

/// Feeds `bytes` to the CRC32C register `register` and returns its new value.
///
/// No inversion takes place at either end: start with the seed of the protocol, and finish as it
/// says.
#[inline]
pub fn update(register: u32, bytes: &[u8]) -> u32 {
    // SAFETY: The pointer and the length are those of a valid slice.
    unsafe { bindings::crc32c(register, bytes.as_ptr().cast(), bytes.len()) }
}
