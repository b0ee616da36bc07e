// SPDX-License-Identifier: GPL-2.0

//! What differs between the kernels these modules are for.
//!
//! Each item is as the newest of them has it, and does on the others what comes closest. It goes with the last kernel
//! that needs it. Documentation/kernels.md lists all of them.

#[cfg(not(kernel_since_7_3))]
pub use before_7_3::*;
#[cfg(kernel_since_7_3)]
pub(crate) use iscsi_bindings::{
    bsg_setup_queue,
    dma_data_direction, //
};
#[cfg(kernel_since_7_3)]
pub use {
    kernel::{
        error::code,
        sync::{
            global_lock,
            SpinLockIrq,
            SpinLockIrqGuard, //
        }, //
    },
    pin_init::raw_init, //
};

/// The module of `$type`, which is its type as named to `module!`: a `&'static ThisModule`, in a constant as well.
///
/// # Examples
///
/// ```ignore
/// static COUNTERS: CountersPlace = CountersPlace::new(this_module!(Libiscsi));
/// ```
#[cfg(kernel_since_7_3)]
#[macro_export]
macro_rules! this_module {
    ($type:ty) => {
        ::kernel::module::this_module::<$type>()
    };
}

/// The module of `$type`, which is its type as named to `module!`: a `&'static ThisModule`, in a constant as well.
///
/// Before 7.3, `module!` gives it a name that is known in the module's own crate alone.
#[cfg(not(kernel_since_7_3))]
#[macro_export]
// The caller's crate is meant.
#[allow(clippy::crate_in_macro_def)]
macro_rules! this_module {
    ($type:ty) => {{
        // A type that does not exist must not be a mistake on some kernels only.
        const _: ::core::marker::PhantomData<$type> = ::core::marker::PhantomData;
        &crate::THIS_MODULE
    }};
}

