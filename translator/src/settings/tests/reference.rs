//! What the reference page promises.

use super::{super::reference::blocks, accepted};

/// The lines that a block cannot do without.
fn required(block: &str, key: &str) -> &'static str {
    match block {
        "globalExtAuth" if key.starts_with("httpSettings") => "  extensionService: a/b\n  serviceType: http\n",
        "rateLimitService" => "  extensionService: a/b\n  domain: c\n",
        "tracing" | "globalExtAuth" => "  extensionService: a/b\n",
        _ => "",
    }
}

/// The lines with a value on a path.
fn nested(path: &str, value: &str) -> String {
    let keys = path.split('.').enumerate();
    let lines = keys.map(|(depth, key)| format!("\n{}{key}:", "  ".repeat(depth + 1)));
    let lines: String = lines.collect();
    format!("{} {value}\n", lines.trim_start_matches('\n'))
}

#[test]
fn every_default_is_what_happens_without_it() {
    let (blocks, top) = blocks();
    let of_blocks = blocks
        .iter()
        .flat_map(|block| block.rows.iter().map(|row| (block.name.as_str(), row)));
    let mut checked = 0;
    for (block, row) in of_blocks.chain(top.iter().map(|row| ("", row))) {
        let literal = row.default.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
        let Some(default) = literal.filter(|literal| !literal.contains('`') && !row.key.contains('[')) else {
            continue;
        };
        let (with, without) = if block.is_empty() {
            (format!("{}: {default}", row.key), String::new())
        } else {
            let parent = row.key.rsplit_once('.').map(|(parent, _)| nested(parent, "{}"));
            let lines = |lines: &str| format!("{block}:\n{}{lines}", required(block, &row.key));
            (lines(&nested(&row.key, default)), lines(&parent.unwrap_or_default()))
        };
        let (mut with_default, without) = (accepted(&with), accepted(&without));
        // That something is written is no difference while the mode is not `Auto`.
        with_default.written_front = without.written_front.clone();
        assert_eq!(with_default, without, "{with}");
        checked += 1;
    }
    assert!(checked > 40, "only {checked} defaults are literal");
}

#[test]
fn every_key_has_a_meaning() {
    let (blocks, top) = blocks();
    for row in blocks.iter().flat_map(|block| &block.rows).chain(&top) {
        assert!(!format!("{row:?}").contains("meaning: \"\""), "{row:?}");
    }
}
