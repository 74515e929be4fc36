//! What pruning leaves and what it takes, and why.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::writes_tests::any_writes;
use super::*;
use crate::graph::changes::compare;
use crate::graph::resolved::{EntityCoverage, FieldKind, Graph, ListCoverage, MergedCoverage, Shape};
use crate::graph::tests::{ours, small};
use crate::graph::{EntityCoverage as Covered, load};
use crate::model::EntityId;

/// What a source covers, in words: the entity, what it maps, and its lists with their filters and sorts.
pub(super) fn covered(owner: &str, fields: &[&str], lists: &[(&str, &[&str], &[&str])]) -> EntityCoverage {
    let list = |(by, filter, sort): &(&str, &[&str], &[&str])| {
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        ((*by).to_owned(), ListCoverage { filter: words(filter), sort: words(sort), total: false })
    };
    Covered {
        owner: owner.to_owned(),
        fields: fields.iter().map(|field| ((*field).to_owned(), owner.to_owned())).collect(),
        lists: lists.iter().map(list).collect(),
        by_key: true,
        writes: BTreeMap::new(),
    }
}

pub(super) fn coverage(graph: &Graph, entities: &[(&str, EntityCoverage)]) -> Coverage {
    let mut covered: BTreeMap<EntityId, Vec<EntityCoverage>> = BTreeMap::new();
    for (name, owner) in entities {
        covered.entry(graph.entity_id(name).unwrap()).or_default().push(owner.clone());
    }
    Coverage { entities: covered, merged: BTreeMap::new() }
}

fn served(loaded: &Loaded, entities: &[(&str, EntityCoverage)]) -> Served {
    prune(loaded, &coverage(&loaded.graph, entities), Unprovided::Omit).unwrap()
}

fn whole() -> Loaded {
    load(&[ours()]).0.unwrap()
}

impl Served {
    fn has(&self, of: &str, field: &str) -> bool {
        self.schema.type_field(of, field).is_ok()
    }

    fn why(&self, coordinate: &str) -> &str {
        let found = self.unserved.iter().find(|(at, _)| at == coordinate);
        found.map_or("(served, or not told)", |(_, why)| why)
    }
}

#[test]
fn without_any_source_there_are_the_viewer_and_the_hub() {
    let served = served(&whole(), &[]);
    insta::assert_snapshot!(print(&served));
}

#[test]
fn the_reasons_are_sentences_for_operators() {
    let loaded = small();
    let order = covered("erp", &["account", "number", "status", "lines", "lines.contact"], &[("account", &[], &[])]);
    let served = served(&loaded, &[("Account", covered("crm", &["name"], &[])), ("Order", order)]);
    let reasons: String = served.unserved.iter().map(|(at, why)| format!("{at}: {why}\n")).collect();
    insta::assert_snapshot!(reasons);
}

#[test]
fn a_small_graph_served() {
    let loaded = small();
    let order = covered(
        "erp",
        &["account", "number", "status", "total", "lines", "lines.contact", "lines.quantity"],
        &[("account", &[], &[])],
    );
    let contact = covered("crm", &["name", "account"], &[]);
    let article = covered("help", &["title"], &[("all", &[], &[])]);
    let served = served(&loaded, &[("Order", order), ("Contact", contact), ("Article", article)]);
    insta::assert_snapshot!(print(&served));
}

#[test]
fn a_value_without_its_required_field_is_not_served() {
    let loaded = small();
    let order = covered("erp", &["account", "lines", "lines.contact"], &[("account", &[], &[])]);
    let contact = covered("crm", &["name"], &[]);
    let served = served(&loaded, &[("Order", order), ("Contact", contact)]);
    assert!(!served.has("Order", "lines"));
    assert_eq!(
        served.why("Order.lines"),
        "its required `quantity` is not served: `erp` does not map Order.lines.quantity"
    );
}

