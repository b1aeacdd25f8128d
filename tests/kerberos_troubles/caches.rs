//! Each state of a ticket cache, and what is said of it: with `-v`, where there is no password either, and where nobody
//! is named.

use std::{
    fmt::Write as _,
    fs,
    os::unix::fs::{PermissionsExt as _, chown, symlink},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use mapisweep_outside::{Kdc, skip};

use crate::place::{Library, mapisweep, open_folder, said, without_places};

const PASSWORD: &str = "Unwort-7!";

fn put(file: &Path, bytes: &[u8], mode: u32) {
    fs::write(file, bytes).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
}

/// Plants caches in a folder, and names them.
fn plant(kdc: &Kdc, at: &Path) -> Vec<(&'static str, String)> {
    let file = |name: &str| at.join(name);
    let ours = |name: &str, bytes: &[u8]| put(&file(name), bytes, 0o600);
    ours("empty", b"");
    ours("text", b"root:x:0:0\n");
    ours("version", b"\x05\x09\x00\x00\x00\x00");
    ours("cut", b"\x05\x04\x00\x0c");
    put(&file("open"), b"\x05\x04\x00\x0c", 0o644);
    for folder in ["bare", "switched"] {
        fs::create_dir(file(folder)).unwrap();
    }
    ours("switched/primary", b"tktgone\n");
    ours("switched/tktother", b"");
    let cache = |name: &str| format!("FILE:{}", file(name).display());
    kdc.kinit("bob", &cache("bob"));
    symlink("bob", file("link")).unwrap();
    kdc.kinit_with(&["-l", "1s"], "ann", &cache("run-out"));
    thread::sleep(Duration::from_secs(2));
    let folder = |name: &str| format!("DIR:{}", file(name).display());
    vec![
        ("no file", cache("nothing")),
        ("no folder for the file", cache("no/such/folder/cache")),
        ("an empty file", cache("empty")),
        ("another file", cache("text")),
        ("another version", cache("version")),
        ("a file that was cut", cache("cut")),
        ("a file that others can read", cache("open")),
        ("a link", cache("link")),
        ("a folder in a file's place", cache("bare")),
        ("another person's ticket", cache("bob")),
        ("a ticket that ran out", cache("run-out")),
        ("an empty folder", folder("bare")),
        ("a folder that is a file", folder("text")),
        ("a folder whose default cache is gone", folder("switched")),
        (
            "one cache of a folder",
            format!("DIR::{}", file("bare/tktx").display()),
        ),
        ("a service that is not there", "KCM:".to_owned()),
        ("the memory of another process", "MEMORY:".to_owned()),
        ("an unknown kind", "UNKNOWN:cache".to_owned()),
        ("API, which Linux has not", "API:".to_owned()),
    ]
}

/// What is said of all of them.
fn all(place: &Path, caches: &[(&str, String)], library: Library, line: &str) -> String {
    let mut text = String::new();
    for (what, cache) in caches {
        let mut run = mapisweep(library, &[], line);
        run.env("KRB5CCNAME", cache).env("KRB5_CONFIG", place);
        let said = said(&mut run);
        assert!(said.starts_with("exit 2\n"), "{what}: {said}");
        _ = write!(text, "{what}: {said}");
    }
    without_places(&text)
}

#[test]
fn a_cache_that_gives_no_ticket() {
    let kdc = Kdc::builder()
        .person("ann", PASSWORD)
        .person("bob", PASSWORD);
    let Some(kdc) = kdc.start() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let caches = plant(&kdc, folder.path());
    for library in Library::all() {
        let line = "logons --server ex01.corp.example";
        let named = format!("{line} -v --user ann@CORP.EXAMPLE");
        let named = all(&kdc.krb5_conf(), &caches, library, &named);
        insta::assert_snapshot!(format!("named_{library:?}"), named);
        // bob's ticket is taken where nobody is named
        let is_bobs = |what: &str| ["another person's ticket", "a link"].contains(&what);
        let others: Vec<_> = caches
            .iter()
            .filter(|(what, _)| !is_bobs(what))
            .cloned()
            .collect();
        let unnamed = all(&kdc.krb5_conf(), &others, library, line);
        insta::assert_snapshot!(format!("unnamed_{library:?}"), unnamed);
    }
}

/// Where a file may not be opened, whose it is.
#[test]
fn a_cache_that_is_closed() {
    let folder = open_folder();
    let Some(person) = Person::of(folder.path()) else {
        return;
    };
    let own = folder.path().join("own");
    put(&own, b"", 0o000);
    if let Some(owner) = person.owner {
        chown(&own, Some(owner), None).unwrap();
    }
    for library in Library::all() {
        let mut text = String::new();
        let (file, folder) = (person.others_file.display(), person.others_folder.display());
        for (what, cache) in [
            ("one's own file", format!("FILE:{}", own.display())),
            ("another person's", format!("FILE:{file}")),
            ("in another person's folder", format!("FILE:{folder}/cache")),
            ("another person's folder", format!("DIR:{folder}")),
        ] {
            let line = "logons --server ex01.corp.example --user ann@CORP.EXAMPLE";
            let mut run = mapisweep(library, person.before, line);
            run.env("KRB5CCNAME", &cache)
                .env("KRB5_CONFIG", "/dev/null");
            let said = said(&mut run).replace(&file.to_string(), "[a file]");
            let said = said.replace(&folder.to_string(), "[a folder]");
            _ = write!(text, "{what}: {said}");
        }
        insta::assert_snapshot!(format!("closed_{library:?}"), without_places(&text));
    }
}

/// Who runs the program, and what is somebody else's.
struct Person {
    before: &'static [&'static str],
    /// Whom a file is to be given to, to be that person's.
    owner: Option<u32>,
    others_file: PathBuf,
    others_folder: PathBuf,
}

impl Person {
    /// Root may open everything, and so runs it as somebody else; for others, root's own things will do.
    fn of(folder: &Path) -> Option<Self> {
        const NOBODY: u32 = 65_534;
        const AS_NOBODY: &[&str] = &[
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
        ];
        if !rustix::process::geteuid().is_root() {
            return Some(Self {
                before: &[],
                owner: None,
                others_file: "/etc/shadow".into(),
                others_folder: "/root".into(),
            });
        }
        let ran = mapisweep(Library::Mit, AS_NOBODY, "--version").output();
        if !ran.is_ok_and(|output| output.status.success()) {
            skip(
                "other people's ticket caches",
                "nobody cannot run the program (by setpriv) where it is",
            );
            return None;
        }
        let others = folder.join("others");
        fs::create_dir(&others).unwrap();
        put(&folder.join("file"), b"", 0o600);
        fs::set_permissions(&others, fs::Permissions::from_mode(0o700)).unwrap();
        Some(Self {
            before: AS_NOBODY,
            owner: Some(NOBODY),
            others_file: folder.join("file"),
            others_folder: others,
        })
    }
}
