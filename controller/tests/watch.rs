//! A real folder on a real disk: what happens there arrives as batches.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use isoline::{
    files::Batch,
    folder::{Folder, Reading},
    watch::{Stop, Watch},
};
use tempfile::TempDir;

const DEADLINE: Duration = Duration::from_secs(20);

/// A watched folder, and its batches as they come.
struct Watched {
    folder: TempDir,
    batches: Receiver<Batch>,
    _stop: Stop,
}

impl Watched {
    fn start(files: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for file in files {
            fs::write(folder.path().join(file), "").expect("a file");
        }
        let (mut watch, stop) = Watch::start(&[folder.path().to_owned()]).expect("it can be watched");
        let (sender, batches) = channel();
        thread::spawn(move || {
            let mut known = Folder::default();
            let mut batch = Some(watch.read_all());
            while let Some(next) = batch {
                known.update(next.clone());
                if sender.send(next).is_err() {
                    return;
                }
                batch = watch.next(&known);
            }
        });
        Self {
            folder,
            batches,
            _stop: stop,
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Waits until a batch holds this.
    #[track_caller]
    fn expect(&self, path: &Path, reading: &Reading) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let rest = deadline.saturating_duration_since(Instant::now());
            let batch = self.batches.recv_timeout(rest).expect("a batch in time");
            if batch.get(path) == Some(reading) {
                return;
            }
        }
    }

    #[track_caller]
    fn expect_text(&self, path: &str, text: &str) {
        self.expect(&self.path(path), &Reading::Text(text.to_owned()));
    }
}

#[test]
fn what_is_there_at_the_start_is_the_first_batch() {
    let watched = Watched::start(&["a.yaml", "b.yml", "c.json", "d.txt", ".e.yaml"]);
    let batch = watched.batches.recv_timeout(DEADLINE).expect("a batch");
    let names: Vec<_> = batch
        .keys()
        .map(|path| path.file_name().expect("a name").to_owned())
        .collect();
    assert_eq!(names, ["a.yaml", "b.yml", "c.json"]);
}

#[test]
fn a_file_may_be_written_deleted_and_written_again() {
    let watched = Watched::start(&["a.yaml"]);
    let path = watched.path("a.yaml");
    fs::write(&path, "a: 1").expect("a file");
    watched.expect_text("a.yaml", "a: 1");
    fs::remove_file(&path).expect("it is there");
    watched.expect(&path, &Reading::Gone);
    fs::write(&path, "a: 2").expect("a file");
    watched.expect_text("a.yaml", "a: 2");
}

#[test]
fn an_editor_may_rename_over_the_file() {
    let watched = Watched::start(&["a.yaml"]);
    for text in ["a: 1", "a: 2"] {
        fs::write(watched.path(".a.yaml.tmp"), text).expect("a file");
        fs::rename(watched.path(".a.yaml.tmp"), watched.path("a.yaml")).expect("a rename");
        watched.expect_text("a.yaml", text);
    }
}

#[test]
fn folders_made_later_are_watched_and_may_go_as_a_whole() {
    let watched = Watched::start(&[]);
    fs::create_dir_all(watched.path("x/y")).expect("folders");
    fs::write(watched.path("x/y/a.yaml"), "a: 1").expect("a file");
    watched.expect_text("x/y/a.yaml", "a: 1");
    fs::write(watched.path("x/y/a.yaml"), "a: 2").expect("a file");
    watched.expect_text("x/y/a.yaml", "a: 2");
    fs::rename(watched.path("x"), watched.path(".x")).expect("a rename");
    watched.expect(&watched.path("x/y/a.yaml"), &Reading::Gone);
}

#[test]
fn a_folder_that_goes_away_says_so_and_is_found_again() {
    let watched = Watched::start(&["a.yaml"]);
    let root = watched.folder.path().to_owned();
    let elsewhere = root.with_extension("moved");
    fs::rename(&root, &elsewhere).expect("a rename");
    let reason = "the folder is gone; what it said stays in force".to_owned();
    watched.expect(&root, &Reading::Failed(reason));
    fs::rename(&elsewhere, &root).expect("a rename");
    watched.expect(&root, &Reading::Gone);
    fs::write(root.join("a.yaml"), "a: 1").expect("a file");
    watched.expect_text("a.yaml", "a: 1");
}

#[test]
fn a_mounted_volume_is_followed_through_its_links() {
    let watched = Watched::start(&[]);
    for (version, text) in [("..1", "a: 1"), ("..2", "a: 2")] {
        fs::create_dir(watched.path(version)).expect("a folder");
        fs::write(watched.path(version).join("a.yaml"), text).expect("a file");
        std::os::unix::fs::symlink(version, watched.path("..tmp")).expect("a link");
        fs::rename(watched.path("..tmp"), watched.path("..data")).expect("a rename");
        if version == "..1" {
            std::os::unix::fs::symlink("..data/a.yaml", watched.path("a.yaml")).expect("a link");
        }
        watched.expect_text("a.yaml", text);
    }
}
