// SPDX-License-Identifier: GPL-2.0

//! With a rule, the bytes on the wire are as the rule says.

mod common;

use common::{pattern, Data, Initiator, Manner, Nothing, Pdu, Target, PATIENCE};
use iscsi_proto::bhs::{
    AsyncMessage, DataIn, DataInFlags, LoginResponse, NopIn, NopOut, R2t, Reject, ScsiResponse,
    TaskManagementFunction as Function,
};
use iscsi_proto::tag::{InitiatorTaskTag, Itt, TargetTransferTag};
use std::time::Duration;

/// An initiator of a target with this rule; no immediate data, so that writes need R2Ts.
fn logged_in(rule: &str) -> (Target, Initiator) {
    let target = Target::with_rule(rule);
    let manner = Manner {
        keys: vec![
            "ImmediateData=No",
            "MaxBurstLength=1024",
            "MaxOutstandingR2T=2",
        ],
        ..Manner::default()
    };
    let initiator = Initiator::log_in_with(&target, &manner).unwrap();
    (target, initiator)
}

/// The first PDU that answers a read of one block.
fn answer_to_read(rule: &str) -> (Target, Initiator, Pdu) {
    let (target, mut initiator) = logged_in(rule);
    initiator.begin_read(0, 1);
    let pdu = initiator.receive();
    target.expect("rule 1 fired");
    (target, initiator, pdu)
}

/// The first PDU that answers a ping with four bytes.
fn answer_to_ping(rule: &str) -> (Target, Initiator, Pdu) {
    let (target, mut initiator) = logged_in(rule);
    initiator.begin_ping(b"ping");
    let pdu = initiator.receive();
    target.expect("rule 1 fired");
    (target, initiator, pdu)
}

fn tag(index: u32, age: u32) -> [u8; 4] {
    InitiatorTaskTag::from(Itt::new(index, age).unwrap()).to_bytes()
}

#[test]
fn set_changes_fields_of_data_in() {
    for (what, at, value) in [
        ("datasn=+1", 36, 1),
        ("datasn=-1", 36, u32::MAX),
        ("offset=beyond", 40, 512),
        ("offset=wrap", 40, u32::MAX - 511),
        ("residual=7", 44, 7),
        ("statsn=max", 24, u32::MAX),
        ("expcmdsn=9", 28, 9),
        ("maxcmdsn=0x10", 32, 16),
        ("ttt=5", 20, 5),
    ] {
        let (_target, _, pdu) = answer_to_read(&format!("send data-in: set {what}"));
        assert_eq!(pdu.number(at), value, "{what}");
    }
    let (_target, _, pdu) =
        answer_to_read("send data-in: set opcode=0x3e flags=0x12 status=8 lun=0x0102030405060708");
    assert_eq!(pdu.header[..4], [0x3e, 0x12, 0, 8]);
    assert_eq!(pdu.header[8..16], [1, 2, 3, 4, 5, 6, 7, 8]);
    let (_target, _, pdu) =
        answer_to_read("send data-in: set final=0 has-status=0 underflow=1 ack=1 byte2=0xaa");
    assert_eq!(pdu.header[1..3], [0x42, 0xaa]);
}

#[test]
fn set_changes_fields_of_an_r2t() {
    for (what, at, value) in [
        ("r2tsn=5", 36, 5),
        ("offset=beyond", 40, 2048),
        ("length=0", 44, 0),
        ("length=max", 44, u32::MAX),
        ("ttt=reserved", 20, u32::MAX),
    ] {
        let (_target, mut initiator) = logged_in(&format!("send r2t: set {what}"));
        initiator.begin(&common::cdb_10(0x2a, 0, 4), &Data::Out(vec![0; 2048]));
        assert_eq!(initiator.receive_kind(0x31).number(at), value, "{what}");
    }
}

