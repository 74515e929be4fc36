//! TLS of every source: what certificates this machine trusts is read once in the process, and only where it is asked.

use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls_platform_verifier::Verifier;

use crate::error::{Code, Error, Result};

/// Reading and checking the machine's certificates takes longer than everything else of a start.
static VERIFIER: OnceLock<Arc<Verifier>> = OnceLock::new();

/// TLS that trusts what the machine trusts; which HTTP is offered is the connector's to say.
///
/// # Errors
/// `INTERNAL`: the machine has no certificates that could be trusted.
pub(super) fn trusting_the_machine() -> Result<ClientConfig> {
    let provider = CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(aws_lc_rs::default_provider()));
    let verifier = verifier(&provider).map_err(failed)?;
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(failed)?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn verifier(provider: &Arc<CryptoProvider>) -> std::result::Result<Arc<Verifier>, rustls::Error> {
    if let Some(verifier) = VERIFIER.get() {
        return Ok(Arc::clone(verifier));
    }
    let made = Arc::new(Verifier::new(Arc::clone(provider))?);
    Ok(Arc::clone(VERIFIER.get_or_init(|| made)))
}

fn failed(error: rustls::Error) -> Error {
    Error::new(Code::Internal, format!("TLS cannot be set up: {error}"))
}
