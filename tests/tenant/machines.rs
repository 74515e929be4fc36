//! An entity that the product does not know, in a system that it does not know.

use serde_json::{Value, json};

use super::portal::{ANA, Folder, JONAS, Portal};

fn names(list: &Value) -> Vec<&str> {
    list["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap_or("(null)")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_listed_filtered_sorted_and_paged_by_its_system() {
    let portal = Portal::open(Folder::acme()).await;
    let all = portal
        .account(ANA, "machines { nodes { name status statusLabel hiredOn dueOn late dailyRate { amount currency } } }")
        .await;
    let all = &all["machines"];
    let mut sorted = names(all);
    sorted.sort_unstable();
    assert_eq!(sorted, ["Astray", "Crane", "Lift", "Pump"], "what is scrapped is not visible, and no other's is there");
    let of = |name: &str| all["nodes"].as_array().unwrap().iter().find(|node| node["name"] == name).unwrap().clone();
    assert_eq!(
        of("Lift"),
        json!({
            "name": "Lift", "status": "OUT", "statusLabel": "out", "hiredOn": "2026-03-01", "dueOn": "2026-04-01",
            "late": true, "dailyRate": { "amount": "18.41", "currency": "EUR" },
        })
    );
    assert_eq!((&of("Pump")["status"], &of("Pump")["statusLabel"]), (&json!("OTHER"), &json!("mislaid")));

    let some = portal
        .account(
            ANA,
            "back: machines(filter: { status: [BACK, RESERVED] }, sort: { field: NAME }) { nodes { name } }
             spring: machines(filter: { hiredOn: { from: \"2026-02-01\", to: \"2026-03-31\" } }, sort: { field: HIRED_ON, direction: DESC }) { nodes { name } }
             first: machines(first: 2, sort: { field: HIRED_ON }) { nodes { name } pageInfo { hasNextPage endCursor } }",
        )
        .await;
    assert_eq!(names(&some["back"]), ["Astray", "Crane"]);
    assert_eq!(names(&some["spring"]), ["Lift", "Pump"]);
    assert_eq!(names(&some["first"]), ["Crane", "Pump"]);
    assert_eq!(some["first"]["pageInfo"]["hasNextPage"], json!(true));
    let after = some["first"]["pageInfo"]["endCursor"].as_str().unwrap();
    let rest = portal
        .account(ANA, &format!("machines(first: 5, after: \"{after}\", sort: {{ field: HIRED_ON }}) {{ nodes {{ name }} pageInfo {{ hasNextPage }} }}"))
        .await;
    assert_eq!(names(&rest["machines"]), ["Lift", "Astray"]);
    assert_eq!(rest["machines"]["pageInfo"]["hasNextPage"], json!(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_refers_to_records_of_other_systems_and_they_to_it() {
    let portal = Portal::open(Folder::acme()).await;
    let account = portal
        .account(ANA, "id name machines(sort: { field: NAME }) { nodes { name account { id name } order { number } } }")
        .await;
    let order = json!({ "number": portal.orders[0] });
    let expected = [("Astray", Value::Null), ("Crane", order.clone()), ("Lift", order), ("Pump", Value::Null)];
    let nodes = account["machines"]["nodes"].as_array().unwrap();
    for (node, (name, order)) in nodes.iter().zip(expected) {
        assert_eq!((&node["name"], &node["order"]), (&json!(name), &order), "an order of another customer is null");
        assert_eq!(node["account"], json!({ "id": account["id"], "name": account["name"] }));
    }
    let orders = portal.account(ANA, "orders(first: 50) { nodes { number machines { nodes { name } } } }").await;
    for order in orders["orders"]["nodes"].as_array().unwrap() {
        let mut names = names(&order["machines"]);
        names.sort_unstable();
        let wanted: &[&str] = if order["number"] == json!(portal.orders[0]) { &["Crane", "Lift"] } else { &[] };
        assert_eq!(names, wanted, "{order}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_read_by_its_id_by_those_whom_it_belongs_to() {
    let portal = Portal::open(Folder::acme()).await;
    let account = portal.account(ANA, "machines(sort: { field: NAME }) { nodes { id } }").await;
    let id = account["machines"]["nodes"][1]["id"].clone();
    let query = "query M($id: ID!) { machine(id: $id) { name } node(id: $id) { __typename ... on Machine { status provenance { source } } } }";
    let own = portal.ask(ANA, query, json!({ "id": id })).await;
    assert_eq!(
        own,
        json!({ "data": {
            "machine": { "name": "Crane" },
            "node": { "__typename": "Machine", "status": "BACK", "provenance": { "source": "yard" } },
        } })
    );
    // As if it did not exist, and no error: S1.
    let other = portal.ask(JONAS, query, json!({ "id": id })).await;
    assert_eq!(other, json!({ "data": { "machine": null, "node": null } }));
    let his = portal.account(JONAS, "machines { nodes { name } }").await;
    assert!(!his.to_string().contains("Lift"), "{his}");
}

#[tokio::test(flavor = "multi_thread")]
async fn its_permission_guards_everything_that_leads_to_it() {
    let folder = Folder::acme();
    folder.change("vestibule.yaml", |text| text.replace(", machines:read]", "]"));
    let portal = Portal::open(folder).await;
    let query = "{ viewer { account { name machines { nodes { name } } orders(first: 1) { nodes { machines { nodes { name } } } } } } }";
    let answer = portal.ask(ANA, query, json!({})).await;
    let account = &answer["data"]["viewer"]["account"];
    assert_eq!((&account["machines"], &account["orders"]["nodes"][0]["machines"]), (&Value::Null, &Value::Null));
    let codes: Vec<&str> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["extensions"]["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["FORBIDDEN", "FORBIDDEN"]);
    assert_eq!(portal.asked(), 0, "nothing is read for somebody who may not see it");
}

#[tokio::test(flavor = "multi_thread")]
async fn its_list_is_merged_with_those_of_other_systems() {
    let portal = Portal::open(Folder::acme()).await;
    let account = portal
        .account(
            ANA,
            "machines(filter: { status: [OUT] }) { nodes { name dueOn } }
             orders(first: 100, filter: { open: true }) { nodes { number placedOn } }
             waiting(first: 100) { nodes { kind title dueOn record { ... on Machine { name } ... on Order { number } } }
               incomplete { source code } }",
        )
        .await;
    let list = |name: &str| account[name]["nodes"].as_array().unwrap().clone();
    let text = |node: &Value, field: &str| node[field].as_str().map(ToOwned::to_owned);
    // By day, of equal days machines first, those without a day last.
    let mut expected: Vec<_> = list("machines")
        .iter()
        .map(|node| (text(node, "dueOn").is_none(), text(node, "dueOn"), "COMPLETE", text(node, "name")))
        .chain(list("orders").iter().map(|node| (false, text(node, "placedOn"), "OTHER", text(node, "number"))))
        .collect();
    expected.sort();
    let waiting = list("waiting");
    let mut days = expected.iter().map(|(_, day, kind, title)| (title.clone(), (day.clone(), *kind)));
    let by_title: std::collections::BTreeMap<_, _> = days.by_ref().collect();
    let told: Vec<_> = waiting
        .iter()
        .map(|item| {
            let (day, kind) = by_title.get(&text(item, "title")).unwrap_or_else(|| panic!("{item} waits for nobody"));
            assert_eq!(item["kind"], **kind);
            let own = if *kind == "COMPLETE" {
                (&item["record"]["name"], day.clone())
            } else {
                (&item["record"]["number"], None)
            };
            assert_eq!((own.0, text(item, "dueOn")), (&item["title"], own.1), "{item}");
            (day.is_none(), day.clone(), *kind)
        })
        .collect();
    assert!(told.is_sorted(), "{told:?}");
    assert_eq!(waiting.len(), expected.len());
    assert!(!list("machines").is_empty() && list("orders").len() > 1, "{account}");
    assert_eq!(account["waiting"]["incomplete"], json!([]));
}

#[test]
fn what_its_files_leave_out_is_made() {
    let assembly = Folder::acme().assembled().unwrap_or_else(|told| panic!("{told}"));
    let schema = &assembly.served.schema;
    for (of, field) in [("MachineConnection", "nodes"), ("MachineConnection", "edges"), ("MachineEdge", "node")] {
        assert!(schema.type_field(of, field).is_ok(), "{of}.{field}");
    }
    let printed = vestibule::graph::print(&assembly.served);
    assert!(printed.contains("type Machine implements Node & Record {"), "without what is for the gateway alone");
    let kinds = assembly.graph.entities.iter().filter(|entity| &*entity.name == "Machine").count();
    assert_eq!(kinds, 1);
}
