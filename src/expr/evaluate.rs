//! Evaluates a checked tree, borrowing from the values it is given, inside a budget of steps and memory.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use super::compile::error;
use super::functions::{Function, kind};
use super::node::{Each, Kind, Macro, Node, Operator};
use super::value::{arithmetic, comparing, equal, length, member, order, weigh};
use super::{ExprError, Names};
use crate::model::Wire;

/// The most elements of a list that is gone through.
const ELEMENTS: usize = 10_000;
/// The most steps of one evaluation: a list of ten thousand goes through once, two inside each other of a few hundred.
const STEPS: usize = 1_000_000;
/// The most bytes of values made on the way.
const MADE: usize = 4 << 20;
/// The most bytes of text in the result.
const OUTPUT: usize = 1 << 20;
/// What a value costs beside its text.
const CELL: usize = 16;

/// Evaluates a tree.
pub(super) fn evaluate(root: &Node, names: Names<'_>) -> Result<Wire, ExprError> {
    let mut run = Run { names, locals: Vec::new(), steps: STEPS, made: MADE };
    let result = run.node(root)?;
    if weigh(&result, 0, OUTPUT).is_none() {
        return Err(error(0, "the result has more than 1 MiB of text"));
    }
    // Whatever is borrowed is copied only here, and counts as made.
    run.own(root.at, result)
}

struct Run<'a> {
    names: Names<'a>,
    locals: Vec<Cow<'a, Wire>>,
    steps: usize,
    made: usize,
}

/// A value that is borrowed where it can be.
type Found<'a> = Result<Cow<'a, Wire>, ExprError>;

impl<'a> Run<'a> {
    fn spend(&mut self, at: u32, steps: usize) -> Result<(), ExprError> {
        self.steps = self.steps.checked_sub(steps).ok_or_else(|| error(at, "takes more than a million steps"))?;
        Ok(())
    }

