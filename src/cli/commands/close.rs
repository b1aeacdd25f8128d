//! `mapisweep close`: plan, confirm, close, verify.

use crate::cli::{
    Context, args,
    bounds::Bounds,
    closing::{Terms, Until, close},
    error::CommandError,
    exit::Exit,
    on_servers::{Asked, on_selection},
    recording::Recording,
};

/// Closes the stale connections of some users.
pub fn run(context: &Context, args: &args::Close) -> Result<Exit, CommandError> {
    // who names no server is told so before anything else
    let selection = context.settings.selection(&args.servers)?;
    let until = Until::of(&args.how, &args.servers)?;
    let terms = Terms {
        policy: context.settings.policy(&args.how),
        until,
        bounds: Bounds::of_named(&args.how),
        canary: args.how.canary,
    };
    let helper = context.settings.helper(&args.how.helper);
    let records = match until {
        Until::Shown => Recording::of("close --dry-run", false),
        Until::Approved(_) | Until::Done(_) => Recording::of("close", true),
    };
    let asked = Asked::with_directory(&args.servers.identity, selection, helper.as_deref());
    let done = on_selection(context, asked, async |run| {
        let done = close(run, &args.users, &terms, &records).await;
        records.leave(run).await;
        done
    });
    records.ended(done)
}
