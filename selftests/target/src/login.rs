// SPDX-License-Identifier: GPL-2.0

//! The login phase (RFC 7143, section 6.3): who the initiator is, and whether it may come in.

use crate::chap::{Chap, Credentials};
use crate::negotiation::{Negotiation, Params, Wishes};
use crate::text::Text;
use iscsi_proto::bhs::{LoginFlags, LoginRequest, LoginStage, LoginStatus};

/// The keys of the security stage, which are answered here.
const SECURITY_KEYS: [&str; 6] = [
    "AuthMethod",
    "CHAP_A",
    "CHAP_I",
    "CHAP_C",
    "CHAP_N",
    "CHAP_R",
];
/// Longest text of one login request that is put together from many PDUs.
const TEXT_MAX: usize = 1 << 16;
/// The portal group of the only portal.
const PORTAL_GROUP: u16 = 1;

/// Who logs in where, and how.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    /// The target's name.
    pub(crate) name: String,
    /// Who may log in.
    pub(crate) chap: Option<Credentials>,
    /// Who the target is when it is asked.
    pub(crate) mutual: Option<Credentials>,
    /// A CHAP identifier and challenge.
    pub(crate) random: [u8; 17],
}

/// How the initiator proves who it is.
#[derive(Clone, Debug)]
enum Method {
    /// It was not talked about.
    Undecided,
    /// Not at all.
    None,
    /// By CHAP.
    Chap(Box<Chap>),
}

/// A login.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    /// Where.
    door: Door,
    /// InitiatorName, once it is known.
    pub(crate) initiator: String,
    /// Whether the session is for discovery only.
    pub(crate) discovery: bool,
    /// The stage it is in; none before the first request.
    stage: Option<LoginStage>,
    /// How the initiator proves who it is.
    method: Method,
    /// The operational keys.
    negotiation: Negotiation,
    /// Text that goes on in the next PDU.
    text: Vec<u8>,
    /// Whether the portal group was named.
    grouped: bool,
}

/// What to answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// T, C and stages.
    pub(crate) flags: LoginFlags,
    /// The text.
    pub(crate) text: Text,
}

impl Reply {
    /// Whether this ends the login.
    pub(crate) fn is_last(&self) -> bool {
        self.flags.contains(LoginFlags::TRANSIT)
            && self.flags.next_stage() == Ok(LoginStage::FullFeaturePhase)
    }
}

impl Login {
    /// Before the first request.
    pub(crate) fn new(door: Door, wishes: Wishes) -> Self {
        Self {
            door,
            initiator: String::new(),
            discovery: false,
            stage: None,
            method: Method::Undecided,
            negotiation: Negotiation::new(wishes),
            text: Vec::new(),
            grouped: false,
        }
    }

    /// Whether no request has come.
    pub(crate) fn is_new(&self) -> bool {
        self.stage.is_none()
    }

    /// What holds after the login.
    pub(crate) fn params(&self) -> Params {
        self.negotiation.params()
    }

    /// Takes a request and returns the answer, or why the login fails.
    pub(crate) fn step(
        &mut self,
        header: &LoginRequest,
        data: &[u8],
    ) -> Result<Reply, LoginStatus> {
        let flags = header.flags;
        let current = flags
            .current_stage()
            .map_err(|_| LoginStatus::InitiatorError)?;
        let wrong_stage = match self.stage {
            None => current == LoginStage::FullFeaturePhase,
            Some(stage) => stage != current,
        };
        if wrong_stage || !flags.is_consistent() || self.text.len() > TEXT_MAX {
            return Err(LoginStatus::InitiatorError);
        }
        if header.version_min != 0 {
            return Err(LoginStatus::UnsupportedVersion);
        }
        self.text.extend(data);
        if flags.contains(LoginFlags::CONTINUE) {
            return Ok(reply(current, None, Text::default()));
        }
        let text = Text::parse(&std::mem::take(&mut self.text));
        if self.is_new() {
            self.identify(&text)?;
        }
        self.stage = Some(current);
        self.answer(current, header, &text)
    }

