//! `$filter` of OData V2: parsed against an entity type, then evaluated on records.

use std::cmp::Ordering;

use super::error::Refusal;
use super::lexer::{Token, tokens};
use super::record::Record;
use super::schema::{Property, Set};
use super::value::{Edm, Value};

/// How deep parentheses and `not` may nest.
const DEPTH: usize = 100;

/// Properties that say whose a record is or which one it is; a hostile system does not filter by them.
const IDENTITY: [&str; 12] = [
    "SalesOrder",
    "SalesOrderItem",
    "SoldToParty",
    "BusinessPartner",
    "Customer",
    "Product",
    "AddressID",
    "DeliveryDocument",
    "BillingDocument",
    "ReferenceSDDocument",
    "SalesDocument",
    "Material",
];

/// A condition or a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    /// At least one holds.
    Or(Vec<Filter>),
    /// All hold.
    And(Vec<Filter>),
    /// Does not hold.
    Not(Box<Filter>),
    /// Both sides, and which orders of them count.
    Compare(Box<Filter>, Operator, Box<Filter>),
    /// A function of text and what to look for in it.
    Text(Function, Box<Filter>, Box<Filter>),
    /// A property.
    Property(&'static Property),
    /// A literal.
    Literal(Value),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

/// A function of two strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    StartsWith,
    EndsWith,
    /// The needle comes first.
    SubstringOf,
}

impl Operator {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "gt" => Self::Gt,
            "ge" => Self::Ge,
            "lt" => Self::Lt,
            "le" => Self::Le,
            _ => return None,
        })
    }

    /// Whether it holds for sides in that order. Null is equal to itself only, and neither more nor less than anything.
    fn holds(self, a: &Value, b: &Value) -> bool {
        let order = a.order(b);
        let null = *a == Value::Nothing || *b == Value::Nothing;
        match self {
            Self::Eq => order == Some(Ordering::Equal),
            Self::Ne => order != Some(Ordering::Equal),
            Self::Gt => !null && order == Some(Ordering::Greater),
            Self::Ge => !null && matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            Self::Lt => !null && order == Some(Ordering::Less),
            Self::Le => !null && matches!(order, Some(Ordering::Less | Ordering::Equal)),
        }
    }
}

impl Filter {
    /// Reads a filter on the entities of a set.
    ///
    /// # Errors
    /// On bad syntax, a property that the type does not have, or sides of types that do not compare.
    pub(super) fn parse(text: &str, set: &'static Set) -> Result<Self, Refusal> {
        let mut parser = Parser { tokens: tokens(text)?, at: 0, set };
        let filter = parser.or(0)?;
        if parser.at < parser.tokens.len() {
            return Err(parser.unexpected());
        }
        condition(filter)
    }

    /// The filter as a system applies it that ignores whose a record is: every comparison with an identity holds.
    pub(super) fn blind(self) -> Self {
        match self {
            Self::Or(parts) => Self::Or(parts.into_iter().map(Self::blind).collect()),
            Self::And(parts) => Self::And(parts.into_iter().map(Self::blind).collect()),
            Self::Not(part) if part.identifies() => Self::Literal(Value::Flag(true)),
            Self::Not(part) => Self::Not(Box::new(part.blind())),
            Self::Compare(..) | Self::Text(..) if self.identifies() => Self::Literal(Value::Flag(true)),
            other => other,
        }
    }

    fn identifies(&self) -> bool {
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter().any(Self::identifies),
            Self::Not(part) => part.identifies(),
            Self::Compare(a, _, b) | Self::Text(_, a, b) => a.identifies() || b.identifies(),
            Self::Property((name, _)) => IDENTITY.contains(name),
            Self::Literal(_) => false,
        }
    }

    /// Whether a record passes.
    pub(super) fn passes(&self, record: &Record<'_>) -> bool {
        match self {
            Self::Or(parts) => parts.iter().any(|part| part.passes(record)),
            Self::And(parts) => parts.iter().all(|part| part.passes(record)),
            Self::Not(part) => !part.passes(record),
            Self::Compare(a, operator, b) => operator.holds(&a.value(record), &b.value(record)),
            Self::Text(function, a, b) => {
                let (Value::Text(a), Value::Text(b)) = (a.value(record), b.value(record)) else {
                    return false;
                };
                match function {
                    Function::StartsWith => a.starts_with(&b),
                    Function::EndsWith => a.ends_with(&b),
                    Function::SubstringOf => b.contains(&a),
                }
            }
            Self::Property(_) | Self::Literal(_) => self.value(record) == Value::Flag(true),
        }
    }

    fn value(&self, record: &Record<'_>) -> Value {
        match self {
            Self::Property(property) => record.value(**property),
            Self::Literal(value) => value.clone(),
            _ => Value::Flag(self.passes(record)),
        }
    }

    fn edm(&self) -> Edm {
        match self {
            Self::Property((_, edm)) => *edm,
            Self::Literal(value) => value.edm(),
            _ => Edm::Flag,
        }
    }
}

