// SPDX-License-Identifier: GPL-2.0

//! Without a rule, the target keeps the protocol.

mod common;

use common::{cdb_10, pattern, Data, Initiator, Manner, Nothing, Outcome, Target, NAME, PATIENCE};
use iscsi_proto::bhs::{Header, ScsiCommand, ScsiCommandFlags, TaskManagementFunction as Function};
use iscsi_proto::tag::InitiatorTaskTag;
use std::process::Command;

fn good(data: &[u8]) -> Outcome {
    Outcome {
        status: 0,
        data: data.to_vec(),
        sense: Vec::new(),
        residual: 0,
    }
}

#[test]
fn a_discovery_session_finds_the_target() {
    let target = Target::start(&[]);
    let manner = Manner {
        discovery: true,
        ..Manner::default()
    };
    let mut initiator = Initiator::log_in_with(&target, &manner).unwrap();
    let pdu = initiator.text(b"SendTargets=All\0");
    let text = format!("TargetName={NAME}\0TargetAddress={},1\0", target.address);
    assert_eq!(String::from_utf8(pdu.data).unwrap(), text);
    initiator.log_out();
    target.expect("logout");
    target.expect("closed: logout");
}

#[test]
fn a_normal_session_has_a_disk() {
    let target = Target::start(&["--memory", "1M"]);
    let mut initiator = Initiator::log_in(&target);
    target.expect("login of iqn.2026-11.test:initiator (normal)");
    assert_eq!(initiator.command(&[0; 6], Data::None), good(&[]));
    assert_eq!(
        initiator.command(&cdb_10(0x25, 0, 0), Data::In(8)),
        good(&[0, 0, 7, 255, 0, 0, 2, 0])
    );
    let inquiry = initiator.command(&[0x12, 0, 0, 0, 255, 0], Data::In(255));
    assert_eq!((inquiry.data.len(), inquiry.residual), (74, 74 - 255));
    let pages = initiator
        .command(&[0x12, 1, 0, 0, 255, 0], Data::In(255))
        .data;
    for page in &pages[4..] {
        let data = initiator
            .command(&[0x12, 1, *page, 0, 255, 0], Data::In(255))
            .data;
        assert_eq!(data[1], *page);
    }
    let luns = initiator.command(&[0xa0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0], Data::In(512));
    assert_eq!((luns.data.len(), luns.residual), (16, 16 - 512));
    assert_eq!(
        initiator
            .command(&[0x1a, 0, 0x3f, 0, 192, 0], Data::In(192))
            .data
            .len(),
        36
    );
    assert_eq!(
        initiator.command(&cdb_10(0x35, 0, 0), Data::None),
        good(&[])
    );
    let beyond = initiator.read(2048, 1);
    assert_eq!(
        (beyond.status, beyond.sense[2], beyond.sense[12]),
        (2, 5, 0x21)
    );
    assert_eq!(beyond.residual, -512);
    let unknown = initiator.command(&[0xc1, 0, 0, 0, 0, 0], Data::None);
    assert_eq!((unknown.status, unknown.sense[12]), (2, 0x20));
    initiator.log_out();
}

#[test]
fn chap_lets_in_whom_it_should() {
    let target = Target::start(&["--chap-user", "me", "--chap-secret", "secret-of-initiator"]);
    let chap = |secret| Manner {
        chap: Some(("me", secret)),
        ..Manner::default()
    };
    let mut initiator = Initiator::log_in_with(&target, &chap("secret-of-initiator")).unwrap();
    assert_eq!(initiator.read(0, 1), good(&[0; 512]));
    let refused = |manner: &Manner| Initiator::log_in_with(&target, manner).err();
    assert_eq!(refused(&chap("another-secret")), Some(0x0201));
    assert_eq!(refused(&Manner::default()), Some(0x0201));
    target.expect("login refused with 0x0201");
    let mutual = Manner {
        mutual: Some(("target", "secret-of-target")),
        ..chap("secret-of-initiator")
    };
    assert_eq!(refused(&mutual), Some(0x0201));
}

#[test]
fn mutual_chap_proves_the_target() {
    let args = [
        "--chap-user",
        "me",
        "--chap-secret",
        "one",
        "--mutual-user",
        "you",
        "--mutual-secret",
        "two",
    ];
    let target = Target::start(&args);
    let manner = Manner {
        chap: Some(("me", "one")),
        mutual: Some(("you", "two")),
        ..Manner::default()
    };
    let mut initiator = Initiator::log_in_with(&target, &manner).unwrap();
    initiator.ping(b"");
}

#[test]
fn a_login_may_be_refused() {
    let target = Target::start(&["--name", "iqn.other"]);
    assert_eq!(
        Initiator::log_in_with(&target, &Manner::default()).err(),
        Some(0x0203)
    );
}

