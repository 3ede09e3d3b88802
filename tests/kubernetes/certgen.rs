//! `isoline certgen --kube`.

use std::{
    io::Write as _,
    process::{Command, Output},
};

use anyhow::{Result, ensure};
use isoline_tests::{api_server::ApiServer, parts};
use openssl::{base64::decode_block, pkey::PKey, x509::X509};
use serde_json::Value;
use tempfile::NamedTempFile;

const SECRETS: &str = "/api/v1/namespaces/edge/secrets";

fn certgen(server: &ApiServer, format: &str, more: &[&str]) -> Result<Output> {
    let mut kubeconfig = NamedTempFile::new()?;
    kubeconfig.write_all(server.kubeconfig(None).to_string().as_bytes())?;
    let mut command = Command::new(parts::isoline()?);
    command
        .args(["certgen", "--kube", "--namespace", "edge", "--secrets-format", format])
        .arg("--kubeconfig")
        .arg(kubeconfig.path())
        .args(more);
    Ok(command.output()?)
}

/// The Secret of a side, by the names of its files.
struct Secret(Value);

impl Secret {
    async fn read(server: &ApiServer, name: &str) -> Result<Self> {
        Ok(Self(server.read(&format!("{SECRETS}/{name}")).await?))
    }

    fn file(&self, name: &str) -> Result<Vec<u8>> {
        Ok(decode_block(self.0["data"][name].as_str().unwrap_or_default())?)
    }

    fn authorities(&self) -> Result<Vec<X509>> {
        Ok(X509::stack_from_pem(&self.file("ca.crt")?)?)
    }

    fn certificate(&self) -> Result<X509> {
        Ok(X509::from_pem(&self.file("tls.crt")?)?)
    }
}

#[tokio::test]
async fn secrets_are_created_kept_and_replaced() -> Result<()> {
    let server = ApiServer::start().await?;
    let ran = certgen(&server, "compact", &[])?;
    ensure!(ran.status.success(), "{ran:?}");
    let first = Secret::read(&server, "isolinecert").await?;
    let envoy = Secret::read(&server, "envoycert").await?;
    let (certificate, authorities) = (first.certificate()?, first.authorities()?);
    ensure!(
        certificate.verify(authorities[0].public_key()?.as_ref())?,
        "signed by ca.crt"
    );
    ensure!(
        envoy.certificate()?.verify(authorities[0].public_key()?.as_ref())?,
        "both are"
    );
    let key = PKey::private_key_from_pem(&first.file("tls.key")?)?;
    ensure!(
        key.public_eq(certificate.public_key()?.as_ref()),
        "the key is that of the certificate"
    );
    let names = certificate.subject_alt_names();
    let names: Vec<_> = names
        .iter()
        .flatten()
        .filter_map(|name| name.dnsname().map(str::to_owned))
        .collect();
    let expected = [
        "isoline",
        "isoline.edge",
        "isoline.edge.svc",
        "isoline.edge.svc.cluster.local",
    ];
    ensure!(names == expected, "{names:?}");

    let ran = certgen(&server, "compact", &[])?;
    ensure!(ran.status.success(), "{ran:?}");
    ensure!(String::from_utf8(ran.stdout)?.contains("Secret edge/envoycert is there already and kept"));
    ensure!(
        Secret::read(&server, "isolinecert").await?.0 == first.0,
        "nothing was written"
    );

    let legacy = certgen(&server, "legacy", &[]);
    let legacy = String::from_utf8(legacy?.stderr)?;
    ensure!(legacy.contains("but not Secret edge/cacert"), "{legacy}");

    let mut trusted = authorities;
    for expected in [2, 2] {
        let ran = certgen(&server, "compact", &["--overwrite"])?;
        ensure!(ran.status.success(), "{ran:?}");
        for name in ["isolinecert", "envoycert"] {
            let secret = Secret::read(&server, name).await?;
            let authorities = secret.authorities()?;
            ensure!(authorities.len() == expected, "{} in {name}", authorities.len());
            ensure!(authorities[1] == trusted[0], "the one before stays");
            ensure!(
                secret.certificate()?.verify(authorities[0].public_key()?.as_ref())?,
                "the new one signs"
            );
        }
        trusted = Secret::read(&server, "isolinecert").await?.authorities()?;
    }
    Ok(())
}
