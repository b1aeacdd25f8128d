//! `mapisweep close`: plan, confirm, close, verify.

use std::time::Duration;

use crate::cli::{
    Context,
    approval::Person,
    args,
    closing::{Until, close},
    confirm::Keyboard,
    error::CommandError,
    exit::Exit,
    on_servers::on_servers,
    recording::Recording,
};

/// Long enough to read a plan, too short for much to change meanwhile.
const PLAN_AGE: Duration = Duration::from_secs(2 * 60);

/// Closes the stale connections of some users.
pub fn run(context: &Context, args: &args::Close) -> Result<Exit, CommandError> {
    let nobody_to_ask = || {
        CommandError::usage(
            "there is no terminal to ask on, so nothing was done",
            "Add --yes to act without being asked, or --dry-run to see the plan.",
        )
    };
    let until = match (args.dry_run, args.yes) {
        (true, _) => Until::Shown,
        (false, true) => Until::Done,
        (false, false) => {
            let is_taken = args.servers.take_standard_input();
            let keyboard = Keyboard::find(is_taken).ok_or_else(nobody_to_ask)?;
            Until::Approved(Person {
                keyboard,
                plan_age: args.plan_age.map_or(PLAN_AGE, |age| age.0),
            })
        }
    };
    let policy = context.settings.policy(args);
    let helper = args.helper.file.as_deref();
    let records = match until {
        Until::Shown => Recording::of("close --dry-run", false),
        Until::Approved(_) | Until::Done => Recording::of("close", true),
    };
    let done = on_servers(context, &args.servers, helper, true, async |run| {
        let done = close(run, &args.users, &policy, until, &records).await;
        records.leave(run).await;
        done
    });
    records.ended(done)
}
