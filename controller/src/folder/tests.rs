use isoline_translator::{Change, Object};

use super::*;

const PROXY: &str = "---
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {namespace: web, name: shop}
spec: {virtualhost: {fqdn: FQDN}}
";

/// The proxy `web/shop` with this host.
fn proxy(fqdn: &str) -> String {
    PROXY.replace("FQDN", fqdn)
}

fn service(name: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{namespace: web, name: {name}}}\nspec: {{ports: [{{port: 80}}]}}\n"
    )
}

fn object(text: &str) -> Object {
    match manifest::parse(text).expect("YAML").remove(0).content {
        Content::Object(object) => *object,
        other => panic!("no object: {other:?}"),
    }
}

/// The same proxy with a field that its schema does not know.
fn refused() -> String {
    proxy("x.test").replace("virtualhost", "virtualhorse")
}

fn text(path: &str, text: impl Into<String>) -> (PathBuf, Reading) {
    (path.into(), Reading::Text(text.into()))
}

fn gone(path: &str) -> (PathBuf, Reading) {
    (path.into(), Reading::Gone)
}

fn upsert(text: &str) -> Vec<Change> {
    vec![Change::Upsert(object(text))]
}

fn said(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// A folder that has read these files.
fn folder<const N: usize>(files: [(PathBuf, Reading); N]) -> Folder {
    let mut folder = Folder::default();
    folder.update(files);
    folder
}

#[test]
fn every_object_of_a_new_file_is_a_change() {
    let update = Folder::default().update([text("a.yaml", proxy("a.test") + &service("x"))]);
    assert_eq!(update.changes.len(), 2);
    assert_eq!(update.appeared, []);
}

#[test]
fn only_what_differs_is_a_change() {
    let mut folder = folder([text("a.yaml", proxy("a.test") + &service("x"))]);
    let update = folder.update([text("a.yaml", service("x") + &proxy("b.test"))]);
    assert_eq!(update.changes, upsert(&proxy("b.test")));
    assert_eq!(
        folder.update([text("a.yaml", service("x") + &proxy("b.test"))]),
        Update::default()
    );
}

#[test]
fn an_object_that_vanishes_from_a_file_is_deleted() {
    let mut folder = folder([text("a.yaml", proxy("a.test") + &service("x"))]);
    let update = folder.update([text("a.yaml", service("x"))]);
    assert_eq!(update.changes, [Change::Delete(object(&proxy("a.test")).reference())]);
}

#[test]
fn the_objects_of_a_deleted_file_are_deleted() {
    let mut folder = folder([text("a.yaml", proxy("a.test") + &service("x"))]);
    assert_eq!(folder.update([gone("a.yaml")]).changes.len(), 2);
    assert_eq!(folder.objects().count(), 0);
    assert_eq!(folder.files_under(Path::new("")).count(), 0);
}

#[test]
fn a_syntax_error_keeps_all_objects_and_names_line_and_column() {
    let mut folder = folder([text("a.yaml", proxy("a.test") + &service("x"))]);
    let update = folder.update([text("a.yaml", "a: 1\nb: [1, 2\nc: }\n")]);
    assert_eq!(update.changes, []);
    assert_eq!(folder.objects().count(), 2);
    let problem = &said(&update.appeared)[0];
    assert!(problem.starts_with("a.yaml:3:"), "{problem}");
    let update = folder.update([text("a.yaml", proxy("b.test") + &service("x"))]);
    assert_eq!(said(&update.resolved), [problem.as_str()]);
    assert_eq!(update.changes, upsert(&proxy("b.test")));
}

#[test]
fn an_unreadable_file_keeps_all_objects() {
    let mut folder = folder([text("a.yaml", proxy("a.test"))]);
    let update = folder.update([("a.yaml".into(), Reading::Failed("not UTF-8".to_owned()))]);
    assert_eq!(update.changes, []);
    assert_eq!(said(&update.appeared), ["a.yaml: not UTF-8"]);
    assert_eq!(folder.update([gone("a.yaml")]).resolved, update.appeared);
}

#[test]
fn a_refused_object_keeps_its_last_good_version_and_names_the_field() {
    let mut folder = folder([text("a.yaml", proxy("a.test"))]);
    let update = folder.update([text("a.yaml", refused() + &service("x"))]);
    assert_eq!(update.changes, upsert(&service("x")), "the rest of the file counts");
    let problem = &said(&update.appeared)[0];
    assert!(
        problem.starts_with("a.yaml:5:") && problem.contains("spec.virtualhorse"),
        "{problem}"
    );
    let again = folder.update([text("a.yaml", format!("# moved\n{}{}", refused(), service("x")))]);
    assert_eq!(again.changes, []);
    assert_eq!(folder.objects().count(), 2);
}

#[test]
fn an_object_that_was_never_good_is_not_there() {
    let mut folder = Folder::default();
    assert_eq!(folder.update([text("a.yaml", refused())]).changes, []);
    assert_eq!(
        folder.update([text("a.yaml", proxy("a.test"))]).changes,
        upsert(&proxy("a.test"))
    );
}

#[test]
fn an_object_may_move_between_files_and_break_on_the_way() {
    let mut folder = folder([text("a.yaml", proxy("a.test"))]);
    assert_eq!(
        folder.update([gone("a.yaml"), text("b.yaml", proxy("a.test"))]),
        Update::default()
    );
    let update = folder.update([gone("b.yaml"), text("c.yaml", refused())]);
    assert_eq!(update.changes, []);
    assert_eq!(update.appeared.len(), 1);
    assert_eq!(folder.update([gone("c.yaml")]).changes.len(), 1);
}

#[test]
fn of_two_files_the_first_by_path_is_in_force_and_the_error_names_both() {
    let mut folder = Folder::default();
    let update = folder.update([text("a.yaml", proxy("a.test")), text("b.yaml", proxy("b.test"))]);
    assert_eq!(update.changes, upsert(&proxy("a.test")));
    let expected = "b.yaml:2: HTTPProxy web/shop is defined at a.yaml:2 already, and that definition stays in force";
    assert_eq!(said(&update.appeared), [expected]);
}

#[test]
fn the_definition_in_force_stays_in_force() {
    let mut folder = folder([text("b.yaml", proxy("b.test"))]);
    let update = folder.update([text("a.yaml", proxy("a.test"))]);
    assert_eq!(update.changes, []);
    assert!(
        said(&update.appeared)[0].starts_with("a.yaml:2: "),
        "{:?}",
        update.appeared
    );
    assert_eq!(
        folder.update([text("b.yaml", proxy("c.test"))]).changes,
        upsert(&proxy("c.test"))
    );
}

#[test]
fn when_the_definition_in_force_goes_away_the_other_takes_over() {
    let mut folder = folder([text("a.yaml", proxy("a.test")), text("b.yaml", proxy("b.test"))]);
    let update = folder.update([gone("a.yaml")]);
    assert_eq!(update.changes, upsert(&proxy("b.test")));
    assert_eq!(update.resolved.len(), 1);
    assert_eq!(folder.problems().count(), 0);
}

#[test]
fn a_refused_definition_in_force_does_not_give_way() {
    let mut folder = folder([text("a.yaml", proxy("a.test")), text("b.yaml", proxy("b.test"))]);
    assert_eq!(folder.update([text("a.yaml", refused())]).changes, []);
}

#[test]
fn a_definition_that_was_never_good_gives_way_for_good() {
    let mut folder = Folder::default();
    let update = folder.update([text("a.yaml", refused()), text("b.yaml", proxy("b.test"))]);
    assert_eq!(update.changes, upsert(&proxy("b.test")));
    assert_eq!(folder.update([text("a.yaml", proxy("a.test"))]).changes, []);
}

#[test]
fn one_file_may_not_define_an_object_twice() {
    let mut folder = Folder::default();
    let update = folder.update([text("a.yaml", proxy("a.test") + &proxy("b.test"))]);
    assert_eq!(update.changes, upsert(&proxy("a.test")));
    assert!(
        said(&update.appeared)[0].starts_with("a.yaml:7: "),
        "{:?}",
        update.appeared
    );
    let update = folder.update([text("a.yaml", proxy("b.test"))]);
    assert_eq!((update.changes, update.resolved.len()), (upsert(&proxy("b.test")), 1));
}

#[test]
fn an_ignored_kind_is_noted_once() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n";
    let mut folder = Folder::default();
    let update = folder.update([text("a.yaml", deployment)]);
    let notes: Vec<_> = update.ignored.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        ["a.yaml:1: apps/v1 Deployment is ignored: Isoline does not read this kind"]
    );
    assert_eq!(
        folder.update([text("a.yaml", format!("# edited\n{deployment}"))]),
        Update::default()
    );
}

