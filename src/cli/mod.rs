//! The commands: `demo` (also without arguments), `serve`, `check`, `explain`, `explain-code`, `schema`, `connector`, `config`.

mod arguments;
mod check;
mod code;
mod connector;
mod explain;
mod load;
mod lock;
mod output;
mod runtime;
mod serve;
mod webhooks;

use std::process::ExitCode;

use clap::Parser as _;

use self::arguments::{Arguments, Command, ConfigCommand, SchemaCommand};
use self::output::Output;
use crate::demo;

/// Runs the command of this process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output;
    let runtime = match runtime::of_this_process() {
        Ok(runtime) => runtime,
        Err(error) => return output.fail(&format!("no runtime: {error}")),
    };
    runtime.block_on(run(arguments, &output))
}

async fn run(arguments: Arguments, output: &Output) -> ExitCode {
    let command = arguments.command.unwrap_or_else(|| Command::Demo(demo::Options::default()));
    match command {
        Command::Demo(options) => {
            serve::logging("warn,vestibule=info");
            let told = demo::run(options, &|line| output.line(line)).await;
            output.finish(told)
        }
        Command::Serve(options) => serve::run(&options, output).await,
        Command::Check(from) => check::run(&from, output),
        Command::Explain(options) => explain::run(&options, output).await,
        Command::ExplainCode { code } => code::run(&code, output),
        Command::Schema(SchemaCommand::Print(from)) => check::print_schema(&from, output),
        Command::Schema(SchemaCommand::Lock { accept, from }) => lock::run(accept, &from, output),
        Command::Connector(command) => connector::run(command, output).await,
        Command::Config(ConfigCommand::Schema) => match crate::config::json_schema() {
            Ok(text) => output.text(&text),
            Err(error) => output.fail(&error.to_string()),
        },
    }
}
