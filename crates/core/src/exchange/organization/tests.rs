use super::*;

fn server(name: &str, version: &str, roles: &str) -> ExchangeServer {
    ExchangeServer {
        name: name.to_owned(),
        fqdn: Some(format!("{}.corp.example", name.to_lowercase())),
        version: Version::parse(version),
        roles: Some(roles.to_owned()),
    }
}

const OF_2007: &str = "8.3.83.6";
const OF_2010: &str = "14.3.123.4";
const OF_2010_SP1: &str = "14.1.218.15";
const OF_2016: &str = "15.1.2507.6";

/// One organisation: DAG1 of EX01 and EX02, an edge server and one that is being removed in it; NEW and OLD in none.
fn servers() -> Vec<ExchangeServer> {
    vec![
        server("GONE", OF_2010, "None"),
        server("EX01", OF_2010, "Mailbox, ClientAccess"),
        server("EX02", OF_2010_SP1, "Mailbox"),
        server("CAS01", OF_2010, "ClientAccess"),
        server("EDGE01", OF_2010, "Edge"),
        server("NEW", OF_2016, "Mailbox"),
        server("OLD", OF_2007, "Mailbox"),
    ]
}

fn dag(name: &str, members: &[&str]) -> Dag {
    Dag {
        name: name.to_owned(),
        servers: members.iter().map(|&member| member.to_owned()).collect(),
        operational: None,
        primary_active_manager: None,
    }
}

fn database(name: &str, copies_on: &[&str]) -> Database {
    Database {
        name: name.to_owned(),
        identity: name.to_owned(),
        copies_on: copies_on.iter().map(|&server| server.to_owned()).collect(),
        client_access: None,
        mounted: None,
        mounted_on: None,
    }
}

/// What a server tells; its DAGs and databases.
fn told(by: &str, dags: &[Dag], databases: &[Database]) -> Telling {
    let servers = servers();
    let by = servers.iter().find(|server| server.name == by).unwrap();
    Telling {
        server: by.name.to_lowercase(),
        directory: Directory {
            by: by.clone(),
            dags: dags.to_vec(),
            databases: databases.to_vec(),
            arrays: Vec::new(),
            gaps: Vec::new(),
            servers,
        },
        standing: Standing::default(),
    }
}

fn heard(tellings: Vec<Telling>) -> Organization {
    Organization { tellings }
}

const MEMBERS: &[&str] = &["EX01", "EX02", "GONE"];

#[test]
fn a_dag_is_as_the_best_of_those_who_tell_of_it_says() {
    let right = || dag("DAG1", MEMBERS);
    let wrong = || dag("dag1", &["EX01"]);
    for (tellings, by, of_its_release) in [
        (vec![("NEW", wrong())], "NEW", false),
        (vec![("NEW", wrong()), ("CAS01", right())], "CAS01", true),
        (vec![("CAS01", right()), ("NEW", wrong())], "CAS01", true),
        (vec![("CAS01", right()), ("EX02", right())], "EX02", true),
        (vec![("EX01", right()), ("EX02", right())], "EX01", true),
        (vec![("OLD", wrong()), ("NEW", right())], "OLD", false),
    ] {
        let tellings = tellings.into_iter();
        let organization = heard(tellings.map(|(by, dag)| told(by, &[dag], &[])).collect());
        let known = organization.dags(Some("DAG1"));
        let [known] = &known[..] else {
            panic!("{known:?}");
        };
        assert_eq!(known.told.directory.by.name, by);
        assert_eq!(known.is_of_its_release, of_its_release, "{by}");
    }
}

