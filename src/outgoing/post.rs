//! Letters, and the server that takes them.

use std::path::Path;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::AsyncSmtpTransportBuilder;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use tokio::sync::OnceCell;

use crate::config::{Environment, SmtpConfig, SmtpTls};
use crate::secret::Secret;

/// How long one step of the conversation with the server may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest subject and the longest name, in characters.
const LONGEST: usize = 200;

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// A mail server, reached when the first letter is sent.
pub(super) struct Post {
    host: String,
    port: u16,
    tls: SmtpTls,
    sign_in: Option<(Secret, Secret)>,
    transport: OnceCell<Transport>,
}

/// A letter, ready to be sent.
pub(super) struct Letter<'a> {
    pub(super) from: &'a Mailbox,
    /// Name and address.
    pub(super) to: (&'a str, &'a str),
    pub(super) language: &'a str,
    pub(super) subject: &'a str,
    pub(super) text: String,
    pub(super) html: Option<String>,
    /// Stands for this letter, however often it is sent.
    pub(super) id: &'a str,
    pub(super) at: Timestamp,
}

/// What became of a letter.
#[derive(Debug)]
pub(super) enum Sent {
    /// The server has taken it on.
    Taken,
    /// Not yet.
    Again(String),
    /// It never will be.
    Refused(String),
}

impl Post {
    /// Reads the configuration.
    ///
    /// # Errors
    /// Says which value is missing.
    pub(super) fn new(config: &SmtpConfig, environment: &dyn Environment, folder: &Path) -> Result<Self, String> {
        let port = config.port.resolve(environment)?;
        let secret = |reference: &crate::config::SecretRef| reference.resolve(environment, folder);
        let sign_in = match (&config.user, &config.password) {
            (Some(user), Some(password)) => Some((secret(user)?, secret(password)?)),
            (None, None) => None,
            _ => return Err("`user` and `password` stand together, or not at all".to_owned()),
        };
        Ok(Self {
            host: config.host.resolve(environment)?,
            port: port.parse().map_err(|_| "`port` is no port".to_owned())?,
            tls: config.tls,
            sign_in,
            transport: OnceCell::new(),
        })
    }

    /// Sends a letter.
    pub(super) async fn send(&self, letter: Letter<'_>) -> Sent {
        let message = match written(letter) {
            Ok(message) => message,
            Err(why) => return Sent::Refused(why),
        };
        let transport = match self.transport.get_or_try_init(async || self.connected()).await {
            Ok(transport) => transport,
            Err(why) => return Sent::Again(why),
        };
        match transport.send(message).await {
            Ok(_) => Sent::Taken,
            // A server that does not let us in says nothing of the letter.
            Err(error) if error.status().is_some_and(|code| code.to_string().starts_with("53")) => {
                Sent::Again(format!("the mail server does not let us in: {error}"))
            }
            Err(error) if error.is_permanent() => Sent::Refused(error.to_string()),
            Err(error) => Sent::Again(error.to_string()),
        }
    }

    fn connected(&self) -> Result<Transport, String> {
        let parameters =
            || TlsParameters::new(self.host.clone()).map_err(|error| format!("TLS cannot be set up: {error}"));
        let tls = match self.tls {
            SmtpTls::Required => Tls::Required(parameters()?),
            SmtpTls::Implicit => Tls::Wrapper(parameters()?),
            SmtpTls::Plain => Tls::None,
        };
        let builder: AsyncSmtpTransportBuilder = Transport::builder_dangerous(self.host.as_str());
        let builder = builder.port(self.port).tls(tls).timeout(Some(PATIENCE));
        let builder = match &self.sign_in {
            Some((user, password)) => {
                builder.credentials(Credentials::new(user.expose().to_owned(), password.expose().to_owned()))
            }
            None => builder,
        };
        Ok(builder.build())
    }
}

/// One line, and not too long: what stands in a header may come from anybody.
pub(super) fn line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(LONGEST).collect()
}

fn written(letter: Letter<'_>) -> Result<Message, String> {
    let (name, address) = letter.to;
    let address: Address = address.parse().map_err(|_| "the address of the reader is none".to_owned())?;
    let name = Some(line(name)).filter(|name| !name.is_empty());
    let builder = Message::builder()
        .from(letter.from.clone())
        .to(Mailbox::new(name, address))
        .subject(line(letter.subject))
        .date(SystemTime::from(letter.at))
        .message_id(Some(format!("<{}@{}>", letter.id, letter.from.email.domain())))
        // RFC 3834: so that nobody's absence is answered to it.
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Content-Language"), letter.language.to_owned()));
    let written = match letter.html {
        Some(html) => builder.multipart(MultiPart::alternative_plain_html(letter.text, html)),
        None => builder.singlepart(SinglePart::plain(letter.text)),
    };
    written.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(name: &str, address: &str, subject: &str) -> Result<String, String> {
        let from: Mailbox = "Portal <portal@example.com>".parse().unwrap();
        let letter = Letter {
            from: &from,
            to: (name, address),
            language: "de",
            subject,
            text: "Grüße".to_owned(),
            html: Some("<p>Grüße</p>".to_owned()),
            id: "abc",
            at: "2026-03-10T12:00:00Z".parse().unwrap(),
        };
        written(letter).map(|message| String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn nothing_that_somebody_wrote_makes_a_header_of_its_own() {
        let nasty = "Hello\r\nBcc: everybody@example.com\r\n\r\n<script>\u{2028}Bcc: x@example.com\u{0}";
        let whole = formatted(nasty, "ana@example.com", nasty).unwrap();
        let (head, _) = whole.split_once("\r\n\r\n").unwrap();
        let names: Vec<&str> = head
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .filter_map(|line| line.split(':').next())
            .collect();
        assert!(!names.iter().any(|name| name.eq_ignore_ascii_case("bcc")), "{head}");
        assert_eq!(names.iter().filter(|name| name.eq_ignore_ascii_case("to")).count(), 1, "{head}");
        for wrong in ["ana@example.com\r\nBcc: x@example.com", "ana@example.com, x@example.com", "nobody", ""] {
            assert!(formatted("Ana", wrong, "Hello").is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_letter_says_who_when_and_that_nobody_need_answer() {
        let whole = formatted("Åsa Lund", "ana@example.com", "Ihre Bestellung ist unterwegs — größer").unwrap();
        for line in [
            "From: Portal <portal@example.com>",
            "Date: Tue, 10 Mar 2026 12:00:00 +0000",
            "Message-ID: <abc@example.com>",
            "Auto-Submitted: auto-generated",
            "Content-Language: de",
        ] {
            assert!(whole.contains(line), "{line} is not in\n{whole}");
        }
        assert!(whole.is_ascii(), "{whole}");
    }
}
