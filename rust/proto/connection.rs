// SPDX-License-Identifier: GPL-2.0

//! How far a connection has come, and why it was stopped.
//!
//! The numbers are those that the modules share by
//! [`include/scsi/libiscsi.h`](srctree/include/scsi/libiscsi.h) and, for user space,
//! [`include/scsi/iscsi_if.h`](srctree/include/scsi/iscsi_if.h).
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::connection::{next_age, ConnectionStage, StopStage};
//!
//! assert_eq!(ConnectionStage::from_raw(1), Some(ConnectionStage::Started));
//! assert_eq!(StopStage::Recover.as_raw(), 3);
//! assert_eq!(next_age(15), 0);
//! ```

use crate::{
    state::states,
    tag::Itt, //
};

states! {
    /// How far a connection has come (`ISCSI_CONN_*` of `libiscsi.h`, in `c_stage`).
    ConnectionStage {
        /// It was never started: its login goes on, or has yet to begin.
        Initial = 0,
        /// It is in full feature phase.
        Started = 1,
        /// It was stopped, and may be bound and started again.
        Stopped = 2,
        /// It is being torn down.
        CleanupWait = 3,
    }
}

states! {
    /// Why a connection was stopped (`STOP_CONN_*` of `iscsi_if.h`, in `stop_stage`).
    ///
    /// `STOP_CONN_SUSPEND`, which is 2, has never been used by anybody.
    StopStage {
        /// It was not, or it was started since.
        None = 0,
        /// For good: nobody is going to log in again.
        Terminate = 1,
        /// To log in again and go on.
        Recover = 3,
    }
}

/// The age of a session that was `age` before its connection recovered.
///
/// It tells the task tags of before from those of after ([`Itt`]), which keep four bits of it.
#[inline]
pub const fn next_age(age: u32) -> u32 {
    age.wrapping_add(1) & Itt::AGE_MASK
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_stage_has_its_number() {
        for (stage, raw) in [
            (ConnectionStage::Initial, 0),
            (ConnectionStage::Started, 1),
            (ConnectionStage::Stopped, 2),
            (ConnectionStage::CleanupWait, 3),
        ] {
            assert_eq!(stage.as_raw(), raw);
            assert_eq!(ConnectionStage::from_raw(raw), Some(stage));
        }
        for raw in [i32::MIN, -1, 4, 256, i32::MAX] {
            assert_eq!(ConnectionStage::from_raw(raw), None);
        }
    }

    #[test]
    fn each_reason_to_stop_has_its_number() {
        for (stage, raw) in [
            (StopStage::None, 0),
            (StopStage::Terminate, 1),
            (StopStage::Recover, 3),
        ] {
            assert_eq!(stage.as_raw(), raw);
            assert_eq!(StopStage::from_raw(raw), Some(stage));
        }
        for raw in [i32::MIN, -1, 2, 4, 256, i32::MAX] {
            assert_eq!(StopStage::from_raw(raw), None);
        }
    }

    #[test]
    fn age_returns_after_sixteen() {
        let mut age = 0;
        for expected in 1..16 {
            age = next_age(age);
            assert_eq!(age, expected);
        }
        assert_eq!(next_age(age), 0);
    }

    proptest! {
        /// Whatever it was, an age has four bits and tells tags of before from those of after.
        #[test]
        fn age_always_fits_a_tag(age: u32) {
            let next = next_age(age);
            prop_assert!(next <= Itt::AGE_MASK);
            prop_assert_eq!(next, (age & Itt::AGE_MASK).wrapping_add(1) % 16);
            prop_assert!(Itt::new(0, age) != Itt::new(0, next));
        }
    }
}