#[test]
fn a_heading_comes_from_the_key_and_the_words_of_a_status_from_its_enum() {
    let loaded = whole();
    let invoice = covered("erp", &["account", "status"], &[("account", &[], &[])]);
    let ticket = covered("desk", &["account"], &[("account", &[], &[])]);
    let served = served(&loaded, &[("Invoice", invoice), ("Ticket", ticket)]);
    assert!(served.has("Invoice", "number") && served.has("Invoice", "statusLabel"));
    assert!(served.has("Ticket", "subject") && !served.has("Ticket", "statusLabel"));
    assert_eq!(served.why("Ticket.statusLabel"), "`desk` does not map Ticket.statusLabel");
    assert!(!served.has("Account", "statusLabel"), "nobody tells the status of an account");
}

#[test]
fn a_reference_to_what_nobody_owns_is_not_served() {
    let loaded = whole();
    let ticket = covered("desk", &["account", "requester"], &[("account", &[], &[])]);
    let project = covered("plan", &["account"], &[]);
    let served = served(&loaded, &[("Ticket", ticket), ("Project", project)]);
    assert_eq!(served.why("Ticket.requester"), "no source provides Contact");
    assert_eq!(served.why("Viewer.contact"), "no source provides Contact");
    assert_eq!(served.why("Account.projects"), "`plan` does not list Project by `account`");
    assert_eq!(served.why("Contact"), "no source provides Contact");
    assert!(served.schema.get_object("Contact").is_none());
}

#[test]
fn a_field_of_records_with_several_owners_is_served_where_it_works_for_all_of_them() {
    let loaded = whole();
    let billing = covered("billing", &["account", "status", "kind", "issuedOn", "dueOn", "tax"], &[]);
    let erp = covered("erp", &["account", "kind", "issuedOn", "order", "number"], &[]);
    let order = covered("erp", &["number"], &[]);
    let one = served(&loaded, &[("Invoice", billing.clone()), ("Invoice", erp), ("Order", order)]);
    assert!(one.has("Invoice", "tax") && one.has("Invoice", "order"), "null on the other owner's records");
    assert_eq!(one.why("Invoice.status"), "`erp` does not map Invoice.status", "it is never null");
    assert_eq!(one.why("Invoice.overdue"), "`erp` does not map Invoice.dueOn", "it would be worked out wrongly");
    assert_eq!(one.why("Invoice.pdf"), "`erp` does not map Invoice.pdf");
    assert!(one.has("Query", "invoice"));
    let without_key = EntityCoverage { by_key: false, ..covered("erp", &["account", "status", "kind"], &[]) };
    let two = served(&loaded, &[("Invoice", billing), ("Invoice", without_key)]);
    assert!(two.has("Invoice", "status"));
    assert_eq!(two.why("Query.invoice"), "`erp` does not read Invoice by its key");
}

#[test]
fn a_list_over_several_sources_is_served_with_what_all_of_them_can_do_or_says_why_not() {
    let loaded = whole();
    let owner = |name| covered(name, &["account", "status", "kind"], &[("account", &["status"], &["issuedOn"])]);
    let mut coverage = coverage(&loaded.graph, &[("Invoice", owner("billing")), ("Invoice", owner("erp"))]);
    let invoice = loaded.graph.entity_id("Invoice").unwrap();
    let by = || (invoice, "account".to_owned());
    let can = ListCoverage { filter: vec!["status".to_owned()], sort: vec!["issuedOn".to_owned()], total: true };
    let both = vec!["billing".to_owned(), "erp".to_owned()];
    coverage.merged.insert(by(), Ok(MergedCoverage { owners: both, can }));
    let served = prune(&loaded, &coverage, Unprovided::Omit).unwrap();
    let sorts: Vec<_> = served.schema.get_enum("InvoiceSortField").unwrap().values.keys().collect();
    assert_eq!(sorts, ["ISSUED_ON"]);
    assert!(served.has("InvoiceConnection", "incomplete") && served.has("SourceGap", "types"));
    assert_eq!(served.why("InvoiceSortField.TOTAL"), "`billing` with `erp` does not sort Account.invoices by it");
    coverage.merged.insert(by(), Err("they cannot be merged".to_owned()));
    let served = prune(&loaded, &coverage, Unprovided::Omit).unwrap();
    assert_eq!(served.why("Account.invoices"), "they cannot be merged");
    assert!(served.has("Query", "invoice"));
}

