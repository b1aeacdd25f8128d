//! The event log, as the engine itself puts its records into lines: what stands in one is a list of objects.

use serde_json::Value;

use crate::{
    Case, Made, On,
    exchange::Exchange,
    stage::{DAY, Stage, is_content},
};

const DN: &str = "/o=Example/ou=Administrative Group/cn=Recipients/cn=";

pub fn cases() -> impl Iterator<Item = Made> {
    let cases: [Case; 3] = [
        ("events: who was kept out is named", named),
        (
            "events: that there is none is an error to the cmdlet only",
            none,
        ),
        ("events: a partial answer is called one", partial),
    ];
    let made = |(name, case): Case| (name.to_owned(), On::Linux, Box::new(case) as Box<_>);
    cases.into_iter().map(made)
}

fn named(stage: &mut Stage) {
    let jsmith = format!("{DN}jsmith");
    let with_guid = format!("ba765653-5439-437a-993f-806575b85fbb: {jsmith}");
    // bars and tildes are what the lines themselves are made of
    let odd = format!("{DN}a|b~,c");
    let exchange = Exchange::of_2007("EX01")
        .holds("jsmith", "10.1.4.23", 32, DAY)
        .logged(2, &[&jsmith, "32", "session"])
        .logged(7, &[&with_guid, "32", "session"])
        .logged(9, &[&odd, "500", "objtFolder"]);
    let server = stage.server_as(&exchange, Stage::linux_engine);
    let ran = server.mapisweep("victims --format json");
    is_content(&server.report());
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let record = |index: usize| {
        let record = &json["records"][index];
        let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
        (
            text("dn"),
            text("person"),
            text("limit"),
            record["times"].as_u64(),
        )
    };
    let known = (jsmith, "known".to_owned(), "sessions".to_owned(), Some(2));
    let nobody = (odd, "nobody".to_owned(), "objtFolder".to_owned(), Some(1));
    assert_eq!([record(0), record(1)], [known, nobody], "{}", ran.stdout);
    assert_eq!(json["records"][0]["sessions"], 32, "{}", ran.stdout);
    assert_eq!(
        json["records"].as_array().unwrap().len(),
        2,
        "{}",
        ran.stdout
    );
}

fn none(stage: &mut Stage) {
    let exchange = Exchange::of_2007("EX01").holds("jsmith", "10.1.4.23", 32, DAY);
    let server = stage.server_as(&exchange, Stage::linux_engine);
    let ran = server.mapisweep("victims");
    is_content(&server.report());
    assert_eq!((ran.exit, ran.stderr.as_str()), (3, ""), "{}", ran.stdout);
    assert!(ran.stdout.contains("nobody was kept out"), "{}", ran.stdout);
}

fn partial(stage: &mut Stage) {
    let exchange = Exchange::of_2007("EX01")
        .holds("jsmith", "10.1.4.23", 32, DAY)
        .logged(2, &[&format!("{DN}jsmith"), "32", "session"])
        .peculiar("Get-WinEvent", "after", "Write-Error SAID");
    let server = stage.server_as(&exchange, Stage::linux_engine);
    let ran = server.mapisweep("victims");
    is_content(&server.report());
    assert_eq!(ran.exit, 5, "{}", ran.stderr);
    for shown in [
        r"CORP\jsmith",
        "events may be missing: the server failed in part: SAID",
    ] {
        assert!(ran.stdout.contains(shown), "{}", ran.stdout);
    }
}