#[test]
fn set_changes_fields_of_a_login_response() {
    let target = Target::with_rule("send login-response 2: set tsih=0x1234 version=7 csg=0");
    let mut initiator = Initiator::connect(&target);
    let pdu = initiator.login(&Manner::default()).unwrap();
    let header: &LoginResponse = pdu.view();
    assert_eq!(
        (
            header.tsih.get(),
            header.version_active,
            header.flags.bits()
        ),
        (0x1234, 7, 0x83)
    );
}

#[test]
fn tags_are_forged() {
    for (what, expected) in [
        ("own", tag(2, 3)),
        ("reserved", [0xff; 4]),
        ("bad-index", tag(0x1fff, 3)),
        ("bad-age", tag(2, 4)),
        (
            "forged",
            (u32::from_ne_bytes(tag(2, 3)) | (1 << 20)).to_ne_bytes(),
        ),
        ("free", tag(1, 3)),
        ("unsent", tag(3, 3)),
        ("0x01020304", [1, 2, 3, 4]),
    ] {
        let (_target, mut initiator) = logged_in(&format!("send data-in lba=7: set itt={what}"));
        initiator.read(0, 1);
        initiator.read(1, 1);
        initiator.begin_read(7, 1);
        assert_eq!(initiator.receive().tag(), expected, "{what}");
    }
}

#[test]
fn tags_are_mixed_up() {
    let lines = "recv scsi-command read: hold\nsend data-in of read: set itt=other\nsend r2t: set itt=otherkind";
    let path = std::env::temp_dir().join(format!("iscsi-target-rules-{}", std::process::id()));
    std::fs::write(&path, lines).unwrap();
    let target = Target::start(&[
        "--rules",
        path.to_str().unwrap(),
        "--param",
        "ImmediateData=No",
    ]);
    std::fs::remove_file(&path).unwrap();
    let mut initiator = Initiator::log_in_with(
        &target,
        &Manner {
            keys: vec!["ImmediateData=Yes"],
            ..Manner::default()
        },
    )
    .unwrap();
    let held = initiator.begin_read(0, 1);
    initiator.begin_read(1, 1);
    assert_eq!(initiator.receive_kind(0x25).tag(), held.to_bytes());
    initiator.begin(&common::cdb_10(0x2a, 0, 1), &Data::Out(vec![0; 512]));
    assert_eq!(initiator.receive_kind(0x31).tag(), held.to_bytes());
}

#[test]
fn duplicate_sends_twice() {
    let (_target, mut initiator, first) = answer_to_read("send data-in: duplicate");
    let second = initiator.receive();
    assert_eq!((first.header, first.data), (second.header, second.data));
    initiator.expect_silence();
}

#[test]
fn swap_exchanges_two_of_a_kind() {
    let (_target, mut initiator) = logged_in("send data-in: swap");
    let first = initiator.begin_read(0, 1);
    initiator.expect_silence();
    let second = initiator.begin_read(1, 1);
    assert_eq!(initiator.receive().tag(), second.to_bytes());
    assert_eq!(initiator.receive().tag(), first.to_bytes());
}

#[test]
fn drop_sends_nothing_and_uses_up_a_number() {
    let (_target, mut initiator) = logged_in("send nop-in: drop");
    initiator.begin_ping(b"");
    initiator.expect_silence();
    initiator.exp_stat_sn += 1;
    initiator.ping(b"");
}

#[test]
fn drop_forgets_a_request() {
    let (_target, mut initiator) = logged_in("recv scsi-command read: drop");
    let (itt, cmd_sn) = (initiator.begin_read(0, 1), initiator.cmd_sn - 1);
    initiator.expect_silence();
    assert_eq!(initiator.tmf(Function::AbortTask, Some((itt, cmd_sn))), 1);
}

#[test]
fn hold_keeps_the_task() {
    let (_target, mut initiator) = logged_in("send data-in: hold");
    let (itt, cmd_sn) = (initiator.begin_read(0, 1), initiator.cmd_sn - 1);
    initiator.expect_silence();
    assert_eq!(initiator.tmf(Function::AbortTask, Some((itt, cmd_sn))), 0);
    initiator.read(0, 1);
}