#[test]
fn a_record_that_cannot_be_read_by_key_is_not_referred_to() {
    let loaded = whole();
    let order = EntityCoverage { by_key: false, ..covered("erp", &["account"], &[("account", &[], &[])]) };
    let invoice = covered("erp", &["order"], &[]);
    let served = served(&loaded, &[("Order", order), ("Invoice", invoice)]);
    assert_eq!(served.why("Invoice.order"), "`erp` does not read Order by its key");
    assert_eq!(served.why("Query.order"), "`erp` does not read Order by its key");
    assert!(served.has("Account", "orders"));
}

#[test]
fn filters_and_sorts_are_what_the_lists_that_share_them_can_all_do() {
    let loaded = whole();
    let ticket = covered(
        "desk",
        &["account", "requester", "status"],
        &[("account", &["status", "createdAt"], &["updatedAt", "createdAt"]), ("requester", &["status"], &[])],
    );
    let served = served(&loaded, &[("Ticket", ticket), ("Contact", covered("crm", &[], &[]))]);
    let filter: Vec<_> = served.schema.get_input_object("TicketFilter").unwrap().fields.keys().collect();
    // What is derived from the status can be filtered by where the status can.
    assert_eq!(filter, ["status", "open"]);
    assert_eq!(served.why("TicketFilter.createdAt"), "`desk` does not filter Contact.tickets by it");
    let sorts: Vec<_> = served.schema.get_enum("TicketSortField").unwrap().values.keys().collect();
    assert_eq!(sorts, ["CREATED_AT", "UPDATED_AT"]);
    assert_eq!(served.why("Contact.tickets(sort:)"), "`desk` does not sort this list");
    let arguments = &served.schema.get_object("Contact").unwrap().fields["tickets"].arguments;
    assert_eq!(arguments.iter().map(|of| of.name.as_str()).collect::<Vec<_>>(), ["first", "after", "filter"]);
}

#[test]
fn a_filter_on_a_derived_field_is_served_where_all_that_it_is_worked_out_from_can_be_filtered_by() {
    let loaded = whole();
    let invoice = |filter| covered("billing", &["account", "status", "dueOn"], &[("account", filter, &[])]);
    let served = |filter| served(&loaded, &[("Invoice", invoice(filter))]);
    let filters = |served: &Served| -> Vec<String> {
        served.schema.get_input_object("InvoiceFilter").unwrap().fields.keys().map(ToString::to_string).collect()
    };
    assert_eq!(filters(&served(&["status", "dueOn"])), ["status", "open", "overdue", "dueOn"]);
    let without = served(&["status"]);
    assert_eq!(filters(&without), ["status", "open"]);
    assert_eq!(
        without.why("InvoiceFilter.overdue"),
        "`billing` does not filter Account.invoices by `dueOn`, from which it is worked out"
    );
}

#[test]
fn a_figure_is_served_where_its_list_is_and_all_that_it_looks_at_is_told_with_it() {
    let loaded = whole();
    let mut invoice = covered("billing", &["account", "status"], &[("account", &[], &[])]);
    invoice.fields.insert("amountDue".to_owned(), "ledger".to_owned());
    let ticket = covered("desk", &["account", "subject"], &[("account", &["status"], &[])]);
    let order = covered("erp", &["account", "status", "expectedOn"], &[("account", &[], &[])]);
    let served = served(
        &loaded,
        &[("Invoice", invoice), ("Ticket", ticket), ("Order", order), ("Task", covered("pm", &[], &[]))],
    );
    let figures: Vec<_> = served.schema.get_object("AccountSummary").unwrap().fields.keys().collect();
    // That the list cannot be filtered by the status is the system's: here, figures are filtered all the same.
    assert_eq!(figures, ["openOrders", "nextDeliveryOn", "openInvoices"]);
    assert!(served.has("Account", "summary"));
    for (figure, why) in [
        ("outstanding", "`ledger` tells Invoice.amountDue, and not `billing`, which lists Invoice"),
        ("overdueInvoices", "`billing` does not map Invoice.dueOn"),
        ("openTickets", "`desk` does not map Ticket.status"),
        ("openTasks", "`pm` does not list Task by `account`"),
        ("openQuotes", "no source provides Quote"),
    ] {
        assert_eq!(served.why(&format!("AccountSummary.{figure}")), why);
    }
}

