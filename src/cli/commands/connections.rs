//! `mapisweep connections`

use crate::cli::{
    Context, args,
    crew::{Crew, on_servers},
    error::CommandError,
    exit::Exit,
    render::connections::Connections,
};

/// Shows the TCP connections of a server's Exchange processes.
pub fn run(context: &Context, args: &args::Connections) -> Result<Exit, CommandError> {
    let helper = args.helper.file.as_deref();
    on_servers(context, &args.servers, helper, async |crew| {
        Ok(show(crew, args.all).await)
    })
}

async fn show(crew: &mut Crew<'_>, all: bool) -> Exit {
    let fates = crew.fleet.list_connections(all).await;
    let listed = crew.successes(fates);
    if listed.is_empty() {
        return Exit::Done;
    }
    crew.show(&Connections(&listed));
    match listed
        .iter()
        .all(|(_, listed)| listed.connections.is_empty())
    {
        true => Exit::NothingMatched,
        false => Exit::Done,
    }
}