#[test]
fn keys_come_to_their_results() {
    let target = Target::start(&["--param", "MaxBurstLength=8192"]);
    let manner = Manner {
        keys: vec![
            "MaxBurstLength=262144",
            "X-com.example=1",
            "HeaderDigest=None",
        ],
        ..Manner::default()
    };
    let initiator = Initiator::log_in_with(&target, &manner).unwrap();
    assert_eq!(initiator.answer("MaxBurstLength"), Some("8192"));
    assert_eq!(initiator.answer("X-com.example"), Some("NotUnderstood"));
    assert_eq!(initiator.answer("HeaderDigest"), Some("None"));
    assert_eq!(initiator.answer("TargetPortalGroupTag"), Some("1"));
    assert_eq!(initiator.answer("MaxRecvDataSegmentLength"), Some("262144"));
}

/// Writes and reads back at several lengths.
fn exchange(args: &[&str], keys: &[&'static str]) -> Initiator {
    let target = Target::start(args);
    let manner = Manner {
        keys: keys.to_vec(),
        ..Manner::default()
    };
    let mut initiator = Initiator::log_in_with(&target, &manner).unwrap();
    for (lba, blocks, seed) in [(0, 1, 1), (5, 16, 2), (100, 77, 3), (1000, 400, 4)] {
        let bytes = pattern(blocks * 512, seed);
        assert_eq!(initiator.write(lba, &bytes), good(&[]), "{keys:?}");
        assert_eq!(initiator.read(lba, blocks as u16), good(&bytes), "{keys:?}");
    }
    initiator.ping(b"ping");
    initiator.log_out();
    initiator
}

#[test]
fn data_goes_at_any_burst_settings() {
    for immediate in ["ImmediateData=Yes", "ImmediateData=No"] {
        for initial in ["InitialR2T=Yes", "InitialR2T=No"] {
            exchange(
                &[],
                &[
                    immediate,
                    initial,
                    "FirstBurstLength=4096",
                    "MaxBurstLength=16384",
                ],
            );
            exchange(&[], &[immediate, initial]);
        }
    }
    let small = ["--param", "MaxRecvDataSegmentLength=512"];
    exchange(
        &small,
        &[
            "InitialR2T=No",
            "FirstBurstLength=2048",
            "MaxBurstLength=4096",
            "MaxRecvDataSegmentLength=1024",
        ],
    );
    exchange(&small, &["FirstBurstLength=512", "MaxBurstLength=512"]);
}

#[test]
fn as_many_r2ts_are_outstanding_as_agreed_on() {
    let keys = [
        "ImmediateData=No",
        "MaxBurstLength=4096",
        "MaxOutstandingR2T=4",
    ];
    assert_eq!(exchange(&[], &keys).r2t_peak, 4);
    let keys = [
        "ImmediateData=No",
        "MaxBurstLength=4096",
        "MaxOutstandingR2T=1",
    ];
    assert_eq!(exchange(&[], &keys).r2t_peak, 1);
    let mine = ["--param", "MaxOutstandingR2T=2"];
    let keys = [
        "ImmediateData=No",
        "MaxBurstLength=4096",
        "MaxOutstandingR2T=8",
    ];
    assert_eq!(exchange(&mine, &keys).r2t_peak, 2);
}

#[test]
fn digests_cover_everything() {
    for (header, data) in [("CRC32C", "CRC32C"), ("CRC32C", "None"), ("None", "CRC32C")] {
        let header: &'static str = if header == "None" {
            "HeaderDigest=None"
        } else {
            "HeaderDigest=CRC32C"
        };
        let data: &'static str = if data == "None" {
            "DataDigest=None"
        } else {
            "DataDigest=CRC32C"
        };
        let initiator = exchange(
            &[],
            &[header, data, "InitialR2T=No", "FirstBurstLength=3000"],
        );
        assert_eq!(initiator.header_digest, header.ends_with('C'));
        assert_eq!(initiator.data_digest, data.ends_with('C'));
    }
}