#[test]
fn a_value_object_without_a_figure_is_not_served() {
    let served = served(&whole(), &[("Account", covered("crm", &["name"], &[]))]);
    assert!(!served.has("Account", "summary"));
    assert_eq!(served.why("Account.summary"), "no source provides Quote");
}

#[test]
fn a_business_adds_figures_of_its_own() {
    let extension = r#"
        extend type Account { heldOrders: Int @aggregate(list: "orders", function: COUNT, filter: { status: [ON_HOLD] })
                              spending: Spending }
        type Spending { total: [Money!] @aggregate(list: "orders", function: SUM, field: "total")
                        dearest: Int @aggregate(list: "quotes", function: COUNT) }
        "#;
    let (loaded, report) = load(&[ours(), ("own.graphql".to_owned(), extension.to_owned())]);
    assert!(loaded.is_some(), "{:?}", report.sorted());
    let order = covered("erp", &["account", "status", "total"], &[("account", &[], &[])]);
    let served = served(&loaded.unwrap(), &[("Order", order)]);
    assert!(served.has("Account", "heldOrders") && served.has("Spending", "total") && served.has("Money", "amount"));
    assert_eq!(served.why("Spending.dearest"), "no source provides Quote");
}

#[test]
fn a_filter_of_a_path_may_be_told_either_way() {
    let loaded = whole();
    let order = covered("erp", &["account"], &[("account", &["approval.status", "placedOn"], &[])]);
    let served = served(&loaded, &[("Order", order)]);
    let filter: Vec<_> = served.schema.get_input_object("OrderFilter").unwrap().fields.keys().collect();
    assert_eq!(filter, ["approvalStatus", "placedOn"]);
}

#[test]
fn a_nullable_field_that_an_interface_asks_for_stays() {
    let loaded = whole();
    let message = covered("desk", &["sentAt", "author", "author.name", "author.side"], &[("ticket", &[], &[])]);
    let chat = covered("chat", &["sentAt"], &[("conversation", &[], &[])]);
    let one = served(&loaded, &[("TicketMessage", message.clone()), ("ConversationMessage", chat.clone())]);
    assert!(one.has("Message", "author") && one.has("ConversationMessage", "author"));
    assert!(!one.has("Message", "body") && !one.has("TicketMessage", "body"));
    let silent = covered("chat", &["author", "author.name", "author.side"], &[]);
    let two = served(&loaded, &[("TicketMessage", message), ("ConversationMessage", silent)]);
    assert!(two.has("TicketMessage", "sentAt") && !two.has("Message", "sentAt"));
}

#[test]
fn a_derived_field_is_served_where_all_that_it_uses_is_told() {
    let loaded = whole();
    let without_day = covered("erp", &["account", "status"], &[]);
    let one = served(&loaded, &[("Invoice", without_day)]);
    assert!(one.has("Invoice", "open"));
    assert_eq!(one.why("Invoice.overdue"), "`erp` does not map Invoice.dueOn");
    let two = served(&loaded, &[("Invoice", covered("erp", &["account", "status", "dueOn"], &[]))]);
    assert!(two.has("Invoice", "overdue"));
}

#[test]
fn what_is_guarded_is_not_served_before_the_guard_is_checked() {
    let extension = r#"
      extend type Invoice { bankAccount: String @stepUp }
      extend type Query { staffProducts(first: Int, after: String): ProductConnection @permission(name: "staff") }
    "#;
    let (loaded, _) = load(&[ours(), ("extension.graphql".to_owned(), extension.to_owned())]);
    let invoice = covered("erp", &["bankAccount"], &[]);
    let product = covered("erp", &["sku"], &[("all", &[], &[])]);
    let served = served(&loaded.unwrap(), &[("Invoice", invoice), ("Product", product)]);
    assert_eq!(served.why("Invoice.bankAccount"), "the gateway does not check what guards it yet");
    assert_eq!(served.why("Query.staffProducts"), "the gateway does not check what guards it yet");
    assert!(served.has("Query", "products"));
}

