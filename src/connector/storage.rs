//! Where a store of objects keeps them: a bucket of a service that speaks S3, or a folder of this machine.

use std::path::PathBuf;
use std::sync::Arc;

/// The `storage` engine's switches.
#[derive(Clone, Debug)]
pub struct StorageOptions {
    /// What keeps the objects.
    pub place: StoragePlace,
    /// How many parts of a path come before its folder: they say whose the object is.
    pub below: usize,
}

/// What keeps the objects.
#[derive(Clone, Debug)]
pub enum StoragePlace {
    /// A bucket, at the connector's `base`.
    Bucket {
        /// Its name.
        name: Arc<str>,
        /// The region that requests are signed for.
        region: Arc<str>,
        /// What every path begins with, unseen from here.
        root: Arc<str>,
        /// Whether the bucket's name stands in the host, and not in the path.
        in_host: bool,
    },
    /// A folder that the operator names.
    Folder(PathBuf),
}
