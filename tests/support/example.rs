//! One example of the playground's gallery: comment lines `# key: value`, and objects.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail};
use isoline_translator::{
    Object, Settings,
    manifest::{self, Content, Rejection},
};

pub struct Example {
    pub head: Head,
    pub settings: Settings,
    pub objects: Vec<Object>,
    pub rejected: Vec<Rejection>,
}

/// What an example says of itself, in its order.
pub struct Head(pub Vec<(String, String)>);

impl Example {
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)?;
        let head = Head::of(&text)?;
        let mut documents = manifest::parse(&text)?;
        let notes = manifest::convert_old(&mut documents);
        if let Some(note) = notes.first() {
            bail!("{note}");
        }
        let mut example = Self {
            settings: Settings::parse(head.optional("settings")?)?,
            head,
            objects: Vec::new(),
            rejected: Vec::new(),
        };
        for document in documents {
            match document.content {
                Content::Object(object) => example.objects.push(*object),
                Content::Rejected(rejection) => example.rejected.push(rejection),
                Content::Old(_) | Content::Ignored { .. } => bail!("line {}: nothing reads this object", document.line),
            }
        }
        Ok(example)
    }
}

impl Head {
    fn of(text: &str) -> Result<Self> {
        let lines = text.lines().take_while(|line| line.starts_with('#'));
        let pair = |line: &str| {
            let pair = line.strip_prefix("# ").and_then(|line| line.split_once(": "));
            let (key, value) = pair.with_context(|| format!("{line:?} is not as in `# title: Paths`"))?;
            Ok((key.to_owned(), value.to_owned()))
        };
        Ok(Self(lines.map(pair).collect::<Result<_>>()?))
    }

    pub fn all<'h>(&'h self, key: &'h str) -> impl Iterator<Item = &'h str> {
        let lines = self.0.iter().filter(move |(name, _)| name == key);
        lines.map(|(_, value)| value.as_str())
    }

    /// What may be said once.
    pub fn optional<'h>(&'h self, key: &'h str) -> Result<&'h str> {
        let values: Vec<_> = self.all(key).collect();
        match values.as_slice() {
            [] => Ok(""),
            [value] => Ok(value),
            _ => bail!("{key} is said twice"),
        }
    }

    pub fn required<'h>(&'h self, key: &'h str) -> Result<&'h str> {
        let value = self.optional(key)?;
        if value.is_empty() {
            bail!("no line `# {key}: ...`");
        }
        Ok(value)
    }
}
