//! The commands, as people and CI run them: the real binary, its output and its exit codes.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod served;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use vestibule_sandbox::variables;

use crate::served::{Served, client, free_port, text};

const DEMO: &str = include_str!("../../config/demo/vestibule.yaml");
const DASHBOARD: &str = "query D($n: Int = 2) { viewer { account { name orders(first: $n) { nodes { number } } } } }";
const PROGRAM: &str = env!("CARGO_BIN_EXE_vestibule");

fn vestibule(arguments: &[&str]) -> Command {
    started_by(PROGRAM, arguments)
}

fn started_by(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// What came of a command: exit code, standard output, standard error.
fn ran(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().expect("an exit code"), text(output.stdout), text(output.stderr))
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    ran(vestibule(arguments).output().unwrap())
}

/// A folder with a configuration and what it leads to.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn write(&self, path: &str, text: &str) -> String {
        let full = self.0.path().join(path);
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        std::fs::write(&full, text).unwrap();
        full.display().to_string()
    }

    /// The demo's configuration with its overlays, changed, for addresses that come from the environment.
    fn demo(&self, change: impl Fn(&str) -> String) -> String {
        let overlays = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/demo/connectors/crm/entities");
        for entity in ["Account", "Contact"] {
            let text = std::fs::read_to_string(overlays.join(format!("{entity}.yaml"))).unwrap();
            self.write(&format!("connectors/crm/entities/{entity}.yaml"), &text);
        }
        self.write("vestibule.yaml", &change(DEMO))
    }
}

#[test]
fn check_tells_what_is_served_and_what_is_not() {
    let (code, out, errors) = run(&["check"]);
    assert_eq!(code, 0, "{errors}");
    for line in ["Served", "  Order (owner: erp)", "Not served", "  Project: no source provides Project"] {
        assert!(out.lines().any(|known| known == line), "no `{line}` in\n{out}");
    }
    assert!(out.contains("list by account"), "{out}");
    assert!(out.contains("  search: Product (erp), Ticket (support), Article (support), Deal (crm)\n"), "{out}");

    // As the example has it, every system by its own name; secrets need not be there to check.
    let (code, out, errors) = run(&["check", "--config", "config/vestibule.example.yaml"]);
    assert_eq!(code, 0, "{errors}");
    assert!(out.contains("Ticket (owner: support)"), "{out}");
}

#[test]
fn check_tells_every_problem_with_its_place_and_a_remedy() {
    let folder = Folder::new();
    let config = folder.demo(|text| {
        let text = text
            .replace("Portal user: [buyer]", "Portal user: [bayer]")
            .replace("    buyer: [orders:read,", "    other: [orders:read,");
        text.replace("timeZone: Europe/Amsterdam", "timeZone: Europe/Atlantis")
    });
    let (code, out, errors) = run(&["check", "--config", &config]);
    assert_eq!((code, out.as_str()), (1, ""));
    told(&errors, &[("C004", "vestibule.yaml:7:"), ("C030", "vestibule.yaml:21:")]);

    // A graph of one's own, and connectors of one's own: all of it at once.
    let folder = Folder::new();
    let config = folder.demo(|text| format!("{text}graph: graph\n"));
    folder.write(
        "graph/own.graphql",
        "extend type Order {\n  colour: Nonsense\n}\n\nextend type Nowhere { a: String }\n",
    );
    for (name, text) in shipped("stripe") {
        let text = text.replace("number: number", "numbr: number").replace("from: id, pattern", "form: id, pattern");
        folder.write(&format!("mine/stripe/{name}"), &text);
    }
    let mine = folder.0.path().join("mine").display().to_string();
    let mut command = vestibule(&["check", "--config", &config, "--connectors", &mine]);
    let (code, out, errors) = ran(command.envs(variables(None)).output().unwrap());
    assert_eq!((code, out.as_str()), (1, ""), "{errors}");
    assert!(errors.contains("own.graphql:2:"), "{errors}");
    assert!(errors.contains("problem(s) to put right"), "{errors}");

    let config = folder.demo(str::to_owned);
    let mut command = vestibule(&["check", "--config", &config, "--connectors", &mine]);
    let (code, _, errors) = ran(command.envs(variables(None)).output().unwrap());
    assert_eq!(code, 1);
    told(&errors, &[("M0", "mine/stripe/entities/Invoice.yaml:"), ("M0", "mine/stripe/entities/Payment.yaml:")]);

    let (code, _, errors) = run(&["check", "--config", "/nowhere/at-all.yaml"]);
    assert_eq!(code, 1);
    assert!(errors.contains("/nowhere/at-all.yaml"), "{errors}");
}

