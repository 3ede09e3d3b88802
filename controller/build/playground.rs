//! Puts the playground's page where the binary includes it from: each file compressed, in a table with its digest. Without
//! a page the table is empty: everything else works all the same.

use std::{
    env,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};

pub(crate) fn embed(out: &Path) {
    println!("cargo:rerun-if-env-changed=ISOLINE_PLAYGROUND");
    let built = || {
        let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
        package.with_file_name("target").join("playground/page")
    };
    let page = env::var_os("ISOLINE_PLAYGROUND").map_or_else(built, PathBuf::from);
    // A folder that is missing would count as changed each time.
    let watched = page.ancestors().find(|folder| folder.is_dir()).unwrap_or(&page);
    println!("cargo:rerun-if-changed={}", watched.display());

    let mut names = Vec::new();
    collect(&page, "", &mut names);
    names.sort();
    let mut table = String::from("&[\n");
    for (number, name) in names.iter().enumerate() {
        let content = fs::read(page.join(name)).expect("a file of the page is readable");
        let digest = Sha256::digest(&content);
        let tag = u128::from_be_bytes(*digest.first_chunk().expect("a digest is longer"));
        let compressed = format!("playground-{number}.gz");
        fs::write(out.join(&compressed), gzip(&content)).expect("OUT_DIR is writable");
        let _ = writeln!(
            table,
            "    File {{ path: {name:?}, tag: \"\\\"{tag:032x}\\\"\", gzip: include_bytes!({compressed:?}) }},"
        );
    }
    table += "]\n";
    fs::write(out.join("playground.rs"), table).expect("OUT_DIR is writable");
}

/// The files below a folder, by their paths from the first.
fn collect(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), names);
        } else {
            names.push(name);
        }
    }
}

/// No time is written, so the same page makes the same binary.
fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::best());
    encoder.write_all(content).expect("a Vec takes all that is written");
    encoder.finish().expect("a Vec takes all that is written")
}
