//! Keys of the cache: every input of a read, each with its length before it.
//!
//! Joined text would let two inputs trade places ("ab" + "c" is "a" + "bc"), and one customer's data be another's.

use crate::model::{Condition, Key, ListOf, Test, Value};
use crate::store::StoreKey;

/// Writes a key, input by input. The order is the caller's, and has to be the same for the same kind of key.
#[derive(Clone, Debug)]
pub struct KeyWriter(Vec<u8>);

impl KeyWriter {
    /// A key of this kind; two kinds never meet.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Self(Vec::with_capacity(256)).text(kind)
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self = self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    /// A text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// A number, or a count of what follows. Most are small, and a key has many: seven bits to a byte (LEB128), and none of
    /// another number begins with all of these.
    #[must_use]
    pub fn number(mut self, number: u64) -> Self {
        let mut left = number;
        while left >= 0x80 {
            self.0.push(left as u8 | 0x80);
            left >>= 7;
        }
        self.0.push(left as u8);
        self
    }

    /// A text that may be missing: missing is not the same as empty.
    #[must_use]
    pub fn optional(self, text: Option<&str>) -> Self {
        match text {
            None => self.number(0),
            Some(text) => self.number(1).text(text),
        }
    }

    /// Several keys of records, in their order.
    #[must_use]
    pub fn keys(self, keys: &[Key]) -> Self {
        keys.iter().fold(self.number(keys.len() as u64), |writer, key| writer.text(key.as_str()))
    }

    /// Which list.
    #[must_use]
    pub fn list(self, list: &ListOf) -> Self {
        match list {
            ListOf::All => self.number(0),
            ListOf::Parent(field) => self.number(1).number(field.0.into()),
        }
    }

    /// A value, with its type: the text `1` and the number 1 are two values.
    #[must_use]
    pub fn value(self, value: &Value) -> Self {
        match value {
            Value::Null => self.number(0),
            Value::Bool(value) => self.number(1).number((*value).into()),
            Value::Int(number) => self.number(2).bytes(&number.to_be_bytes()),
            Value::Text(text) => self.number(3).text(text),
            Value::List(items) => self.number(4).values(items),
            Value::Object(fields) => self.number(5).values(fields),
            Value::Reference(to) => {
                let by = to.by.map_or(0, |field| u64::from(field.0) + 1);
                self.number(6).number(to.entity.0.into()).number(to.source.0.into()).number(by).text(to.key.as_str())
            }
            Value::File(file) => self.number(8).values(&file.values).text(&file.at).number(file.safe.into()),
            Value::Fault(error) => self.number(7).text(error.code().name()).text(error.detail()),
        }
    }

    fn values(self, values: &[Value]) -> Self {
        values.iter().fold(self.number(values.len() as u64), Self::value)
    }

    /// A condition, with its field.
    #[must_use]
    pub fn condition(self, condition: &Condition) -> Self {
        self.number(condition.field.0.into()).test(&condition.test)
    }

    /// What must hold for a field.
    #[must_use]
    pub fn test(self, test: &Test) -> Self {
        match test {
            Test::In(values) => self.number(0).values(values),
            Test::NotIn(values) => self.number(1).values(values),
            Test::Between { from, to, inclusive } => {
                self.number(2).optional(from.as_deref()).optional(to.as_deref()).number((*inclusive).into())
            }
            Test::NotAll(all) => all.iter().fold(self.number(3).number(all.len() as u64), Self::condition),
        }
    }

    /// The whole.
    #[must_use]
    pub fn finish(&self) -> StoreKey {
        StoreKey::from(&*self.0)
    }

    /// How much of it is written: keys that begin alike are written behind the same beginning.
    #[must_use]
    pub fn written(&self) -> usize {
        self.0.len()
    }

    /// Only so much of it.
    #[must_use]
    pub fn back_to(mut self, written: usize) -> Self {
        self.0.truncate(written);
        self
    }
}
