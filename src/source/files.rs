//! Files: opened by the engine of the source that tells of them.

use futures::future::BoxFuture;

use super::Sources;
use crate::error::Error;
use crate::model::{Files, OpenFile, OpenedFile};

impl Files for Sources {
    fn open(&self, file: OpenFile) -> BoxFuture<'_, Result<OpenedFile, Error>> {
        Box::pin(async move {
            let target = self.0.target(file.source, file.entity)?;
            let from = self.0.setup.clock.elapsed();
            let context = std::sync::Arc::clone(&file.context);
            let opened = target.protocol.open(target.of, file).await.map_err(|error| target.at(error));
            self.0.time(&target, &context, (from, true));
            opened
        })
    }
}
