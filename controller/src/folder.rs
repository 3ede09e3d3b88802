//! What a set of files says, file by file: a plain struct, without I/O.
//!
//! A file that cannot be read or parsed keeps what it said before, and an object that its schema refuses keeps its last
//! good version, as with an API server. Several files may define one object: the definition in force stays in force
//! until it goes away, then the next takes over. An object is gone when no file defines it any more.
//!
//! Objects of the API before HTTPProxy define what they are converted to. What that is depends on all of them: when one
//! changes, all are converted anew.

mod feed;
mod old;
mod problem;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use isoline_translator::{
    Change, Kind, NamespacedName, Object, ObjectRef,
    ingressroute::{self, OldObject},
    manifest::{self, Content, Document, Rejection},
};

pub use feed::Feed;
pub use problem::{Ignored, Place, Problem};

/// Has no effect by design: which classes are ours is a setting.
const INGRESS_CLASS: &str = "networking.k8s.io/v1 IngressClass";

/// What came of reading a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Its text.
    Text(String),
    /// There is no such file.
    Gone,
    /// It is there, but cannot be read, and why.
    Failed(String),
}

/// The objects that the files define, with all that is wrong in them.
#[derive(Debug, Default)]
pub struct Folder {
    files: BTreeMap<PathBuf, File>,
    /// What the objects of the old API in these files come to.
    converted: BTreeMap<PathBuf, File>,
    /// Who defines an object; the first is in force.
    claims: BTreeMap<ObjectRef, Vec<Claim>>,
}

/// What differs after some files were read.
#[derive(Debug, Default, PartialEq)]
pub struct Update {
    /// The objects that differ.
    pub changes: Vec<Change>,
    /// What is wrong now and was not before.
    pub appeared: Vec<Problem>,
    /// What was wrong before and is not now.
    pub resolved: Vec<Problem>,
    /// Kinds that a file holds now and did not before, and that nobody reads.
    pub ignored: Vec<Ignored>,
}

#[derive(Debug, Default)]
struct File {
    claims: BTreeSet<ObjectRef>,
    problems: Vec<Problem>,
    ignored: Vec<Ignored>,
    old: Vec<OldObject>,
}

/// Whether a file says it itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Written,
    Converted,
}

/// One definition of an object.
#[derive(Debug, Clone)]
struct Claim {
    place: Place,
    origin: Origin,
    /// The last good version; nothing if there never was one.
    object: Option<Object>,
}

/// The claims on each touched object as they were.
type Before = BTreeMap<ObjectRef, Vec<Claim>>;

impl Folder {
    /// Takes note of some files, together: what moves from one to another never goes away.
    pub fn update(&mut self, readings: impl IntoIterator<Item = (PathBuf, Reading)>) -> Update {
        let mut update = Update::default();
        let mut before = Before::new();
        let mut converts = false;
        for (path, reading) in readings {
            let problem = match reading {
                Reading::Gone => {
                    converts |= self.write(&path, Vec::new(), &mut before, &mut update);
                    self.files.remove(&path);
                    continue;
                }
                Reading::Text(text) => match manifest::parse(&text) {
                    Ok(documents) => {
                        converts |= self.write(&path, documents, &mut before, &mut update);
                        continue;
                    }
                    Err(error) => Problem::syntax(&path, error),
                },
                Reading::Failed(reason) => Problem::unreadable(&path, reason),
            };
            let file = self.files.entry(path).or_default();
            update.compare(
                std::mem::replace(&mut file.problems, vec![problem.clone()]),
                vec![problem],
            );
        }
        if converts {
            self.convert(&mut before, &mut update);
        }
        for (object, before) in before {
            self.settle(&object, &before, &mut update);
        }
        update
    }

    /// The paths of the files that it knows at or below this path.
    pub fn files_under(&self, path: &Path) -> impl Iterator<Item = &PathBuf> {
        let start = std::ops::Bound::Included(path);
        self.files
            .range::<Path, _>((start, std::ops::Bound::Unbounded))
            .map(|(file, _)| file)
            .take_while(move |file| file.starts_with(path))
    }

