//! HTTPS as it is spoken: with a system on this machine whose certificate only the test trusts.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{CertifiedKey, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// A system that speaks TLS under the name `localhost`, and what has to be trusted to talk to it.
struct System {
    address: SocketAddr,
    certificate: CertificateDer<'static>,
}

impl System {
    /// Answers every request with the HTTP it was asked in, its host and its path.
    async fn speaking(protocols: &[&[u8]]) -> Self {
        let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = cert.der().clone();
        let acceptor = TlsAcceptor::from(Arc::new(server(&certificate, &signing_key, protocols)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // Whoever does not trust the certificate ends the connection here.
                    let Ok(connection) = acceptor.accept(connection).await else { return };
                    let http = auto::Builder::new(TokioExecutor::new());
                    let _ = http.serve_connection(TokioIo::new(connection), service_fn(answer)).await;
                });
            }
        });
        Self { address, certificate }
    }

    fn call(&self, path: &str) -> Call {
        Call::read(&format!("https://localhost:{}{path}", self.address.port()))
    }
}

async fn answer(request: Request<hyper::body::Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let host = request.uri().authority().map(|host| host.host().to_owned());
    let host = host.or_else(|| Some(request.headers().get("host")?.to_str().ok()?.split(':').next()?.to_owned()));
    let path = request.uri().path_and_query().map(|path| path.as_str()).unwrap_or_default();
    let text = format!("{:?} {} {path}", request.version(), host.unwrap_or_default());
    Ok(Response::builder().header("x-request-id", "r-1").body(Full::from(text)).unwrap())
}

fn server(certificate: &CertificateDer<'static>, key: &KeyPair, protocols: &[&[u8]]) -> ServerConfig {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_no_client_auth().with_single_cert(vec![certificate.clone()], key).unwrap();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    config
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// TLS that trusts one certificate and no other.
fn trusting(certificate: &CertificateDer<'static>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
    builder.with_root_certificates(roots).with_no_client_auth()
}

/// A source that may reach this machine over HTTPS; what it trusts is given, or is what the machine trusts.
fn network(tls: Option<ClientConfig>) -> Network {
    let private = vec!["127.0.0.0/8".parse().unwrap()];
    let rules = HostRules { hosts: vec!["localhost".into()], private, plain: false };
    let options = NetworkOptions { connect: Duration::from_millis(300), ..NetworkOptions::default() };
    let tls = tls.unwrap_or_else(|| tls::trusting_the_machine().unwrap());
    let secure = OnceLock::from(connect::secure(&rules, &options, tls));
    Network { source: "erp".into(), rules, secure, plain: None, options }
}

/// What operators are told, after it was seen that clients are told nothing of it.
fn told(error: &Error, system: SocketAddr) -> String {
    assert_eq!(error.code(), Code::UpstreamUnavailable, "{error}");
    for inside in ["localhost", "127.0.0.1", &system.port().to_string(), "certificate", "/orders"] {
        assert!(!error.message().contains(inside), "{}", error.message());
    }
    error.detail().to_owned()
}

#[tokio::test]
async fn a_system_that_offers_http_2_is_asked_in_it_and_any_other_in_http_1() {
    for (protocols, spoken) in
        [(&[&b"h2"[..], b"http/1.1"][..], "HTTP/2.0"), (&[b"http/1.1"], "HTTP/1.1"), (&[], "HTTP/1.1")]
    {
        let system = System::speaking(protocols).await;
        let network = network(Some(trusting(&system.certificate)));
        let paths = ["/orders?ids=1%2C2&ids=3", "/orders/a%2Fb"];
        for reply in
            futures::future::join_all(paths.map(|path| network.send(system.call(path)))).await.into_iter().zip(paths)
        {
            let (reply, path) = (reply.0.unwrap(), reply.1);
            assert_eq!((reply.status, reply.header("X-Request-Id")), (200, Some("r-1")));
            assert_eq!(reply.body, format!("{spoken} localhost {path}"));
        }
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_refused() {
    let (system, other) = (System::speaking(&[]).await, System::speaking(&[]).await);
    for network in [network(Some(trusting(&other.certificate))), network(None)] {
        let error = network.send(system.call("/orders")).await.unwrap_err();
        let told = told(&error, system.address);
        assert!(told.contains("invalid peer certificate"), "{told}");
        assert!(!told.contains("localhost") && !told.contains("127.0.0.1"), "{told}");
    }
}

#[tokio::test]
async fn a_certificate_of_another_name_is_refused() {
    let system = System::speaking(&[]).await;
    let mut network = network(Some(trusting(&system.certificate)));
    network.rules.hosts = vec!["127.0.0.1".into()];
    let url = format!("https://127.0.0.1:{}/orders", system.address.port());
    let error = network.send(Call::read(&url)).await.unwrap_err();
    assert!(told(&error, system.address).contains("certificate"), "{error}");
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let system = System { address: silent.local_addr().unwrap(), certificate: CertificateDer::from(Vec::new()) };
    let sent = network(None).send(system.call("/orders")).await;
    let told = told(&sent.unwrap_err(), system.address);
    assert!(told.contains("deadline has elapsed"), "{told}");
    let (_connection, _) = silent.accept().await.unwrap();
}

#[tokio::test]
async fn a_system_that_hangs_up_in_the_middle_is_unavailable_and_may_be_asked_again() {
    let rude = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let system = System { address: rude.local_addr().unwrap(), certificate: CertificateDer::from(Vec::new()) };
    let hang_up = tokio::spawn(async move { drop(rude.accept().await) });
    let error = network(None).send(system.call("/orders")).await.unwrap_err();
    hang_up.await.unwrap();
    told(&error, system.address);
    assert!(error.may_retry());
}
