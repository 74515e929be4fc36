//! What the gateway itself answers today.

/// The fields that the gateway answers from the caller, the configuration or the read itself, as `Type.field`.
///
/// A gateway field that is not in it is not served. Beside these it answers: fields of `Query` that read an entity by its
/// id, lists on `Query` of entities that are for everybody, `id` and `version` of every record, `@derived` fields, and
/// the pages of lists.
pub const GATEWAY_FIELDS: &[&str] = &[
    "Query.viewer",
    "Query.node",
    "Query.nodes",
    "Viewer.kind",
    "Viewer.name",
    "Viewer.email",
    "Viewer.contact",
    "Viewer.account",
    "Viewer.memberships",
    "Viewer.permissions",
    "Viewer.locale",
    "Viewer.timeZone",
    "Viewer.multiFactor",
    "Viewer.authenticatedAt",
    "Viewer.actor",
    "Membership.accountId",
    "Membership.account",
    "Membership.roles",
    "Membership.current",
    "Provenance.source",
    "Provenance.fetchedAt",
    "Provenance.stale",
    "SourceGap.source",
    "SourceGap.types",
    "SourceGap.code",
    "Provenance.system",
    "Provenance.key",
    "Provenance.url",
    "Subscription.changed",
    "Change.kind",
    "Change.cursor",
    "Change.at",
    "Change.id",
    "Change.type",
    "Change.record",
    "File.url",
    "File.previewUrl",
    "File.expiresAt",
    "UserError.code",
    "UserError.message",
    "UserError.path",
];

/// Directives that clients have a use for; all others are for the gateway.
pub(super) const CLIENT_DIRECTIVES: &[&str] = &["semanticNonNull", "deprecated", "specifiedBy", "oneOf", "live"];

/// Whether the gateway answers that field.
pub(super) fn answers(of: &str, field: &str) -> bool {
    GATEWAY_FIELDS.iter().any(|known| known.split_once('.') == Some((of, field)))
}
