//! Derived fields: as closed conditions where that is possible, so that lists can be filtered by them and they cost next
//! to nothing here; as CEL otherwise.

use std::sync::Arc;

use super::resolved::{Entity, FieldKind};
use crate::expr::Program;
use crate::model::{Condition, FieldId, FieldSet, Test, Value};

/// The names of a derived expression besides the record's fields.
pub const NAMES: [&str; 2] = ["today", "viewer"];

/// A derived field, compiled.
#[derive(Debug)]
pub struct Derived {
    /// The closed form, where it has one: every condition must hold.
    pub closed: Option<Vec<Pushed>>,
    /// The whole expression, where it has no closed form.
    pub program: Option<Program>,
    /// The fields it reads.
    pub needs: FieldSet,
}

/// A condition that may look at the day.
#[derive(Clone, Debug, PartialEq)]
pub struct Pushed {
    /// The field.
    pub field: FieldId,
    /// What must hold.
    pub test: PushedTest,
}

/// What must hold. A comparison with null is false.
#[derive(Clone, Debug, PartialEq)]
pub enum PushedTest {
    /// One of these words.
    In(Vec<Arc<str>>),
    /// There, and none of these.
    NotIn(Vec<Arc<str>>),
    /// This Boolean.
    Is(bool),
    /// A day before today.
    Past,
    /// Today or a day before.
    PastOrToday,
    /// A day after today.
    Future,
    /// Today or a day after.
    FutureOrToday,
}

impl Derived {
    /// Compiles an expression over the fields of `entity`.
    ///
    /// # Errors
    /// It is no CEL, or uses a name that is no field.
    pub fn compile(text: &str, entity: &Entity) -> Result<Self, String> {
        if let Some(closed) = closed(text, entity) {
            let needs = closed.iter().map(|condition| condition.field).collect();
            return Ok(Self { closed: Some(closed), program: None, needs });
        }
        let names: Vec<&str> = entity.fields.iter().map(|field| &*field.name).chain(NAMES).collect();
        let program = Program::compile(text, &names).map_err(|error| error.to_string())?;
        let roots = program.paths().iter().filter_map(|path| path.first());
        let needs = roots.filter_map(|root| entity.field_id(root)).collect();
        Ok(Self { closed: None, program: Some(program), needs })
    }
}

impl Pushed {
    /// Whether it holds for a value of its field; `None` where the value is of another kind.
    #[must_use]
    pub fn holds(&self, value: &Value, today: &str) -> Option<bool> {
        if let (Value::Bool(value), PushedTest::Is(wanted)) = (value, &self.test) {
            return Some(value == wanted);
        }
        let text = match value {
            Value::Null => return Some(false),
            Value::Text(text) => &**text,
            _ => return None,
        };
        Some(match &self.test {
            PushedTest::In(words) => words.iter().any(|word| &**word == text),
            PushedTest::NotIn(words) => !words.iter().any(|word| &**word == text),
            PushedTest::Is(_) => return None,
            // Days are written so that their texts are in the order of time.
            PushedTest::Past => text < today,
            PushedTest::PastOrToday => text <= today,
            PushedTest::Future => text > today,
            PushedTest::FutureOrToday => text >= today,
        })
    }

    /// As a condition of a read on the day `today`.
    #[must_use]
    pub fn condition(&self, today: &str) -> Condition {
        let words = |words: &[Arc<str>]| words.iter().map(|word| Value::Text(Arc::clone(word).into())).collect();
        let day = || Some(Arc::from(today));
        let between = |from, to| Test::Between { from, to, inclusive: true };
        let test = match &self.test {
            PushedTest::In(list) => Test::In(words(list)),
            PushedTest::NotIn(list) => Test::NotIn(words(list)),
            PushedTest::Is(value) => Test::In(Arc::from([Value::Bool(*value)])),
            PushedTest::Past => Test::Between { from: None, to: day(), inclusive: false },
            PushedTest::PastOrToday => between(None, day()),
            PushedTest::Future => between(next_day(today), None),
            PushedTest::FutureOrToday => between(day(), None),
        };
        Condition { field: self.field, test }
    }

    /// The opposite, where one condition says it: of a field that may be null it would leave out those without a value.
    fn negated(self, entity: &Entity) -> Option<Self> {
        entity.field(self.field).filter(|field| field.non_null)?;
        self.opposite()
    }

    fn opposite(self) -> Option<Self> {
        let test = match self.test {
            PushedTest::In(words) => PushedTest::NotIn(words),
            PushedTest::NotIn(words) => PushedTest::In(words),
            PushedTest::Is(value) => PushedTest::Is(!value),
            _ => return None,
        };
        Some(Self { field: self.field, test })
    }
}

/// What must hold so that a derived field is true, every condition of it; `None` where that cannot be told so:
/// `status in […]`, `!(status in […])`, `==`, `!=`, a Boolean field, days compared with `today`, and `&&`.
#[must_use]
pub fn closed(expression: &str, entity: &Entity) -> Option<Vec<Pushed>> {
    let mut reader = Reader { tokens: tokens(expression)?, at: 0, entity };
    let conditions = reader.conjunction()?;
    (reader.at == reader.tokens.len()).then_some(conditions)
}

