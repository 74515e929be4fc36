//! The command line; everything is in [`vestibule::cli`].

use std::process::ExitCode;

use mimalloc::MiMalloc;

// Records and what a query builds from them are small and given back soon; this takes less for them than the C library's
// (docs/decisions/0055-an-allocator-for-small-memory.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    vestibule::cli::main()
}
