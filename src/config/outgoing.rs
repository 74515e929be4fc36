//! What is sent out when records change: signed webhooks, and mail.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Lasting, SecretRef, ValueRef};

/// What is sent out when records change.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct OutgoingConfig {
    /// Where signed webhooks (Standard Webhooks) are sent.
    #[serde(default)]
    pub webhooks: Vec<EndpointConfig>,
    /// How mail is sent.
    #[serde(default)]
    pub mail: Option<MailConfig>,
    /// Which changes people are told of by mail.
    #[serde(default)]
    pub notifications: Vec<NotificationConfig>,
}

/// One address that signed webhooks are sent to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct EndpointConfig {
    /// Its name, for logs and figures.
    pub name: String,
    /// The address: https, unless `plainHttp` says otherwise.
    pub url: String,
    /// What it is signed with: `whsec_` and 24 to 64 random bytes in base64. With several, each delivery carries the signature of
    /// each: put the new one beside the old one until the receiver knows it.
    #[schemars(length(min = 1, max = 4))]
    pub secrets: Vec<SecretRef>,
    /// Which changes of which entities it is told of.
    pub events: IndexMap<String, Vec<ChangeName>>,
    /// How long one attempt may take.
    #[serde(default = "default_timeout")]
    pub timeout: Lasting,
    /// After how long without a single success nothing is sent there any more, until the gateway is started again.
    #[serde(default = "default_disable_after")]
    pub disable_after: Lasting,
    /// How many deliveries may wait; what comes beyond is lost, and counted.
    #[serde(default = "default_queue")]
    #[schemars(range(min = 1, max = 100_000))]
    pub queue: usize,
    /// Addresses that are not public and yet allowed (CIDR), such as `10.20.0.0/16` for a receiver in your own network.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub private_networks: Vec<ipnet::IpNet>,
    /// Whether plain HTTP is allowed; only to `privateNetworks`.
    #[serde(default)]
    pub plain_http: bool,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChangeName {
    /// It is new.
    Created,
    /// Something of it is different.
    Updated,
    /// It is gone.
    Deleted,
}

/// How mail is sent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct MailConfig {
    /// The server that takes it.
    pub smtp: SmtpConfig,
    /// Whom it comes from: `Portal <portal@example.com>`.
    pub from: String,
    /// A folder with the templates, relative to this file: `<template>.<language>.subject`, `.txt`, and `.html` if there is one.
    pub templates: String,
    /// The languages that every template is there in. A person whose own is not among them reads the tenant's `locale`, or else
    /// the first of these.
    pub languages: Vec<String>,
    /// How many notices may wait; what comes beyond is lost, and counted.
    #[serde(default = "default_queue")]
    #[schemars(range(min = 1, max = 100_000))]
    pub queue: usize,
}

/// The server that takes mail.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SmtpConfig {
    /// Its name.
    pub host: ValueRef,
    /// Its port: mostly 587, or 465 with `tls: implicit`.
    #[serde(default = "default_port")]
    pub port: ValueRef,
    /// Who signs in there, where anybody has to.
    #[serde(default)]
    pub user: Option<SecretRef>,
    /// The password.
    #[serde(default)]
    pub password: Option<SecretRef>,
    /// How the connection is encrypted.
    #[serde(default)]
    pub tls: SmtpTls,
}

/// How a connection to a mail server is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SmtpTls {
    /// By STARTTLS, and not without it.
    #[default]
    Required,
    /// From the first byte on.
    Implicit,
    /// Not at all: for a server on this machine, or in your own network.
    Plain,
}

/// A rule: which change tells whom, by which mail.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NotificationConfig {
    /// Its name, for logs and figures.
    pub name: String,
    /// Which changes.
    pub on: OccasionConfig,
    /// A condition in CEL over the answer to the query (`record`, and whatever else it asks for) and `change` (`kind`, `at`,
    /// `since`). Without one, an update is told only where it is known that this person sees a difference.
    #[serde(default)]
    pub when: Option<String>,
    /// Who is told.
    pub to: RecipientsConfig,
    /// A file with a GraphQL query, relative to this file, with the variable `$id: ID!`; the record is its root field `record`. It is
    /// run as each recipient.
    pub query: String,
    /// The template's name.
    pub template: String,
    /// How much time lies at least between two mails of this rule about one record to one person.
    #[serde(default = "default_window")]
    pub window: Lasting,
}

/// Which changes a rule is for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct OccasionConfig {
    /// Of which entity.
    pub entity: String,
    /// Which kinds of them. What is gone is nobody's to see, and told by no mail.
    pub kinds: Vec<OccasionKind>,
}

/// What became of a record that people are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OccasionKind {
    /// It is new.
    Created,
    /// Something of it is different.
    Updated,
}

/// Who is told. Whoever it is gets what they may see, and nothing else.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub enum RecipientsConfig {
    /// The person that this field of the record leads to, such as `requester`; `id`, where the record is the person.
    Field(String),
    /// Everybody of the record's account with this permission there.
    Permission(String),
    /// Everybody of the record's account with this role there.
    Role(String),
}

fn default_timeout() -> Lasting {
    Lasting::seconds(15)
}

fn default_disable_after() -> Lasting {
    Lasting::seconds(5 * 24 * 3600)
}

fn default_queue() -> usize {
    1_000
}

fn default_port() -> ValueRef {
    ValueRef::Number(587)
}

fn default_window() -> Lasting {
    Lasting::seconds(300)
}
