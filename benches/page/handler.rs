//! What one would write by hand for this one page, without any rule: five calls, and the answer put together from the bodies'
//! own text. Also answers that were made beforehand, by the request's body: the least there can be.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;

use super::answer;

type Kept = Mutex<HashMap<Bytes, Bytes>>;

struct Handler {
    client: Client<HttpConnector, Body>,
    systems: [String; 4],
    /// Whole answers, where those that were made once are given again.
    kept: Option<Kept>,
}

#[derive(Deserialize)]
struct Asked<'a> {
    #[serde(borrow)]
    variables: Variables<'a>,
}

#[derive(Deserialize)]
struct Variables<'a> {
    id: &'a str,
}

/// Serves until it is ended; says its address.
#[expect(clippy::disallowed_methods, reason = "the handler stands for a program of somebody else's")]
pub async fn run(systems: [String; 4], keeps: bool) {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(1024).build(connector);
    let handler = Arc::new(Handler { client, systems, kept: keeps.then(Kept::default) });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| stream.set_nodelay(true).unwrap());
    axum::serve(listener, Router::new().route("/graphql", post(graphql)).with_state(handler)).await.unwrap();
}

async fn graphql(State(handler): State<Arc<Handler>>, body: Bytes) -> Response {
    let made = handler.kept.as_ref().and_then(|kept| kept.lock().unwrap().get(&body).cloned());
    let answer = match made {
        Some(made) => Some(made),
        None => match serde_json::from_slice::<Asked>(&body) {
            Ok(asked) => handler.page(asked.variables.id).await,
            Err(_) => None,
        },
    };
    let Some(answer) = answer else { return StatusCode::BAD_GATEWAY.into_response() };
    if let Some(kept) = &handler.kept {
        kept.lock().unwrap().entry(body).or_insert_with(|| answer.clone());
    }
    ([(header::CONTENT_TYPE, "application/json")], answer).into_response()
}

impl Handler {
    async fn get(&self, system: usize, path: &str) -> Option<Bytes> {
        let request = Request::get(format!("http://{}{path}", self.systems[system]));
        let request = request.header(header::AUTHORIZATION, "Bearer secret").body(Body::empty()).ok()?;
        let answer = self.client.request(request).await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        Some(answer.into_body().collect().await.ok()?.to_bytes())
    }

    async fn page(&self, account: &str) -> Option<Bytes> {
        let orders = format!(
            "/SalesOrder?$filter=SoldToParty%20eq%20'{account}'&$select=SalesOrder,SalesOrderDate,TotalNetAmount\
             &$expand=to_Item($select=Material,RequestedQuantity,NetAmount)&$top=5"
        );
        let erp = async {
            let orders = self.get(1, &orders).await?;
            let products = self.get(1, &answer::products_path(&orders)?).await?;
            Some((orders, products))
        };
        let company = format!("/companies/{account}");
        let invoices = format!("/v1/invoices?customer=cus_{account}&limit=5");
        let tickets = format!("/api/v2/organizations/{account}/tickets.json?per_page=5");
        let (company, erp, invoices, tickets) =
            tokio::join!(self.get(0, &company), erp, self.get(2, &invoices), self.get(3, &tickets));
        let (orders, products) = erp?;
        let bodies = answer::Bodies {
            company: &company?,
            orders: &orders,
            products: &products,
            invoices: &invoices?,
            tickets: &tickets?,
        };
        Some(answer::write(account, &bodies)?.into())
    }
}
