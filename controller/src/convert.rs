//! `isoline convert`: objects of the API before HTTPProxy as those of today.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::{Result, anyhow, bail};
use clap::ValueEnum;
use isoline_translator::{
    ingressroute::{self, OldObject},
    manifest::{self, Content},
};
use serde_json::{Value, json};

use crate::{files::Batch, folder::Reading, manifests::Paths};

/// Make HTTPProxies of IngressRoutes
///
/// Every IngressRoute of contour.heptio.com/v1beta1 becomes an HTTPProxy, and every TLSCertificateDelegation of that API
/// the one of today. Give all of them at once: which paths a delegate says depends on who delegates to it. Other objects
/// need no conversion and are left out. The result goes to standard output; what has no equivalent goes to standard
/// error, with its place and what to do. Comments are not kept.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  isoline convert shop.yaml
  isoline convert old/ > new.yaml
  kubectl get ingressroutes,tlscertificatedelegations.contour.heptio.com -A -o yaml | isoline convert -

Exit status: 0 all converted exactly, 1 something has no equivalent, 2 the files could not be read.")]
pub struct Options {
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = Output::Yaml)]
    output: Output,
    #[command(flatten)]
    paths: Paths,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Output {
    /// A document per object
    Yaml,
    /// A List of all objects
    Json,
}

/// What some files come to.
#[derive(Debug, Default)]
pub struct Conversion {
    /// The new objects, in the order of the old ones.
    pub objects: Vec<Value>,
    /// What is not in them, a sentence each.
    pub notes: Vec<String>,
}

/// Prints the new objects; the exit code says whether they say all that the old ones did.
pub fn run(options: &Options) -> Result<ExitCode> {
    let conversion = Conversion::of(options.paths.batch()?)?;
    let text = match options.output {
        Output::Yaml => conversion.yaml()?,
        Output::Json => conversion.json()?,
    };
    io::stdout().write_all(text.as_bytes())?;
    for note in &conversion.notes {
        writeln!(io::stderr(), "{note}")?;
    }
    if conversion.objects.is_empty() && conversion.notes.is_empty() {
        writeln!(io::stderr(), "note: there is nothing to convert")?;
    }
    Ok(if conversion.notes.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl Conversion {
    /// Converts all that these files hold.
    pub fn of(batch: Batch) -> Result<Self> {
        let mut old = Vec::<(String, OldObject)>::new();
        let mut conversion = Self::default();
        for (path, reading) in batch {
            let path = path.display().to_string();
            let text = match reading {
                Reading::Text(text) => text,
                Reading::Failed(reason) => bail!("{path}: {reason}"),
                Reading::Gone => bail!("{path}: no such file or folder"),
            };
            for document in manifest::parse(&text).map_err(|error| anyhow!("{path}:{error}"))? {
                match document.content {
                    Content::Old(object) => old.push((path.clone(), *object)),
                    Content::Rejected(rejection) if rejection.api_version == ingressroute::API_VERSION => {
                        conversion
                            .notes
                            .push(format!("{path}:{rejection}; the object is left out"));
                    }
                    _ => {}
                }
            }
        }
        let converted = ingressroute::convert(old.iter().map(|(_, object)| object));
        for ((path, _), converted) in old.iter().zip(converted) {
            conversion.objects.push(converted.object);
            let notes = converted.notes.iter().map(|note| format!("{path}:{note}"));
            conversion.notes.extend(notes);
        }
        Ok(conversion)
    }

    /// The new objects as YAML documents.
    pub fn yaml(&self) -> Result<String> {
        let documents: Result<Vec<_>, _> = self.objects.iter().map(serde_saphyr::to_string).collect();
        Ok(documents?.join("---\n"))
    }

    fn json(&self) -> Result<String> {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": self.objects});
        Ok(serde_json::to_string_pretty(&list)? + "\n")
    }
}
