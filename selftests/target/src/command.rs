// SPDX-License-Identifier: GPL-2.0

//! SCSI commands from their header to their status (RFC 7143, sections 11.3, 11.4, 11.7 and 11.8).

use crate::action::Action;
use crate::connection::{Connection, End};
use crate::data::{split, Arrival, Burst, Intake};
use crate::pdu::Pdu;
use crate::scsi::{Answer, Plan};
use crate::sending::Sent;
use crate::sense;
use crate::target::Target;
use crate::task::Facts;
use crate::worker::{Done, Job};
use iscsi_proto::bhs::{
    DataIn, DataInFlags, DataOut, FinalFlag, R2t, ScsiCommand, ScsiCommandFlags, ScsiResponse,
    ScsiResponseFlags,
};
use iscsi_proto::tag::{InitiatorTaskTag, TargetTransferTag};

/// Commands that report no unit attention: REQUEST SENSE, INQUIRY, REPORT LUNS.
const QUIET: [u8; 3] = [0x03, 0x12, 0xa0];

/// How much more or less there was to transfer than expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Residual {
    /// O.
    overflow: bool,
    /// U.
    underflow: bool,
    /// Residual Count.
    count: u32,
}

impl Residual {
    /// Of a command that expected `expected` bytes where there were `length`.
    fn of(expected: u32, length: u64) -> Self {
        let difference = length.abs_diff(expected.into());
        Self {
            overflow: length > expected.into(),
            underflow: length < expected.into(),
            count: u32::try_from(difference).unwrap_or(u32::MAX),
        }
    }
}

impl Connection {
    /// Takes a command, of which the task has begun.
    pub(crate) fn scsi_command(
        &mut self,
        target: &mut Target,
        header: &ScsiCommand,
        data: &[u8],
        actions: &[Action],
    ) -> Result<(), End> {
        let facts = Facts::of(header);
        if let Some(template) = actions.iter().find_map(|action| match action {
            Action::Respond(template) => Some(template),
            _ => None,
        }) {
            self.insert(template, facts.itt, Some(&facts));
            self.tasks.end(facts.itt);
            return Ok(());
        }
        let plan = self.plan(target, header, &facts);
        let wanted = if facts.write && plan.takes_data() {
            u32::try_from(plan.length())
                .unwrap_or(u32::MAX)
                .min(facts.expected)
        } else {
            0
        };
        let expected = if facts.write { facts.expected } else { 0 };
        let last = header.flags.contains(ScsiCommandFlags::FINAL);
        let intake = match Intake::new((expected, wanted), data, last, &self.params) {
            Ok(intake) => intake,
            Err(what) => {
                self.violation(what)?;
                Intake::default()
            }
        };
        if let Some(task) = self.tasks.get_mut(facts.itt) {
            task.length = plan.length();
            task.plan = Some(plan);
            task.intake = intake;
            for action in actions {
                match action {
                    Action::ExtraR2t(count) => task.extra_r2t = *count,
                    Action::SeparateStatus => task.separate_status = true,
                    _ => {}
                }
            }
        }
        self.proceed(target, facts.itt);
        Ok(())
    }

    /// What a command asks for, or a unit attention.
    fn plan(&mut self, target: &Target, header: &ScsiCommand, facts: &Facts) -> Plan {
        if facts.lun == 0 && !QUIET.contains(&facts.operation) {
            if let Some(attention) = self.attention.take() {
                return Plan::Answer(Answer::failed(attention));
            }
        }
        target.disk.plan(&header.cdb, facts.lun)
    }

    /// Takes data of a write.
    pub(crate) fn data_out(
        &mut self,
        target: &mut Target,
        header: &DataOut,
        data: &[u8],
    ) -> Result<(), End> {
        let Some(task) = self.tasks.get_mut(header.itt) else {
            // It was aborted, or had failed before its data came.
            return Ok(());
        };
        let solicited = !header.ttt.is_reserved();
        let arrival = Arrival {
            ttt: solicited.then(|| u32::from_be_bytes(header.ttt.to_bytes())),
            data_sn: header.data_sn.get(),
            offset: header.buffer_offset.get(),
            last: header.flags.contains(FinalFlag::FINAL),
        };
        if let Err(what) = task.intake.take(&arrival, data) {
            self.violation(what)?;
        }
        self.proceed(target, header.itt);
        Ok(())
    }

    /// Asks for more data, or does what the command asks for.
    fn proceed(&mut self, target: &mut Target, itt: InitiatorTaskTag) {
        self.solicit(target, itt);
        let Some(task) = self.tasks.get_mut(itt) else {
            return;
        };
        if !task.intake.is_complete() {
            return;
        }
        let Some(plan) = task.plan.take() else {
            return;
        };
        let limit = if task.facts.read {
            task.facts.expected
        } else {
            0
        };
        let data = std::mem::take(&mut task.intake.buffer);
        let serial = task.serial;
        match plan.into_work(limit, data) {
            Ok(work) => target.pool.submit(Job {
                connection: self.token,
                serial,
                work,
            }),
            Err(answer) => self.answer(target, itt, &answer),
        }
    }

