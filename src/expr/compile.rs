//! From text to a checked tree: sizes, names, functions, and the paths it reads.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue, SelectExpr, SourceInfo, operators};
use cel::{Env, IdedExpr};

use super::ExprError;
use super::functions::{Call, Function};
use super::node::{Each, Kind, Macro, Node, Operator};
use crate::model::Wire;

/// The longest text, in bytes.
const LONGEST: usize = 4096;
/// The most levels of a tree.
const DEPTH: usize = 32;
/// The most nodes of a tree.
const NODES: usize = 500;
/// The most macros inside each other.
const MACROS: usize = 3;

/// No macros are expanded, so that a macro is seen as it was written; no optional values, which are not offered.
static ENV: LazyLock<Env> = LazyLock::new(|| Env::default().with_optional_support(false));

/// What compiling gives.
pub(super) struct Compiled {
    pub root: Node,
    pub paths: Vec<Vec<Arc<str>>>,
}

/// Reads and checks an expression.
pub(super) fn compile(text: &str, names: &[&str]) -> Result<Compiled, ExprError> {
    check_size(text)?;
    // The parser is generated and large: whatever it may trip over is the expression's fault, not the process's end.
    let parsed = catch_unwind(AssertUnwindSafe(|| {
        let nesting = u16::try_from(DEPTH * 2).unwrap_or(u16::MAX);
        ENV.parser().max_recursion_depth(nesting).error_recovery_limit(4).parse_with_source_info(text)
    }));
    let Ok(parsed) = parsed else { return Err(error(0, "it cannot be read")) };
    let (tree, info) = parsed.map_err(|errors| {
        let first = errors.errors.first();
        let column = first.map_or(0, |first| column_in(text, first.pos));
        let what = first.map_or("it cannot be read", |first| first.msg.lines().next().unwrap_or_default());
        error(column, format!("does not parse: {what}"))
    })?;
    let mut compiler = Compiler { names, info: &info, locals: Vec::new(), paths: BTreeSet::new(), nodes: 0 };
    let root = compiler.node(&tree, 1)?;
    Ok(Compiled { root, paths: compiler.paths.into_iter().collect() })
}

pub(super) fn error(column: u32, message: impl Into<String>) -> ExprError {
    ExprError { message: message.into(), column }
}

/// Refuses what the parser, which recurses, should not even see.
fn check_size(text: &str) -> Result<(), ExprError> {
    if text.len() > LONGEST {
        return Err(error(0, format!("is longer than {LONGEST} bytes")));
    }
    let (mut depth, mut tokens, mut word, mut quote) = (0_usize, 0_usize, false, None);
    for (at, ch) in text.chars().enumerate() {
        let column = u32::try_from(at + 1).unwrap_or(0);
        if let Some(open) = quote {
            // Escapes are not looked at: at worst a text seems to end early and its rest is counted, too.
            quote = (ch != open).then_some(open);
            continue;
        }
        let in_word = ch.is_alphanumeric() || ch == '_';
        let goes_on = ch.is_whitespace() || in_word && word;
        tokens += usize::from(!goes_on);
        word = in_word;
        match ch {
            '"' | '\'' => quote = Some(ch),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            return Err(error(column, format!("nests more than {DEPTH} levels")));
        }
        if tokens > NODES * 4 {
            return Err(error(column, format!("has more than {NODES} parts")));
        }
    }
    Ok(())
}

/// The parser counts lines and columns from 1 (columns of errors of its grammar from 0 are made 1).
fn column_in(text: &str, (line, column): (isize, isize)) -> u32 {
    let before: usize = text.split_inclusive('\n').take(usize::try_from(line - 1).unwrap_or(0)).map(char_count).sum();
    u32::try_from(before + usize::try_from(column.max(1)).unwrap_or(1)).unwrap_or(0)
}

fn char_count(text: &str) -> usize {
    text.chars().count()
}

/// A path, and the tree that reads it.
type Member = (Vec<Arc<str>>, Kind);

struct Compiler<'a> {
    names: &'a [&'a str],
    info: &'a SourceInfo,
    /// Variables of the macros round this place, outermost first.
    locals: Vec<String>,
    paths: BTreeSet<Vec<Arc<str>>>,
    nodes: usize,
}

