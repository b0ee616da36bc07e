// SPDX-License-Identifier: GPL-2.0

//! Requests that programs send to a device by `/dev/bsg`.
//!
//! C header: [`include/linux/bsg-lib.h`](srctree/include/linux/bsg-lib.h)

use crate::{
    compat,
    device, //
};
use core::{
    ptr::NonNull,
    slice, //
};
use iscsi_bindings as bindings;
use kernel::{
    device::Device,
    error::from_err_ptr,
    ffi::{
        c_int,
        c_uint, //
    },
    prelude::*,
    str::CStrExt, //
};

/// What a queue calls with each request, in process context. It takes the request over and returns 0.
pub type Run = unsafe extern "C" fn(*mut bindings::bsg_job) -> c_int;

/// Sets up a queue: from now on programs find `/dev/bsg/NAME`, and `run` is called with what they
/// send.
///
/// # Errors
///
/// `ENOMEM`, or what the system says.
///
/// # Safety
///
/// `run` must be safe to call with jobs of the queue. The queue must be removed before the device is.
pub unsafe fn setup_queue(
    dev: &Device,
    name: &CStr,
    limits: &mut bindings::queue_limits,
    run: Run,
    reply_len: c_uint,
) -> Result<NonNull<bindings::request_queue>> {
    // SAFETY: The device is valid, the name is copied, and the function fits by the requirements of
    // this function.
    let queue = unsafe {
        compat::bsg_setup_queue(
            device::as_raw(dev),
            name.as_char_ptr(),
            limits,
            Some(run),
            None,
            0,
            reply_len,
        )
    };
    NonNull::new(from_err_ptr(queue)?).ok_or(ENOMEM)
}

/// Removes a queue, if there is one, after its last request is completed. May sleep.
///
/// # Safety
///
/// `queue` must come from [`setup_queue`], and nobody use it any more.
#[inline]
pub unsafe fn remove_queue(queue: Option<NonNull<bindings::request_queue>>) {
    let queue = queue.map_or(core::ptr::null_mut(), NonNull::as_ptr);
    // SAFETY: By the requirements of this function; null is no queue.
    unsafe { bindings::bsg_remove_queue(queue) };
}

/// A request that has to be completed.
///
/// Wraps the kernel's [`struct bsg_job`].
///
/// # Invariants
///
/// The C object is valid and was not completed, and nobody else completes it. Its request and its
/// reply are as long as it says.
///
/// [`struct bsg_job`]: srctree/include/linux/bsg-lib.h
#[must_use = "a program waits for it"]
pub struct Job(NonNull<bindings::bsg_job>);

impl Job {
    /// Takes a job over.
    ///
    /// # Safety
    ///
    /// `ptr` must point to a job that a queue has just started, or that [`Job::into_raw`] returned and
    /// nobody has completed since.
    #[inline]
    pub unsafe fn from_raw(ptr: NonNull<bindings::bsg_job>) -> Self {
        // INVARIANT: By the requirements of this function.
        Self(ptr)
    }

    /// Hands the job over.
    #[inline]
    pub fn into_raw(self) -> NonNull<bindings::bsg_job> {
        self.0
    }

    /// The device that the request is for.
    #[inline]
    pub fn device(&self) -> &Device {
        // SAFETY: The job has a reference to the device.
        unsafe { Device::from_raw((*self.0.as_ptr()).dev) }
    }

    /// What the program has sent: a copy that it cannot change.
    #[inline]
    pub fn request(&self) -> &[u8] {
        // SAFETY: By the type invariants.
        unsafe {
            let job = self.0.as_ptr();
            slice::from_raw_parts((*job).request.cast(), (*job).request_len as usize)
        }
    }

    /// The room for the reply.
    #[inline]
    pub fn reply(&mut self) -> &mut [u8] {
        // SAFETY: By the type invariants.
        unsafe {
            let job = self.0.as_ptr();
            slice::from_raw_parts_mut((*job).reply.cast(), (*job).reply_len as usize)
        }
    }

    /// Completes the job: the program gets `result`, and the first `reply_len` bytes of the reply.
    /// They are fewer if there is no room for so many.
    #[inline]
    pub fn complete(self, result: c_int, reply_len: c_uint) {
        let job = self.0.as_ptr();
        // SAFETY: By the type invariants. The job is not used any more after the second call.
        unsafe {
            (*job).reply_len = reply_len.min((*job).reply_len);
            bindings::bsg_job_done(job, result, 0);
        }
    }
}