/// The filter, where it can be true or false.
fn condition(filter: Filter) -> Result<Filter, Refusal> {
    if filter.edm() == Edm::Flag {
        return Ok(filter);
    }
    let found = filter.edm().name();
    Err(Refusal::syntax(format!("Expression of type Edm.Boolean expected, found {found}")))
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    set: &'static Set,
}

impl Parser {
    fn or(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let first = self.and(depth)?;
        let mut parts = vec![first];
        while self.word("or") {
            parts.push(condition(self.and(depth)?)?);
        }
        joined(parts, Filter::Or)
    }

    fn and(&mut self, depth: usize) -> Result<Filter, Refusal> {
        let first = self.compare(depth)?;
        let mut parts = vec![first];
        while self.word("and") {
            parts.push(condition(self.compare(depth)?)?);
        }
        joined(parts, Filter::And)
    }

    fn compare(&mut self, depth: usize) -> Result<Filter, Refusal> {
        if self.word("not") {
            let inner = self.operand(depth + 1)?;
            return Ok(Filter::Not(Box::new(condition(inner)?)));
        }
        let left = self.operand(depth)?;
        let Some(Token::Word(word)) = self.tokens.get(self.at) else {
            return Ok(left);
        };
        let Some(operator) = Operator::parse(word) else {
            return Ok(left);
        };
        self.at += 1;
        let right = self.operand(depth)?;
        if !left.edm().compares_with(right.edm()) {
            let (left, right) = (left.edm().name(), right.edm().name());
            return Err(Refusal::syntax(format!("Operator has incompatible operands: {left} and {right}")));
        }
        Ok(Filter::Compare(Box::new(left), operator, Box::new(right)))
    }

    fn operand(&mut self, depth: usize) -> Result<Filter, Refusal> {
        if depth > DEPTH {
            return Err(Refusal::syntax("The filter nests too deeply"));
        }
        let Some(token) = self.tokens.get(self.at).cloned() else {
            return Err(self.unexpected());
        };
        self.at += 1;
        match token {
            Token::Literal(value) => Ok(Filter::Literal(value)),
            Token::Open => {
                let inner = self.or(depth + 1)?;
                self.expect(&Token::Close)?;
                Ok(inner)
            }
            Token::Word(word) if self.tokens.get(self.at) == Some(&Token::Open) => self.function(&word, depth),
            Token::Word(word) => {
                let kind = self.set.kind;
                let property = self.set.property(&word).ok_or_else(|| Refusal::property(&word, kind))?;
                Ok(Filter::Property(property))
            }
            Token::Close | Token::Comma | Token::Equals => {
                self.at -= 1;
                Err(self.unexpected())
            }
        }
    }

    fn function(&mut self, name: &str, depth: usize) -> Result<Filter, Refusal> {
        let function = match name {
            "startswith" => Function::StartsWith,
            "endswith" => Function::EndsWith,
            "substringof" => Function::SubstringOf,
            _ => {
                return Err(Refusal::syntax(format!("Function '{name}' is not supported")));
            }
        };
        self.expect(&Token::Open)?;
        let first = self.operand(depth + 1)?;
        self.expect(&Token::Comma)?;
        let second = self.operand(depth + 1)?;
        self.expect(&Token::Close)?;
        if first.edm() != Edm::Text || second.edm() != Edm::Text {
            return Err(Refusal::syntax(format!("Function '{name}' takes two strings")));
        }
        Ok(Filter::Text(function, Box::new(first), Box::new(second)))
    }

    /// Takes the word, where it is next.
    fn word(&mut self, word: &str) -> bool {
        let next = matches!(self.tokens.get(self.at), Some(Token::Word(found)) if found == word);
        self.at += usize::from(next);
        next
    }

    fn expect(&mut self, token: &Token) -> Result<(), Refusal> {
        if self.tokens.get(self.at) != Some(token) {
            return Err(self.unexpected());
        }
        self.at += 1;
        Ok(())
    }

    fn unexpected(&self) -> Refusal {
        match self.tokens.get(self.at) {
            Some(token) => Refusal::syntax(format!("Unexpected {token:?} in the filter, token {}", self.at + 1)),
            None => Refusal::syntax("The filter ends too early"),
        }
    }
}

/// One part as it is, several parts as conditions in one.
fn joined(mut parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Result<Filter, Refusal> {
    if parts.len() > 1 {
        return Ok(join(parts.into_iter().map(condition).collect::<Result<_, _>>()?));
    }
    parts.pop().ok_or_else(|| Refusal::syntax("The filter is empty"))
}
