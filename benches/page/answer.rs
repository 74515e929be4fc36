//! The handwritten page out of five bodies: what is wanted is cut out as it stands, and written as it stands.

use serde::Deserialize;
use serde_json::value::RawValue;

type Raw<'a> = &'a RawValue;

/// What the systems said.
pub struct Bodies<'a> {
    pub company: &'a [u8],
    pub orders: &'a [u8],
    pub products: &'a [u8],
    pub invoices: &'a [u8],
    pub tickets: &'a [u8],
}

#[derive(Deserialize)]
struct Company<'a> {
    #[serde(borrow)]
    properties: Properties<'a>,
}

#[derive(Deserialize)]
struct Properties<'a> {
    #[serde(borrow)]
    name: Raw<'a>,
    #[serde(borrow)]
    domain: Raw<'a>,
    #[serde(borrow)]
    phone: Raw<'a>,
    #[serde(borrow)]
    city: Raw<'a>,
    #[serde(borrow)]
    country: Raw<'a>,
    #[serde(borrow)]
    industry: Raw<'a>,
    #[serde(borrow)]
    tier: Raw<'a>,
}

#[derive(Deserialize)]
struct Invoices<'a> {
    #[serde(borrow)]
    data: Vec<Invoice<'a>>,
}

#[derive(Deserialize)]
struct Invoice<'a> {
    #[serde(borrow)]
    id: Raw<'a>,
    #[serde(borrow)]
    number: Raw<'a>,
    #[serde(borrow)]
    status: Raw<'a>,
    #[serde(borrow)]
    total: Raw<'a>,
    #[serde(borrow)]
    currency: Raw<'a>,
}

#[derive(Deserialize)]
struct Tickets<'a> {
    #[serde(borrow)]
    tickets: Vec<Ticket<'a>>,
}

#[derive(Deserialize)]
struct Ticket<'a> {
    #[serde(borrow)]
    id: Raw<'a>,
    #[serde(borrow)]
    subject: Raw<'a>,
    #[serde(borrow)]
    status: Raw<'a>,
    #[serde(borrow)]
    priority: Raw<'a>,
}

#[derive(Deserialize)]
struct Rows<T> {
    value: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Order<'a> {
    #[serde(borrow)]
    sales_order: Raw<'a>,
    #[serde(borrow)]
    sales_order_date: Raw<'a>,
    #[serde(borrow)]
    total_net_amount: Raw<'a>,
    #[serde(borrow, rename = "to_Item")]
    lines: Vec<Line<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Line<'a> {
    material: &'a str,
    #[serde(borrow)]
    requested_quantity: Raw<'a>,
    #[serde(borrow)]
    net_amount: Raw<'a>,
}

#[derive(Deserialize)]
struct Product<'a> {
    #[serde(rename = "Product")]
    key: &'a str,
    #[serde(borrow, rename = "ProductDescription")]
    name: Raw<'a>,
}

/// The call for the products of the orders' first three lines.
pub fn products_path(orders: &[u8]) -> Option<String> {
    let orders: Rows<Order> = serde_json::from_slice(orders).ok()?;
    let mut keys: Vec<&str> = Vec::with_capacity(16);
    let mut path = String::from("/Product?$filter=Product%20in%20(");
    for line in orders.value.iter().flat_map(|order| order.lines.iter().take(3)) {
        if !keys.contains(&line.material) {
            path.push_str(if keys.is_empty() { "'" } else { ",'" });
            path.push_str(line.material);
            path.push('\'');
            keys.push(line.material);
        }
    }
    path.push_str(")&$select=Product,ProductDescription");
    Some(path)
}

/// The answer.
pub fn write(account: &str, bodies: &Bodies) -> Option<String> {
    let company = serde_json::from_slice::<Company>(bodies.company).ok()?.properties;
    let invoices = serde_json::from_slice::<Invoices>(bodies.invoices).ok()?.data;
    let tickets = serde_json::from_slice::<Tickets>(bodies.tickets).ok()?.tickets;
    let orders = serde_json::from_slice::<Rows<Order>>(bodies.orders).ok()?.value;
    let products = serde_json::from_slice::<Rows<Product>>(bodies.products).ok()?.value;
    let mut out = String::with_capacity(4096);
    put(&mut out, &["{\"data\":{\"account\":{\"id\":\"", account, "\",\"name\":", company.name.get()]);
    put(&mut out, &[",\"domain\":", company.domain.get(), ",\"phone\":", company.phone.get()]);
    put(&mut out, &[",\"city\":", company.city.get(), ",\"country\":", company.country.get()]);
    put(&mut out, &[",\"industry\":", company.industry.get(), ",\"tier\":", company.tier.get()]);
    out.push_str(",\"invoices\":{\"nodes\":[");
    for (at, one) in invoices.iter().enumerate() {
        put(&mut out, &[comma(at), "{\"id\":", one.id.get(), ",\"number\":", one.number.get(), ",\"status\":"]);
        put(&mut out, &[one.status.get(), ",\"total\":", one.total.get(), ",\"currency\":", one.currency.get(), "}"]);
    }
    out.push_str("]},\"orders\":{\"nodes\":[");
    for (at, one) in orders.iter().enumerate() {
        put(&mut out, &[comma(at), "{\"id\":", one.sales_order.get(), ",\"date\":", one.sales_order_date.get()]);
        put(&mut out, &[",\"total\":", one.total_net_amount.get(), ",\"lines\":["]);
        for (at, line) in one.lines.iter().take(3).enumerate() {
            let product = products.iter().find(|product| product.key == line.material)?;
            put(&mut out, &[comma(at), "{\"quantity\":", line.requested_quantity.get(), ",\"netAmount\":"]);
            put(&mut out, &[line.net_amount.get(), ",\"product\":{\"id\":\"", product.key]);
            put(&mut out, &["\",\"name\":", product.name.get(), "}}"]);
        }
        out.push_str("]}");
    }
    out.push_str("]},\"tickets\":{\"nodes\":[");
    for (at, one) in tickets.iter().enumerate() {
        put(&mut out, &[comma(at), "{\"id\":\"", one.id.get(), "\",\"subject\":", one.subject.get(), ",\"status\":"]);
        put(&mut out, &[one.status.get(), ",\"priority\":", one.priority.get(), "}"]);
    }
    out.push_str("]}}}}");
    Some(out)
}

fn put(out: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| out.push_str(part));
}

fn comma(at: usize) -> &'static str {
    if at > 0 { "," } else { "" }
}
