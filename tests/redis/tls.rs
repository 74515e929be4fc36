//! `rediss://`: the store has to prove who it is, by a certificate that this machine trusts.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use rcgen::CertifiedKey;
use vestibule::config::{Environment as _, ProcessEnvironment};
use vestibule::store::{State, StoreKey};

use crate::server::RedisServer;
use crate::world::{over, shared};

async fn claim(state: &Arc<dyn State>) -> Result<(), String> {
    let key: StoreKey = Arc::from(&b"a"[..]);
    let claimed = state.claim(&key, Bytes::from_static(b"one"), Duration::from_secs(60)).await;
    claimed.map(drop).map_err(|error| error.detail().to_owned())
}

fn pem(label: &str, der: &[u8]) -> String {
    let lines: Vec<String> =
        STANDARD.encode(der).as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

#[tokio::test]
async fn a_store_whose_certificate_is_not_trusted_is_told_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.path().join("certificate.pem"), pem("CERTIFICATE", cert.der())).unwrap();
    std::fs::write(folder.path().join("key.pem"), pem("PRIVATE KEY", &signing_key.serialize_der())).unwrap();
    let server = RedisServer::over_tls(folder);
    claim(&shared(&server, "acme").state()).await.unwrap_err();
    // What a machine trusts is read once in a process: another one trusts it.
    let mut other = Command::new(std::env::current_exe().unwrap());
    other.args(["--exact", "tls::a_store_whose_certificate_is_trusted_is_asked", "--ignored"]);
    other.env("SSL_CERT_FILE", server.folder.path().join("certificate.pem")).env("STORE", server.url());
    let said = tokio::task::spawn_blocking(move || other.output().unwrap()).await.unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
}

#[tokio::test]
#[ignore = "the test above runs it, where the certificate is trusted"]
async fn a_store_whose_certificate_is_trusted_is_asked() {
    let url = ProcessEnvironment.variable("STORE").unwrap();
    assert_eq!(claim(&over(&url, "acme").state()).await, Ok(()));
}
