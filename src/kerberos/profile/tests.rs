//! What MIT's library refuses is refused here, at the line at which it refuses it; what it takes is taken.

use std::{ffi::OsStr, process::Command};

use tempfile::TempDir;

use super::*;

/// A text, and the line of it that does not fit; `{}` stands for a folder with files to be included.
const TABLE: &[(&str, Option<(usize, Flaw)>)] = &[
    ("", None),
    ("[libdefaults]\n default_realm = CORP.EXAMPLE\n", None),
    ("[a]\r\n b = c\r\n d = {\r\n  e = f\r\n }\r\n", None),
    ("[a]\n # one\n ; two\n\n b = c # three\n", None),
    ("[a]*\n b* = c\n", None),
    ("[a]\n b=\"c d\n", None),
    ("[a]\n b\t=c\n", None),
    ("[]\n * = b\n", None),
    // nothing is looked at before the first section
    ("whatever {\n}\n  [a\n[a]\n b = c\n", None),
    ("\u{feff}[a]\n b\n", None),
    // sections
    ("[a\n b = c\n", Some((1, Flaw::Section))),
    ("[a] b\n", Some((1, Flaw::Section))),
    ("[a] # b\n", Some((1, Flaw::Section))),
    ("[a] *\n", Some((1, Flaw::Section))),
    ("[a]\r b = c\r", Some((1, Flaw::Section))),
    ("[a]\n b = c\n  [d\n", Some((3, Flaw::Section))),
    ("[a]  \t\n b = c\n  [d]\n", None),
    (
        "[realms]\n A = {\n  kdc = b\n[domain_realm]\n",
        Some((4, Flaw::SectionInBraces)),
    ),
    // relations
    ("[a]\n b\n", Some((2, Flaw::NoRelation))),
    ("[a]\n b c\n", Some((2, Flaw::NoRelation))),
    ("[a]\n {\n", Some((2, Flaw::NoRelation))),
    ("[a]\n = b\n", Some((2, Flaw::Name))),
    ("[a]\n b c = d\n", Some((2, Flaw::Name))),
    ("[a]\n b * = d\n", Some((2, Flaw::Name))),
    ("[a]\n b\0 = c\n", Some((2, Flaw::NoRelation))),
    // braces
    ("[a]\n b =\n {\n  c = d\n }\n", None),
    ("[a]\n b={  \n  c = d\n }* e\n", None),
    ("[a]\n b =\n { c\n }\n", None),
    ("[a]\n b = {\n  c = {\n   d = e\n }\n", None),
    ("[a]\n b =\n", None),
    ("[a]\n b =\n c = d\n", Some((3, Flaw::NoBrace))),
    ("[a]\n b =\n # c\n {\n }\n", Some((3, Flaw::NoBrace))),
    ("[a]\n b =\n\n {\n }\n", Some((3, Flaw::NoBrace))),
    ("[a]\n b = { c = d }\n", None),
    ("[a]\n b = { c = d\n }\n", Some((3, Flaw::NothingToClose))),
    ("[a]\n b = c\n }\n", Some((3, Flaw::NothingToClose))),
    // what is included
    ("include {}/good\n[a]\n b = c\n", None),
    ("include {}/good\r\n[a]\r\n", None),
    ("[a]\n b =\ninclude {}/good\n {\n }\n", None),
    ("[a]\n b = {\ninclude\t{}/good\n  c = d\n }\n", None),
    ("[a]\n include {}/good\n", Some((2, Flaw::NoRelation))),
    ("include {}\n[a]\n", None),
    ("includedir {}/some\n[a]\n", None),
    ("includes {}/nothing\n[a]\n", None),
    (
        "# here\ninclude {}/nothing\n",
        Some((2, Flaw::Include(io::ErrorKind::NotFound))),
    ),
    (
        "[a]\ninclude = b\n",
        Some((2, Flaw::Include(io::ErrorKind::NotFound))),
    ),
    (
        "include\n",
        Some((1, Flaw::Include(io::ErrorKind::NotFound))),
    ),
    (
        "include {}/good \n",
        Some((1, Flaw::Include(io::ErrorKind::NotFound))),
    ),
    (
        "[a]\nincludedir {}/nothing\n",
        Some((2, Flaw::Include(io::ErrorKind::NotFound))),
    ),
    (
        "includedir {}/good\n",
        Some((1, Flaw::Include(io::ErrorKind::NotADirectory))),
    ),
    // modules
    (
        "# here\nmodule {}/nothing.so:x\n[a]\n",
        Some((2, Flaw::Module)),
    ),
    ("[a]\nmodule {}/nothing.so:x\n", Some((2, Flaw::NoRelation))),
];