#[test]
fn a_file_is_a_disk() {
    let path = std::env::temp_dir().join(format!("iscsi-target-disk-{}", std::process::id()));
    let name = path.to_str().unwrap().to_owned();
    exchange(&["--file", &name, "--size", "1M"], &[]);
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(
        (bytes.len(), &bytes[..512]),
        (1 << 20, &pattern(512, 1)[..])
    );
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn residuals_are_right() {
    let target = Target::start(&[]);
    let mut initiator = Initiator::log_in(&target);
    let less = initiator.command(&cdb_10(0x28, 0, 1), Data::In(1024));
    assert_eq!((less.data.len(), less.residual), (512, -512));
    let more = initiator.command(&cdb_10(0x28, 0, 4), Data::In(512));
    assert_eq!((more.data.len(), more.residual), (512, 1536));
    let none = initiator.command(&cdb_10(0x28, 0, 1), Data::None);
    assert_eq!((none.data.len(), none.residual), (0, 512));
    let less = initiator.command(&cdb_10(0x2a, 0, 1), Data::Out(vec![1; 1024]));
    assert_eq!((less.status, less.residual), (0, -512));
    let more = initiator.command(&cdb_10(0x2a, 0, 2), Data::Out(vec![2; 512]));
    assert_eq!((more.status, more.residual), (0, 512));
    assert_eq!(initiator.read(0, 2), good(&[[2; 512], [0; 512]].concat()));
}

#[test]
fn tasks_are_managed() {
    let target = Target::with_rule("recv scsi-command read times 2: hold");
    let mut initiator = Initiator::log_in(&target);
    let (held, cmd_sn) = (initiator.begin_read(0, 1), initiator.cmd_sn - 1);
    target.expect("rule 1 fired");
    assert_eq!(initiator.tmf(Function::AbortTask, Some((held, cmd_sn))), 0);
    assert_eq!(initiator.tmf(Function::AbortTask, Some((held, cmd_sn))), 1);
    initiator.begin_read(0, 1);
    assert_eq!(initiator.tmf(Function::LogicalUnitReset, None), 0);
    let attention = initiator.read(0, 1);
    assert_eq!(
        (attention.status, attention.sense[2], attention.sense[12]),
        (2, 6, 0x29)
    );
    assert_eq!(initiator.read(0, 1), good(&[0; 512]));
    assert_eq!(initiator.tmf(Function::TargetWarmReset, None), 0);
    assert_eq!(initiator.tmf(Function::TaskReassign, None), 4);
    assert_eq!(initiator.tmf(Function::TargetColdReset, None), 5);
    initiator.log_out();
}

#[test]
fn a_session_is_reinstated() {
    let target = Target::start(&[]);
    let mut first = Initiator::log_in(&target);
    let manner = Manner {
        isid: 1,
        ..Manner::default()
    };
    let mut other = Initiator::log_in_with(&target, &manner).unwrap();
    let mut second = Initiator::log_in(&target);
    assert_eq!(
        first.receive_within(PATIENCE).unwrap_err(),
        Nothing::Closed(0)
    );
    target.expect("closed: its session was reinstated");
    second.ping(b"still here");
    other.ping(b"me too");
}

#[test]
fn the_window_has_room_for_128_commands() {
    let target = Target::start(&[]);
    let mut initiator = Initiator::log_in(&target);
    let tags: Vec<InitiatorTaskTag> = (0..128).map(|lba| initiator.begin_read(lba, 1)).collect();
    let mut answered = Vec::new();
    for _ in &tags {
        let pdu = initiator.receive_kind(0x25);
        assert_eq!(pdu.number(32) - pdu.number(28), 127);
        answered.push(InitiatorTaskTag::from_bytes(pdu.tag()));
    }
    assert!(tags.iter().all(|tag| answered.contains(tag)));
}

#[test]
fn violations_end_the_connection() {
    let target = Target::start(&["--param", "ImmediateData=No"]);
    let mut initiator = Initiator::log_in_with(
        &target,
        &Manner {
            keys: vec!["ImmediateData=Yes"],
            ..Manner::default()
        },
    )
    .unwrap();
    let mut header = ScsiCommand::default();
    header.itt = initiator.new_tag();
    header.cmd_sn = 1.into();
    header.flags = ScsiCommandFlags::FINAL | ScsiCommandFlags::WRITE;
    header.expected_data_transfer_length = 512.into();
    header.cdb[..10].copy_from_slice(&cdb_10(0x2a, 0, 1));
    initiator.send(&header, &[0; 512]);
    assert_eq!(
        initiator.receive_within(PATIENCE).unwrap_err(),
        Nothing::Closed(0)
    );
    target.expect("closed: protocol error: immediate data with ImmediateData=No");
}

#[test]
fn nothing_that_comes_makes_it_panic() {
    let target = Target::start(&[]);
    let mut state = 1u32;
    for round in 0..300 {
        let mut initiator = if round % 3 == 0 {
            Initiator::connect(&target)
        } else {
            Initiator::log_in(&target)
        };
        for _ in 0..4 {
            let mut bytes = ScsiCommand::default().to_bytes();
            for byte in bytes.iter_mut() {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = (state >> 24) as u8;
            }
            bytes[0] = [0, 1, 2, 3, 4, 5, 6, 16, 63][(state >> 8) as usize % 9] | 0x40;
            bytes[1] |= 0x80;
            bytes[4..8].copy_from_slice(&[0, 0, 0, (round % 4 * 4) as u8]);
            if (state >> 16) & 1 == 0 {
                bytes[16..20].copy_from_slice(&[1, 0, 0, 0]);
                bytes[8..16].fill(0);
                bytes[32] =
                    [0x28, 0x2a, 0x12, 0x1a, 0x88, 0x9e, 0xa0, 0x03][(state >> 20) as usize % 8];
            }
            let data = vec![0x41; usize::from(bytes[7])];
            let _ = std::io::Write::write_all(&mut initiator.stream, &[&bytes[..], &data].concat());
        }
    }
    let mut initiator = Initiator::log_in(&target);
    initiator.ping(b"alive");
}

#[test]
fn bad_options_end_it_at_once() {
    for args in [
        &["--listen", "x"][..],
        &["--listen", "127.0.0.1:0", "--rule", "send nothing: drop"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_iscsi-target"))
            .args(args)
            .output()
            .unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
        assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
    }
}
