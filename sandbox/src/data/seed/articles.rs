//! The help centre.

use crate::data::{Article, Translation};

use super::DAY;

/// Section, its id, then articles: English title, German title (empty: not translated).
type Section = (&'static str, u64, &'static [(&'static str, &'static str)]);

const SECTIONS: &[Section] = &[
    (
        "Getting started",
        3_600_001,
        &[
            ("Sign in to the portal", "Im Portal anmelden"),
            ("Invite a colleague", "Kolleginnen einladen"),
            ("Choose your language", "Sprache wählen"),
            ("What \"debtor number\" means", "Was „Debitorennummer“ heißt"),
            ("Roles: user & admin", ""),
            ("Move from the old portal", "Umzug vom alten Portal"),
        ],
    ),
    (
        "Orders and delivery",
        3_600_002,
        &[
            ("Track an order", "Bestellung verfolgen"),
            ("Partial deliveries", "Teillieferungen"),
            ("Return goods", "Ware zurückgeben"),
            ("Certificates 3.1 and 3.2", "Zeugnisse 3.1 und 3.2"),
            ("Minimum order < 50 EUR", "Mindestbestellwert < 50 EUR"),
            ("Delivery blocks", ""),
            ("Incoterms we use", "Unsere Incoterms"),
        ],
    ),
    (
        "Billing",
        3_600_003,
        &[
            ("Pay an invoice", "Rechnung bezahlen"),
            ("Change the billing address", "Rechnungsadresse ändern"),
            ("VAT & reverse charge", "USt. & Reverse Charge"),
            ("Why an invoice is \"uncollectible\"", ""),
            ("SEPA direct debit", "SEPA-Lastschrift"),
            ("Cancel a subscription", "Abonnement kündigen"),
        ],
    ),
    (
        "Pumps",
        3_600_004,
        &[
            ("Alarm E-17", "Alarm E-17"),
            ("Replace the shaft seal", "Wellendichtung tauschen"),
            ("Commissioning checklist", "Checkliste Inbetriebnahme"),
            ("Grease intervals", "Schmierintervalle"),
            ("Price list for partners", "Preisliste für Partner"),
            ("Spare parts catalogue", "Ersatzteilkatalog"),
        ],
    ),
];

/// All articles.
pub(super) fn all(now: i64) -> Vec<Article> {
    let titles = SECTIONS.iter().flat_map(|(name, id, titles)| titles.iter().map(move |title| (*name, *id, title)));
    (0_u64..)
        .zip(titles)
        .map(|(index, (section, section_id, titles))| article(now, index, (section, section_id), *titles))
        .collect()
}

fn article(now: i64, index: u64, (section, section_id): (&'static str, u64), titles: (&str, &str)) -> Article {
    let text = |locale: &'static str, title: &str, body: String| Translation { locale, title: title.to_owned(), body };
    let english = format!("<h2>{}</h2><p>Step&nbsp;1: open the portal.</p>", titles.0.replace('<', "&lt;"));
    let mut translations = vec![text("en-us", titles.0, english)];
    if !titles.1.is_empty() {
        let german = format!("<h2>{}</h2><p>Schritt&nbsp;1: Portal öffnen.</p>", titles.1.replace('<', "&lt;"));
        translations.push(text("de", titles.1, german));
    }
    let age = i64::try_from(index).unwrap_or_default();
    Article {
        id: 360_001_000_001 + index,
        translations,
        section,
        section_id,
        draft: matches!(index, 5 | 11 | 18),
        segment: matches!(index, 8 | 23).then_some(3_600_900_001),
        created: now - (600 - age) * DAY,
        modified: now - (10 + age * 3) * DAY,
    }
}
