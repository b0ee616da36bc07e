// SPDX-License-Identifier: GPL-2.0

//! Statistics of a connection, as netlink reports them.
//!
//! C header: [`include/scsi/iscsi_if.h`](srctree/include/scsi/iscsi_if.h)

use core::marker::PhantomData;
use iscsi_bindings as bindings;
use kernel::{
    ffi::c_char,
    prelude::*, //
};

/// Counters that a transport reports beside the ones every transport has.
const CUSTOM_MAX: usize = bindings::ISCSI_STATS_CUSTOM_MAX as usize;

/// The answer to a request for statistics, being written.
///
/// Wraps the kernel's [`struct iscsi_stats`].
///
/// # Invariants
///
/// The pointer is valid for `'a`, with room for `CUSTOM_MAX` custom counters behind it, of which the
/// first `custom_length` are written. The others are not initialised.
///
/// [`struct iscsi_stats`]: srctree/include/scsi/iscsi_if.h
pub struct Stats<'a>(*mut bindings::iscsi_stats, PhantomData<&'a mut ()>);

impl Stats<'_> {
    /// Borrows a C struct.
    ///
    /// # Safety
    ///
    /// `ptr` must be zeroed, with room for `ISCSI_STATS_CUSTOM_MAX` custom counters behind it, which
    /// need not be, and used by nobody else for the lifetime of the result.
    #[inline]
    pub(crate) unsafe fn from_raw(ptr: *mut bindings::iscsi_stats) -> Self {
        // INVARIANT: By the requirements of this function.
        Self(ptr, PhantomData)
    }

    /// The C representation.
    #[inline]
    pub(crate) fn as_raw(&self) -> *mut bindings::iscsi_stats {
        self.0
    }

    /// Adds a custom counter. Names are cut at 63 bytes.
    ///
    /// # Errors
    ///
    /// `ENOSPC` when there are 32 already.
    pub fn push_custom(&mut self, name: &CStr, value: u64) -> Result {
        // SAFETY: Valid by the type invariants.
        let used = unsafe { (*self.0).custom_length };
        if used as usize >= CUSTOM_MAX {
            return Err(ENOSPC);
        }
        // SAFETY: By the type invariants there is room for one more behind those used. All of it goes to
        // user space, so all of it is written.
        let slot = unsafe {
            let slot = (&raw mut (*self.0).custom)
                .cast::<bindings::iscsi_stats_custom>()
                .add(used as usize);
            slot.write_bytes(0, 1);
            &mut *slot
        };
        // The last byte stays zero.
        if let Some((_, text)) = slot.desc.split_last_mut() {
            let name = name.to_bytes_with_nul().iter();
            for (to, from) in text.iter_mut().zip(name.take_while(|byte| **byte != 0)) {
                *to = *from as c_char;
            }
        }
        slot.value = value;
        // INVARIANT: One more is written. SAFETY: Valid by the type invariants.
        unsafe { (*self.0).custom_length = used.wrapping_add(1) };
        Ok(())
    }
}

/// Moves a counter of a connection on by one.
///
/// # Safety
///
/// `counter` must be valid, and nobody else write to it meanwhile. It may be read at any time.
#[inline]
pub(crate) unsafe fn count_one(counter: *mut u32) {
    // SAFETY: By the requirements of this function.
    unsafe { counter.write_volatile(counter.read_volatile().wrapping_add(1)) };
}

/// Counts bytes that were sent or received.
///
/// # Safety
///
/// As for [`count_one`].
#[inline]
pub(crate) unsafe fn count_octets(counter: *mut u64, octets: u64) {
    // SAFETY: By the requirements of this function.
    unsafe { counter.write_volatile(counter.read_volatile().wrapping_add(octets)) };
}

/// Fills in the counters that libiscsi and libiscsi_tcp keep of a connection.
///
/// # Safety
///
/// Both must be valid. The counters may change meanwhile: each is read on its own.
pub unsafe fn fill(conn: *const bindings::iscsi_conn, stats: *mut bindings::iscsi_stats) {
    macro_rules! copy {
        ($($type:ty: $($to:ident = $from:ident)*;)+) => {
            // SAFETY: By the requirements of this function.
            unsafe { $($((*stats).$to = (&raw const (*conn).$from).read_volatile() as $type;)*)+ }
        };
    }
    copy! {
        u64:
            txdata_octets = txdata_octets
            rxdata_octets = rxdata_octets;
        u32:
            scsicmd_pdus = scsicmd_pdus_cnt
            dataout_pdus = dataout_pdus_cnt
            scsirsp_pdus = scsirsp_pdus_cnt
            datain_pdus = datain_pdus_cnt
            r2t_pdus = r2t_pdus_cnt
            tmfcmd_pdus = tmfcmd_pdus_cnt
            tmfrsp_pdus = tmfrsp_pdus_cnt;
    }
}
