// SPDX-License-Identifier: GPL-2.0

//! What MODE SENSE answers (SPC-4, sections 6.11 and 7.5; SBC-3, section 6.5).

/// Caching.
const CACHING: u8 = 0x08;
/// Control.
const CONTROL: u8 = 0x0a;
/// All pages.
const ALL: u8 = 0x3f;
/// DPOFUA: FUA is understood.
const DEVICE_SPECIFIC: u8 = 0x10;
/// Saved values, which there are none of.
const SAVED: u8 = 3;
/// Changeable values: nothing can be changed.
const CHANGEABLE: u8 = 1;

/// The answer to MODE SENSE (6); [`None`] if there is no such page.
pub(crate) fn sense_6(page: u8, control: u8) -> Option<Vec<u8>> {
    let pages = pages(page, control)?;
    let length = u8::try_from(pages.len() + 3).ok()?;
    Some([&[length, 0, DEVICE_SPECIFIC, 0][..], &pages].concat())
}

/// The answer to MODE SENSE (10); [`None`] if there is no such page.
pub(crate) fn sense_10(page: u8, control: u8) -> Option<Vec<u8>> {
    let pages = pages(page, control)?;
    let [high, low] = u16::try_from(pages.len() + 6).ok()?.to_be_bytes();
    Some([&[high, low, 0, DEVICE_SPECIFIC, 0, 0, 0, 0][..], &pages].concat())
}

/// The pages that are asked for.
fn pages(page: u8, control: u8) -> Option<Vec<u8>> {
    if control == SAVED {
        return None;
    }
    let (mut caching, mut queueing) = ([0; 20], [0; 12]);
    // WCE: writes may be cached. QUEUE ALGORITHM MODIFIER: commands may be reordered.
    for (data, head) in [
        (&mut caching[..], [CACHING, 18, 0x04, 0]),
        (&mut queueing[..], [CONTROL, 10, 0, 0x10]),
    ] {
        let keep = if control == CHANGEABLE { 2 } else { 4 };
        for (place, byte) in data.iter_mut().zip(head).take(keep) {
            *place = byte;
        }
    }
    match page {
        CACHING => Some(caching.to_vec()),
        CONTROL => Some(queueing.to_vec()),
        ALL => Some([&caching[..], &queueing].concat()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_count_what_follows() {
        for page in [CACHING, CONTROL, ALL] {
            let short = sense_6(page, 0).unwrap();
            assert_eq!(usize::from(short[0]), short.len() - 1);
            let long = sense_10(page, 0).unwrap();
            assert_eq!(usize::from(long[1]), long.len() - 2);
            assert_eq!(short[4..], long[8..]);
        }
        assert_eq!(sense_6(0x1c, 0), None);
        assert_eq!(sense_6(CACHING, SAVED), None);
    }

    #[test]
    fn pages_have_the_length_they_say() {
        let all = pages(ALL, 0).unwrap();
        assert_eq!((all[0], usize::from(all[1])), (CACHING, 18));
        assert_eq!((all[20], usize::from(all[21])), (CONTROL, 10));
        assert_eq!(all.len(), 32);
        assert_eq!(pages(CACHING, CHANGEABLE).unwrap()[2], 0);
    }
}
