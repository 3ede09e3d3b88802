//! What our translator accepts and Envoy refuses.

use anyhow::{Context as _, Result, bail, ensure};
use isoline_envoy_api::envoy::{
    config::route::v3::{RouteMatch, ScopedRouteConfiguration, route_match::PathSpecifier},
    r#type::matcher::v3::RegexMatcher,
};
use isoline_tests::{
    authority::{Authority, Certificate},
    backend::Backend,
    client::Dial,
    controller::Controller,
    folder::Folder,
    objects,
    wait::until,
};
use isoline_translator::{
    Resource, ResourceType, Settings, Translation,
    manifest::{self, Content},
    translate,
};
use prost::Message as _;
use serde_json::Value;

use crate::live::Live;

/// Two backends, a bystander and whoever is to be refused.
struct Scene {
    controller: Controller,
    _backends: [Backend; 2],
}

impl Scene {
    async fn start(objects: &[Value]) -> Result<Self> {
        let backends = [Backend::start("one").await?, Backend::start("two").await?];
        let folder = Folder::new()?;
        folder.write_objects("one.yaml", &objects::service("one", &[backends[0].port()]))?;
        folder.write_objects("two.yaml", &objects::service("two", &[backends[1].port()]))?;
        folder.write_objects("bystander.yaml", &bystander("one"))?;
        folder.write_objects("host.yaml", objects)?;
        Ok(Self {
            controller: Controller::start(folder, "").await?,
            _backends: backends,
        })
    }

    fn write(&self, objects: &[Value]) -> Result<()> {
        self.controller.folder.write_objects("host.yaml", objects)
    }

    /// A change of another host arrives.
    async fn bystander_moves_to(&self, service: &str) -> Result<()> {
        self.controller
            .folder
            .write_objects("bystander.yaml", &bystander(service))?;
        answered_by(&self.controller.http(), "bystander.example.com", "/", service).await
    }

    /// The refusal is counted, and told in one line that holds all these words.
    async fn refusal_is_told(&self, kind: &str, words: &[&str]) -> Result<()> {
        let metric = format!("isoline_xds_nacks_total{{type=\"{kind}\"}}");
        until(&metric, async || {
            let count = self.controller.metric(&metric).await?;
            ensure!(count == Some(1), "{count:?}");
            Ok(())
        })
        .await?;
        let log = self.controller.process.log();
        let line = log
            .lines()
            .find(|line| line.contains("refused a resource"))
            .context("the log tells of it")?;
        for word in words {
            ensure!(line.contains(word), "no {word} in {line}");
        }
        Ok(())
    }
}

fn bystander(service: &str) -> [Value; 1] {
    [objects::proxy(
        "bystander",
        "bystander.example.com",
        &[objects::route("/", service)],
    )]
}

async fn answered_by(dial: &Dial, host: &str, path: &str, backend: &str) -> Result<()> {
    until(&format!("{host}{path} is answered by {backend}"), async || {
        let answered = dial.get(host, path).await?.backend()?;
        ensure!(answered == backend, "answered by {answered}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_refused_certificate_does_not_stop_others() -> Result<()> {
    let host = "secure.example.com";
    let authority = Authority::new()?;
    let (first, other) = (authority.certificate(host)?, authority.certificate(host)?);
    let objects = |certificate: &Certificate| {
        let routes = [objects::route("/", "one")];
        [
            objects::secret("secure", certificate),
            objects::secure_proxy("secure", host, "secure", &routes),
        ]
    };
    let scene = Scene::start(&objects(&first)).await?;
    let dial = scene.controller.https().tls(host, &authority.client(&[])?);
    assert_eq!(dial.get(host, "/").await?.backend()?, "one");
    assert_eq!(dial.certificate().await?, first.der()?);

    let mismatched = Certificate {
        chain: other.chain.clone(),
        key: first.key.clone(),
    };
    scene.write(&objects(&mismatched))?;
    scene
        .refusal_is_told("secret", &["Secret web/secure", "resource=\"web/secure\""])
        .await?;
    scene.bystander_moves_to("two").await?;
    assert_eq!(dial.certificate().await?, first.der()?, "the last good version stays");
    assert_eq!(dial.get(host, "/").await?.backend()?, "one");

    scene.write(&objects(&other))?;
    until("the corrected certificate is served", async || {
        ensure!(dial.certificate().await? == other.der()?, "still the first");
        Ok(())
    })
    .await?;
    scene.bystander_moves_to("one").await
}

/// Both hosts forward to a service; so far, Envoy takes everything that the translator makes of objects.
fn two_hosts(service: &str) -> Result<Translation> {
    let mut values = [objects::service("one", &[]), objects::service("two", &[])].concat();
    for name in ["spoilt", "bystander"] {
        let fqdn = format!("{name}.example.com");
        values.push(objects::proxy(name, &fqdn, &[objects::route("/", service)]));
    }
    let mut read = Vec::new();
    for document in manifest::parse(&values.iter().map(Value::to_string).collect::<Vec<_>>().join("\n---\n"))? {
        let Content::Object(object) = document.content else {
            bail!("{document:?}");
        };
        read.push(*object);
    }
    Ok(translate(read, Settings::default()))
}

/// Gives the scope of a host a regular expression that Envoy's engine cannot take.
fn spoil(translation: &mut Translation, host: &str) -> Result<()> {
    let scopes = translation.resources.iter_mut();
    for (_, resource) in scopes.filter(|(key, _)| key.kind == ResourceType::Scope) {
        let mut scope = ScopedRouteConfiguration::decode(resource.body.value.as_slice())?;
        let virtual_host = scope
            .route_configuration
            .as_mut()
            .map(|routes| &mut routes.virtual_hosts[0]);
        let virtual_host = virtual_host.context("a scope has its routes inline")?;
        if virtual_host.name == host {
            let pattern = RegexMatcher {
                regex: "a{1001}".to_owned(),
                ..RegexMatcher::default()
            };
            virtual_host.routes[0].r#match = Some(RouteMatch {
                path_specifier: Some(PathSpecifier::SafeRegex(pattern)),
                ..RouteMatch::default()
            });
            *resource = Resource::new(&scope);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_refused_scope_does_not_stop_others() -> Result<()> {
    let mut live = Live::start("refusals").await?;
    let settings = live.moved(Settings::default());
    live.hold(two_hosts("one")?, &settings).await?;
    let mut next = two_hosts("two")?;
    spoil(&mut next, "spoilt.example.com")?;
    let refusal = live.hold(next, &settings).await.expect_err("Envoy refuses it");
    ensure!(refusal.to_string().contains("invalid repetition size"), "{refusal:#}");
    until("the other host is changed and the refused one as it was", async || {
        for (host, cluster) in [
            ("bystander.example.com", "web/two/80"),
            ("spoilt.example.com", "web/one/80"),
        ] {
            let held = live.cluster_of(host).await?;
            ensure!(held == cluster, "{host} is served by {held}");
        }
        Ok(())
    })
    .await?;
    live.hold(two_hosts("two")?, &settings).await
}
