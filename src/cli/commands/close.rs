//! `mapisweep close`: plan, confirm, close, verify.

use crate::{
    cli::{
        Context, args,
        closing::{Until, close},
        error::CommandError,
        exit::Exit,
        on_servers::on_servers,
    },
    credentials::prompt,
};

/// Closes the stale connections of some users.
pub fn run(context: &Context, args: &args::Close) -> Result<Exit, CommandError> {
    let until = match (args.dry_run, args.yes) {
        (true, _) => Until::Shown,
        (false, true) => Until::Done,
        (false, false) if prompt::is_possible() => Until::Approved,
        (false, false) => {
            return Err(CommandError::usage(
                "there is no terminal to ask on, so nothing was done",
                "Add --yes to act without being asked, or --dry-run to see the plan.",
            ));
        }
    };
    let policy = context.settings.policy(args);
    let helper = args.helper.file.as_deref();
    on_servers(context, &args.servers, helper, true, async |run| {
        close(run, &args.users, &policy, until).await
    })
}
