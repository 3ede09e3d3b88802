//! Guides that can be played: a page of `docs/`, read from top to bottom.
//!
//! A YAML block writes the file that its first line names. A block with `isoline explain …` is followed by what that
//! prints. A block of `curl` lines says behind each what comes of it. Whatever else stands in a block is an error.

use std::{fs, str::FromStr};

use anyhow::{Context as _, Result, anyhow, bail, ensure};

use crate::parts;

/// What a page has the reader do.
#[derive(Debug)]
pub enum Step {
    Write {
        file: String,
        text: String,
    },
    /// A command without its first word, and what it prints.
    Run {
        arguments: Vec<String>,
        output: String,
    },
    Ask(Vec<Check>),
}

/// A request, and what comes of it.
#[derive(Debug)]
pub struct Check {
    pub line: String,
    pub is_secure: bool,
    pub host: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    /// Whether it goes to the load balancer past the CDN.
    pub goes_past_cdn: bool,
    pub outcome: Outcome,
}

/// What comes of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The connection ends without an answer.
    Nothing,
    Answer {
        status: u16,
        location: Option<String>,
        /// Headers of the request that the backend sees.
        told: Vec<(String, String)>,
    },
}

/// How the address of the load balancer ends a `--resolve`.
const LOAD_BALANCER: &str = ":192.0.2.10";

/// The steps of a page, named from the root of the checkout.
pub fn read(page: &str) -> Result<Vec<Step>> {
    let text = fs::read_to_string(parts::checkout().join(page)).with_context(|| page.to_owned())?;
    steps(&text).with_context(|| page.to_owned())
}

fn steps(page: &str) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let mut blocks = blocks(page)?.into_iter().peekable();
    while let Some((kind, text)) = blocks.next() {
        let step = match kind {
            "yaml" | "haproxy" => write(text),
            "sh" if text.starts_with("isoline explain ") => {
                let printed = blocks.next_if(|(kind, _)| *kind == "text").map(|(_, printed)| printed);
                run(text, printed)
            }
            "sh" => text.lines().map(str::parse).collect::<Result<_>>().map(Step::Ask),
            other => Err(anyhow!("a block of kind {other:?}")),
        };
        steps.push(step.with_context(|| format!("the block\n{text}"))?);
    }
    Ok(steps)
}

/// Kind and text of each block between fences.
fn blocks(page: &str) -> Result<Vec<(&str, &str)>> {
    let mut parts = page.split("```");
    parts.next();
    let mut blocks = Vec::new();
    while let Some(block) = parts.next() {
        blocks.push(block.split_once('\n').context("a fence without a block")?);
        parts.next().context("a block without an end")?;
    }
    Ok(blocks)
}

fn write(text: &str) -> Result<Step> {
    let first = text.lines().next().unwrap_or_default();
    let file = first.strip_prefix("# ").context("its first line names no file")?;
    ensure!(!file.contains([' ', '/']), "its first line names no file");
    Ok(Step::Write {
        file: file.to_owned(),
        text: text.to_owned(),
    })
}

fn run(text: &str, printed: Option<&str>) -> Result<Step> {
    let words = shlex::split(&text.replace("\\\n", " ")).context("it is no command")?;
    Ok(Step::Run {
        arguments: words.into_iter().skip(1).collect(),
        output: printed.context("nothing says what it prints")?.to_owned(),
    })
}

impl FromStr for Check {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> Result<Self> {
        let (command, outcome) = line.split_once(" # ").context("no outcome")?;
        let mut words = shlex::split(command).context("it is no command")?.into_iter();
        ensure!(words.next().as_deref() == Some("curl"), "{line:?} is no curl");
        let (mut headers, mut url, mut goes_past_cdn) = (Vec::new(), None, false);
        while let Some(word) = words.next() {
            match word.as_str() {
                "-i" => {}
                "-H" => headers.push(header(&words.next().unwrap_or_default())?),
                "--resolve" => {
                    let to = words.next().unwrap_or_default();
                    ensure!(to.ends_with(LOAD_BALANCER), "{to:?} is not the load balancer");
                    goes_past_cdn = true;
                }
                _ if url.is_none() => url = Some(word),
                other => bail!("{other:?} in {line:?}"),
            }
        }
        let (is_secure, host, path) = target(&url.context("no URL")?)?;
        Ok(Self {
            line: line.to_owned(),
            is_secure,
            host,
            path,
            headers,
            goes_past_cdn,
            outcome: outcome.trim().parse()?,
        })
    }
}