#[test]
fn only_what_is_for_everybody_is_listed_on_query() {
    let loaded = whole();
    let all: &[(&str, &[&str], &[&str])] = &[("all", &["search"], &["name"])];
    let product = covered("erp", &["sku", "name"], all);
    let served = served(&loaded, &[("Product", product), ("Account", covered("crm", &["name"], all))]);
    assert!(served.has("Query", "products") && served.has("Query", "product"));
    assert!(!served.has("Query", "accounts"));
    assert!(!served.has("Product", "price"));
}

#[test]
fn what_is_printed_is_the_schema_that_is_served() {
    let loaded = whole();
    let article = covered("help", &["title", "body", "updatedAt"], &[("all", &["search"], &["title"])]);
    let text = print(&served(&loaded, &[("Article", article)]));
    let again = Schema::parse_and_validate(text.as_str(), "served.graphql").unwrap();
    assert_eq!(again.to_string(), text);
    assert!(text.contains("Help articles, in the given language or the viewer's."));
    for internal in ["@entity", "@gateway", "@permission", "@constraint", "@computed", "@derived", "@perAccount"] {
        assert!(!text.contains(internal), "{internal} is for the gateway alone");
    }
}

#[test]
fn every_gateway_field_exists() {
    let loaded = whole();
    for coordinate in GATEWAY_FIELDS {
        let (of, field) = coordinate.split_once('.').unwrap();
        assert!(loaded.schema.type_field(of, field).is_ok(), "{coordinate}");
    }
}

/// The paths that a manifest could map of an entity.
fn paths(graph: &Graph, id: EntityId) -> Vec<String> {
    let mut found = Vec::new();
    for field in &graph.entity(id).unwrap().fields {
        push_paths(graph, (&field.name, &field.kind), &mut found);
    }
    found
}

fn push_paths(graph: &Graph, (path, kind): (&str, &FieldKind), found: &mut Vec<String>) {
    match kind {
        FieldKind::Reference(_) | FieldKind::References(_) => found.push(path.to_owned()),
        FieldKind::Stored(shape) => {
            found.push(path.to_owned());
            let of = match shape {
                Shape::List { of, .. } => of,
                other => other,
            };
            if let Shape::Object(id) = of {
                for field in &graph.value_type(*id).unwrap().fields {
                    push_paths(graph, (&format!("{path}.{}", field.name), &field.kind), found);
                }
            }
        }
        _ => {}
    }
}

/// The lists that an entity may be asked for, each with what it could be filtered and sorted by.
fn all_lists(loaded: &Loaded, id: EntityId) -> Vec<String> {
    let references = loaded.graph.entity(id).unwrap().fields.iter();
    let references = references.filter(|field| matches!(field.kind, FieldKind::Reference(_)));
    references.map(|field| field.name.to_string()).chain(["all".to_owned()]).collect()
}

fn members(loaded: &Loaded, id: EntityId) -> Vec<String> {
    let name = &loaded.graph.entity(id).unwrap().name;
    let filter = loaded.schema.get_input_object(&format!("{name}Filter"));
    filter.map(|filter| filter.fields.keys().map(ToString::to_string).collect()).unwrap_or_default()
}

fn sorts(loaded: &Loaded, id: EntityId) -> Vec<String> {
    let name = &loaded.graph.entity(id).unwrap().name;
    let values = loaded.schema.get_enum(&format!("{name}SortField"));
    values.map(|of| of.values.keys().map(|value| crate::graph::names::camel(value)).collect()).unwrap_or_default()
}

pub(super) fn some<T: Clone + std::fmt::Debug + 'static>(of: Vec<T>) -> impl Strategy<Value = Vec<T>> {
    let len = of.len();
    subsequence(of, 0..=len)
}

fn any_list(loaded: &Loaded, id: EntityId) -> impl Strategy<Value = ListCoverage> + use<> {
    (some(members(loaded, id)), some(sorts(loaded, id)), any::<bool>()).prop_map(|(filter, sort, total)| ListCoverage {
        filter,
        sort,
        total,
    })
}

