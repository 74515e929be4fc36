//! The kinds of writes: each with an input that bears a mark, by which its effects are found in the ledger.

use serde_json::{Map, Value, json};
use vestibule::execute::Upload;
use vestibule::spool::FileKind;

use crate::fields::Field;
use crate::world::{ACCOUNT, World};

/// A kind of write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    UpdateViewer,
    UpdateAccount,
    UpdateContact,
    InviteContact,
    RegisterDeal,
    UpdateDeal,
    PlaceOrder,
    Reorder,
    CancelOrder,
    ChangeSubscription,
    CancelSubscription,
    ResumeSubscription,
    OpenBillingPortal,
    CreateTicket,
    CreateTicketWithFile,
    ReplyToTicket,
    ReplyToTicketWithFile,
    CloseTicket,
    UploadDocument,
    ReplaceDocument,
}

/// A write that a client wants done.
pub struct Wanted {
    pub kind: Kind,
    pub variables: Map<String, Value>,
    pub files: Vec<Upload>,
    /// What its effect is found by in the ledger.
    pub trace: String,
    /// The field that it sets, where other writes set the same one, or where the same write may be sent again and again.
    pub field: Option<Field>,
}

/// What stands there before, for inputs that name it.
#[derive(Debug)]
pub struct Names {
    contact: Value,
    product: Value,
    order: Value,
    ticket: Value,
    deal: Value,
    document: Value,
    /// The keys of contact and deal in the CRM.
    keys: (u64, u64),
}

impl Kind {
    pub const ALL: [Self; 20] = [
        Self::UpdateViewer,
        Self::UpdateAccount,
        Self::UpdateContact,
        Self::InviteContact,
        Self::RegisterDeal,
        Self::UpdateDeal,
        Self::PlaceOrder,
        Self::Reorder,
        Self::CancelOrder,
        Self::ChangeSubscription,
        Self::CancelSubscription,
        Self::ResumeSubscription,
        Self::OpenBillingPortal,
        Self::CreateTicket,
        Self::CreateTicketWithFile,
        Self::ReplyToTicket,
        Self::ReplyToTicketWithFile,
        Self::CloseTicket,
        Self::UploadDocument,
        Self::ReplaceDocument,
    ];

