//! The committed exe, read as Windows reads it.

use std::{fs, path::Path};

use pelite::pe64::{imports::Import, Pe, PeFile};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Every call that is imported. Windows Server 2003 x64, which is where this list ends, exports them all.
const IMPORTS: [(&str, &[&str]); 3] = [
    ("ADVAPI32.dll", &["CheckTokenMembership"]),
    ("IPHLPAPI.DLL", &["GetExtendedTcpTable", "SetTcpEntry"]),
    (
        "KERNEL32.dll",
        &[
            "CloseHandle",
            "CreateToolhelp32Snapshot",
            "ExitProcess",
            "GetCommandLineW",
            "GetLastError",
            "GetModuleHandleA",
            "GetProcAddress",
            "GetProcessHeap",
            "GetStdHandle",
            "HeapAlloc",
            "HeapReAlloc",
            "Process32FirstW",
            "Process32NextW",
            "ReadFile",
            "Sleep",
            "WriteFile",
        ],
    ),
];

/// In bytes. A formatting routine, a library sort or a run-time library that crept in would break it: each is larger
/// than what is left.
const MOST_SIZE: usize = 16 * 1024;

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn exe() -> Vec<u8> {
    file("dist/mapisweep-helper.exe")
}

fn manifest() -> Value {
    serde_json::from_slice(&file("dist/manifest.json")).unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn it_imports_only_what_the_oldest_windows_has() {
    let bytes = exe();
    let pe = PeFile::from_bytes(&bytes).unwrap();
    let mut imports: Vec<(String, Vec<String>)> = Vec::new();
    for library in pe.imports().unwrap() {
        let mut names = Vec::new();
        for import in library.int().unwrap() {
            match import.unwrap() {
                Import::ByName { name, .. } => names.push(name.to_string()),
                Import::ByOrdinal { ord } => names.push(format!("#{ord}")),
            }
        }
        names.sort();
        imports.push((library.dll_name().unwrap().to_string(), names));
    }
    imports.sort();
    let allowed = IMPORTS.map(|(library, names)| {
        (
            library.to_string(),
            names.iter().map(ToString::to_string).collect::<Vec<_>>(),
        )
    });
    assert_eq!(imports, allowed);
}

#[test]
fn it_is_made_for_server_2003_x64_and_later() {
    let bytes = exe();
    let pe = PeFile::from_bytes(&bytes).unwrap();
    let header = pe.optional_header();
    const CONSOLE: u16 = 3;
    assert_eq!(header.Subsystem, CONSOLE);
    let version = header.SubsystemVersion;
    assert_eq!((version.Major, version.Minor), (5, 2));
    let version = header.OperatingSystemVersion;
    assert_eq!((version.Major, version.Minor), (5, 2));
    const AMD64: u16 = 0x8664;
    assert_eq!(pe.file_header().Machine, AMD64);
}

#[test]
fn it_lets_windows_protect_it() {
    let bytes = exe();
    let pe = PeFile::from_bytes(&bytes).unwrap();
    const HIGH_ENTROPY_VA: u16 = 0x20;
    const DYNAMIC_BASE: u16 = 0x40;
    const NX_COMPAT: u16 = 0x100;
    let flags = pe.optional_header().DllCharacteristics;
    for (flag, name) in [
        (HIGH_ENTROPY_VA, "high entropy"),
        (DYNAMIC_BASE, "ASLR"),
        (NX_COMPAT, "NX"),
    ] {
        assert_ne!(flags & flag, 0, "no {name}");
    }
    const RELOCS_STRIPPED: u16 = 1;
    assert_eq!(
        pe.file_header().Characteristics & RELOCS_STRIPPED,
        0,
        "ASLR needs relocations"
    );
    assert!(pe.base_relocs().is_ok(), "ASLR needs relocations");
}

#[test]
fn no_section_is_both_writable_and_executable() {
    const EXECUTE: u32 = 0x2000_0000;
    const WRITE: u32 = 0x8000_0000;
    let bytes = exe();
    let pe = PeFile::from_bytes(&bytes).unwrap();
    let mut executable = 0;
    for section in pe.section_headers() {
        let flags = section.Characteristics;
        assert_ne!(
            flags & (EXECUTE | WRITE),
            EXECUTE | WRITE,
            "{:?}",
            section.name()
        );
        executable += usize::from(flags & EXECUTE != 0);
    }
    assert_eq!(executable, 1);
}

#[test]
fn it_carries_nothing_of_its_build() {
    let bytes = exe();
    let pe = PeFile::from_bytes(&bytes).unwrap();
    assert_eq!(pe.file_header().TimeDateStamp, 0);
    assert_eq!(pe.file_header().PointerToSymbolTable, 0);
    assert!(pe.debug().is_err(), "a debug directory");
    for trace in ["/usr/", "/home/", "/root/", "/tmp/", "src/", "rustc"] {
        let found = bytes
            .windows(trace.len())
            .any(|window| window == trace.as_bytes());
        assert!(!found, "{trace}");
    }
}

#[test]
fn it_says_what_it_is() {
    let bytes = exe();
    let pe = PeFile::from_bytes(&bytes).unwrap();
    let resources = pe.resources().unwrap();
    let version = resources.version_info().unwrap();
    let language = version.translation()[0];
    let cargo_version = env!("CARGO_PKG_VERSION");
    for (key, value) in [
        ("ProductName", "mapisweep"),
        (
            "FileDescription",
            "Lists and closes TCP connections of Exchange, for mapisweep",
        ),
        ("OriginalFilename", "mapisweep-helper.exe"),
        ("FileVersion", cargo_version),
        ("ProductVersion", cargo_version),
    ] {
        assert_eq!(
            version.value(language, key).as_deref(),
            Some(value),
            "{key}"
        );
    }
    let fixed = version.fixed().unwrap().dwFileVersion;
    let number = format!("{}.{}.{}", fixed.Major, fixed.Minor, fixed.Patch);
    assert_eq!(number, cargo_version);
}

#[test]
fn it_is_small() {
    let size = exe().len();
    assert!(size <= MOST_SIZE, "{size} bytes");
}

#[test]
fn the_manifest_is_that_of_the_exe() {
    let (exe, manifest) = (exe(), manifest());
    assert_eq!(manifest["file"], "mapisweep-helper.exe");
    assert_eq!(manifest["sha256"], sha256(&exe));
    assert_eq!(manifest["size"], exe.len());
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["protocol"], mapisweep_helper::contract::PROTOCOL);
}

#[test]
fn the_readme_names_its_size_and_hash() {
    let (exe, readme) = (exe(), String::from_utf8(file("README.md")).unwrap());
    let size = exe.len().to_string();
    let (thousands, rest) = size.split_at(size.len() - 3);
    assert!(readme.contains(&format!("{thousands},{rest} bytes")));
    assert!(readme.contains(&sha256(&exe)));
}
