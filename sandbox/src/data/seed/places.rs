//! Countries, cities and words of company names.

/// One country as the seed knows it.
pub(super) struct Country {
    pub(super) code: &'static str,
    pub(super) currency: &'static str,
    /// City, postal code, region.
    pub(super) cities: &'static [(&'static str, &'static str, &'static str)],
    pub(super) streets: &'static [&'static str],
    pub(super) forms: &'static [&'static str],
    pub(super) dial: &'static str,
    pub(super) vat: &'static str,
    /// How many of a hundred companies sit there.
    pub(super) share: usize,
}

pub(super) const COUNTRIES: &[Country] = &[
    Country {
        code: "DE",
        currency: "EUR",
        cities: &[
            ("Dresden", "01067", "Sachsen"),
            ("Leipzig", "04109", "Sachsen"),
            ("Köln", "50667", "Nordrhein-Westfalen"),
            ("Würzburg", "97070", "Bayern"),
            ("Lübeck", "23552", "Schleswig-Holstein"),
            ("Jena", "07743", "Thüringen"),
        ],
        streets: &["Hafenstraße", "Königsallee", "Am Großen Teich", "Industriering"],
        forms: &["GmbH", "GmbH & Co. KG", "AG", "e.K."],
        dial: "+49",
        vat: "DE",
        share: 34,
    },
    Country {
        code: "NL",
        currency: "EUR",
        cities: &[
            ("Rotterdam", "3011 AB", "Zuid-Holland"),
            ("'s-Hertogenbosch", "5211 AA", "Noord-Brabant"),
            ("Groningen", "9711 LM", "Groningen"),
        ],
        streets: &["Havenweg", "Lange Voorhout", "Kade"],
        forms: &["BV", "NV"],
        dial: "+31",
        vat: "NL",
        share: 14,
    },
    Country {
        code: "US",
        currency: "USD",
        cities: &[
            ("Boston", "02108", "MA"),
            ("Newark", "07102", "NJ"),
            ("Portland", "97201", "OR"),
            ("St. Louis", "63101", "MO"),
        ],
        streets: &["Harbor Blvd", "Main St", "N 5th Ave"],
        forms: &["Inc.", "LLC", "Corp."],
        dial: "+1",
        vat: "",
        share: 20,
    },
    Country {
        code: "JP",
        currency: "JPY",
        cities: &[
            ("札幌市", "060-0001", "北海道"),
            ("Yokohama", "220-0011", "Kanagawa"),
            ("Osaka", "530-0001", "Osaka"),
        ],
        streets: &["Minatomirai", "Umeda", "北一条西"],
        forms: &["K.K.", "株式会社", "Co., Ltd."],
        dial: "+81",
        vat: "",
        share: 12,
    },
    Country {
        code: "FR",
        currency: "EUR",
        cities: &[("Bourg-en-Bresse", "01000", "Ain"), ("Nîmes", "30000", "Gard"), ("Orléans", "45000", "Loiret")],
        streets: &["Rue de l'Église", "Quai du Port", "Avenue Émile Zola"],
        forms: &["SARL", "SAS", "S.A."],
        dial: "+33",
        vat: "FR",
        share: 12,
    },
    Country {
        code: "CH",
        currency: "CHF",
        cities: &[("Zürich", "8001", "ZH"), ("Genève", "1201", "GE"), ("St. Gallen", "9000", "SG")],
        streets: &["Bahnhofstrasse", "Rue du Rhône", "Marktgasse"],
        forms: &["AG", "GmbH", "SA"],
        dial: "+41",
        vat: "CHE",
        share: 8,
    },
];

pub(super) const HEADS: &[&str] = &[
    "Albrecht",
    "Baltic",
    "Cormoran",
    "Delta",
    "Eberhard",
    "Fjord",
    "Gråberg",
    "Harbour",
    "Ibis",
    "Jørgensen",
    "Kühne",
    "Lumière",
    "Möwe",
    "Northgate",
    "Østby",
    "Pelikan",
    "Quantum",
    "Rhône",
    "Sakura",
    "Terra",
    "Umbra",
    "Vögele",
    "Wavecrest",
    "Yamato",
    "Zenit",
];

pub(super) const TRADES: &[(&str, &str)] = &[
    ("Marine", "MARITIME"),
    ("Pumps", "MACHINERY"),
    ("Maschinenbau", "MACHINERY"),
    ("Logistics", "LOGISTICS_AND_SUPPLY_CHAIN"),
    ("Foods", "FOOD_PRODUCTION"),
    ("Energy", "RENEWABLES_ENVIRONMENT"),
    ("Werkzeug", "MECHANICAL_OR_INDUSTRIAL_ENGINEERING"),
    ("Chemicals", "CHEMICALS"),
    ("Medical", "MEDICAL_DEVICES"),
];

pub(super) const FIRST_NAMES: &[&str] = &[
    "Anna",
    "Björn",
    "Chloé",
    "Dieter",
    "Emma",
    "François",
    "Greta",
    "Hiroshi",
    "Inès",
    "Jürgen",
    "Kenji",
    "Lars",
    "Maria",
    "Noor",
    "Olivia",
    "Pieter",
    "Quentin",
    "Renée",
    "Søren",
    "Takeshi",
    "Ursula",
    "Victor",
    "Wanda",
    "Yuki",
];

pub(super) const LAST_NAMES: &[&str] = &[
    "Ackermann",
    "Bakker",
    "Collins",
    "de Vries",
    "Eriksen",
    "Faure",
    "Großmann",
    "Hoffmann",
    "Ito",
    "Jansen",
    "Köhler",
    "Lefèvre",
    "Müller",
    "Nakamura",
    "O'Brien",
    "Peeters",
    "Quinn",
    "Rossi",
    "Schäfer",
    "Tanaka",
    "Unger",
    "van den Berg",
    "Weiß",
    "Young",
    "Zimmermann",
];

/// Text as part of a domain: ASCII letters and digits, others dropped or spelt out.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => slug.push(letter),
            'ä' => slug.push_str("ae"),
            'ö' | 'ø' => slug.push_str("oe"),
            'ü' => slug.push_str("ue"),
            'ß' => slug.push_str("ss"),
            'è' | 'é' | 'ë' => slug.push('e'),
            'å' => slug.push('a'),
            'ç' => slug.push('c'),
            'ô' => slug.push('o'),
            ' ' | '-' if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.trim_end_matches('-').to_owned()
}
