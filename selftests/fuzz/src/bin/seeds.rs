// SPDX-License-Identifier: GPL-2.0

//! Writes the seeds of each target into a folder of its own, whose name is that of the target.
//!
//! `fuzz-seeds FOLDER`

use std::{
    env,
    error::Error,
    fs,
    path::Path, //
};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).ok_or("the folder is missing")?;
    for target in iscsi_fuzz::TARGETS {
        let place = Path::new(&folder).join(target.name);
        fs::create_dir_all(&place)?;
        for (number, seed) in (target.seeds)().into_iter().enumerate() {
            fs::write(place.join(format!("seed-{number:02}")), seed)?;
        }
    }
    Ok(())
}
