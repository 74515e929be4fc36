//! The requests before a write, which are harmless if they are done twice: files are sent up, a person is made known.

use std::sync::Arc;

use super::Writing;
use crate::connector::{Before, Body, Request};
use crate::error::{Code, Error};
use crate::model::{Unwritten, Wire};
use crate::protocol::core::Ask;
use crate::protocol::names::Names;
use crate::protocol::template::fill;
use crate::spool::FileKind;
use crate::upstream::header::CONTENT_TYPE;
use crate::upstream::{Call, HeaderValue};

impl Writing<'_> {
    /// Makes them, each once or once for each of its items.
    pub(super) async fn steps(&mut self) -> Result<(), Unwritten> {
        let write = self.row.write;
        for step in &write.before {
            let outcome = self.step(step).await?;
            if let Wire::Object(members) = &mut self.before {
                members.push((Arc::clone(&step.name), outcome));
            }
        }
        Ok(())
    }

    async fn step(&self, step: &Before) -> Result<Wire, Unwritten> {
        let failed = |error| Unwritten::Failed(self.located(error));
        if let Some(when) = &step.when
            && self.names().evaluate(when).map_err(failed)? != Wire::Bool(true)
        {
            return Ok(Wire::Null);
        }
        let Some(each) = &step.each else { return self.once(step, Wire::Null).await };
        let mut outcomes = Vec::new();
        for item in self.names().evaluate(each).map_err(failed)?.items() {
            outcomes.push(self.once(step, self.item(step, item)).await?);
        }
        // Without items there is no outcome, and nothing is sent of it.
        Ok(if outcomes.is_empty() { Wire::Null } else { Wire::List(outcomes) })
    }

    /// What a step knows its item by: of a file its name, its media type, and its number.
    fn item(&self, step: &Before, item: &Wire) -> Wire {
        let described = if let Body::Bytes(_) = &step.request.body { self.described(item) } else { None };
        described.unwrap_or_else(|| item.clone())
    }

    /// The call with the file that its request sends as it is, if it sends one.
    pub(in crate::protocol) fn with_file(
        &self,
        (request, names): (&Request, &Names<'_>),
        mut call: Call,
    ) -> Result<Call, Error> {
        let Body::Bytes(template) = &request.body else { return Ok(call) };
        let content = fill(template, names)?;
        let file = file_number(&content).or_else(|| file_number(content.get("file")));
        let Some(file) = file.and_then(|at| self.row.files.get(at)) else {
            return Err(Error::new(Code::Internal, format!("`{}` sends no file", request.template)));
        };
        call.body = file.content.clone();
        let media = file.kind.map_or("application/octet-stream", FileKind::media);
        call.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(media));
        Ok(call)
    }

    /// What a request that sends a file knows it by: its name, its media type, its length.
    pub(in crate::protocol) fn told_of_file(&self, request: &Request) -> Wire {
        let Body::Bytes(template) = &request.body else { return Wire::Null };
        let number = fill(template, &self.names()).ok();
        number.map_or(Wire::Null, |number| self.described(&number).unwrap_or(Wire::Null))
    }

    fn described(&self, item: &Wire) -> Option<Wire> {
        let file = file_number(item).and_then(|at| self.row.files.get(at))?;
        let media = file.kind.map_or("application/octet-stream", FileKind::media);
        Some(Wire::Object(vec![
            ("name".into(), Wire::Text(Arc::clone(&file.name).into())),
            ("media".into(), Wire::Text(media.into())),
            ("size".into(), Wire::Number(file.content.len().to_string().into())),
            ("file".into(), item.clone()),
        ]))
    }

    async fn once(&self, step: &Before, item: Wire) -> Result<Wire, Unwritten> {
        let failed = |error| Unwritten::Failed(self.located(error));
        let names = self.names().with("item", item);
        let request = &step.request;
        let ask = Ask {
            request,
            names: &names,
            placed: [&[], &[]],
            query: &[],
            encoded: "",
            headers: &request.headers,
            deadline: self.row.context.deadline,
        };
        let Some(call) = self.core.call(&ask).map_err(failed)? else { return Err(super::nobody()) };
        let call = self.with_file((request, &names), call).map_err(failed)?;
        match self.core.send(call, &self.core.everything()).await {
            Ok(answer) => Ok(answer.at(&step.gives)),
            Err(failure) => Err(match self.failed(failure) {
                // The write itself was not begun.
                Unwritten::Uncertain(error) => {
                    let mut failed = Error::new(Code::UpstreamUnavailable, error.detail().to_owned()).retryable();
                    failed = error.status().map_or(failed.clone(), |status| failed.with_status(status));
                    Unwritten::Failed(self.located(failed))
                }
                Unwritten::Conflict => Unwritten::Failed(self.located(Error::new(
                    Code::Conflict,
                    format!("`{}`, which comes before a write, met a conflict", step.name),
                ))),
                other => other,
            }),
        }
    }
}

fn file_number(item: &Wire) -> Option<usize> {
    match item {
        Wire::Number(text) => text.parse().ok(),
        _ => None,
    }
}
