// SPDX-License-Identifier: GPL-2.0

//! Task tags: who a PDU is about (RFC 7143, sections 11.2.1.8 and 11.7.4).
//!
//! An Initiator Task Tag is for its maker alone to read. In ours, as in the Linux stack since its
//! beginning, a number in host byte order holds a task's index in its session in bits 0 to 12 and
//! the session's age, which grows with each recovery, in bits 28 to 31.
//!
//! Whatever comes from the wire is an [`InitiatorTaskTag`], and may be forged. The one way from
//! there to an index is [`InitiatorTaskTag::verify`], so no peer can name a task that is not there.
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::tag::{InitiatorTaskTag, Itt, TagError};
//!
//! let tag = InitiatorTaskTag::from(Itt::new(5, 1).unwrap());
//! assert_eq!(tag.verify(1, 128), Ok(Some(5)));
//! assert_eq!(tag.verify(2, 128), Err(TagError::Age));
//! assert_eq!(tag.verify(1, 5), Err(TagError::Index));
//! assert_eq!(InitiatorTaskTag::RESERVED.verify(1, 128), Ok(None));
//! ```

use zerocopy_derive::{
    FromBytes,
    Immutable,
    IntoBytes,
    KnownLayout,
    Unaligned, //
};

/// Why a tag is none that this session gave to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagError {
    /// Bits are set that are clear in every tag of ours.
    Forged,
    /// It was made at another age of the session.
    Age,
    /// The session has no task of that index.
    Index,
}

/// A tag that names a task of ours: index and age.
///
/// # Invariants
///
/// No bits besides those of index and age are set. So it is never the reserved tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Itt(u32);

impl Itt {
    /// The bits of the index.
    pub const INDEX_MASK: u32 = 0x1fff;
    /// The bits of the age, once they are shifted down.
    pub const AGE_MASK: u32 = 0xf;
    const AGE_SHIFT: u32 = 28;

    /// The tag of the task with index `index` at age `age`, of which the last four bits count; or
    /// [`None`] if the index has more than 13 bits.
    #[inline]
    pub const fn new(index: u32, age: u32) -> Option<Self> {
        if index > Self::INDEX_MASK {
            return None;
        }
        // INVARIANT: The index has 13 bits, and the shift leaves four of the age.
        Some(Self(index | ((age & Self::AGE_MASK) << Self::AGE_SHIFT)))
    }

    /// The task's index in its session.
    #[inline]
    pub const fn index(self) -> u16 {
        // 13 bits.
        (self.0 & Self::INDEX_MASK) as u16
    }

    /// The last four bits of the session's age.
    #[inline]
    pub const fn age(self) -> u32 {
        self.0 >> Self::AGE_SHIFT
    }
}

/// Declares a tag as it is on the wire: four bytes, of which one value is reserved.
macro_rules! wire_tag {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(
            Clone,
            Copy,
            Debug,
            PartialEq,
            Eq,
            Hash,
            FromBytes,
            Immutable,
            IntoBytes,
            KnownLayout,
            Unaligned,
        )]
        #[repr(transparent)]
        pub struct $name([u8; 4]);

        impl $name {
            /// No tag: 0xffffffff.
            pub const RESERVED: Self = Self([0xff; 4]);

            /// The tag of these bytes of a header.
            #[inline]
            pub const fn from_bytes(bytes: [u8; 4]) -> Self {
                Self(bytes)
            }

            /// The bytes as they go into a header.
            #[inline]
            pub const fn to_bytes(self) -> [u8; 4] {
                self.0
            }

            /// Whether this is the reserved tag, which names nothing.
            #[inline]
            pub const fn is_reserved(self) -> bool {
                matches!(self.0, [0xff, 0xff, 0xff, 0xff])
            }
        }

        impl Default for $name {
            /// The reserved tag.
            fn default() -> Self {
                Self::RESERVED
            }
        }
    };
}

wire_tag! {
    /// An Initiator Task Tag as it is on the wire (RFC 7143, section 11.2.1.8), not verified.
    InitiatorTaskTag
}

wire_tag! {
    /// A Target Transfer Tag as it is on the wire (RFC 7143, sections 11.7.4 and 11.8.5): for the
    /// initiator, bytes to send back.
    TargetTransferTag
}

