// SPDX-License-Identifier: GPL-2.0

//! Gives the target that `FUZZ_TARGET` names to libFuzzer, whose options the arguments are.

#![no_main]

use iscsi_fuzz::{Target, TARGETS};
use std::{
    env,
    process::exit,
    sync::OnceLock, //
};

static CHOSEN: OnceLock<&'static Target> = OnceLock::new();

fn chosen() -> &'static Target {
    let name = env::var("FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|target| target.name == name);
    found.unwrap_or_else(|| {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("FUZZ_TARGET is none of {}", names.join(" "));
        exit(2)
    })
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| (CHOSEN.get_or_init(chosen).run)(data));
