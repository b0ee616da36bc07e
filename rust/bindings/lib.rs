// SPDX-License-Identifier: GPL-2.0

//! Bindings to the C headers that `kernel::bindings` does not cover.
//!
//! Everything `kernel::bindings` has is re-exported, so that a `struct device` or a `spinlock_t`
//! inside a SCSI or iSCSI struct is the very type the `kernel` crate works with. The rest is
//! generated from the target kernel's own headers: layouts differ between kernels and flavours.
//!
//! No logic lives here. Drivers do not use this crate, but for the signatures in their `ffi.rs`:
//! `iscsi_kernel` and `iscsi_abi` do.

#![allow(
    clippy::all,
    missing_docs,
    non_camel_case_types,
    non_upper_case_globals,
    non_snake_case,
    improper_ctypes,
    unreachable_pub,
    unsafe_op_in_unsafe_fn
)]

#[allow(
    dead_code,
    unknown_lints, // The next one is newer than the oldest supported compiler.
    unnecessary_transmutes,
    clippy::as_underscore,
    clippy::cast_lossless,
    clippy::ptr_as_ptr,
    clippy::ptr_cast_constness,
    clippy::ref_as_ptr,
    clippy::undocumented_unsafe_blocks
)]
mod bindings_raw {
    use kernel::ffi;
    use pin_init::MaybeZeroable;

    pub use super::bindings_helper::*;
    pub use kernel::bindings::*;

    include!(concat!(
        env!("ISCSI_OBJTREE"),
        "/rust/bindings/bindings_generated.rs"
    ));
}

/// The shims of `rust/helpers/`, under the names of the C functions they stand for.
#[allow(dead_code)]
mod bindings_helper {
    use super::bindings_raw::*;
    use kernel::ffi;

    include!(concat!(
        env!("ISCSI_OBJTREE"),
        "/rust/bindings/helpers_generated.rs"
    ));
}

pub use bindings_raw::*;
