//! Which run is gone on with, as a table: what the log tells of some runs.

use super::*;
use mapisweep_core::plan::Everywhere;

/// What a run wrote, in order.
#[derive(Clone, Copy)]
enum Wrote {
    Looked,
    /// Something is about to be closed on ex01; ex02 was read, and ex09 could not be.
    Closing,
    /// The same by a version that did not say for whom.
    ClosingForNobody,
    Verified(&'static str),
    Failed(&'static str),
    Ended(Exit),
}

type Exit = u8;

fn meant(run: &str, resumes: Option<&Run>) -> Meant {
    let plan = a_plan();
    let user = Mailbox {
        account_name: "jsmith".into(),
        legacy_exchange_dn: Some("/o=Corp/cn=jsmith".into()),
        database: None,
    };
    let users = [user];
    let snapshots = plan.servers.iter().map(|server| &server.snapshot);
    let everywhere = Everywhere::of(snapshots, &users);
    Meant::of(&users, &plan, &everywhere, &["ex09".to_owned()]).by(run, resumes.map(Run::id), None)
}

fn record(run: &Run, name: &str, resumes: Option<&Run>, wrote: Wrote) -> Record {
    let (plan, time) = (a_plan(), at(NOON));
    let before = || run.before(time, &plan, &Policy::default());
    match wrote {
        Wrote::Looked => run.looked(time, vec![Looked::on("ex01", Ok(1))]),
        Wrote::Closing => before().meaning(Some(meant(name, resumes))),
        Wrote::ClosingForNobody => before(),
        Wrote::Verified(server) => {
            let mut result = a_result(&plan);
            result.server = server.into();
            for target in &mut result.targets {
                target.outcome = Some(Outcome::Closed);
            }
            if let Ok(after) = &mut result.after {
                after.lingering = 0;
            }
            assert!(result.is_verified());
            run.after(time, server, &Ok(result))
        }
        Wrote::Failed(server) => run.after(time, server, &Err(ServerError::Interrupted)),
        Wrote::Ended(exit) => {
            let ending = Ending {
                command: name.into(),
                exit,
                error: None,
                nothing_closed: false,
                resumes: resumes.map(Run::id),
                left: Vec::new(),
            };
            run.ended(time, ending)
        }
    }
}

fn log(records: impl IntoIterator<Item = Record>) -> String {
    let lines = records.into_iter().map(|record| line(&record).to_string());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_run_is_cut_off_or_came_to_its_end() {
    use Wrote::*;
    for (wrote, unfinished) in [
        (&[][..], None),
        (&[Looked][..], None),
        (&[Looked, Ended(130)], None),
        (&[Looked, Closing], Some(&["ex01", "ex09"][..])),
        (&[Looked, Closing, Failed("ex01")], Some(&["ex01", "ex09"])),
        (&[Looked, Closing, Verified("ex01")], Some(&["ex09"])),
        (
            &[Looked, Closing, Failed("ex01"), Ended(130)],
            Some(&["ex01", "ex09"]),
        ),
        (
            &[Looked, Closing, Failed("ex01"), Ended(6)],
            Some(&["ex01", "ex09"]),
        ),
        (
            &[Looked, Closing, Failed("ex01"), Ended(1)],
            Some(&["ex01", "ex09"]),
        ),
        (
            &[Looked, Closing, Verified("ex01"), Ended(7)],
            Some(&["ex09"]),
        ),
        (&[Looked, Closing, Verified("ex01"), Ended(0)], None),
        // nobody knows for whom it was
        (&[Looked, ClosingForNobody], None),
    ] {
        let run = a_run();
        let records = wrote
            .iter()
            .map(|wrote| record(&run, "sweep", None, *wrote));
        let text = log(records);
        let last = CutOff::last_in(text.as_bytes()).unwrap();
        let found = last.as_ref().map(|last| {
            let unfinished = last.unfinished.iter();
            unfinished.map(String::as_str).collect::<Vec<_>>()
        });
        assert_eq!(found.as_deref(), unfinished, "{text}");
        let Some(last) = last else { continue };
        assert_eq!(last.run, run.id());
        assert_eq!(last.servers, ["ex01", "ex02", "ex09"], "{text}");
        let dn = last.people[0].legacy_exchange_dn.as_deref();
        assert_eq!(dn, Some("/o=Corp/cn=jsmith"), "{text}");
        assert_eq!(last.command, "sweep");
    }
}

#[test]
fn the_last_one_is_taken_that_none_has_gone_on_with() {
    use Wrote::*;
    let first = &[Looked, Closing][..];
    for (second, resumes, taken) in [
        // another run, which came to its end
        (&[Looked, Closing, Ended(0)][..], false, Some("first")),
        (&[Looked, Closing], false, Some("second")),
        // it was gone on with, and that was cut off, too
        (&[Looked, Closing], true, Some("second")),
        (&[Looked, Closing, Ended(0)], true, None),
        // there was nothing left to do
        (&[Looked, Ended(3)], true, None),
        // that was cut off before anything was to be closed
        (&[Looked], true, Some("first")),
        (&[Looked, Ended(130)], true, Some("first")),
    ] {
        let runs = [a_run(), a_run()];
        let resumed = resumes.then_some(&runs[0]);
        let one = first
            .iter()
            .map(|wrote| record(&runs[0], "first", None, *wrote));
        let two = second
            .iter()
            .map(|wrote| record(&runs[1], "second", resumed, *wrote));
        let text = log(one.chain(two));
        // what was cut short, and what is not ours, is in nobody's way
        let text = format!("{{\"schema\":\n\nno JSON\n{text}\n{{\"schema\":2,\"ver");
        let last = CutOff::last_in(text.as_bytes()).unwrap();
        let name = last.as_ref().map(|last| last.command.as_str());
        assert_eq!(name, taken, "{text}");
    }
}

/// By hand, without `--resume`.
#[test]
fn what_a_later_run_did_for_the_same_people_on_the_same_servers_is_on_offer_no_more() {
    use Wrote::*;
    for (first, second, taken) in [
        // ex09 could be read in neither
        (&[Closing][..], &[Closing, Ended(0)][..], true),
        (&[Closing, Verified("ex09")], &[Closing, Ended(0)], false),
        (&[Closing, Verified("ex09")], &[Closing, Ended(1)], true),
        (&[Closing, Verified("ex09")], &[Closing], true),
        // where it did not go well elsewhere
        (
            &[Closing, Verified("ex09")],
            &[Closing, Verified("ex01"), Verified("ex09"), Ended(1)],
            false,
        ),
    ] {
        let runs = [a_run(), a_run()];
        let all = [(first, 0), (second, 1)].into_iter();
        let all = all.flat_map(|(wrote, at)| wrote.iter().map(move |wrote| (wrote, at)));
        let records = all.map(|(wrote, at)| record(&runs[at], "sweep", None, *wrote));
        let text = log(records);
        let last = CutOff::last_in(text.as_bytes()).unwrap();
        assert_eq!(last.is_some(), taken, "{text}");
    }
}

/// Each did a part of it.
#[test]
fn what_several_later_runs_did_together_is_on_offer_no_more() {
    use Wrote::*;
    let both = &[Closing, Verified("ex01"), Verified("ex09"), Ended(1)][..];
    for (second, third, taken) in [
        (&[Closing, Verified("ex01"), Ended(1)][..], both, None),
        (&[Closing, Ended(130)], both, None),
        // ex01 by none that came later than the last that did not
        (both, &[Closing, Verified("ex09"), Ended(1)], Some("third")),
        (
            &[Closing, Verified("ex01"), Ended(1)],
            &[Looked, Ended(3)],
            Some("second"),
        ),
    ] {
        let runs = [a_run(), a_run(), a_run()];
        let wrote = [&[Closing][..], second, third];
        let names = ["first", "second", "third"];
        let records = (0..3).flat_map(|at| {
            let wrote = wrote[at].iter();
            let (run, name) = (&runs[at], names[at]);
            wrote.map(move |wrote| record(run, name, None, *wrote))
        });
        let text = log(records);
        let last = CutOff::last_in(text.as_bytes()).unwrap();
        let name = last.as_ref().map(|last| last.command.as_str());
        assert_eq!(name, taken, "{text}");
    }
}

#[test]
fn a_log_that_is_not_there_has_no_run_and_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = AuditLog::path_in(folder.path());
    assert_eq!(CutOff::last(&path).unwrap(), None);
    assert!(!path.exists());
    let run = a_run();
    let mut log = AuditLog::open(&path).unwrap();
    log.append(&record(&run, "sweep", None, Wrote::Closing))
        .unwrap();
    assert_eq!(CutOff::last(&path).unwrap().unwrap().run, run.id());
}
