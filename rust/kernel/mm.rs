// SPDX-License-Identifier: GPL-2.0

//! Allocation scopes of the current task.
//!
//! C header: [`include/linux/sched/mm.h`](srctree/include/linux/sched/mm.h)

use iscsi_bindings as bindings;
use kernel::{
    ffi::c_uint,
    types::NotThreadSafe, //
};

/// Declares a scope: what enters it, and what leaves it again.
macro_rules! scope {
    ($(#[$meta:meta])* $name:ident: $save:ident, $restore:ident) => {
        $(#[$meta])*
        #[must_use = "the scope ends as soon as this is dropped"]
        pub struct $name {
            outer: c_uint,
            _not_send: NotThreadSafe,
        }

        impl $name {
            /// Enters the scope.
            #[inline]
            #[expect(
                clippy::new_without_default,
                reason = "a default would hide that allocations change"
            )]
            pub fn new() -> Self {
                Self {
                    // SAFETY: Changes flags of the current task alone; `drop` restores them.
                    outer: unsafe { bindings::$save() },
                    _not_send: NotThreadSafe,
                }
            }
        }

        impl Drop for $name {
            #[inline]
            fn drop(&mut self) {
                // SAFETY: `outer` is what `new` got for this very task: the type is not `Send`.
                unsafe { bindings::$restore(self.outer) };
            }
        }
    };
}

scope! {
    /// While a value of this type lives, allocations of the current task do not reclaim memory and may
    /// use the reserves.
    ///
    /// For a path that must make progress for memory to be freed at all, such as sending a write to a
    /// swap device.
    NoReclaim: memalloc_noreclaim_save, memalloc_noreclaim_restore
}

scope! {
    /// While a value of this type lives, allocations of the current task start no I/O.
    ///
    /// For a path that restores access to storage: an allocation that waits for a write to that storage
    /// would wait for ever.
    NoIo: memalloc_noio_save, memalloc_noio_restore
}
