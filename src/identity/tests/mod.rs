//! Tokens, keys, authority and its cache, on a clock that stands still.