#[test]
fn idle_waits_until_no_task_is_left() {
    let target = Target::start(&[
        "--rule",
        "send data-in: hold",
        "--rule",
        "idle 50: insert nop-in",
    ]);
    let mut initiator = Initiator::log_in_with(&target, &Manner::default()).unwrap();
    let (itt, cmd_sn) = (initiator.begin_read(0, 1), initiator.cmd_sn - 1);
    initiator.expect_silence();
    assert_eq!(initiator.tmf(Function::AbortTask, Some((itt, cmd_sn))), 0);
    initiator.receive_kind(0x20);
}

#[test]
fn delay_makes_everything_wait_and_later_only_one() {
    let (target, mut initiator) = logged_in("send data-in: delay 400");
    let first = initiator.begin_read(0, 1);
    target.expect("rule 1 fired");
    initiator.begin_ping(b"");
    assert_eq!(
        initiator
            .receive_within(Duration::from_millis(200))
            .unwrap_err(),
        Nothing::Silence
    );
    assert_eq!(initiator.receive().tag(), first.to_bytes());
    initiator.receive_kind(0x20);

    let (target, mut initiator) = logged_in("send data-in: later 400");
    let first = initiator.begin_read(0, 1);
    target.expect("rule 1 fired");
    initiator.begin_ping(b"");
    let ping = initiator.receive_kind(0x20);
    let late = initiator.receive_kind(0x25);
    assert_eq!(late.tag(), first.to_bytes());
    assert!(late.at - ping.at >= Duration::from_millis(200));
}

#[test]
fn silence_says_nothing_any_more() {
    let (_target, mut initiator) = logged_in("send nop-in 2: silence");
    initiator.ping(b"");
    // The PDU itself is the last one.
    initiator.ping(b"");
    initiator.begin_ping(b"");
    initiator.expect_silence();
    let (target, mut initiator) = logged_in("recv nop-out: silence");
    initiator.begin_ping(b"");
    initiator.expect_silence();
    initiator.begin_logout();
    target.expect("logout");
    initiator.expect_silence();
}

#[test]
fn deaf_hears_nothing_any_more() {
    let (_target, mut initiator) = logged_in("recv nop-out: deaf");
    initiator.ping(b"");
    initiator.begin_ping(b"");
    initiator.expect_silence();
}

#[test]
fn cut_ends_in_the_middle_of_a_pdu() {
    let (target, mut initiator) = logged_in("send data-in: cut 100");
    initiator.begin_read(0, 1);
    assert_eq!(
        initiator.receive_within(PATIENCE).unwrap_err(),
        Nothing::Closed(100)
    );
    target.expect("closed: a rule cut it off");
    let (_target, mut initiator) = logged_in("send data-in: cut 20 rst");
    initiator.begin_read(0, 1);
    let end = initiator.receive_within(PATIENCE).unwrap_err();
    assert!(matches!(end, Nothing::Reset(0 | 20)), "{end:?}");
}

#[test]
fn close_and_reset_end_between_pdus() {
    let (_target, mut initiator) = logged_in("send nop-in: close");
    initiator.ping(b"");
    assert_eq!(
        initiator.receive_within(PATIENCE).unwrap_err(),
        Nothing::Closed(0)
    );
    let (_target, mut initiator) = logged_in("recv nop-out: reset");
    initiator.begin_ping(b"");
    assert_eq!(
        initiator.receive_within(PATIENCE).unwrap_err(),
        Nothing::Reset(0)
    );
    let target = Target::with_rule("connect: close");
    let mut initiator = Initiator::connect(&target);
    assert_eq!(
        initiator.receive_within(PATIENCE).unwrap_err(),
        Nothing::Closed(0)
    );
}

#[test]
fn dribble_and_split_send_pieces() {
    for (rule, pieces) in [("send nop-in: dribble 2", 52), ("send nop-in: split 9", 6)] {
        let (_target, mut initiator) = logged_in(rule);
        initiator.begin_ping(b"ping");
        initiator.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (mut bytes, mut reads) = ([0; 52], 0);
        let mut done = 0;
        while done < bytes.len() {
            done += std::io::Read::read(&mut initiator.stream, &mut bytes[done..]).unwrap();
            reads += 1;
        }
        assert!(reads > pieces / 2, "{rule}: {reads} pieces");
        assert_eq!(&bytes[48..], b"ping");
    }
}

