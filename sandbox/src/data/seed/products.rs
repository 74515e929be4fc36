//! Articles that the business sells.

use rust_decimal::Decimal;

use crate::data::Product;

use super::DAY;

/// English, German, unit, cents in EUR.
const KINDS: &[(&str, &str, &str, i64)] = &[
    ("Centrifugal pump", "Kreiselpumpe", "PC", 189_000),
    ("Impeller, bronze", "Laufrad, Bronze", "PC", 23_450),
    ("Shaft seal kit", "Wellendichtungssatz", "EA", 8_990),
    ("Ball valve 1\"", "Kugelhahn 1\"", "PC", 4_275),
    ("Pressure sensor 0–16 bar", "Drucksensor 0–16 bar", "PC", 12_900),
    ("Bearing grease", "Lagerfett", "KG", 1_895),
    ("Control cabinet", "Schaltschrank", "PC", 345_000),
    ("Hose 32 mm", "Schlauch 32 mm", "EA", 1_250),
    ("Filter cartridge", "Filterpatrone", "EA", 3_399),
    ("Anode, zinc", "Zinkanode", "KG", 949),
];

/// Series: mark in the number, words after the description, product group, surcharge in percent.
const SERIES: &[(&str, &str, Option<&str>, i64)] = &[
    ("A", "series A", Some("L001"), 0),
    ("B", "series B", Some("L001"), 12),
    ("MX", "marine", Some("L002"), 35),
    ("FG", "food grade", Some("L003"), 28),
    ("HT", "high temperature", Some("L003"), 41),
    ("R", "reconditioned", None, -30),
];

/// Numbers with characters that need care in keys and paths.
const ODD: [(usize, &str); 3] = [(7, "O'RING-1/2"), (23, "DÜSE 3/8"), (41, "KIT#5&6")];

/// All products.
pub(super) fn all(now: i64) -> Vec<Product> {
    let pairs = SERIES.iter().flat_map(|series| KINDS.iter().map(move |kind| (series, kind)));
    (0_usize..).zip(pairs).map(|(index, (series, kind))| product(now, index, series, kind)).collect()
}

fn product(
    now: i64,
    index: usize,
    (mark, word, group, percent): &(&str, &str, Option<&'static str>, i64),
    (english, german, unit, cents): &(&str, &str, &'static str, i64),
) -> Product {
    let odd = ODD.iter().find(|(place, _)| *place == index);
    let sku = odd.map_or_else(|| format!("{mark}-{:04}", 1000 + index * 7), |(_, sku)| (*sku).to_owned());
    let age = i64::try_from(index).unwrap_or_default();
    let mut texts = vec![("EN", format!("{english}, {word}"))];
    // Some were never translated.
    if index % 11 != 10 {
        texts.push(("DE", format!("{german} ({mark})")));
    }
    Product {
        sku,
        texts,
        unit,
        group: *group,
        price: Decimal::new(cents * (100 + percent) / 100, 2),
        created: now - (2000 - age) * DAY,
        modified: now - (5 + age) * DAY,
    }
}
