//! Files of scenarios: each is a list, read and played from its first to its last.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use futures::FutureExt as _;
use serde::de::DeserializeOwned;

/// Something that is promised, and how it is shown.
pub trait Scenario: DeserializeOwned {
    /// What is promised.
    fn title(&self) -> &str;

    /// Plays it; what is not as it should be, and in which step.
    async fn play(&self) -> Result<(), String>;
}

fn below(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder)
}

/// All scenarios of a file, by its path below `tests`.
pub fn read<S: Scenario>(file: &str) -> Vec<S> {
    let text = std::fs::read_to_string(below(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let all: Vec<S> = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert!(!all.is_empty(), "{file} has no scenario");
    all
}

/// Plays all scenarios of a file, and tells of all that fail.
pub async fn play<S: Scenario>(file: &str) {
    let mut failed = Vec::new();
    for scenario in read::<S>(file) {
        if let Err(why) = caught(scenario.play()).await {
            failed.push(format!("{file}: {}\n    {why}", scenario.title()));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Plays a step; what is not as it should be says which step it was.
pub async fn step(number: usize, played: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    caught(played).await.map_err(|why| format!("step {}: {why}", number + 1))
}

/// What is played, where a panic is a failure like any other.
async fn caught(played: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    AssertUnwindSafe(played).catch_unwind().await.unwrap_or_else(|why| Err(said(&*why)))
}

/// What somebody said who could not go on.
fn said(why: &(dyn Any + Send)) -> String {
    let text = why.downcast_ref::<String>().cloned();
    text.or_else(|| why.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "it broke off".to_owned())
}

/// Every file of a suite's folder `scenarios` is named in its `main.rs`: none is left unplayed.
pub fn all_are_played(suite: &str) {
    let main = std::fs::read_to_string(below(suite).join("main.rs")).unwrap_or_default();
    let files = std::fs::read_dir(below(suite).join("scenarios")).into_iter().flatten().flatten();
    let names: Vec<String> = files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
    let left: Vec<&String> = names.iter().filter(|name| !main.contains(&format!("scenarios/{name}\""))).collect();
    assert!(!names.is_empty() && left.is_empty(), "{suite}: {left:?} of {names:?}");
}
