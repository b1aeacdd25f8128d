//! `mapisweep logons`

use crate::cli::{
    Context, args,
    crew::{Crew, on_servers},
    error::CommandError,
    exit::Exit,
    render::logons::Logons,
};
use mapisweep_core::exchange::Logon;

/// Shows who is logged on, from where, since when, against the limit.
pub fn run(context: &Context, args: &args::Logons) -> Result<Exit, CommandError> {
    on_servers(context, &args.servers, None, async |crew| {
        Ok(show(crew, args).await)
    })
}

async fn show(crew: &mut Crew<'_>, args: &args::Logons) -> Exit {
    let users = crew.mailboxes(&args.users).await;
    if users.is_empty() && !args.users.is_empty() {
        return Exit::NothingMatched;
    }
    let snapshots = crew.read(false).await;
    if snapshots.is_empty() {
        return Exit::Done;
    }
    let wanted = |logon: &Logon| args.users.is_empty() || users.iter().any(|user| user.made(logon));
    let logons = Logons::new(&snapshots, wanted);
    crew.show(&logons);
    match logons.is_empty() {
        true => Exit::NothingMatched,
        false => Exit::Done,
    }
}