    /// Counts a value that was made.
    fn make(&mut self, at: u32, value: Wire) -> Found<'a> {
        self.count(at, &value)?;
        Ok(Cow::Owned(value))
    }

    fn count(&mut self, at: u32, value: &Wire) -> Result<(), ExprError> {
        let weight = weigh(value, CELL, self.made).ok_or_else(|| error(at, "makes more than 4 MiB of values"))?;
        self.made -= weight;
        Ok(())
    }

    /// A value of one's own; a copy counts as made.
    fn own(&mut self, at: u32, value: Cow<'a, Wire>) -> Result<Wire, ExprError> {
        if let Cow::Borrowed(value) = value {
            self.count(at, value)?;
        }
        Ok(value.into_owned())
    }

    fn node(&mut self, node: &'a Node) -> Found<'a> {
        let at = node.at;
        self.spend(at, 1)?;
        match &node.kind {
            Kind::Literal(value) => Ok(Cow::Borrowed(value)),
            Kind::Name(name) => {
                let named = self.names.iter().find(|(known, _)| *known == &**name);
                Ok(named.map_or(Cow::Owned(Wire::Null), |(_, value)| Cow::Borrowed(*value)))
            }
            Kind::Local(place) => self.local(at, *place),
            Kind::Member(of, name) => self.member(of, |value| member(value, name)),
            Kind::At(of, place) => self.member(of, |value| match value {
                Wire::List(items) => items.get(*place).unwrap_or(&Wire::Null),
                _ => &Wire::Null,
            }),
            Kind::Has(of, name) => {
                let found = self.member(of, |value| member(value, name))?;
                Ok(Cow::Owned(Wire::Bool(!found.is_null())))
            }
            Kind::List(nodes) => {
                let mut items = Vec::with_capacity(nodes.len());
                for node in nodes {
                    let item = self.node(node)?;
                    items.push(self.own(at, item)?);
                }
                Ok(Cow::Owned(Wire::List(items)))
            }
            Kind::Map(entries) => self.map(at, entries),
            Kind::Not(of) => match &*self.node(of)? {
                Wire::Null => Ok(Cow::Owned(Wire::Null)),
                value => Ok(Cow::Owned(Wire::Bool(!truth(of.at, value)?))),
            },
            Kind::Negative(of) => {
                let value = self.node(of)?;
                self.call(at, Function::Negate, &[value])
            }
            Kind::And(sides) => {
                let both = self.test(&sides[0])? && self.test(&sides[1])?;
                Ok(Cow::Owned(Wire::Bool(both)))
            }
            Kind::Or(sides) => {
                let either = self.test(&sides[0])? || self.test(&sides[1])?;
                Ok(Cow::Owned(Wire::Bool(either)))
            }
            Kind::If(parts) => {
                let [test, yes, no] = &**parts;
                if self.test(test)? { self.node(yes) } else { self.node(no) }
            }
            Kind::Operator(operator, sides) => {
                let (left, right) = (self.node(&sides[0])?, self.node(&sides[1])?);
                self.operate(at, *operator, (&left, &right))
            }
            Kind::Each(each) => self.each(at, each),
            Kind::Call(function, nodes) => {
                let mut arguments = Vec::with_capacity(nodes.len());
                for node in nodes {
                    arguments.push(self.node(node)?);
                }
                self.call(at, *function, &arguments)
            }
            Kind::Matches(of, pattern) => match &*self.node(of)? {
                Wire::Null => Ok(Cow::Owned(Wire::Null)),
                Wire::Text(text) => {
                    self.spend(at, text.len() / 16)?;
                    Ok(Cow::Owned(Wire::Bool(pattern.is_match(text))))
                }
                other => Err(error(at, format!("matches() takes a text, not {}", kind(other)))),
            },
        }
    }

    /// A condition; null is false.
    fn test(&mut self, node: &'a Node) -> Result<bool, ExprError> {
        let value = self.node(node)?;
        truth(node.at, &value)
    }

    fn local(&mut self, at: u32, place: usize) -> Found<'a> {
        match self.locals.get(place) {
            Some(Cow::Borrowed(value)) => Ok(Cow::Borrowed(*value)),
            Some(Cow::Owned(value)) => {
                let value = value.clone();
                self.make(at, value)
            }
            None => Err(error(at, "the variable of a macro is missing")),
        }
    }

    /// A part of a value, without copying the whole.
    fn member(&mut self, of: &'a Node, part: impl for<'w> Fn(&'w Wire) -> &'w Wire) -> Found<'a> {
        if let Kind::Local(place) = of.kind
            && let Some(Cow::Owned(value)) = self.locals.get(place)
        {
            let (looked, value) = (looking(value), part(value).clone());
            self.spend(of.at, looked)?;
            return self.make(of.at, value);
        }
        let value = self.node(of)?;
        self.spend(of.at, looking(&value))?;
        match value {
            Cow::Borrowed(value) => Ok(Cow::Borrowed(part(value))),
            Cow::Owned(value) => {
                let value = part(&value).clone();
                self.make(of.at, value)
            }
        }
    }

    fn map(&mut self, at: u32, entries: &'a [(Node, Node)]) -> Found<'a> {
        let mut members: Vec<(Arc<str>, Wire)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let name = self.node(key)?;
            let Some(name) = name.as_text() else {
                return Err(error(key.at, format!("a name in a map is a text, not {}", kind(&name))));
            };
            if members.iter().any(|(known, _)| **known == *name) {
                return Err(error(key.at, "a name stands twice in a map"));
            }
            let value = self.node(value)?;
            members.push((name.into(), self.own(at, value)?));
        }
        Ok(Cow::Owned(Wire::Object(members)))
    }

    fn call(&mut self, at: u32, function: Function, arguments: &[Cow<'a, Wire>]) -> Found<'a> {
        if !function.takes_null() && arguments.iter().any(|argument| argument.is_null()) {
            return Ok(Cow::Owned(Wire::Null));
        }
        for argument in arguments {
            match &**argument {
                Wire::List(items) => bound(at, items.len())?,
                Wire::Object(members) => bound(at, members.len())?,
                _ => {}
            }
            self.spend(at, length(argument))?;
        }
        let result = function.call(arguments).map_err(|failure| error(at, failure))?;
        self.make(at, result)
    }

    fn operate(&mut self, at: u32, operator: Operator, (left, right): (&Wire, &Wire)) -> Found<'a> {
        if matches!(operator, Operator::Less | Operator::AtMost | Operator::Greater | Operator::AtLeast) {
            self.spend(at, comparing(left, right, self.steps))?;
        }
        let ordering = |holds: fn(Ordering) -> bool| match (left, right) {
            (Wire::Null, _) | (_, Wire::Null) => Ok(Cow::Owned(Wire::Bool(false))),
            _ => order(left, right)
                .map(|order| Cow::Owned(Wire::Bool(holds(order))))
                .ok_or_else(|| error(at, format!("{} cannot be ordered with {}", kind(left), kind(right)))),
        };
        match operator {
            Operator::Equal | Operator::NotEqual => {
                self.spend(at, comparing(left, right, self.steps))?;
                Ok(Cow::Owned(Wire::Bool(equal(left, right) == (operator == Operator::Equal))))
            }
            Operator::Less => ordering(Ordering::is_lt),
            Operator::AtMost => ordering(Ordering::is_le),
            Operator::Greater => ordering(Ordering::is_gt),
            Operator::AtLeast => ordering(Ordering::is_ge),
            Operator::In => match right {
                Wire::Null => Ok(Cow::Owned(Wire::Bool(false))),
                Wire::List(items) => {
                    bound(at, items.len())?;
                    for item in items {
                        self.spend(at, comparing(item, left, self.steps))?;
                        if equal(item, left) {
                            return Ok(Cow::Owned(Wire::Bool(true)));
                        }
                    }
                    Ok(Cow::Owned(Wire::Bool(false)))
                }
                Wire::Object(members) => {
                    self.spend(at, members.len())?;
                    let name = left.as_text();
                    Ok(Cow::Owned(Wire::Bool(members.iter().any(|(known, _)| Some(&**known) == name.as_deref()))))
                }
                other => Err(error(at, format!("`in` takes a list or map, not {}", kind(other)))),
            },
            _ if left.is_null() || right.is_null() => Ok(Cow::Owned(Wire::Null)),
            other => {
                self.spend(at, length(left) + length(right))?;
                let made = arithmetic(other, left, right).map_err(|message| error(at, message))?;
                self.make(at, made)
            }
        }
    }

    fn each(&mut self, at: u32, each: &'a Each) -> Found<'a> {
        let range = self.node(&each.range)?;
        match &*range {
            Wire::List(items) => bound(at, items.len())?,
            Wire::Object(members) => bound(at, members.len())?,
            _ => {}
        }
        let items: Vec<Cow<'a, Wire>> = match range {
            Cow::Borrowed(Wire::List(items)) => items.iter().map(Cow::Borrowed).collect(),
            Cow::Owned(Wire::List(items)) => items.into_iter().map(Cow::Owned).collect(),
            other => match &*other {
                Wire::Null if matches!(each.what, Macro::Map | Macro::Filter) => return Ok(Cow::Owned(Wire::Null)),
                // Nothing is known of what is not there, not even that all of it holds.
                Wire::Null => return Ok(Cow::Owned(Wire::Bool(false))),
                Wire::Object(members) => {
                    members.iter().map(|(name, _)| Cow::Owned(Wire::Text(name.clone().into()))).collect()
                }
                single => return Err(error(at, format!("this goes through a list, not {}", kind(single)))),
            },
        };
        let (mut made, mut held) = (Vec::new(), 0_usize);
        let total = items.len();
        for item in items {
            self.spend(at, 1)?;
            self.locals.push(item);
            let holds = each.test.as_ref().map_or(Ok(true), |test| self.test(test))?;
            let body = each.body.as_ref().filter(|_| holds).map(|body| self.node(body)).transpose()?;
            let item = self.locals.pop();
            held += usize::from(holds);
            match each.what {
                Macro::All if !holds => return Ok(Cow::Owned(Wire::Bool(false))),
                Macro::Exists if holds => return Ok(Cow::Owned(Wire::Bool(true))),
                Macro::Filter if holds => made.extend(item.map(|item| self.own(at, item)).transpose()?),
                Macro::Map => made.extend(body.map(|body| self.own(at, body)).transpose()?),
                _ => {}
            }
        }
        Ok(Cow::Owned(match each.what {
            Macro::All => Wire::Bool(held == total),
            Macro::Exists => Wire::Bool(held > 0),
            Macro::ExistsOne => Wire::Bool(held == 1),
            Macro::Map | Macro::Filter => Wire::List(made),
        }))
    }
}

/// How much work it is to find a member: names are looked through one by one.
fn looking(value: &Wire) -> usize {
    match value {
        Wire::Object(members) => members.len() / 64,
        _ => 0,
    }
}

fn bound(at: u32, elements: usize) -> Result<(), ExprError> {
    if elements > ELEMENTS {
        return Err(error(at, "goes through more than 10,000 elements"));
    }
    Ok(())
}

fn truth(at: u32, value: &Wire) -> Result<bool, ExprError> {
    match value {
        Wire::Null => Ok(false),
        Wire::Bool(value) => Ok(*value),
        other => Err(error(at, format!("a condition is true or false, not {}", kind(other)))),
    }
}
