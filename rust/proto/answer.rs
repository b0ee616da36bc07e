// SPDX-License-Identifier: GPL-2.0

//! Which response may answer which task (RFC 7143, sections 11.3 to 11.19).
//!
//! A target names a task by its Initiator Task Tag, and may name any. A response counts only for a
//! task that was sent and waits for a response of this kind.

use crate::opcode::{
    RequestOpcode,
    ResponseOpcode, //
};

/// Which way the data of a SCSI command goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// There is none.
    None,
    /// To the initiator.
    Read,
    /// To the target.
    Write,
}

/// What a task has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A SCSI command.
    Command(Direction),
    /// Anything else, by the opcode of its header; [`None`] when there is no such opcode.
    Other(Option<RequestOpcode>),
}

/// How far a task has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nobody uses it.
    Free,
    /// It waits to be sent.
    Queued,
    /// Its request is sent, or being sent.
    Sent,
    /// It was completed or aborted, and somebody still holds it.
    Over,
}

/// What to do with a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the answer to the task, or to none.
    Accept,
    /// Drop it: it comes too late for a task that is over, which is nobody's fault.
    Ignore,
    /// The target broke the protocol.
    Refuse,
}

impl Request {
    /// What a task without a SCSI command has asked for, by the code of the opcode in its header.
    ///
    /// That may be the code of the response by now: be2iscsi writes what its card has matched with the
    /// request over it.
    #[inline]
    pub fn of_header(code: u8) -> Self {
        Self::Other(RequestOpcode::try_from(code).ok().or_else(|| {
            Some(match ResponseOpcode::try_from(code).ok()? {
                ResponseOpcode::NopIn => RequestOpcode::NopOut,
                ResponseOpcode::TaskManagementResponse => RequestOpcode::TaskManagementRequest,
                ResponseOpcode::LoginResponse => RequestOpcode::LoginRequest,
                ResponseOpcode::TextResponse => RequestOpcode::TextRequest,
                ResponseOpcode::LogoutResponse => RequestOpcode::LogoutRequest,
                _ => return None,
            })
        }))
    }

    /// Whether `response` is one of those that this request may get.
    const fn may_get(self, response: ResponseOpcode) -> bool {
        match self {
            Self::Command(direction) => match response {
                ResponseOpcode::ScsiResponse => true,
                ResponseOpcode::DataIn => matches!(direction, Direction::Read),
                ResponseOpcode::R2t => matches!(direction, Direction::Write),
                _ => false,
            },
            Self::Other(Some(request)) => matches!(
                (request, response),
                (RequestOpcode::NopOut, ResponseOpcode::NopIn)
                    | (
                        RequestOpcode::TaskManagementRequest,
                        ResponseOpcode::TaskManagementResponse
                    )
                    | (RequestOpcode::LoginRequest, ResponseOpcode::LoginResponse)
                    | (RequestOpcode::TextRequest, ResponseOpcode::TextResponse)
                    | (RequestOpcode::LogoutRequest, ResponseOpcode::LogoutResponse)
            ),
            Self::Other(None) => false,
        }
    }
}

/// Judges a response that names a task.
///
/// # Examples
///
/// ```
/// use iscsi_proto::answer::{to_task, Direction, Progress, Request, Verdict};
/// use iscsi_proto::opcode::ResponseOpcode;
///
/// let read = Request::Command(Direction::Read);
/// assert_eq!(to_task(ResponseOpcode::DataIn, read, Progress::Sent), Verdict::Accept);
/// assert_eq!(to_task(ResponseOpcode::DataIn, read, Progress::Queued), Verdict::Refuse);
/// assert_eq!(to_task(ResponseOpcode::NopIn, read, Progress::Sent), Verdict::Refuse);
/// ```
#[inline]
pub const fn to_task(response: ResponseOpcode, request: Request, progress: Progress) -> Verdict {
    match progress {
        Progress::Free | Progress::Queued => Verdict::Refuse,
        Progress::Sent | Progress::Over if !request.may_get(response) => Verdict::Refuse,
        Progress::Sent => Verdict::Accept,
        Progress::Over => Verdict::Ignore,
    }
}

