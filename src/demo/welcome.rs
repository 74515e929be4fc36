//! What the demo says when it is ready: what to open, whom to be, a query to paste.

use vestibule_sandbox::people;

use super::Demo;

/// A dashboard over four systems.
const QUERY: &str = "{ viewer { name account { name \
    orders(first: 3) { nodes { number status lines { quantity product { name } } } } \
    invoices(first: 3) { nodes { number status total { amount currency } } } \
    tickets(first: 3) { nodes { subject status } } } } }";

pub(super) fn lines(demo: &Demo) -> Vec<String> {
    let gateway = format!("http://{}", demo.address);
    let control = format!("http://{}", demo.business.control);
    let documents = demo.business.documents.path().join("accounts");
    let mut lines = vec![
        String::new(),
        format!("  Open      {gateway}/           a portal to play with: what changes arrives, what you break shows"),
        format!(
            "  Graph     {gateway}/graphql    GraphiQL is at {gateway}/graphiql, one query at {gateway}/demo/query"
        ),
        format!("  Systems   {control}/calls      how often each was asked; POST {control}/faults breaks one"),
        format!("  Mail      {control}/mails      what people were sent: nothing leaves this machine"),
        format!(
            "  Files     {}/<account>/      the customers' documents: a file put there arrives",
            documents.display()
        ),
        String::new(),
        "  Be one of".to_owned(),
    ];
    let people = people();
    lines.extend(people.iter().map(|person| format!("    {:<36} {}, {}", person.email, person.name, person.account)));
    if let Some(person) = people.first() {
        let query = QUERY.split_whitespace().collect::<Vec<_>>().join(" ");
        lines.extend([
            String::new(),
            "  Paste".to_owned(),
            format!("    TOKEN=$(curl -s '{gateway}/demo/token?as={}')", person.email),
            format!("    curl -s {gateway}/graphql -H \"authorization: Bearer $TOKEN\" \\"),
            format!("      -H 'content-type: application/json' -d '{{\"query\":\"{query}\"}}'"),
        ]);
    }
    lines.push(String::new());
    lines
}
