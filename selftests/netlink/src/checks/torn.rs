// SPDX-License-Identifier: GPL-2.0

//! A PDU that error handling takes away when it is half sent. The rest of it will never come, so the
//! target would take whatever is sent next for its data: the connection is of no more use.
//!
//! It takes a target that plays its part: it resets the logical unit, as it was told to, while the
//! initiator is sending the data it has asked for. The initiator must not block when it sends:
//! `recv_from_iscsi_q=1`.

use crate::client::{Client, PATIENCE};
use crate::error::{ensure, same, During, Error, Result};
use crate::event::{ConnError, Event};
use crate::message::{ConnId, StopFlag};
use crate::pdu::{opcode, task_management, Header, HEADER_LEN};
use crate::scene::Scene;
use crate::wire::{Target, Wire};
use rustix::net::sockopt;
use std::fs;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// `enum iscsi_param`, with values that make the story short.
const PARAMS: [(u32, &str); 9] = [
    // MaxXmitDataSegmentLength: all the data is one PDU.
    (1, LEN_TEXT),
    // InitialR2T, ImmediateData, FirstBurstLength and MaxBurstLength: none of it comes unasked.
    (4, "1"),
    (6, "0"),
    (7, LEN_TEXT),
    (8, LEN_TEXT),
    // Recovery is given up after this many seconds.
    (19, "2"),
    // Data that the target has asked for is sent also while it resets the unit.
    (26, "0"),
    // Patience with ABORT TASK and LOGICAL UNIT RESET, in seconds.
    (27, "20"),
    (28, "20"),
];
/// Far more than the socket takes.
const LEN: u32 = 262144;
const LEN_TEXT: &str = "262144";
/// Seconds until the command is given up.
const COMMAND_TIMEOUT: &str = "2";

/// SCSI: the only commands this target gets are those of a scan, and the one that is sent.
const INQUIRY: u8 = 0x12;
const SEND: u8 = 0x0a;
/// A processor device, for which no driver of the kernel has commands of its own, of SCSI-2.
const INQUIRY_DATA: &[u8; 36] = b"\x03\0\x02\x02\x1f\0\0\0EXAMPLE PLAYED          1   ";

pub(super) fn pdu(scene: &mut Scene) -> Result {
    let session = scene.session()?;
    let conn = scene.conn_in(session.session)?;
    let Wire { target, initiator } = Wire::with_window(1)?;
    let mut target = Played::new(target);
    start(&mut scene.client, conn, &initiator)?;
    let device = target.be_found(session.host)?;
    let command = send_to(&device)?;
    let result = target.reset_in_the_middle();
    let result = result.and_then(|()| target.expect_failure(&mut scene.client, conn));
    // Which ends the command, whatever it waits for.
    scene.client.stop(conn, StopFlag::Terminate)?;
    end(command)?;
    result
}

fn start(client: &mut Client, conn: ConnId, socket: &TcpStream) -> Result {
    sockopt::set_socket_send_buffer_size(socket, 1).during("shrinking a buffer")?;
    client.bind(conn, socket)?;
    for (param, value) in PARAMS {
        client.set_param(conn, param, value)?;
    }
    client.start(conn)
}

/// Has a SCSI command with data sent to the device.
fn send_to(device: &str) -> Result<Child> {
    let cdb = ["0a", "00", "04", "00", "00", "00"];
    Command::new("sg_raw")
        .args([
            "-t",
            COMMAND_TIMEOUT,
            "-s",
            LEN_TEXT,
            "-i",
            "/dev/zero",
            device,
        ])
        .args(cdb)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .during("running sg_raw")
}

