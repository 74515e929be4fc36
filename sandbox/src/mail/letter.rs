//! A letter as it came, and what can be read in it: as much of MIME (RFC 2045, RFC 2047) as mail programs send by themselves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// A letter as it came.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Counts from 1.
    pub number: u64,
    /// When it came, by the machine's time.
    pub at: jiff::Timestamp,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// Head and body, with `\n` at the end of every line.
    pub raw: String,
}

impl Letter {
    pub(super) fn new(number: u64, to: Vec<String>, raw: String) -> Self {
        Self { number, at: jiff::Timestamp::now(), to, raw }
    }

    /// A header, unfolded, with its words decoded.
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.raw.split_once("\n\n")?;
        let head = head.replace("\n ", " ").replace("\n\t", " ");
        let mut fields = head.lines().filter_map(|line| line.split_once(':'));
        let (_, value) = fields.find(|(own, _)| own.eq_ignore_ascii_case(name))?;
        // Between two coded words the blank is none.
        let (mut text, mut before) = (String::new(), true);
        for word in value.trim().split(' ') {
            let coded = word.strip_prefix("=?utf-8?b?").and_then(|rest| rest.strip_suffix("?="));
            let decoded = coded.and_then(|coded| STANDARD.decode(coded).ok()).map(utf8);
            if !text.is_empty() && (decoded.is_none() || !before) {
                text.push(' ');
            }
            before = decoded.is_some();
            text += decoded.as_deref().unwrap_or(word);
        }
        Some(text)
    }

    /// The content of the part of that kind, such as `text/plain`, decoded.
    pub fn part(&self, kind: &str) -> Option<String> {
        let at = self.raw.find(&format!("Content-Type: {kind}"))?;
        let (head, body) = self.raw.get(at..)?.split_once("\n\n")?;
        let body = body.split("\n--").next()?;
        match head.lines().find_map(|line| line.strip_prefix("Content-Transfer-Encoding: ")) {
            Some("base64") => STANDARD.decode(body.split_whitespace().collect::<String>()).ok().map(utf8),
            Some("quoted-printable") => Some(unquoted(body)),
            _ => Some(body.to_owned()),
        }
    }

    /// What the control port shows of it.
    pub(crate) fn shown(&self) -> Value {
        json!({
            "number": self.number,
            "at": self.at.to_string(),
            "to": self.to,
            "from": self.header("From"),
            "subject": self.header("Subject"),
            "language": self.header("Content-Language"),
            "text": self.part("text/plain"),
        })
    }
}

fn unquoted(text: &str) -> String {
    let text = text.replace("=\n", "");
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let coded = (*first == b'=').then(|| after.split_at_checked(2)).flatten();
        let byte = coded.and_then(|(hex, _)| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = coded.filter(|_| byte.is_some()).map_or(after, |(_, behind)| behind);
    }
    utf8(bytes)
}

fn utf8(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &str = "From: Portal <portal@example.com>\nSubject: =?utf-8?b?R3LDvMOf?=\n =?utf-8?b?ZSBhbg==?= Ana\n\
        Content-Type: multipart/alternative; boundary=\"x\"\n\n--x\nContent-Type: text/plain; charset=utf-8\n\
        Content-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=C3=9Fe =3D =\nhier\n--x\nContent-Type: text/html\n\
        Content-Transfer-Encoding: base64\n\nPGI+R3LDvMOf\nZTwvYj4=\n--x--\n";

    #[test]
    fn words_of_headers_and_the_parts_are_decoded() {
        let letter = Letter::new(1, vec!["ana@example.com".to_owned()], RAW.to_owned());
        assert_eq!(letter.header("subject").as_deref(), Some("Grüße an Ana"));
        assert_eq!(letter.header("Bcc"), None);
        assert_eq!(letter.part("text/plain").as_deref(), Some("Grüße = hier"));
        assert_eq!(letter.part("text/html").as_deref(), Some("<b>Grüße</b>"));
        assert_eq!(letter.part("image/png"), None);
    }

    #[test]
    fn what_is_no_letter_has_nothing_in_it() {
        for raw in ["", "\n\n", "Content-Type: text/plain", "Subject: =?utf-8?b?%%?=\n\n=", "=\n=4"] {
            let letter = Letter::new(1, Vec::new(), raw.to_owned());
            assert!(letter.header("From").is_none() && letter.part("text/html").is_none(), "{raw:?}");
        }
        assert_eq!(unquoted("=4"), "=4");
    }
}
