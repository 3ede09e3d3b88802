//! Certificates that Envoy asks for when a client names their host.

use anyhow::{Result, ensure};
use isoline_tests::{
    authority::Authority, backend::Backend, client::Dial, controller::Controller, folder::Folder, objects, wait::until,
};

#[tokio::test]
async fn certificates_come_on_demand_and_rotate() -> Result<()> {
    let backend = Backend::start("one").await?;
    let authority = Authority::new()?;
    let folder = Folder::new()?;
    folder.write_objects("one.yaml", &objects::service("one", &[backend.port()]))?;
    let routes = [objects::route("/", "one")];
    let (host, other) = ("a.example.com", "b.example.com");
    let first = authority.certificate(host)?;
    folder.write_objects("secret.yaml", &[objects::secret("a", &first)])?;
    folder.write_objects(
        "hosts.yaml",
        &[
            objects::secure_proxy("a", host, "a", &routes),
            objects::secret("wild", &authority.certificate("*.wild.example.com")?),
            objects::secure_proxy("wild", "*.wild.example.com", "wild", &routes),
        ],
    )?;
    let controller = Controller::start(folder, "tls: {certificates: OnDemand}").await?;
    let client = authority.client(&[])?;
    let dial = |name: &str| controller.https().tls(name, &client);
    for name in [host, "any.wild.example.com"] {
        assert_eq!(dial(name).get(name, "/").await?.backend()?, "one", "{name}");
    }
    assert_eq!(dial(host).certificate().await?, first.der()?);
    let served = async |dial: &Dial, name: &str| dial.get(name, "/").await?.backend();
    assert_eq!(dial(host).get("any.wild.example.com", "/").await?.status, 421);
    assert!(served(&dial(other), other).await.is_err(), "nobody has that name");

    let second = authority.certificate(host)?;
    controller
        .folder
        .write_objects("secret.yaml", &[objects::secret("a", &second)])?;
    until("the new certificate is served", async || {
        ensure!(dial(host).certificate().await? == second.der()?, "still the first");
        Ok(())
    })
    .await?;

    let listeners = "listener_manager.lds.update_success";
    let before = controller.admin().stats(listeners).await?;
    controller.folder.write_objects(
        "other.yaml",
        &[
            objects::secret("b", &authority.certificate(other)?),
            objects::secure_proxy("b", other, "b", &routes),
        ],
    )?;
    until("the new host is served", async || {
        ensure!(served(&dial(other), other).await? == "one");
        Ok(())
    })
    .await?;
    assert_eq!(
        controller.admin().stats(listeners).await?,
        before,
        "a new host touches no listener"
    );
    Ok(())
}
