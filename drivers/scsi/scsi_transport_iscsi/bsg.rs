// SPDX-License-Identifier: GPL-2.0

//! Requests that programs send to an adapter by `/dev/bsg/iscsi_hostN`.

use iscsi_abi::class::{
    Host,
    HostJob, //
};
use iscsi_kernel::compat::code::{
    EBADR,
    ENOMSG, //
};
use kernel::prelude::*;

/// The one message that there is: for the driver of the host.
const VENDOR_MESSAGE: u32 = 0x8000_00ff;

/// Says so when a host could not be set up for requests: all else works without.
pub(crate) fn report_setup(host: &Host, result: Result) {
    if result.is_err() {
        dev_err!(
            host.as_dev(),
            "bsg interface failed to initialize - no request queue\n"
        );
    }
}

/// Hands a request to the driver of its host, if it is one for it.
pub(crate) fn dispatch(job: HostJob) {
    let refused = match check(&job) {
        Ok(()) => job.submit(),
        Err(error) => Err((job, error.to_errno())),
    };
    if let Err((job, result)) = refused {
        job.fail(result);
    }
}

/// Checks whether a request is for the driver of its host.
///
/// # Errors
///
/// `ENOMSG` when the request ends too early, `EBADR` when it is no message that there is, `ESRCH` when
/// it is for somebody else.
fn check(job: &HostJob) -> Result {
    let (message, rest) = job.request().split_first_chunk().ok_or(ENOMSG)?;
    if u32::from_ne_bytes(*message) != VENDOR_MESSAGE {
        return Err(EBADR);
    }
    let expected = job.host().vendor_id().ok_or(ESRCH)?;
    let vendor = rest.first_chunk().ok_or(ENOMSG)?;
    if u64::from_ne_bytes(*vendor) != expected {
        return Err(ESRCH);
    }
    Ok(())
}