    /// Learns from the first request who wants what.
    fn identify(&mut self, text: &Text) -> Result<(), LoginStatus> {
        let initiator = text
            .get("InitiatorName")
            .ok_or(LoginStatus::MissingParameter)?;
        self.initiator = initiator.to_owned();
        self.discovery = match text.get("SessionType") {
            Some("Discovery") => true,
            Some("Normal") | None => false,
            Some(_) => return Err(LoginStatus::SessionTypeNotSupported),
        };
        match text.get("TargetName") {
            Some(name) if name == self.door.name => Ok(()),
            Some(_) => Err(LoginStatus::NotFound),
            None if self.discovery => Ok(()),
            None => Err(LoginStatus::MissingParameter),
        }
    }

    /// Answers a whole text.
    fn answer(
        &mut self,
        current: LoginStage,
        header: &LoginRequest,
        text: &Text,
    ) -> Result<Reply, LoginStatus> {
        let mut answers = match current {
            LoginStage::SecurityNegotiation => self.secure(text)?,
            _ if !self.is_secure() => return Err(LoginStatus::AuthenticationFailure),
            _ => Text::default(),
        };
        if !self.discovery && !std::mem::replace(&mut self.grouped, true) {
            answers.push("TargetPortalGroupTag", PORTAL_GROUP);
        }
        answers.append(self.negotiation.answer(text, &SECURITY_KEYS));
        if current == LoginStage::OperationalNegotiation {
            self.negotiation.declare(&mut answers);
        }
        let transit = header.flags.contains(LoginFlags::TRANSIT) && self.is_secure();
        let next = match header.flags.next_stage() {
            _ if !transit => None,
            Ok(next) if next as u8 > current as u8 => Some(next),
            _ => return Err(LoginStatus::InitiatorError),
        };
        if let Some(next) = next {
            self.stage = Some(next);
        }
        Ok(reply(current, next, answers))
    }

    /// Whether CHAP has to be done.
    fn wants_chap(&self) -> bool {
        self.door.chap.is_some() && !self.discovery
    }

    /// Whether enough is proven.
    fn is_secure(&self) -> bool {
        match &self.method {
            Method::Undecided | Method::None => !self.wants_chap(),
            Method::Chap(chap) => chap.is_proven(),
        }
    }

    /// Answers the keys of the security stage.
    fn secure(&mut self, text: &Text) -> Result<Text, LoginStatus> {
        let mut answers = Text::default();
        if let Some(methods) = text.get("AuthMethod") {
            answers.push("AuthMethod", self.choose(methods)?);
        }
        if let Method::Chap(chap) = &mut self.method {
            let answer = chap.step(text);
            answers.append(answer.map_err(|_| LoginStatus::AuthenticationFailure)?);
        }
        Ok(answers)
    }

    /// Chooses the first of the initiator's methods that will do.
    fn choose(&mut self, methods: &str) -> Result<&'static str, LoginStatus> {
        for method in methods.split(',') {
            match (method, &self.door.chap) {
                ("None", _) if !self.wants_chap() => {
                    self.method = Method::None;
                    return Ok("None");
                }
                ("CHAP", Some(expected)) => {
                    let chap =
                        Chap::new(expected.clone(), self.door.mutual.clone(), self.door.random);
                    self.method = Method::Chap(Box::new(chap));
                    return Ok("CHAP");
                }
                _ => {}
            }
        }
        Err(LoginStatus::AuthenticationFailure)
    }
}

