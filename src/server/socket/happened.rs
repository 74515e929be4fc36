//! What happens on a connection, until it is heard of.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Message;
use smallvec::SmallVec;

use super::messages::Name;
use crate::error::Result;
use crate::execute::GraphResponse;

/// How many events wait to be heard of before nothing more happens on a connection.
const AHEAD: usize = 2;

/// What happens to a connection.
pub(super) enum Event {
    /// The other end said something; nothing, where it is gone.
    Said(Option<Message>),
    /// It is time to see whether the other end is there.
    Beat,
    /// It should have begun by now.
    Late,
    Begun(Result<()>),
    /// An operation's one answer.
    Answered(Name, Result<GraphResponse>),
    /// The next of an operation's many answers; none where there are no more.
    Next(Name, Option<Result<GraphResponse>>),
    /// An operation has ended, or was given up.
    Over,
}

/// What has happened, and was not heard of yet.
#[derive(Default)]
pub(super) struct Happened(Mutex<SmallVec<[Event; AHEAD]>>);

impl Happened {
    fn events(&self) -> MutexGuard<'_, SmallVec<[Event; AHEAD]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes an event. Where some wait to be heard of, nothing more happens before that.
    pub(super) async fn note(&self, event: Event) {
        let waiting = {
            let mut events = self.events();
            events.push(event);
            events.len()
        };
        if waiting >= AHEAD {
            tokio::task::yield_now().await;
        }
    }

    /// Drops what an operation had to say.
    pub(super) fn forget(&self, operation: &Name) {
        self.events().retain(|event| match event {
            Event::Answered(name, _) | Event::Next(name, _) => name != operation,
            _ => true,
        });
    }

    /// The next event, in their order.
    pub(super) fn next(&self) -> Option<Event> {
        let mut events = self.events();
        (!events.is_empty()).then(|| events.remove(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Code, Error};

    #[tokio::test]
    async fn what_an_operation_had_to_say_goes_with_it() {
        let (happened, [gone, other]) = (Happened::default(), ["a", "b"].map(Name::new));
        for event in [
            Event::Next(gone.clone(), None),
            Event::Over,
            Event::Next(other.clone(), None),
            Event::Answered(gone.clone(), Err(Error::new(Code::Internal, "it failed"))),
        ] {
            happened.note(event).await;
        }
        happened.forget(&gone);
        assert!(matches!(happened.next(), Some(Event::Over)));
        assert!(matches!(happened.next(), Some(Event::Next(name, None)) if name == other));
        assert!(happened.next().is_none());
    }
}
