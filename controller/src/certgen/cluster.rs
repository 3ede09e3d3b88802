//! The Secrets in a cluster.

use anyhow::{Context as _, Result};
use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::{
    Api, ResourceExt as _,
    api::{Patch, PatchParams, PostParams},
};

use super::{Options, Outcome, is_kept, secrets::CA};
use crate::kubernetes::client;

const FIELD_MANAGER: &str = "isoline-certgen";

const END: &str = "-----END CERTIFICATE-----";

pub(super) async fn apply(options: &Options, secrets: Vec<Secret>) -> Result<()> {
    let connection = client::Options {
        in_cluster: options.incluster,
        kubeconfig: options.kubeconfig.clone(),
        ..client::Options::default()
    };
    let api = Api::<Secret>::namespaced(client::connect(&connection).await?, &options.namespace);
    let mut before = Vec::new();
    for secret in &secrets {
        let name = secret.name_any();
        let found = api.get_opt(&name).await;
        before.push(found.with_context(|| format!("cannot read Secret {}/{name}", options.namespace))?);
    }
    let (existing, missing): (Vec<_>, Vec<_>) = secrets.iter().zip(&before).partition(|(_, before)| before.is_some());
    let shown = |secrets: &[(&Secret, _)]| secrets.iter().map(|(secret, _)| named(secret)).collect::<Vec<_>>();
    if is_kept(options.overwrite, &shown(&existing), &shown(&missing))? {
        for secret in &secrets {
            Outcome::Kept.tell(&named(secret))?;
        }
        return Ok(());
    }
    for (secret, before) in secrets.into_iter().zip(before) {
        let name = named(&secret);
        let put = put(&api, secret, before).await;
        put.with_context(|| format!("cannot write {name}"))?.tell(&name)?;
    }
    Ok(())
}

fn named(secret: &Secret) -> String {
    format!(
        "Secret {}/{}",
        secret.namespace().unwrap_or_default(),
        secret.name_any()
    )
}

async fn put(api: &Api<Secret>, mut secret: Secret, before: Option<Secret>) -> kube::Result<Outcome> {
    let Some(before) = before else {
        let params = PostParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PostParams::default()
        };
        api.create(&params, &secret).await?;
        return Ok(Outcome::Created);
    };
    keep_authority(&mut secret, &before);
    let params = PatchParams::apply(FIELD_MANAGER).force();
    api.patch(&secret.name_any(), &params, &Patch::Apply(&secret)).await?;
    Ok(Outcome::Replaced)
}

/// Leaves the authority of the time before after the new one: just the first, so that no more than two are ever trusted.
fn keep_authority(secret: &mut Secret, before: &Secret) {
    let before = before.data.as_ref().and_then(|data| data.get(CA));
    let before = before.and_then(|ByteString(bytes)| first_certificate(std::str::from_utf8(bytes).ok()?));
    let now = secret.data.as_mut().and_then(|data| data.get_mut(CA));
    if let (Some(before), Some(ByteString(now))) = (before, now) {
        now.extend_from_slice(before.as_bytes());
    }
}

fn first_certificate(pem: &str) -> Option<String> {
    let end = pem.find(END)? + END.len();
    let parsed = pem::parse(&pem[..end]).ok()?;
    Some(pem::encode_config(
        &parsed,
        pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF),
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn certificate(content: &str) -> String {
        let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        pem::encode_config(&pem::Pem::new("CERTIFICATE", content), config)
    }

    fn secret(authorities: &str) -> Secret {
        let data = BTreeMap::from([(CA.to_owned(), ByteString(authorities.as_bytes().to_vec()))]);
        Secret {
            data: Some(data),
            ..Secret::default()
        }
    }

    #[test]
    fn the_authority_before_stays_and_the_one_before_that_goes() {
        let (one, two, three) = (certificate("one"), certificate("two"), certificate("three"));
        let mut now = secret(&three);
        keep_authority(&mut now, &secret(&format!("{two}{one}")));
        assert_eq!(now, secret(&format!("{three}{two}")));
    }

    #[test]
    fn what_is_no_certificate_does_not_stay() {
        for before in ["", "nothing", "-----END CERTIFICATE-----"] {
            let mut now = secret("new");
            keep_authority(&mut now, &secret(before));
            assert_eq!(now, secret("new"));
        }
    }
}
