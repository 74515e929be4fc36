//! What the four systems of `examples/portal-over-four-apis` hold: all of it is worked out from an account's number. Rows are
//! as wide as those of such systems are, and most of their fields are of no use to the page.

use std::fmt::Write as _;

/// The first account's number.
pub const FIRST: u32 = 1001;

/// How many products there are: so many that people who ask at the same time ask for different ones.
const PRODUCTS: u32 = 9_000;
/// How many orders, invoices and tickets each account has: a page of a hundred and one more.
const ROWS: u32 = 120;
/// How many lines each order has.
const LINES: u32 = 4;

const NAMES: [&str; 5] = ["Kestrel Marine", "Möwe & Söhne", "Brightwater Foods", "Ostsee Medical", "Alder Robotics"];
const CITIES: [(&str, &str); 4] = [("Hamburg", "DE"), ("Łódź", "PL"), ("Leeds", "GB"), ("Aarhus", "DK")];
const PARTS: [&str; 4] = ["Ball bearing 6204 \\\"2RS\\\"", "Hex bolt M8x40", "Servo drive 400 W", "Hose 1/2\\\" – 2 m"];
const STATES: [&str; 4] = ["open", "paid", "void", "paid"];
const WORDS: [&str; 4] = ["new", "open", "pending", "solved"];
const URGENCIES: [&str; 4] = ["low", "normal", "high", "urgent"];
const SUBJECTS: [&str; 3] =
    ["Delivery arrived incomplete", "Please change our address", "Error \\\"E-204\\\" after update"];

/// The columns nobody asks for, of every system.
const COMPANY: [&str; 9] =
    ["website", "zip", "address", "lifecyclestage", "employees", "annualrevenue", "owner", "timezone", "description"];
const INVOICE: [&str; 18] = [
    "object",
    "account_country",
    "attempt_count",
    "attempted",
    "auto_advance",
    "billing_reason",
    "collection_method",
    "customer_email",
    "customer_name",
    "default_payment_method",
    "description",
    "hosted_page",
    "pdf",
    "livemode",
    "period_end",
    "period_start",
    "receipt_number",
    "subtotal",
];
const TICKET: [&str; 12] = [
    "url",
    "external_id",
    "type",
    "raw_subject",
    "description",
    "recipient",
    "requester_id",
    "submitter_id",
    "assignee_id",
    "group_id",
    "brand_id",
    "due_at",
];
const ORDER: [&str; 18] = [
    "SalesOrderType",
    "SalesOrganization",
    "DistributionChannel",
    "OrganizationDivision",
    "SalesGroup",
    "SalesOffice",
    "CreationDate",
    "CreatedByUser",
    "PurchaseOrderByCustomer",
    "PricingDate",
    "RequestedDeliveryDate",
    "ShippingCondition",
    "IncotermsClassification",
    "IncotermsLocation1",
    "CustomerPaymentTerms",
    "PaymentMethod",
    "TotalCreditCheckStatus",
    "OverallTotalDeliveryStatus",
];
const LINE: [&str; 10] = [
    "SalesOrderItemCategory",
    "SalesOrderItemText",
    "RequestedQuantityUnit",
    "ItemGrossWeight",
    "ItemWeightUnit",
    "MaterialGroup",
    "Batch",
    "ProductionPlant",
    "StorageLocation",
    "DeliveryStatus",
];
const PRODUCT: [&str; 8] = [
    "ProductType",
    "CreationDate",
    "GrossWeight",
    "WeightUnit",
    "NetWeight",
    "CountryOfOrigin",
    "Division",
    "Hierarchy",
];

/// A JSON object, its values written already.
pub struct Row(Vec<(&'static str, String)>);

impl Row {
    fn new(own: Vec<(&'static str, String)>, further: &[&'static str]) -> Self {
        let mut all = own;
        let rest = further.iter().enumerate();
        all.extend(rest.map(|(at, name)| (*name, text(format_args!("of no use to the page, {at}")))));
        Self(all)
    }

    /// A value, as it is written.
    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(of, _)| *of == name).map(|(_, value)| value.as_str()).unwrap()
    }

    /// The object with all of its columns, or with some.
    fn json(&self, columns: Option<&[&str]>) -> String {
        let kept = self.0.iter().filter(|(name, _)| columns.is_none_or(|columns| columns.contains(name)));
        let members: Vec<String> = kept.map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }
}

