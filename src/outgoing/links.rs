//! Links to files, which a mail cannot have: they open for whoever asked for them and is signed in, and for minutes only.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Selection, SelectionSet};

/// The fields that are such a link, or are about one.
const LINKS: [(&str, &str); 3] = [("File", "url"), ("File", "previewUrl"), ("File", "expiresAt")];

/// The first of them that a query asks for, such as `File.url`.
pub(super) fn asked(document: &ExecutableDocument) -> Option<String> {
    let operations = document.operations.iter().map(|operation| &operation.selection_set);
    let fragments = document.fragments.values().map(|fragment| &fragment.selection_set);
    operations.chain(fragments).find_map(within)
}

fn within(of: &SelectionSet) -> Option<String> {
    of.selections.iter().find_map(|selection| match selection {
        Selection::Field(field) => {
            let (of, name) = (of.ty.as_str(), field.name.as_str());
            let is_link = LINKS.contains(&(of, name));
            if is_link { Some(format!("{of}.{name}")) } else { within(&field.selection_set) }
        }
        Selection::InlineFragment(inline) => within(&inline.selection_set),
        // It is looked at where it is defined.
        Selection::FragmentSpread(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use apollo_compiler::Schema;

    use super::*;

    const SCHEMA: &str = "interface Node { id: ID! }
        type Query { node(id: ID!): Node }
        type Letter implements Node { id: ID!  url: String  file: File }
        type File { name: String!  url: String!  previewUrl: String }";

    fn of(query: &str) -> Option<String> {
        let schema = Schema::parse_and_validate(SCHEMA, "schema.graphql").unwrap();
        asked(&ExecutableDocument::parse_and_validate(&schema, query, "q.graphql").unwrap())
    }

    #[test]
    fn a_link_is_found_wherever_it_stands_and_by_whatever_name_and_nothing_else_is() {
        let direct = "query($id: ID!) { record: node(id: $id) { ... on Letter { file { name link: url } } } }";
        assert_eq!(of(direct).as_deref(), Some("File.url"));
        let spread = "query($id: ID!) { record: node(id: $id) { ...letter } }
            fragment letter on Letter { file { ...shown } }  fragment shown on File { previewUrl }";
        assert_eq!(of(spread).as_deref(), Some("File.previewUrl"));
        let none = "query($id: ID!) { record: node(id: $id) { ... on Letter { url file { url: name } } } }";
        assert_eq!(of(none), None);
    }
}
