// SPDX-License-Identifier: GPL-2.0

//! The data of a Reject (RFC 7143, section 11.17): what it is about is read from the bytes where section 11.18 has
//! the tags, and an action is named only for a NOP-Out that was one immediate command too many.

use crate::input::Input;
use iscsi_proto::{
    bhs::{
        Header,
        HeaderError,
        LoginRequest,
        NopOut,
        RejectReason,
        ScsiCommand, //
    },
    opcode::RequestOpcode,
    reject::{Action, Rejected},
    tag::{InitiatorTaskTag, TargetTransferTag},
};

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let reason = input.choose(RejectReason::ALL);
    let segment = input.take_rest();
    let rejected = Rejected::parse(segment);
    let Some(header) = segment.first_chunk::<48>() else {
        return assert_eq!(rejected, Err(HeaderError::Length));
    };
    let rejected = rejected.expect("any header may be rejected");
    assert_eq!(rejected, expected(header));

    let too_many = reason == RejectReason::ImmediateCommandReject;
    let action = match rejected {
        Rejected::Ping { itt } if too_many => Action::CompletePing { itt },
        Rejected::PingAnswer { lun, ttt } if too_many => Action::ResendAnswer { lun, ttt },
        _ => Action::Log,
    };
    assert_eq!(rejected.action(reason), action);
}

fn expected(header: &[u8; 48]) -> Rejected {
    let mut input = Input::new(header);
    let code = input.byte() & 0x3f;
    input.take(7);
    let lun = input.array();
    let (itt, ttt): ([u8; 4], [u8; 4]) = (input.array(), input.array());
    let task = InitiatorTaskTag::from_bytes(itt);
    match code {
        0x00 if itt != [0xff; 4] => Rejected::Ping { itt: task },
        0x00 if ttt != [0xff; 4] => Rejected::PingAnswer {
            lun: iscsi_proto::bhs::Lun::from_bytes(lun),
            ttt: TargetTransferTag::from_bytes(ttt),
        },
        0x00..=0x06 | 0x10 => Rejected::Request {
            opcode: RequestOpcode::try_from(code).expect("it is assigned"),
            itt: task,
        },
        opcode => Rejected::Unknown { opcode },
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut ping = NopOut::default();
    ping.itt = InitiatorTaskTag::from_bytes([5, 0, 0, 0x10]);
    let mut answer = NopOut::default();
    answer.ttt = TargetTransferTag::from_bytes([1, 2, 3, 4]);
    let reason = |index: u8, header: &[u8]| [&[index], header].concat();
    vec![
        reason(4, &ping.to_bytes()),
        reason(4, &answer.to_bytes()),
        reason(4, &NopOut::default().to_bytes()),
        reason(2, &ping.to_bytes()),
        reason(
            7,
            &[&ScsiCommand::default().to_bytes()[..], b"vendor"].concat(),
        ),
        reason(10, &LoginRequest::default().to_bytes()),
        reason(4, &[0x20; 48]),
        reason(0, &[0; 47]),
    ]
}
