//! Files: a link is opened by a browser, without a token. Its bytes pass through, and none of them is kept.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::Serving;
use super::media::Media;
use super::respond::{Refused, refusal};
use crate::error::{Code, Error};
use crate::files::{Asked, asked, disposition, is_page_instead, is_shown, media};
use crate::model::{OpenFile, OpenedFile};
use crate::tenant::LinkedFile;

/// How long somebody who reads nothing keeps a file open.
const PATIENCE: Duration = Duration::from_secs(60);
/// Nothing in a file may run, load or reach anything.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// `GET /files/{tenant}/{link}`.
pub(super) async fn get(
    State(serving): State<Serving>,
    Path((tenant, link)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response<Body> {
    let answered = async {
        let place = serving.file_place()?;
        let linked = linked(&serving, (&tenant, &link)).await?;
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let wanted = asked(text(header::RANGE), headers.contains_key(header::IF_RANGE));
        let opened = opened(&serving, &linked, wanted).await?;
        Ok::<_, Refused>(answer(&linked, Some((opened, place))))
    };
    answered.await.unwrap_or_else(|refused| refusal(refused, Media::Json))
}

/// `HEAD` of the same: what there is to be said of the file, without asking for it.
pub(super) async fn head(
    State(serving): State<Serving>,
    Path((tenant, link)): Path<(String, String)>,
) -> Response<Body> {
    let answered = async {
        let _place = serving.file_place()?;
        Ok(answer(&linked(&serving, (&tenant, &link)).await?, None))
    };
    answered.await.unwrap_or_else(|refused| refusal(refused, Media::Json))
}

async fn linked(serving: &Serving, (tenant, link): (&str, &str)) -> Result<LinkedFile, Refused> {
    // Another tenant's links do not open here: their seal is another.
    if tenant != serving.tenant.name() {
        return Err(Error::public(Code::NotFound, "There is no such file, or not for you.").into());
    }
    let deadline = serving.tenant.deadline(serving.config.timeout.0);
    match serving.tenant.file(link, deadline).await {
        Ok(Some(linked)) => Ok(linked),
        Ok(None) => {
            let error = Error::public(Code::NotFound, "This link works no more; ask for a new one.");
            Err(Refused::new(error, StatusCode::GONE))
        }
        Err(error) => Err(refused(error)),
    }
}

/// A system that cannot be asked is not this gateway being down.
fn refused(error: Error) -> Refused {
    match error.code() {
        Code::UpstreamUnavailable | Code::UpstreamRejected => {
            tracing::warn!(code = error.code().name(), %error, "a file cannot be opened");
            Refused::new(error, StatusCode::BAD_GATEWAY)
        }
        _ => error.into(),
    }
}

async fn opened(serving: &Serving, linked: &LinkedFile, wanted: Asked) -> Result<OpenedFile, Refused> {
    let Asked::Part(part) = wanted else {
        return begun(serving, linked, linked.open.clone()).await.map_err(refused);
    };
    let of = OpenFile { part: Some(part), ..linked.open.clone() };
    match begun(serving, linked, of).await {
        Ok(opened) => Ok(opened),
        // The file is not there, or has no such part.
        Err(error) if error.code() == Code::NotFound => {
            let whole = begun(serving, linked, linked.open.clone()).await.map_err(refused)?;
            let size = whole.size.map_or_else(|| "*".to_owned(), |size| size.to_string());
            let error = Error::public(Code::BadUserInput, "The file has no such part.");
            let told = HeaderValue::try_from(format!("bytes */{size}"));
            let told = told.unwrap_or(HeaderValue::from_static("bytes */*"));
            Err(Refused::new(error, StatusCode::RANGE_NOT_SATISFIABLE).with(header::CONTENT_RANGE, told))
        }
        Err(error) => Err(refused(error)),
    }
}

/// A file, and no page in its place that asks somebody to sign in.
async fn begun(serving: &Serving, linked: &LinkedFile, file: OpenFile) -> Result<OpenedFile, Error> {
    let opened = serving.tenant.open_file(file).await?;
    let came = opened.media.as_deref().unwrap_or_default();
    if is_page_instead(came, linked.media.as_deref(), linked.name.as_deref()) {
        return Err(Error::new(Code::UpstreamRejected, "a page came in place of a file"));
    }
    Ok(opened)
}

fn answer(linked: &LinkedFile, opened: Option<(OpenedFile, OwnedSemaphorePermit)>) -> Response<Body> {
    let file = opened.as_ref().map(|(opened, _)| opened);
    // What the record says counts more than what its bytes come as.
    let told = linked.media.as_deref().or_else(|| file.and_then(|file| file.media.as_deref()));
    let kind = media(told);
    let shown = linked.shown && is_shown(&kind);
    let size = match file {
        Some(file) => file.size,
        None => linked.size,
    };
    let mut headers = HeaderMap::new();
    let mut say = |name: HeaderName, value: String| {
        headers.extend(HeaderValue::try_from(value).ok().map(|value| (name, value)));
    };
    say(header::CONTENT_TYPE, kind);
    say(header::CONTENT_DISPOSITION, disposition(linked.name.as_deref(), shown));
    let mut status = StatusCode::OK;
    let mut length = size;
    if let Some((first, last)) = file.and_then(|file| file.part) {
        let size = size.map_or_else(|| "*".to_owned(), |size| size.to_string());
        say(header::CONTENT_RANGE, format!("bytes {first}-{last}/{size}"));
        status = StatusCode::PARTIAL_CONTENT;
        length = last.checked_sub(first).and_then(|count| count.checked_add(1));
    }
    if let Some(length) = length {
        say(header::CONTENT_LENGTH, length.to_string());
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let body = opened.map_or_else(Body::empty, |(opened, place)| Body::from_stream(flowing(opened.bytes, place)));
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// One step of a file on its way.
enum Step {
    Piece(Result<Bytes, Error>),
    End,
}

/// The bytes as they come. Whoever does not read them for too long is left: the file is then cut off, and seen to be.
fn flowing(
    bytes: BoxStream<'static, Result<Bytes, Error>>,
    place: OwnedSemaphorePermit,
) -> impl futures::Stream<Item = Result<Bytes, Error>> {
    let (to, from) = mpsc::channel(2);
    tokio::spawn(async move {
        pass_on(bytes, to).await;
        drop(place);
    });
    stream::unfold(Some(from), |from: Option<Receiver<Step>>| async move {
        let mut from = from?;
        match from.recv().await {
            Some(Step::Piece(Ok(piece))) => Some((Ok(piece), Some(from))),
            Some(Step::Piece(Err(error))) => Some((Err(error), None)),
            Some(Step::End) => None,
            None => Some((Err(Error::new(Code::Internal, "a file was left half-way")), None)),
        }
    })
}

async fn pass_on(mut bytes: BoxStream<'static, Result<Bytes, Error>>, to: Sender<Step>) {
    while let Some(piece) = bytes.next().await {
        if let Err(error) = &piece {
            tracing::warn!(code = error.code().name(), %error, "a file was cut off");
        }
        let ends = piece.is_err();
        if to.send_timeout(Step::Piece(piece), PATIENCE).await.is_err() || ends {
            return;
        }
    }
    // Without it, the end is seen to be too soon.
    let _ = to.send_timeout(Step::End, PATIENCE).await;
}
