//! A line between nodes: what one says, all hear, in one order; or they hear that something was lost.
//!
//! It is a capped stream, so that a node that was cut off for a moment hears what it missed. Every message has a number, given
//! out with it in one step; whoever finds a number missing, or another count than the last number, has missed something. The
//! numbers begin at random: a Redis that came back empty is not taken for one in which nothing happened.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use redis::Script;
use redis::aio::MultiplexedConnection;

use super::Space;
use super::link::{Link, failed};
use crate::error::Result;

/// How many messages are kept for those who were cut off.
const MOST: usize = 16_384;
/// How many are heard at once.
const AT_ONCE: usize = 512;
/// How long a message is kept at most, and how long the count is, both after the last message; in seconds.
const LIVES: [u64; 2] = [3_600, 30 * 24 * 3_600];
/// How long is waited for a message before the count is looked at.
const WAIT: Duration = Duration::from_secs(1);
/// Where a count begins at the highest: numbers of Lua are whole far beyond.
const FIRST: u64 = 1 << 47;

/// KEYS: count, stream. ARGV: where a count begins, the most messages, the two lifetimes, and the messages.
const SAY: &str = "
redis.call('SET', KEYS[1], ARGV[1], 'NX')
for i = 5, #ARGV do
  local n = redis.call('INCR', KEYS[1])
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'n', string.format('%.0f', n), 'd', ARGV[i])
end
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1";

/// The count and the place of the newest message.
const BEGIN: &str = "
redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2])
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
return {redis.call('GET', KEYS[1]), last[1] and last[1][1] or '0-0'}";

/// The count, and the messages behind a place: of each its place, its number and itself.
const TAIL: &str = "
local told = {redis.call('GET', KEYS[1]) or ''}
for _, one in ipairs(redis.call('XRANGE', KEYS[2], '(' .. ARGV[1], '+', 'COUNT', ARGV[2])) do
  told[#told + 1] = one[1]
  told[#told + 1] = one[2][2]
  told[#told + 1] = one[2][4]
end
return told";

/// A line between nodes.
pub struct Line {
    link: Arc<Link>,
    space: Space,
    count: String,
    stream: String,
    say: Script,
    begin: Script,
    tail: Script,
}

/// What was heard.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// This was said, by anybody, oneself too; nothing, where nothing was for a while.
    Said(Vec<Bytes>),
    /// What was said until now was not heard, or not all of it. From here on everything is.
    Anew,
}

/// One who listens; it keeps its place while the connection is lost.
pub struct Listening {
    line: Arc<Line>,
    connection: Option<MultiplexedConnection>,
    place: Option<Place>,
}

/// How far was heard.
#[derive(Clone, Debug)]
struct Place {
    id: Vec<u8>,
    number: u64,
}

impl Line {
    pub(super) fn new(link: Arc<Link>, space: Space, name: &str) -> Self {
        Self {
            count: space.name("count", name.as_bytes()),
            stream: space.name("line", name.as_bytes()),
            link,
            space,
            say: Script::new(SAY),
            begin: Script::new(BEGIN),
            tail: Script::new(TAIL),
        }
    }

    /// Says something, in this order. Where it is not certain that it was said, it may be said again.
    ///
    /// # Errors
    /// `UPSTREAM_UNAVAILABLE`: it may not have been said.
    pub async fn say(&self, messages: &[Bytes]) -> Result<()> {
        let mut call = self.say.key(&self.count);
        call.key(&self.stream).arg(first()).arg(MOST);
        for lives in LIVES {
            call.arg(lives);
        }
        for message in messages {
            call.arg(self.space.conceal(&self.stream, message)?);
        }
        let call = &call;
        self.link.ask(|mut connection| async move { call.invoke_async::<()>(&mut connection).await }).await
    }

    /// Begins to listen; what is heard first is [`Heard::Anew`].
    #[must_use]
    pub fn listen(self: &Arc<Self>) -> Listening {
        Listening { line: Arc::clone(self), connection: None, place: None }
    }
}

impl Listening {
    /// What was said since the last time; waits a moment where nothing was.
    ///
    /// # Errors
    /// `UPSTREAM_UNAVAILABLE`: it cannot be heard just now. Nothing is lost by that: ask again.
    pub async fn next(&mut self) -> Result<Heard> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.line.link.own(WAIT).await?,
        };
        let heard = self.hear(&mut connection).await?;
        self.connection = Some(connection);
        Ok(heard)
    }

    async fn hear(&mut self, connection: &mut MultiplexedConnection) -> Result<Heard> {
        let Some(place) = self.place.clone() else { return self.begin(connection).await };
        let line = Arc::clone(&self.line);
        let mut tail = line.tail.key(&line.count);
        tail.key(&line.stream).arg(&place.id).arg(AT_ONCE);
        let told: Vec<Vec<u8>> = tail.invoke_async(connection).await.map_err(|error| failed(&error))?;
        let Some((said, place)) = whole(&told, place.clone()) else {
            tracing::warn!("what other nodes said was not heard: everything that is kept is forgotten");
            return self.begin(connection).await;
        };
        if said.is_empty() {
            let mut read = redis::cmd("XREAD");
            read.arg("COUNT").arg(1).arg("BLOCK").arg(WAIT.as_millis().to_string()).arg("STREAMS");
            read.arg(&line.stream).arg(&place.id);
            let _: redis::Value = read.query_async(connection).await.map_err(|error| failed(&error))?;
            return Ok(Heard::Said(Vec::new()));
        }
        let said = said.iter().map(|hidden| line.space.reveal(&line.stream, hidden).map(Bytes::from));
        match said.collect::<Result<_>>() {
            Ok(said) => {
                self.place = Some(place);
                Ok(Heard::Said(said))
            }
            Err(error) => {
                tracing::warn!(why = error.detail(), "what another node said cannot be read");
                self.begin(connection).await
            }
        }
    }

    async fn begin(&mut self, connection: &mut MultiplexedConnection) -> Result<Heard> {
        let mut begin = self.line.begin.key(&self.line.count);
        let [_, lives] = LIVES;
        begin.key(&self.line.stream).arg(first()).arg(lives);
        let (number, id): (u64, Vec<u8>) = begin.invoke_async(connection).await.map_err(|error| failed(&error))?;
        self.place = Some(Place { id, number });
        Ok(Heard::Anew)
    }
}

