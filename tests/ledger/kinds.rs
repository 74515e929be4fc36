//! The kinds of writes: each with an input that bears a mark, by which its effects are counted in the ledger.

use serde_json::{Value, json};

use crate::world::World;

/// A kind of write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    UpdateViewer,
    UpdateAccount,
    UpdateContact,
    InviteContact,
    RegisterDeal,
    PlaceOrder,
    ChangeSubscription,
    CreateTicket,
    ReplyToTicket,
    CloseTicket,
}

/// What stands there before, for inputs that name it.
#[derive(Debug)]
pub struct Names {
    contact: Value,
    product: Value,
    ticket: Value,
    subscription: Value,
    item: Value,
}

impl Kind {
    pub const ALL: [Self; 10] = [
        Self::UpdateViewer,
        Self::UpdateAccount,
        Self::UpdateContact,
        Self::InviteContact,
        Self::RegisterDeal,
        Self::PlaceOrder,
        Self::ChangeSubscription,
        Self::CreateTicket,
        Self::ReplyToTicket,
        Self::CloseTicket,
    ];

    /// The mutation's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UpdateViewer => "updateViewer",
            Self::UpdateAccount => "updateAccount",
            Self::UpdateContact => "updateContact",
            Self::InviteContact => "inviteContact",
            Self::RegisterDeal => "registerDeal",
            Self::PlaceOrder => "placeOrder",
            Self::ChangeSubscription => "changeSubscription",
            Self::CreateTicket => "createTicket",
            Self::ReplyToTicket => "replyToTicket",
            Self::CloseTicket => "closeTicket",
        }
    }

    /// Whether doing it twice is the same as doing it once: then the same mark may stand in the ledger twice.
    pub const fn is_natural(self) -> bool {
        matches!(self, Self::UpdateViewer | Self::UpdateAccount | Self::UpdateContact)
    }

    pub fn document(self) -> String {
        let name = self.name();
        let capital = name[..1].to_uppercase() + &name[1..];
        format!("mutation($input: {capital}Input!) {{ {name}(input: $input) {{ userErrors {{ code }} }} }}")
    }

    /// Whether its input has a place for a mark; what has none is counted by the key that its system is told.
    pub const fn is_marked(self) -> bool {
        !matches!(self, Self::ChangeSubscription)
    }

    /// An input with the mark in a field of the person's own.
    pub fn input(self, names: &Names, (mark, number): (&str, u64)) -> Value {
        match self {
            Self::UpdateViewer => json!({ "jobTitle": mark }),
            Self::UpdateAccount => {
                json!({ "billingAddress": { "lines": [mark], "city": "Delft", "country": "NL" } })
            }
            Self::UpdateContact => json!({ "id": names.contact, "jobTitle": mark }),
            Self::ChangeSubscription => json!({
                "id": names.subscription,
                "items": [{ "key": names.item, "quantity": number.to_string() }],
            }),
            Self::InviteContact => json!({ "email": format!("{mark}@example.com"), "lastName": "Ledger" }),
            Self::RegisterDeal => json!({ "name": mark, "customerName": "Ledger" }),
            Self::PlaceOrder => json!({
                "lines": [{ "productId": names.product, "quantity": "1" }], "customerReference": mark,
            }),
            Self::CreateTicket => json!({ "subject": mark, "body": "Ledger" }),
            Self::ReplyToTicket => json!({ "ticketId": names.ticket, "body": mark }),
            Self::CloseTicket => json!({ "id": names.ticket, "comment": mark }),
        }
    }
}

impl Names {
    pub async fn read(world: &World) -> Self {
        let query = "{ viewer { contact { id } account {
            subscriptions(first: 1) { nodes { id items { key } } } tickets(first: 20) { nodes { id } } } }
            products(first: 1) { nodes { id } } }";
        let answer = world.send(query, serde_json::Map::new()).await;
        let at = |pointer: &str| match answer.pointer(pointer) {
            Some(value) if value.is_string() => value.clone(),
            _ => panic!("nothing at {pointer}: {answer}"),
        };
        Self {
            contact: at("/data/viewer/contact/id"),
            product: at("/data/products/nodes/0/id"),
            ticket: at("/data/viewer/account/tickets/nodes/0/id"),
            subscription: at("/data/viewer/account/subscriptions/nodes/0/id"),
            item: at("/data/viewer/account/subscriptions/nodes/0/items/0/key"),
        }
    }
}
