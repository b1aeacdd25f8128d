//! The lab's side: asked by the program's own client over HTTP, and what it says written down as it comes.

use std::{collections::BTreeMap, time::Duration};

use mapisweep_lab::{ClientMode, Faults, Lab, Outlook};
use mapisweep_winrm::{
    psrp::{
        client::{Client, Options},
        fragment::Defragmenter,
        message::Message,
    },
    wsman::{self, Body, Response},
};
use rand::rngs::OsRng;
use uuid::Uuid;

use crate::{
    asked::{Asked, LOGONS, MAILBOXES, SERVER, asked},
    recorded::OPENING,
};

/// What the lab answers to each that it can be asked, by its name.
pub async fn answers(version: &str) -> BTreeMap<String, Vec<Message>> {
    let lab = organization(version).await;
    let _clients = clients(&lab).await;
    let mut asking = Asking::new(&lab);
    asking.client.open();
    let mut answers = BTreeMap::from([(OPENING.to_owned(), asking.drive(false).await)]);
    for Asked {
        name,
        pipeline,
        is_stopped,
        peculiarity,
    } in asked(version)
    {
        if peculiarity.is_none() {
            asking.client.run(pipeline).unwrap();
            let messages = asking.drive(is_stopped).await;
            answers.insert(name.to_owned(), messages);
        }
    }
    asking.client.close();
    asking.drive(false).await;
    answers
}

async fn organization(version: &str) -> Lab {
    let faults = Faults {
        basic_over_https: true,
        ..Faults::default()
    };
    let mut builder = Lab::builder()
        .server(&SERVER.to_ascii_lowercase(), |server| {
            let server = server
                .database("Mailbox Database")
                .session_limit(32)
                .faults(faults);
            match version {
                "2007" => server.exchange_2007(),
                _ => server.exchange_2010().dag("DAG1"),
            }
        })
        .user("ann", |user| user.administrator().password("Unwort-7!"));
    for (account, name) in MAILBOXES {
        builder = builder.user(account, |user| user.named(name));
    }
    builder.start().await.unwrap()
}

async fn clients(lab: &Lab) -> Vec<Outlook> {
    let mut clients = Vec::new();
    for (owner, address, name) in LOGONS {
        let (account, _) = MAILBOXES[owner];
        let outlook = lab.outlook(account).from(address).named(name);
        clients.push(outlook.mode(ClientMode::Cached).connect().await.unwrap());
    }
    clients
}

struct Asking {
    http: reqwest::Client,
    url: String,
    client: Client,
    defragmenter: Defragmenter,
}

impl Asking {
    fn new(lab: &Lab) -> Self {
        // the server's certificate is no matter here
        _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().danger_accept_invalid_certs(true);
        let options = Options {
            operation_timeout: Duration::from_secs(1),
            ..Options::default()
        };
        let url = format!("https://{}/wsman", lab.server(SERVER).winrm());
        Self {
            http: http.build().unwrap(),
            client: Client::new(&url, options, OsRng),
            url,
            defragmenter: Defragmenter::default(),
        }
    }

    /// Sends whatever the client has to send, and collects what is said meanwhile.
    async fn drive(&mut self, is_stopped: bool) -> Vec<Message> {
        let mut said = Vec::new();
        while let Some(request) = self.client.poll_request() {
            let envelope = request.to_xml(self.client.addressing(), Uuid::new_v4());
            let answer = match Response::parse(&self.exchange(envelope).await) {
                Ok(response) => Ok(response),
                Err(wsman::Error::Fault(fault)) => Err(fault),
                Err(error) => panic!("{error}"),
            };
            let mut has_started = false;
            if let Ok(response) = &answer {
                self.hear(&response.body, &mut said);
                has_started = matches!(response.body, Body::Command(_));
            }
            self.client.handle_response(answer).unwrap();
            if is_stopped && has_started {
                self.client.stop();
            }
        }
        said
    }

    async fn exchange(&self, envelope: String) -> String {
        let request = self
            .http
            .post(&self.url)
            .basic_auth(r"CORP\ann", Some("Unwort-7!"))
            .header("Content-Type", "application/soap+xml;charset=UTF-8")
            .body(envelope);
        request.send().await.unwrap().text().await.unwrap()
    }

    fn hear(&mut self, body: &Body, said: &mut Vec<Message>) {
        let Body::Received(received) = body else {
            return;
        };
        for stream in &received.streams {
            let messages = self.defragmenter.push(&stream.data).unwrap();
            said.extend(messages.iter().map(|bytes| Message::decode(bytes).unwrap()));
        }
    }
}
