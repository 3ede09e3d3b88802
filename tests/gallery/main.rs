//! The examples of the playground's gallery. Each begins with comment lines `# key: value`; what they promise is so.

use std::{collections::BTreeSet, path::Path};

use isoline_tests::example::Example;
use isoline_translator::{
    Change, Translator,
    explain::{Expectation, Request},
    report::StatusReport,
    translate,
};

const KEYS: [&str; 7] = [
    "title",
    "group",
    "description",
    "teaches",
    "settings",
    "request",
    "expect",
];
const GROUPS: [&str; 7] = [
    "Start here",
    "Routing",
    "Traffic",
    "Security",
    "Teams",
    "Load balancers",
    "Other APIs",
];

fn head_is_complete(example: &Path) -> datatest_stable::Result<()> {
    let head = Example::read(example)?.head;
    let title = head.required("title")?;
    assert!(
        title.chars().count() <= 40,
        "the title {title:?} is longer than 40 letters"
    );
    let group = head.required("group")?;
    assert!(GROUPS.contains(&group), "{group:?} is none of {GROUPS:?}");
    let description = head.required("description")?;
    let is_sentence = description.ends_with('.') && !description.contains(". ");
    assert!(is_sentence, "{description:?} is not one sentence");
    assert!(["", "invalid"].contains(&head.optional("teaches")?));
    assert!(head.all("request").next().is_some(), "no line `# request: ...`");
    let unknown = head.0.iter().find(|(key, _)| !KEYS.contains(&key.as_str()));
    assert_eq!(unknown, None);
    Ok(())
}

fn promises_hold(example: &Path) -> datatest_stable::Result<()> {
    let Example {
        head,
        settings,
        objects,
        rejected,
    } = Example::read(example)?;
    let translation = translate(objects.clone(), settings.clone());
    assert!(translation.unmet.is_empty(), "{:?}", translation.unmet);
    let report = StatusReport::new(&translation.statuses, &rejected);
    let teaches_mistakes = head.optional("teaches")? == "invalid";
    assert_ne!(report.is_all_valid(), teaches_mistakes, "{report:#?}");

    let mut translator = Translator::new(settings);
    translator.apply(objects.into_iter().map(Change::Upsert));
    for request in head.all("request") {
        translator.explain(&serde_json::from_str::<Request>(request)?)?;
    }
    let mut names = BTreeSet::new();
    for line in head.all("expect") {
        let expectation: Expectation = serde_json::from_str(line)?;
        let outcome = translator.expect(&expectation);
        assert!(outcome.holds(), "{outcome:#?}");
        assert!(names.insert(expectation.name), "{line}: the name is not the first");
    }
    Ok(())
}

datatest_stable::harness! {
    { test = head_is_complete, root = "../web-playground/examples", pattern = r"" },
    { test = promises_hold, root = "../web-playground/examples", pattern = r"" },
}
