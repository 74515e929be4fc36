//! How a system writes values: by type for the whole connector, by field where it differs.

use std::sync::Arc;

use super::codes::{M001, M024, M026};
use super::context::Context;
use super::format;
use super::sink::suggestion;
use super::yaml::Node;
use crate::connector::convert::{code, money};
use crate::connector::{Digits, KeyWire, WireForm};
use crate::graph::Scalar;

/// The types of which a system may have its own form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WireType {
    DateTime,
    Date,
    Money,
    Code,
    Text,
}

/// The usual forms of a connector.
#[derive(Clone, Debug, Default)]
pub(super) struct Wires {
    date_time: WireForm,
    date: WireForm,
    money: WireForm,
    digits: Digits,
    currency: WireForm,
    country: WireForm,
    locale: WireForm,
    /// How keys are put on the wire.
    pub keys: KeyWire,
    /// Whether numbers are sent as texts, where that is said.
    pub numbers_as_text: Option<bool>,
    /// Whether the connector names a zone.
    pub zoned: bool,
    /// Whether `datetime` is the form of OData 2.
    pub odata_v2: bool,
}

/// No currency has more digits behind the point than this.
const MOST_DIGITS: u32 = 4;
/// The words of a key's type.
pub(super) const KEY_WIRES: &[(&str, KeyWire)] =
    &[("text", KeyWire::Text), ("int", KeyWire::Int), ("guid", KeyWire::Guid)];

/// How numbers are sent.
pub(super) const NUMBERS: &[(&str, bool)] = &[("number", false), ("text", true)];

impl Wires {
    /// Reads `wire:` of `connector.yaml`.
    pub(super) fn read(ctx: &Context<'_>, node: Option<&Node>, zoned: bool, odata_v2: bool) -> Self {
        let mut wires = Self { zoned, odata_v2, ..Self::default() };
        if odata_v2 {
            (wires.date_time, wires.date) = (WireForm::ODataV2, WireForm::ODataV2);
        }
        let Some(node) = node else { return wires };
        ctx.sink.keys(node, "`wire`", &format::WIRE);
        if let Some(keys) = node.get("keys") {
            wires.keys = ctx.sink.word(keys, "`wire` of keys", KEY_WIRES).unwrap_or_default();
        }
        wires.numbers_as_text = node.get("numbers").and_then(|numbers| ctx.sink.word(numbers, "`numbers`", NUMBERS));
        wires.digits = node.get("digits").map(|digits| own_digits(ctx, digits)).unwrap_or_default();
        let form = |name: &str, kind: WireType| wires.form(ctx, node.get(name)?, kind);
        let date_time = form("DateTime", WireType::DateTime);
        let date = form("Date", WireType::Date);
        let money = form("Money", WireType::Money);
        let [currency, country, locale] =
            ["CurrencyCode", "CountryCode", "Locale"].map(|name| form(name, WireType::Code).unwrap_or_default());
        wires.date_time = date_time.unwrap_or(wires.date_time);
        wires.date = date.unwrap_or(wires.date);
        wires.money = money.unwrap_or_default();
        (wires.currency, wires.country, wires.locale) = (currency, country, locale);
        wires
    }

    /// The usual form of a scalar.
    pub(super) fn of(&self, scalar: Scalar) -> WireForm {
        match scalar {
            Scalar::DateTime => self.date_time.clone(),
            Scalar::Date => self.date.clone(),
            Scalar::CurrencyCode => self.currency.clone(),
            Scalar::CountryCode => self.country.clone(),
            Scalar::Locale => self.locale.clone(),
            _ => WireForm::Plain,
        }
    }

    /// The usual form of money.
    pub(super) fn of_money(&self) -> WireForm {
        self.money.clone()
    }

    /// A form that is named, for values of a type.
    pub(super) fn form(&self, ctx: &Context<'_>, node: &Node, kind: WireType) -> Option<WireForm> {
        let text = ctx.sink.text(node, "`wire`")?;
        match kind {
            WireType::Money => ctx
                .sink
                .word(node, "`wire`", &[("major", false), ("minor", true)])
                .map(|minor| if minor { WireForm::Minor(self.digits.clone()) } else { WireForm::Plain }),
            WireType::Code => ctx
                .sink
                .word(node, "`wire`", &[("upper", false), ("lower", true)])
                .map(|lower| if lower { WireForm::Lower } else { WireForm::Plain }),
            WireType::Text => ctx
                .sink
                .word(node, "`wire`", &[("text", false), ("html", true)])
                .map(|html| if html { WireForm::Html } else { WireForm::Plain }),
            WireType::DateTime | WireType::Date => self.time(ctx, node, (text, kind)),
        }
    }

    fn time(&self, ctx: &Context<'_>, node: &Node, (text, kind): (&Arc<str>, WireType)) -> Option<WireForm> {
        let form = match &**text {
            "rfc3339" if kind == WireType::Date => WireForm::Midnight,
            "rfc3339" | "date" => WireForm::Plain,
            "unix" => WireForm::Unix,
            "unix-ms" => WireForm::UnixMillis,
            "datetime" if self.odata_v2 => WireForm::ODataV2,
            "datetime" => WireForm::Plain,
            pattern if ["YYYY", "MM", "DD"].iter().all(|part| pattern.contains(part)) => {
                WireForm::Pattern(Arc::clone(text))
            }
            word => {
                let words = ["rfc3339", "unix", "unix-ms", "date", "datetime"];
                let remedy = format!("{}, or a pattern such as `YYYY-MM-DD hh:mm:ss`", suggestion(word, words));
                ctx.sink.error((M001, &node.place), format!("`{word}` is no form of a time"), remedy);
                return None;
            }
        };
        let instant = matches!(&**text, "rfc3339" | "unix" | "unix-ms");
        let day = &**text == "date" || matches!(&form, WireForm::Pattern(pattern) if !pattern.contains("hh"));
        if kind == WireType::Date && instant && !self.zoned {
            let remedy = "name the `zone` of the system's days in connector.yaml (`zone: UTC` is one)";
            ctx.sink.error(
                (M024, &node.place),
                "a day is made out of an instant, and nothing says in which zone",
                remedy,
            );
        } else if kind == WireType::DateTime && day {
            ctx.sink.error(
                (M024, &node.place),
                "an instant cannot be made out of a day",
                "map it to a field of type Date",
            );
        }
        Some(form)
    }
}

/// Reads `digits`: the currencies that a system counts otherwise than ISO 4217.
fn own_digits(ctx: &Context<'_>, node: &Node) -> Digits {
    let digits = ctx.sink.entries(node, "`digits`").into_iter().filter_map(|entry| {
        let Some(currency) = code::currency(&entry.key) else {
            let message = format!("`{}` is no currency of ISO 4217", entry.key);
            ctx.sink.error((M026, &entry.at), message, "three capital letters, such as `ISK`");
            return None;
        };
        let digits = ctx.sink.number(&entry.value, &format!("the digits of `{currency}`"))?;
        if digits > MOST_DIGITS || digits == money::digits(&currency) {
            let message = format!(
                "`{currency}` has {} digits by ISO 4217, and {digits} is no exception",
                money::digits(&currency)
            );
            let remedy = format!("remove it, or say how many the system counts, from 0 to {MOST_DIGITS}");
            ctx.sink.error((M026, &entry.value.place), message, remedy);
            return None;
        }
        Some((Arc::from(currency), digits))
    });
    Digits(digits.collect())
}
