//! What must hold after a run, whatever broke.

mod closing;
mod document;
mod lies;
mod records;

use mapisweep_lab::{Breakage, Leftovers, Scenario};

use crate::{breaking::Breaking, run::Seen, support::Ran, verb::Verb};

/// What was done to a run.
pub enum Trouble<'a> {
    /// An exchange broke; with what the run shows otherwise.
    Broken(&'a Breaking, &'a Seen),
    /// It was asked to end.
    Stopped,
}

/// Whatever is untrue, each kind a clause.
pub fn untruths(verb: Verb, trouble: &Trouble<'_>, seen: &Seen) -> Vec<String> {
    let mut untruths = Untruths::default();
    let Some(ran) = &seen.ran else {
        untruths.unless(false, "does not end within its bound");
        return untruths.0;
    };
    ends(trouble, ran, seen, &mut untruths);
    keeps_secrets(ran, &mut untruths);
    names_what_is_left(ran, &seen.leftovers, &mut untruths);
    closing::check(verb, ran, seen, &mut untruths);
    records::check(trouble, ran, seen, &mut untruths);
    match (verb.is_json(), trouble) {
        (true, _) => document::check(verb, trouble, ran, seen, &mut untruths),
        (false, Trouble::Broken(_, unbroken)) if !verb.closes() => {
            let is_all =
                ran.stdout().is_empty() || Some(shown(ran)) == unbroken.ran.as_ref().map(shown);
            untruths.unless(is_all, "shows something, and not all of it");
        }
        _ => {}
    }
    if let Trouble::Broken(breaking, _) = trouble {
        untruths.unless(seen.exchanges >= breaking.exchange, "the case did not run");
        advises(breaking, ran, &mut untruths);
        let was_just_opened = breaking.exchange == 2 && !breaking.lasts;
        let could_clean_up = was_just_opened && breaking.way != Breakage::Refused;
        untruths.unless(
            !could_clean_up || seen.leftovers.is_empty(),
            "a shell is left whose name is known, and the server answers again",
        );
    }
    untruths.0
}

/// What was found so far.
#[derive(Default)]
struct Untruths(Vec<String>);

impl Untruths {
    fn unless(&mut self, holds: bool, untruth: impl Into<String>) {
        if !holds {
            self.0.push(untruth.into());
        }
    }
}

/// Everything that an admin reads.
fn said(ran: &Ran) -> String {
    format!("{}\n{}", ran.stdout(), ran.stderr())
}

/// Standard output, but for what differs from run to run.
fn shown(ran: &Ran) -> String {
    let ages = regex::Regex::new(r"\d+[dhms]( \d+[hms])? *").expect("valid");
    ages.replace_all(ran.stdout(), "AGE ").into_owned()
}

fn ends(trouble: &Trouble<'_>, ran: &Ran, seen: &Seen, untruths: &mut Untruths) {
    let was_stopped = matches!(trouble, Trouble::Stopped);
    let holds = match ran.code() {
        Some(0) => true,
        Some(1 | 5 | 6) => said(ran).contains("ex01"),
        Some(130) => was_stopped,
        // before it listens to signals they just end it
        None => was_stopped && seen.exchanges == 0,
        _ => false,
    };
    untruths.unless(
        holds,
        format!("exits {:?}, and does not say where or why", ran.code()),
    );
    untruths.unless(!said(ran).contains("panicked"), "panics");
}

fn keeps_secrets(ran: &Ran, untruths: &mut Untruths) {
    let password = Scenario::PASSWORD.as_bytes();
    for (place, bytes) in ran.traces() {
        let tells = bytes
            .windows(password.len())
            .any(|window| window == password);
        untruths.unless(!tells, format!("a password in {place}"));
    }
}

fn names_what_is_left(ran: &Ran, leftovers: &Leftovers, untruths: &mut Untruths) {
    let told = ran.stderr();
    let is_shell_left = !leftovers.shells.is_empty();
    let is_helper_left = !leftovers.files.is_empty() || leftovers.processes > 0;
    for (is_left, what) in [(is_shell_left, "remote shell"), (is_helper_left, "helper")] {
        if is_left {
            let names = told
                .lines()
                .any(|line| line.contains("ex01") && line.contains(what));
            untruths.unless(names, format!("a {what} is left, and not named"));
            let code = ran.code();
            untruths.unless(
                !matches!(code, None | Some(0 | 130)),
                format!("a {what} is left, and exits {code:?}"),
            );
        }
    }
    let claims =
        said(ran).contains("helper could not be removed") || said(ran).contains("helper left in");
    untruths.unless(
        !claims || is_helper_left,
        "says that the helper is there, and it is not",
    );
}

/// The server was there and took the password, nothing is wrong with mapisweep: who is told otherwise looks in vain.
fn advises(breaking: &Breaking, ran: &Ran, untruths: &mut Untruths) {
    let was_signed_in = breaking.exchange > 1;
    for (advice, is_wrong) in [
        ("password is wrong", was_signed_in),
        ("winrm quickconfig", was_signed_in),
        ("please report it", true),
    ] {
        let says = is_wrong && ran.stderr().contains(advice);
        untruths.unless(!says, format!("says {advice:?}"));
    }
}