fn any_entity(loaded: &Loaded, id: EntityId) -> impl Strategy<Value = EntityCoverage> + use<> {
    let lists = all_lists(loaded, id);
    let abilities = proptest::collection::vec(any_list(loaded, id), lists.len());
    let fields = (some(paths(&loaded.graph, id)), some(lists), abilities);
    (fields, any::<bool>(), any_writes(loaded, id)).prop_map(|((fields, lists, can), by_key, writes)| EntityCoverage {
        owner: "erp".to_owned(),
        fields: fields.into_iter().map(|field| (field, "erp".to_owned())).collect(),
        lists: lists.into_iter().zip(can).collect(),
        by_key,
        writes,
    })
}

fn any_coverage(loaded: &Loaded) -> impl Strategy<Value = Coverage> + use<> {
    let ids: Vec<EntityId> = (0..loaded.graph.entities.len()).map(|at| EntityId(u16::try_from(at).unwrap())).collect();
    let owners = |id: &EntityId| proptest::collection::vec(any_entity(loaded, *id), 1..3);
    let each: Vec<_> = ids.iter().map(|id| proptest::option::weighted(0.7, owners(id))).collect();
    each.prop_map(move |covered| {
        let entities: BTreeMap<_, _> =
            ids.iter().copied().zip(covered).filter_map(|(id, covered)| Some((id, covered?))).collect();
        let several = entities.iter().filter(|(_, owners): &(_, &Vec<_>)| owners.len() > 1);
        let lists = several.flat_map(|(id, owners)| owners[0].lists.iter().map(|(by, can)| (*id, by.clone(), can)));
        let both = || vec!["erp".to_owned(), "billing".to_owned()];
        let merged = lists.map(|(id, by, can)| ((id, by), Ok(MergedCoverage { owners: both(), can: can.clone() })));
        let merged = merged.collect();
        Coverage { entities, merged }
    })
}

#[test]
fn what_no_source_provides_can_be_served_as_null() {
    let loaded = whole();
    let order = covered("erp", &["account", "number"], &[("account", &[], &[])]);
    let coverage = coverage(&loaded.graph, &[("Order", order)]);
    let served = prune(&loaded, &coverage, Unprovided::Null).unwrap();
    for (of, field) in [
        ("Account", "projects"),
        ("Query", "project"),
        ("Query", "articles"),
        ("Viewer", "contact"),
        ("Project", "milestones"),
        ("Project", "tasks"),
        ("Milestone", "name"),
        ("Contact", "email"),
    ] {
        assert!(served.has(of, field), "{of}.{field} is not served");
    }
    let projects = served.schema.type_field("Account", "projects").unwrap();
    assert_eq!(projects.argument_by_name("filter").unwrap().ty.to_string(), "ProjectFilter");
    assert!(!projects.directives.has("semanticNonNull"), "it is null without an error");
    let why = |at: &str| served.absent.iter().find(|(known, _)| known == at).map(|(_, why)| why.as_str());
    assert_eq!(why("Account.projects"), Some("no source provides Project"));
    assert_eq!(why("Account.orders"), None, "it is provided");
    assert!(!served.has("Order", "total"), "a field that the owner does not map leads to no entity");
    assert!(served.schema.get_object("Mutation").is_none(), "nothing is written into the void");
}