/// Files to be included.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    put("good", "[a]\n b = c\n");
    put("bad", "[a]\n b = c\n d\n");
    put(
        "around",
        &format!("include {0}/around\n", folder.path().display()),
    );
    put("some/fine.conf", "[a]\n b = {\n");
    for ignored in ["copy.conf~", ".hidden.conf", "old.rpmsave", "x.swp"] {
        put(&format!("some/{ignored}"), "[a\n");
    }
    fs::create_dir(folder.path().join("some/folder")).unwrap();
    put("more/1", "[a]\n");
    put("more/2-bad", "[a]\n}\n");
    put("more/3-worse", "[a\n");
    folder
}

fn fault(file: &Path, line: usize, flaw: Flaw) -> Fault {
    Fault {
        file: file.to_owned(),
        line,
        flaw,
    }
}

#[test]
fn a_fault_is_found_at_its_line() {
    let folder = folder();
    for (text, expected) in TABLE {
        let file = folder.path().join("krb5.conf");
        let text = text.replace("{}", &folder.path().display().to_string());
        let found = check(&file, text.as_bytes(), 0);
        let expected = expected.map_or(Ok(()), |(line, flaw)| Err(fault(&file, line, flaw)));
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn a_fault_in_what_is_included_is_that_files() {
    let folder = folder();
    let [bad, around, among] = ["bad", "around", "more/2-bad"].map(|name| folder.path().join(name));
    let at = |line: &str| {
        let text = line.replace("{}", &folder.path().display().to_string());
        check(Path::new("krb5.conf"), text.as_bytes(), 0)
    };
    assert_eq!(
        at("[a]\ninclude {}/bad\n"),
        Err(fault(&bad, 3, Flaw::NoRelation))
    );
    assert_eq!(
        at("includedir {}/more"),
        Err(fault(&among, 2, Flaw::NothingToClose))
    );
    assert_eq!(
        at("include {}/around\n"),
        Err(fault(&around, 1, Flaw::Circle))
    );
}

#[test]
fn the_first_file_that_has_one_is_named_and_a_missing_one_has_none() {
    let folder = folder();
    let files = ["nothing", "good", "", "bad", "more/3-worse"].map(|name| folder.path().join(name));
    let expected = fault(&folder.path().join("bad"), 3, Flaw::NoRelation);
    assert_eq!(first_fault(&files), Some(expected));
    assert_eq!(first_fault(&files[..3]), None);
}

/// With a comment of so many characters.
fn long(length: usize) -> String {
    format!("[a]\n#{}\n", "x".repeat(length - 1))
}

#[test]
fn a_line_that_is_too_long_is_two() {
    let file = Path::new("krb5.conf");
    assert_eq!(check(file, long(2046).as_bytes(), 0), Ok(()));
    assert_eq!(check(file, long(2047).as_bytes(), 0), Ok(()));
    assert_eq!(
        check(file, long(2048).as_bytes(), 0),
        Err(fault(file, 2, Flaw::NoRelation))
    );
}

/// Whether MIT's library takes it; nothing where its `klist` is not installed.
fn mit_takes(folder: &Path, text: &[u8]) -> Option<bool> {
    let file = folder.join("krb5.conf");
    fs::write(&file, text).unwrap();
    let mut klist = Command::new("klist");
    klist.env_clear().env("PATH", std::env::var_os("PATH")?);
    // behind another one, as in a run
    let both = [folder.join("good"), file].map(|file| file.display().to_string());
    klist
        .env("KRB5_CONFIG", both.join(":"))
        .env("KRB5CCNAME", "MEMORY:");
    let said = klist.output().ok()?.stderr;
    let said = String::from_utf8_lossy(&said).into_owned();
    Some(!said.contains("while initializing krb5"))
}

#[test]
fn mits_library_sees_the_same() {
    let folder = folder();
    let place = folder.path().display().to_string();
    let more = [
        long(2047),
        long(2048),
        "include {}/bad\n".to_owned(),
        "include {}/around\n".to_owned(),
        "includedir {}/more\n".to_owned(),
    ];
    let texts = TABLE.iter().map(|(text, _)| (*text).to_owned());
    for text in texts.chain(more) {
        let text = text.replace("{}", &place);
        let fault = check(Path::new("krb5.conf"), text.as_bytes(), 0).err();
        let Some(is_taken) = mit_takes(folder.path(), text.as_bytes()) else {
            mapisweep_outside::skip("krb5.conf", "MIT's klist is not installed");
            return;
        };
        assert_eq!(is_taken, fault.is_none(), "{text:?}: {fault:?}");
        let Some(fault) = fault.filter(|fault| fault.file == OsStr::new("krb5.conf")) else {
            continue;
        };
        // it is that line: without it and what follows, the rest is taken
        let lines: Vec<_> = text.split_inclusive('\n').take(fault.line - 1).collect();
        let before = lines.concat();
        assert_eq!(
            mit_takes(folder.path(), before.as_bytes()),
            Some(true),
            "{before:?}"
        );
    }
}
