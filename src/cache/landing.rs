//! How a read ends: what it answers is kept, nobody joins it any more, and everybody who waits is told.

use std::sync::Arc;

use super::flight::{Flight, Landed};
use super::shelf::Reading;
use super::{Batch, Cached, Keep, Shelf};
use crate::error::{Code, Error};

/// Reads under way that are over when this is dropped, also where their task panics: nobody waits for ever.
pub(super) struct Airborne<T: Cached> {
    pub shelf: Arc<Shelf<T>>,
    pub flights: Vec<Flight<T>>,
}

impl<T: Cached> Airborne<T> {
    /// Reads, keeps, and tells everybody who waits.
    pub async fn land(self, batch: Batch, reading: Reading<T>) {
        let Reading { wants, how, load } = reading;
        let (begun, since) = (batch.begun, batch.since);
        let places = batch.wants.clone();
        let mut answers = load(batch).await;
        let short = || Err(Error::new(Code::Internal, "a read answered fewer records than it was asked for"));
        answers.resize_with(places.len(), short);
        let known = places.iter().zip(&answers).filter_map(|(at, answer)| {
            let (want, value) = (wants.get(*at)?, answer.as_ref().ok()?);
            Some(Keep { want: want.clone(), value: value.clone() })
        });
        self.shelf.keep(known.collect(), (begun, since), &how.policy).await;
        self.leave();
        for (flight, value) in self.flights.iter().zip(answers) {
            let tags = value.as_ref().ok().and_then(Option::as_ref).map(Cached::tags).unwrap_or_default();
            flight.sender.send_replace(Some(Landed { value, tags: Arc::from(tags) }));
        }
    }

    fn leave(&self) {
        self.shelf.flights.leave(self.flights.iter().map(|flight| (&flight.key, flight.number)));
    }
}

impl<T: Cached> Drop for Airborne<T> {
    fn drop(&mut self) {
        self.leave();
    }
}
