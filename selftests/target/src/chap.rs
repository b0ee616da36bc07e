// SPDX-License-Identifier: GPL-2.0

//! CHAP with MD5 (RFC 7143, section 12.1.3), one-way and mutual.

use crate::text::Text;
use md5::{Digest, Md5};

/// The number of MD5 among the algorithms.
const MD5: &str = "5";
/// Longest challenge that is answered.
const CHALLENGE_MAX: usize = 1024;

/// A name and its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credentials {
    /// The name.
    pub(crate) user: String,
    /// The secret.
    pub(crate) secret: String,
}

/// How far an initiator has come.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Progress {
    /// CHAP_A is expected.
    Chosen,
    /// CHAP_N and CHAP_R are expected.
    Challenged,
    /// It knows the secret.
    Proven,
}

/// It failed, and this is why.
pub(crate) type Failure = &'static str;

/// One authentication.
#[derive(Clone, Debug)]
pub(crate) struct Chap {
    /// Whom we expect.
    expected: Credentials,
    /// Who we are when we are asked.
    own: Option<Credentials>,
    /// CHAP_I.
    identifier: u8,
    /// CHAP_C.
    challenge: [u8; 16],
    /// How far it has come.
    progress: Progress,
}

impl Chap {
    /// After `AuthMethod=CHAP`. The first byte of `random` is the identifier, the rest the challenge.
    pub(crate) fn new(expected: Credentials, own: Option<Credentials>, random: [u8; 17]) -> Self {
        let [identifier, challenge @ ..] = random;
        Self {
            expected,
            own,
            identifier,
            challenge,
            progress: Progress::Chosen,
        }
    }

    /// Whether the initiator has proven that it knows the secret.
    pub(crate) fn is_proven(&self) -> bool {
        self.progress == Progress::Proven
    }

    /// Takes a text of the initiator and returns the answer.
    pub(crate) fn step(&mut self, text: &Text) -> Result<Text, Failure> {
        match self.progress {
            Progress::Chosen => self.challenge(text),
            Progress::Challenged => self.verify(text),
            Progress::Proven => Ok(Text::default()),
        }
    }

    /// Chooses the algorithm and challenges.
    fn challenge(&mut self, text: &Text) -> Result<Text, Failure> {
        let mut answer = Text::default();
        let Some(algorithms) = text.get("CHAP_A") else {
            return Ok(answer);
        };
        if !algorithms.split(',').any(|algorithm| algorithm == MD5) {
            return Err("no CHAP algorithm in common");
        }
        answer.push("CHAP_A", MD5);
        answer.push("CHAP_I", self.identifier);
        answer.push("CHAP_C", hex(&self.challenge));
        self.progress = Progress::Challenged;
        Ok(answer)
    }

    /// Verifies the initiator's response, and responds if it challenges.
    fn verify(&mut self, text: &Text) -> Result<Text, Failure> {
        let (Some(name), Some(response)) = (text.get("CHAP_N"), text.get("CHAP_R")) else {
            return Err("CHAP_N or CHAP_R is missing");
        };
        let wanted = response_to(self.identifier, &self.expected.secret, &self.challenge);
        if name != self.expected.user || binary(response) != Some(wanted.to_vec()) {
            return Err("wrong name or secret");
        }
        let mut answer = Text::default();
        match (text.get("CHAP_I"), text.get("CHAP_C")) {
            (None, None) => {}
            (Some(identifier), Some(challenge)) => {
                self.prove(identifier, challenge, &mut answer)?
            }
            _ => return Err("half a challenge"),
        }
        self.progress = Progress::Proven;
        Ok(answer)
    }

    /// Responds to the initiator's challenge.
    fn prove(&self, identifier: &str, challenge: &str, answer: &mut Text) -> Result<(), Failure> {
        let own = self
            .own
            .as_ref()
            .ok_or("there is no secret of this target's own")?;
        let identifier = identifier.parse().map_err(|_| "CHAP_I is no number")?;
        let challenge = binary(challenge)
            .filter(|challenge| (1..=CHALLENGE_MAX).contains(&challenge.len()))
            .ok_or("CHAP_C is no challenge")?;
        if challenge == self.challenge {
            return Err("our own challenge came back");
        }
        answer.push("CHAP_N", &own.user);
        answer.push(
            "CHAP_R",
            hex(&response_to(identifier, &own.secret, &challenge)),
        );
        Ok(())
    }
}

/// The response to a challenge (RFC 1994, section 4.1).
fn response_to(identifier: u8, secret: &str, challenge: &[u8]) -> [u8; 16] {
    let mut hash = Md5::new();
    hash.update([identifier]);
    hash.update(secret);
    hash.update(challenge);
    hash.finalize().into()
}

