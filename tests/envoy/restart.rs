//! A controller that dies and comes back while Envoy serves.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use isoline_tests::{
    authority::Authority,
    backend::Backend,
    controller::{Controller, LOCAL_SETTINGS},
    envoy::Admin,
    folder::Folder,
    load::{Load, Target},
    objects, proxy_header,
    wait::until,
};

/// Counts every response that Envoy took, by type.
async fn updates(admin: &Admin) -> Result<BTreeMap<String, u64>> {
    let stats = admin.stats("update_success$|update_rejected$|config_reload$").await?;
    Ok(stats
        .into_iter()
        .filter(|(name, _)| !name.starts_with("cluster."))
        .collect())
}

async fn connected(admin: &Admin, expected: u64) -> Result<()> {
    until(&format!("control_plane.connected_state is {expected}"), async || {
        let stats = admin.stats("^control_plane.connected_state$").await?;
        ensure!(stats.values().eq([&expected]), "{stats:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn controller_restart_does_not_disturb_traffic() -> Result<()> {
    let (one, two) = (Backend::start("one").await?, Backend::start("two").await?);
    let authority = Authority::new()?;
    let folder = Folder::new()?;
    folder.write_objects("one.yaml", &objects::service("one", &[one.port()]))?;
    folder.write_objects("two.yaml", &objects::service("two", &[two.port()]))?;
    // Both services are used at any time, so that an edit changes nothing but the host.
    let proxy = |service| {
        let routes = [objects::route("/", service), objects::route("/one", "one")];
        [objects::proxy("a", "a.example.com", &routes)]
    };
    folder.write_objects("a.yaml", &proxy("one"))?;
    let routes = [objects::route("/", "two")];
    let shop = objects::proxy("shop", "*.mall.example.com", &routes);
    folder.write_objects("shop.yaml", &[shop, objects::insecure_policy("shop", "Redirect")])?;
    let secret = objects::secret("secure", &authority.certificate("secure.example.com")?);
    let secure = objects::secure_proxy("secure", "secure.example.com", "secure", &routes);
    folder.write_objects("secure.yaml", &[secret, secure])?;
    let mut controller = Controller::start_alone(folder, LOCAL_SETTINGS).await?;
    let envoy = controller.envoy("envoy", controller.ports.admin()).await?;
    let http = controller.http();
    let https = controller.https().tls("secure.example.com", &authority.client(&[])?);
    let filtered = http.clone().preamble(proxy_header::v2(443));
    let targets = [
        Target::new(&http, "a.example.com", "/"),
        Target::new(&filtered, "SHOES.mall.example.com", "/"),
        Target::new(&https, "secure.example.com", "/"),
    ];
    let load = Load::start(&targets, 2);
    load.more(200).await?;
    let before = updates(&envoy.admin).await?;

    controller.kill()?;
    connected(&envoy.admin, 0).await?;
    load.more(500).await?;
    controller.restart().await?;
    connected(&envoy.admin, 1).await?;
    load.more(500).await?;

    // Responses of one type come in order: with the edit, all that was sent before it has arrived.
    controller.folder.write_objects("a.yaml", &proxy("two"))?;
    until("the edit arrives", async || {
        let answered = http.get("a.example.com", "/").await?.backend()?;
        ensure!(answered == "two", "answered by {answered}");
        Ok(())
    })
    .await?;
    let after = updates(&envoy.admin).await?;
    let changed: BTreeMap<_, _> = after
        .into_iter()
        .filter(|(name, count)| before.get(name) != Some(count))
        .collect();
    // The host has one scope for each listener that serves it; they go together, and all listeners share one table.
    let edited = before.iter().filter(|(name, _)| name.contains(".scoped_rds."));
    let edited = edited.filter(|(name, _)| name.ends_with(".update_success") || name.ends_with(".config_reload"));
    let expected: BTreeMap<_, _> = edited.map(|(name, count)| (name.clone(), count + 1)).collect();
    assert!(!expected.is_empty(), "{before:?}");
    assert_eq!(changed, expected, "only the edit was sent");
    eprintln!("{} requests", load.stop().await?);
    Ok(())
}
