// SPDX-License-Identifier: GPL-2.0

//! What is told on standard output: one line an event.

use std::fmt::Arguments;
use std::io::Write;

/// Prints a line. Nobody needs to listen.
pub(crate) fn tell(line: Arguments<'_>) {
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{line}");
    let _ = output.flush();
}
