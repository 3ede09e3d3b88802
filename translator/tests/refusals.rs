//! Objects that an API server refuses are refused here, for the same reasons.
//!
//! A file holds documents; the comment lines at the beginning of each are the reasons, all of them. A real API server gave
//! them; where it stops at the first kind of problem, the others follow. `UPDATE_GENERATED=1` writes them anew.

use std::{fs, path::Path};

use isoline_translator::manifest::{self, Content};

#[test]
fn an_object_is_refused_for_every_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/refusals");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let written = fs::read_to_string(&path).unwrap();
        let documents: Vec<_> = written.split("---\n").map(with_reasons).collect();
        let told = documents.join("---\n");
        if std::env::var_os("UPDATE_GENERATED").is_some() {
            fs::write(&path, told).unwrap();
        } else {
            assert_eq!(written, told, "{}", path.display());
        }
    }
}

/// The document under the reasons for which it is refused.
fn with_reasons(document: &str) -> String {
    let body: Vec<_> = document.lines().skip_while(|line| line.starts_with("# ")).collect();
    let body = body.join("\n");
    let content = manifest::parse(&body).unwrap().remove(0).content;
    let Content::Rejected(rejection) = content else {
        panic!("not refused: {body}");
    };
    let reasons = rejection
        .problems
        .iter()
        .map(|problem| format!("# {}", problem.message));
    let lines: Vec<_> = reasons.chain([body]).collect();
    lines.join("\n") + "\n"
}
