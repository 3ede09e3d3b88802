//! The examples of the playground's gallery. Each begins with comment lines `# key: value`; what they promise is so.

use std::{collections::BTreeSet, fs, path::Path};

use isoline_translator::{
    Change, Settings, Translator,
    explain::{Expectation, Request},
    manifest::{self, Content},
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

type Result<T> = datatest_stable::Result<T>;

/// What an example says of itself.
struct Head {
    lines: Vec<(String, String)>,
}

impl Head {
    fn of(text: &str) -> Result<Self> {
        let lines = text.lines().take_while(|line| line.starts_with('#'));
        let pair = |line: &str| {
            let pair = line.strip_prefix("# ").and_then(|line| line.split_once(": "));
            let (key, value) = pair.ok_or(format!("{line:?} is not as in `# title: Paths`"))?;
            Ok((key.to_owned(), value.to_owned()))
        };
        let lines = lines.map(pair).collect::<Result<_>>()?;
        Ok(Self { lines })
    }

    fn all<'h>(&'h self, key: &'h str) -> impl Iterator<Item = &'h str> {
        let lines = self.lines.iter().filter(move |(name, _)| name == key);
        lines.map(|(_, value)| value.as_str())
    }

    /// What may be said once.
    fn optional<'h>(&'h self, key: &'h str) -> Result<&'h str> {
        let values: Vec<_> = self.all(key).collect();
        match values.as_slice() {
            [] => Ok(""),
            [value] => Ok(value),
            _ => Err(format!("{key} is said twice").into()),
        }
    }

    fn required<'h>(&'h self, key: &'h str) -> Result<&'h str> {
        let value = self.optional(key)?;
        (!value.is_empty())
            .then_some(value)
            .ok_or_else(|| format!("no line `# {key}: ...`").into())
    }
}

fn head_is_complete(example: &Path) -> Result<()> {
    let head = Head::of(&fs::read_to_string(example)?)?;
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
    let unknown = head.lines.iter().find(|(key, _)| !KEYS.contains(&key.as_str()));
    assert_eq!(unknown, None);
    Ok(())
}

fn promises_hold(example: &Path) -> Result<()> {
    let text = fs::read_to_string(example)?;
    let head = Head::of(&text)?;
    let settings = Settings::parse(head.optional("settings")?)?;
    let mut documents = manifest::parse(&text)?;
    assert_eq!(manifest::convert_old(&mut documents), []);
    let (mut objects, mut rejected) = (Vec::new(), Vec::new());
    for document in documents {
        match document.content {
            Content::Object(object) => objects.push(*object),
            Content::Rejected(rejection) => rejected.push(rejection),
            Content::Old(_) | Content::Ignored { .. } => {
                return Err(format!("line {}: nothing reads this object", document.line).into());
            }
        }
    }
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
