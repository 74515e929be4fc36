//! The rules of the cache, each as a test: time, gates and order are in the tests' hands.

mod keys;
mod lifetimes;
mod marks;
mod races;
mod random;
mod world;
