//! The page of the demo: static files, embedded, which no build step makes.

use axum::extract::Path;
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use include_dir::{Dir, include_dir};

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/demo/page");

/// Scripts, styles and connections of this origin, and nothing else from anywhere. Texts of the graph become nodes without a
/// parser of the document: the one policy is that of `rich.js`, whose documents are never shown.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
    trusted-types vestibule-rich";

/// The page itself.
pub(super) async fn index() -> Response {
    file("index.html")
}

/// The page that sends one query.
pub(super) async fn query() -> Response {
    file("query.html")
}

/// What the pages are made of.
pub(super) async fn asset(Path(path): Path<String>) -> Response {
    file(&path)
}

fn file(path: &str) -> Response {
    let kind = path.rsplit_once('.').and_then(|(_, ending)| media_type(ending));
    let (Some(file), Some(kind)) = (FILES.get_file(path), kind) else {
        return (StatusCode::NOT_FOUND, "there is no such file\n").into_response();
    };
    let said = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    let headers: HeaderMap = said.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
    (headers, file.contents()).into_response()
}

fn media_type(ending: &str) -> Option<&'static str> {
    match ending {
        "html" => Some("text/html; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_page_is_served_and_within_its_own_rules() {
        let mut files: Vec<_> = FILES.files().collect();
        files.extend(FILES.dirs().flat_map(Dir::files));
        assert!(files.len() > 10);
        for one in files {
            let path = one.path().display().to_string();
            let answer = file(&path);
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            assert_eq!(answer.headers()[header::CONTENT_SECURITY_POLICY], POLICY, "{path}");
            let text = one.contents_utf8().unwrap_or_else(|| panic!("{path} is no text"));
            for forbidden in
                ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", " style=", " onclick="]
            {
                assert!(!text.contains(forbidden), "{path} has `{forbidden}`");
            }
            assert!(!text.contains("<script>") && !text.contains("<style>"), "{path} has something inline");
        }
    }

    #[test]
    fn nothing_else_is_served() {
        for path in ["", "nothing.js", "../page.rs", "/etc/passwd", "index"] {
            assert_eq!(file(path).status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
