//! From the command line to servers that can be visited: names, certificates, the helper.

use std::{fs::File, io::Read, path::Path, str::FromStr, sync::Arc, time::Duration};

use mapisweep_core::{
    config::{self, ServerAddress, Transport},
    helper_run::{HelperExe, exe::MAX_SIZE},
};
use mapisweep_winrm::{
    auth::Credential,
    endpoint::{Endpoint, EndpointError, Scheme},
};

use super::{
    advice::{Advice, Scene, with_causes},
    error::CommandError,
    members::Members,
    own_endpoint,
    printer::Printer,
    settings::{Selection, Trusted},
    text::plain,
};
use crate::{
    connection::{self, Options, Peer, Proxy, Trust},
    credentials,
    servers::{Dag, MakeMember, Observer, Places, Server, ServerError},
};

/// What every server of a run is made with.
#[derive(Clone)]
pub struct Peers {
    selection: Arc<Selection>,
    credential: Credential,
    options: Options,
    observer: Arc<dyn Observer>,
    exe: HelperExe,
    places: Arc<Places>,
}

impl Peers {
    /// Nothing is sent yet.
    pub fn new(
        selection: Selection,
        credential: Credential,
        options: Options,
        observer: Arc<dyn Observer>,
        exe: HelperExe,
    ) -> Self {
        Self {
            places: Arc::new(Places::new(selection.jobs.get())),
            selection: Arc::new(selection),
            credential,
            options,
            observer,
            exe,
        }
    }

    /// The servers named, and the DAG whose members are meant besides. Where no server is named, the DAG's own name
    /// comes first: it leads to one of its members.
    pub fn servers(&self) -> Result<(Vec<Server>, Option<Dag>), CommandError> {
        let addresses = addresses(&self.selection)?;
        let by_own_name = self.selection.servers.is_empty();
        let dag = self.selection.dag.as_ref();
        let servers = addresses.iter().map(|address| {
            let server = self.server(address, NamedBy::Admin);
            let server = server.map_err(|error| cannot(address, &self.credential, error))?;
            Ok(match dag {
                Some(dag) if by_own_name => server.standing_for(dag),
                _ => server,
            })
        });
        let dag = dag.map(|dag| Dag {
            name: dag.clone(),
            by_own_name,
            member: self.members(),
        });
        Ok((servers.collect::<Result<_, CommandError>>()?, dag))
    }

    /// What makes servers of the names of a DAG's members, as far as they are meant.
    pub fn members(&self) -> Box<MakeMember> {
        let peers = self.clone();
        let members = Members::of(&self.selection);
        Box::new(move |name| {
            let address = ServerAddress {
                host: name.to_owned(),
                port: None,
            };
            let named_by = match peers.selection.names(name) {
                true => NamedBy::Admin,
                false => {
                    members.check(name).map_err(ServerError::Outsider)?;
                    NamedBy::Server
                }
            };
            Ok(peers.server(&address, named_by)?)
        })
    }

    fn server(
        &self,
        address: &ServerAddress,
        named_by: NamedBy,
    ) -> Result<Server, connection::Error> {
        let checked = |peer: Peer| match named_by {
            NamedBy::Admin => peer,
            NamedBy::Server => peer.named_by_others(),
        };
        let peer = peer(&self.selection, &self.credential, &self.options, address)?;
        let own = own_endpoint::ways(
            &self.selection,
            &self.credential,
            &self.options,
            address,
            checked,
        )?;
        let server = Server::new(
            address.to_string(),
            Arc::new(checked(peer)),
            Arc::clone(&self.observer),
            self.exe.clone(),
            self.selection.patience(),
        );
        let places = Arc::clone(&self.places);
        Ok(server.with_own_endpoint(self.selection.exchange_endpoint, own, places))
    }
}

/// Who named a server.
#[derive(Clone, Copy)]
enum NamedBy {
    Admin,
    /// A DAG's member.
    Server,
}

/// The servers named; where none is, the DAG by its own name, which leads to one of its members.
pub fn addresses(selection: &Selection) -> Result<Vec<ServerAddress>, CommandError> {
    match (&selection.servers[..], &selection.dag) {
        ([], Some(dag)) => {
            let own = ServerAddress::from_str(dag);
            let own = own.map_err(|error| CommandError::usage(error.to_string(), ""))?;
            Ok(vec![own])
        }
        (servers, _) => Ok(servers.to_vec()),
    }
}

