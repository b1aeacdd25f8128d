//! `mapisweep close`: plan, confirm, close, verify.

use crate::cli::{
    Context, args,
    closing::{Until, close},
    confirm::Keyboard,
    error::CommandError,
    exit::Exit,
    on_servers::on_servers,
};

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
            let password_on_stdin = args.servers.identity.password_stdin;
            let keyboard = Keyboard::find(password_on_stdin).ok_or_else(nobody_to_ask)?;
            Until::Approved(keyboard)
        }
    };
    let policy = context.settings.policy(args);
    let helper = args.helper.file.as_deref();
    on_servers(context, &args.servers, helper, true, async |run| {
        close(run, &args.users, &policy, until).await
    })
}
