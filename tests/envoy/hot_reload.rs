//! Files that break while they are served.

use anyhow::{Result, ensure};
use isoline_tests::{backend::Backend, controller::Controller, folder::Folder, objects, wait::until};

#[tokio::test]
async fn hot_reload_of_a_broken_file_keeps_serving() -> Result<()> {
    let (one, two) = (Backend::start("one").await?, Backend::start("two").await?);
    let folder = Folder::new()?;
    folder.write_objects("one.yaml", &objects::service("one", &[one.port()]))?;
    folder.write_objects("two.yaml", &objects::service("two", &[two.port()]))?;
    let a = |service| [objects::proxy("a", "a.example.com", &[objects::route("/", service)])];
    let b = |service| [objects::proxy("b", "b.example.com", &[objects::route("/", service)])];
    folder.write_objects("a.yaml", &a("one"))?;
    folder.write_objects("b.yaml", &b("one"))?;
    let controller = Controller::start(folder, "").await?;
    let folder = &controller.folder;
    let answers = async |host: &str, backend: &str| {
        until(&format!("{host} is answered by {backend}"), async || {
            let answered = controller.http().get(host, "/").await?.backend()?;
            ensure!(answered == backend, "answered by {answered}");
            Ok(())
        })
        .await
    };
    let problems = async |count: u64| {
        until(&format!("{count} problems"), async || {
            let metric = controller.metric("isoline_folder_problems").await?;
            ensure!(metric == Some(count), "{metric:?}");
            Ok(())
        })
        .await
    };
    answers("a.example.com", "one").await?;
    answers("b.example.com", "one").await?;
    problems(0).await?;

    folder.write("a.yaml", "kind: HTTPProxy\nspec: {virtualhost: [\n}\n")?;
    problems(1).await?;
    assert!(
        controller.process.log().contains("a.yaml:2:21: "),
        "the log names file, line and column"
    );
    // What comes after the broken file shows that it was taken note of, and did no harm.
    folder.write_objects("b.yaml", &b("two"))?;
    answers("b.example.com", "two").await?;
    answers("a.example.com", "one").await?;

    folder.write_objects("a.yaml", &a("two"))?;
    answers("a.example.com", "two").await?;
    problems(0).await
}
