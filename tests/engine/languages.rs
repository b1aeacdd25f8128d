//! Servers whose PowerShell may do less, or speaks another language, and a user who may do less.

use std::{fs, path::Path, process::Command, sync::OnceLock};

use mapisweep_wine::System;

use crate::{
    Case,
    server::Ran,
    stage::{DAY, Stage, is_content},
    store::Store,
};

pub const CASES: &[Case] = &[
    ("language: constrained", constrained_language),
    ("language: none", no_language),
    ("language: restricted", restricted_language),
    ("culture: de-DE", |stage| {
        the_job_in(stage, "de_DE", "de-DE")
    }),
    ("culture: tr-TR", |stage| {
        the_job_in(stage, "tr_TR", "tr-TR")
    }),
    ("user: no administrator", no_administrator),
];

fn constrained_language(stage: &mut Stage) {
    let ran = in_language(stage, "ConstrainedLanguage", "connections");
    is_told_once(
        &ran,
        "the script was stopped: ",
        "confines PowerShell to its simplest language",
    );
}

fn no_language(stage: &mut Stage) {
    let ran = in_language(stage, "NoLanguage", "connections");
    takes_no_scripts(&ran);
}

/// The engine's own message is a listing of the script.
fn restricted_language(stage: &mut Stage) {
    let ran = in_language(stage, "RestrictedLanguage", "connections");
    takes_no_scripts(&ran);
    assert!(!ran.stderr.contains("char:"), "{}", ran.stderr);
}

fn takes_no_scripts(ran: &Ran) {
    is_told_once(
        ran,
        "takes single commands and no scripts, so nothing was done",
        "The helper needs the plain endpoint",
    );
}

fn is_told_once(ran: &Ran, what: &str, why: &str) {
    assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""));
    assert!(
        ran.stderr.contains(what) && ran.stderr.contains(why),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stderr.matches("error:").count(), 1, "{}", ran.stderr);
}

fn in_language(stage: &Stage, mode: &str, line: &str) -> Ran {
    let file = stage.folder().join("session.pssc");
    fs::write(
        &file,
        format!(
            "@{{ SchemaVersion = '2.0.0.0'; SessionType = 'Default'; LanguageMode = '{mode}' }}"
        ),
    )
    .unwrap();
    let exchange = stage.exchange_2007().holds("jsmith", "10.1.4.23", 1, DAY);
    let server = stage.server_as(&exchange, |stage| stage.windows_engine_of(&file));
    let ran = server.mapisweep(line);
    stage.is_clean(&server.report());
    ran
}

fn the_job_in(stage: &mut Stage, locale: &str, culture: &str) {
    // the engine itself says which culture it is in
    let script = format!("if ((Get-Culture).Name -ne '{culture}') {{ throw (Get-Culture).Name }}");
    let exchange = stage
        .exchange_2007()
        .holds("jsmith", "10.1.4.23", 3, DAY)
        .peculiar("Get-LogonStatistics", "before", &script);
    let server = stage.server_as(&exchange, |stage| {
        let mut engine = stage.windows_engine(System::Closing);
        engine
            .env("LC_ALL", format!("{locale}.UTF-8"))
            .env("LOCPATH", made(locale));
        engine
    });
    let mut store = Store::with(stage, exchange, &[("10.1.4.23", 3)]);
    let ran = server.mapisweep("close jsmith --yes");
    assert_eq!(ran.exit, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout
            .contains("3 closed · helper verified and removed · logons 3 → 0"),
        "{}",
        ran.stdout
    );
    assert_eq!(store.open_from("10.1.4.23"), 0);
    stage.is_clean(&server.report());
}

/// Makes a locale; returns the folder of all that were made.
fn made(locale: &str) -> &'static Path {
    static FOLDER: OnceLock<std::path::PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("locales");
        fs::create_dir_all(&folder).unwrap();
        folder
    });
    let mut make = Command::new("localedef");
    make.args(["-i", locale, "-f", "UTF-8"])
        .arg(folder.join(format!("{locale}.UTF-8")));
    assert!(make.output().unwrap().status.success(), "{make:?}");
    folder
}

/// Who may sign in all the same. On Linux, for under Wine everybody is one.
fn no_administrator(stage: &mut Stage) {
    let server = stage.server_as(&stage.exchange_2007(), Stage::linux_engine_of_nobody);
    let ran = server.mapisweep("connections");
    is_told_once(
        &ran,
        "the helper could not be written: ",
        "It takes an administrator",
    );
    is_content(&server.report());
    assert!(!stage.folder().join("mapisweep").exists());
}
