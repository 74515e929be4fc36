//! The command line; everything is in [`vestibule::cli`].

use std::process::ExitCode;

/// A query makes many small allocations, on whatever thread it runs: docs/decisions/0019-allocator.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    vestibule::cli::main()
}