fn text(of: impl std::fmt::Display) -> String {
    format!("\"{of}\"")
}

fn one_of<T: Copy>(of: &[T], number: u32) -> T {
    of[number as usize % of.len()]
}

fn day(number: u32) -> String {
    format!("2026-{:02}-{:02}", 1 + number % 9, 1 + number / 2 % 28)
}

pub fn company(account: u32) -> Row {
    let (city, country) = one_of(&CITIES, account);
    let own = vec![
        ("hs_object_id", text(account)),
        ("name", text(format_args!("{} {account}", one_of(&NAMES, account)))),
        ("domain", text(format_args!("customer{account}.example"))),
        ("phone", text(format_args!("+49 40 {:07}", account * 7 % 10_000_000))),
        ("city", text(city)),
        ("country", text(country)),
        ("industry", text(one_of(&["SHIPPING", "FOODS", "MEDICAL"], account))),
        ("tier", text(one_of(&["Gold", "Silver", "Standard"], account))),
        ("hs_lastmodifieddate", text(format_args!("{}T11:00:12.004Z", day(account)))),
    ];
    Row::new(own, &COMPANY)
}

pub fn invoice(account: u32, at: u32) -> Row {
    let seed = account * 11 + at * 5;
    let own = vec![
        ("id", text(format_args!("in_{account}{at:03}"))),
        ("customer", text(format_args!("cus_{account}"))),
        ("number", text(format_args!("INV-{account}-{at:04}"))),
        ("status", text(one_of(&STATES, seed))),
        ("total", (1_000 + seed * 97 % 900_000).to_string()),
        ("currency", text("eur")),
        ("created", (1_767_225_600 + u64::from(seed)).to_string()),
        ("due_date", (1_769_817_600 + u64::from(seed)).to_string()),
        (
            "lines",
            r#"{"object":"list","data":[{"id":"il_1","object":"line_item","quantity":1}],"has_more":false}"#.into(),
        ),
    ];
    Row::new(own, &INVOICE)
}

