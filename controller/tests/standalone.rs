//! The built binary on a folder, with scripts in Envoy's place: how it starts, follows, and ends.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

const DEADLINE: Duration = Duration::from_secs(30);

/// A running `isoline standalone`, killed when it is dropped.
struct Standalone {
    child: Child,
    folder: TempDir,
    http: u16,
}

impl Drop for Standalone {
    fn drop(&mut self) {
        // Most tests have seen its end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Standalone {
    /// Starts it on an empty folder, without an Envoy.
    fn start() -> Self {
        Self::start_with(|command, _| command.arg("--no-envoy"))
    }

    /// Starts it on an empty folder, with a shell script in the place of Envoy.
    fn start_script(script: &str) -> Self {
        Self::start_with(|command, folder| command.arg("--envoy").arg(executable(folder, script)))
    }

    fn start_with(arguments: impl for<'a> Fn(&'a mut Command, &Path) -> &'a mut Command) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let [xds, http, admin, plain, tls] = free_ports();
        let config = folder.path().join("isoline.conf");
        let listeners = format!("address: 127.0.0.1, http: {{port: {plain}}}, https: {{port: {tls}}}");
        fs::write(&config, format!("listeners: {{{listeners}}}\n")).expect("a file");
        let mut command = command(folder.path(), xds, http);
        command
            .args(["--admin-port", &admin.to_string()])
            .arg("--config")
            .arg(&config);
        arguments(&mut command, folder.path());
        let child = command.spawn().expect("it runs");
        Self { child, folder, http }
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.folder.path().join(file), text).expect("a file");
    }

    /// Asks until the answer satisfies.
    #[track_caller]
    fn wait(&self, path: &str, satisfies: impl Fn(&str) -> bool) -> String {
        let mut last = String::new();
        until(|| {
            last = get(self.http, path).unwrap_or_default();
            satisfies(&last)
        })
        .unwrap_or_else(|()| panic!("{path} still answers {last}"));
        last
    }

    /// Sends a signal and waits for the end.
    #[track_caller]
    fn end(&mut self, signal: Signal) -> (Option<i32>, String) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).expect("a pid")), signal).expect("it runs");
        self.ended()
    }

    #[track_caller]
    fn ended(&mut self) -> (Option<i32>, String) {
        let mut log = String::new();
        self.child
            .stderr
            .take()
            .expect("a pipe")
            .read_to_string(&mut log)
            .expect("UTF-8");
        (self.child.wait().expect("it ends").code(), log)
    }
}

fn command(folder: &Path, xds: u16, http: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_isoline"));
    command.arg("standalone").arg("--dir").arg(folder);
    command.args(["--xds-port", &xds.to_string(), "--http-port", &http.to_string()]);
    command
        .env_remove("ENVOY")
        .env_remove("RUST_LOG")
        .stderr(Stdio::piped());
    command
}

/// A shell script that can be started, in the folder.
fn executable(folder: &Path, script: &str) -> std::path::PathBuf {
    let path = folder.join("envoy.sh");
    fs::write(&path, format!("#!/bin/sh\ncd '{}'\n{script}\n", folder.display())).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("our own file");
    path
}

/// Ports that were free a moment ago.
fn free_ports<const N: usize>() -> [u16; N] {
    let held = [(); N].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port"));
    held.map(|listener| listener.local_addr().expect("bound").port())
}

fn get(port: u16, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn until(mut holds: impl FnMut() -> bool) -> Result<(), ()> {
    let deadline = Instant::now() + DEADLINE;
    while !holds() {
        if Instant::now() > deadline {
            return Err(());
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

const PROXY: &str = "apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {namespace: web, name: shop}
spec:
  virtualhost: {fqdn: shop.test}
  routes: [{services: [{name: shop, port: 80}]}]
";
const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata: {namespace: web, name: shop}\nspec: {ports: [{port: 80}]}\n";

fn is_ok(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 200")
}

#[test]
fn edits_show_in_page_metrics_and_log_and_a_signal_ends_it_with_0() {
    let mut standalone = Standalone::start();
    standalone.wait("/readyz", is_ok);
    standalone.write("a.yaml", PROXY);
    standalone.wait("/", |page| page.contains("service &quot;web/shop&quot; not found"));
    standalone.write("b.yaml", SERVICE);
    standalone.wait("/metrics", |text| {
        text.contains("isoline_objects{kind=\"HTTPProxy\",status=\"valid\"} 1")
    });
    standalone.write("b.yaml", "a: [");
    let metrics = standalone.wait("/metrics", |text| text.contains("isoline_folder_problems 1"));
    assert!(
        metrics.contains("isoline_xds_resources{type=\"cluster\"} 1"),
        "the last good version stays: {metrics}"
    );
    standalone.write("b.yaml", SERVICE);
    standalone.wait("/metrics", |text| text.contains("isoline_folder_problems 0"));
    let (code, log) = standalone.end(Signal::SIGINT);
    assert_eq!(code, Some(0), "{log}");
    for line in ["object is invalid", "object is valid again", "ERROR", "resolved: "] {
        assert!(log.contains(line), "no {line:?} in {log}");
    }
}

#[test]
fn it_is_not_ready_before_its_envoy_is() {
    let mut standalone = Standalone::start_script("exec sleep 1000");
    standalone.wait("/readyz", |answer| answer.contains("Envoy is not ready"));
    assert!(is_ok(&standalone.wait("/healthz", |answer| !answer.is_empty())));
    assert_eq!(standalone.end(Signal::SIGTERM).0, Some(0));
}

#[test]
fn a_signal_ends_envoy_first() {
    let mut standalone =
        Standalone::start_script("trap 'echo > asked; kill $!; exit' TERM; sleep 1000 & echo > started; wait");
    let folder = standalone.folder.path().to_owned();
    until(|| folder.join("started").exists()).expect("it starts");
    let (code, log) = standalone.end(Signal::SIGTERM);
    assert_eq!(code, Some(0), "{log}");
    assert!(folder.join("asked").exists());
}

#[test]
fn an_envoy_that_ends_by_itself_is_the_end() {
    let mut standalone = Standalone::start_script("exit 3");
    let (code, log) = standalone.ended();
    assert_eq!(code, Some(2), "{log}");
    assert!(log.contains("error: Envoy ended by itself: exit status: 3"), "{log}");
}

#[test]
fn an_envoy_that_is_not_there_is_an_error_that_says_how_to_name_one() {
    let mut standalone = Standalone::start_with(|command, folder| command.arg("--envoy").arg(folder.join("none")));
    let (code, log) = standalone.ended();
    assert_eq!(code, Some(2), "{log}");
    assert!(
        log.contains("cannot start Envoy (") && log.contains("--envoy PATH"),
        "{log}"
    );
}

#[test]
fn a_port_in_use_is_an_error_that_names_port_and_purpose() {
    let folder = tempfile::tempdir().expect("a folder");
    let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let taken = held.local_addr().expect("bound").port();
    let [free] = free_ports();
    for (xds, http, purpose) in [(taken, free, "xDS"), (free, taken, "controller HTTP")] {
        let output = command(folder.path(), xds, http)
            .arg("--no-envoy")
            .output()
            .expect("it runs");
        let log = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2));
        assert!(
            log.contains(&format!("port {taken} ({purpose}) on 127.0.0.1 cannot be used")),
            "{log}"
        );
    }
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let [xds, http] = free_ports();
    let output = command(Path::new("/nowhere"), xds, http)
        .arg("--no-envoy")
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("cannot open folder /nowhere"), "{log}");
}