/// Judges a response whose Initiator Task Tag is the reserved one: it answers no task.
#[inline]
pub const fn to_nobody(response: ResponseOpcode) -> Verdict {
    match response {
        ResponseOpcode::NopIn | ResponseOpcode::AsyncMessage | ResponseOpcode::Reject => {
            Verdict::Accept
        }
        _ => Verdict::Refuse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESPONSES: [ResponseOpcode; 10] = [
        ResponseOpcode::NopIn,
        ResponseOpcode::ScsiResponse,
        ResponseOpcode::TaskManagementResponse,
        ResponseOpcode::LoginResponse,
        ResponseOpcode::TextResponse,
        ResponseOpcode::DataIn,
        ResponseOpcode::LogoutResponse,
        ResponseOpcode::R2t,
        ResponseOpcode::AsyncMessage,
        ResponseOpcode::Reject,
    ];

    /// The responses that a request which was sent may get.
    fn answers(request: Request) -> Vec<ResponseOpcode> {
        RESPONSES
            .into_iter()
            .filter(|response| to_task(*response, request, Progress::Sent) == Verdict::Accept)
            .collect()
    }

    #[test]
    fn each_request_has_its_responses_and_no_others() {
        use ResponseOpcode as Response;
        assert_eq!(
            answers(Request::Command(Direction::None)),
            [Response::ScsiResponse]
        );
        assert_eq!(
            answers(Request::Command(Direction::Read)),
            [Response::ScsiResponse, Response::DataIn]
        );
        assert_eq!(
            answers(Request::Command(Direction::Write)),
            [Response::ScsiResponse, Response::R2t]
        );
        for (request, response) in [
            (RequestOpcode::NopOut, Response::NopIn),
            (
                RequestOpcode::TaskManagementRequest,
                Response::TaskManagementResponse,
            ),
            (RequestOpcode::LoginRequest, Response::LoginResponse),
            (RequestOpcode::TextRequest, Response::TextResponse),
            (RequestOpcode::LogoutRequest, Response::LogoutResponse),
        ] {
            assert_eq!(answers(Request::Other(Some(request))), [response]);
            for code in [request as u8, response as u8] {
                assert_eq!(Request::of_header(code), Request::Other(Some(request)));
            }
        }
        for response in [Response::DataIn, Response::R2t, Response::Reject] {
            assert_eq!(Request::of_header(response as u8), Request::Other(None));
        }
        for request in [
            None,
            Some(RequestOpcode::ScsiCommand),
            Some(RequestOpcode::DataOut),
            Some(RequestOpcode::SnackRequest),
        ] {
            assert_eq!(answers(Request::Other(request)), []);
        }
    }

    #[test]
    fn what_was_not_sent_has_no_answer_and_what_is_over_needs_none() {
        let read = Request::Command(Direction::Read);
        for response in RESPONSES {
            assert_eq!(to_task(response, read, Progress::Free), Verdict::Refuse);
            assert_eq!(to_task(response, read, Progress::Queued), Verdict::Refuse);
        }
        let late = |response| to_task(response, read, Progress::Over);
        assert_eq!(late(ResponseOpcode::DataIn), Verdict::Ignore);
        assert_eq!(late(ResponseOpcode::R2t), Verdict::Refuse);
    }

    #[test]
    fn only_unsolicited_responses_name_no_task() {
        let accepted: Vec<_> = RESPONSES
            .into_iter()
            .filter(|response| to_nobody(*response) == Verdict::Accept)
            .collect();
        assert_eq!(
            accepted,
            [
                ResponseOpcode::NopIn,
                ResponseOpcode::AsyncMessage,
                ResponseOpcode::Reject
            ]
        );
    }
}
