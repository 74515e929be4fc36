//! `explain`: a query's plan, before anything is fetched.

use std::io::Read as _;
use std::process::ExitCode;

use super::arguments::Explain;
use super::load::assembled;
use super::output::Output;
use crate::tenant;

/// Prints the stages of a query, and the upstream calls of each.
pub(super) async fn run(options: &Explain, output: &Output) -> ExitCode {
    let document = match read(options) {
        Ok(document) => document,
        Err(why) => return output.fail(&why),
    };
    let variables = match serde_json::from_str(&options.variables) {
        Ok(serde_json::Value::Object(variables)) => variables,
        _ => return output.fail("--variables takes a JSON object, such as {\"id\":\"…\"}"),
    };
    let (_, assembly) = match assembled(&options.from, output) {
        Ok(assembled) => assembled,
        Err(why) => return output.fail(&why),
    };
    let asked = tenant::Asked { document: &document, operation: options.operation.as_deref(), variables: &variables };
    match tenant::explain(&assembly, asked).await {
        Ok(explained) => output.text(&explained.to_string()),
        Err(why) => output.fail(&why),
    }
}

fn read(options: &Explain) -> Result<String, String> {
    if options.document.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text).map_err(|error| format!("standard input: {error}"))?;
        return Ok(text);
    }
    std::fs::read_to_string(&options.document).map_err(|error| format!("{}: {error}", options.document.display()))
}