/// The server at an address; nothing is sent yet.
pub fn peer(
    selection: &Selection,
    credential: &Credential,
    options: &Options,
    address: &ServerAddress,
) -> Result<Peer, connection::Error> {
    Peer::new(
        endpoint(selection.transport_to(address), address)?,
        selection.connect_to(&address.host).cloned(),
        credential.clone(),
        options.clone(),
    )
}

/// Why there is no way to a server, before anything was sent.
fn cannot(
    address: &ServerAddress,
    credential: &Credential,
    error: connection::Error,
) -> CommandError {
    if let connection::Error::Endpoint(_) = error {
        let what = with_causes(&error);
        return CommandError::usage(what, "Check --server and --connect-to.").because(error);
    }
    let server = address.to_string();
    let user = credential.user.to_string();
    let scene = Scene {
        server: &server,
        user: &user,
        way: None,
    };
    let is_badly_asked_for = matches!(error, connection::Error::BasicOverHttp);
    let error = ServerError::from(error);
    let Advice { what, to_do } = Advice::on_server(&error, scene);
    let what = format!("{server}: {what}");
    match is_badly_asked_for {
        true => CommandError::usage(what, to_do),
        false => CommandError::failed(what, to_do),
    }
    .because(error)
}

fn endpoint(transport: Transport, address: &ServerAddress) -> Result<Endpoint, EndpointError> {
    let scheme = match transport {
        Transport::Http => Scheme::Http,
        Transport::Https => Scheme::Https,
    };
    let endpoint = Endpoint::new(scheme, &address.host)?;
    Ok(match address.port {
        Some(port) => endpoint.with_port(port),
        None => endpoint,
    })
}

/// A server answers within the time that it is asked to, or after it has made a shell; what comes later is silence.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);

/// How connections behave, but for who signs in.
pub fn options(selection: &Selection) -> Result<Options, CommandError> {
    let trust = trust(&selection.trusted)?;
    Ok(Options {
        service: selection.service.clone(),
        bind_channel: selection.channel_binding,
        trust,
        proxy: selection.proxy.clone().map(proxy).transpose()?,
        connect_timeout: selection.timeout,
        response_timeout: selection.timeout + ANSWERS_WITHIN,
        ..Options::default()
    })
}

/// Who has set the environment's proxies may expect them to be used.
pub fn tell_of_proxies(printer: &Printer) {
    for name in ignored_proxies() {
        printer.detail(&format!(
            "{name} is not used: only --proxy and the configuration name a proxy"
        ));
    }
}

/// Variables that name proxies. Their values may hold passwords.
pub fn ignored_proxies() -> Vec<String> {
    let names = ["http_proxy", "https_proxy", "all_proxy"];
    let names = names
        .into_iter()
        .flat_map(|name| [name.to_uppercase(), name.to_owned()]);
    let is_set = |name: &String| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    names.filter(is_set).collect()
}

/// A proxy with what is needed to sign in to it.
fn proxy(at: config::Proxy) -> Result<Proxy, CommandError> {
    let password = credentials::proxy::password();
    match &at.user {
        None => Ok(Proxy { at, password: None }),
        Some(_) if password.is_some() => Ok(Proxy { at, password }),
        Some(user) => Err(CommandError::usage(
            format!("there is no password for {} at the proxy {at}", plain(user)),
            format!(
                "Set {} to it, or leave the user out of the proxy's URL.",
                credentials::proxy::PASSWORD_VARIABLE
            ),
        )),
    }
}

/// Whose certificates are trusted; a file of them is read.
pub fn trust(trusted: &Trusted) -> Result<Trust, CommandError> {
    Ok(match trusted {
        Trusted::System => Trust::Platform,
        Trusted::Pins(pins) => Trust::Pinned(pins.as_slice().into()),
        Trusted::File(path) => Trust::only_file(path).map_err(|error| {
            CommandError::usage(
                with_causes(&error),
                "Check --ca-file, or `ca-file` in the configuration file: it must hold certificates in PEM form.",
            )
            .because(error)
        })?,
    })
}

/// The helper in a file.
pub fn read_helper(path: &Path) -> Result<HelperExe, CommandError> {
    let mut bytes = Vec::new();
    // no more of it than tells that it is too large: it may be a device
    let read =
        File::open(path).and_then(|file| file.take(MAX_SIZE as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| {
        CommandError::usage(
            format!("cannot read {}: {error}", path.display()),
            "Check --helper, or `helper` in the configuration file.",
        )
        .because(error)
    })?;
    HelperExe::supplied(bytes).map_err(|error| {
        CommandError::usage(
            format!("{} is not the helper: {error}", path.display()),
            "Sign the file that `mapisweep helper export` writes, and give that.",
        )
        .because(error)
    })
}
