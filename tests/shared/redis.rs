//! A Redis of a test's own: a real server on a free port, that keeps nothing.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A Redis; it is stopped when it is dropped.
pub struct RedisServer {
    pub port: u16,
    pub folder: tempfile::TempDir,
    tls: bool,
    process: Option<Child>,
}

impl RedisServer {
    pub fn start() -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), false)
    }

    /// One that speaks TLS under the name `localhost`, with `certificate.pem` and `key.pem` of the folder.
    pub fn over_tls(folder: tempfile::TempDir) -> Self {
        Self::in_folder(folder, true)
    }

    fn in_folder(folder: tempfile::TempDir, tls: bool) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut server = Self { port, folder, tls, process: None };
        server.again();
        server
    }

    pub fn url(&self) -> String {
        match self.tls {
            false => format!("redis://127.0.0.1:{}", self.port),
            true => format!("rediss://localhost:{}", self.port),
        }
    }

    /// Stops it at once: whoever is connected is cut off, and everything in it is gone.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Starts it again at the same port, empty.
    pub fn again(&mut self) {
        let mut command = Command::new("redis-server");
        let port = self.port.to_string();
        match self.tls {
            false => command.args(["--bind", "127.0.0.1", "--port", &port]),
            true => {
                command.args(["--bind", "127.0.0.1", "--port", "0", "--tls-port", &port, "--tls-auth-clients", "no"])
            }
        };
        for (key, file) in [("--tls-cert-file", "certificate.pem"), ("--tls-key-file", "key.pem")] {
            if self.tls {
                command.arg(key).arg(self.folder.path().join(file));
            }
        }
        command.args(["--save", "", "--appendonly", "no", "--dir"]).arg(self.folder.path());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let missing = |error| panic!("`redis-server` cannot be started ({error}): `./test` installs it");
        self.process = Some(command.spawn().unwrap_or_else(missing));
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Everything that is kept in it, names and values, as its bytes.
    pub fn everything(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut connection = redis::Client::open(self.url()).unwrap().get_connection().unwrap();
        let names: Vec<Vec<u8>> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
        let mut all = Vec::new();
        for name in names {
            let kind: String = redis::cmd("TYPE").arg(&name).query(&mut connection).unwrap();
            let value = match kind.as_str() {
                "string" => redis::cmd("GET").arg(&name).query(&mut connection).unwrap(),
                "stream" => {
                    let told: redis::Value =
                        redis::cmd("XRANGE").arg(&name).arg("-").arg("+").query(&mut connection).unwrap();
                    let mut bytes = Vec::new();
                    flat(&told, &mut bytes);
                    bytes
                }
                other => panic!("a {other} is kept, and nobody looks into it"),
            };
            all.push((name, value));
        }
        all
    }
}

fn flat(value: &redis::Value, bytes: &mut Vec<u8>) {
    match value {
        redis::Value::BulkString(more) => bytes.extend_from_slice(more),
        redis::Value::Array(items) => items.iter().for_each(|item| flat(item, bytes)),
        other => panic!("{other:?}"),
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}
