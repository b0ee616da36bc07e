// SPDX-License-Identifier: GPL-2.0

//! What the protocol code has to stand: for each part of `rust/proto` a function that takes any bytes, gives them to
//! that part as what a peer or user space sent, or as a story of what happens to a session, and panics if it does not
//! do what a second, simpler reading of RFC 7143 or of the C headers says.
//!
//! The functions know nothing of who calls them. `cargo test` gives them their seeds and some noise;
//! `fuzz-guided` is called by libFuzzer, which prefers bytes that lead into new code.

#![forbid(unsafe_code)]

mod ahs;
mod answer;
mod class;
mod command;
mod command_count;
mod connection;
mod data_in;
mod data_out;
mod frame;
mod headers;
mod input;
mod netlink;
mod netlink_event;
mod netlink_payload;
mod numbers;
mod param;
mod pdus;
mod ping;
mod r2t;
mod receive;
mod recovery_timeout;
mod reject;
mod serial;
mod session;
mod status;
mod stream;
mod tag;
mod task;
mod task_management;
mod timeout;
mod transmit;
mod window;

/// One part of the protocol code, and what it has to stand.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name to call it by.
    pub name: &'static str,
    /// Gives any bytes to it. Panics if it does wrong.
    pub run: fn(&[u8]),
    /// Bytes that lead to its rarer places.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// Lists the modules that are targets: each has a function `run` and a function `seeds`.
macro_rules! targets {
    ($($name:ident,)+) => {
        &[$(Target {
            name: stringify!($name),
            run: $name::run,
            seeds: $name::seeds,
        },)+]
    };
}

/// All targets.
pub const TARGETS: &[Target] = targets! {
    ahs,
    answer,
    class,
    command,
    command_count,
    connection,
    data_in,
    data_out,
    frame,
    headers,
    netlink,
    netlink_event,
    netlink_payload,
    param,
    pdus,
    ping,
    r2t,
    receive,
    recovery_timeout,
    reject,
    serial,
    session,
    status,
    stream,
    tag,
    task,
    task_management,
    timeout,
    transmit,
    window,
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The longest seed that is still easy to look at.
    const SEED_MAX_LEN: usize = 400;

    #[test]
    fn every_seed_passes() {
        for target in TARGETS {
            let seeds = (target.seeds)();
            assert!(!seeds.is_empty(), "{} has no seeds", target.name);
            for seed in seeds {
                assert!(seed.len() <= SEED_MAX_LEN, "{}: a long seed", target.name);
                (target.run)(&seed);
            }
        }
    }

    #[test]
    fn nothing_at_all_passes() {
        for target in TARGETS {
            (target.run)(&[]);
        }
    }

    proptest! {
        #[test]
        fn noise_passes(noise in proptest::collection::vec(any::<u8>(), 0..600)) {
            for target in TARGETS {
                (target.run)(&noise);
            }
        }

        /// A seed that is damaged in a few places leads further than noise.
        #[test]
        fn damaged_seeds_pass(
            seed in any::<proptest::sample::Index>(),
            damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
        ) {
            for target in TARGETS {
                let seeds = (target.seeds)();
                let mut bytes = seed.get(&seeds).clone();
                for (place, byte) in &damage {
                    if !bytes.is_empty() {
                        *place.get_mut(&mut bytes) = *byte;
                    }
                }
                (target.run)(&bytes);
            }
        }
    }
}
