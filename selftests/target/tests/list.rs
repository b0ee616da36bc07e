// SPDX-License-Identifier: GPL-2.0

//! Every rule of hostile.list goes off, and the target lives on.

mod common;

use common::{cdb_10, Data, Initiator, Manner, Target};
use iscsi_proto::bhs::{R2t, TaskManagementFunction as Function};
use std::sync::Mutex;
use std::time::Duration;

/// How many targets run at a time.
const TARGETS: usize = 8;
/// How long an event may take.
const EVENT: Duration = Duration::from_secs(3);
/// What a write writes.
static BYTES: [u8; 65536] = [0x33; 65536];

/// Does everything that an initiator does, whatever comes of it; panics where the target hangs up.
fn work(target: &Target) {
    let manner = Manner {
        keys: vec![
            "HeaderDigest=CRC32C",
            "DataDigest=CRC32C",
            "InitialR2T=Yes",
            "FirstBurstLength=262144",
            "MaxBurstLength=16776192",
        ],
        ..Manner::default()
    };
    let mut initiator = Initiator::log_in_with(target, &manner).unwrap();
    for lba in 0..6 {
        initiator.begin_read(lba * 128, 128);
        initiator.begin(&cdb_10(0x2a, lba * 128, 128), &Data::Out(BYTES.to_vec()));
    }
    drain(&mut initiator);
    initiator.begin_ping(b"");
    drain(&mut initiator);
    initiator.begin_tmf(Function::LogicalUnitReset, None);
    drain(&mut initiator);
    std::thread::sleep(Duration::from_millis(1000));
    initiator.begin_logout();
    drain(&mut initiator);
}

/// Takes what comes, and does what R2Ts ask for as far as it makes sense.
fn drain(initiator: &mut Initiator) {
    while let Ok(pdu) = initiator.receive_within(Duration::from_millis(50)) {
        let r2t: &R2t = pdu.view();
        let end = r2t
            .buffer_offset
            .get()
            .checked_add(r2t.desired_data_transfer_length.get());
        if pdu.opcode() == 0x31 && end.is_some_and(|end| end <= 65536) {
            initiator.obey(r2t, &BYTES);
        }
    }
}

/// What is wrong with a line.
fn try_line(name: &str, rules: &str) -> Option<String> {
    let mut args = vec![
        "--param",
        "MaxBurstLength=16384",
        "--param",
        "FirstBurstLength=4096",
    ];
    let count = rules.split(';').count();
    rules
        .split(';')
        .for_each(|rule| args.extend(["--rule", rule]));
    let mut target = Target::start(&args);
    for _ in 0..3 {
        // Logins that fail are tried again, and so is what needs many connections.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&target)));
        if !target.is_alive() {
            return Some(format!("{name}: the target died"));
        }
    }
    let mut fired: Vec<usize> = Vec::new();
    while fired.len() < count {
        let Some(line) = target.find(" fired: ", EVENT) else {
            return Some(format!("{name}: only {fired:?} of {count} rules went off"));
        };
        let number = line
            .split(' ')
            .nth(1)
            .and_then(|number| number.parse().ok())
            .unwrap();
        if !fired.contains(&number) {
            fired.push(number);
        }
    }
    None
}

#[test]
#[ignore = "takes minutes"]
fn every_line_of_the_list_goes_off() {
    let lines = include_str!("../hostile.list").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let lines = Mutex::new(lines);
    let wrong = Mutex::new(Vec::new());
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    std::thread::scope(|scope| {
        for _ in 0..TARGETS {
            scope.spawn(|| loop {
                let Some(line) = lines.lock().unwrap().next() else {
                    return;
                };
                let mut columns = line.split('|').map(str::trim);
                let (name, rules) = (columns.next().unwrap(), columns.next().unwrap());
                let found = try_line(name, rules);
                wrong.lock().unwrap().extend(found);
            });
        }
    });
    std::panic::set_hook(hook);
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