/// An answer that stays in a stage, or goes on to the next.
fn reply(current: LoginStage, next: Option<LoginStage>, text: Text) -> Reply {
    let flags = LoginFlags::default().with(LoginFlags::TRANSIT, next.is_some());
    // Without T there is no next stage, which is then zero.
    let next = next.unwrap_or(LoginStage::SecurityNegotiation);
    Reply {
        flags: flags.with_stages(current, next),
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECURITY: LoginStage = LoginStage::SecurityNegotiation;
    const OPERATIONAL: LoginStage = LoginStage::OperationalNegotiation;
    const FULL: LoginStage = LoginStage::FullFeaturePhase;

    fn login(chap: bool) -> Login {
        let credentials = Credentials {
            user: "me".to_owned(),
            secret: "secret".to_owned(),
        };
        let door = Door {
            name: "iqn.t".to_owned(),
            chap: chap.then_some(credentials),
            mutual: None,
            random: [7; 17],
        };
        Login::new(door, Wishes::default())
    }

    fn ask(
        login: &mut Login,
        from: LoginStage,
        to: Option<LoginStage>,
        text: &str,
    ) -> Result<Reply, LoginStatus> {
        let mut header = LoginRequest::default();
        header.flags = LoginFlags::default()
            .with(LoginFlags::TRANSIT, to.is_some())
            .with_stages(from, to.unwrap_or(SECURITY));
        login.step(&header, text.replace(' ', "\0").as_bytes())
    }

    #[test]
    fn a_login_goes_through_its_stages() {
        let mut login = login(false);
        let text = "InitiatorName=i SessionType=Normal TargetName=iqn.t AuthMethod=CHAP,None";
        let reply = ask(&mut login, SECURITY, Some(OPERATIONAL), text).unwrap();
        assert_eq!(reply.text.get("AuthMethod"), Some("None"));
        assert_eq!(reply.text.get("TargetPortalGroupTag"), Some("1"));
        assert!(!reply.is_last());
        assert_eq!(reply.flags.next_stage(), Ok(OPERATIONAL));
        let reply = ask(&mut login, OPERATIONAL, Some(FULL), "InitialR2T=No").unwrap();
        assert!(reply.is_last());
        assert_eq!(
            reply.text.to_bytes(),
            b"InitialR2T=No\0MaxRecvDataSegmentLength=262144\0"
        );
        assert!(!login.params().initial_r2t);
    }

    #[test]
    fn text_may_go_on_in_the_next_pdu() {
        let mut login = login(false);
        let mut header = LoginRequest::default();
        header.flags = LoginFlags::CONTINUE.with_stages(OPERATIONAL, SECURITY);
        let reply = login.step(&header, b"InitiatorName=i\0TargetN").unwrap();
        assert_eq!((reply.flags.bits(), reply.text), (0x04, Text::default()));
        let reply = ask(&mut login, OPERATIONAL, Some(FULL), "ame=iqn.t").unwrap();
        assert!(reply.is_last());
    }

    #[test]
    fn a_discovery_needs_no_target() {
        let mut login = login(true);
        let text = "InitiatorName=i SessionType=Discovery AuthMethod=None";
        let reply = ask(&mut login, SECURITY, Some(FULL), text).unwrap();
        assert!(login.discovery && reply.is_last());
        assert_eq!(reply.text.get("TargetPortalGroupTag"), None);
    }

    #[test]
    fn who_may_not_come_in_is_told_why() {
        let all = "InitiatorName=i TargetName=iqn.t";
        for (chap, from, text, status) in [
            (
                false,
                SECURITY,
                "TargetName=iqn.t",
                LoginStatus::MissingParameter,
            ),
            (
                false,
                SECURITY,
                "InitiatorName=i",
                LoginStatus::MissingParameter,
            ),
            (
                false,
                SECURITY,
                "InitiatorName=i TargetName=x",
                LoginStatus::NotFound,
            ),
            (
                false,
                SECURITY,
                "InitiatorName=i SessionType=x",
                LoginStatus::SessionTypeNotSupported,
            ),
            (false, FULL, all, LoginStatus::InitiatorError),
            (true, OPERATIONAL, all, LoginStatus::AuthenticationFailure),
        ] {
            assert_eq!(ask(&mut login(chap), from, Some(FULL), text), Err(status));
        }
        let mut chap = login(true);
        let text = format!("{all} AuthMethod=SRP,None");
        let refused = ask(&mut chap, SECURITY, Some(FULL), &text);
        assert_eq!(refused, Err(LoginStatus::AuthenticationFailure));
    }

    #[test]
    fn chap_keeps_the_stage_until_it_is_done() {
        let mut login = login(true);
        let text = "InitiatorName=i TargetName=iqn.t AuthMethod=CHAP,None";
        let reply = ask(&mut login, SECURITY, Some(OPERATIONAL), text).unwrap();
        assert_eq!(
            (reply.flags.bits(), reply.text.get("AuthMethod")),
            (0, Some("CHAP"))
        );
        let reply = ask(&mut login, SECURITY, None, "CHAP_A=5").unwrap();
        assert_eq!(reply.text.get("CHAP_I"), Some("7"));
        let refused = ask(
            &mut login,
            SECURITY,
            Some(OPERATIONAL),
            "CHAP_N=me CHAP_R=0x00",
        );
        assert_eq!(refused, Err(LoginStatus::AuthenticationFailure));
    }
}
