// SPDX-License-Identifier: GPL-2.0

//! Operational keys (RFC 7143, section 13): what this target wants, and what was agreed on.

use crate::text::Text;
use iscsi_proto::receive::Framing;
use std::collections::BTreeMap;

/// How the two sides come to a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    /// The first of the initiator's list that is in ours.
    List,
    /// Yes if both say so.
    And,
    /// Yes if one says so.
    Or,
    /// The smaller number, within a range.
    Minimum(u32, u32),
    /// The larger number, within a range.
    Maximum(u32, u32),
    /// Each side has its own number, within a range.
    Declared(u32, u32),
}

/// A key, its function, its value without negotiation and what this target starts with.
type Key = (&'static str, Function, &'static str, &'static str);

/// Largest length there is in the keys.
const LENGTH_MAX: u32 = 0x00ff_ffff;

/// All keys that are understood.
const KEYS: [Key; 16] = [
    ("HeaderDigest", Function::List, "None", "CRC32C,None"),
    ("DataDigest", Function::List, "None", "CRC32C,None"),
    ("MaxConnections", Function::Minimum(1, 65535), "1", "1"),
    ("InitialR2T", Function::Or, "Yes", "No"),
    ("ImmediateData", Function::And, "Yes", "Yes"),
    (
        "MaxRecvDataSegmentLength",
        Function::Declared(512, LENGTH_MAX),
        "8192",
        "262144",
    ),
    (
        "MaxBurstLength",
        Function::Minimum(512, LENGTH_MAX),
        "262144",
        "16776192",
    ),
    (
        "FirstBurstLength",
        Function::Minimum(512, LENGTH_MAX),
        "65536",
        "262144",
    ),
    ("DefaultTime2Wait", Function::Maximum(0, 3600), "2", "2"),
    ("DefaultTime2Retain", Function::Minimum(0, 3600), "20", "0"),
    ("MaxOutstandingR2T", Function::Minimum(1, 65535), "1", "16"),
    ("DataPDUInOrder", Function::Or, "Yes", "Yes"),
    ("DataSequenceInOrder", Function::Or, "Yes", "Yes"),
    ("ErrorRecoveryLevel", Function::Minimum(0, 2), "0", "0"),
    ("IFMarker", Function::And, "No", "No"),
    ("OFMarker", Function::And, "No", "No"),
];

/// Keys that say something and are not answered.
const DECLARATIONS: [&str; 4] = [
    "InitiatorName",
    "InitiatorAlias",
    "SessionType",
    "TargetName",
];

/// Whether a value may be had for a key.
fn is_valid(function: Function, value: &str) -> bool {
    match function {
        Function::List => value
            .split(',')
            .all(|part| ["None", "CRC32C"].contains(&part)),
        Function::And | Function::Or => ["Yes", "No"].contains(&value),
        Function::Minimum(low, high)
        | Function::Maximum(low, high)
        | Function::Declared(low, high) => {
            number(value).is_some_and(|number| (low..=high).contains(&number))
        }
    }
}

/// A number as the keys have it, decimal or hexadecimal.
fn number(value: &str) -> Option<u32> {
    match value
        .strip_prefix("0x")
        .or_else(|| value.strip_prefix("0X"))
    {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => value.parse().ok(),
    }
}

/// What this target wants.
#[derive(Clone, Debug)]
pub(crate) struct Wishes(BTreeMap<&'static str, String>);

impl Default for Wishes {
    fn default() -> Self {
        Self(
            KEYS.iter()
                .map(|(key, _, _, ours)| (*key, (*ours).to_owned()))
                .collect(),
        )
    }
}

impl Wishes {
    /// Changes one, given as `Key=Value`.
    pub(crate) fn set(&mut self, pair: &str) -> Result<(), String> {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| format!("'{pair}' is not Key=Value"))?;
        let (key, function, ..) = KEYS
            .iter()
            .find(|(key, ..)| *key == name)
            .ok_or_else(|| format!("'{name}' is not a key of this target"))?;
        if !is_valid(*function, value) {
            return Err(format!("'{value}' is no value of {name}"));
        }
        self.0.insert(key, value.to_owned());
        Ok(())
    }

    /// Ours for a key.
    fn get(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }
}

/// What was agreed on, key by key.
#[derive(Clone, Debug)]
pub(crate) struct Negotiation {
    /// What this target wants.
    wishes: Wishes,
    /// Results so far, and what holds without any.
    results: BTreeMap<&'static str, String>,
    /// Whether our own MaxRecvDataSegmentLength was declared.
    declared: bool,
}

impl Negotiation {
    /// Before the first key.
    pub(crate) fn new(wishes: Wishes) -> Self {
        let results = KEYS
            .iter()
            .map(|(key, _, default, _)| (*key, (*default).to_owned()));
        Self {
            wishes,
            results: results.collect(),
            declared: false,
        }
    }

    /// Takes the initiator's keys and returns the answers. Keys of `known`, which somebody else has
    /// answered, are passed over.
    pub(crate) fn answer(&mut self, text: &Text, known: &[&str]) -> Text {
        let mut answers = Text::default();
        for (name, value) in text.iter() {
            if known.contains(&name) || DECLARATIONS.contains(&name) {
                continue;
            }
            match KEYS.iter().find(|(key, ..)| *key == name) {
                Some(key) => self.answer_key(*key, value, &mut answers),
                // An answer to something that we did not ask.
                None if value == "NotUnderstood" => {}
                None => answers.push(name, "NotUnderstood"),
            }
        }
        answers
    }

    /// Our own declaration, once.
    pub(crate) fn declare(&mut self, answers: &mut Text) {
        if !std::mem::replace(&mut self.declared, true) {
            let key = "MaxRecvDataSegmentLength";
            answers.push(key, self.wishes.get(key));
        }
    }

    /// Answers one key.
    fn answer_key(&mut self, (key, function, ..): Key, value: &str, answers: &mut Text) {
        let ours = self.wishes.get(key);
        let result = match function {
            // Lists may hold what is not known here.
            Function::List => value
                .split(',')
                .find(|part| ours.split(',').any(|our| our == *part))
                .map(str::to_owned),
            _ if !is_valid(function, value) => None,
            Function::And => Some(yes(value == "Yes" && ours == "Yes")),
            Function::Or => Some(yes(value == "Yes" || ours == "Yes")),
            Function::Minimum(..) => number(value).min(number(ours)).map(|n| n.to_string()),
            Function::Maximum(..) => number(value).max(number(ours)).map(|n| n.to_string()),
            Function::Declared(..) => {
                self.results.insert(key, value.to_owned());
                return;
            }
        };
        match result {
            Some(result) => {
                answers.push(key, &result);
                self.results.insert(key, result);
            }
            None => answers.push(key, "Reject"),
        }
    }

    /// What holds from now on.
    pub(crate) fn params(&self) -> Params {
        let number = |key| {
            self.results
                .get(key)
                .and_then(|value| number(value))
                .unwrap_or(0)
        };
        let is = |key, wanted| self.results.get(key).is_some_and(|value| value == wanted);
        let declared = |key| self.wishes.get(key).parse().unwrap_or(8192);
        Params {
            framing: Framing {
                header_digest: is("HeaderDigest", "CRC32C"),
                data_digest: is("DataDigest", "CRC32C"),
                no_padding: false,
            },
            immediate_data: is("ImmediateData", "Yes"),
            initial_r2t: is("InitialR2T", "Yes"),
            first_burst: number("FirstBurstLength"),
            max_burst: number("MaxBurstLength").max(512),
            max_send: number("MaxRecvDataSegmentLength").max(512),
            max_receive: if self.declared {
                declared("MaxRecvDataSegmentLength")
            } else {
                8192
            },
            max_outstanding_r2t: number("MaxOutstandingR2T").max(1),
            time2wait: u16::try_from(number("DefaultTime2Wait")).unwrap_or(0),
            time2retain: u16::try_from(number("DefaultTime2Retain")).unwrap_or(0),
        }
    }
}

/// A truth value as the keys have it.
fn yes(value: bool) -> String {
    if value { "Yes" } else { "No" }.to_owned()
}

/// What was agreed on, as numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Params {
    /// HeaderDigest and DataDigest.
    pub(crate) framing: Framing,
    /// ImmediateData.
    pub(crate) immediate_data: bool,
    /// InitialR2T.
    pub(crate) initial_r2t: bool,
    /// FirstBurstLength.
    pub(crate) first_burst: u32,
    /// MaxBurstLength.
    pub(crate) max_burst: u32,
    /// The initiator's MaxRecvDataSegmentLength.
    pub(crate) max_send: u32,
    /// Our MaxRecvDataSegmentLength.
    pub(crate) max_receive: u32,
    /// MaxOutstandingR2T.
    pub(crate) max_outstanding_r2t: u32,
    /// DefaultTime2Wait.
    pub(crate) time2wait: u16,
    /// DefaultTime2Retain.
    pub(crate) time2retain: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn negotiate(wishes: &[&str], asked: &[u8]) -> (String, Params) {
        let mut ours = Wishes::default();
        wishes.iter().for_each(|pair| ours.set(pair).unwrap());
        let mut negotiation = Negotiation::new(ours);
        let answers = negotiation.answer(&Text::parse(asked), &["AuthMethod"]);
        let answers = String::from_utf8(answers.to_bytes()).unwrap();
        (answers.replace('\0', " "), negotiation.params())
    }

    #[test]
    fn functions_come_to_their_results() {
        let (answers, params) = negotiate(
            &["InitialR2T=No", "ImmediateData=No", "MaxBurstLength=8192"],
            b"InitialR2T=No\0ImmediateData=Yes\0MaxBurstLength=0x8000\0DefaultTime2Wait=5\0\
              HeaderDigest=None,CRC32C\0DataDigest=CRC32C\0MaxRecvDataSegmentLength=4096\0\
              InitiatorName=i\0AuthMethod=None\0X-new=1\0ErrorRecoveryLevel=2",
        );
        assert_eq!(
            answers,
            "InitialR2T=No ImmediateData=No MaxBurstLength=8192 DefaultTime2Wait=5 \
             HeaderDigest=None DataDigest=CRC32C X-new=NotUnderstood ErrorRecoveryLevel=0 "
        );
        assert!(!params.initial_r2t && !params.immediate_data);
        assert!(!params.framing.header_digest && params.framing.data_digest);
        assert_eq!((params.max_burst, params.max_send), (8192, 4096));
        assert_eq!((params.time2wait, params.max_receive), (5, 8192));
    }

    #[test]
    fn what_makes_no_sense_is_rejected() {
        let (answers, params) = negotiate(
            &["HeaderDigest=CRC32C"],
            b"HeaderDigest=None\0MaxBurstLength=7\0ImmediateData=Maybe\0FirstBurstLength=x",
        );
        assert_eq!(
            answers,
            "HeaderDigest=Reject MaxBurstLength=Reject ImmediateData=Reject FirstBurstLength=Reject "
        );
        assert_eq!(params.max_burst, 262144);
    }

    #[test]
    fn wishes_are_checked() {
        let mut wishes = Wishes::default();
        assert!(wishes.set("HeaderDigest=MD5").is_err());
        assert!(wishes.set("MaxBurstLength=511").is_err());
        assert!(wishes.set("Bogus=1").is_err());
        assert!(wishes.set("ImmediateData").is_err());
        assert!(wishes.set("ImmediateData=No").is_ok());
    }

    #[test]
    fn our_length_is_declared_once() {
        let mut negotiation = Negotiation::new(Wishes::default());
        let mut text = Text::default();
        negotiation.declare(&mut text);
        negotiation.declare(&mut text);
        assert_eq!(text.to_bytes(), b"MaxRecvDataSegmentLength=262144\0");
        assert_eq!(negotiation.params().max_receive, 262144);
    }
}
