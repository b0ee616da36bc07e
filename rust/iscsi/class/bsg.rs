// SPDX-License-Identifier: GPL-2.0

//! Requests that programs send to an adapter by `/dev/bsg/iscsi_hostN`.

use super::Host;
use core::ptr::NonNull;
use iscsi_bindings as bindings;
use iscsi_kernel::{
    bsg::{
        self,
        Job,
        Run, //
    },
    compat::code::ENOSYS, //
};
use kernel::{
    ffi::{
        c_int,
        c_uint, //
    },
    prelude::*,
    static_lock_class,
    str::{
        CStrExt,
        CString, //
    }, //
};
use pin_init::zeroed;

/// The size of a program's buffer for replies, in bytes.
const REPLY_LEN: c_uint = bindings::SCSI_SENSE_BUFFERSIZE;

impl Host {
    /// Sets up what the class has on the host. If the transport takes requests of programs, `run` is
    /// called with each from now on.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, or what the system says: programs then cannot send requests. All else works.
    ///
    /// # Safety
    ///
    /// The host must be new, and nobody else know it. `run` must be safe to call with what is sent to
    /// hosts such as this. [`Host::remove_bsg_queue`] must be called before the host goes.
    #[inline]
    pub unsafe fn set_up_class_data(&self, run: Run) -> Result {
        let data = self.class_data();
        // SAFETY: The data is valid, and by the requirements of this function nobody uses it.
        unsafe {
            data.write_bytes(0, 1);
            bindings::__mutex_init(
                &raw mut (*data).mutex,
                c"iscsi_cls_host".as_char_ptr(),
                static_lock_class!().as_ptr(),
            );
        }
        if self.registered().transport().table().bsg_request.is_none() {
            return Ok(());
        }
        let name = CString::try_from_fmt(fmt!("iscsi_host{}", self.number()))?;
        let mut limits: bindings::queue_limits = zeroed();
        // SAFETY: The host is valid.
        unsafe { bindings::scsi_init_limits(self.as_raw(), &mut limits) };
        // SAFETY: By the requirements of this function.
        let queue = unsafe { bsg::setup_queue(self.as_dev(), &name, &mut limits, run, REPLY_LEN) }?;
        // SAFETY: As above.
        unsafe { (*data).bsg_q = queue.as_ptr() };
        Ok(())
    }

    /// Has programs send no more requests. May sleep.
    ///
    /// # Safety
    ///
    /// The host must be on its way out, and nobody else do this.
    pub unsafe fn remove_bsg_queue(&self) {
        // SAFETY: Nobody else uses the field, by the requirements of this function. There is null or
        // what `set_up_class_data()` has left.
        unsafe {
            let queue = core::mem::take(&mut *(&raw mut (*self.class_data()).bsg_q).cast());
            bsg::remove_queue(queue);
        }
    }

    /// What the driver says of the speed of its port: bits of `enum iscsi_port_speed`.
    #[inline]
    pub fn port_speed(&self) -> u32 {
        // SAFETY: The field is a word, valid as long as the host, which the driver writes any time.
        unsafe { (&raw const (*self.class_data()).port_speed).read_volatile() }
    }

    /// What the driver says of the state of its port: bits of `enum iscsi_port_state`.
    #[inline]
    pub fn port_state(&self) -> u32 {
        // SAFETY: As above.
        unsafe { (&raw const (*self.class_data()).port_state).read_volatile() }
    }

    /// The number of the vendor who says what requests mean, if there is one.
    #[inline]
    pub fn vendor_id(&self) -> Option<u64> {
        // SAFETY: The template outlives the host, and nobody changes it.
        let vendor = unsafe { (*(*self.as_raw()).hostt).vendor_id };
        (vendor != 0).then_some(vendor)
    }
}

/// A request for the driver of a host, which has to be completed.
///
/// # Invariants
///
/// The job is one of a queue of [`Host::set_up_class_data`].
#[must_use = "a program waits for it"]
pub struct HostJob(Job);

impl HostJob {
    /// Takes a job over.
    ///
    /// # Safety
    ///
    /// `ptr` must point to a job that a queue of [`Host::set_up_class_data`] has just started.
    #[inline]
    pub unsafe fn from_raw(ptr: NonNull<bindings::bsg_job>) -> Self {
        // SAFETY: By the requirements of this function.
        // INVARIANT: As well.
        Self(unsafe { Job::from_raw(ptr) })
    }

    /// The host that the request is for.
    #[inline]
    pub fn host(&self) -> &Host {
        let dev = iscsi_kernel::device::as_raw(self.0.device());
        // SAFETY: The device of the queue is that of a host, by the type invariants.
        unsafe { Host::from_device(dev) }
    }

    /// What the program has sent.
    #[inline]
    pub fn request(&self) -> &[u8] {
        self.0.request()
    }

    /// Hands the request to the driver, which completes it.
    ///
    /// # Errors
    ///
    /// The job, and the number that the driver refuses it with.
    pub fn submit(self) -> Result<(), (Self, c_int)> {
        let Some(request) = self.host().registered().transport().table().bsg_request else {
            return Err((self, ENOSYS.to_errno()));
        };
        let job = self.0.into_raw();
        // SAFETY: The job is valid and was not completed; the driver completes it if it returns 0.
        match unsafe { request(job.as_ptr()) } {
            0 => Ok(()),
            // SAFETY: The driver has not taken the job over.
            result => Err((Self(unsafe { Job::from_raw(job) }), result)),
        }
    }

    /// Completes the request without the driver: the program gets `result`, and nothing else.
    pub fn fail(mut self, result: c_int) {
        const RESULT_LEN: usize = size_of::<u32>();

        let mut reply_len = 0;
        let reply = self.0.reply();
        if let Some(room) = reply.first_chunk_mut::<RESULT_LEN>() {
            *room = result.to_ne_bytes();
            reply_len = RESULT_LEN as c_uint;
        }
        self.0.complete(result, reply_len);
    }
}