/// The conditions of a list whose derived field has to be as wanted, on the day `today`; `None` as with [`closed`], and a
/// filter on the field is then not served.
#[must_use]
pub fn conditions((expression, wanted): (&str, bool), entity: &Entity, today: &str) -> Option<Vec<Condition>> {
    let all = closed(expression, entity)?;
    let told = |all: &[Pushed]| -> Vec<Condition> { all.iter().map(|one| one.condition(today)).collect() };
    if wanted {
        return Some(told(&all));
    }
    if let [only] = &*all
        && let Some(opposite) = only.clone().negated(entity)
    {
        return Some(told(&[opposite]));
    }
    let field = all.first()?.field;
    Some(vec![Condition { field, test: Test::NotAll(Arc::from(told(&all))) }])
}

fn next_day(today: &str) -> Option<Arc<str>> {
    let day: jiff::civil::Date = today.parse().ok()?;
    Some(Arc::from(day.tomorrow().ok()?.to_string()))
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Mark(&'static str),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    const MARKS: [&str; 12] = ["&&", "==", "!=", "<=", ">=", "<", ">", "!", "(", ")", "[", "]"];
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
            found.push(Token::Mark(mark));
            rest = &rest[mark.len()..];
        } else if first == ',' {
            found.push(Token::Mark(","));
            rest = &rest[1..];
        } else if first == '\'' || first == '"' {
            let (inner, after) = rest[1..].split_once(first)?;
            if inner.contains('\\') {
                return None;
            }
            found.push(Token::Text(inner.to_owned()));
            rest = after;
        } else {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            found.push(Token::Name(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Some(found)
}

struct Reader<'a> {
    tokens: Vec<Token>,
    at: usize,
    entity: &'a Entity,
}

impl Reader<'_> {
    fn mark(&mut self, wanted: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Mark(mark)) if *mark == wanted);
        self.at += usize::from(found);
        found
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at)?.clone();
        self.at += 1;
        Some(token)
    }

    fn conjunction(&mut self) -> Option<Vec<Pushed>> {
        let mut conditions = self.term()?;
        while self.mark("&&") {
            conditions.extend(self.term()?);
        }
        Some(conditions)
    }

    fn term(&mut self) -> Option<Vec<Pushed>> {
        if self.mark("!") {
            // `!a in b` is `(!a) in b`: what follows is a bracket, or a Boolean by itself.
            let bracket = matches!(self.tokens.get(self.at), Some(Token::Mark("(")));
            let mut inner = self.term()?;
            let fits = inner.len() == 1 && (bracket || matches!(inner.first()?.test, PushedTest::Is(_)));
            return if fits { Some(vec![inner.pop()?.opposite()?]) } else { None };
        }
        if self.mark("(") {
            let inner = self.conjunction()?;
            return self.mark(")").then_some(inner);
        }
        let Token::Name(name) = self.next()? else { return None };
        let field = self.entity.field_id(&name)?;
        if !matches!(self.entity.field(field)?.kind, FieldKind::Stored(_)) {
            return None;
        }
        let test = self.test()?;
        Some(vec![Pushed { field, test }])
    }

    fn test(&mut self) -> Option<PushedTest> {
        match self.tokens.get(self.at) {
            Some(Token::Name(word)) if word == "in" => {
                self.at += 1;
                self.words().map(PushedTest::In)
            }
            Some(Token::Mark(mark @ ("==" | "!=" | "<" | "<=" | ">" | ">="))) => {
                let mark = *mark;
                self.at += 1;
                self.comparison(mark)
            }
            // A Boolean field by itself.
            _ => Some(PushedTest::Is(true)),
        }
    }

    fn comparison(&mut self, mark: &str) -> Option<PushedTest> {
        match (mark, self.next()?) {
            ("==", Token::Text(word)) => Some(PushedTest::In(vec![Arc::from(word)])),
            ("!=", Token::Text(word)) => Some(PushedTest::NotIn(vec![Arc::from(word)])),
            ("==", Token::Name(word)) if word == "true" || word == "false" => Some(PushedTest::Is(word == "true")),
            ("!=", Token::Name(word)) if word == "true" || word == "false" => Some(PushedTest::Is(word == "false")),
            (mark, Token::Name(word)) if word == "today" => Some(match mark {
                "<" => PushedTest::Past,
                "<=" => PushedTest::PastOrToday,
                ">" => PushedTest::Future,
                ">=" => PushedTest::FutureOrToday,
                _ => return None,
            }),
            _ => None,
        }
    }

    fn words(&mut self) -> Option<Vec<Arc<str>>> {
        if !self.mark("[") {
            return None;
        }
        let mut words = Vec::new();
        while !self.mark("]") {
            let Token::Text(word) = self.next()? else { return None };
            words.push(Arc::from(word));
            if !self.mark(",") {
                return self.mark("]").then_some(words);
            }
        }
        Some(words)
    }
}

#[cfg(test)]
mod tests;
