//! What is not entities in JSON: service documents, `$metadata`, and the Atom that careless clients get.

use serde_json::json;

use super::answer::{Answer, Form, escape};
use super::schema::{Set, sets};

const XML: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";
const ATOM: &str = "application/atom+xml;charset=utf-8";

/// The service document.
pub(super) fn root(root: &str, service: &str, form: Form) -> Answer {
    let names: Vec<&str> = sets(service).map(|set| set.name).collect();
    if form == Form::Json {
        let body = json!({ "d": { "EntitySets": names } });
        return Answer::ok("application/json;charset=utf-8", body.to_string());
    }
    let collections: String = names
        .iter()
        .map(|name| format!("<app:collection href=\"{name}\"><atom:title>{name}</atom:title></app:collection>"))
        .collect();
    let body = format!(
        "{XML}<app:service xmlns:app=\"http://www.w3.org/2007/app\" xmlns:atom=\"http://www.w3.org/2005/Atom\" \
         xml:base=\"{root}/{service}/\"><app:workspace><atom:title>Data</atom:title>{collections}\
         </app:workspace></app:service>"
    );
    Answer::ok("application/atomsvc+xml;charset=utf-8", body)
}

/// An Atom feed with addresses only: enough for a client that forgot `Accept` to notice.
pub(super) fn feed(name: &str, addresses: impl Iterator<Item = String>) -> Answer {
    let entries: String = addresses.map(|address| format!("<entry><id>{}</id></entry>", escape(&address))).collect();
    let body =
        format!("{XML}<feed xmlns=\"http://www.w3.org/2005/Atom\"><title type=\"text\">{name}</title>{entries}</feed>");
    Answer::ok(ATOM, body)
}

/// An Atom entry with its address only.
pub(super) fn entry(address: &str) -> Answer {
    let id = escape(address);
    Answer::ok(ATOM, format!("{XML}<entry xmlns=\"http://www.w3.org/2005/Atom\"><id>{id}</id></entry>"))
}

/// The service's entity types and sets as EDMX.
pub(super) fn edmx(service: &str) -> Answer {
    let types: String = sets(service).map(entity_type).collect();
    let associations: String = sets(service).map(associations).collect();
    let names: String = sets(service)
        .map(|set| format!("<EntitySet Name=\"{}\" EntityType=\"{service}.{}\"/>", set.name, set.kind))
        .collect();
    let body = format!(
        "{XML}<edmx:Edmx Version=\"1.0\" xmlns:edmx=\"http://schemas.microsoft.com/ado/2007/06/edmx\">\
         <edmx:DataServices m:DataServiceVersion=\"2.0\" \
         xmlns:m=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\">\
         <Schema Namespace=\"{service}\" xmlns=\"http://schemas.microsoft.com/ado/2008/09/edm\">{types}{associations}\
         <EntityContainer Name=\"{service}_Entities\" m:IsDefaultEntityContainer=\"true\">{names}</EntityContainer>\
         </Schema></edmx:DataServices></edmx:Edmx>"
    );
    Answer::ok("application/xml;charset=utf-8", body)
}

fn entity_type(set: &Set) -> String {
    let key: String = set.key.iter().map(|name| format!("<PropertyRef Name=\"{name}\"/>")).collect();
    let property = |(name, edm): &(&str, super::value::Edm)| {
        let nullable = if set.key.contains(name) { " Nullable=\"false\"" } else { "" };
        let fixed = if set.etag == Some(name) { " ConcurrencyMode=\"Fixed\"" } else { "" };
        format!("<Property Name=\"{name}\" Type=\"{}\"{nullable}{fixed}/>", edm.name())
    };
    let properties: String = set.properties.iter().map(property).collect();
    let navigations: String = set
        .navigations
        .iter()
        .map(|navigation| {
            format!(
                "<NavigationProperty Name=\"{0}\" Relationship=\"{1}.{2}_{0}\" FromRole=\"From\" ToRole=\"To\"/>",
                navigation.name, set.service, set.name
            )
        })
        .collect();
    format!("<EntityType Name=\"{}\"><Key>{key}</Key>{properties}{navigations}</EntityType>", set.kind)
}

fn associations(own: &Set) -> String {
    let one = |navigation: &super::schema::Navigation| {
        let to = if navigation.many { "*" } else { "0..1" };
        format!(
            "<Association Name=\"{0}_{1}\"><End Role=\"From\" Type=\"{2}.{3}\" Multiplicity=\"1\"/>\
             <End Role=\"To\" Type=\"{2}.{4}Type\" Multiplicity=\"{to}\"/></Association>",
            own.name, navigation.name, own.service, own.kind, navigation.target
        )
    };
    own.navigations.iter().map(one).collect()
}
