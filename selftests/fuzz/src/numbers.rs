// SPDX-License-Identifier: GPL-2.0

//! States that have a number which other modules or user space know them by.

/// A number stands for a state if it is listed, and is the number of that state.
pub(crate) fn check<State>(
    raw: i32,
    listed: &[i32],
    from_raw: fn(i32) -> Option<State>,
    as_raw: fn(State) -> i32,
) {
    let found = from_raw(raw).map(as_raw);
    assert_eq!(found, listed.contains(&raw).then_some(raw));
}

/// The state of a number that is listed.
pub(crate) fn state<State>(raw: i32, from_raw: fn(i32) -> Option<State>) -> State {
    from_raw(raw).expect("it is listed")
}
