//! Claims in Redis: each is one step there, so that of several nodes one wins.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use redis::Script;

use super::Space;
use super::link::Link;
use crate::error::Error;
use crate::store::{State, StoreKey};

/// What tells one asking from another stands before each value: an answer that was lost is asked for again, and what is there
/// may then be one's own.
const MARK: usize = 16;

/// Puts `ARGV[2]` in the place of `ARGV[1]`, which stands behind a mark; an empty one is none.
const REPLACE: &str = "
local there = redis.call('GET', KEYS[1])
if not there then return 0 end
if there == ARGV[2] then return 1 end
if string.sub(there, 17) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1";

/// Claims that the nodes of a tenant share.
pub(super) struct RedisState {
    link: Arc<Link>,
    space: Space,
    replace: Script,
}

impl RedisState {
    pub(super) fn new(link: Arc<Link>, space: Space) -> Self {
        Self { link, space, replace: Script::new(REPLACE) }
    }

    async fn claimed(&self, key: &StoreKey, value: &[u8], lasts: Duration) -> Result<Option<Bytes>, Error> {
        let name = self.space.name("state", key);
        let mine = marked(&self.space.conceal(&name, value)?);
        let mut set = redis::cmd("SET");
        set.arg(&name).arg(&mine).arg("NX").arg("GET").arg("PX").arg(milliseconds(lasts));
        let set = &set;
        let there: Option<Vec<u8>> =
            self.link.ask(|mut connection| async move { set.query_async(&mut connection).await }).await?;
        match there {
            Some(there) if there != mine => {
                let value = there.get(MARK..).unwrap_or_default();
                self.space.reveal(&name, value).map(|value| Some(Bytes::from(value)))
            }
            _ => Ok(None),
        }
    }

    async fn replaced(&self, key: &StoreKey, change: (&[u8], Option<&[u8]>), lasts: Duration) -> Result<bool, Error> {
        let name = self.space.name("state", key);
        let from = self.space.conceal(&name, change.0)?;
        let to = change.1.map(|to| self.space.conceal(&name, to)).transpose()?.map(|to| marked(&to));
        let mut call = self.replace.key(&name);
        call.arg(from).arg(to.unwrap_or_default()).arg(milliseconds(lasts));
        let call = &call;
        self.link.ask(|mut connection| async move { call.invoke_async(&mut connection).await }).await
    }
}

impl State for RedisState {
    fn claim<'a>(
        &'a self,
        key: &'a StoreKey,
        value: Bytes,
        lasts: Duration,
    ) -> BoxFuture<'a, Result<Option<Bytes>, Error>> {
        async move { self.claimed(key, &value, lasts).await }.boxed()
    }

    fn replace<'a>(
        &'a self,
        key: &'a StoreKey,
        (from, to): (Bytes, Option<Bytes>),
        lasts: Duration,
    ) -> BoxFuture<'a, Result<bool, Error>> {
        async move { self.replaced(key, (&from, to.as_deref()), lasts).await }.boxed()
    }
}

fn marked(value: &[u8]) -> Vec<u8> {
    [rand::random::<[u8; MARK]>().as_slice(), value].concat()
}

/// At least one: Redis takes no lifetime of none.
fn milliseconds(lasts: Duration) -> u64 {
    u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX).max(1)
}
