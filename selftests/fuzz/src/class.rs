// SPDX-License-Identifier: GPL-2.0

//! What happens to sessions, connections and targets of the class, one event after the other: states have the numbers
//! and names of `scsi_transport_iscsi.c`, a target is removed once, and no error begins a second cleanup.

use crate::{input::Input, numbers};
use iscsi_proto::class::{
    cleanup::{
        on_error,
        on_stop,
        OnError,
        OnStop, //
    },
    ConnectionChange,
    ConnectionState,
    Ready,
    SessionChange,
    SessionState,
    StopFlag,
    TargetState,
    Unbind, //
};

const SESSION_NAMES: [&str; 3] = ["LOGGED_IN", "FAILED", "FREE"];
const CONNECTION_NAMES: [&str; 4] = ["up", "down", "failed", "bound"];
const TARGET_NAMES: [&str; 4] = ["UNBOUND", "ALLOCATED", "SCANNED", "UNBINDING"];

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    check_numbers(i32::from_be_bytes(input.array()));
    let mut session = Session::new(input.byte() % 3);
    let mut connection = Connection::new(input.byte() % 4);
    let mut target = Target::new(input.byte() % 4);
    while !input.is_empty() {
        let event = input.byte();
        session.step(event);
        connection.step(event);
        target.step(event);
    }
}

fn check_numbers(raw: i32) {
    numbers::check(
        raw,
        &[0, 1, 2],
        SessionState::from_raw,
        SessionState::as_raw,
    );
    numbers::check(
        raw,
        &[0, 1, 2, 3],
        ConnectionState::from_raw,
        ConnectionState::as_raw,
    );
    numbers::check(
        raw,
        &[0, 1, 2, 3],
        TargetState::from_raw,
        TargetState::as_raw,
    );
    numbers::check(raw, &[1, 3], StopFlag::from_raw, StopFlag::as_raw);
    // A driver may have written anything there.
    let ready = match raw {
        0 => Ready::Go,
        1 => Ready::RetryAtOnce,
        2 => Ready::FailFast,
        _ => Ready::NoConnect,
    };
    assert_eq!(Ready::of(SessionState::from_raw(raw)), ready);
}

struct Session {
    state: SessionState,
    /// Its number.
    plain: usize,
}

impl Session {
    fn new(plain: u8) -> Self {
        Self {
            state: numbers::state(plain.into(), SessionState::from_raw),
            plain: plain.into(),
        }
    }

    fn step(&mut self, event: u8) {
        let (change, next) = match event % 4 {
            0 => (SessionChange::Block, 1),
            1 => (SessionChange::Unblock, 0),
            // The time runs only while targets are blocked.
            2 if self.plain == 1 => (SessionChange::RecoveryTimedOut, 2),
            2 => (SessionChange::RecoveryTimedOut, self.plain),
            _ => (SessionChange::Remove, 2),
        };
        self.state = self.state.after(change);
        self.plain = next;
        assert_eq!(self.state.name(), SESSION_NAMES[next]);
        let takes_commands = Ready::of(Some(self.state)) == Ready::Go;
        assert_eq!(takes_commands, next == 0);
        assert_eq!(self.state.takes_recovery_timeout(), takes_commands);
    }
}

struct Connection {
    state: ConnectionState,
    /// A cleanup is pending.
    pending: bool,
    /// Cleanups that were queued, and those that user space knows of.
    queued: u32,
    ended: u32,
}

impl Connection {
    fn new(plain: u8) -> Self {
        Self {
            state: numbers::state(plain.into(), ConnectionState::from_raw),
            pending: false,
            queued: 0,
            ended: 0,
        }
    }

    fn change(&mut self, change: ConnectionChange, name: &str) {
        self.state = ConnectionState::after(change);
        assert_eq!(self.state.name(), name);
    }

    fn stop(&mut self, flag: StopFlag) {
        let (expected, name) = match (flag, self.pending) {
            (StopFlag::Terminate, _) => (OnStop::CancelAndStop, "down"),
            (StopFlag::Recover, false) => (OnStop::StopAndForget, "failed"),
            (StopFlag::Recover, true) => (OnStop::WaitAndForget, "failed"),
        };
        assert_eq!(on_stop(flag, self.pending), expected);
        self.change(ConnectionChange::Stopped(flag), name);
        if expected == OnStop::WaitAndForget {
            self.pending = false;
            self.ended += 1;
        }
    }

    fn step(&mut self, event: u8) {
        match event % 6 {
            // Both are refused while a cleanup is pending.
            0 if !self.pending => self.change(ConnectionChange::Bound, "bound"),
            1 if !self.pending => self.change(ConnectionChange::Started, "up"),
            2 => self.stop(StopFlag::Terminate),
            3 => self.stop(StopFlag::Recover),
            4 => self.change(ConnectionChange::EndpointDisconnected, "failed"),
            5 => {
                if on_error(self.state, self.pending) == OnError::Queue {
                    self.pending = true;
                    self.queued += 1;
                }
            }
            _ => {}
        }
        let raw = usize::try_from(self.state.as_raw()).expect("it is positive");
        assert_eq!(CONNECTION_NAMES[raw], self.state.name());
        assert_eq!(self.state.is_connected(), [0, 3].contains(&raw));
        // An error of what is not connected, or is cleaned up after, begins nothing.
        let begins = self.state.is_connected() && !self.pending;
        assert_eq!(on_error(self.state, self.pending) == OnError::Queue, begins);
        assert_eq!(self.queued - self.ended, u32::from(self.pending));
    }
}

struct Target {
    state: TargetState,
    plain: usize,
    /// How often somebody was told to remove it or to give its number back.
    unbinds: u32,
}

impl Target {
    fn new(plain: u8) -> Self {
        Self {
            state: numbers::state(plain.into(), TargetState::from_raw),
            plain: plain.into(),
            unbinds: 0,
        }
    }

    fn step(&mut self, event: u8) {
        match event % 3 {
            0 => {
                self.state = self.state.scanned();
                if self.plain == 1 {
                    self.plain = 2;
                }
            }
            1 => {
                let (state, unbind) = self.state.unbind();
                let (next, expected) = match self.plain {
                    1 => (3, Unbind::FreeId),
                    2 => (3, Unbind::RemoveTarget),
                    other => (other, Unbind::Nothing),
                };
                assert_eq!(unbind, expected);
                self.unbinds += u32::from(unbind != Unbind::Nothing);
                (self.state, self.plain) = (state, next);
            }
            _ => {
                self.state = self.state.unbound();
                if self.plain == 3 {
                    self.plain = 0;
                }
            }
        }
        assert_eq!(self.state.name(), TARGET_NAMES[self.plain]);
        assert!(self.unbinds <= 1);
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = |raw: i32, states: [u8; 3], events: &[u8]| {
        [&raw.to_be_bytes()[..], &states, events].concat()
    };
    vec![
        // Bound, started, failed, stopped, bound and started again.
        scene(0, [2, 1, 1], &[0, 1, 5, 3, 0, 1]),
        // Errors one after the other; stopped for good; an error when it is too late.
        scene(1, [0, 0, 2], &[5, 5, 2, 5, 3, 4, 5]),
        scene(2, [1, 3, 3], &[4, 5, 3, 2, 8, 11]),
        scene(3, [1, 2, 0], &[2, 6, 10, 1, 2, 7]),
        scene(4, [0, 3, 1], &[1, 1, 2, 2, 0]),
        scene(-1, [2, 0, 2], &[3, 0, 1, 2]),
    ]
}
