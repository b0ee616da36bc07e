// SPDX-License-Identifier: GPL-2.0

//! The functions that C calls by name, as `<scsi/libiscsi.h>` declares them: raw to safe, one call,
//! back.
//!
//! `exports.c` exports them, and gives the parameters the types and modes that the C module's have.

mod command;
mod connection;
mod error_handler;
mod host;
mod params;
mod pdu;
mod pool;
mod session;
mod task;

use iscsi_abi::bindings;
use kernel::{
    error::{
        from_result,
        Result, //
    },
    ffi::{
        c_char,
        c_int, //
    },
    sync::atomic::Atomic, //
};

pub(crate) use params::texts;

/// `debug_libiscsi_conn`: whether debug messages about connections go to the log.
#[no_mangle]
pub(crate) static LIBISCSI_DEBUG_CONN: Atomic<i32> = Atomic::new(0);

/// `debug_libiscsi_session`: whether debug messages about sessions go to the log.
#[no_mangle]
pub(crate) static LIBISCSI_DEBUG_SESSION: Atomic<i32> = Atomic::new(0);

/// `debug_libiscsi_eh`: whether debug messages about error handling go to the log.
#[no_mangle]
pub(crate) static LIBISCSI_DEBUG_EH: Atomic<i32> = Atomic::new(0);

/// The text of a string, without its end.
///
/// # Safety
///
/// `text` must be a string that is valid, and not changed, for `'a`.
unsafe fn bytes<'a>(text: *const c_char) -> &'a [u8] {
    // SAFETY: By the requirements of this function.
    unsafe { core::slice::from_raw_parts(text.cast(), bindings::strlen(text)) }
}

/// 0 or a negative error code.
fn errno(result: Result) -> c_int {
    from_result(|| result.map(|()| 0))
}
