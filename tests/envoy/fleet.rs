//! Several Envoys on one controller.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use isoline_tests::{
    authority::Authority,
    backend::Backend,
    controller::{Controller, LOCAL_SETTINGS},
    envoy::Admin,
    folder::Folder,
    objects,
    wait::until,
};
use serde_json::Value;

/// What an Envoy was given, without what it started with and the times at which the rest came.
async fn held(admin: &Admin) -> Result<BTreeMap<String, Value>> {
    let mut dump = admin.config_dump().await?;
    dump.retain(|kind, _| kind != "BootstrapConfigDump");
    dump.values_mut().for_each(drop_its_own);
    Ok(dump)
}

fn drop_its_own(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("last_updated");
            fields.remove("static_clusters");
            fields.remove("static_endpoint_configs");
            fields.values_mut().for_each(drop_its_own);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_its_own),
        _ => {}
    }
}

async fn requests(admin: &Admin) -> Result<u64> {
    Ok(admin
        .stats("^http.ingress_http.downstream_rq_total$")
        .await?
        .values()
        .sum())
}

#[tokio::test]
async fn two_envoys_get_the_same() -> Result<()> {
    let (one, two) = (Backend::start("one").await?, Backend::start("two").await?);
    let authority = Authority::new()?;
    let folder = Folder::new()?;
    folder.write_objects("one.yaml", &objects::service("one", &[one.port()]))?;
    folder.write_objects("two.yaml", &objects::service("two", &[two.port()]))?;
    let proxy = |service| [objects::proxy("a", "a.example.com", &[objects::route("/", service)])];
    folder.write_objects("a.yaml", &proxy("one"))?;
    let secret = objects::secret("secure", &authority.certificate("secure.example.com")?);
    let routes = [objects::route("/", "two")];
    let secure = objects::secure_proxy("secure", "secure.example.com", "secure", &routes);
    folder.write_objects("secure.yaml", &[secret, secure])?;
    let controller = Controller::start_alone(folder, LOCAL_SETTINGS).await?;
    let connected = async |expected: u64| {
        until(&format!("{expected} Envoys are connected"), async || {
            let count = controller.metric("isoline_xds_connected_envoys").await?;
            ensure!(count == Some(expected), "{count:?}");
            Ok(())
        })
        .await
    };
    // Both bind the same ports: the kernel hands each connection to one of them.
    let first = controller.envoy("first", controller.ports.admin()).await?;
    let mut second = controller.envoy("second", controller.ports.second_admin()).await?;
    connected(2).await?;
    until("both hold the same", async || {
        let (first, second) = (held(&first.admin).await?, held(&second.admin).await?);
        ensure!(first == second, "{first:#?}\n{second:#?}");
        Ok(())
    })
    .await?;

    let http = controller.http();
    until("both serve", async || {
        assert_eq!(http.get("a.example.com", "/").await?.backend()?, "one");
        let counts = (requests(&first.admin).await?, requests(&second.admin).await?);
        ensure!(counts.0 > 0 && counts.1 > 0, "{counts:?}");
        Ok(())
    })
    .await?;

    second.process.kill()?;
    connected(1).await?;
    for _ in 0..50 {
        assert_eq!(http.get("a.example.com", "/").await?.backend()?, "one");
    }
    controller.folder.write_objects("a.yaml", &proxy("two"))?;
    until("the edit arrives", async || {
        let answered = http.get("a.example.com", "/").await?.backend()?;
        ensure!(answered == "two", "answered by {answered}");
        Ok(())
    })
    .await
}