#[test]
fn a_folder_of_connectors_that_is_not_there_is_told() {
    for command in [vec!["check"], vec!["connector", "list"]] {
        let (code, out, errors) = run(&[&command[..], &["--connectors", "/nowhere/at/all"]].concat());
        assert_eq!((code, out.as_str()), (1, ""), "{command:?}");
        assert!(errors.contains("/nowhere/at/all: No such file"), "{errors}");
    }
}

/// Every diagnostic has a place and a remedy below it; these are among them.
fn told(errors: &str, expected: &[(&str, &str)]) {
    for (code, place) in expected {
        let at = errors.lines().position(|line| line.contains(&format!("error[{code}")) && line.contains(place));
        let at = at.unwrap_or_else(|| panic!("no {code} at {place} in\n{errors}"));
        let remedy = errors.lines().nth(at + 1).unwrap();
        assert!(remedy.starts_with("  ") && remedy.len() > 8, "no remedy for {code}:\n{errors}");
    }
}

/// The files of a shipped connector.
fn shipped(name: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("connectors").join(name);
    let files =
        walkdir::WalkDir::new(&root).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let named = |path: PathBuf| {
        (path.strip_prefix(&root).unwrap().display().to_string(), std::fs::read_to_string(&path).unwrap())
    };
    files.map(|entry| named(entry.into_path())).collect()
}

