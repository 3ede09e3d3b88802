//! The files that are made of the types: fresh, or written anew with `UPDATE_GENERATED=1` (`cargo xtask generate`).

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use isoline_translator::{crd, settings_reference};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn is_update() -> bool {
    std::env::var_os("UPDATE_GENERATED").is_some()
}

/// Says whether a file says what it should; with the update it does.
fn is_fresh(path: &Path, content: &str) -> bool {
    let path = root().join(path);
    if is_update() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
    }
    fs::read_to_string(&path).is_ok_and(|text| text == content)
}

#[test]
fn the_definitions_are_fresh() {
    for (path, content) in [
        ("translator/src/crd/schemas.json", crd::derived_schemas()),
        ("deploy/crds.yaml", crd::derived_yaml()),
    ] {
        assert!(
            is_fresh(Path::new(path), &content),
            "{path} is stale: cargo xtask generate"
        );
    }
}

#[test]
fn the_definitions_that_are_printed_are_those_of_the_types() {
    if !is_update() {
        assert_eq!(crd::yaml(), crd::derived_yaml());
    }
}

#[test]
fn the_page_of_the_settings_is_fresh() {
    let path = Path::new("docs/settings.md");
    let is_fresh = is_fresh(path, &settings_reference());
    assert!(is_fresh, "{} is stale: cargo xtask generate", path.display());
}

#[test]
fn the_reference_is_fresh() {
    let folder = Path::new("docs/reference");
    let pages = crd::reference_pages();
    for (file, page) in &pages {
        let is_fresh = is_fresh(&folder.join(file), page);
        assert!(is_fresh, "{file} is stale: cargo xtask generate");
    }
    let written = fs::read_dir(root().join(folder)).unwrap();
    let written: BTreeSet<_> = written
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let made: BTreeSet<_> = pages.into_iter().map(|(file, _)| file).collect();
    assert_eq!(written, made);
}

#[test]
fn every_link_of_the_reference_leads_to_one_heading() {
    for (file, page) in crd::reference_pages() {
        let anchor = |heading: &str| -> String {
            let kept = heading
                .chars()
                .filter(|letter| letter.is_alphanumeric() || *letter == '-');
            kept.flat_map(char::to_lowercase).collect()
        };
        let headings: Vec<_> = page
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .map(anchor)
            .collect();
        let links = page.split("](#").skip(1).map(|rest| rest.split(')').next().unwrap());
        for link in links {
            let count = headings.iter().filter(|heading| *heading == link).count();
            assert_eq!(count, 1, "{file} links to #{link}");
        }
    }
}