/// Its command fails, and nobody minds.
fn end(mut command: Child) -> Result {
    let deadline = Instant::now() + PATIENCE;
    while command.try_wait().during("waiting for sg_raw")?.is_none() {
        if Instant::now() > deadline {
            return Err(Error::Late("the end of sg_raw".into()));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// The target.
struct Played {
    target: Target,
    stat_sn: u32,
    exp_cmd_sn: u32,
}

impl Played {
    fn new(target: Target) -> Self {
        Self {
            target,
            stat_sn: 1,
            exp_cmd_sn: 1,
        }
    }

    fn receive(&mut self) -> Result<Header> {
        let (header, _) = self.target.read_pdu()?;
        if let Some(cmd_sn) = header.cmd_sn() {
            self.exp_cmd_sn = cmd_sn.wrapping_add(1);
        }
        Ok(header)
    }

    fn send(&mut self, header: Header, data: &[u8]) -> Result {
        let header = header.numbered(self.stat_sn, self.exp_cmd_sn);
        self.target.write(&[&header.0, data].concat())
    }

    fn answer(&mut self, header: Header, data: &[u8]) -> Result {
        self.send(header, data)?;
        self.stat_sn = self.stat_sn.wrapping_add(1);
        Ok(())
    }

    /// Has the kernel look for the only logical unit. Returns the path of its generic device.
    fn be_found(&mut self, host: u32) -> Result<String> {
        let scan = format!("/sys/class/scsi_host/host{host}/scan");
        let scan = thread::spawn(move || fs::write(scan, "0 0 0"));
        while !scan.is_finished() {
            if self.target.await_bytes(Duration::from_millis(20)).is_err() {
                continue;
            }
            let command = self.receive()?;
            same("opcode", command.opcode(), opcode::SCSI_COMMAND)?;
            match command.cdb_opcode() {
                INQUIRY => {
                    let header = Header::data_in(&command, INQUIRY_DATA.len() as u32);
                    self.answer(header, INQUIRY_DATA)?;
                }
                _ => self.answer(Header::scsi_response(&command), &[])?,
            }
        }
        scan.join()
            .unwrap_or(Ok(()))
            .during("scanning for the device")?;
        let folder = format!("/sys/bus/scsi/devices/{host}:0:0:0/scsi_generic");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let name = fs::read_dir(&folder)
                .ok()
                .and_then(|mut names| names.next());
            if let Some(Ok(name)) = name {
                return Ok(format!("/dev/{}", name.file_name().to_string_lossy()));
            }
            // The driver for generic devices is loaded for the first of them.
            ensure(Instant::now() < deadline, || format!("nothing in {folder}"))?;
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Lets the command time out, has none of its abort, and asks for the command's data just before
    /// it resets the unit.
    fn reset_in_the_middle(&mut self) -> Result {
        let command = self.receive()?;
        same("operation code", command.cdb_opcode(), SEND)?;
        let abort = self.receive_task_management(task_management::ABORT_TASK)?;
        let rejected = Header::task_management_response(&abort, task_management::REJECTED);
        self.answer(rejected, &[])?;
        let reset = self.receive_task_management(task_management::LOGICAL_UNIT_RESET)?;
        self.send(Header::r2t(&command, LEN), &[])?;
        // Something of it has been sent, and all of it does not fit into the buffers.
        self.target.await_bytes(PATIENCE)?;
        let complete = Header::task_management_response(&reset, task_management::COMPLETE);
        self.answer(complete, &[])
    }

    fn receive_task_management(&mut self, function: u8) -> Result<Header> {
        let request = self.receive()?;
        same("opcode", request.opcode(), opcode::TASK_MANAGEMENT)?;
        same("function", request.task_management_function(), function)?;
        Ok(request)
    }

    /// The next thing the kernel has to send, which asks whether the unit is ready, ends the connection
    /// and never reaches the target.
    fn expect_failure(&mut self, client: &mut Client, conn: ConnId) -> Result {
        let event = client.wait_for("the error event", PATIENCE, |event| {
            matches!(event, Event::ConnFailed { .. })
        })?;
        let error = ConnError::XMIT_FAILED;
        same("event", event, Event::ConnFailed { conn, error })?;
        let mut received: Vec<u8> = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            match self.target.read_some(&mut buffer, PATIENCE)? {
                0 => break,
                len => received.extend(&buffer[..len]),
            }
        }
        let data = received.get(HEADER_LEN..).unwrap_or(&[]);
        ensure(data.len() < LEN as usize, || "all data came".into())?;
        ensure(data.iter().all(|&byte| byte == 0), || {
            format!("something else after {} bytes of data", {
                data.iter().position(|&byte| byte != 0).unwrap_or(0)
            })
        })
    }
}