pub fn ticket(account: u32, at: u32) -> Row {
    let seed = account * 3 + at;
    let own = vec![
        ("id", (account * 1_000 + at).to_string()),
        ("organization_id", account.to_string()),
        ("subject", text(format_args!("{} ({at})", one_of(&SUBJECTS, seed)))),
        ("status", text(one_of(&WORDS, seed))),
        ("priority", text(one_of(&URGENCIES, seed))),
        ("created_at", text(format_args!("{}T08:20:00Z", day(seed)))),
        ("updated_at", text(format_args!("{}T16:20:00Z", day(seed)))),
        ("tags", r#"["portal","delivery"]"#.into()),
    ];
    Row::new(own, &TICKET)
}

pub fn order(account: u32, at: u32) -> Row {
    let seed = account * 31 + at * 17;
    let own = vec![
        ("SalesOrder", text(format_args!("45{account:05}{at:03}"))),
        ("SoldToParty", text(account)),
        ("SalesOrderDate", text(day(seed))),
        ("TotalNetAmount", text(format_args!("{}.{:02}", 100 + seed % 90_000, 1 + seed % 99))),
        ("TransactionCurrency", text("EUR")),
        ("LastChangeDateTime", text(format_args!("{}T08:10:11Z", day(seed + 2)))),
        ("OverallSDProcessStatus", text(one_of(&["A", "B", "C"], seed))),
    ];
    Row::new(own, &ORDER)
}

pub fn line(of: (u32, u32), at: u32) -> Row {
    let seed = of.0 * 13 + of.1 * 7 + at * 3;
    let own = vec![
        ("SalesOrderItem", text(at * 10 + 10)),
        ("Material", text(format_args!("P{:04}", product_of(of, at)))),
        ("RequestedQuantity", text(1 + seed % 40)),
        ("NetAmount", text(format_args!("{}.{:02}", 10 + seed % 5_000, 1 + seed % 99))),
    ];
    Row::new(own, &LINE)
}

fn product_of((account, order): (u32, u32), line: u32) -> u32 {
    (account * 15 + order * 2 + line * 3) % PRODUCTS
}

pub fn product(number: u32) -> Row {
    let own = vec![
        ("Product", text(format_args!("P{number:04}"))),
        ("ProductDescription", text(format_args!("{} #{number}", one_of(&PARTS, number)))),
        ("BaseUnit", text("EA")),
        ("ProductGroup", text("L001")),
    ];
    Row::new(own, &PRODUCT)
}

/// Rows of an account, as many as are asked for and as there are.
pub fn rows(count: u32, one: impl Fn(u32) -> String) -> String {
    (0..count.min(ROWS)).map(one).collect::<Vec<_>>().join(",")
}

/// An order with some of its columns, and with its lines where they are asked for.
pub fn order_with_lines(key: (u32, u32), columns: Option<&[&str]>, lines: Option<&[&str]>) -> String {
    let mut json = order(key.0, key.1).json(columns);
    if lines.is_some() {
        json.pop();
        let lines: Vec<String> = (0..LINES).map(|at| line(key, at).json(lines)).collect();
        let _ = write!(json, ",\"to_Item\":[{}]}}", lines.join(","));
    }
    json
}

/// How an object of a list is told.
pub fn whole(row: &Row) -> String {
    row.json(None)
}

/// A product with some of its columns; nothing where there is no such product.
pub fn product_with(key: &str, columns: Option<&[&str]>) -> Option<String> {
    let number = key.strip_prefix('P')?.parse().ok()?;
    (number < PRODUCTS).then(|| product(number).json(columns))
}

/// The right answer to `dashboard.graphql` for an account, to the byte.
pub fn page(account: u32) -> String {
    let company = company(account);
    let mut out = format!("{{\"data\":{{\"account\":{{\"id\":\"{account}\"");
    for name in ["name", "domain", "phone", "city", "country", "industry", "tier"] {
        let _ = write!(out, ",\"{name}\":{}", company.get(name));
    }
    let told = |row: &Row, names: &[(&str, &str)]| {
        let members: Vec<_> = names.iter().map(|(name, of)| format!("\"{name}\":{}", row.get(of))).collect();
        members.join(",")
    };
    let invoices = rows(5, |at| {
        let names =
            [("id", "id"), ("number", "number"), ("status", "status"), ("total", "total"), ("currency", "currency")];
        format!("{{{}}}", told(&invoice(account, at), &names))
    });
    let orders = rows(5, |at| {
        let lines = rows(3, |number| {
            let product = product(product_of((account, at), number));
            let of = told(&product, &[("id", "Product"), ("name", "ProductDescription")]);
            let names = [("quantity", "RequestedQuantity"), ("netAmount", "NetAmount")];
            format!("{{{},\"product\":{{{of}}}}}", told(&line((account, at), number), &names))
        });
        let names = [("id", "SalesOrder"), ("date", "SalesOrderDate"), ("total", "TotalNetAmount")];
        format!("{{{},\"lines\":[{lines}]}}", told(&order(account, at), &names))
    });
    let tickets = rows(5, |at| {
        let ticket = ticket(account, at);
        let names = [("subject", "subject"), ("status", "status"), ("priority", "priority")];
        format!("{{\"id\":\"{}\",{}}}", ticket.get("id"), told(&ticket, &names))
    });
    let _ = write!(out, ",\"invoices\":{{\"nodes\":[{invoices}]}},\"orders\":{{\"nodes\":[{orders}]}}");
    let _ = write!(out, ",\"tickets\":{{\"nodes\":[{tickets}]}}}}}}}}");
    out
}
