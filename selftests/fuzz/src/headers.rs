// SPDX-License-Identifier: GPL-2.0

//! Any 48 bytes as a header: taken for a request or response if it breaks none of the rules that are listed here by
//! the numbers of bytes and bits in the figures of RFC 7143, section 11, and read as those figures have it.

use crate::input::Input;
use iscsi_proto::{
    bhs::{
        AsyncEvent,
        Bhs,
        DataIn,
        Header,
        HeaderError,
        LoginRequest,
        LogoutRequest,
        NopIn,
        NopInRole,
        R2t,
        Reject,
        Request,
        Response,
        ScsiCommand,
        ScsiResponse,
        ScsiResponseCode,
        SnackRequest,
        TaskManagementRequest, //
    },
    code::UnknownCode,
    tag::{InitiatorTaskTag, TargetTransferTag},
};
use std::fmt::Debug;

type Bytes = [u8; 48];

const RESERVED: [u8; 4] = [0xff; 4];

pub(crate) fn run(data: &[u8]) {
    assert_eq!(Bhs::view(data).is_ok(), data.len() == 48);
    let bytes: Bytes = Input::new(data).array();
    let judged = Response::parse(&bytes);
    compare(judged.map(|_| ()), &response_faults(&bytes));
    if let Ok(response) = judged {
        check_response(&response, &bytes);
    }
    let judged = Request::parse(&bytes);
    compare(judged.map(|_| ()), &request_faults(&bytes));
    if let Ok(request) = judged {
        check_request(&request, &bytes);
    }
}

/// With more than one fault, any of them may be named.
fn compare(judged: Result<(), HeaderError>, faults: &[HeaderError]) {
    match judged {
        Ok(()) => assert_eq!(faults, []),
        Err(error) => assert!(faults.contains(&error), "{error:?} is none of {faults:?}"),
    }
}

fn word(bytes: &Bytes, at: usize) -> u32 {
    u32::from_be_bytes(four(bytes, at))
}

fn four(bytes: &Bytes, at: usize) -> [u8; 4] {
    [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]
}

/// Collects the faults whose condition holds.
fn faults<const COUNT: usize>(rules: [(bool, HeaderError); COUNT]) -> Vec<HeaderError> {
    let broken = rules.iter().filter(|(broken, _)| *broken);
    broken.map(|(_, fault)| *fault).collect()
}

fn response_faults(bytes: &Bytes) -> Vec<HeaderError> {
    let code = bytes[0] & 0x3f;
    let (final_bit, status_bit) = (bytes[1] & 0x80 != 0, bytes[1] & 1 != 0);
    let (task, transfer) = (four(bytes, 16) != RESERVED, four(bytes, 20) != RESERVED);
    match code {
        0x20 => faults([
            (!final_bit, HeaderError::NotFinal),
            (task && transfer, HeaderError::TransferTag),
        ]),
        0x21 | 0x22 | 0x26 => faults([
            (!final_bit, HeaderError::NotFinal),
            (!task, HeaderError::TaskTag),
        ]),
        0x23 | 0x24 => faults([(!task, HeaderError::TaskTag)]),
        0x25 => faults([
            (status_bit && !final_bit, HeaderError::NotFinal),
            (!task, HeaderError::TaskTag),
        ]),
        0x31 => faults([
            (!final_bit, HeaderError::NotFinal),
            (!task, HeaderError::TaskTag),
            (!transfer, HeaderError::TransferTag),
        ]),
        0x32 | 0x3f => faults([
            (!final_bit, HeaderError::NotFinal),
            (task, HeaderError::TaskTag),
        ]),
        code => vec![HeaderError::Opcode(UnknownCode(code))],
    }
}