#[test]
fn digests_are_corrupted() {
    for (rule, header, data) in [
        ("send data-in: corrupt header-digest", false, true),
        ("send data-in: corrupt data-digest", true, false),
        ("send data-in: corrupt byte 40", false, true),
        ("send data-in: corrupt byte 60", true, false),
        ("send data-in: set datasn=9", true, true),
    ] {
        let target = Target::with_rule(rule);
        let manner = Manner {
            keys: vec!["HeaderDigest=CRC32C", "DataDigest=CRC32C"],
            ..Manner::default()
        };
        let mut initiator = Initiator::log_in_with(&target, &manner).unwrap();
        initiator.begin_read(0, 1);
        let pdu = initiator.receive();
        assert_eq!(
            (pdu.header_digest_is_right, pdu.data_digest_is_right),
            (header, data),
            "{rule}"
        );
    }
}

#[test]
fn ahs_is_put_in() {
    for digests in ["None", "CRC32C"] {
        let target = Target::start(&["--rule", "send nop-in: ahs 5"]);
        let manner = Manner {
            keys: vec![if digests == "None" {
                "HeaderDigest=None"
            } else {
                "HeaderDigest=CRC32C"
            }],
            ..Manner::default()
        };
        let mut initiator = Initiator::log_in_with(&target, &manner).unwrap();
        initiator.begin_ping(b"ping");
        let pdu = initiator.receive();
        assert_eq!(
            (pdu.header[4], pdu.ahs.len(), &pdu.data[..]),
            (5, 20, &b"ping"[..])
        );
        assert!(pdu.header_digest_is_right);
        initiator.exp_stat_sn += 1;
        initiator.ping(b"whole");
    }
}

#[test]
fn data_segments_change_their_lengths() {
    let (_target, mut initiator, pdu) = answer_to_ping("send nop-in: data 8");
    assert_eq!(pdu.data.len(), 12);
    initiator.exp_stat_sn += 1;
    initiator.ping(b"whole");
    let (_target, _, pdu) = answer_to_ping("send nop-in: shrink 3");
    assert_eq!(pdu.data, b"p");
    // Said, but not sent: the next PDU is taken for the rest.
    let (_target, mut initiator) = logged_in("send nop-in: set dlength=8");
    initiator.begin_ping(b"ping");
    initiator.begin_ping(b"ping");
    assert_eq!(initiator.receive().data[4], 0x20);
    // Sent, but not said: the rest is taken for the next PDU.
    let (_target, mut initiator) = logged_in("send nop-in: grow 48 unsaid");
    initiator.begin_ping(b"ping");
    assert_eq!(initiator.receive().data, b"ping");
    let mut rest = [0; 48];
    initiator.read_exact(&mut rest, 0).unwrap();
    assert_eq!(rest, [0xee; 48]);
    let (_target, mut initiator) = logged_in("send nop-in: shrink 4 unsaid");
    initiator.begin_ping(b"ping");
    assert_eq!(
        initiator.receive_within(common::QUIET).unwrap_err(),
        Nothing::Silence
    );
}

#[test]
fn data_is_put_where_none_belongs() {
    let (_target, mut initiator) = logged_in("send r2t: data 16");
    initiator.begin(&common::cdb_10(0x2a, 0, 1), &Data::Out(vec![0; 512]));
    assert_eq!(initiator.receive_kind(0x31).data.len(), 16);
    let (_target, mut initiator) = logged_in("send tmf-response: data 16");
    initiator.begin_tmf(Function::LogicalUnitReset, None);
    assert_eq!(initiator.receive_kind(0x22).data.len(), 16);
    let (_target, mut initiator) = logged_in("send logout-response: data 4");
    initiator.begin_logout();
    assert_eq!(initiator.receive_kind(0x26).data.len(), 4);
}

