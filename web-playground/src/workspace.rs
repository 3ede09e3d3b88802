//! The objects that some files define. It is a function of their texts alone: what they said before only saves work.

use std::{collections::BTreeMap, rc::Rc};

use isoline_translator::{
    Change, Kind, NamespacedName, Object, ObjectRef,
    ingressroute::{self, Note, OldObject},
    manifest::{self, Content, Document, Rejection},
};
use serde_json::Value;

use crate::text::{File, Parsed};

/// All files by name.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    pub(crate) files: BTreeMap<String, File>,
    /// What the objects of the old API come to, and where they stand.
    converted: Vec<(Place, Rc<Converted>)>,
    /// Who defines an object; the first is in force.
    definitions: BTreeMap<ObjectRef, Vec<Definition>>,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: Rc<str>,
    pub(crate) piece: usize,
    pub(crate) document: usize,
}

/// An object of the old API, in the new one.
#[derive(Debug)]
pub(crate) struct Converted {
    /// What it was converted from.
    parsed: Rc<Parsed>,
    document: Document,
    /// As an API server would be given it.
    pub(crate) object: Value,
    pub(crate) notes: Vec<Note>,
}

/// One definition of an object.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    pub(crate) place: Place,
    origin: Origin,
}

#[derive(Debug, Clone)]
enum Origin {
    Written(Rc<Parsed>),
    Converted(Rc<Converted>),
}

impl Workspace {
    /// Takes other texts for some files; nothing means that a file is gone. Returns what differs.
    pub(crate) fn edit(&mut self, files: BTreeMap<String, Option<String>>) -> Vec<Change> {
        for (name, text) in files {
            match text {
                Some(text) => {
                    let file = self.files.entry(name).or_default();
                    *file = file.with(&text);
                }
                None => drop(self.files.remove(&name)),
            }
        }
        self.convert();
        let before = std::mem::take(&mut self.definitions);
        self.define();
        self.changes(&before)
    }

