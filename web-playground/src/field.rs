//! Where the fields of documents are written.

use std::ops::Range;

use crate::{
    text::{Parsed, Span},
    workspace::{Place, Workspace},
};

impl Workspace {
    /// Where a field of a document stands.
    pub(crate) fn field(&self, place: &Place, field: &str) -> Span {
        self.span(place, |parsed| parsed.place(place.document, field).key)
    }

    /// The same where a word of a message says which value below the field is meant.
    pub(crate) fn narrowed(&self, place: &Place, field: &str, message: &str) -> Span {
        let words = message.split('"').skip(1).step_by(2);
        let words = words.flat_map(|word| [word, word.rsplit('/').next().unwrap_or(word)]);
        let parsed = self.parsed(place);
        let mut found = words.filter_map(|word| parsed.places()?.scalar(place.document, field, word));
        match found.next() {
            Some(found) => self.span(place, |_| found.value.clone()),
            None => self.field(place, field),
        }
    }

    /// What is written as a field's value; nothing if there is no such field.
    pub(crate) fn value(&self, place: &Place, field: &str) -> Option<String> {
        let value = self.exact(place, field)?;
        let text = self.parsed(place).text.get(value)?.trim();
        Some(text.trim_matches(['"', '\'']).to_owned())
    }

    pub(crate) fn value_span(&self, place: &Place, field: &str) -> Option<Span> {
        let value = self.exact(place, field)?;
        Some(self.span(place, |_| value.clone()))
    }

    fn exact(&self, place: &Place, field: &str) -> Option<Range<usize>> {
        let places = self.parsed(place).places()?;
        let value = places.field(place.document, field)?.value;
        let parent = places.field(place.document, field.rsplit_once('.')?.0)?.value;
        (value != parent).then_some(value)
    }

    fn parsed(&self, place: &Place) -> &Parsed {
        &self.files[place.file.as_ref()].pieces[place.piece].parsed
    }

    pub(crate) fn span(&self, place: &Place, bytes: impl Fn(&Parsed) -> Range<usize>) -> Span {
        let piece = &self.files[place.file.as_ref()].pieces[place.piece];
        piece.span(&place.file, &bytes(&piece.parsed))
    }
}
