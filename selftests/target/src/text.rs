// SPDX-License-Identifier: GPL-2.0

//! Text of logins and text exchanges: keys and values (RFC 7143, section 6.1).

/// Keys and values in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text(Vec<(String, String)>);

impl Text {
    /// The text of a data segment. What has no `=` is a key without a value.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let pairs = bytes
            .split(|byte| *byte == 0)
            .filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| {
            let pair = String::from_utf8_lossy(pair);
            let (key, value) = pair.split_once('=').unwrap_or((&pair, ""));
            (key.to_owned(), value.to_owned())
        });
        Self(pairs.collect())
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.as_str())
    }

    /// Adds a key.
    pub(crate) fn push(&mut self, key: &str, value: impl ToString) {
        self.0.push((key.to_owned(), value.to_string()));
    }

    /// Adds all keys of another text.
    pub(crate) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Keys and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The bytes of a data segment.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let pairs = self.0.iter().map(|(key, value)| format!("{key}={value}\0"));
        pairs.collect::<String>().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_as_written() {
        let mut text = Text::default();
        text.push("A", "1");
        text.push("B", "x=y");
        text.push("C", "");
        assert_eq!(text.to_bytes(), b"A=1\0B=x=y\0C=\0");
        assert_eq!(Text::parse(&text.to_bytes()), text);
        assert_eq!(text.get("B"), Some("x=y"));
        assert_eq!(text.get("D"), None);
    }

    #[test]
    fn any_bytes_are_text() {
        assert_eq!(Text::parse(b"\0\0\0").iter().count(), 0);
        assert_eq!(Text::parse(b"key\0\xff=\xfe").iter().count(), 2);
        assert_eq!(Text::parse(b"=").get(""), Some(""));
    }
}
