//! Texts as an editor has them: documents that are read anew only when they change, and offsets in UTF-16 units.

use std::{cell::OnceCell, collections::HashMap, ops::Range, rc::Rc};

use isoline_translator::manifest::{self, Document, FieldPlace, Places, SyntaxError};

/// One file.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub(crate) pieces: Vec<Piece>,
}

/// What stands between two `---`.
#[derive(Debug)]
pub(crate) struct Piece {
    /// In UTF-16 units.
    pub(crate) start: usize,
    /// The lines before it.
    pub(crate) lines: u64,
    pub(crate) parsed: Rc<Parsed>,
}

/// A text that was read. Lines and offsets count from its own start.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) text: Rc<str>,
    /// In UTF-16 units.
    length: usize,
    lines: u64,
    pub(crate) documents: Result<Vec<Document>, SyntaxError>,
    places: OnceCell<Option<Places>>,
}

/// A stretch of a file in UTF-16 units, and the line and column of its start, both from 1.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Span {
    pub(crate) file: String,
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) line: u64,
    pub(crate) column: u64,
}

impl File {
    /// The same file with another text. What did not change is not read again.
    pub(crate) fn with(&self, text: &str) -> Self {
        let texts = split(text);
        let is_same = |(text, piece): &(&&str, &Piece)| **text == piece.parsed.text.as_ref();
        let front = texts.iter().zip(&self.pieces).take_while(is_same).count();
        let (rest, known) = (&texts[front..], &self.pieces[front..]);
        let back = rest.iter().rev().zip(known.iter().rev()).take_while(is_same).count();
        let (changed, replaced) = (&rest[..rest.len() - back], &known[..known.len() - back]);
        let moved: HashMap<_, _> = replaced
            .iter()
            .map(|it| (it.parsed.text.as_ref(), &it.parsed))
            .collect();
        let changed = changed.iter().map(|text| match moved.get(text) {
            Some(parsed) => Rc::clone(parsed),
            None => Rc::new(Parsed::of(text)),
        });
        let kept = |pieces: &[Piece]| pieces.iter().map(|it| Rc::clone(&it.parsed)).collect::<Vec<_>>();
        let parsed = kept(&self.pieces[..front]).into_iter().chain(changed);
        let parsed = parsed.chain(kept(&known[known.len() - back..]));
        let (mut start, mut lines) = (0, 0);
        let pieces = parsed.map(|parsed| {
            let piece = Piece { start, lines, parsed };
            start += piece.parsed.length;
            lines += piece.parsed.lines;
            piece
        });
        Self {
            pieces: pieces.collect(),
        }
    }

    pub(crate) fn end(&self) -> usize {
        self.pieces.last().map_or(0, |piece| piece.start + piece.parsed.length)
    }
}

impl Piece {
    /// Where bytes of it are in the file.
    pub(crate) fn span(&self, file: &str, bytes: &Range<usize>) -> Span {
        let text = &self.parsed.text;
        let before = text.get(..bytes.start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let from = self.start + utf16(before);
        Span {
            file: file.to_owned(),
            from,
            to: from + utf16(text.get(bytes.clone()).unwrap_or_default()),
            line: self.lines + before.matches('\n').count() as u64 + 1,
            column: before[line_start..].chars().count() as u64 + 1,
        }
    }

    /// The offset in bytes of one in the file.
    pub(crate) fn byte(&self, offset: usize) -> usize {
        let mut units = offset.saturating_sub(self.start);
        let text = &self.parsed.text;
        let past = text.char_indices().find(|(_, letter)| {
            let is_past = units < letter.len_utf16();
            units = units.saturating_sub(letter.len_utf16());
            is_past
        });
        past.map_or(text.len(), |(byte, _)| byte)
    }
}

impl Parsed {
    fn of(text: &str) -> Self {
        Self {
            text: text.into(),
            length: utf16(text),
            lines: text.matches('\n').count() as u64,
            documents: manifest::parse(text),
            places: OnceCell::new(),
        }
    }

    /// Where its fields are; they are looked for when somebody asks.
    pub(crate) fn places(&self) -> Option<&Places> {
        let places = || Places::of(Rc::clone(&self.text)).ok();
        self.places.get_or_init(places).as_ref()
    }

    pub(crate) fn place(&self, document: usize, field: &str) -> FieldPlace {
        let place = self.places().and_then(|places| places.field(document, field));
        place.unwrap_or_else(|| self.first_line())
    }

    /// From a line and column, both from 1, to the end of the line.
    pub(crate) fn rest_of_line(&self, line: u64, column: u64) -> Range<usize> {
        let index = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
        let start: usize = self.text.split_inclusive('\n').take(index).map(str::len).sum();
        let text = self.text[start..].lines().next().unwrap_or_default();
        let column = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
        let skipped: usize = text.chars().take(column).map(char::len_utf8).sum();
        start + skipped..start + text.trim_end().len().max(skipped)
    }

    /// The first line that says something.
    fn first_line(&self) -> FieldPlace {
        let says = |line: &&str| !line.starts_with("---") && !line.trim().is_empty() && !line.trim().starts_with('#');
        let line = self.text.lines().find(says).unwrap_or_default();
        let start = line.as_ptr() as usize - self.text.as_ptr() as usize;
        let range = if line.is_empty() {
            0..0
        } else {
            start..start + line.trim_end().len()
        };
        FieldPlace {
            key: range.clone(),
            value: range,
        }
    }
}

fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A line that begins with `---` separates documents wherever it stands; directives belong to the document after them.
fn split(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut end) = (0, 0);
    for line in text.split_inclusive('\n') {
        let rest = line.strip_prefix("---").map(|rest| rest.chars().next());
        let separates = rest.is_some_and(|next| next.is_none_or(char::is_whitespace));
        let is_preamble = |text: &str| {
            text.lines().any(|line| line.starts_with('%'))
                && text.lines().all(|line| line.is_empty() || line.starts_with(['%', '#']))
        };
        if separates && end > start && !is_preamble(&text[start..end]) {
            pieces.push(&text[start..end]);
            start = end;
        }
        end += line.len();
    }
    pieces.push(&text[start..end]);
    pieces
}
