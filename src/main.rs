//! The command line.
#![expect(clippy::print_stdout, reason = "the command line's answers go to standard output")]
fn main() -> std::process::ExitCode {
    match vestibule::config::json_schema() {
        Ok(text) => {
            print!("{text}");
            std::process::ExitCode::SUCCESS
        }
        Err(_) => std::process::ExitCode::FAILURE,
    }
}
