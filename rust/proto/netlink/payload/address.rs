// SPDX-License-Identifier: GPL-2.0

//! Addresses of targets.

use super::Refusal;

/// The length of an IPv4 address with its port (`struct sockaddr_in`), and of any address without
/// its end (`struct sockaddr`).
const IPV4_ADDRESS_LEN: usize = 16;

/// The length of an IPv6 address with its port (`struct sockaddr_in6`).
pub const ADDRESS_MAX_LEN: usize = 28;

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Family {
    /// IPv4 (`AF_INET`).
    Ipv4 = 2,
    /// IPv6 (`AF_INET6`).
    Ipv6 = 10,
}

impl Family {
    /// The family with this number, or [`None`] if it is another one than these.
    #[inline]
    pub const fn from_number(number: u16) -> Option<Self> {
        match number {
            2 => Some(Self::Ipv4),
            10 => Some(Self::Ipv6),
            _ => None,
        }
    }

    /// Its number.
    #[inline]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The length of an address of this family.
    #[inline]
    pub const fn address_len(self) -> usize {
        match self {
            Self::Ipv4 => IPV4_ADDRESS_LEN,
            Self::Ipv6 => ADDRESS_MAX_LEN,
        }
    }
}

/// The address of a target, aligned so that C can read it.
///
/// # Invariants
///
/// The first two bytes are the number of `family`, and behind an address of that family all bytes
/// are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(8))]
pub struct Address {
    bytes: [u8; ADDRESS_MAX_LEN],
    family: Family,
}

impl Address {
    /// The address (`struct sockaddr_in` or `struct sockaddr_in6`), and zeros behind it.
    #[inline]
    pub const fn as_bytes(&self) -> &[u8; ADDRESS_MAX_LEN] {
        &self.bytes
    }

    /// What it is for.
    #[inline]
    pub const fn family(&self) -> Family {
        self.family
    }
}

/// Checks whether `payload` is long enough for an address, of whatever family.
///
/// # Errors
///
/// It is too short to be an address of any family.
pub const fn address_fits(payload: &[u8]) -> Result<(), Refusal> {
    if payload.len() < IPV4_ADDRESS_LEN {
        return Err(Refusal::AddressLen {
            len: payload.len(),
            expected: IPV4_ADDRESS_LEN,
        });
    }
    Ok(())
}

/// The address at the beginning of `payload`.
///
/// # Errors
///
/// It is too short to be an address of any family or of its own, or it is of a family that no
/// driver has to expect.
pub fn address(payload: &[u8]) -> Result<Address, Refusal> {
    let len = payload.len();
    let too_short = |expected| Refusal::AddressLen { len, expected };
    let Some([first, second, ..]) = payload.first_chunk::<IPV4_ADDRESS_LEN>() else {
        return Err(too_short(IPV4_ADDRESS_LEN));
    };
    let number = u16::from_ne_bytes([*first, *second]);
    let Some(family) = Family::from_number(number) else {
        return Err(Refusal::AddressFamily { family: number });
    };
    let expected = family.address_len();
    let Some(address) = payload.get(..expected) else {
        return Err(too_short(expected));
    };
    let mut bytes = [0; ADDRESS_MAX_LEN];
    for (to, from) in bytes.iter_mut().zip(address) {
        *to = *from;
    }
    // INVARIANT: Only the bytes of the address were written, the first two of which are `number`.
    Ok(Address { bytes, family })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An address of `family` with `len` bytes.
    fn bytes_of_address(family: u16, len: usize) -> Vec<u8> {
        let mut bytes = vec![0xaa; len];
        for (byte, value) in bytes.iter_mut().zip(family.to_ne_bytes()) {
            *byte = value;
        }
        bytes
    }

    #[test]
    fn an_address_has_the_length_of_its_family() {
        for (number, family, len) in [(2, Family::Ipv4, 16), (10, Family::Ipv6, 28)] {
            assert_eq!(Family::from_number(number), Some(family));
            assert_eq!(family.number(), number);
            for size in 0..40 {
                let found = address(&bytes_of_address(number, size));
                assert_eq!(
                    address_fits(&bytes_of_address(number, size)).is_ok(),
                    size >= 16
                );
                if size < len {
                    let expected = if size < 16 { 16 } else { len };
                    let refusal = Refusal::AddressLen {
                        len: size,
                        expected,
                    };
                    assert_eq!(found, Err(refusal));
                    continue;
                }
                let found = found.unwrap();
                assert_eq!(found.family(), family);
                let mut expected = bytes_of_address(number, len);
                expected.resize(28, 0);
                assert_eq!(found.as_bytes()[..], expected);
                assert_eq!(found.as_bytes().as_ptr() as usize % 8, 0);
            }
        }
    }

    #[test]
    fn other_families_are_refused() {
        for number in 0..=u16::MAX {
            if Family::from_number(number).is_none() {
                let refusal = Refusal::AddressFamily { family: number };
                assert_eq!(address(&bytes_of_address(number, 128)), Err(refusal));
            }
        }
    }

    proptest! {
        /// Whatever comes, an address is the beginning of it.
        #[test]
        fn any_address_may_come(
            family in prop_oneof![any::<u16>(), Just(2), Just(10)],
            rest in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let payload = [&family.to_ne_bytes()[..], &rest].concat();
            match address(&payload) {
                Ok(address) => {
                    let len = address.family().address_len();
                    prop_assert_eq!(address.family().number(), family);
                    prop_assert_eq!(&address.as_bytes()[..len], &payload[..len]);
                    prop_assert!(address.as_bytes()[len..].iter().all(|byte| *byte == 0));
                }
                Err(_) => {
                    let len = Family::from_number(family).map_or(usize::MAX, Family::address_len);
                    prop_assert!(payload.len() < len);
                }
            }
        }
    }
}
