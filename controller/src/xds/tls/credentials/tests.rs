use rcgen::generate_simple_self_signed;
use tempfile::TempDir;

use super::*;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        folder.write_new();
        folder
    }

    fn files(&self) -> TlsFiles {
        let [ca, certificate, key] = ["ca.crt", "tls.crt", "tls.key"].map(|name| self.0.path().join(name));
        TlsFiles { ca, certificate, key }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).expect("a file");
    }

    /// A certificate that is its own authority.
    fn write_new(&self) {
        let made = generate_simple_self_signed(["isoline".to_owned()]).expect("a certificate");
        self.write("ca.crt", &made.cert.pem());
        self.write("tls.crt", &made.cert.pem());
        self.write("tls.key", &made.signing_key.serialize_pem());
    }
}

fn told(credentials: &Credentials) -> Option<String> {
    credentials.latest.lock().expect("nobody panicked").told.clone()
}

#[test]
fn what_has_not_changed_is_the_same_and_what_has_is_used() {
    let folder = Folder::new();
    let credentials = Credentials::open(folder.files()).expect("good files");
    let first = credentials.current();
    assert!(Arc::ptr_eq(&first, &credentials.current()));
    folder.write_new();
    let second = credentials.current();
    assert!(!Arc::ptr_eq(&first, &second));
    assert!(Arc::ptr_eq(&second, &credentials.current()));
}

#[test]
fn what_cannot_be_used_is_named_and_the_last_good_set_stays() {
    let folder = Folder::new();
    let credentials = Credentials::open(folder.files()).expect("good files");
    let good = credentials.current();
    let other = Folder::new();
    let key = fs::read_to_string(other.files().key).expect("a key");
    let broken = [("tls.crt", "half a cert"), ("ca.crt", ""), ("tls.key", &key)];
    for (name, text) in broken {
        let files = folder.files();
        let whole = [&files.ca, &files.certificate, &files.key].map(|path| fs::read(path).expect("a file"));
        folder.write(name, text);
        assert!(Arc::ptr_eq(&good, &credentials.current()), "{name}");
        let said = told(&credentials).expect("it is told");
        assert!(said.contains(name), "{said}");
        assert!(!said.contains("PRIVATE"), "{said}");
        for (path, content) in [&files.ca, &files.certificate, &files.key].into_iter().zip(whole) {
            fs::write(path, content).expect("a file");
        }
        assert!(Arc::ptr_eq(&good, &credentials.current()));
        assert_eq!(told(&credentials), None, "all is well again");
    }
    fs::remove_file(folder.files().key).expect("it was there");
    assert!(Arc::ptr_eq(&good, &credentials.current()));
    assert!(told(&credentials).expect("it is told").contains("tls.key"));
}

#[test]
fn no_session_is_resumed() {
    let config = Credentials::open(Folder::new().files()).expect("good files").current();
    assert_eq!(config.send_tls13_tickets, 0);
    assert!(!config.session_storage.can_cache());
}
