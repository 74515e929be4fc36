//! A store in memory that keeps every version of an object, behind the S3 server.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures::TryStreamExt;
use s3s::dto::{
    CommonPrefix, ETag, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, ListObjectVersionsInput,
    ListObjectVersionsOutput, ListObjectsV2Input, ListObjectsV2Output, Metadata, Object, ObjectVersion, PutObjectInput,
    PutObjectOutput, StreamingBlob, Timestamp,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

type Answer<'t, T> = Pin<Box<dyn Future<Output = S3Result<S3Response<T>>> + Send + 't>>;

/// A version.
#[derive(Clone)]
pub struct Kept {
    pub content: Vec<u8>,
    pub media: Option<String>,
    pub words: Metadata,
    pub number: usize,
    pub at: SystemTime,
}

impl Kept {
    fn tag(&self) -> ETag {
        ETag::Strong(format!("{:x}{:08x}", self.number, self.content.iter().map(|b| u32::from(*b)).sum::<u32>()))
    }

    fn size(&self) -> i64 {
        i64::try_from(self.content.len()).unwrap()
    }
}

/// The store: a bucket called `documents`.
#[derive(Clone, Default)]
pub struct Store {
    objects: Arc<Mutex<BTreeMap<String, Vec<Kept>>>>,
    versions: Arc<AtomicUsize>,
    /// Writes that are still to be done without being told of.
    pub lost: Arc<AtomicUsize>,
    /// Looks at an object that are still to be refused.
    pub blind: Arc<AtomicUsize>,
    /// Requests so far, by name.
    pub asked: Arc<Mutex<Vec<&'static str>>>,
}

impl Store {
    /// Puts an object there.
    pub fn put(&self, key: &str, content: &str) {
        self.keep(key, (content.as_bytes().to_vec(), None, Metadata::default()));
    }

    /// Puts an object there, with words that are kept with it.
    pub fn put_with(&self, key: &str, content: &str, words: &BTreeMap<String, String>) {
        let words = words.iter().map(|(name, word)| (name.clone(), word.clone())).collect();
        self.keep(key, (content.as_bytes().to_vec(), None, words));
    }

    /// Puts an object there at a time.
    pub fn put_at(&self, key: &str, content: &str, at: SystemTime) {
        self.put(key, content);
        if let Some(kept) = self.objects.lock().unwrap().get_mut(key).and_then(|versions| versions.last_mut()) {
            kept.at = at;
        }
    }

    /// Takes an object away, with all its versions.
    pub fn remove(&self, key: &str) {
        self.objects.lock().unwrap().remove(key);
    }

    /// The versions of an object, the oldest first.
    pub fn kept(&self, key: &str) -> Vec<Kept> {
        self.objects.lock().unwrap().get(key).cloned().unwrap_or_default()
    }

    /// The paths of all objects below a path.
    pub fn below(&self, prefix: &str) -> Vec<String> {
        self.objects.lock().unwrap().keys().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    fn keep(&self, key: &str, (content, media, words): (Vec<u8>, Option<String>, Metadata)) -> Kept {
        let number = self.versions.fetch_add(1, Ordering::SeqCst) + 1;
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000 + number as u64);
        let kept = Kept { content, media, words, number, at };
        self.objects.lock().unwrap().entry(key.to_owned()).or_default().push(kept.clone());
        kept
    }

    fn found(&self, key: &str, version: Option<&String>) -> S3Result<Kept> {
        let versions = self.kept(key);
        let found = match version {
            Some(version) => versions.into_iter().find(|kept| kept.number.to_string() == *version),
            None => versions.into_iter().last(),
        };
        found.ok_or_else(|| s3_error!(NoSuchKey))
    }

    fn count(&self, name: &'static str) {
        self.asked.lock().unwrap().push(name);
    }
}

impl S3 for Store {
    fn get_object<'l, 't>(&'l self, req: S3Request<GetObjectInput>) -> Answer<'t, GetObjectOutput>
    where
        'l: 't,
        Self: 't,
    {
        Box::pin(async move {
            self.count("GetObject");
            let input = req.input;
            let kept = self.found(&input.key, input.version_id.as_ref())?;
            let size = kept.content.len();
            let part =
                input.range.map(|range| range.check(size as u64)).transpose().map_err(|_| s3_error!(InvalidRange))?;
            let part = part.map(|part| usize::try_from(part.start).unwrap()..usize::try_from(part.end).unwrap());
            let content = kept.content[part.clone().unwrap_or(0..size)].to_vec();
            let length = i64::try_from(content.len()).unwrap();
            let stream = futures::stream::iter([Ok::<_, std::io::Error>(bytes::Bytes::from(content))]);
            Ok(S3Response::new(GetObjectOutput {
                body: Some(StreamingBlob::wrap(stream)),
                content_length: Some(length),
                content_range: part.map(|part| format!("bytes {}-{}/{size}", part.start, part.end - 1)),
                content_type: kept.media.clone(),
                e_tag: Some(kept.tag()),
                last_modified: Some(Timestamp::from(kept.at)),
                version_id: Some(kept.number.to_string()),
                ..GetObjectOutput::default()
            }))
        })
    }

    fn head_object<'l, 't>(&'l self, req: S3Request<HeadObjectInput>) -> Answer<'t, HeadObjectOutput>
    where
        'l: 't,
        Self: 't,
    {
        Box::pin(async move {
            self.count("HeadObject");
            if self.blind.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                return Err(s3_error!(AccessDenied));
            }
            let kept = self.found(&req.input.key, req.input.version_id.as_ref())?;
            Ok(S3Response::new(HeadObjectOutput {
                content_length: Some(kept.size()),
                content_type: kept.media.clone(),
                e_tag: Some(kept.tag()),
                last_modified: Some(Timestamp::from(kept.at)),
                metadata: Some(kept.words.clone()),
                version_id: Some(kept.number.to_string()),
                ..HeadObjectOutput::default()
            }))
        })
    }

    fn put_object<'l, 't>(&'l self, req: S3Request<PutObjectInput>) -> Answer<'t, PutObjectOutput>
    where
        'l: 't,
        Self: 't,
    {
        Box::pin(async move {
            self.count("PutObject");
            let input = req.input;
            let there = self.kept(&input.key).pop();
            if input.if_none_match.is_some_and(|none| none.is_any()) && there.is_some() {
                return Err(s3_error!(PreconditionFailed));
            }
            if let Some(seen) = input.if_match.as_ref().and_then(|seen| seen.as_etag())
                && there.is_none_or(|there| there.tag() != *seen)
            {
                return Err(s3_error!(PreconditionFailed));
            }
            let body = input.body.map(|body| body.try_collect::<Vec<_>>());
            let content = match body {
                Some(body) => body.await.map_err(|_| s3_error!(IncompleteBody))?.concat(),
                None => Vec::new(),
            };
            let kept = self.keep(&input.key, (content, input.content_type, input.metadata.unwrap_or_default()));
            if self.lost.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                return Err(s3_error!(InternalError));
            }
            Ok(S3Response::new(PutObjectOutput {
                e_tag: Some(kept.tag()),
                version_id: Some(kept.number.to_string()),
                ..PutObjectOutput::default()
            }))
        })
    }

    fn list_objects_v2<'l, 't>(&'l self, req: S3Request<ListObjectsV2Input>) -> Answer<'t, ListObjectsV2Output>
    where
        'l: 't,
        Self: 't,
    {
        Box::pin(async move {
            self.count("ListObjectsV2");
            let input = req.input;
            let prefix = input.prefix.unwrap_or_default();
            let after = input.continuation_token.or(input.start_after).unwrap_or_default();
            let most = usize::try_from(input.max_keys.unwrap_or(1000)).unwrap();
            let (mut objects, mut folders) = (Vec::new(), BTreeSet::new());
            for key in self.below(&prefix).into_iter().filter(|key| *key > after) {
                let rest = &key[prefix.len()..];
                match input.delimiter.as_deref().and_then(|delimiter| rest.split_once(delimiter)) {
                    Some((folder, _)) => drop(folders.insert(format!("{prefix}{folder}/"))),
                    None => objects.push(key),
                }
            }
            let more = objects.len() > most;
            objects.truncate(most);
            let contents = objects.iter().map(|key| {
                let kept = self.found(key, None).unwrap();
                Object {
                    key: Some(key.clone()),
                    size: Some(kept.size()),
                    e_tag: Some(kept.tag()),
                    last_modified: Some(Timestamp::from(kept.at)),
                    ..Object::default()
                }
            });
            let prefixes = folders.into_iter().map(|folder| CommonPrefix { prefix: Some(folder) });
            Ok(S3Response::new(ListObjectsV2Output {
                contents: Some(contents.collect()),
                common_prefixes: Some(prefixes.collect()),
                is_truncated: Some(more),
                next_continuation_token: objects.last().filter(|_| more).cloned(),
                ..ListObjectsV2Output::default()
            }))
        })
    }

    fn list_object_versions<'l, 't>(
        &'l self,
        req: S3Request<ListObjectVersionsInput>,
    ) -> Answer<'t, ListObjectVersionsOutput>
    where
        'l: 't,
        Self: 't,
    {
        Box::pin(async move {
            self.count("ListObjectVersions");
            let mut versions = Vec::new();
            for key in self.below(&req.input.prefix.unwrap_or_default()) {
                let kept = self.kept(&key);
                for (at, kept) in kept.iter().enumerate().rev() {
                    versions.push(ObjectVersion {
                        key: Some(key.clone()),
                        version_id: Some(kept.number.to_string()),
                        is_latest: Some(at + 1 == self.kept(&key).len()),
                        size: Some(kept.size()),
                        e_tag: Some(kept.tag()),
                        last_modified: Some(Timestamp::from(kept.at)),
                        ..ObjectVersion::default()
                    });
                }
            }
            Ok(S3Response::new(ListObjectVersionsOutput {
                versions: Some(versions),
                is_truncated: Some(false),
                ..ListObjectVersionsOutput::default()
            }))
        })
    }
}
