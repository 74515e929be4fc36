//! Links to files: written into answers, and opened by reading the record anew, as the person that the link was made for.

use std::sync::Arc;
use std::time::Duration;

use apollo_compiler::response::JsonMap;

use super::answer::{Writer, Written};
use super::record::Of;
use super::run::Run;
use super::{Executor, answer};
use crate::error::{Code, Error};
use crate::files::{self, Link};
use crate::graph::Builtin;
use crate::model::{Caller, FileValue, ReadContext, SourceId, Value};
use crate::plan::{FileField, FileLink, Output};

impl<'w> Writer<'w> {
    /// A link to a file, or when it stops working.
    pub(super) fn link(
        &mut self,
        of: Of<'w>,
        (link, output): (&'w FileLink, &'w Output),
        file: &Arc<FileValue>,
    ) -> Written {
        if !self.run.may_see(output, of) {
            return Err(self.fail(&super::forbidden()));
        }
        if let Some(found) = &mut self.files {
            found.push(Arc::clone(file));
            return self.boolean(true);
        }
        let preview = link.part == FileField::Preview;
        if link.part == FileField::Expires {
            let until = self.run.links_until.to_string();
            return self.text(&until);
        }
        if preview && !(file.safe && self.run.executor.shows(file)) {
            return Ok(false);
        }
        match self.run.executor.url(self.run, (of, link), file) {
            Ok(url) => self.text(&url),
            Err(error) => Err(self.fail(&error)),
        }
    }
}

impl Executor {
    /// Whether a page may show the file itself.
    fn shows(&self, file: &FileValue) -> bool {
        self.told(file, "contentType").and_then(Value::as_text).is_some_and(files::is_shown)
    }

    /// A field of a file, as its system tells it.
    #[must_use]
    pub fn told<'f>(&self, file: &'f FileValue, name: &str) -> Option<&'f Value> {
        let of = self.planner.graph.values.iter().find(|value| value.builtin == Some(Builtin::File))?;
        file.values.get(usize::from(of.field_id(name)?.0))
    }

    fn url(&self, run: &Run<'_>, (of, link): (Of<'_>, &FileLink), file: &FileValue) -> Result<String, Error> {
        let unnamed = || Error::new(Code::Internal, "a record of no known kind or source has a file");
        let id = &of.seed.id;
        let source = self.source_name(id.source).ok_or_else(unnamed)?;
        let entity = self.planner.graph.entity(id.entity).ok_or_else(unnamed)?;
        let caller = run.caller();
        let account = of.access().and_then(|at| run.access(at)).or_else(|| caller.account());
        let sealed = Link {
            issuer: caller.subject.0.to_string(),
            subject: caller.subject.1.to_string(),
            email: caller.email.as_deref().map(str::to_owned),
            contact: caller.authority.contact.as_ref().map(|contact| contact.id.key.as_str().to_owned()),
            account: account.map(|access| access.id.key.as_str().to_owned()),
            locale: caller.locale.to_string(),
            entity: entity.name.to_string(),
            source: source.to_string(),
            key: id.key.as_str().to_owned(),
            path: link.path.iter().map(ToString::to_string).collect(),
            which: link.several.then(|| files::which(&self.sealer, &file.at)),
            shown: link.part == FileField::Preview,
            until: run.links_until,
        }
        .seal(&self.sealer)?;
        Ok(format!("{}/{sealed}", self.files))
    }

    fn source_name(&self, source: SourceId) -> Option<&Arc<str>> {
        Some(&self.planner.catalog.sources.get(usize::from(source.0))?.name)
    }

    /// The file of a link, for the person it was made for: the record is read anew, past every cache, and everything that
    /// keeps it from a query keeps it from this. `None` where there is no such file for them.
    ///
    /// # Errors
    /// What kept the systems from saying; `FORBIDDEN` where the person lacks a permission.
    pub async fn file(
        &self,
        caller: &Caller,
        link: &Link,
        deadline: Duration,
    ) -> Result<Option<Arc<FileValue>>, Error> {
        // The names were sealed here: they are names of the graph.
        let inner = link.path.iter().rev().fold(" url ".to_owned(), |inner, name| format!(" {name} {{{inner}}} "));
        let document = format!("query($id: ID!) @live {{ node(id: $id) {{ ... on {} {{{inner}}} }} }}", link.entity);
        let gone = |errors: Vec<crate::plan::GraphqlError>| {
            let what = errors.first().map(|error| error.error.detail().to_owned()).unwrap_or_default();
            Error::new(Code::NotFound, format!("the field of a link is not served any more: {what}"))
        };
        let prepared = self.planner.prepare(&document).await.map_err(gone)?;
        let operation = prepared.operation(None).map_err(gone)?;
        let id = self.sealer.id(&link.entity, &link.source, &link.key);
        let given = serde_json::Map::from_iter([("id".to_owned(), serde_json::Value::from(id))]);
        let variables = prepared.coerce(&self.planner, operation, &given).map_err(gone)?;
        let plan = prepared.plan(&self.planner, operation, &variables).map_err(gone)?;
        let variables: &JsonMap = &variables;
        let run = Run::new(self, caller, variables, deadline);
        let children = run.all(&plan.children).await;
        let (found, failed) = answer::Writer::new(&run, &plan, (&children, &[]), Default::default()).found();
        let is_it = |file: &Arc<FileValue>| match &link.which {
            None => true,
            Some(which) => *which == files::which(&self.sealer, &file.at),
        };
        match (found.into_iter().find(is_it), failed) {
            (Some(file), _) => Ok(Some(file)),
            (None, Some(error)) => Err(error),
            (None, None) => Ok(None),
        }
    }

    /// The context of opening a file of `source` for a caller.
    #[must_use]
    pub fn file_context(&self, caller: &Caller, source: SourceId, deadline: Duration) -> Arc<ReadContext> {
        let variables = JsonMap::new();
        let how = super::run::How { live: true, locale: None };
        Run::new(self, caller, &variables, deadline).context(source, &how)
    }
}