fn request_faults(bytes: &Bytes) -> Vec<HeaderError> {
    let code = bytes[0] & 0x3f;
    let (immediate, final_bit) = (bytes[0] & 0x40 != 0, bytes[1] & 0x80 != 0);
    let (read, write) = (bytes[1] & 0x40 != 0, bytes[1] & 0x20 != 0);
    let task = four(bytes, 16) != RESERVED;
    match code {
        0x00 => faults([
            (!final_bit, HeaderError::NotFinal),
            (!task && !immediate, HeaderError::NotImmediate),
        ]),
        0x01 => faults([
            (!write && !final_bit, HeaderError::NotFinal),
            (!task, HeaderError::TaskTag),
            (
                !read && !write && word(bytes, 20) > 0,
                HeaderError::NoDirection,
            ),
        ]),
        0x02 | 0x06 => faults([
            (!final_bit, HeaderError::NotFinal),
            (!task, HeaderError::TaskTag),
        ]),
        0x03 => faults([
            (!immediate, HeaderError::NotImmediate),
            (!task, HeaderError::TaskTag),
        ]),
        0x04 | 0x05 => faults([(!task, HeaderError::TaskTag)]),
        0x10 => faults([(!final_bit, HeaderError::NotFinal)]),
        code => vec![HeaderError::Opcode(UnknownCode(code))],
    }
}

fn check_response(response: &Response<'_>, bytes: &Bytes) {
    assert_eq!(response.to_bytes(), *bytes);
    assert_eq!(response.total_ahs_length(), bytes[4]);
    assert_eq!(
        response.data_segment_length().get(),
        word(bytes, 4) & 0x00ff_ffff
    );
    assert_eq!(response.itt().to_bytes(), four(bytes, 16));
    assert_eq!(response.exp_cmd_sn().get(), word(bytes, 28));
    assert_eq!(response.max_cmd_sn().get(), word(bytes, 32));
    let counted = match bytes[0] & 0x3f {
        0x20 => four(bytes, 16) != RESERVED,
        0x25 => bytes[1] & 1 != 0,
        code => code != 0x31,
    };
    let stat_sn = response.stat_sn().map(|number| number.get());
    assert_eq!(stat_sn, counted.then(|| word(bytes, 24)));
    match response {
        Response::NopIn(header) => check_nop_in(header, bytes),
        Response::ScsiResponse(header) => check_scsi_response(header, bytes),
        Response::TaskManagementResponse(header) => check_code(header.response_code(), bytes[2]),
        Response::LoginResponse(header) => {
            check_code(header.class(), bytes[36]);
            check_code(header.status(), u16::from_be_bytes([bytes[36], bytes[37]]));
            check_code(header.flags.current_stage(), (bytes[1] >> 2) & 3);
            check_code(header.flags.next_stage(), bytes[1] & 3);
            assert_eq!(header.flags.is_consistent(), bytes[1] & 0xc0 != 0xc0);
        }
        Response::TextResponse(header) => {
            assert_eq!(header.flags.is_consistent(), bytes[1] & 0xc0 != 0xc0);
            assert_eq!(header.ttt.to_bytes(), four(bytes, 20));
        }
        Response::DataIn(header) => {
            assert_eq!(header.data_sn.get(), word(bytes, 36));
            assert_eq!(header.buffer_offset.get(), word(bytes, 40));
        }
        Response::LogoutResponse(header) => check_code(header.response_code(), bytes[2]),
        Response::R2t(header) => {
            assert_eq!(header.r2t_sn.get(), word(bytes, 36));
            assert_eq!(header.buffer_offset.get(), word(bytes, 40));
            assert_eq!(header.desired_data_transfer_length.get(), word(bytes, 44));
        }
        Response::AsyncMessage(header) => check_event(header.event(), bytes[36]),
        Response::Reject(header) => check_code(header.reason_code(), bytes[2]),
    }
}

