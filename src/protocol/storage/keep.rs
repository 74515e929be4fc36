//! Objects are made and replaced: each once, however often it is asked for.

use futures::StreamExt;
use opendal::{Metadata, Operator, Writer};

use super::answer::Refused;
use super::asked::{Asked, checked};
use super::folder::Jail;
use super::name::{is_mark, safe};
use super::row::{mark, written};
use crate::upstream::{Call, header};

/// What of a file is held in memory, in bytes: a larger one is sent in parts of this size.
const PART: usize = 8 * 1024 * 1024;
/// All words that are kept with an object, together, in bytes: S3 takes 2,048 with their names.
const WORDS: usize = 2000;

/// A store that is written to.
pub(super) struct Keeping<'a> {
    pub(super) operator: &'a Operator,
    /// Where it is a folder.
    pub(super) jail: Option<&'a Jail>,
}

impl Keeping<'_> {
    /// Makes an object; the path of what is there afterwards. The write's own mark stands in the path: what is there
    /// already was made by the same write.
    pub(super) async fn make(&self, asked: &Asked, call: &Call) -> Result<String, Refused> {
        let Some(mark) = asked.get("mark").filter(|mark| is_mark(mark)) else {
            return Err(Refused::new(400, "NoMark", "nothing stands for this one write"));
        };
        let path = format!("{}{mark}-{}", asked.folder()?, safe(asked.get("name"), asked.get("file")));
        checked(&path).map_err(|_| Refused::folder())?;
        if let Some(jail) = self.jail {
            jail.enter_new(&path).await?;
        }
        let words = self.words(asked, None)?;
        let mut write = self.operator.writer_with(&path).if_not_exists(true);
        if self.jail.is_none() {
            write = write.chunk(PART).content_type(media(call)).user_metadata(words);
        }
        match sent(write.await, call).await {
            Ok(()) => Ok(path),
            Err(refused) if refused.is_there() => Ok(path),
            Err(refused) => Err(refused),
        }
    }

    /// Puts a new version in the place of an object, if it is still the one that was seen.
    pub(super) async fn replace(&self, asked: &Asked, call: &Call) -> Result<(), Refused> {
        let seen = call.headers.get(header::IF_MATCH).and_then(|seen| seen.to_str().ok());
        let Some(seen) = seen else {
            return Err(Refused::new(400, "NoCondition", "what is replaced has to be named by its version"));
        };
        let known = self.operator.stat(&asked.path).await?;
        if mark(&known).as_deref() != Some(seen) {
            return Err(Refused::changed());
        }
        let words = self.words(asked, Some(&known))?;
        let mut write = self.operator.writer_with(&asked.path);
        if self.jail.is_none() {
            write = write.chunk(PART).content_type(media(call)).user_metadata(words).if_match(seen);
        }
        sent(write.await, call).await
    }

    /// The words to keep: those that are there already, and the new ones.
    fn words(&self, asked: &Asked, known: Option<&Metadata>) -> Result<Vec<(String, String)>, Refused> {
        let kept = known.and_then(Metadata::user_metadata).into_iter().flatten();
        let mut words: Vec<(String, String)> = kept.map(|(name, word)| (name.to_owned(), word.to_owned())).collect();
        for (name, word) in asked.words() {
            words.retain(|(kept, _)| kept != name);
            words.push((name.to_owned(), written(word)));
        }
        if words.iter().map(|(name, word)| name.len() + word.len()).sum::<usize>() > WORDS {
            return Err(Refused::new(400, "MetadataTooLarge", "what is to be kept with the object is too long"));
        }
        Ok(words)
    }
}

/// Sends the bytes piece by piece; what was begun and cannot be ended is taken back.
async fn sent(writer: opendal::Result<Writer>, call: &Call) -> Result<(), Refused> {
    let mut writer = writer?;
    let sent = async {
        let mut pieces = call.body.pieces();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| Refused::new(502, "Unexpected", format!("the file: {error}")))?;
            writer.write(piece).await?;
        }
        writer.close().await?;
        Ok(())
    };
    let outcome = sent.await;
    if outcome.is_err() {
        // Stores forget parts by their own rules, where even this fails.
        let _taken_back = writer.abort().await;
    }
    outcome
}

fn media(call: &Call) -> &str {
    let media = call.headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok());
    media.unwrap_or("application/octet-stream")
}