impl Compiler<'_> {
    fn column(&self, expr: &IdedExpr) -> u32 {
        self.info.offset_for(expr.id).map_or(0, |(start, _)| start.saturating_add(1))
    }

    fn node(&mut self, expr: &IdedExpr, depth: usize) -> Result<Node, ExprError> {
        let at = self.column(expr);
        self.nodes += 1;
        if depth > DEPTH {
            return Err(error(at, format!("nests more than {DEPTH} levels")));
        }
        if self.nodes > NODES {
            return Err(error(at, format!("has more than {NODES} parts")));
        }
        if let Some((path, kind)) = self.path(expr, depth)? {
            self.nodes += path.len() - 1;
            self.paths.insert(path);
            return Ok(Node { at, kind });
        }
        let kind = match &expr.expr {
            Expr::Literal(value) => Kind::Literal(literal(value).map_err(|message| error(at, message))?),
            Expr::Ident(name) => self.ident(name, at)?,
            Expr::Select(select) => {
                let operand = self.node(&select.operand, depth + 1)?;
                Kind::Member(Box::new(operand), Arc::from(select.field.as_str()))
            }
            Expr::List(list) => Kind::List(self.nodes(&list.elements, depth)?),
            Expr::Map(map) => {
                let mut entries = Vec::with_capacity(map.entries.len());
                for entry in &map.entries {
                    let EntryExpr::MapEntry(entry) = &entry.expr else { return Err(error(at, "is no map")) };
                    entries.push((self.node(&entry.key, depth + 1)?, self.node(&entry.value, depth + 1)?));
                }
                Kind::Map(entries)
            }
            Expr::Call(call) => self.call(call, at, depth)?,
            Expr::Struct(_) => return Err(error(at, "messages cannot be made; write a map: `{'name': value}`")),
            Expr::Comprehension(_) | Expr::Unspecified => return Err(error(at, "cannot be used here")),
        };
        Ok(Node { at, kind })
    }

    fn nodes(&mut self, exprs: &[IdedExpr], depth: usize) -> Result<Vec<Node>, ExprError> {
        exprs.iter().map(|expr| self.node(expr, depth + 1)).collect()
    }

    fn pair(&mut self, args: &[IdedExpr], depth: usize) -> Result<Box<[Node; 2]>, ExprError> {
        match args {
            [left, right] => Ok(Box::new([self.node(left, depth + 1)?, self.node(right, depth + 1)?])),
            _ => Err(error(0, "an operator has two sides")),
        }
    }

    fn ident(&self, name: &str, at: u32) -> Result<Kind, ExprError> {
        if let Some(local) = self.locals.iter().rposition(|local| local == name) {
            return Ok(Kind::Local(local));
        }
        let known = self.names.join(", ");
        Err(error(at, format!("`{name}` is no name here; there are: {known}")))
    }

    /// Members of a name, one after another, which are a path; `None` for everything else.
    fn path(&mut self, expr: &IdedExpr, depth: usize) -> Result<Option<Member>, ExprError> {
        let at = self.column(expr);
        let (operand, field) = match &expr.expr {
            Expr::Ident(name) if self.names.contains(&name.as_str()) && !self.locals.contains(name) => {
                let name: Arc<str> = Arc::from(name.as_str());
                return Ok(Some((vec![Arc::clone(&name)], Kind::Name(name))));
            }
            Expr::Select(SelectExpr { operand, field, .. }) => (&**operand, field.as_str()),
            Expr::Call(CallExpr { func_name, args, .. }) if func_name == operators::INDEX => match args.as_slice() {
                [operand, IdedExpr { expr: Expr::Literal(LiteralValue::String(field)), .. }] => {
                    (operand, field.inner())
                }
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        if depth > DEPTH {
            return Err(error(at, format!("nests more than {DEPTH} levels")));
        }
        let Some((mut path, inner)) = self.path(operand, depth + 1)? else { return Ok(None) };
        let field: Arc<str> = Arc::from(field);
        path.push(Arc::clone(&field));
        let inner = Node { at: self.column(operand), kind: inner };
        Ok(Some((path, Kind::Member(Box::new(inner), field))))
    }

    fn call(&mut self, call: &CallExpr, at: u32, depth: usize) -> Result<Kind, ExprError> {
        let name = call.func_name.as_str();
        if let Some(operator) = operator(name) {
            return Ok(Kind::Operator(operator, self.pair(&call.args, depth)?));
        }
        match (name, call.args.as_slice(), call.target.as_deref()) {
            (operators::LOGICAL_AND, args, None) => Ok(Kind::And(self.pair(args, depth)?)),
            (operators::LOGICAL_OR, args, None) => Ok(Kind::Or(self.pair(args, depth)?)),
            (operators::LOGICAL_NOT, [of], None) => Ok(Kind::Not(Box::new(self.node(of, depth + 1)?))),
            (operators::NEGATE, [of], None) => Ok(Kind::Negative(Box::new(self.node(of, depth + 1)?))),
            (operators::CONDITIONAL, [test, yes, no], None) => {
                let test = self.node(test, depth + 1)?;
                Ok(Kind::If(Box::new([test, self.node(yes, depth + 1)?, self.node(no, depth + 1)?])))
            }
            (operators::INDEX, [of, index], None) => self.index(of, index, depth),
            (operators::HAS, [of], None) => match self.node(of, depth + 1)?.kind {
                Kind::Member(of, name) => Ok(Kind::Has(of, name)),
                _ => Err(error(at, "has() takes a member, such as `row.name`")),
            },
            ("matches", [pattern], Some(of)) => self.matches(of, pattern, depth),
            (name, args, Some(range)) if Macro::find(name, args.len()).is_some() => self.each(call, range, depth),
            (name, args, target) => {
                let style = if target.is_some() { Call::Method } else { Call::Plain };
                let all: Vec<&IdedExpr> = target.into_iter().chain(args).collect();
                let function = Function::find(name, style, all.len()).map_err(|message| error(at, message))?;
                let nodes: Result<Vec<Node>, ExprError> =
                    all.into_iter().map(|arg| self.node(arg, depth + 1)).collect();
                Ok(Kind::Call(function, nodes?))
            }
        }
    }

    fn index(&mut self, of: &IdedExpr, index: &IdedExpr, depth: usize) -> Result<Kind, ExprError> {
        let at = self.column(index);
        let inner = Box::new(self.node(of, depth + 1)?);
        match &index.expr {
            Expr::Literal(LiteralValue::String(name)) => Ok(Kind::Member(inner, Arc::from(name.inner()))),
            Expr::Literal(LiteralValue::Int(place)) => match usize::try_from(*place.inner()) {
                Ok(place) => Ok(Kind::At(inner, place)),
                Err(_) => Err(error(at, "lists are counted from 0; `last(…)` takes the last element")),
            },
            _ => Err(error(at, "a computed name in `[…]` hides what is read; write the name or number out")),
        }
    }

    fn matches(&mut self, of: &IdedExpr, pattern: &IdedExpr, depth: usize) -> Result<Kind, ExprError> {
        let at = self.column(pattern);
        let Expr::Literal(LiteralValue::String(text)) = &pattern.expr else {
            return Err(error(at, "matches() takes a pattern that is written out"));
        };
        let built = regex::RegexBuilder::new(text.inner()).size_limit(1 << 18).nest_limit(32).build();
        let Ok(regex) = built else { return Err(error(at, "is no regular expression of a reasonable size")) };
        Ok(Kind::Matches(Box::new(self.node(of, depth + 1)?), regex))
    }

    fn each(&mut self, call: &CallExpr, range: &IdedExpr, depth: usize) -> Result<Kind, ExprError> {
        let at = self.column(range);
        let range = self.node(range, depth + 1)?;
        let (Some(what), [variable, first, rest @ ..]) =
            (Macro::find(&call.func_name, call.args.len()), call.args.as_slice())
        else {
            return Err(error(at, "a macro takes a variable and an expression"));
        };
        let Expr::Ident(name) = &variable.expr else {
            return Err(error(self.column(variable), "the first argument is the name of the element"));
        };
        if self.names.contains(&name.as_str()) {
            return Err(error(self.column(variable), format!("`{name}` is taken; choose another name")));
        }
        if self.locals.len() == MACROS {
            return Err(error(at, format!("more than {MACROS} macros stand inside each other")));
        }
        self.locals.push(name.clone());
        let first = self.node(first, depth + 1)?;
        let second = rest.first().map(|body| self.node(body, depth + 1)).transpose()?;
        self.locals.pop();
        let (test, body) = match (what, second) {
            (Macro::Map, None) => (None, Some(first)),
            (_, second) => (Some(first), second),
        };
        Ok(Kind::Each(Box::new(Each { what, range, test, body })))
    }
}

fn operator(name: &str) -> Option<Operator> {
    Some(match name {
        operators::ADD => Operator::Add,
        operators::SUBSTRACT => Operator::Subtract,
        operators::MULTIPLY => Operator::Multiply,
        operators::DIVIDE => Operator::Divide,
        operators::MODULO => Operator::Modulo,
        operators::EQUALS => Operator::Equal,
        operators::NOT_EQUALS => Operator::NotEqual,
        operators::LESS => Operator::Less,
        operators::LESS_EQUALS => Operator::AtMost,
        operators::GREATER => Operator::Greater,
        operators::GREATER_EQUALS => Operator::AtLeast,
        operators::IN => Operator::In,
        _ => return None,
    })
}

fn literal(value: &LiteralValue) -> Result<Wire, &'static str> {
    match value {
        LiteralValue::Null => Ok(Wire::Null),
        LiteralValue::Boolean(value) => Ok(Wire::Bool(*value.inner())),
        LiteralValue::Int(value) => Ok(Wire::Number(value.inner().to_string().into())),
        LiteralValue::UInt(value) => Ok(Wire::Number(value.inner().to_string().into())),
        LiteralValue::String(value) => Ok(Wire::Text(value.inner().into())),
        LiteralValue::Double(_) => Err("numbers with a fraction are written as text, such as `times(row.a, '1.5')`"),
        LiteralValue::Bytes(_) => Err("bytes cannot be used here"),
    }
}