    /// Everything as if it were new.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &Object> {
        self.definitions
            .values()
            .filter_map(|definitions| in_force(definitions)?.object())
    }

    /// Whether there is such an object.
    pub(crate) fn holds(&self, object: &ObjectRef) -> bool {
        self.definitions.get(object).and_then(|it| in_force(it)).is_some()
    }

    /// The definition that is in force; the first where none is.
    pub(crate) fn definition(&self, object: &ObjectRef) -> Option<&Definition> {
        let definitions = self.definitions.get(object)?;
        in_force(definitions).or_else(|| definitions.first())
    }

    /// The object that stands at an offset of a file, and the deepest field of it that does.
    pub(crate) fn at(&self, file: &str, offset: usize) -> Option<(Place, ObjectRef, String)> {
        let pieces = &self.files.get(file)?.pieces;
        let piece = pieces.partition_point(|piece| piece.start <= offset).checked_sub(1)?;
        let parsed = &pieces[piece].parsed;
        let (document, field) = parsed.places()?.at(pieces[piece].byte(offset))?;
        let place = Place {
            file: file.into(),
            piece,
            document,
        };
        let converted = self.converted.iter().find(|(of_old, _)| *of_old == place);
        let content = match converted {
            Some((_, converted)) => &converted.document.content,
            None => &parsed.documents.as_ref().ok()?.get(document)?.content,
        };
        Some((place, defined(content)?, field))
    }

    /// The definitions that have no effect, each with the one that is in force.
    pub(crate) fn duplicates(&self) -> impl Iterator<Item = (&ObjectRef, &Definition, &Definition)> {
        let several = self.definitions.iter().filter(|(_, definitions)| definitions.len() > 1);
        several.flat_map(|(object, definitions)| {
            let first = in_force(definitions).unwrap_or(&definitions[0]);
            let others = definitions.iter().filter(|other| !std::ptr::eq(*other, first));
            others.map(move |other| (object, first, other))
        })
    }

    /// The documents, in the order of their files; what old objects come to is not among them.
    pub(crate) fn documents(&self) -> impl Iterator<Item = (Place, &Document)> {
        self.places().flat_map(|(place, parsed)| {
            let documents = parsed.documents.iter().flatten().enumerate();
            documents.map(move |(document, it)| {
                (
                    Place {
                        document,
                        ..place.clone()
                    },
                    it,
                )
            })
        })
    }

    /// The pieces of all files.
    pub(crate) fn places(&self) -> impl Iterator<Item = (Place, &Rc<Parsed>)> {
        self.files.iter().flat_map(|(name, file)| {
            let file_name: Rc<str> = name.as_str().into();
            file.pieces.iter().enumerate().map(move |(piece, it)| {
                let place = Place {
                    file: Rc::clone(&file_name),
                    piece,
                    document: 0,
                };
                (place, &it.parsed)
            })
        })
    }

    /// What old objects come to, with what it cannot say.
    pub(crate) fn converted(&self) -> &[(Place, Rc<Converted>)] {
        &self.converted
    }

    /// All objects that their schema refuses, with lines of their files: those that are written first.
    pub(crate) fn rejections(&self) -> Vec<Rejection> {
        let written = self.documents();
        let converted = self.converted.iter().map(|(place, it)| (place.clone(), &it.document));
        let rejected = written
            .chain(converted)
            .filter_map(|(place, document)| match &document.content {
                Content::Rejected(rejection) => Some((place, rejection.clone())),
                _ => None,
            });
        let placed = rejected.map(|(place, mut rejection)| {
            let lines = self.files[place.file.as_ref()].pieces[place.piece].lines;
            rejection.problems.iter_mut().for_each(|problem| problem.line += lines);
            rejection
        });
        placed.collect()
    }

    /// Converts all objects of the old API anew if one of them is another: what each comes to depends on all.
    fn convert(&mut self) {
        let old: Vec<(Place, Rc<Parsed>)> = self
            .places()
            .filter(|(_, parsed)| has_old(parsed))
            .flat_map(|(place, parsed)| {
                let documents = parsed.documents.iter().flatten().enumerate();
                let old = documents.filter(|(_, document)| document.old().is_some());
                old.map(move |(document, _)| {
                    (
                        Place {
                            document,
                            ..place.clone()
                        },
                        Rc::clone(parsed),
                    )
                })
            })
            .collect();
        let is_same = old.len() == self.converted.len()
            && old
                .iter()
                .zip(&self.converted)
                .all(|((_, parsed), (_, known))| Rc::ptr_eq(parsed, &known.parsed));
        if is_same {
            for ((place, _), (known, _)) in old.into_iter().zip(&mut self.converted) {
                *known = place;
            }
            return;
        }
        let objects = old
            .iter()
            .filter_map(|(place, parsed)| old_object(parsed, place.document));
        let converted = ingressroute::convert(objects);
        let converted = old.into_iter().zip(converted).map(|((place, parsed), converted)| {
            let document = manifest::read_converted(&converted);
            let (object, notes) = (converted.object, converted.notes);
            (
                place,
                Rc::new(Converted {
                    parsed,
                    document,
                    object,
                    notes,
                }),
            )
        });
        self.converted = converted.collect();
    }

    fn define(&mut self) {
        let mut definitions = BTreeMap::<ObjectRef, Vec<Definition>>::new();
        let mut define = |content: &Content, place: Place, origin: Origin| {
            if let Some(object) = defined(content) {
                definitions
                    .entry(object)
                    .or_default()
                    .push(Definition { place, origin });
            }
        };
        for (place, parsed) in self.places() {
            for (document, it) in parsed.documents.iter().flatten().enumerate() {
                define(
                    &it.content,
                    Place {
                        document,
                        ..place.clone()
                    },
                    Origin::Written(Rc::clone(parsed)),
                );
            }
        }
        for (place, converted) in &self.converted {
            define(
                &converted.document.content,
                place.clone(),
                Origin::Converted(Rc::clone(converted)),
            );
        }
        self.definitions = definitions;
    }

    fn changes(&self, before: &BTreeMap<ObjectRef, Vec<Definition>>) -> Vec<Change> {
        let was = |object: &ObjectRef| before.get(object).and_then(|it| in_force(it));
        let is = |object: &ObjectRef| self.definitions.get(object).and_then(|it| in_force(it));
        let gone = before
            .keys()
            .filter(|object| was(object).is_some() && is(object).is_none());
        let gone = gone.map(|object| Change::Delete(object.clone()));
        let now = self.definitions.keys().filter_map(|object| {
            let now = is(object)?;
            let is_known = was(object).is_some_and(|was| was.is_same(now) || was.object() == now.object());
            if is_known {
                None
            } else {
                now.object().cloned().map(Change::Upsert)
            }
        });
        gone.chain(now).collect()
    }
}

impl Definition {
    fn content(&self) -> Option<&Content> {
        match &self.origin {
            Origin::Written(parsed) => Some(&parsed.documents.as_ref().ok()?.get(self.place.document)?.content),
            Origin::Converted(converted) => Some(&converted.document.content),
        }
    }

    fn object(&self) -> Option<&Object> {
        match self.content()? {
            Content::Object(object) => Some(object),
            _ => None,
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (&self.origin, &other.origin) {
            (Origin::Written(a), Origin::Written(b)) => Rc::ptr_eq(a, b) && self.place.document == other.place.document,
            (Origin::Converted(a), Origin::Converted(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }
}

/// The first that can be read.
fn in_force(definitions: &[Definition]) -> Option<&Definition> {
    definitions.iter().find(|definition| definition.object().is_some())
}

/// The object that a document defines, or would if it could be read. What a refused one of the old API would define is
/// not known.
fn defined(content: &Content) -> Option<ObjectRef> {
    match content {
        Content::Object(object) => Some(object.reference()),
        Content::Rejected(it) if it.api_version != ingressroute::API_VERSION && !it.name.is_empty() => {
            let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == it.kind)?;
            Some(ObjectRef {
                kind,
                name: NamespacedName::new(&it.namespace, &it.name),
            })
        }
        _ => None,
    }
}

fn has_old(parsed: &Parsed) -> bool {
    parsed
        .documents
        .iter()
        .flatten()
        .any(|document| document.old().is_some())
}

fn old_object(parsed: &Parsed, document: usize) -> Option<&OldObject> {
    parsed.documents.as_ref().ok()?.get(document)?.old()
}
