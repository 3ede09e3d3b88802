//! OpenSSL, whose library the client of the traffic tests uses: the system's, else one that is built from source.

use std::env;

use tokio::process::Command;

use crate::step;

/// What a cargo command for the whole workspace needs besides.
pub(crate) async fn arguments() -> &'static [&'static str] {
    if env::var_os("OPENSSL_DIR").is_some() || is_installed().await {
        return &[];
    }
    println!(
        "OpenSSL is built from source: the system has no development files of it (Debian: libssl-dev, pkg-config)"
    );
    &["--features", "isoline-tests/vendored-openssl"]
}

async fn is_installed() -> bool {
    step::output(Command::new("pkg-config").args(["--exists", "openssl"]))
        .await
        .is_ok()
}
