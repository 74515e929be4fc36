//! The Zendesk dialect.

use std::sync::Arc;

use axum::Router;

/// The routes of the system.
pub fn router(_state: Arc<crate::State>) -> Router {
    Router::new()
}