#[test]
fn explain_prints_the_plan_of_a_file_or_of_standard_input() {
    let folder = Folder::new();
    let file = folder.write("dashboard.graphql", DASHBOARD);
    let (code, plan, errors) = run(&["explain", &file]);
    assert_eq!(code, 0, "{errors}");
    assert!(plan.contains("Account.orders: Order from erp, on links of Viewer.account"), "{plan}");
    assert!(plan.contains("calls: 2 where each is made once, at most 2, 1 in sequence"), "{plan}");

    let mut child = vestibule(&["explain", "-", "--variables", r#"{"n":3}"#])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(DASHBOARD.as_bytes()).unwrap();
    let (code, piped, _) = ran(child.wait_with_output().unwrap());
    // The same reads, of three orders; without the variable there are two.
    assert_eq!(code, 0);
    assert!(piped.contains("cost: at most 24, for 2 calls and 4 rows"), "{piped}");
    assert!(plan.contains("cost: at most 23, for 2 calls and 3 rows"), "{plan}");
    assert!(plan.contains("limits: ") && plan.contains("depth 5 of 20"), "{plan}");

    let two = folder.write("two.graphql", "query A { __typename } query B { viewer { name } }");
    assert_eq!(run(&["explain", &two, "--operation", "B"]).0, 0);
    let bad = folder.write("bad.graphql", "{ viewer {\n  nonsense } }");
    for (arguments, why) in [
        (vec!["explain", &bad], "2:3"),
        (vec!["explain", &two], "operation"),
        (vec!["explain", &file, "--variables", "[]"], "--variables"),
        (vec!["explain", &file, "--variables", r#"{"n":"many"}"#], "n"),
        (vec!["explain", "/nowhere.graphql"], "/nowhere.graphql"),
    ] {
        let (code, out, errors) = run(&arguments);
        assert_eq!((code, out.as_str()), (1, ""), "{arguments:?}");
        assert!(errors.contains(why), "{arguments:?}: {errors}");
    }
}

#[test]
fn the_printed_graph_is_a_schema_and_stays_the_same() {
    let (code, printed, _) = run(&["schema", "print"]);
    assert_eq!(code, 0);
    assert_eq!(run(&["schema", "print"]).1, printed);
    let schema = apollo_compiler::Schema::parse_and_validate(&printed, "printed.graphql").expect("a valid schema");
    assert!(schema.get_object("Order").is_some());
    assert!(schema.get_object("Project").is_none(), "what no source provides is not served");
    let committed =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/config/vestibule.schema.json")).unwrap();
    let (code, schema, _) = run(&["config", "schema"]);
    assert_eq!((code, schema.trim()), (0, committed.trim()));
}

#[test]
fn connectors_are_listed_and_described() {
    let (code, out, _) = run(&["connector", "list"]);
    assert_eq!((code, out.as_str()), (0, "hubspot\ns3\nsap-s4hana\nstripe\nzendesk\n"));
    for name in out.lines() {
        let (code, text, errors) = run(&["connector", "show", name]);
        assert_eq!(code, 0, "{errors}");
        assert!(text.contains("https://") && text.contains("evidence:") && text.contains("fields:"), "{text}");
    }
    let (code, _, errors) = run(&["connector", "show", "nothing"]);
    assert_eq!(code, 1);
    assert!(errors.contains("connector list"), "{errors}");
}

#[test]
fn webhooks_are_described_and_what_they_lack_is_said() {
    let folder = Folder::new();
    let secret = ", webhookSecret: { env: ZENDESK_WEBHOOK_SECRET }";
    assert!(DEMO.contains(secret) && DEMO.contains("  publicUrl:"), "the demo takes webhooks");
    let bare: String = DEMO.replace(secret, "").replace("connectors: connectors", "");
    let bare = bare.lines().filter(|line| !line.contains("publicUrl:")).collect::<Vec<_>>().join("\n");
    let config = folder.write("bare.yaml", &bare);
    let environment = || variables(None).into_iter().chain([("SEALING_KEY".to_owned(), "x".repeat(40))]);
    let webhooks = |more: &[&str]| {
        let mut command = vestibule(&[&["connector", "webhooks", "--config", &config], more].concat());
        ran(command.envs(environment()).output().unwrap())
    };
    let (code, text, errors) = webhooks(&[]);
    assert_eq!(code, 0, "{errors}");
    for part in ["https://YOUR-GATEWAY/webhooks/demo/support", "`webhookSecret`", "→ Ticket", "LACKING"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (code, _, errors) = webhooks(&["--test", "support"]);
    assert_eq!(code, 1);
    assert!(errors.contains("no secret `webhookSecret`"), "{errors}");
    // Without a source there is nothing to send anywhere.
    assert_eq!(run(&["connector", "webhooks", "--to", "http://127.0.0.1:1"]).0, 2);
}

#[tokio::test]
async fn a_test_event_is_sent_to_the_gateway_that_runs() {
    let folder = Folder::new();
    let port = free_port();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let config = folder.demo(|text| text.replace("  graphiql: true", &format!("  listen: 127.0.0.1:{port}")));
    let sealing = ("SEALING_KEY".to_owned(), "a sealing key that is long enough for anybody".to_owned());
    let environment: BTreeMap<String, String> = variables(None).into_iter().chain([sealing]).collect();
    let mut command = vestibule(&["serve", "--config", &config]);
    command.envs(environment.clone());
    let served = Served::start(command, address).ready(&client()).await;
    let to = format!("http://{address}/");
    let test = |source: &str, to: &str, secret: Option<&str>| {
        let mut command = vestibule(&["connector", "webhooks", "--test", source, "--to", to, "--config", &config]);
        command.envs(environment.clone()).envs(secret.map(|secret| ("ZENDESK_WEBHOOK_SECRET", secret)));
        tokio::task::spawn_blocking(move || ran(command.output().unwrap()))
    };
    for source in ["crm", "erp", "billing", "support"] {
        let (code, text, errors) = test(source, &to, None).await.unwrap();
        assert_eq!(code, 0, "{errors}");
        assert!(text.starts_with(&format!("{to}webhooks/demo/{source} takes an event")), "{text}");
    }
    let (code, _, errors) = test("support", &to, Some("another secret than the gateway has")).await.unwrap();
    assert_eq!(code, 1);
    for part in ["answers 401", "The signature is not the right one", "the same secret"] {
        assert!(errors.contains(part), "{part}: {errors}");
    }
    for (source, to, why) in [
        ("nobody", &*to, "`nobody` takes no webhooks"),
        ("support", &format!("http://127.0.0.1:{}", free_port()), "cannot be asked"),
        ("support", "ftp://127.0.0.1", "cannot be asked"),
        ("support", "here", "no address of a gateway"),
    ] {
        let (code, _, errors) = test(source, to, None).await.unwrap();
        assert_eq!(code, 1);
        assert!(errors.contains(why), "{why}: {errors}");
    }
    // Operators are told of an event that no rule is for; the test event itself is none.
    let secret = environment["SAP_WEBHOOK_SECRET"].as_str();
    let event = json!({ "id": "1", "source": "/default/sap.s4.beh/S4HCLNT100", "type": "sap.s4.beh.plant.v1.Plant.Changed.v1" });
    let sent =
        client().post(served.url("/webhooks/demo/erp")).header("x-portal-secret", secret).body(event.to_string());
    assert_eq!(sent.send().await.unwrap().status(), 200);
    let (_, log, errors) = served.terminate();
    let told = format!("{log}{errors}");
    let lines: Vec<&str> = told.lines().filter(|line| line.contains("no rule of the connector takes")).collect();
    assert!(matches!(*lines, [line] if line.contains("Plant.Changed")), "{told}");
    assert!(!told.contains("another instance"), "{told}");
}

#[tokio::test]
async fn one_record_can_be_tried() {
    let business = vestibule_sandbox::start(vestibule_sandbox::Options::default()).await.unwrap();
    let environment: BTreeMap<String, String> = variables(Some(&business)).into_iter().collect();
    let folder = Folder::new();
    let config = folder.demo(str::to_owned);
    let tried = |config: &str, what: [&str; 3]| {
        let mut command = vestibule(&["connector", "try", what[0], what[1], what[2], "--config", config]);
        command.envs(environment.clone());
        tokio::task::spawn_blocking(move || ran(command.output().unwrap()))
    };
    let (code, out, errors) = tried(&config, ["crm", "Account", "9001001"]).await.unwrap();
    assert_eq!(code, 0, "{out}{errors}");
    for part in
        ["Request\n  POST http://127.0.0.1", "Answer 200", "Record\n", "name: \"Kestrel Marine BV\"", "evidence"]
    {
        assert!(out.contains(part), "no `{part}` in\n{out}");
    }
    assert!(!out.contains("pat-demo") && !errors.contains("pat-demo"), "a secret is shown");

    let (code, out, _) = tried(&config, ["crm", "Account", "123456789"]).await.unwrap();
    assert_eq!(code, 1);
    assert!(out.contains("There is no such record"), "{out}");
    for (what, why) in [
        (["nowhere", "Account", "1"], "no source `nowhere`"),
        (["crm", "Nothing", "1"], "no entity `Nothing`"),
        (["billing", "Ticket", "1"], "does not map Ticket"),
    ] {
        let (code, _, errors) = tried(&config, what).await.unwrap();
        assert_eq!(code, 1);
        assert!(errors.contains(why), "{errors}");
    }

    // A date that is none: the problem says where it is mapped.
    let wrong = Folder::new();
    let config = wrong.demo(str::to_owned);
    wrong
        .write("connectors/erp/entities/Order.yaml", "fields:\n  # Not a day at all.\n  requestedOn: SalesOrderType\n");
    let order = any_order(&environment["SAP_ADDRESS"]).await;
    let (code, out, errors) = tried(&config, ["erp", "Order", &order]).await.unwrap();
    assert_eq!(code, 1, "{out}{errors}");
    let problem = out.lines().find(|line| line.starts_with("Problem at ")).unwrap_or_else(|| panic!("{out}"));
    assert!(
        problem.contains("connectors/erp/entities/Order.yaml:3:") && problem.contains("`requestedOn`"),
        "{problem}"
    );

    let control = format!("http://{}/faults", business.control);
    let fault = json!({ "system": "hubspot", "mode": "down" }).to_string();
    client().post(control).body(fault).send().await.unwrap();
    let (code, out, _) = tried(&config, ["crm", "Account", "9001001"]).await.unwrap();
    assert_eq!(code, 1);
    assert!(out.contains("The read failed") && out.contains("503"), "{out}");
}

/// The number of an order there is.
async fn any_order(erp: &str) -> String {
    let url = format!("{erp}/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder?$top=1&$format=json");
    let answer = client().get(url).basic_auth("PORTAL", Some("demo")).send().await.unwrap().text().await.unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    answer["d"]["results"][0]["SalesOrder"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_demo_says_what_to_do_and_works() {
    let client = client();
    let (demo, control) = Served::demo(vestibule(&[]), &client).await;
    let address = demo.address;

    let people = demo.people(&client).await;
    assert!(people.len() >= 3);
    for person in &people {
        assert_eq!(person.keys().collect::<Vec<_>>(), ["account", "email", "name"]);
    }
    let response = client.get(demo.url(&format!("/demo/token?as={}", people[0]["email"]))).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    let token = response.text().await.unwrap();
    assert_eq!((token.split('.').count(), token.trim()), (3, token.as_str()));
    let nobody = client.get(demo.url("/demo/token?as=nobody@nowhere.example")).send().await.unwrap();
    assert_eq!(nobody.status(), 404);
    for page in ["/", "/demo", "/demo/query", "/graphiql"] {
        assert!(text(&client, &demo.url(page)).await.contains("<html"), "{page}");
    }
    // The business's own people act now and then, unless they are paused.
    assert_eq!(text(&client, &format!("{control}/agent")).await, r#"{"every_ms":20000}"#);
    let calls: Value = serde_json::from_str(&text(&client, &format!("{control}/calls")).await).unwrap();
    assert!(calls["hubspot"].is_u64());

    let (code, out, errors) = demo.terminate();
    assert_eq!(code, 0, "{errors}");
    for part in [
        format!("  Open      http://{address}/ "),
        format!("http://{address}/graphql"),
        format!("{control}/calls"),
        people[2]["email"].clone(),
    ] {
        assert!(out.contains(&part), "no `{part}` in\n{out}");
    }
    // What is printed to be pasted is a query that works.
    let pasted =
        out.lines().find_map(|line| line.trim().strip_prefix("-H 'content-type: application/json' -d '")).unwrap();
    let body: Value = serde_json::from_str(pasted.trim_end_matches('\'')).unwrap();
    let file = Folder::new();
    let query = file.write("pasted.graphql", body["query"].as_str().unwrap());
    assert_eq!(run(&["explain", &query]).0, 0);
}

/// The first processor that this process may use.
#[cfg(target_os = "linux")]
fn first_processor() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap().trim();
    allowed.split(['-', ',']).next().unwrap().to_owned()
}

/// The gateway and the business's systems wait for each other within one thread.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn one_processor_is_enough() {
    let client = client();
    let alone = started_by("taskset", &["-c", &first_processor(), PROGRAM]);
    let (demo, _) = Served::demo(alone, &client).await;

    let people = demo.people(&client).await;
    let token = text(&client, &demo.url(&format!("/demo/token?as={}", people[0]["email"]))).await;
    let answer = demo.answer(&client, &token, DASHBOARD).await.text().await.unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    assert_eq!(answer["data"]["viewer"]["account"]["orders"]["nodes"].as_array().unwrap().len(), 2, "{answer}");
    assert_eq!(demo.terminate().0, 0);
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, _, errors) = run(&["demo", "--port", &port, "--control-port", &free_port().to_string()]);
    assert_eq!(code, 1);
    assert!(errors.contains(&port), "{errors}");
}

#[tokio::test]
async fn serve_starts_with_every_system_down_and_has_nothing_of_the_demo() {
    let folder = Folder::new();
    let port = free_port();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let config = folder.demo(|text| text.replace("  graphiql: true", &format!("  listen: 127.0.0.1:{port}")));
    // Nothing listens at any of the systems' addresses, nor at the issuer's.
    let mut command = vestibule(&["serve", "--config", &config]);
    command.envs(variables(None)).env("SEALING_KEY", "a sealing key that is long enough for anybody");
    let client = client();
    let served = Served::start(command, address).ready(&client).await;
    for path in [
        "/demo",
        "/demo/people",
        "/demo/token",
        "/demo/token?as=ana.lund@kestrel-marine.example",
        "/demo/systems",
        "/demo/business/faults",
        "/page/main.js",
        "/graphiql",
        "/",
    ] {
        assert_eq!(client.get(served.url(path)).send().await.unwrap().status(), 404, "{path}");
    }
    // A token of a demo beside it: well made, by an issuer of the configured name, and not with its keys.
    let demo = vestibule::demo::DemoIssuer::new(
        "https://demo.vestibule.invalid/",
        "vestibule-demo",
        std::sync::Arc::new(vestibule::clock::SystemClock::default()),
    );
    let person = vestibule::demo::DemoPerson {
        email: "ana.lund@kestrel-marine.example".to_owned(),
        name: "Ana Lund".to_owned(),
        locale: None,
    };
    let token = demo.unwrap().mint(&person).unwrap();
    let answer = served.answer(&client, &token, "{ viewer { name } }").await;
    let status = answer.status().as_u16();
    let body = answer.text().await.unwrap();
    assert!([401, 503].contains(&status) && !body.contains("Ana"), "{status} {body}");
    let (code, _, errors) = served.terminate();
    assert_eq!(code, 0, "{errors}");
}

#[test]
fn serve_says_what_is_missing() {
    let (code, _, errors) = run(&["serve"]);
    assert_eq!(code, 1);
    assert!(errors.contains("vestibule serve --config FILE"), "{errors}");

    let folder = Folder::new();
    let config = folder.demo(str::to_owned);
    let mut command = vestibule(&["serve", "--config", &config]);
    command.envs(variables(None)).env_remove("SAP_PASSWORD").env_remove("STRIPE_KEY").env_remove("SEALING_KEY");
    let (code, out, errors) = ran(command.output().unwrap());
    assert_eq!((code, out.as_str()), (1, ""), "{errors}");
    for part in [
        "`password` of the source `erp`",
        "`SAP_PASSWORD`",
        "`apiKey` of the source `billing`",
        "`STRIPE_KEY`",
        "`SEALING_KEY`",
    ] {
        assert!(errors.contains(part), "no {part} in\n{errors}");
    }
    for (name, value) in variables(None) {
        let secret = !name.ends_with("ADDRESS") && value.len() > 4 && value != "PORTAL";
        assert!(!(secret && errors.contains(&value)), "{name} is shown:\n{errors}");
    }
    let short = ran(vestibule(&["serve", "--config", &config])
        .envs(variables(None))
        .env("SEALING_KEY", "brief")
        .output()
        .unwrap());
    assert_eq!(short.0, 1);
    assert!(short.2.contains("32") && !short.2.contains("brief"), "{}", short.2);

    let missing = ran(vestibule(&["check", "--config", &config]).env_remove("SAP_ADDRESS").output().unwrap());
    assert_eq!(missing.0, 1);
    told(&missing.2, &[("C051", "vestibule.yaml:")]);
}
