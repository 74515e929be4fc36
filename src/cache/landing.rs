//! How a read ends: what it answers is kept, nobody joins it any more, and everybody who waits is told.

use std::sync::Arc;

use super::flight::{Flight, FlightKey};
use super::shelf::Reading;
use super::{Batch, Cached, Keep, Shelf};
use crate::error::{Code, Error};

/// A read under way that is over when this is dropped, also where its task panics: nobody waits for ever.
pub(super) struct Airborne<T: Cached> {
    pub shelf: Arc<Shelf<T>>,
    pub flight: Arc<Flight<T>>,
    pub keys: Vec<FlightKey>,
}

impl<T: Cached> Airborne<T> {
    /// Reads, keeps, and tells everybody who waits.
    pub async fn land(mut self, batch: Batch, reading: Reading<T>) {
        let Reading { wants, how, load } = reading;
        let (begun, since) = (batch.begun, batch.since);
        let kept = how.policy.keeps().then(|| batch.wants.clone());
        let mut answers = load(batch).await;
        let short = || Err(Error::new(Code::Internal, "a read answered fewer records than it was asked for"));
        answers.resize_with(self.keys.len(), short);
        if let Some(places) = kept {
            let known = places.iter().zip(&answers).filter_map(|(at, answer)| {
                let (want, value) = (wants.get(*at)?, answer.as_ref().ok()?);
                Some(Keep { want: want.clone(), value: value.clone() })
            });
            // By itself on the heap: it would be a part of every read's task, and most are not kept.
            Box::pin(self.shelf.keep(known.collect(), (begun, since), &how.policy)).await;
        }
        self.leave();
        self.flight.land(answers);
    }

    fn leave(&mut self) {
        self.shelf.flights.leave(std::mem::take(&mut self.keys), self.flight.number);
    }
}

impl<T: Cached> Drop for Airborne<T> {
    fn drop(&mut self) {
        self.leave();
        self.flight.land(Vec::new());
    }
}