#[test]
fn files_under_a_folder_are_those_and_no_others() {
    let folder = folder([
        text("a/b.yaml", ""),
        text("a/b/c.yaml", ""),
        text("a/b/d/e.yaml", ""),
        text("a/bc.yaml", ""),
    ]);
    let under: Vec<_> = folder.files_under(Path::new("a/b")).collect();
    assert_eq!(under, [Path::new("a/b/c.yaml"), Path::new("a/b/d/e.yaml")]);
    assert_eq!(folder.files_under(Path::new("a/b.yaml")).count(), 1);
}

const PARENT: &str = "---
apiVersion: contour.heptio.com/v1beta1
kind: IngressRoute
metadata: {namespace: web, name: shop}
spec:
  virtualhost: {fqdn: a.test}
  routes: [{match: PATH, delegate: {name: child}}]
";

/// The old root `web/shop`, which delegates this path.
fn parent(path: &str) -> String {
    PARENT.replace("PATH", path)
}

/// The old child, and what it is as an HTTPProxy.
fn child(path: &str) -> String {
    "---
apiVersion: contour.heptio.com/v1beta1
kind: IngressRoute
metadata: {namespace: web, name: child}
spec: {routes: [{match: PATH, services: [{name: x, port: 80}]}]}
"
    .replace("PATH", path)
}

