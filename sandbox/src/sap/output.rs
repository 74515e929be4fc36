//! What a bill is put out as: the function import `GetPDF` of `API_BILLING_DOCUMENT_SRV`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::pdf::pdf;
use crate::web::Pairs;

use super::answer::{Answer, Form, Viewer};
use super::error::Refusal;
use super::record::records;
use super::schema::set;

/// The service that has it.
pub(super) const SERVICE: &str = "API_BILLING_DOCUMENT_SRV";

/// The bill that `BillingDocument='…'` names, as SAP puts it out: base64 inside the answer (`GetPDFResult` of the EDMX).
pub(super) fn get(viewer: &Viewer<'_>, pairs: &Pairs, form: Form) -> Result<Answer, Refusal> {
    let literal = pairs.get("BillingDocument").and_then(|text| text.strip_prefix('\'')?.strip_suffix('\''));
    let number = literal.ok_or_else(|| Refusal::syntax("Invalid function import parameter 'BillingDocument'"))?;
    let bills = set(SERVICE, "A_BillingDocument").ok_or_else(|| Refusal::service(SERVICE))?;
    let found = records(viewer.business, bills, viewer.german).into_iter().any(|record| {
        bills.property("BillingDocument").is_some_and(|property| record.value(*property).key_text() == number)
    });
    if !found {
        return Err(Refusal::missing(bills.kind));
    }
    let content = STANDARD.encode(pdf(&[&format!("Invoice {number}"), "Vestibule Demo"]));
    Ok(match form {
        Form::Json => {
            let body = json!({ "d": { "GetPDF": { "BillingDocumentBinary": content } } });
            Answer::ok("application/json;charset=utf-8", body.to_string())
        }
        Form::Xml => {
            let body = format!(
                "<d:GetPDF xmlns:d=\"http://schemas.microsoft.com/ado/2007/08/dataservices\">\
                <d:BillingDocumentBinary>{content}</d:BillingDocumentBinary></d:GetPDF>"
            );
            Answer::ok("application/xml;charset=utf-8", body)
        }
    })
}