/// The messages behind a place, and the place behind them; `None` where some are missing.
fn whole(told: &[Vec<u8>], mut place: Place) -> Option<(Vec<&[u8]>, Place)> {
    let (count, rest) = told.split_first()?;
    let mut said = Vec::new();
    for message in rest.chunks(3) {
        let [id, number, hidden] = message else { return None };
        if read(number)? != place.number + 1 {
            return None;
        }
        place = Place { id: id.clone(), number: place.number + 1 };
        said.push(hidden.as_slice());
    }
    (said.len() >= AT_ONCE || read(count)? == place.number).then_some((said, place))
}

fn read(number: &[u8]) -> Option<u64> {
    std::str::from_utf8(number).ok()?.parse().ok()
}

fn first() -> u64 {
    rand::random::<u64>() % FIRST
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Line")
    }
}

impl std::fmt::Debug for Listening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listening").field("place", &self.place).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(count: &str, messages: &[(u64, &str)]) -> Vec<Vec<u8>> {
        let rest = messages.iter().flat_map(|(number, text)| {
            [format!("{number}-0").into_bytes(), number.to_string().into_bytes(), text.as_bytes().to_vec()]
        });
        std::iter::once(count.as_bytes().to_vec()).chain(rest).collect()
    }

    fn heard(count: &str, messages: &[(u64, &str)]) -> Option<(usize, u64)> {
        let told = told(count, messages);
        let place = Place { id: b"7-0".to_vec(), number: 7 };
        whole(&told, place).map(|(said, place)| (said.len(), place.number))
    }

    #[test]
    fn what_follows_is_heard_and_what_is_missing_is_noticed() {
        assert_eq!(heard("7", &[]), Some((0, 7)), "nothing was said");
        assert_eq!(heard("9", &[(8, "a"), (9, "b")]), Some((2, 9)));
        assert_eq!(heard("9", &[(9, "b")]), None, "one was dropped since");
        assert_eq!(heard("9", &[]), None, "all were");
        assert_eq!(heard("9", &[(8, "a")]), None, "the newest is not there");
        assert_eq!(heard("", &[]), None, "the store came back empty");
        assert_eq!(heard("123456", &[(123_455, "a"), (123_456, "b")]), None, "it came back empty, and others spoke");
    }
}