#[test]
fn pdus_are_inserted() {
    let inserted = |what: &str| answer_to_read(&format!("send data-in: insert {what}")).2;
    let r2t = inserted("r2t offset=512 length=1024");
    let header: &R2t = r2t.view();
    assert_eq!((r2t.opcode(), header.buffer_offset.get()), (0x31, 512));
    assert_eq!(
        (r2t.tag(), header.desired_data_transfer_length.get()),
        (tag(0, 3), 1024)
    );
    let response = inserted("scsi-response status=8 itt=free");
    assert_eq!(
        (response.opcode(), response.view::<ScsiResponse>().status),
        (0x21, 8)
    );
    assert_eq!(response.tag(), tag(1, 3));
    let reject = inserted("reject reason=6 inner-opcode=0x40 inner-itt=bad-index inner-len=40");
    assert_eq!((reject.opcode(), reject.data.len()), (0x3f, 40));
    assert_eq!(
        (reject.view::<Reject>().reason, &reject.data[16..20]),
        (6, &tag(0x1fff, 3)[..])
    );
    let message = inserted("async event=1 vcode=2 param1=3 param2=4 param3=5");
    let header: &AsyncMessage = message.view();
    assert_eq!(
        (
            header.async_event,
            header.async_vcode,
            header.parameter1.get()
        ),
        (1, 2, 3)
    );
    assert_eq!((header.parameter2.get(), header.parameter3.get()), (4, 5));
    let ping = inserted("nop-in ttt=0x55");
    assert_eq!((ping.tag(), ping.number(20)), ([0xff; 4], 0x55));
    assert_eq!(inserted("data-in datalen=20").data.len(), 20);
    for (name, opcode) in [
        ("login-response", 0x23),
        ("text-response", 0x24),
        ("tmf-response", 0x22),
        ("logout-response", 0x26),
        ("opcode=0x2d", 0x2d),
    ] {
        assert_eq!(inserted(name).opcode(), opcode);
    }
}

#[test]
fn inserted_pdus_use_up_numbers_as_others_do() {
    let (_target, mut initiator) =
        logged_in("send data-in: insert after async event=1, insert nop-in");
    let itt = initiator.begin_read(0, 1);
    let ping = initiator.receive_kind(0x20);
    assert_eq!(ping.number(24), initiator.exp_stat_sn);
    initiator.finish(itt, &Data::None);
    let message = initiator.receive_kind(0x32);
    initiator.check_stat_sn(&message);
    initiator.ping(b"");
}

#[test]
fn the_targets_ping_is_answered() {
    let (target, mut initiator) = logged_in("timer 50: insert nop-in");
    let ping = initiator.receive_kind(0x20);
    let header: &NopIn = ping.view();
    let mut answer = NopOut::default();
    answer.ttt = header.ttt;
    answer.lun = header.lun;
    initiator.send(&answer, &[]);
    target.expect("ping 0x");
}

#[test]
fn respond_answers_instead() {
    let (_target, mut initiator) = logged_in(
        "recv scsi-command read: respond status=2 sense=medium-error residual=512 underflow=1",
    );
    let outcome = initiator.read(0, 1);
    assert_eq!(
        (outcome.status, outcome.residual, outcome.sense.len()),
        (2, -512, 18)
    );
    assert_eq!((outcome.sense[2], outcome.sense[12]), (3, 0x11));
    initiator.read(0, 1);
    let (_target, mut initiator) = logged_in(
        "recv scsi-command write: respond status=2 sense=700003 sense-len=200 datalen=4 response=1",
    );
    initiator.begin(&common::cdb_10(0x2a, 0, 1), &Data::Out(vec![0; 512]));
    let pdu = initiator.receive_kind(0x21);
    assert_eq!(
        (pdu.view::<ScsiResponse>().response, &pdu.data[..]),
        (1, &[0, 200, 0x70, 0][..])
    );
}

