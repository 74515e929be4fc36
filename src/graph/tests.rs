//! The graph, read as a spec.