/// Whether a URL is `https`, its host and its path.
fn target(url: &str) -> Result<(bool, String, String)> {
    let (scheme, rest) = url.split_once("://").context("no scheme")?;
    let is_secure = match scheme {
        "https" => true,
        "http" => false,
        other => bail!("the scheme {other:?}"),
    };
    let (host, path) = rest.split_at(rest.find('/').context("no path")?);
    Ok((is_secure, host.to_owned(), path.to_owned()))
}

impl FromStr for Outcome {
    type Err = anyhow::Error;

    /// `nothing`, or a status with `Location` and headers that the backend sees: `200; X-Forwarded-Proto: https`.
    fn from_str(text: &str) -> Result<Self> {
        if text == "nothing" {
            return Ok(Self::Nothing);
        }
        let mut parts = text.split("; ");
        let answer = parts.next().unwrap_or_default();
        let (status, location) = match answer.split_once(' ') {
            Some((status, location)) => (status, Some(location.to_owned())),
            None => (answer, None),
        };
        Ok(Self::Answer {
            status: status.parse().with_context(|| format!("{text:?} is no outcome"))?,
            location,
            told: parts.map(header).collect::<Result<_>>()?,
        })
    }
}

fn header(text: &str) -> Result<(String, String)> {
    let (name, value) = text
        .split_once(": ")
        .with_context(|| format!("{text:?} is no header"))?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_its_steps() {
        let page = "Words.\n```yaml\n# a.yaml\nb: 1\n```\n```sh\nisoline explain -c a.yaml\n```\nIt says:\n```text\nyes\n```\n\
                    ```sh\ncurl -i -H 'A: b' http://a.example.com/c   # 301 https://a.example.com/c\n\
                    curl -i https://a.example.com/ # 200; D: e, f; G: h\n```\n";
        let steps = steps(page).unwrap();
        assert!(matches!(&steps[0], Step::Write { file, text } if file == "a.yaml" && text == "# a.yaml\nb: 1\n"));
        assert!(
            matches!(&steps[1], Step::Run { arguments, output } if arguments == &["explain", "-c", "a.yaml"] && output == "yes\n")
        );
        let Step::Ask(checks) = &steps[2] else {
            panic!("{steps:?}")
        };
        assert_eq!(
            (checks[0].host.as_str(), checks[0].path.as_str()),
            ("a.example.com", "/c")
        );
        assert_eq!(checks[0].headers, [("A".to_owned(), "b".to_owned())]);
        let told = vec![("D".to_owned(), "e, f".to_owned()), ("G".to_owned(), "h".to_owned())];
        let (status, location) = (200, None);
        assert_eq!(checks[1].outcome, Outcome::Answer { status, location, told });
    }

    #[test]
    fn what_it_does_not_understand_is_an_error() {
        for block in [
            "```\n# a.yaml\n```",
            "```json\n{}\n```",
            "```yaml\na: 1\n```",
            "```yaml\n# a file\n```",
            "```yaml\n# a.yaml\n",
            "```sh\nisoline explain a.yaml\n```",
            "```sh\nkubectl get pods # 200\n```",
            "```sh\ncurl http://a.example.com/\n```",
            "```sh\ncurl http://a.example.com/ # fine\n```",
            "```sh\ncurl -X POST http://a.example.com/ # 200\n```",
            "```sh\ncurl ftp://a.example.com/ # 200\n```",
            "```sh\ncurl --resolve a.example.com:443:192.0.2.11 https://a.example.com/ # 200\n```",
            "```text\nyes\n```",
        ] {
            assert!(steps(block).is_err(), "{block}");
        }
    }
}