/// The kernel's macro of that name, of which only the one since 7.3 knows `SpinLockIrq`.
#[cfg(not(kernel_since_7_3))]
#[macro_export]
macro_rules! global_lock {
    {
        $(#[$meta:meta])* $pub:vis
        unsafe(uninit) static $name:ident: SpinLockIrq<$item:ty> = $value:expr;
    } => {
        /// The type that stands for the lock of this name.
        #[allow(non_camel_case_types, unreachable_pub)]
        $pub enum $name {}

        impl ::kernel::sync::lock::GlobalLockBackend for $name {
            const NAME: &'static ::kernel::str::CStr = ::kernel::c_str!(::core::stringify!($name));
            type Item = $item;
            type Backend = $crate::compat::SpinLockIrqBackend;

            fn get_lock_class() -> ::core::pin::Pin<&'static ::kernel::sync::LockClassKey> {
                ::kernel::static_lock_class!()
            }
        }

        $(#[$meta])*
        $pub static $name: ::kernel::sync::lock::GlobalLock<$name> = {
            let value: $item = $value;

            // SAFETY: The caller of the macro promises to initialise the lock before use, and `$name` is the type of
            // this one alone.
            unsafe { ::kernel::sync::lock::GlobalLock::new(value) }
        };
    };
    { $($other:tt)* } => { ::kernel::sync::global_lock! { $($other)* } };
}

#[cfg(not(kernel_since_7_3))]
mod before_7_3 {
    use core::convert::Infallible;
    use iscsi_bindings as bindings;
    use kernel::{
        ffi::{
            c_char,
            c_int,
            c_uint,
            c_ulong, //
        },
        prelude::*,
        sync::lock::{
            Backend,
            Guard,
            Lock, //
        }, //
    };

    pub use crate::global_lock;

    /// A spinlock that is held with interrupts off. Guards must be dropped in reverse order, as each brings back what it
    /// found.
    pub type SpinLockIrq<T> = Lock<T, SpinLockIrqBackend>;

    /// Holds a [`SpinLockIrq`].
    pub type SpinLockIrqGuard<'a, T> = Guard<'a, T, SpinLockIrqBackend>;

    /// How a [`SpinLockIrq`] is locked.
    pub struct SpinLockIrqBackend;

    // SAFETY: The kernel's `spinlock_t` ensures mutual exclusion; `relock` is the default one.
    unsafe impl Backend for SpinLockIrqBackend {
        type State = bindings::spinlock_t;
        /// Whether interrupts were on.
        type GuardState = c_ulong;

        unsafe fn init(
            ptr: *mut Self::State,
            name: *const c_char,
            key: *mut bindings::lock_class_key,
        ) {
            // SAFETY: `ptr` is valid for writes, `name` and `key` forever, by the requirements of this function.
            unsafe { bindings::__spin_lock_init(ptr, name, key) }
        }

        unsafe fn lock(ptr: *mut Self::State) -> Self::GuardState {
            // SAFETY: `ptr` is valid and initialised by the requirements of this function.
            unsafe { bindings::spin_lock_irqsave(ptr) }
        }

        unsafe fn unlock(ptr: *mut Self::State, guard_state: &Self::GuardState) {
            // SAFETY: `ptr` is valid and the caller holds the lock by the requirements of this function; the state is
            // what it was locked with.
            unsafe { bindings::spin_unlock_irqrestore(ptr, *guard_state) }
        }

        unsafe fn try_lock(ptr: *mut Self::State) -> Option<Self::GuardState> {
            let mut state = 0;
            // SAFETY: `ptr` is valid and initialised by the requirements of this function.
            let is_locked = unsafe { bindings::spin_trylock_irqsave(ptr, &mut state) } != 0;
            is_locked.then_some(state)
        }

        unsafe fn assert_is_held(ptr: *mut Self::State) {
            // SAFETY: `ptr` is valid and initialised by the requirements of this function.
            unsafe { bindings::spin_assert_is_held(ptr) }
        }
    }

    /// Initialises what `slot` points to.
    ///
    /// # Safety
    ///
    /// `slot` must be valid for writes, and what it points to stay where it is until it is dropped.
    pub unsafe fn raw_init<T>(slot: *mut T, init: impl PinInit<T>) {
        // SAFETY: By the requirements of this function.
        let result: Result<(), Infallible> = unsafe { init.__pinned_init(slot) };
        match result {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }

    /// As the function of that name since 7.3; before, a reply has `SCSI_SENSE_BUFFERSIZE` bytes, whatever `_reply_len`
    /// is.
    ///
    /// # Safety
    ///
    /// As for the function of the kernel.
    pub(crate) unsafe fn bsg_setup_queue(
        dev: *mut bindings::device,
        name: *const c_char,
        limits: *mut bindings::queue_limits,
        run: bindings::bsg_job_fn,
        timeout: bindings::bsg_timeout_fn,
        private_len: c_int,
        _reply_len: c_uint,
    ) -> *mut bindings::request_queue {
        // SAFETY: The caller vouches for all of them.
        unsafe { bindings::bsg_setup_queue(dev, name, limits, run, timeout, private_len) }
    }

    /// The values of the enum, which is a type of its own since 7.3.
    pub(crate) mod dma_data_direction {
        pub(crate) use iscsi_bindings::{
            dma_data_direction_DMA_FROM_DEVICE as DMA_FROM_DEVICE,
            dma_data_direction_DMA_TO_DEVICE as DMA_TO_DEVICE, //
        };
    }

    /// Errors that the kernel crate has no names for yet.
    pub mod code {
        use core::{
            mem::transmute,
            num::NonZeroI32, //
        };
        use iscsi_bindings as bindings;
        use kernel::error::Error;

        const fn error(number: u32) -> Error {
            match NonZeroI32::new(-(number as i32)) {
                // SAFETY: An error is nothing but such a number, and this one is of `errno.h`. No function that makes
                // an error of a number can be called in a constant.
                Some(number) => unsafe { transmute::<NonZeroI32, Error>(number) },
                None => kernel::error::code::EINVAL,
            }
        }

        /// Invalid request descriptor.
        pub const EBADR: Error = error(bindings::EBADR);
        /// Connection refused.
        pub const ECONNREFUSED: Error = error(bindings::ECONNREFUSED);
        /// No data available.
        pub const ENODATA: Error = error(bindings::ENODATA);
        /// No message of desired type.
        pub const ENOMSG: Error = error(bindings::ENOMSG);
        /// Invalid system call number.
        pub const ENOSYS: Error = error(bindings::ENOSYS);
        /// Transport endpoint is not connected.
        pub const ENOTCONN: Error = error(bindings::ENOTCONN);
        /// Operation not supported on transport endpoint.
        pub const EOPNOTSUPP: Error = error(bindings::EOPNOTSUPP);
    }
}
