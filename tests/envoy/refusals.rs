//! What our translator accepts and Envoy refuses.

use anyhow::{Context as _, Result, ensure};
use isoline_tests::{
    authority::{Authority, Certificate},
    backend::Backend,
    client::Dial,
    controller::Controller,
    folder::Folder,
    objects,
    wait::until,
};
use serde_json::{Value, json};

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
        let metric = format!("isoline_xds_refusals_total{{type=\"{kind}\"}}");
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

#[tokio::test]
async fn a_refused_route_does_not_stop_others() -> Result<()> {
    let host = "regex.example.com";
    let objects = |regex: &str| {
        let mut matching = objects::route("/", "two");
        let header = json!({"header": {"name": "x-word", "regex": regex}});
        matching["conditions"] = json!([header, {"prefix": "/"}]);
        [objects::proxy("regex", host, &[objects::route("/", "one"), matching])]
    };
    let scene = Scene::start(&objects("^a+$")).await?;
    let http = scene.controller.http();
    let with_word = async |word: &str| http.open().await?.get(host, "/", &[("x-word", word)]).await?.backend();
    assert_eq!(
        (with_word("aa").await?, with_word("b").await?),
        ("two".to_owned(), "one".to_owned())
    );

    // Envoy's engine repeats nothing more than a thousand times.
    scene.write(&objects("^a{1001}$"))?;
    scene
        .refusal_is_told("scope", &["HTTPProxy web/regex", "invalid repetition size"])
        .await?;
    scene.bystander_moves_to("two").await?;
    assert_eq!(
        (with_word("aa").await?, with_word("b").await?),
        ("two".to_owned(), "one".to_owned())
    );

    scene.write(&objects("^b$"))?;
    until("the corrected route is served", async || {
        ensure!(with_word("b").await? == "two", "still the first");
        Ok(())
    })
    .await?;
    scene.bystander_moves_to("one").await
}
