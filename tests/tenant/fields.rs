//! Custom fields of entities that the graph has already, and single mappings that are another business's.

use serde_json::{Value, json};

use super::portal::{ANA, Folder, JONAS, Portal};

#[tokio::test(flavor = "multi_thread")]
async fn custom_fields_are_typed_and_come_from_the_sources_that_the_files_name() {
    let portal = Portal::open(Folder::acme()).await;
    let account =
        portal.account(ANA, "name knownSince debtors hiresOnAccount orders(first: 3) { nodes { orderType } }").await;
    let company = portal.business.state.read().companies.iter().find(|known| known.id == 9_001_001).unwrap().clone();
    assert_eq!(account["name"], json!(company.name));
    assert_eq!(account["debtors"], json!(company.debtors));
    let day = jiff::Timestamp::from_second(company.created).unwrap().to_string()[..10].to_owned();
    assert_eq!(account["knownSince"], json!(day), "of an instant, its day");
    assert_eq!(account["hiresOnAccount"], json!(true), "the fifth system adds to an account that the CRM owns");
    assert_eq!(
        account["orders"]["nodes"],
        json!([{ "orderType": "STANDARD" }, { "orderType": "STANDARD" }, { "orderType": "STANDARD" }])
    );
    let other = portal.account(JONAS, "hiresOnAccount").await;
    assert_eq!(other["hiresOnAccount"], json!(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overlay_changes_single_words_of_a_status_and_a_single_property() {
    let ours = Portal::open(Folder::acme()).await;
    let folder = Folder::acme();
    folder.change("connectors/erp/entities/Order.yaml", |_| "fields: { orderType: SalesOrderType }\n".to_owned());
    let shipped = Portal::open(folder).await;
    let orders = "orders(first: 50) { nodes { number status customerReference } }";
    let (ours, shipped) = (ours.account(ANA, orders).await, shipped.account(ANA, orders).await);
    let (ours, shipped) = (rows(&ours), rows(&shipped));
    assert_eq!(ours.len(), shipped.len());
    let mut changed = 0;
    for (own, usual) in ours.iter().zip(shipped) {
        assert_eq!(own["number"], usual["number"]);
        let wanted = if usual["status"] == "CONFIRMED" { json!("IN_PROGRESS") } else { usual["status"].clone() };
        changed += usize::from(usual["status"] != own["status"]);
        assert_eq!(own["status"], wanted, "{own} {usual}");
        assert_eq!(own["customerReference"], json!("1710"), "another property");
    }
    assert!(changed > 0, "there are confirmed orders");
}

fn rows(account: &Value) -> &Vec<Value> {
    account["orders"]["nodes"].as_array().unwrap()
}

#[test]
fn a_slip_in_any_of_the_files_is_told_with_its_place() {
    for (file, from, to, told) in [
        ("graph/fields.graphql", "knownSince: Date", "knownSince: Dat", "graph/fields.graphql:5:15: error[G002]"),
        ("graph/fields.graphql", "knownSince: Date", "knownSince: Date!", "graph/fields.graphql:5:3: error[G025]"),
        ("graph/fields.graphql", "knownSince: Date", "knownSince: String", "graph/fields.graphql:5:3: error[G007]"),
        ("graph/machine.graphql", "  OTHER\n", "", "graph/machine.graphql:22:6: error[G015]"),
        ("connectors/crm/entities/Account.yaml", "knownSince:", "knownSinse:", "Account.yaml:3:3: error[M020]"),
        ("connectors/erp/entities/Order.yaml", "OR: STANDARD", "OR: USUAL", "Order.yaml:5:49: error[M031]"),
        ("connectors/erp/entities/Order.yaml", "  yard:", "  yrad:", "Order.yaml:8:3: error[M091]"),
        ("own/yard/entities/Machine.yaml", "evidence: { own: customer }\n", "", "Machine.yaml:1:1: error[M014]"),
        ("own/yard/connector.yaml", "languages:", "langauges:", "connector.yaml:13:1: error[M002]"),
        ("vestibule.yaml", "owner: crm, contributors: [erp, yard]", "owner: crn", "vestibule.yaml:49:3: error[C042]"),
    ] {
        let folder = Folder::acme();
        folder.change(file, |text| {
            assert!(text.contains(from), "{file} has no `{from}`");
            text.replacen(from, to, 1)
        });
        let report = folder.assembled().err().unwrap_or_default();
        assert!(report.contains(told), "{from} → {to}: no {told} in\n{report}");
    }
}
