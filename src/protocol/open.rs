//! Files over HTTP: the address that a record names is asked for, and followed where the system sends on to.
//!
//! Only hosts of the source are reached, which the transport checks; credentials go to the base's own, which it sees to as
//! well. Who has been sent on to another host is not sent back: it would be asked with credentials for whatever that one says.

use std::sync::Arc;

use url::Url;

use super::core::Core;
use super::errors::Reading;
use crate::connector::{EntityMapping, Method};
use crate::error::{Code, Error};
use crate::model::{FilePart, OpenFile, OpenedFile};
use crate::upstream::{Call, HeaderMap, HeaderValue, Streamed, Uri, header, is_same_origin};

/// How often a system may send on.
const FOLLOWED: usize = 5;

impl Core {
    /// The bytes of a file, from the address that its record says.
    pub(super) async fn open(&self, of: &EntityMapping, file: OpenFile) -> Result<OpenedFile, Error> {
        if let Some(inside) = &file.inside {
            return self.unwrapped(of, &file, inside).await.map_err(|error| self.located(of, error));
        }
        let home = self.address("", "")?;
        let mut url = self.whole(&file.at)?;
        let mut left_home = !is_same_origin(&home, &url);
        for _ in 0..=FOLLOWED {
            let call = self.file_call(of, &file, (url.clone(), !left_home))?;
            let template = Arc::clone(&call.template);
            let answer = self.binding.transport.open(call).await?;
            if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
                return self.opened(answer, &file, &template).map_err(|error| self.located(of, error));
            }
            url = sent_on(&url, &answer.headers).map_err(|why| unusable(&template, why))?;
            match (is_same_origin(&home, &url), left_home) {
                (true, true) => return Err(unusable(&template, "it sends back to the system's own host")),
                (true, false) => {}
                (false, _) => left_home = true,
            }
        }
        Err(unusable("GET a file", "it sends on too often"))
    }

    /// The address that a record says: whole, or below the base.
    pub(super) fn whole(&self, at: &str) -> Result<Uri, Error> {
        let lower = at.get(..8).unwrap_or(at).to_ascii_lowercase();
        if lower.starts_with("https://") || lower.starts_with("http://") {
            let url = Url::parse(at).ok().and_then(|url| address(&url));
            return url.ok_or_else(|| unusable("GET a file", "the record's address of it is none"));
        }
        // What a person called a file may be a part of the address: it leads nowhere else.
        let path = at.split(['?', '#']).next().unwrap_or_default();
        let plain = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
        let climbs = plain.split(['/', '\\']).any(|part| matches!(part, "." | ".."));
        if climbs || at.chars().any(char::is_control) {
            return Err(unusable("GET a file", "the record's address of it leads out of the base"));
        }
        self.address(at, "")
    }

    pub(super) fn file_call(
        &self,
        of: &EntityMapping,
        file: &OpenFile,
        (url, home): (Uri, bool),
    ) -> Result<Call, Error> {
        let entity = self.binding.graph.entity(of.entity).map_or("", |entity| &entity.name);
        let mut headers = match home {
            true => self.headers.with(None, &[], &self.names(&file.context, false))?,
            false => HeaderMap::new(),
        };
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some(part) = file.part {
            let range = match part {
                FilePart::From(first, None) => format!("bytes={first}-"),
                FilePart::From(first, Some(last)) => format!("bytes={first}-{last}"),
                FilePart::Last(count) => format!("bytes=-{count}"),
            };
            headers.extend(HeaderValue::try_from(range).ok().map(|range| (header::RANGE, range)));
        }
        Ok(Call {
            method: Method::Get,
            url,
            headers,
            body: Default::default(),
            template: Arc::from(format!("GET a file of {entity}")),
            limit: None,
            safe: true,
            background: false,
            deadline: file.context.deadline,
        })
    }

    fn opened(&self, answer: Streamed, file: &OpenFile, template: &Arc<str>) -> Result<OpenedFile, Error> {
        let head = answer.head();
        let part = match answer.status {
            200 => None,
            206 => {
                let told = head.header("content-range").and_then(range);
                Some(told.filter(|_| file.part.is_some()).ok_or_else(|| unusable(template, "it gives no such part"))?)
            }
            404 | 410 | 416 => {
                return Err(Error::new(Code::NotFound, format!("{template}: status {}", answer.status)));
            }
            _ => return Err(Reading { basis: self.basis(), template }.refusal(&head).error),
        };
        if head.header("content-encoding").is_some_and(|kind| !kind.trim().eq_ignore_ascii_case("identity")) {
            return Err(unusable(template, "it is packed, which was not asked for"));
        }
        let length = || head.header("content-length")?.parse::<u64>().ok();
        Ok(OpenedFile {
            media: head.header("content-type").map(Arc::from),
            size: part.map_or_else(length, |(_, _, size)| size),
            part: part.map(|(first, last, _)| (first, last)),
            bytes: answer.body,
        })
    }
}

/// Where an answer sends on to.
fn sent_on(from: &Uri, headers: &HeaderMap) -> Result<Uri, &'static str> {
    let to = headers.get(header::LOCATION).and_then(|to| to.to_str().ok()).ok_or("it sends on to nowhere")?;
    let from = Url::parse(&from.to_string()).map_err(|_| "it was asked at no address")?;
    let to = from.join(to).map_err(|_| "it sends on to what is no address")?;
    address(&to).ok_or("it sends on to what is no address")
}

/// An address of the web, without what stays with whoever asks.
fn address(url: &Url) -> Option<Uri> {
    if !matches!(url.scheme(), "https" | "http") {
        return None;
    }
    let mut url = url.clone();
    url.set_fragment(None);
    url.as_str().parse().ok()
}

/// `bytes 0-99/1234`: the first byte, the last, and how many there are, where that is known.
fn range(told: &str) -> Option<(u64, u64, Option<u64>)> {
    let (part, size) = told.strip_prefix("bytes")?.trim().split_once('/')?;
    let (first, last) = part.split_once('-')?;
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let size = size.trim().parse::<u64>().ok();
    (first <= last && size.is_none_or(|size| last < size)).then_some((first, last, size))
}

pub(super) fn unusable(template: &str, why: &str) -> Error {
    Error::new(Code::UpstreamRejected, format!("{template}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_read_as_it_is_told() {
        assert_eq!(range("bytes 0-99/1234"), Some((0, 99, Some(1234))));
        assert_eq!(range("bytes 5-9/*"), Some((5, 9, None)));
        for none in ["bytes */10", "bytes 9-5/10", "bytes 0-10/10", "items 0-1/2", "bytes", ""] {
            assert_eq!(range(none), None, "{none}");
        }
    }

    #[test]
    fn an_answer_sends_on_from_where_it_is() {
        let from: Uri = "https://a.example/x/y?z".parse().unwrap();
        let to = |to: &str| sent_on(&from, &HeaderMap::from_iter([(header::LOCATION, to.parse().unwrap())]));
        assert_eq!(to("../w#f").unwrap().to_string(), "https://a.example/w");
        assert_eq!(to("//b.example/").unwrap().to_string(), "https://b.example/");
        assert!(to("mailto:a").is_err() && to("file:///etc/passwd").is_err());
        assert!(sent_on(&from, &HeaderMap::new()).is_err());
    }
}