fn check_request(request: &Request<'_>, bytes: &Bytes) {
    assert_eq!(request.to_bytes(), *bytes);
    assert_eq!(request.is_immediate(), bytes[0] & 0x40 != 0);
    assert_eq!(request.total_ahs_length(), bytes[4]);
    assert_eq!(
        request.data_segment_length().get(),
        word(bytes, 4) & 0x00ff_ffff
    );
    assert_eq!(request.itt().to_bytes(), four(bytes, 16));
    assert_eq!(request.exp_stat_sn().get(), word(bytes, 28));
    let numbered = !matches!(bytes[0] & 0x3f, 0x05 | 0x10);
    let cmd_sn = request.cmd_sn().map(|number| number.get());
    assert_eq!(cmd_sn, numbered.then(|| word(bytes, 24)));
    match request {
        Request::ScsiCommand(header) => {
            check_code(header.flags.attribute(), bytes[1] & 7);
            assert_eq!(header.cdb, bytes[32..]);
        }
        Request::TaskManagementRequest(header) => {
            check_code(header.flags.function(), bytes[1] & 0x7f)
        }
        Request::LoginRequest(header) => check_code(header.flags.next_stage(), bytes[1] & 3),
        Request::LogoutRequest(header) => check_code(header.flags.reason(), bytes[1] & 0x7f),
        Request::SnackRequest(header) => check_code(header.flags.snack_type(), bytes[1] & 0x0f),
        Request::NopOut(_) | Request::TextRequest(_) | Request::DataOut(_) => {}
    }
}

/// A code is the number in its field, or that number is not assigned.
fn check_code<Code, Int>(code: Result<Code, UnknownCode<Int>>, number: Int)
where
    Code: Into<Int>,
    Int: Copy + Debug + PartialEq,
{
    let found = match code {
        Ok(code) => code.into(),
        Err(UnknownCode(number)) => number,
    };
    assert_eq!(found, number);
}

fn check_nop_in(header: &NopIn, bytes: &Bytes) {
    let (task, transfer) = (four(bytes, 16), four(bytes, 20));
    let expected = if task != RESERVED {
        NopInRole::Answer(InitiatorTaskTag::from_bytes(task))
    } else if transfer != RESERVED {
        NopInRole::Ping(TargetTransferTag::from_bytes(transfer))
    } else {
        NopInRole::Confirmation
    };
    assert_eq!(header.role(), Ok(expected));
}

fn check_scsi_response(header: &ScsiResponse, bytes: &Bytes) {
    let expected = match bytes[2] {
        0 => Ok(ScsiResponseCode::Completed),
        1 => Ok(ScsiResponseCode::TargetFailure),
        vendor @ 0x80.. => Ok(ScsiResponseCode::Vendor(vendor)),
        other => Err(UnknownCode(other)),
    };
    assert_eq!(header.response_code(), expected);
    assert_eq!(header.status, bytes[3]);
    assert_eq!(header.residual_count.get(), word(bytes, 44));
}

fn check_event(event: Result<AsyncEvent, UnknownCode>, number: u8) {
    match event {
        Ok(AsyncEvent::Vendor(vendor)) => assert!(vendor == number && number >= 248),
        Ok(_) => assert!(number <= 5),
        Err(unknown) => assert!(unknown == UnknownCode(number) && (6..248).contains(&number)),
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    // Every header as it has to be; without a task where `Default` leaves its tag reserved.
    let mut headers = vec![
        NopIn::default().to_bytes(),
        Reject::default().to_bytes(),
        SnackRequest::default().to_bytes(),
    ];
    let with_task = [
        ScsiCommand::default().to_bytes(),
        ScsiResponse::default().to_bytes(),
        DataIn::default().to_bytes(),
        R2t::default().to_bytes(),
        LoginRequest::default().to_bytes(),
        LogoutRequest::default().to_bytes(),
        TaskManagementRequest::default().to_bytes(),
    ];
    headers.extend(with_task.map(|mut header| {
        header[16..24].copy_from_slice(&[5, 0, 0, 0, 0, 0, 0, 7]);
        header
    }));
    // The opcodes that differ from another in nothing but that.
    for opcode in [0x22, 0x23, 0x24, 0x26, 0x40, 0x44, 0x05] {
        let mut header = [0; 48];
        (header[0], header[1]) = (opcode, 0x80);
        headers.push(header);
    }
    let mut event = [0; 48];
    (event[0], event[1], event[36]) = (0x32, 0x80, 1);
    event[16..20].copy_from_slice(&RESERVED);
    headers.push(event);
    headers.into_iter().map(Vec::from).collect()
}
