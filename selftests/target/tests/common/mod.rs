// SPDX-License-Identifier: GPL-2.0

//! A target as a process, and a small initiator to talk to it. Nothing here waits for ever.

#![allow(dead_code)]

mod target;

pub(crate) use target::Target;

use iscsi_proto::bhs::{
    DataIn, DataInFlags, DataOut, FinalFlag, Header, LoginFlags, LoginRequest, LoginResponse,
    LoginStage, LogoutFlags, LogoutReason, LogoutRequest, Lun, NopOut, R2t, ScsiCommand,
    ScsiCommandFlags, ScsiResponse, ScsiResponseFlags, TaskManagementFlags, TaskManagementFunction,
    TaskManagementRequest, TaskManagementResponse, TextRequest,
};
use iscsi_proto::digest;
use iscsi_proto::pdu::padding;
use iscsi_proto::tag::{InitiatorTaskTag, Itt, TargetTransferTag};
use md5::{Digest, Md5};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// How long nothing has to come for there to be nothing.
pub(crate) const QUIET: Duration = Duration::from_millis(300);
/// The target's name.
pub(crate) const NAME: &str = "iqn.2026-11.test:scripted";

/// A PDU that was received.
#[derive(Clone, Debug)]
pub(crate) struct Pdu {
    pub(crate) header: [u8; 48],
    pub(crate) ahs: Vec<u8>,
    pub(crate) data: Vec<u8>,
    pub(crate) header_digest_is_right: bool,
    pub(crate) data_digest_is_right: bool,
    pub(crate) at: Instant,
}

impl Pdu {
    pub(crate) fn opcode(&self) -> u8 {
        self.header[0] & 0x3f
    }

    pub(crate) fn view<H: Header>(&self) -> &H {
        H::view(&self.header).unwrap()
    }

    pub(crate) fn number(&self, at: usize) -> u32 {
        u32::from_be_bytes(self.header[at..at + 4].try_into().unwrap())
    }

    pub(crate) fn tag(&self) -> [u8; 4] {
        self.header[16..20].try_into().unwrap()
    }
}

/// Why there is no PDU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Nothing {
    /// Nothing came in time.
    Silence,
    /// The connection was closed, after so many bytes of a PDU.
    Closed(usize),
    /// The connection was reset, after so many bytes of a PDU.
    Reset(usize),
}

/// Which way the data of a command goes.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    None,
    In(u32),
    Out(Vec<u8>),
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) status: u8,
    pub(crate) data: Vec<u8>,
    pub(crate) sense: Vec<u8>,
    /// Positive when there was more than expected.
    pub(crate) residual: i64,
}

/// How to log in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manner {
    pub(crate) keys: Vec<&'static str>,
    pub(crate) chap: Option<(&'static str, &'static str)>,
    pub(crate) mutual: Option<(&'static str, &'static str)>,
    pub(crate) discovery: bool,
    pub(crate) isid: u8,
}

/// An initiator with one connection.
pub(crate) struct Initiator {
    pub(crate) stream: TcpStream,
    pub(crate) header_digest: bool,
    pub(crate) data_digest: bool,
    pub(crate) cmd_sn: u32,
    pub(crate) exp_stat_sn: u32,
    pub(crate) next_index: u32,
    pub(crate) answers: Vec<(String, String)>,
    pub(crate) r2t_peak: usize,
}

fn crc(parts: &[&[u8]]) -> [u8; 4] {
    let sum = parts
        .iter()
        .fold(0, |sum, part| crc32c::crc32c_append(sum, part));
    digest::to_wire(!sum)
}