    /// The mutation's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UpdateViewer => "updateViewer",
            Self::UpdateAccount => "updateAccount",
            Self::UpdateContact => "updateContact",
            Self::InviteContact => "inviteContact",
            Self::RegisterDeal => "registerDeal",
            Self::UpdateDeal => "updateDeal",
            Self::PlaceOrder => "placeOrder",
            Self::Reorder => "reorder",
            Self::CancelOrder => "cancelOrder",
            Self::ChangeSubscription => "changeSubscription",
            Self::CancelSubscription => "cancelSubscription",
            Self::ResumeSubscription => "resumeSubscription",
            Self::OpenBillingPortal => "openBillingPortal",
            Self::CreateTicket | Self::CreateTicketWithFile => "createTicket",
            Self::ReplyToTicket | Self::ReplyToTicketWithFile => "replyToTicket",
            Self::CloseTicket => "closeTicket",
            Self::UploadDocument => "uploadDocument",
            Self::ReplaceDocument => "replaceDocument",
        }
    }

    /// What it is called in the table.
    pub fn title(self) -> String {
        if self.attaches() { format!("{} with a file", self.name()) } else { self.name().to_owned() }
    }

    /// The records that one effect makes, as the ledger calls them.
    pub const fn makes(self) -> &'static [&'static str] {
        match self {
            Self::InviteContact => &["contact"],
            Self::RegisterDeal => &["deal"],
            Self::PlaceOrder | Self::Reorder => &["A_SalesOrder"],
            Self::OpenBillingPortal => &["billing_portal.session"],
            Self::CreateTicket | Self::CreateTicketWithFile => &["ticket", "comment"],
            Self::ReplyToTicket | Self::ReplyToTicketWithFile | Self::CloseTicket => &["comment"],
            _ => &[],
        }
    }

    /// What it may change of a record that is there, and which; all else of it stays as it is.
    pub const fn changes(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::UpdateViewer | Self::UpdateContact => ("contact", &["jobtitle"]),
            Self::UpdateAccount => ("company", &["address", "address2", "zip", "city", "state", "country"]),
            Self::UpdateDeal => ("deal", &["amount"]),
            Self::CancelOrder => ("A_SalesOrder", &["rejection", "reasons"]),
            Self::ChangeSubscription => ("subscription", &["quantity"]),
            Self::CancelSubscription | Self::ResumeSubscription => {
                ("subscription", &["cancel_at_period_end", "canceled_at"])
            }
            Self::ReplyToTicket | Self::ReplyToTicketWithFile | Self::CloseTicket => ("ticket", &["status", "updates"]),
            _ => ("", &[]),
        }
    }

    /// Whether a file comes with it that has to be with its effect, once.
    pub const fn attaches(self) -> bool {
        matches!(self, Self::CreateTicketWithFile | Self::ReplyToTicketWithFile)
    }

    pub fn document(self) -> String {
        let name = self.name();
        let capital = name[..1].to_uppercase() + &name[1..];
        format!("mutation($input: {capital}Input!) {{ {name}(input: $input) {{ userErrors {{ code }} }} }}")
    }

    /// A write of this kind, with the mark in a field of the person's own, or on something that was made for it.
    pub fn wanted(self, (world, names): (&World, &Names), mark: &str, number: u64) -> Wanted {
        let (contact, deal) = names.keys;
        let mut trace = mark.to_owned();
        let mut input = match self {
            Self::UpdateViewer => json!({ "jobTitle": mark }),
            Self::UpdateAccount => {
                json!({ "billingAddress": { "lines": [mark], "city": "Delft", "country": "NL" } })
            }
            Self::UpdateContact => json!({ "id": names.contact, "jobTitle": mark }),
            Self::InviteContact => json!({ "email": format!("{mark}@example.com"), "lastName": "Ledger" }),
            Self::RegisterDeal => json!({ "name": mark, "customerName": "Ledger" }),
            Self::UpdateDeal => {
                trace = format!("{number}.25");
                json!({ "id": names.deal, "amount": { "amount": trace, "currency": "EUR" } })
            }
            Self::PlaceOrder => json!({
                "lines": [{ "productId": names.product, "quantity": "1" }], "customerReference": mark,
            }),
            Self::Reorder => json!({ "orderId": names.order, "customerReference": mark }),
            Self::CancelOrder => {
                trace = (4_000_000_000 + number).to_string();
                json!({ "id": world.order(&trace) })
            }
            Self::ChangeSubscription => {
                // More than the subscription has.
                let items = json!([{ "key": format!("si_{mark}"), "quantity": (number + 1_000).to_string() }]);
                json!({ "id": world.subscription(mark, false), "items": items })
            }
            Self::CancelSubscription => json!({ "id": world.subscription(mark, false) }),
            Self::ResumeSubscription => json!({ "id": world.subscription(mark, true) }),
            Self::OpenBillingPortal => json!({ "returnUrl": format!("https://portal.example/{mark}") }),
            Self::CreateTicket | Self::CreateTicketWithFile => json!({ "subject": mark, "body": "Ledger" }),
            Self::ReplyToTicket | Self::ReplyToTicketWithFile => json!({ "ticketId": names.ticket, "body": mark }),
            Self::CloseTicket => json!({ "id": names.ticket, "comment": mark }),
            Self::UploadDocument => json!({ "folder": "notes" }),
            Self::ReplaceDocument => json!({ "id": names.document }),
        };
        let place = match self {
            Self::CreateTicketWithFile | Self::ReplyToTicketWithFile => {
                input["attachments"] = json!([0]);
                Some("variables.input.attachments.0")
            }
            Self::UploadDocument | Self::ReplaceDocument => {
                input["file"] = json!(0);
                Some("variables.input.file")
            }
            _ => None,
        };
        let file = |place: &str| Upload {
            places: vec![place.to_owned()],
            name: "Ledger.txt".to_owned(),
            kind: Some(FileKind::Txt),
            content: format!("{mark}\n").into(),
            fault: None,
        };
        let field = match self {
            Self::UpdateViewer | Self::UpdateContact => Some(Field::JobTitle(contact)),
            Self::UpdateAccount => Some(Field::BillingAddress(ACCOUNT)),
            Self::UpdateDeal => Some(Field::Amount(deal)),
            Self::CancelOrder => Some(Field::Rejection(trace.clone())),
            _ => None,
        };
        input["idempotencyKey"] = json!(format!("key-of-{mark}"));
        let variables = Map::from_iter([("input".to_owned(), input)]);
        Wanted { kind: self, variables, files: place.map(file).into_iter().collect(), trace, field }
    }
}

impl Names {
    pub async fn read(world: &World) -> Self {
        let query =
            "{ viewer { contact { id } account { orders(first: 1) { nodes { id } } deals(first: 1) { nodes { id } }
            tickets(first: 20) { nodes { id } } documents(first: 1) { nodes { id } } } }
            products(first: 1) { nodes { id } } }";
        let answer = world.ask(query).await;
        let at = |pointer: &str| match answer.pointer(pointer) {
            Some(value) if value.is_string() => value.clone(),
            _ => panic!("nothing at {pointer}: {answer}"),
        };
        let (contact, deal) = (at("/data/viewer/contact/id"), at("/data/viewer/account/deals/nodes/0/id"));
        Self {
            keys: (world.key(&contact), world.key(&deal)),
            contact,
            deal,
            product: at("/data/products/nodes/0/id"),
            order: at("/data/viewer/account/orders/nodes/0/id"),
            ticket: at("/data/viewer/account/tickets/nodes/0/id"),
            document: at("/data/viewer/account/documents/nodes/0/id"),
        }
    }
}