/// A large binary value in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    format!("0x{}", digits.collect::<String>())
}

/// A large binary value, hexadecimal or in Base64 (RFC 7143, section 6.1).
fn binary(value: &str) -> Option<Vec<u8>> {
    let (prefix, digits) = value.split_at_checked(2)?;
    match prefix {
        "0x" | "0X" => from_hex(digits),
        "0b" | "0B" => from_base64(digits),
        _ => None,
    }
}

/// Bytes of hexadecimal digits.
pub(crate) fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = digits.chars().map(|digit| digit.to_digit(16)).collect();
    let pairs = digits?;
    let pairs = pairs.chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    });
    pairs.collect()
}

/// Bytes of Base64.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let (mut bits, mut count, mut bytes) = (0u32, 0u32, Vec::new());
    for letter in text.trim_end_matches('=').bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(user: &str, secret: &str) -> Credentials {
        Credentials {
            user: user.to_owned(),
            secret: secret.to_owned(),
        }
    }

    fn challenged(own: Option<Credentials>) -> Chap {
        let mut chap = Chap::new(credentials("me", "secret"), own, [7; 17]);
        let answer = chap.step(&Text::parse(b"CHAP_A=7,5")).unwrap();
        assert_eq!(answer.get("CHAP_A"), Some("5"));
        assert_eq!(answer.get("CHAP_I"), Some("7"));
        assert_eq!(
            answer.get("CHAP_C"),
            Some("0x07070707070707070707070707070707")
        );
        assert!(!chap.is_proven());
        chap
    }

    fn response(secret: &str) -> String {
        hex(&response_to(7, secret, &[7; 16]))
    }

    #[test]
    fn who_knows_the_secret_is_let_in() {
        let mut chap = challenged(None);
        let text = format!("CHAP_N=me\0CHAP_R={}", response("secret"));
        assert_eq!(
            chap.step(&Text::parse(text.as_bytes())),
            Ok(Text::default())
        );
        assert!(chap.is_proven());
    }

    #[test]
    fn others_are_not() {
        for text in [
            format!("CHAP_N=me\0CHAP_R={}", response("other")),
            format!("CHAP_N=you\0CHAP_R={}", response("secret")),
            format!(
                "CHAP_N=me\0CHAP_R={}\0CHAP_I=1\0CHAP_C=0x01",
                response("secret")
            ),
            format!("CHAP_N=me\0CHAP_R={}\0CHAP_I=1", response("secret")),
            "CHAP_N=me\0CHAP_R=0x".to_owned(),
            "CHAP_N=me".to_owned(),
            String::new(),
        ] {
            let mut chap = challenged(None);
            assert!(chap.step(&Text::parse(text.as_bytes())).is_err());
            assert!(!chap.is_proven());
        }
        let mut chap = Chap::new(credentials("me", "secret"), None, [7; 17]);
        assert!(chap.step(&Text::parse(b"CHAP_A=6,7")).is_err());
    }

    #[test]
    fn the_target_proves_itself() {
        let own = Some(credentials("target", "other"));
        let mut chap = challenged(own.clone());
        let text = format!(
            "CHAP_N=me\0CHAP_R={}\0CHAP_I=9\0CHAP_C=0x0102",
            response("secret")
        );
        let answer = chap.step(&Text::parse(text.as_bytes())).unwrap();
        assert_eq!(answer.get("CHAP_N"), Some("target"));
        let wanted = hex(&response_to(9, "other", &[1, 2]));
        assert_eq!(answer.get("CHAP_R"), Some(wanted.as_str()));

        let mut chap = challenged(own);
        let text = format!(
            "CHAP_N=me\0CHAP_R={}\0CHAP_I=9\0CHAP_C={}",
            response("secret"),
            hex(&[7; 16])
        );
        assert!(chap.step(&Text::parse(text.as_bytes())).is_err());
    }

    #[test]
    fn binary_values_have_two_forms() {
        assert_eq!(binary("0x0aFf"), Some(vec![0x0a, 0xff]));
        assert_eq!(binary("0bCv8="), Some(vec![0x0a, 0xff]));
        for wrong in ["", "0", "0x0", "0xgg", "0b!", "ab", "\u{e4}x"] {
            assert_eq!(binary(wrong), None);
        }
    }

    #[test]
    fn the_response_is_md5() {
        // MD5 of "abc", cut into identifier, secret and challenge.
        let wanted = from_hex("900150983cd24fb0d6963f7d28e17f72").unwrap();
        assert_eq!(response_to(b'a', "b", b"c").to_vec(), wanted);
    }
}
