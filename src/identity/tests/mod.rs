//! Tokens, keys, authority and its cache, on a clock that stands still.

mod authority;
mod cache;
mod jwks;
mod support;
mod tokens;