impl InitiatorTaskTag {
    /// The index of the task that this tag names in a session of age `session_age` with
    /// `cmds_max` tasks, or [`None`] for the reserved tag.
    ///
    /// That the task exists says neither that it is in use nor what kind of task it is: that is
    /// for its owner to check.
    ///
    /// # Errors
    ///
    /// The tag names no task. Bits between index and age are always clear in a tag of ours, and a
    /// target has to send back what it got: with any of them set it is [`TagError::Forged`].
    #[inline]
    pub const fn verify(self, session_age: u32, cmds_max: u32) -> Result<Option<u16>, TagError> {
        if self.is_reserved() {
            return Ok(None);
        }
        let raw = u32::from_ne_bytes(self.0);
        if raw & !(Itt::INDEX_MASK | (Itt::AGE_MASK << Itt::AGE_SHIFT)) != 0 {
            return Err(TagError::Forged);
        }
        // INVARIANT: All other bits are clear.
        let itt = Itt(raw);
        if itt.age() != session_age & Itt::AGE_MASK {
            return Err(TagError::Age);
        }
        if itt.index() as u32 >= cmds_max {
            return Err(TagError::Index);
        }
        Ok(Some(itt.index()))
    }
}

impl From<Itt> for InitiatorTaskTag {
    #[inline]
    fn from(itt: Itt) -> Self {
        Self(itt.0.to_ne_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn raw(tag: u32) -> InitiatorTaskTag {
        InitiatorTaskTag::from_bytes(tag.to_ne_bytes())
    }

    #[test]
    fn index_and_age_share_a_number_in_host_order() {
        let itt = Itt::new(0x123, 0x1a).unwrap();
        assert_eq!((itt.index(), itt.age()), (0x123, 0xa));
        assert_eq!(
            InitiatorTaskTag::from(itt).to_bytes(),
            0xa000_0123u32.to_ne_bytes()
        );
        assert_eq!(Itt::new(0x2000, 0), None);
        assert!(Itt::new(0x1fff, 0).is_some());
    }

    #[test]
    fn reserved_tags_name_nothing() {
        assert_eq!(InitiatorTaskTag::default(), InitiatorTaskTag::RESERVED);
        assert_eq!(InitiatorTaskTag::RESERVED.to_bytes(), [0xff; 4]);
        assert_eq!(InitiatorTaskTag::RESERVED.verify(0xf, u32::MAX), Ok(None));
        assert!(TargetTransferTag::default().is_reserved());
        assert!(!TargetTransferTag::from_bytes([0xff, 0xff, 0xff, 0xfe]).is_reserved());
        assert_eq!(
            TargetTransferTag::from_bytes([1, 2, 3, 4]).to_bytes(),
            [1, 2, 3, 4]
        );
    }

    #[test]
    fn a_tag_with_bits_we_never_set_is_refused() {
        for bit in 13..28 {
            assert_eq!(raw(5 | (1 << bit)).verify(0, 128), Err(TagError::Forged));
        }
        assert_eq!(raw(5).verify(0, 128), Ok(Some(5)));
    }

    #[test]
    fn an_index_is_below_the_number_of_tasks() {
        assert_eq!(raw(127).verify(0, 128), Ok(Some(127)));
        assert_eq!(raw(128).verify(0, 128), Err(TagError::Index));
        assert_eq!(raw(0).verify(0, 0), Err(TagError::Index));
    }

    #[test]
    fn the_age_counts_with_four_bits() {
        assert_eq!(raw(0xf000_0000).verify(0x2f, 1), Ok(Some(0)));
        assert_eq!(raw(0xf000_0000).verify(0x20, 1), Err(TagError::Age));
    }

    proptest! {
        /// What we make is what we verify.
        #[test]
        fn own_tags_are_verified(index in 0..=Itt::INDEX_MASK, age: u32) {
            let tag = InitiatorTaskTag::from(Itt::new(index, age).unwrap());
            prop_assert!(!tag.is_reserved());
            prop_assert_eq!(tag.verify(age, 0x2000), Ok(Some(index as u16)));
        }

        /// A verified index is always one of the session's, and its tag the only one for it.
        #[test]
        fn no_other_tag_is(bytes: [u8; 4], age: u32, cmds_max: u32) {
            let tag = InitiatorTaskTag::from_bytes(bytes);
            if let Ok(Some(index)) = tag.verify(age, cmds_max) {
                prop_assert!(u32::from(index) < cmds_max);
                prop_assert_eq!(InitiatorTaskTag::from(Itt::new(index.into(), age).unwrap()), tag);
            }
        }
    }
}