#[test]
fn extra_r2ts_are_more_than_agreed_on() {
    let (_target, mut initiator) = logged_in("recv scsi-command write: extra-r2t 3");
    let itt = initiator.begin(&common::cdb_10(0x2a, 0, 8), &Data::Out(vec![0; 4096]));
    for number in 0..5 {
        let pdu = initiator.receive_kind(0x31);
        assert_eq!((pdu.number(36), pdu.tag()), (number, itt.to_bytes()));
    }
    initiator.expect_silence();
}

#[test]
fn commands_get_what_is_for_others() {
    let (_target, mut initiator) = logged_in("recv scsi-command read: r2t-for-read");
    let itt = initiator.begin_read(0, 1);
    assert_eq!(initiator.receive_kind(0x31).tag(), itt.to_bytes());
    let (_target, mut initiator) = logged_in("recv scsi-command write: data-in-for-write");
    let itt = initiator.begin(&common::cdb_10(0x2a, 0, 1), &Data::Out(vec![0; 512]));
    let pdu = initiator.receive_kind(0x25);
    assert_eq!((pdu.tag(), pdu.data.len()), (itt.to_bytes(), 512));
}

#[test]
fn status_may_come_separately() {
    let (_target, mut initiator) = logged_in("recv scsi-command read: separate-status");
    initiator.begin_read(0, 1);
    let data = initiator.receive_kind(0x25);
    assert!(!data.view::<DataIn>().flags.contains(DataInFlags::STATUS));
    let status = initiator.receive_kind(0x21);
    initiator.check_stat_sn(&status);
    assert_eq!(status.view::<ScsiResponse>().exp_data_sn.get(), 1);
}

#[test]
fn logins_are_refused_and_redirected() {
    let status = |rule: &str| {
        let target = Target::with_rule(rule);
        let refused = Initiator::log_in_with(&target, &Manner::default()).err();
        Initiator::log_in(&target);
        refused
    };
    assert_eq!(status("login: login status=3.1"), Some(0x0301));
    assert_eq!(status("login: login-redirect 127.0.0.1:3261"), Some(0x0101));
    let target = Target::with_rule("login: login-redirect 127.0.0.1:3261");
    let mut initiator = Initiator::connect(&target);
    assert_eq!(initiator.login(&Manner::default()).err(), Some(0x0101));
    assert_eq!(initiator.answer("TargetAddress"), Some("127.0.0.1:3261"));
    let target = Target::with_rule("login: accept-then-close");
    let mut initiator = Initiator::log_in(&target);
    assert_eq!(
        initiator.receive_within(PATIENCE).unwrap_err(),
        Nothing::Closed(0)
    );
}

#[test]
fn rules_count_and_have_conditions() {
    let (_target, mut initiator) =
        logged_in("send data-in of read len>=1024 2 times 2: set residual=77");
    let mut residuals = Vec::new();
    for blocks in [1, 2, 1, 2, 2, 2] {
        initiator.begin_read(0, blocks);
        residuals.push(initiator.receive().number(44));
    }
    assert_eq!(residuals, [0, 0, 0, 77, 77, 0]);
    let (_target, mut initiator) = logged_in("send data-in cdb=0x12 every: set residual=77");
    initiator.begin_read(0, 1);
    assert_eq!(initiator.receive().number(44), 0);
    for _ in 0..2 {
        initiator.begin(&[0x12, 0, 0, 0, 36, 0], &Data::In(36));
        assert_eq!(initiator.receive().number(44), 77);
    }
}

#[test]
fn after_a_rule_the_initiator_is_not_blamed() {
    let (_target, mut initiator) = logged_in("send r2t: set offset=+512");
    let bytes = pattern(1024, 9);
    let itt = initiator.begin(&common::cdb_10(0x2a, 0, 2), &Data::Out(bytes.clone()));
    let pdu = initiator.receive_kind(0x31);
    initiator.data_out(
        itt,
        TargetTransferTag::from_bytes(pdu.header[20..24].try_into().unwrap()),
        &bytes,
        512,
    );
    assert_eq!(
        initiator.receive_kind(0x21).view::<ScsiResponse>().status,
        0
    );
    initiator.begin_ping(b"");
    initiator.receive_kind(0x20);
}
