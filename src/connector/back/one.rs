//! One value, in the system's words and form.

use std::sync::Arc;

use super::Back;
use super::column::{put, steps};
use crate::connector::convert::{text, written};
use crate::connector::mapping::{Form, Origin, ValueMapping, WireForm};
use crate::connector::resolved::{Connector, KeyWire, ProtocolKind};
use crate::expr::decimal;
use crate::graph::{Scalar, Shape};
use crate::model::{EntityId, RefusalCode, Value, Wire};

type Fitted = Result<Wire, RefusalCode>;

/// A key of an entity as the system writes it.
#[must_use]
pub fn key_wire(connector: &Connector, entity: EntityId, key: &str) -> Wire {
    let part = connector.entities.get(&entity).and_then(|of| of.key.first());
    match part.map(|part| part.wire) {
        Some(KeyWire::Int) if decimal::whole(key).is_some() => Wire::Number(key.into()),
        _ => Wire::Text(key.into()),
    }
}

impl Back<'_> {
    /// A value that is there.
    pub(super) fn one(&self, of: &ValueMapping, value: &Wire) -> Fitted {
        match &of.form {
            Form::Shape(shape) => self.shaped(shape, value, of),
            Form::Reference(entity, _) => match value {
                Wire::List(items) => {
                    items.iter().map(|item| self.one(of, item)).collect::<Result<_, _>>().map(Wire::List)
                }
                one => one.as_text().map(|key| key_wire(self.connector, *entity, &key)).ok_or(RefusalCode::Invalid),
            },
            Form::Money => {
                let currency = value.get("currency").as_text().unwrap_or_default();
                let amount = value.get("amount").as_text().ok_or(RefusalCode::Required)?;
                let amount = written::amount(&amount, &of.wire, &currency).ok_or(RefusalCode::Invalid)?;
                // Smallest units are whole numbers, and whole numbers stay so.
                let text = self.connector.writing.numbers_as_text && !matches!(of.wire, WireForm::Minor(_));
                Ok(if text { Wire::Text(amount) } else { Wire::Number(amount) })
            }
            Form::RichText { html } => {
                let given = value.as_text().ok_or(RefusalCode::Invalid)?;
                Ok(Wire::Text(if *html { text::to_html(&given).into() } else { given.as_ref().into() }))
            }
        }
    }

    fn shaped(&self, shape: &Shape, value: &Wire, of: &ValueMapping) -> Fitted {
        match shape {
            Shape::List { of: inner, .. } => {
                value.items().iter().map(|item| self.shaped(inner, item, of)).collect::<Result<_, _>>().map(Wire::List)
            }
            Shape::Enum(_) => {
                let word = value.as_text().ok_or(RefusalCode::Invalid)?;
                if !of.map.is_empty() {
                    return theirs(of, value).ok_or(RefusalCode::Invalid);
                }
                let lower = of.wire == WireForm::Lower;
                Ok(Wire::Text(if lower { word.to_ascii_lowercase().into() } else { word.as_ref().into() }))
            }
            Shape::Scalar(scalar) => match theirs(of, value) {
                Some(word) => Ok(word),
                None => self.scalar(*scalar, value, of),
            },
            Shape::Object(_) => Err(RefusalCode::Invalid),
        }
    }

    fn scalar(&self, scalar: Scalar, value: &Wire, of: &ValueMapping) -> Fitted {
        let given = value.as_text().ok_or(RefusalCode::Invalid)?;
        let zone = &self.connector.zone;
        let fitted = match scalar {
            Scalar::Boolean => Some(value.clone()),
            Scalar::Int | Scalar::Long => decimal::whole(&given).map(|it| self.number(&it.to_string(), scalar)),
            Scalar::Decimal => decimal::plain(&given).map(|it| self.number(&it, scalar)),
            Scalar::DateTime => written::instant(&given, &of.wire, zone),
            Scalar::Date => written::day(&given, &of.wire, zone),
            Scalar::CurrencyCode | Scalar::CountryCode | Scalar::Locale if of.wire == WireForm::Lower => {
                Some(Wire::Text(given.to_ascii_lowercase().into()))
            }
            Scalar::String if of.wire == WireForm::Html => Some(Wire::Text(text::to_html(&given).into())),
            _ => Some(Wire::Text(given.as_ref().into())),
        };
        fitted.ok_or(RefusalCode::Invalid)
    }

    /// A number as the system takes it. Services of OData have small whole numbers as numbers, whatever the others are.
    fn number(&self, text: &str, scalar: Scalar) -> Wire {
        let small = scalar == Scalar::Int && self.connector.protocol == ProtocolKind::OData;
        let as_text = self.connector.writing.numbers_as_text && !small;
        if as_text { Wire::Text(text.into()) } else { Wire::Number(text.into()) }
    }

    /// Writes the currency of an amount where it has a column of its own; otherwise it has to be the one that is meant.
    pub(super) fn put_currency(&self, of: &ValueMapping, value: &Wire, row: &mut Wire) -> Result<(), RefusalCode> {
        let Some(given) = value.get("currency").as_text().filter(|_| of.form == Form::Money) else { return Ok(()) };
        let column = of.currency.iter().find_map(|origin| match origin {
            Origin::Path(path) => steps(path, self.of),
            Origin::Computed(_) => None,
        });
        if let Some(column) = column {
            let lower = self.connector.writing.lower_currencies;
            let code = if lower { given.to_ascii_lowercase() } else { given.into_owned() };
            put(row, &column, Wire::Text(code.into()));
            return Ok(());
        }
        let meant = of.currency.iter().find_map(|origin| match origin {
            Origin::Computed(computed) => computed.program.evaluate(&[("settings", &self.connector.settings)]).ok(),
            Origin::Path(_) => None,
        });
        let same = |meant: &Wire| meant.as_text().is_some_and(|meant| meant.eq_ignore_ascii_case(&given));
        if meant.is_none_or(|meant| same(&meant)) { Ok(()) } else { Err(RefusalCode::Invalid) }
    }
}

/// The system's word for ours: the list of words, read backwards.
fn theirs(of: &ValueMapping, value: &Wire) -> Option<Wire> {
    let given = value.as_text()?;
    let is = |ours: &Value| match ours {
        Value::Text(text) => **text == *given,
        Value::Bool(known) => *given == *known.to_string(),
        Value::Int(number) => *given == *number.to_string(),
        _ => false,
    };
    of.map.iter().find(|(_, ours)| is(ours)).map(|(theirs, _)| Wire::Text(Arc::clone(theirs).into()))
}
