// SPDX-License-Identifier: GPL-2.0

//! How many commands a session takes at a time.
//!
//! User space asks for a number of tasks, some of which are kept for what is no SCSI command: login,
//! NOP-Out, task management. The number of all is a power of two, so that an Initiator Task Tag has an
//! index of so many bits.
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::command_count::scsi_commands;
//!
//! assert_eq!(scsi_commands(128, None, |_| ()), Ok(113));
//! ```

/// Tasks of a session that are kept for management.
pub const MANAGEMENT_TASKS: u16 = 15;

/// The fewest tasks of a session: those for management, and one.
pub const MIN_TASKS: u16 = 16;

/// The most tasks of a session.
pub const MAX_TASKS: u16 = 4096;

/// How many tasks there are when user space asks for none.
pub const DEFAULT_TASKS: u16 = 128;

/// Why there are fewer tasks than user space asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjustment {
    /// There can be no more than [`MAX_TASKS`].
    Maximum,
    /// The number must be a power of two: it is this one now.
    PowerOfTwo(u16),
    /// The host takes no more than that many commands.
    Host(u16),
}

/// There are fewer than [`MIN_TASKS`]: that many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooFew(pub u16);

/// How many SCSI commands a session of `requested` tasks takes, on a host that takes `host_limit`
/// commands at a time, if that is known. Zero tasks stand for the default.
///
/// Every adjustment is told to `adjusted`.
///
/// # Errors
///
/// [`TooFew`] when no command would be left.
pub fn scsi_commands(
    requested: u16,
    host_limit: Option<u16>,
    mut adjusted: impl FnMut(Adjustment),
) -> Result<u16, TooFew> {
    let tasks = if requested == 0 {
        DEFAULT_TASKS
    } else {
        requested
    };
    let tasks = round(tasks, &mut adjusted)?;
    let commands = tasks.saturating_sub(MANAGEMENT_TASKS);
    match host_limit {
        // The limit is one of all tasks then, and these are fewer than it.
        Some(limit) if commands > limit => {
            adjusted(Adjustment::Host(limit));
            let tasks = round(limit, &mut adjusted)?;
            Ok(tasks.saturating_sub(MANAGEMENT_TASKS))
        }
        _ => Ok(commands),
    }
}

/// The largest number of tasks that is allowed and not above `tasks`.
fn round(mut tasks: u16, adjusted: &mut impl FnMut(Adjustment)) -> Result<u16, TooFew> {
    if tasks < MIN_TASKS {
        return Err(TooFew(tasks));
    }
    if tasks > MAX_TASKS {
        adjusted(Adjustment::Maximum);
        tasks = MAX_TASKS;
    }
    let Some(log2) = tasks.checked_ilog2() else {
        return Err(TooFew(tasks));
    };
    let power = 1u16.wrapping_shl(log2);
    if power != tasks {
        adjusted(Adjustment::PowerOfTwo(power));
    }
    Ok(power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn count(requested: u16, limit: Option<u16>) -> (Result<u16, TooFew>, Vec<Adjustment>) {
        let mut adjustments = Vec::new();
        let count = scsi_commands(requested, limit, |adjustment| adjustments.push(adjustment));
        (count, adjustments)
    }

    #[test]
    fn some_tasks_are_kept_for_management() {
        for (requested, commands) in [(0, 113), (16, 1), (32, 17), (128, 113), (4096, 4081)] {
            assert_eq!(count(requested, None), (Ok(commands), vec![]));
            assert_eq!(count(requested, Some(4096)), (Ok(commands), vec![]));
            assert_eq!(count(requested, Some(commands)), (Ok(commands), vec![]));
        }
    }

    #[test]
    fn the_number_is_rounded_down() {
        use Adjustment::*;

        for (requested, limit, commands, adjustments) in [
            (17, None, 1, vec![PowerOfTwo(16)]),
            (127, None, 49, vec![PowerOfTwo(64)]),
            (4097, None, 4081, vec![Maximum]),
            (65535, None, 4081, vec![Maximum]),
            (128, Some(112), 49, vec![Host(112), PowerOfTwo(64)]),
            (128, Some(64), 49, vec![Host(64)]),
            (0, Some(16), 1, vec![Host(16)]),
            (
                200,
                Some(100),
                49,
                vec![PowerOfTwo(128), Host(100), PowerOfTwo(64)],
            ),
        ] {
            assert_eq!(
                count(requested, limit),
                (Ok(commands), adjustments),
                "{requested}"
            );
        }
    }

    #[test]
    fn too_few_are_refused() {
        assert_eq!(count(1, None), (Err(TooFew(1)), vec![]));
        assert_eq!(count(15, Some(4096)), (Err(TooFew(15)), vec![]));
        assert_eq!(
            count(128, Some(15)),
            (Err(TooFew(15)), vec![Adjustment::Host(15)])
        );
        assert_eq!(count(128, Some(0)).0, Err(TooFew(0)));
    }

    proptest! {
        /// Whatever is asked for, all tasks are a power of two, and neither user space nor the host
        /// gets more than it allows.
        #[test]
        fn limits_are_kept(requested in 1u16.., limit in proptest::option::of(any::<u16>())) {
            if let (Ok(commands), _) = count(requested, limit) {
                let tasks = commands + MANAGEMENT_TASKS;
                prop_assert!(commands >= 1);
                prop_assert!(tasks.is_power_of_two());
                prop_assert!((MIN_TASKS..=MAX_TASKS).contains(&tasks));
                prop_assert!(tasks <= requested);
                prop_assert!(limit.is_none_or(|limit| commands <= limit));
            }
        }
    }
}
