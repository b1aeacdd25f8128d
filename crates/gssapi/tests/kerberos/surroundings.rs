//! Which library is taken, and which configuration it reads.

use std::{env, fs, path::Path, sync::mpsc, thread};

use libtest_mimic::Failed;
use mapisweep_gssapi::{
    Library, Missing,
    environment::{self, prepend_configuration},
};

use crate::{
    case::Case,
    place::{House, OWN_CONFIGURATION},
    stage::Stage,
};

pub fn cases() -> Vec<Case> {
    vec![
        Case::new("which_library", which_library),
        Case::new("the_own_configuration_comes_first", own_first),
        Case::new("the_systems_configuration_still_counts", systems_next),
        Case::new("not_beside_other_threads", not_beside_threads),
        Case::new("the_default_realm", default_realm),
        Case::new("a_configuration_that_is_none", no_configuration),
    ]
}

/// Run without a library: the process says so and ends.
pub fn no_library(house: &House) -> Result<(), Failed> {
    let case = Case::new("which_library", which_library);
    let (is_well, said) = house.play(&case, "none", "/nowhere/libgssapi.so")?;
    assert!(!is_well);
    let sentence =
        "the Kerberos library /nowhere/libgssapi.so, which MAPISWEEP_GSSAPI names, cannot be used";
    assert!(said.contains(sentence), "{said}");
    assert_eq!(
        Missing::NotFound.to_string(),
        "no Kerberos library was found: looked for libgssapi_krb5.so.2 and libgssapi.so.3"
    );
    Ok(())
}

fn which_library(stage: &Stage) {
    let library = &stage.library;
    let (family, path) = stage.differs(
        ("MIT", "libgssapi_krb5.so.2"),
        ("Heimdal", "libgssapi.so.3"),
    );
    assert_eq!(library.family().to_string(), family);
    assert_eq!(library.path(), path);
    assert!(
        Library::open("libc.so.6").is_err(),
        "it knows nothing of GSSAPI"
    );
}

fn configuration() -> String {
    env::var("KRB5_CONFIG").expect("it is set")
}

fn own() -> String {
    env::var(OWN_CONFIGURATION).expect("it is set")
}

/// In front of what the environment named.
fn own_first(_: &Stage) {
    let (own, users) = (own(), "/krb5.conf");
    assert!(configuration().starts_with(&format!("{own}:/")));
    assert!(configuration().ends_with(users), "{}", configuration());
}

fn systems_next(stage: &Stage) {
    // SAFETY: there is no other thread.
    unsafe { env::remove_var("KRB5_CONFIG") };
    prepend_configuration(&stage.library, Path::new("/own")).expect("one thread");
    let files = configuration();
    let files: Vec<&str> = files.split(':').collect();
    assert_eq!(files[0], "/own");
    assert!(files.contains(&"/etc/krb5.conf"), "{files:?}");
}

fn not_beside_threads(stage: &Stage) {
    let before = configuration();
    let (stop, stopped) = mpsc::channel::<()>();
    let other = thread::spawn(move || stopped.recv());
    let refused = prepend_configuration(&stage.library, Path::new("/own"));
    assert!(matches!(refused, Err(environment::Error::Threads)));
    drop(stop);
    _ = other.join();
    let refused = prepend_configuration(&stage.library, Path::new("/a:b"));
    assert!(matches!(refused, Err(environment::Error::Colon { .. })));
    assert_eq!(configuration(), before);
}

fn default_realm(stage: &Stage) {
    assert_eq!(
        stage.library.default_realm().as_deref(),
        Some("CORP.EXAMPLE")
    );
}

/// MIT takes none that has a fault, wherever it is; Heimdal goes on without what comes after it.
fn no_configuration(stage: &Stage) {
    const BAD_FORMAT: i32 = -1_765_328_248;
    assert_eq!(stage.library.read_configuration(), Ok(()));
    let bad = Path::new("bad.conf");
    fs::write(bad, "[libdefaults]\n no relation\n").expect("a file");
    prepend_configuration(&stage.library, bad).expect("one thread");
    let read = stage.library.read_configuration();
    let minor = read.map_or_else(|error| error.minor(), |()| 0);
    assert_eq!(minor, stage.differs(BAD_FORMAT, 0));
    let realm = stage.library.default_realm();
    assert_eq!(realm.as_deref(), stage.differs(None, Some("CORP.EXAMPLE")));
}
