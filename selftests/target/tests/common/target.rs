// SPDX-License-Identifier: GPL-2.0

//! A target as a process.

use super::PATIENCE;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{channel, Receiver};
use std::time::{Duration, Instant};

/// A target.
pub(crate) struct Target {
    child: Child,
    lines: Receiver<String>,
    pub(crate) address: SocketAddr,
}

impl Target {
    /// Starts one with these arguments.
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_iscsi-target"))
            .args(["--listen", "127.0.0.1:0"])
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.stdout.take();
        let (sender, lines) = channel();
        let mut target = Self {
            child,
            lines,
            address: ([127, 0, 0, 1], 0).into(),
        };
        std::thread::spawn(move || {
            for line in BufReader::new(output.unwrap())
                .lines()
                .map_while(Result::ok)
            {
                let _ = sender.send(line);
            }
        });
        let first = target.expect("listening on ");
        target.address = first["listening on ".len()..].parse().unwrap();
        target
    }

    /// Starts one with this rule.
    pub(crate) fn with_rule(rule: &str) -> Self {
        Self::start(&["--rule", rule])
    }

    /// Waits for an event.
    pub(crate) fn expect(&self, part: &str) -> String {
        let line = self.find(part, PATIENCE);
        line.unwrap_or_else(|| panic!("no event '{part}'"))
    }

    /// Whether it still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for an event for some time.
    pub(crate) fn find(&self, part: &str, time: Duration) -> Option<String> {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left).ok()?;
            if line.contains(part) {
                return Some(line);
            }
        }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
