//! What a cache comes down to, by what is seen of it and by the library's number.

use std::{fs, io, os::unix::fs::PermissionsExt as _, path::Path};

use tempfile::TempDir;

use super::*;

fn error(minor: i32) -> gssapi::Error {
    gssapi::Error::Refused {
        call: "krb5_cc_get_principal",
        major: 0,
        minor,
        text: "its own words".into(),
    }
}

/// MIT's for a file that is missing, is not one, may not be opened, is of another version.
const NO_FILE: i32 = -1_765_328_189;
const BAD_FORMAT: i32 = -1_765_328_185;
const NOT_PERMITTED: i32 = -1_765_328_190;
const VERSION: i32 = -1_765_328_172;

fn file(start: &[u8]) -> Seen {
    Seen::File {
        is_link: false,
        is_open_to_others: true,
        start: start.into(),
    }
}

#[test]
fn a_file_comes_down_to_what_is_seen_of_it() {
    for (seen, minor, expected) in [
        (Seen::Nothing, NO_FILE, State::Missing),
        (Seen::Nothing, number::ENOENT, State::Missing),
        (
            Seen::Closed { is_anothers: true },
            NOT_PERMITTED,
            State::Anothers,
        ),
        (
            Seen::Closed { is_anothers: false },
            NOT_PERMITTED,
            State::Closed,
        ),
        (Seen::Folder, BAD_FORMAT, State::Folder),
        (file(b""), BAD_FORMAT, State::Empty),
        (file(b"he"), VERSION, State::Foreign),
        (file(b"\x05\x09"), VERSION, State::Version),
        (file(b"\x05"), BAD_FORMAT, State::Damaged),
        (file(b"\x05\x04"), BAD_FORMAT, State::Damaged),
        // Heimdal says no before it reads
        (file(b""), number::EPERM, State::OpenToOthers),
        (
            Seen::File {
                is_link: true,
                is_open_to_others: false,
                start: vec![5, 4],
            },
            number::EPERM,
            State::Link,
        ),
        (
            Seen::Unreadable(io::ErrorKind::InvalidInput),
            BAD_FORMAT,
            State::Other("invalid input parameter".into()),
        ),
    ] {
        assert_eq!(State::of_file(&seen, minor), expected, "{seen:?} {minor}");
    }
}

#[test]
fn what_is_no_file_comes_down_to_the_librarys_number() {
    let of = |place: Place, minor| State::of(&place, &error(minor));
    for (minor, service, elsewhere) in [
        (-1_750_600_181, State::NoService, None),
        (
            number::NOT_SUPPORTED,
            State::NoService,
            Some(State::UnknownKind),
        ),
        (NO_FILE, State::Bare, Some(State::Bare)),
        (number::ENOENT, State::Bare, Some(State::Bare)),
        (
            number::UNKNOWN_KIND,
            State::UnknownKind,
            Some(State::UnknownKind),
        ),
    ] {
        assert_eq!(of(Place::Service, minor), service, "{minor}");
        if let Some(expected) = elsewhere {
            assert_eq!(of(Place::Elsewhere, minor), expected, "{minor}");
        }
    }
    let State::Other(words) = of(Place::Elsewhere, 42) else {
        panic!("nobody knows 42")
    };
    assert!(words.contains("its own words"), "{words}");
}

/// Makes something in a folder, and looks at it by this name.
fn planted(name: &str, plant: impl FnOnce(&Path)) -> Place {
    let folder: TempDir = tempfile::tempdir().unwrap();
    plant(folder.path());
    Place::of(&name.replace("{}", &folder.path().display().to_string()))
}

fn write(file: &Path, bytes: &[u8]) {
    fs::write(file, bytes).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_cache_is_where_its_name_says() {
    let cache = |folder: &Path| write(&folder.join("tkt"), b"\x05\x04");
    let seen = || Seen::File {
        is_link: false,
        is_open_to_others: false,
        start: vec![5, 4],
    };
    for name in ["FILE:{}/tkt", "{}/tkt", "WRFILE:{}/tkt", "DIR::{}/tkt"] {
        assert_eq!(planted(name, cache), Place::File(seen()), "{name}");
    }
    for name in ["FILE:{}/other", "{}/a:b", "", "FILE:", "DIR::{}/other"] {
        assert_eq!(planted(name, cache), Place::File(Seen::Nothing), "{name}");
    }
    assert_eq!(planted("FILE:{}", cache), Place::File(Seen::Folder));
    for (name, place) in [
        ("KCM:", Place::Service),
        ("KCM:1000", Place::Service),
        ("KEYRING:persistent:1000", Place::Elsewhere),
        ("API:", Place::Elsewhere),
    ] {
        assert_eq!(Place::of(name), place);
    }
}

#[test]
fn a_link_and_what_others_can_read_are_seen() {
    let link = planted("FILE:{}/link", |folder| {
        write(&folder.join("tkt"), b"");
        fs::set_permissions(folder.join("tkt"), fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("tkt", folder.join("link")).unwrap();
    });
    assert_eq!(
        link,
        Place::File(Seen::File {
            is_link: true,
            is_open_to_others: true,
            start: vec![]
        })
    );
    // it would be waited for
    let device = Place::of("FILE:/dev/zero");
    assert_eq!(
        device,
        Place::File(Seen::Unreadable(io::ErrorKind::InvalidInput))
    );
}

#[test]
fn a_folder_of_caches_has_a_default_one() {
    let at = |plant: fn(&Path)| match planted("DIR:{}", plant) {
        Place::Folder(content) => content,
        other => panic!("{other:?}"),
    };
    let empty = || Content::Default(file(b""));
    assert_eq!(at(|_| ()), Content::Bare);
    assert_eq!(
        at(|folder| fs::write(folder.join("tkt"), "").unwrap()),
        empty()
    );
    assert_eq!(
        at(|folder| {
            fs::write(folder.join("primary"), "tktx1\n").unwrap();
            fs::write(folder.join("tktx1"), "").unwrap();
        }),
        empty()
    );
    assert_eq!(
        at(|folder| fs::write(folder.join("primary"), "tktx1\n").unwrap()),
        Content::Bare
    );
    assert_eq!(
        at(|folder| {
            fs::write(folder.join("primary"), "tktx1\n").unwrap();
            fs::write(folder.join("tktx2"), "").unwrap();
        }),
        Content::NoDefault("tktx1".into())
    );
    assert_eq!(
        planted("DIR:{}/none", |_| ()),
        Place::Folder(Content::Missing)
    );
    assert_eq!(
        planted("DIR:{}/file", |folder| write(&folder.join("file"), b"")),
        Place::Folder(Content::NoFolder)
    );
}
