//! Folders on disk as a sequence of batches of files.
//!
//! Events only say where to look; what a batch holds is read from the disk when the events have paused, so it does not
//! matter how an editor writes. What the events cannot tell is answered by looking everywhere.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Component, Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::{Duration, Instant},
};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode},
};

use crate::{
    files::{self, Batch},
    folder::{Folder, Reading},
};

/// A batch is complete when nothing happened for this long ...
const QUIET: Duration = Duration::from_millis(50);
/// ... or when its first event is this old.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often a folder that went away is looked for.
const RETRY: Duration = Duration::from_secs(1);

/// A folder that cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The system has no way to watch, or gives us none.
    #[error("cannot watch files")]
    Start(#[source] notify::Error),
    /// The folder is not there, or not ours to read.
    #[error("cannot open folder {}", path.display())]
    Open {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder cannot be watched.
    #[error("cannot watch folder {}", path.display())]
    Watch {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: notify::Error,
    },
}

/// Some folders, watched.
#[derive(Debug)]
pub struct Watch {
    watcher: RecommendedWatcher,
    roots: Vec<Root>,
    signals: Receiver<Signal>,
}

/// Ends the [`Watch`] when it is dropped.
#[derive(Debug)]
pub struct Stop(Sender<Signal>);

#[derive(Debug)]
enum Signal {
    Event(notify::Result<Event>),
    Stop,
}

/// A folder as the user named it, and as events name it.
#[derive(Debug)]
struct Root {
    shown: PathBuf,
    real: PathBuf,
    lost: bool,
}

/// Where to look.
#[derive(Debug)]
enum Look {
    Everywhere,
    At(BTreeSet<PathBuf>),
}

impl Drop for Stop {
    fn drop(&mut self) {
        // An error says that the watch has ended before.
        let _ = self.0.send(Signal::Stop);
    }
}

impl Watch {
    /// Starts to watch these folders.
    pub fn start(folders: &[PathBuf]) -> Result<(Self, Stop), WatchError> {
        let (sender, signals) = channel();
        let stop = Stop(sender.clone());
        // An error says that the watch has ended.
        let on_event = move |event| drop(sender.send(Signal::Event(event)));
        let mut watcher = notify::recommended_watcher(on_event).map_err(WatchError::Start)?;
        let mut roots = Vec::new();
        for folder in folders {
            let opened = fs::read_dir(folder).and_then(|_| folder.canonicalize());
            let real = opened.map_err(|source| WatchError::Open {
                path: folder.clone(),
                source,
            })?;
            let started = watcher.watch(&real, RecursiveMode::Recursive);
            started.map_err(|source| WatchError::Watch {
                path: folder.clone(),
                source,
            })?;
            roots.push(Root {
                shown: folder.clone(),
                real,
                lost: false,
            });
        }
        Ok((
            Self {
                watcher,
                roots,
                signals,
            },
            stop,
        ))
    }

    /// Everything that the folders hold.
    pub fn read_all(&mut self) -> Batch {
        self.read(&Look::Everywhere, &Folder::default())
    }

    /// Waits until something happens, and reads the files that it may concern; nothing after the stop.
    pub fn next(&mut self, known: &Folder) -> Option<Batch> {
        let look = loop {
            match self.wait()? {
                Look::At(places) if places.is_empty() => {}
                look => break look,
            }
        };
        Some(self.read(&look, known))
    }

    /// The first events that matter, and all that follow closely.
    fn wait(&mut self) -> Option<Look> {
        let mut look = Look::At(BTreeSet::new());
        let first = if self.roots.iter().any(|root| root.lost) {
            match self.signals.recv_timeout(RETRY) {
                Err(RecvTimeoutError::Timeout) => return Some(self.find_lost()),
                signal => signal.ok()?,
            }
        } else {
            self.signals.recv().ok()?
        };
        look.add(first)?;
        let deadline = Instant::now() + PATIENCE;
        while look.is_somewhere() {
            let rest = deadline.saturating_duration_since(Instant::now());
            match self.signals.recv_timeout(rest.min(QUIET)) {
                Ok(signal) => look.add(signal)?,
                Err(_) => break,
            }
        }
        Some(look)
    }

    /// A folder that is back is watched again and read as a whole.
    fn find_lost(&mut self) -> Look {
        let mut lost = self.roots.iter().filter(|root| root.lost);
        let found = lost.any(|root| self.watcher.watch(&root.real, RecursiveMode::Recursive).is_ok());
        if found {
            Look::Everywhere
        } else {
            Look::At(BTreeSet::new())
        }
    }

    fn read(&mut self, look: &Look, known: &Folder) -> Batch {
        let mut batch = Batch::new();
        for root in &mut self.roots {
            root.lost = !root.real.is_dir();
            if root.lost {
                let reason = "the folder is gone; what it said stays in force".to_owned();
                batch.insert(root.shown.clone(), Reading::Failed(reason));
                continue;
            }
            match look {
                Look::Everywhere => read_place(&root.shown, known, &mut batch),
                Look::At(paths) => {
                    let places = paths
                        .iter()
                        .filter_map(|path| root.place(path))
                        .collect::<BTreeSet<_>>();
                    for place in &places {
                        read_place(place, known, &mut batch);
                    }
                }
            }
        }
        batch
    }
}

/// Reads what is at or below a path, and what was.
fn read_place(place: &Path, known: &Folder, batch: &mut Batch) {
    if place.is_dir() {
        files::read_folder(place, batch);
    } else if files::is_manifest(place) {
        batch.insert(place.to_owned(), files::read(place));
    }
    for file in known.files_under(place) {
        batch.entry(file.clone()).or_insert_with(|| files::read(file));
    }
}

impl Look {
    /// Widens the look to what a signal is about; nothing if it is the stop.
    fn add(&mut self, signal: Signal) -> Option<()> {
        match signal {
            Signal::Stop => return None,
            Signal::Event(Ok(event)) if event.need_rescan() => *self = Self::Everywhere,
            Signal::Event(Ok(event)) => {
                if let Self::At(paths) = self
                    && is_change(event.kind)
                {
                    paths.extend(event.paths);
                }
            }
            Signal::Event(Err(error)) => {
                tracing::warn!(%error, "cannot follow all that happens in the folders");
                *self = Self::Everywhere;
            }
        }
        Some(())
    }

    fn is_somewhere(&self) -> bool {
        !matches!(self, Self::At(paths) if paths.is_empty())
    }
}

/// Reading a file is an event too.
fn is_change(kind: EventKind) -> bool {
    !matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}

impl Root {
    /// Where to look for what happened at a path; nothing if it cannot matter.
    fn place(&self, path: &Path) -> Option<PathBuf> {
        let relative = path.strip_prefix(&self.real).ok()?;
        let is_hidden = |part: Component<'_>| files::is_hidden(Path::new(part.as_os_str()));
        match relative.components().position(is_hidden) {
            None => Some(self.shown.join(relative)),
            // Kubernetes mounts a volume's files as links through a hidden link, and replaces only that one.
            Some(_) if path.is_symlink() => Some(self.shown.join(relative.parent()?)),
            Some(_) => None,
        }
    }
}