fn new_child(path: &str) -> String {
    "
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {namespace: web, name: child}
spec: {routes: [{conditions: [{prefix: PATH}], services: [{name: x, port: 80}]}]}
"
    .replace("PATH", path)
}

fn new_parent(path: &str) -> String {
    proxy("a.test").replace(
        "{fqdn: a.test}",
        &format!("{{fqdn: a.test}}, includes: [{{name: child, conditions: [{{prefix: {path}}}]}}]"),
    )
}

#[test]
fn old_objects_of_several_files_are_converted_together() {
    let mut folder = Folder::default();
    let update = folder.update([
        text("a.yaml", child("/a/b")),
        text("b.yaml", parent("/a") + &service("x")),
    ]);
    let changes = [new_child("/b"), new_parent("/a"), service("x")].map(|text| Change::Upsert(object(&text)));
    assert_eq!(update.changes, changes);
    assert_eq!(said(&update.appeared), [""; 0]);

    let update = folder.update([text(
        "b.yaml",
        parent("/a/b").replace("a.test", "b.test") + &service("x"),
    )]);
    assert_eq!(update.changes.len(), 2, "the child says its paths for its parents");
    let update = folder.update([text("b.yaml", parent("/a") + &service("other"))]);
    let changes = [new_child("/b"), new_parent("/a"), service("other")].map(|text| Change::Upsert(object(&text)));
    assert_eq!(&update.changes[..2], &changes[..2]);
}

#[test]
fn what_has_no_equivalent_is_a_problem_of_its_line_until_it_is_resolved() {
    let mut folder = folder([text("a.yaml", child("/a/b"))]);
    let problems: Vec<_> = folder.problems().collect();
    assert!(
        said(&problems)[0].starts_with("a.yaml:5:")
            && said(&problems)[0].contains("IngressRoute web/child: spec.routes"),
        "{problems:?}"
    );
    let update = folder.update([text("b.yaml", parent("/a"))]);
    assert_eq!(update.resolved, problems);
    let update = folder.update([gone("b.yaml")]);
    assert_eq!(update.appeared, problems);
}

#[test]
fn an_old_object_keeps_its_last_good_version() {
    let mut folder = folder([text("a.yaml", child("/a/b")), text("b.yaml", parent("/a"))]);
    let update = folder.update([text("a.yaml", child("/a/c").replace("services", "servants"))]);
    assert_eq!(update.changes, []);
    assert!(
        said(&update.appeared)[0].starts_with("a.yaml:5:"),
        "{:?}",
        update.appeared
    );
    let update = folder.update([text("a.yaml", "}")]);
    assert_eq!(update.changes, []);
    let update = folder.update([text("a.yaml", child("/a/c"))]);
    assert_eq!(update.changes, upsert(&new_child("/c")));
    assert_eq!(folder.problems().count(), 0);
}

#[test]
fn old_objects_that_go_away_are_deleted() {
    let mut folder = folder([text("a.yaml", child("/a/b")), text("b.yaml", parent("/a"))]);
    let update = folder.update([gone("b.yaml"), gone("a.yaml")]);
    assert_eq!(update.changes.len(), 2);
    assert_eq!((folder.objects().count(), folder.problems().count()), (0, 0));
}

#[test]
fn an_old_object_and_its_successor_are_one_object() {
    let mut folder = folder([text("a.yaml", parent("/a") + &child("/a/b"))]);
    let update = folder.update([text("b.yaml", new_child("/b"))]);
    assert_eq!(update.changes, []);
    let expected = "b.yaml:2: HTTPProxy web/child is defined at a.yaml:9 already, and that definition stays in force";
    assert_eq!(said(&update.appeared), [expected]);
    let update = folder.update([text("a.yaml", proxy("a.test"))]);
    assert_eq!(update.changes, upsert(&proxy("a.test")), "the successor is equal");
    assert_eq!(update.resolved.len(), 1);
}
