//! The business's mail server: it takes what is sent to it, keeps the last letters for whoever looks, and delivers nothing.

mod letter;
mod smtp;

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

pub use letter::Letter;
pub(crate) use smtp::serve;

/// Most letters that are kept; older ones are forgotten.
pub const MOST: usize = 50;

#[derive(Debug, Default)]
struct Inner {
    letters: VecDeque<Arc<Letter>>,
    taken: u64,
    answers: VecDeque<String>,
}

/// The letters that came.
#[derive(Debug, Default)]
pub struct Mails {
    inner: Mutex<Inner>,
    came: Notify,
}

impl Mails {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the server answer these to the next recipients that it is told, such as `451 try again later`; afterwards it takes
    /// everything again.
    pub fn answer(&self, answers: &[&str]) {
        self.lock().answers.extend(answers.iter().map(|answer| (*answer).to_owned()));
    }

    /// The letters that are kept, the oldest first.
    pub fn all(&self) -> Vec<Arc<Letter>> {
        self.lock().letters.iter().cloned().collect()
    }

    /// The first letter that is kept and came after the one of that number; waits for it, if it is not there yet.
    pub async fn after(&self, number: u64) -> Arc<Letter> {
        loop {
            let mut came = pin!(self.came.notified());
            came.as_mut().enable();
            let next = self.lock().letters.iter().find(|letter| letter.number > number).cloned();
            match next {
                Some(letter) => return letter,
                None => came.await,
            }
        }
    }

    /// What the next recipient is answered with, unless they are taken.
    fn refusal(&self) -> Option<String> {
        self.lock().answers.pop_front()
    }

    fn take(&self, to: Vec<String>, raw: String) {
        {
            let mut inner = self.lock();
            inner.taken += 1;
            let number = inner.taken;
            if inner.letters.len() == MOST {
                inner.letters.pop_front();
            }
            inner.letters.push_back(Arc::new(Letter::new(number, to, raw)));
        }
        self.came.notify_waiters();
    }
}