    /// Sends as many R2Ts as may be outstanding.
    fn solicit(&mut self, target: &mut Target, itt: InitiatorTaskTag) {
        loop {
            let ttt = self.new_ttt();
            let Some(task) = self.tasks.get_mut(itt) else {
                return;
            };
            let Some(burst) = task.intake.next_burst(ttt) else {
                return;
            };
            let extra = std::mem::take(&mut task.extra_r2t);
            self.send_r2t(target, itt, burst);
            for _ in 0..extra {
                // The data of these is of no use, and not waited for.
                let ttt = self.new_ttt();
                self.send_r2t(target, itt, burst.again(ttt));
            }
        }
    }

    /// Sends an R2T.
    fn send_r2t(&mut self, target: &mut Target, itt: InitiatorTaskTag, burst: Burst) {
        let Some(task) = self.tasks.get_mut(itt) else {
            return;
        };
        let mut header = R2t::default();
        header.lun = task.facts.lun_field;
        header.itt = itt;
        header.ttt = TargetTransferTag::from_bytes(burst.ttt.to_be_bytes());
        header.r2t_sn = task.next_sn.into();
        header.buffer_offset = burst.offset.into();
        header.desired_data_transfer_length = burst.length.into();
        task.next_sn = task.next_sn.wrapping_add(1);
        let facts = task.facts.clone();
        self.send(target, Pdu::new(&header), Some(&facts));
    }

    /// Takes the result of work.
    pub(crate) fn done(&mut self, target: &mut Target, done: Done) {
        // A task that was aborted has no answer.
        let Some(itt) = self.tasks.tag_of(done.serial) else {
            return;
        };
        let answer = match done.result {
            Ok(data) => Answer::good(data),
            Err(sense) => Answer::failed(sense),
        };
        self.answer(target, itt, &answer);
    }

    /// Answers a command.
    fn answer(&mut self, target: &mut Target, itt: InitiatorTaskTag, answer: &Answer) {
        let Some(task) = self.tasks.get(itt) else {
            return;
        };
        let facts = task.facts.clone();
        let length = if answer.sense.is_some() {
            0
        } else {
            task.length
        };
        let residual = Residual::of(facts.expected, length);
        let separate = task.separate_status;
        let expected = if facts.read {
            facts.expected as usize
        } else {
            0
        };
        let data = answer.data.get(..expected).unwrap_or(&answer.data);
        let sent = if data.is_empty() {
            self.send_status(target, &facts, answer, residual)
        } else if separate {
            self.send_data(target, &facts, data, None);
            self.send_status(target, &facts, answer, residual)
        } else {
            self.send_data(target, &facts, data, Some(residual))
        };
        if sent == Sent::Sent {
            self.tasks.end(itt);
        }
    }

    /// Sends a SCSI Response.
    fn send_status(
        &mut self,
        target: &mut Target,
        facts: &Facts,
        answer: &Answer,
        residual: Residual,
    ) -> Sent {
        let mut header = ScsiResponse::default();
        header.itt = facts.itt;
        header.status = answer.status;
        header.flags = header
            .flags
            .with(ScsiResponseFlags::OVERFLOW, residual.overflow)
            .with(ScsiResponseFlags::UNDERFLOW, residual.underflow);
        header.residual_count = residual.count.into();
        header.exp_data_sn = self
            .tasks
            .get(facts.itt)
            .map_or(0, |task| task.next_sn)
            .into();
        let sense = answer.sense.map(|sense| sense::segment(&sense.to_bytes()));
        let pdu = Pdu::with_data(&header, sense.unwrap_or_default());
        self.send(target, pdu, Some(facts))
    }

    /// Sends the data of a read, and with it its status if there is a `residual`.
    fn send_data(
        &mut self,
        target: &mut Target,
        facts: &Facts,
        data: &[u8],
        residual: Option<Residual>,
    ) -> Sent {
        let length = u32::try_from(data.len()).unwrap_or(0);
        let mut sent = Sent::Sent;
        for piece in split(length, self.params.max_send, self.params.max_burst) {
            let end = piece.offset.saturating_add(piece.length);
            let mut header = DataIn::default();
            header.itt = facts.itt;
            header.data_sn = self.next_data_sn(facts.itt).into();
            header.buffer_offset = piece.offset.into();
            header.flags = DataInFlags::default().with(DataInFlags::FINAL, piece.last);
            if let (Some(residual), true) = (residual, end == length) {
                header.flags = header
                    .flags
                    .with(DataInFlags::STATUS, true)
                    .with(DataInFlags::OVERFLOW, residual.overflow)
                    .with(DataInFlags::UNDERFLOW, residual.underflow);
                header.residual_count = residual.count.into();
            }
            let bytes = data.get(piece.offset as usize..end as usize).unwrap_or(&[]);
            sent = self.send(target, Pdu::with_data(&header, bytes.to_vec()), Some(facts));
        }
        sent
    }

    /// The DataSN of the next Data-In.
    fn next_data_sn(&mut self, itt: InitiatorTaskTag) -> u32 {
        let Some(task) = self.tasks.get_mut(itt) else {
            return 0;
        };
        let number = task.next_sn;
        task.next_sn = number.wrapping_add(1);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn residuals_count_the_difference() {
        assert_eq!(Residual::of(512, 512), Residual::default());
        let more = Residual::of(512, 1024);
        assert_eq!(
            (more.overflow, more.underflow, more.count),
            (true, false, 512)
        );
        let less = Residual::of(255, 36);
        assert_eq!(
            (less.overflow, less.underflow, less.count),
            (false, true, 219)
        );
    }
}