    /// The objects in force.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.claims.values().filter_map(|claims| in_force(claims))
    }

    /// Everything that is wrong: what concerns one file by path, then what concerns several.
    pub fn problems(&self) -> impl Iterator<Item = Problem> {
        let files = self.files.values().chain(self.converted.values());
        let of_files = files.flat_map(|file| file.problems.iter().cloned());
        of_files.chain(
            self.claims
                .iter()
                .flat_map(|(object, claims)| duplicates(object, claims)),
        )
    }

    /// Every document of a kind that nobody reads.
    pub fn ignored(&self) -> impl Iterator<Item = &Ignored> {
        self.files.values().flat_map(|file| &file.ignored)
    }

    /// Takes note of what a file says now; true if it says something else in the old API.
    fn write(&mut self, path: &Path, documents: Vec<Document>, before: &mut Before, update: &mut Update) -> bool {
        let known = self.files.get(path).map(|file| file.old.clone()).unwrap_or_default();
        let (old, documents) = old::split(documents, &known);
        let changes = old != known;
        let now = File { old, ..File::default() };
        self.replace(path, Origin::Written, now, documents, before, update);
        changes
    }

    /// Puts what a file says now in the place of what it said before.
    fn replace(
        &mut self,
        path: &Path,
        origin: Origin,
        mut now: File,
        documents: Vec<Document>,
        before: &mut Before,
        update: &mut Update,
    ) {
        let is_own = |claim: &Claim| claim.place.path == path && claim.origin == origin;
        let mut claims = BTreeMap::<ObjectRef, Vec<Claim>>::new();
        for Document { line, content } in documents {
            let place = Place {
                path: path.to_owned(),
                line,
            };
            let mut claim = |reference, object| {
                claims.entry(reference).or_default().push(Claim {
                    place: place.clone(),
                    origin,
                    object,
                });
            };
            match content {
                Content::Object(object) => claim(object.reference(), Some(*object)),
                Content::Rejected(rejection) => {
                    if let Some(object) = claimed(&rejection) {
                        let known = self
                            .claims
                            .get(&object)
                            .into_iter()
                            .flatten()
                            .find(|claim| is_own(claim));
                        let last_good = known.and_then(|claim| claim.object.clone());
                        claim(object, last_good);
                    }
                    now.problems.push(Problem::Rejected {
                        path: path.to_owned(),
                        rejection,
                    });
                }
                Content::Ignored { kind } if kind == INGRESS_CLASS => {}
                Content::Ignored { kind } => now.ignored.push(Ignored { place, kind }),
                // These are converted together.
                Content::Old(_) => {}
            }
        }
        now.claims = claims.keys().cloned().collect();
        let files = match origin {
            Origin::Written => &mut self.files,
            Origin::Converted => &mut self.converted,
        };
        let old = files.remove(path).unwrap_or_default();
        for object in &old.claims | &now.claims {
            let of_file = claims.remove(&object).unwrap_or_default();
            let all = self.claims.entry(object.clone()).or_default();
            before.entry(object).or_insert_with(|| all.clone());
            let rank = all.iter().position(is_own).unwrap_or(all.len());
            all.retain(|claim| !is_own(claim));
            all.splice(rank..rank, of_file);
        }
        update.note(&old.ignored, &now.ignored);
        update.compare(old.problems, now.problems.clone());
        files.insert(path.to_owned(), now);
    }

    /// Decides which definition of an object is in force now.
    fn settle(&mut self, object: &ObjectRef, before: &[Claim], update: &mut Update) {
        let Some(claims) = self.claims.get_mut(object) else {
            return;
        };
        match claims.iter().position(|claim| claim.object.is_some()) {
            Some(first_good) => claims[..=first_good].rotate_right(1),
            // It moved to another file and broke on the way: the version in force stays.
            None => claims
                .iter_mut()
                .take(1)
                .for_each(|first| first.object = in_force(before).cloned()),
        }
        match (in_force(before), in_force(claims)) {
            (Some(_), None) => update.changes.push(Change::Delete(object.clone())),
            (old, Some(new)) if old != Some(new) => update.changes.push(Change::Upsert(new.clone())),
            _ => {}
        }
        update.compare(duplicates(object, before), duplicates(object, claims));
        if claims.is_empty() {
            self.claims.remove(object);
        }
    }
}

impl Update {
    fn compare(&mut self, old: Vec<Problem>, new: Vec<Problem>) {
        let (kept, resolved): (Vec<_>, Vec<_>) = old.into_iter().partition(|problem| new.contains(problem));
        self.resolved.extend(resolved);
        self.appeared
            .extend(new.into_iter().filter(|problem| !kept.contains(problem)));
    }

    fn note(&mut self, old: &[Ignored], new: &[Ignored]) {
        let mut known: BTreeSet<_> = old.iter().map(|ignored| &ignored.kind).collect();
        self.ignored
            .extend(new.iter().filter(|ignored| known.insert(&ignored.kind)).cloned());
    }
}

fn in_force(claims: &[Claim]) -> Option<&Object> {
    claims.first()?.object.as_ref()
}

fn duplicates(object: &ObjectRef, claims: &[Claim]) -> Vec<Problem> {
    let Some((first, others)) = claims.split_first() else {
        return Vec::new();
    };
    let duplicate = |other: &Claim| Problem::Duplicate {
        object: object.clone(),
        in_force: first.place.clone(),
        other: other.place.clone(),
    };
    others.iter().map(duplicate).collect()
}

/// The object that a refused document defines, if it says which. What one of the old API would define is not known.
fn claimed(rejection: &Rejection) -> Option<ObjectRef> {
    if rejection.api_version == ingressroute::API_VERSION {
        return None;
    }
    let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == rejection.kind)?;
    let name = NamespacedName::new(&rejection.namespace, &rejection.name);
    (!rejection.name.is_empty()).then_some(ObjectRef { kind, name })
}