fn chap_response(id: u8, secret: &str, challenge: &[u8]) -> String {
    let mut hash = Md5::new();
    hash.update([id]);
    hash.update(secret);
    hash.update(challenge);
    let hash: [u8; 16] = hash.finalize().into();
    format!("0x{:032x}", u128::from_be_bytes(hash))
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("0x").unwrap().as_bytes();
    let pairs = digits
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

impl Initiator {
    /// Connects.
    pub(crate) fn connect(target: &Target) -> Self {
        let stream = TcpStream::connect_timeout(&target.address, PATIENCE).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self {
            stream,
            header_digest: false,
            data_digest: false,
            cmd_sn: 1,
            exp_stat_sn: 0,
            next_index: 0,
            answers: Vec::new(),
            r2t_peak: 0,
        }
    }

    /// Connects and logs in.
    pub(crate) fn log_in(target: &Target) -> Self {
        Self::log_in_with(target, &Manner::default()).unwrap()
    }

    /// Connects and logs in in some manner; the status of the login if it fails.
    pub(crate) fn log_in_with(target: &Target, manner: &Manner) -> Result<Self, u16> {
        let mut initiator = Self::connect(target);
        initiator.login(manner)?;
        Ok(initiator)
    }

    /// A tag as Linux makes them.
    pub(crate) fn new_tag(&mut self) -> InitiatorTaskTag {
        self.next_index += 1;
        Itt::new(self.next_index - 1, 3).unwrap().into()
    }

    /// Sends a PDU.
    pub(crate) fn send(&mut self, header: &impl Header, data: &[u8]) {
        let mut bytes = header.to_bytes().to_vec();
        bytes[5..8].copy_from_slice(&(data.len() as u32).to_be_bytes()[1..]);
        if self.header_digest {
            bytes.extend(crc(&[&bytes]));
        }
        if !data.is_empty() {
            let pad = vec![0; padding(data.len() as u32) as usize];
            bytes.extend(data);
            bytes.extend(&pad);
            if self.data_digest {
                bytes.extend(crc(&[data, &pad]));
            }
        }
        self.stream.write_all(&bytes).unwrap();
    }

    /// Reads bytes.
    pub(crate) fn read_exact(&mut self, bytes: &mut [u8], before: usize) -> Result<(), Nothing> {
        let mut done = 0;
        while done < bytes.len() {
            match self.stream.read(&mut bytes[done..]) {
                Ok(0) => return Err(Nothing::Closed(before + done)),
                Ok(count) => done += count,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                    return Err(Nothing::Reset(before + done))
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return Err(Nothing::Silence)
                }
                Err(error) => panic!("{error}"),
            }
        }
        Ok(())
    }

    /// Receives a PDU within some time.
    pub(crate) fn receive_within(&mut self, time: Duration) -> Result<Pdu, Nothing> {
        self.stream.set_read_timeout(Some(time)).unwrap();
        let mut pdu = Pdu {
            header: [0; 48],
            ahs: Vec::new(),
            data: Vec::new(),
            header_digest_is_right: true,
            data_digest_is_right: true,
            at: Instant::now(),
        };
        let mut header = [0; 48];
        self.read_exact(&mut header, 0)?;
        pdu.at = Instant::now();
        pdu.header = header;
        pdu.ahs = vec![0; 4 * usize::from(header[4])];
        let mut ahs = std::mem::take(&mut pdu.ahs);
        self.read_exact(&mut ahs, 48)?;
        pdu.ahs = ahs;
        let mut count = 48 + pdu.ahs.len();
        let mut digest = [0; 4];
        if self.header_digest {
            self.read_exact(&mut digest, count)?;
            pdu.header_digest_is_right = digest == crc(&[&pdu.header, &pdu.ahs]);
            count += 4;
        }
        let length = u32::from_be_bytes([0, header[5], header[6], header[7]]);
        if length > 0 {
            let mut data = vec![0; (length + padding(length)) as usize];
            self.read_exact(&mut data, count)?;
            if self.data_digest {
                self.read_exact(&mut digest, count + data.len())?;
                pdu.data_digest_is_right = digest == crc(&[&data]);
            }
            data.truncate(length as usize);
            pdu.data = data;
        }
        Ok(pdu)
    }

    /// Receives a PDU.
    pub(crate) fn receive(&mut self) -> Pdu {
        self.receive_within(PATIENCE).unwrap()
    }

    /// Receives a PDU with this opcode.
    pub(crate) fn receive_kind(&mut self, opcode: u8) -> Pdu {
        let pdu = self.receive();
        assert_eq!(pdu.opcode(), opcode, "{pdu:?}");
        pdu
    }

    /// Nothing comes.
    pub(crate) fn expect_silence(&mut self) {
        assert_eq!(self.receive_within(QUIET).unwrap_err(), Nothing::Silence);
    }

    /// Takes note of a StatSN that has to be the next one.
    pub(crate) fn check_stat_sn(&mut self, pdu: &Pdu) {
        assert_eq!(pdu.number(24), self.exp_stat_sn, "StatSN of {pdu:?}");
        self.exp_stat_sn = self.exp_stat_sn.wrapping_add(1);
    }

    /// One login request and its answer.
    fn login_step(
        &mut self,
        manner: &Manner,
        from: LoginStage,
        to: Option<LoginStage>,
        keys: &[String],
    ) -> Result<Pdu, u16> {
        let mut header = LoginRequest::default();
        header.flags = LoginFlags::default()
            .with(LoginFlags::TRANSIT, to.is_some())
            .with_stages(from, to.unwrap_or(LoginStage::SecurityNegotiation));
        header.isid = [0, 0, 0, 0, 0, manner.isid];
        header.itt = InitiatorTaskTag::from_bytes([0; 4]);
        header.cmd_sn = self.cmd_sn.into();
        let text = [&keys.join("\0")[..], "\0"].concat();
        self.send(&header, text.as_bytes());
        let pdu = self.receive_kind(0x23);
        let response: &LoginResponse = pdu.view();
        let status = u16::from_be_bytes([response.status_class, response.status_detail]);
        self.exp_stat_sn = response.stat_sn.get().wrapping_add(1);
        for pair in String::from_utf8(pdu.data.clone())
            .unwrap()
            .split_terminator('\0')
        {
            let (key, value) = pair.split_once('=').unwrap();
            self.answers.push((key.to_owned(), value.to_owned()));
        }
        match status {
            0 => Ok(pdu),
            status => Err(status),
        }
    }

    /// The last answer to a key.
    pub(crate) fn answer(&self, key: &str) -> Option<&str> {
        let mut found = self.answers.iter().rev().filter(|(known, _)| known == key);
        found.next().map(|(_, value)| value.as_str())
    }

    /// Logs in; the status of the login if it fails.
    pub(crate) fn login(&mut self, manner: &Manner) -> Result<Pdu, u16> {
        let (security, operational) = (
            LoginStage::SecurityNegotiation,
            LoginStage::OperationalNegotiation,
        );
        let mut keys = vec!["InitiatorName=iqn.2026-11.test:initiator".to_owned()];
        if manner.discovery {
            keys.push("SessionType=Discovery".to_owned());
        } else {
            keys.push(format!("TargetName={NAME}"));
        }
        if let Some((user, secret)) = manner.chap {
            keys.push("AuthMethod=CHAP".to_owned());
            self.login_step(manner, security, None, &keys)?;
            self.login_step(manner, security, None, &["CHAP_A=5".to_owned()])?;
            let id = self.answer("CHAP_I").unwrap().parse().unwrap();
            let challenge = from_hex(self.answer("CHAP_C").unwrap());
            let mut proof = vec![
                format!("CHAP_N={user}"),
                format!("CHAP_R={}", chap_response(id, secret, &challenge)),
            ];
            if manner.mutual.is_some() {
                proof.extend(["CHAP_I=9".to_owned(), "CHAP_C=0x0a0b0c0d0e0f".to_owned()]);
            }
            self.login_step(manner, security, Some(operational), &proof)?;
            if let Some((user, secret)) = manner.mutual {
                assert_eq!(self.answer("CHAP_N"), Some(user));
                let wanted = chap_response(9, secret, &from_hex("0x0a0b0c0d0e0f"));
                assert_eq!(self.answer("CHAP_R"), Some(wanted.as_str()));
            }
        } else {
            keys.push("AuthMethod=None".to_owned());
            self.login_step(manner, security, Some(operational), &keys)?;
        }
        let mut keys: Vec<String> = manner.keys.iter().map(|key| (*key).to_owned()).collect();
        if !manner
            .keys
            .iter()
            .any(|key| key.starts_with("MaxRecvDataSegmentLength"))
        {
            keys.push("MaxRecvDataSegmentLength=65536".to_owned());
        }
        let pdu = self.login_step(
            manner,
            operational,
            Some(LoginStage::FullFeaturePhase),
            &keys,
        )?;
        assert!(pdu.view::<LoginResponse>().tsih.get() > 0);
        self.header_digest = self.answer("HeaderDigest") == Some("CRC32C");
        self.data_digest = self.answer("DataDigest") == Some("CRC32C");
        Ok(pdu)
    }

    /// A number that was agreed on, or else the one of the RFC.
    pub(crate) fn agreed(&self, key: &str, default: u32) -> u32 {
        self.answer(key)
            .map_or(default, |value| value.parse().unwrap())
    }

    /// Sends a command with what data may go with it, and returns its tag.
    pub(crate) fn begin(&mut self, cdb: &[u8], data: &Data) -> InitiatorTaskTag {
        let mut header = ScsiCommand::default();
        header.itt = self.new_tag();
        header.cmd_sn = self.cmd_sn.into();
        header.exp_stat_sn = self.exp_stat_sn.into();
        header.cdb[..cdb.len()].copy_from_slice(cdb);
        self.cmd_sn = self.cmd_sn.wrapping_add(1);
        match data {
            Data::None => self.send(&header, &[]),
            Data::In(length) => {
                header.flags = ScsiCommandFlags::FINAL | ScsiCommandFlags::READ;
                header.expected_data_transfer_length = (*length).into();
                self.send(&header, &[]);
            }
            Data::Out(bytes) => self.begin_write(header, bytes),
        }
        header.itt
    }

    /// Sends a write with its unsolicited data.
    fn begin_write(&mut self, mut header: ScsiCommand, bytes: &[u8]) {
        let first = (self.agreed("FirstBurstLength", 65536) as usize).min(bytes.len());
        let segment = self.agreed("MaxRecvDataSegmentLength", 8192) as usize;
        let immediate = match self.answer("ImmediateData") {
            Some("No") => 0,
            _ => first.min(segment),
        };
        let unsolicited = self.answer("InitialR2T") == Some("No") && immediate < first;
        header.flags = ScsiCommandFlags::WRITE.with(ScsiCommandFlags::FINAL, !unsolicited);
        header.expected_data_transfer_length = (bytes.len() as u32).into();
        self.send(&header, &bytes[..immediate]);
        if unsolicited {
            let ttt = TargetTransferTag::RESERVED;
            self.data_out(header.itt, ttt, &bytes[..first], immediate);
        }
    }

    /// Sends data from `start` to the end of `bytes`.
    pub(crate) fn data_out(
        &mut self,
        itt: InitiatorTaskTag,
        ttt: TargetTransferTag,
        bytes: &[u8],
        start: usize,
    ) {
        let segment = self.agreed("MaxRecvDataSegmentLength", 8192) as usize;
        let pieces = bytes[start..].chunks(segment);
        let count = pieces.len();
        for (index, piece) in pieces.enumerate() {
            let mut header = DataOut::default();
            header.flags = FinalFlag::default().with(FinalFlag::FINAL, index + 1 == count);
            header.itt = itt;
            header.ttt = ttt;
            header.data_sn = (index as u32).into();
            header.buffer_offset = ((start + index * segment) as u32).into();
            self.send(&header, piece);
        }
    }

    /// Does what an R2T asks for.
    pub(crate) fn obey(&mut self, r2t: &R2t, bytes: &[u8]) {
        let start = r2t.buffer_offset.get() as usize;
        let end = start + r2t.desired_data_transfer_length.get() as usize;
        self.data_out(r2t.itt, r2t.ttt, &bytes[..end], start);
    }

    /// Goes on with a command until it is over.
    pub(crate) fn finish(&mut self, itt: InitiatorTaskTag, data: &Data) -> Outcome {
        let mut outcome = Outcome {
            status: 0xff,
            data: Vec::new(),
            sense: Vec::new(),
            residual: 0,
        };
        let (mut next_sn, mut waiting) = (0, Vec::new());
        loop {
            // R2Ts that have come are looked at together.
            let time = match waiting.len() {
                0 => PATIENCE,
                count if count >= self.agreed("MaxOutstandingR2T", 1) as usize => {
                    Duration::from_millis(1)
                }
                _ => Duration::from_millis(20),
            };
            let pdu = match self.receive_within(time) {
                Ok(pdu) => pdu,
                Err(Nothing::Silence) if !waiting.is_empty() => {
                    self.r2t_peak = self.r2t_peak.max(waiting.len());
                    for pdu in std::mem::take(&mut waiting) {
                        let Data::Out(bytes) = data else {
                            panic!("an R2T for no write");
                        };
                        let pdu: Pdu = pdu;
                        self.obey(pdu.view(), bytes);
                    }
                    continue;
                }
                Err(why) => panic!("{why:?}"),
            };
            assert!(pdu.header_digest_is_right && pdu.data_digest_is_right);
            assert_eq!(pdu.tag(), itt.to_bytes());
            match pdu.opcode() {
                0x31 => {
                    let r2t: &R2t = pdu.view();
                    assert_eq!(
                        (r2t.r2t_sn.get(), r2t.stat_sn.get()),
                        (next_sn, self.exp_stat_sn)
                    );
                    assert!(
                        r2t.desired_data_transfer_length.get()
                            <= self.agreed("MaxBurstLength", 262144)
                    );
                    next_sn += 1;
                    waiting.push(pdu);
                }
                0x25 => {
                    let header: &DataIn = pdu.view();
                    assert_eq!(header.data_sn.get(), next_sn);
                    assert_eq!(header.buffer_offset.get() as usize, outcome.data.len());
                    assert!(pdu.data.len() <= 65536);
                    next_sn += 1;
                    outcome.data.extend(&pdu.data);
                    if header.flags.contains(DataInFlags::STATUS) {
                        self.check_stat_sn(&pdu);
                        outcome.status = header.status;
                        let count = i64::from(header.residual_count.get());
                        let over = header.flags.contains(DataInFlags::OVERFLOW);
                        outcome.residual = if over { count } else { -count };
                        return outcome;
                    }
                }
                0x21 => {
                    self.check_stat_sn(&pdu);
                    let header: &ScsiResponse = pdu.view();
                    assert_eq!((header.response, header.exp_data_sn.get()), (0, next_sn));
                    outcome.status = header.status;
                    outcome.sense = pdu.data.get(2..).unwrap_or(&[]).to_vec();
                    let count = i64::from(header.residual_count.get());
                    let over = header.flags.contains(ScsiResponseFlags::OVERFLOW);
                    outcome.residual = if over { count } else { -count };
                    return outcome;
                }
                other => panic!("opcode {other:#x}"),
            }
        }
    }

    /// A command from beginning to end.
    pub(crate) fn command(&mut self, cdb: &[u8], data: Data) -> Outcome {
        let itt = self.begin(cdb, &data);
        self.finish(itt, &data)
    }

    /// READ (10), not waited for.
    pub(crate) fn begin_read(&mut self, lba: u32, blocks: u16) -> InitiatorTaskTag {
        self.begin(
            &cdb_10(0x28, lba, blocks),
            &Data::In(u32::from(blocks) * 512),
        )
    }

    /// READ (10).
    pub(crate) fn read(&mut self, lba: u32, blocks: u16) -> Outcome {
        let itt = self.begin_read(lba, blocks);
        self.finish(itt, &Data::None)
    }

    /// WRITE (10).
    pub(crate) fn write(&mut self, lba: u32, bytes: &[u8]) -> Outcome {
        self.command(
            &cdb_10(0x2a, lba, (bytes.len() / 512) as u16),
            Data::Out(bytes.to_vec()),
        )
    }

    /// A ping, not waited for.
    pub(crate) fn begin_ping(&mut self, data: &[u8]) -> InitiatorTaskTag {
        let mut header = NopOut::default();
        header.itt = self.new_tag();
        header.cmd_sn = self.cmd_sn.into();
        header.exp_stat_sn = self.exp_stat_sn.into();
        self.send(&header, data);
        header.itt
    }

    /// A ping and its answer.
    pub(crate) fn ping(&mut self, data: &[u8]) {
        let itt = self.begin_ping(data);
        let pdu = self.receive_kind(0x20);
        self.check_stat_sn(&pdu);
        assert_eq!((pdu.tag(), &pdu.data[..]), (itt.to_bytes(), data));
        assert_eq!(pdu.number(20), u32::MAX);
    }

    /// Task management, not waited for.
    pub(crate) fn begin_tmf(
        &mut self,
        function: TaskManagementFunction,
        task: Option<(InitiatorTaskTag, u32)>,
    ) {
        let mut header = TaskManagementRequest::default();
        header.flags = TaskManagementFlags::of(function);
        header.lun = Lun::default();
        header.itt = self.new_tag();
        header.cmd_sn = self.cmd_sn.into();
        if let Some((itt, cmd_sn)) = task {
            header.referenced_task_tag = itt;
            header.ref_cmd_sn = cmd_sn.into();
        }
        self.send(&header, &[]);
    }

    /// Task management and its response.
    pub(crate) fn tmf(
        &mut self,
        function: TaskManagementFunction,
        task: Option<(InitiatorTaskTag, u32)>,
    ) -> u8 {
        self.begin_tmf(function, task);
        let pdu = self.receive_kind(0x22);
        self.check_stat_sn(&pdu);
        pdu.view::<TaskManagementResponse>().response
    }

    /// A text exchange.
    pub(crate) fn text(&mut self, text: &[u8]) -> Pdu {
        let mut header = TextRequest::default();
        header.itt = self.new_tag();
        header.cmd_sn = self.cmd_sn.into();
        self.cmd_sn = self.cmd_sn.wrapping_add(1);
        self.send(&header, text);
        let pdu = self.receive_kind(0x24);
        self.check_stat_sn(&pdu);
        pdu
    }

    /// A logout, not waited for.
    pub(crate) fn begin_logout(&mut self) {
        let mut header = LogoutRequest::default();
        header.flags = LogoutFlags::of(LogoutReason::CloseSession);
        header.itt = self.new_tag();
        header.cmd_sn = self.cmd_sn.into();
        self.cmd_sn = self.cmd_sn.wrapping_add(1);
        self.send(&header, &[]);
    }

    /// A logout to its end.
    pub(crate) fn log_out(&mut self) {
        self.begin_logout();
        let pdu = self.receive_kind(0x26);
        self.check_stat_sn(&pdu);
        assert_eq!(pdu.header[2], 0);
        assert_eq!(
            self.receive_within(PATIENCE).unwrap_err(),
            Nothing::Closed(0)
        );
    }
}

/// A CDB of ten bytes.
pub(crate) fn cdb_10(code: u8, lba: u32, blocks: u16) -> [u8; 10] {
    let [a, b, c, d] = lba.to_be_bytes();
    let [high, low] = blocks.to_be_bytes();
    [code, 0, a, b, c, d, 0, high, low, 0]
}

/// Bytes that are different everywhere.
pub(crate) fn pattern(length: usize, seed: u8) -> Vec<u8> {
    let bytes = (0..length).map(|at| (at % 251) as u8 ^ (at / 512) as u8 ^ seed);
    bytes.collect()
}
