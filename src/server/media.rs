//! Which media type an answer has: <https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types>.

use axum::http::{HeaderMap, header};

/// The media types of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status tells whether the request could be carried out.
    GraphqlResponse,
    /// `application/json`: a well-formed GraphQL answer is 200, whatever it says.
    Json,
    /// `text/event-stream`: the answers come as events; the status is always 200.
    EventStream,
}

/// What a client takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    /// What it likes best of what we have.
    pub(super) best: Media,
    /// Whether it takes `application/json` at all, the only type of several answers at once.
    pub(super) json: bool,
}

impl Media {
    /// As the `Content-Type` has it.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::EventStream => "text/event-stream",
        }
    }

    /// What the client takes of what we have; `None` where that is nothing.
    ///
    /// A client that does not say gets `application/json`, as clients from before the specification expect.
    pub(super) fn accepted(headers: &HeaderMap) -> Option<Accepted> {
        let values: Vec<&str> =
            headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        if values.is_empty() {
            return Some(Accepted { best: Self::Json, json: true });
        }
        let mut json = false;
        let mut best: Option<(u32, Self)> = None;
        for range in values.iter().flat_map(|value| value.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let media = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "application/graphql-response+json" => Self::GraphqlResponse,
                "application/json" | "application/*" | "*/*" => Self::Json,
                "text/event-stream" => Self::EventStream,
                _ => continue,
            };
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, thousandths);
            json |= media == Self::Json && quality > 0;
            let better = best.is_none_or(|(known, _)| quality > known);
            if quality > 0 && better {
                best = Some((quality, media));
            }
        }
        best.map(|(_, best)| Accepted { best, json })
    }
}

/// A quality such as `0.9` in thousandths; what cannot be read counts as the most.
fn thousandths(text: &str) -> u32 {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits: String = fraction.chars().take(3).collect();
    match (whole.parse::<u32>(), format!("{digits:0<3}").parse::<u32>()) {
        (Ok(whole), Ok(fraction)) => whole.saturating_mul(1000).saturating_add(fraction).min(1000),
        _ => 1000,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_best_of_what_a_client_takes_is_given() {
        let cases: &[(&str, Option<Media>)] = &[
            ("application/graphql-response+json", Some(Media::GraphqlResponse)),
            ("application/json", Some(Media::Json)),
            ("*/*", Some(Media::Json)),
            ("text/html, */*;q=0.1", Some(Media::Json)),
            ("application/graphql-response+json, application/json;q=0.9", Some(Media::GraphqlResponse)),
            ("application/json;q=0.5, application/graphql-response+json", Some(Media::GraphqlResponse)),
            ("application/graphql-response+json;q=0.4, application/json;q=0.5", Some(Media::Json)),
            ("application/json;q=0", None),
            ("text/event-stream", Some(Media::EventStream)),
            ("text/event-stream, application/json", Some(Media::EventStream)),
            ("application/graphql-response+json, application/json, text/event-stream", Some(Media::GraphqlResponse)),
            ("text/html", None),
        ];
        for (accept, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
            let accepted = Media::accepted(&headers);
            assert_eq!(accepted.map(|accepted| accepted.best), *expected, "{accept}");
            let json = ["application/json", "*/*"].iter().any(|media| accept.contains(media));
            assert_eq!(accepted.is_some_and(|accepted| accepted.json), json && expected.is_some(), "{accept}");
        }
        assert_eq!(Media::accepted(&HeaderMap::new()), Some(Accepted { best: Media::Json, json: true }));
    }
}
