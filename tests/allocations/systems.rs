//! The four systems of `examples/portal-over-four-apis`, each on a thread and a port of its own: they say the same of every
//! account, with as many fields as such systems have, and most of them of no use to the page.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

pub const ACCOUNT: &str = "1001";

/// What a system says to a path.
type Answer = fn(&str) -> String;

/// Starts them; answers their addresses, by the variables of the example's configuration.
pub fn start() -> Vec<(String, String)> {
    let systems: [(&str, Answer); 4] =
        [("CRM", company), ("ERP", orders_or_products), ("BILLING", invoices), ("SUPPORT", tickets)];
    let start = |(name, answer): (&str, Answer)| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                std::thread::spawn(move || serve(&stream.unwrap(), answer));
            }
        });
        (format!("{name}_ADDRESS"), address)
    };
    systems.into_iter().map(start).collect()
}

/// One connection: requests without bodies, one after the other.
fn serve(mut stream: &TcpStream, answer: Answer) {
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(first)) = lines.next() {
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        let body = answer(first.split(' ').nth(1).unwrap());
        let length = body.len();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
        if stream.write_all(format!("{head}{body}").as_bytes()).is_err() {
            return;
        }
    }
}

/// Fields that nobody asked for.
fn rest(from: usize, count: usize) -> String {
    let mut text = String::new();
    for at in from..from + count {
        let _ = write!(text, r#","further_{at}":"something of which the page says nothing: {at}""#);
    }
    text
}

fn list(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().join(",")
}

fn company(_: &str) -> String {
    let rest = rest(0, 10);
    format!(
        r#"{{"id":"{ACCOUNT}","properties":{{"hs_object_id":"{ACCOUNT}","name":"Kestrel \"Marine\" Ltd","domain":"kestrel.example","phone":"+49 40 1234567","city":"Hamburg","country":"DE","industry":"SHIPPING","tier":"Gold","hs_lastmodifieddate":"2026-02-03T11:00:12.004Z"{rest}}}}}"#
    )
}

fn orders_or_products(target: &str) -> String {
    if target.starts_with("/Product") {
        let one = |at: usize| format!(r#"{{"Product":"P{at:04}","ProductDescription":"Ball bearing 6204 #{at}"}}"#);
        return format!(r#"{{"value":[{}]}}"#, list(15, one));
    }
    let line = |order: usize, at: usize| {
        let product = order * 3 + at % 3;
        format!(r#"{{"Material":"P{product:04}","RequestedQuantity":"{}","NetAmount":"{}.50"}}"#, 1 + at, 10 + at)
    };
    let order = |at: usize| {
        let lines = list(4, |number| line(at, number));
        format!(
            r#"{{"SalesOrder":"45{at:08}","SoldToParty":"{ACCOUNT}","SalesOrderDate":"2026-02-1{at}","TotalNetAmount":"{}.07","LastChangeDateTime":"2026-02-1{at}T08:10:11Z","to_Item":[{lines}]}}"#,
            1000 + at
        )
    };
    format!(r#"{{"value":[{}]}}"#, list(5, order))
}

fn invoices(_: &str) -> String {
    let one = |at: usize| {
        let rest = rest(at, 20);
        format!(
            r#"{{"id":"in_{at}","customer":"cus_{ACCOUNT}","number":"INV-{at}","status":"open","total":{},"currency":"eur"{rest}}}"#,
            90_000 + at
        )
    };
    format!(r#"{{"object":"list","has_more":true,"data":[{}]}}"#, list(5, one))
}

fn tickets(_: &str) -> String {
    let one = |at: usize| {
        let rest = rest(at, 14);
        format!(
            r#"{{"id":{},"organization_id":{ACCOUNT},"subject":"Delivery {at} arrived incomplete","status":"open","priority":"high","updated_at":"2026-02-1{at}T16:20:00Z"{rest}}}"#,
            7000 + at
        )
    };
    format!(r#"{{"tickets":[{}],"count":12}}"#, list(5, one))
}