#[test]
fn who_is_asked_next() {
    let all = &[dag("DAG1", MEMBERS)][..];
    let nothing: &[&str] = &[];
    for (tellings, meant, named, out_of_question, expected) in [
        // a member of its own for the DAG; GONE comes first and has no mailbox role
        (&[("CAS01", all)][..], None, nothing, nothing, &["EX01"][..]),
        (&[("NEW", all)], None, nothing, nothing, &["EX01"]),
        (&[("NEW", all)], None, nothing, &["EX01"], &["EX02"]),
        (&[("NEW", all)], None, nothing, &["EX01", "EX02"], nothing),
        (&[("EX02", all)], None, nothing, nothing, nothing),
        // who is in none is asked for its release only, and only where the admin names it
        (&[("EX02", all)], None, &["OLD"], nothing, &["OLD"]),
        (
            &[("EX02", all)],
            None,
            &["OLD", "NEW", "EDGE01", "CAS01"],
            nothing,
            &["NEW", "OLD"],
        ),
        (
            &[("EX02", all), ("OLD", &[])],
            None,
            &["OLD"],
            nothing,
            nothing,
        ),
        (&[("EX02", all)], None, &["OLD"], &["OLD"], nothing),
        // where one DAG is meant, for that alone
        (&[("EX02", all)], Some("dag1"), &["OLD"], nothing, nothing),
        (&[("NEW", all)], Some("DAG1"), &["OLD"], nothing, &["EX01"]),
        // which another release may know
        (
            &[("OLD", &[])],
            Some("DAG1"),
            &["OLD", "EX02"],
            nothing,
            &["EX02"],
        ),
        (&[("EX02", all)], Some("DAG9"), &["NEW"], nothing, &["NEW"]),
    ] {
        let tellings = tellings.iter().map(|(by, dags)| told(by, dags, &[]));
        let organization = heard(tellings.collect());
        let is_one_of =
            |names: &[&str], server: &ExchangeServer| names.contains(&server.name.as_str());
        let next = organization.to_ask(
            meant,
            |server| is_one_of(named, server),
            |server| is_one_of(out_of_question, server),
        );
        let next: Vec<_> = next.iter().map(|server| server.name.as_str()).collect();
        assert_eq!(next, expected, "{organization:?} {meant:?} {named:?}");
    }
}

#[test]
fn databases_are_their_servers_and_as_they_stand() {
    let all = [
        database("DB1", &["EX01", "EX02"]),
        database("DB2", &["EX02"]),
        database("DB3", &["OLD"]),
        database("DB4", &["CAS01"]),
    ];
    let mut by_ex02 = told("EX02", &[dag("DAG1", MEMBERS)], &all);
    by_ex02.standing.databases.push(Database {
        mounted: Some(true),
        ..all[0].clone()
    });
    let organization = heard(vec![by_ex02]);
    let known = &organization.dags(None)[0];
    let mounted: Vec<_> = known
        .databases
        .iter()
        .map(|one| (one.name.as_str(), one.mounted))
        .collect();
    assert_eq!(mounted, [("DB1", Some(true)), ("DB2", None)]);
    // of OLD's a server of 2010 may say what is not so
    let others: Vec<_> = organization
        .databases_of_none()
        .into_iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(others, ["DB4"]);
    let unheard: Vec<_> = organization
        .unheard()
        .into_iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(unheard, ["NEW", "OLD"]);
}

#[test]
fn what_is_told_besides_belongs_to_who_told() {
    let mut organization = heard(vec![told(
        "CAS01",
        &[dag("DAG1", MEMBERS)],
        &[database("DB1", &["EX01"])],
    )]);
    assert!(!organization.dags(None)[0].has_standing);
    let standing = Standing {
        dags: vec![Dag {
            operational: Some(vec!["EX01".into()]),
            ..dag("DAG1", MEMBERS)
        }],
        databases: vec![Database {
            mounted: Some(false),
            ..database("DB1", &["EX01"])
        }],
        gaps: Vec::new(),
    };
    organization.learn_more("ex01", standing.clone());
    assert!(!organization.dags(None)[0].has_standing, "it was not asked");
    organization.learn_more("cas01", standing);
    let known = &organization.dags(None)[0];
    assert!(known.has_standing && known.dag.operational.is_some());
    assert_eq!(known.databases[0].mounted, Some(false));
}

#[test]
fn a_dag_without_members_is_believed_where_every_release_was_asked() {
    let empty = || [dag("DAG2", &[])];
    let all = ["EX01", "NEW", "OLD"];
    for (by, is_believed) in [(&all[..1], false), (&all[..2], false), (&all, true)] {
        let tellings = by.iter().map(|by| told(by, &empty(), &[]));
        let organization = heard(tellings.collect());
        let known = &organization.dags(None)[0];
        assert_eq!(known.is_of_its_release, is_believed, "{by:?}");
        assert!(known.is_told_whole());
    }
    // another may see its members
    let seen = told("NEW", &[dag("DAG2", &["EX02"])], &[]);
    let organization = heard(vec![told("EX01", &empty(), &[]), seen]);
    assert_eq!(organization.dags(None)[0].dag.servers, ["EX02"]);
}