#[test]
fn whatever_is_provided_the_served_schema_is_valid() {
    let loaded = whole();
    let strategy = any_coverage(&loaded);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { cases: 48, ..ProptestConfig::default() });
    let outcome = runner.run(&strategy, |coverage| {
        let pruned =
            |unprovided| prune(&loaded, &coverage, unprovided).map_err(|error| TestCaseError::fail(error.to_string()));
        let served = pruned(Unprovided::Omit)?;
        let more = pruned(Unprovided::Null)?;
        let changes = compare(("less.graphql", &print(&served)), &more);
        prop_assert!(!changes.report.has_errors(), "{:?}", changes.report);
        prop_assert_eq!(Schema::parse_and_validate(print(&more), "more.graphql").is_ok(), true);
        for (coordinate, why) in &more.absent {
            let (of, field) = coordinate.split_once('.').unwrap();
            let field = more.schema.type_field(of, field).unwrap();
            prop_assert!(!field.ty.is_non_null() && !field.directives.has("semanticNonNull"), "{}", coordinate);
            prop_assert!(!why.is_empty() && !served.has(of, &field.name), "{}", coordinate);
        }
        for (coordinate, _) in &served.unserved {
            if let Some((of, field)) = coordinate.split_once('.') {
                prop_assert!(!served.has(of, field), "{coordinate} is served and said not to be");
            } else {
                prop_assert!(!served.schema.types.contains_key(coordinate.as_str()), "{coordinate}");
            }
        }
        for (at, entity) in loaded.graph.entities.iter().enumerate() {
            let id = EntityId(u16::try_from(at).unwrap());
            let is_there = served.schema.get_object(&entity.name).is_some();
            prop_assert_eq!(is_there, id == loaded.graph.hub || coverage.entities.contains_key(&id));
        }
        prop_assert_eq!(Schema::parse_and_validate(print(&served), "served.graphql").is_ok(), true);
        Ok(())
    });
    outcome.unwrap();
}

/// An entity with its date, listed by the account.
fn dated(owner: &str, fields: &[&str]) -> EntityCoverage {
    covered(owner, &[&["account", "status"], fields].concat(), &[("account", &[], &[])])
}

#[test]
fn a_merged_field_takes_in_the_lists_that_are_served_and_says_why_the_others_are_not() {
    let loaded = whole();
    let mut invoice = dated("billing", &[]);
    invoice.fields.insert("issuedOn".to_owned(), "ledger".to_owned());
    let ticket = covered("desk", &["account", "status", "updatedAt"], &[]);
    let served = served(
        &loaded,
        &[
            ("Order", dated("erp", &["placedOn"])),
            ("Shipment", dated("erp", &[])),
            ("Invoice", invoice),
            ("Ticket", ticket),
        ],
    );
    for (of, field) in [
        ("Account", "timeline"),
        ("TimelineConnection", "incomplete"),
        ("TimelineEdge", "cursor"),
        ("TimelineEntry", "record"),
        ("TimelineEntry", "statusLabel"),
    ] {
        assert!(served.has(of, field), "{of}.{field}");
    }
    let why = |list: &str| served.why(&format!("Account.timeline(lists: {list})")).to_owned();
    assert_eq!(why("orders"), "(served, or not told)");
    assert_eq!(why("shipments"), "`erp` does not map Shipment.shippedAt");
    assert_eq!(why("invoices"), "`ledger` tells Invoice.issuedOn, and not `billing`, which lists Invoice");
    assert_eq!(why("payments"), "no source provides Payment");
    assert_eq!(why("tickets"), "`desk` does not list Ticket by `account`");
    let mut graph = loaded.graph;
    graph.leave_out(&served.left_out);
    let account = graph.entity(graph.hub).unwrap();
    let timeline = account.field(account.field_id("timeline").unwrap()).unwrap();
    let FieldKind::OverLists(merge) = &timeline.kind else { panic!("it merges lists") };
    assert_eq!(merge.lists.iter().map(|list| &*list.list).collect::<Vec<_>>(), ["orders"]);
}

#[test]
fn a_list_is_merged_where_who_lists_tells_what_its_filter_looks_at() {
    let loaded = whole();
    // `open` of a quote is worked out from its status; an order's approval is a value of it.
    let with = served(&loaded, &[("Quote", dated("erp", &["issuedOn"])), ("Order", dated("erp", &["placedOn"]))]);
    assert!(with.has("Account", "actionItems") && with.has("ActionItem", "dueOn"));
    assert_eq!(
        with.why("Account.actionItems(lists: orders)"),
        "`approvalStatus` is no field of Order that a system tells"
    );
    let quote = covered("erp", &["account", "issuedOn"], &[("account", &[], &[])]);
    let without = served(&loaded, &[("Quote", quote)]);
    assert!(!without.has("Account", "actionItems"));
    let why = without.why("Account.actionItems");
    assert!(why.starts_with("none of its lists is served: no source provides Task; "), "{why}");
    assert!(why.ends_with("`erp` does not map Quote.status"), "{why}");
    assert!(without.schema.get_object("ActionItem").is_none());
}
