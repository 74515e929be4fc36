//! `connector webhooks --test`: an event that changes nothing, sent to a running gateway as a system would send it.

use std::time::Duration;

use bytes::Bytes;
use url::Url;

use crate::clock::{Clock as _, SystemClock};
use crate::connector::Method;
use crate::error::{Code, Error, Result};
use crate::spool::Content;
use crate::upstream::{
    Call, HeaderMap, HeaderName, HeaderValue, HostRules, Network, NetworkOptions, Transport as _, header,
};

/// How long the gateway may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest answer that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// An event with its proof.
#[derive(Debug)]
pub struct TestEvent {
    /// Where it goes, from the gateway's address: `/webhooks/acme/support`.
    pub path: String,
    /// What proves it.
    pub headers: Vec<(String, String)>,
    /// The body, JSON.
    pub body: &'static [u8],
    /// Whether the proof is the secret itself.
    pub bears_secret: bool,
}

impl TestEvent {
    /// Sends it to the gateway at an address, such as `https://graph.example.com`; the status of the answer, and its body.
    ///
    /// The operator names the address, so that any is reached, private ones and plain HTTP among them; but over plain HTTP a secret
    /// itself goes no further than this machine.
    ///
    /// # Errors
    /// `BAD_USER_INPUT`: that is no address of HTTP; `UPSTREAM_UNAVAILABLE`, `UPSTREAM_TIMEOUT`: nothing answers there.
    pub async fn send(&self, to: &str) -> Result<(u16, String)> {
        let none = || {
            Error::new(
                Code::BadUserInput,
                format!("`{to}` is no address of a gateway, such as https://graph.example.com"),
            )
        };
        let url = Url::parse(&format!("{}{}", to.trim_end_matches('/'), self.path)).map_err(|_| none())?;
        let host = url.host_str().ok_or_else(none)?.to_ascii_lowercase();
        let is_here = matches!(&*host, "localhost" | "127.0.0.1" | "[::1]");
        if self.bears_secret && url.scheme() == "http" && !is_here {
            let why = "this source's secret is sent along as it is, and would go there over plain HTTP: use https";
            return Err(Error::new(Code::BadUserInput, why));
        }
        let everywhere = ["0.0.0.0/0", "::/0"].iter().filter_map(|net| net.parse().ok()).collect();
        let rules = HostRules { hosts: vec![host.into()], private: everywhere, plain: url.scheme() == "http" };
        let options = NetworkOptions { largest_answer: LONGEST, ..NetworkOptions::default() };
        let network = Network::new("webhooks --test".into(), rules, &options)?;
        let clock = SystemClock::default();
        let call = Call {
            method: Method::Post,
            url: url.as_str().parse().map_err(|_| none())?,
            headers: self.sent()?,
            body: Content::from(Bytes::from_static(self.body)),
            template: "POST a test event".into(),
            limit: None,
            safe: false,
            background: false,
            deadline: clock.elapsed() + PATIENCE,
        };
        let reply = tokio::time::timeout(PATIENCE, network.send(call)).await;
        let reply = reply.map_err(|_| Error::new(Code::UpstreamTimeout, "there is no answer in time"))??;
        Ok((reply.status, String::from_utf8_lossy(&reply.body).into_owned()))
    }

    fn sent(&self) -> Result<HeaderMap> {
        let mut headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        for (name, value) in &self.headers {
            let unfit =
                || Error::new(Code::Internal, format!("the header `{name}` cannot be sent: look at the secret"));
            let mut value = HeaderValue::try_from(value).map_err(|_| unfit())?;
            value.set_sensitive(true);
            headers.insert(HeaderName::try_from(name.as_str()).map_err(|_| unfit())?, value);
        }
        Ok(headers)
    }
}
