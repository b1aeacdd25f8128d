//! The requests of a shell's life.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::names;
use super::request::{Request, RequestOption, upper};
use crate::xml::Element;

/// A shell that exists on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shell {
    /// Its kind, as the server named it.
    pub resource_uri: String,
    /// Its id, as the server gave it: not always the id that the client proposed, and not always a bare GUID.
    pub id: String,
}

/// What a Signal says to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Stop the pipeline, running its `finally` blocks. The misspelling is the protocol's. \[MS-PSRP\] 3.1.5.3.9.
    Stop,
    /// Forget the command and free what it holds. \[MS-WSMV\] 2.2.5.6.
    Terminate,
}

/// Where a Send goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InputStream {
    /// Everything else.
    #[default]
    Stdin,
    /// Answers to calls of the host, which must not queue up behind input.
    PromptResponse,
}

impl InputStream {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stdin => "stdin",
            Self::PromptResponse => "pr",
        }
    }
}

impl Signal {
    /// The code that stands for it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Stop => "powershell/signal/crtl_c",
            Self::Terminate => {
                "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/terminate"
            }
        }
    }
}

impl Shell {
    /// The shell as it is called if the server takes the id proposed for it.
    pub fn proposed(resource_uri: &str, pool: Uuid) -> Self {
        Self {
            resource_uri: resource_uri.to_owned(),
            id: upper(pool),
        }
    }

    /// wxf:Create of a PowerShell shell: `pool` is the id proposed for it, `fragments` the messages that open the
    /// runspace pool. The server gives the real [`Shell`] in its answer. \[MS-PSRP\] 3.1.5.3.1.
    pub fn create(resource_uri: &str, pool: Uuid, fragments: &[u8], timeout: Duration) -> Request {
        let shell = Element::new(names::SHELL, "Shell")
            .attribute("ShellId", upper(pool))
            .child(Element::new(names::SHELL, "InputStreams").with_text("stdin pr"))
            .child(Element::new(names::SHELL, "OutputStreams").with_text("stdout"))
            .child(
                Element::new(names::POWERSHELL, "creationXml")
                    .with_text(STANDARD.encode(fragments)),
            );
        Request {
            action: names::ACTION_CREATE,
            resource_uri: resource_uri.to_owned(),
            selectors: Vec::new(),
            options: vec![RequestOption {
                name: "protocolversion",
                value: "2.3".to_owned(),
                must_comply: true,
            }],
            operation_timeout: timeout,
            body: Some(shell),
        }
    }

    /// Starts a pipeline: `pipeline` is the id proposed for it, `fragment` the first of its message.
    /// \[MS-PSRP\] 3.1.5.3.3.
    pub fn command(&self, pipeline: Uuid, fragment: &[u8], timeout: Duration) -> Request {
        let line = Element::new(names::SHELL, "CommandLine")
            .attribute("CommandId", upper(pipeline))
            .child(Element::new(names::SHELL, "Command"))
            .child(Element::new(names::SHELL, "Arguments").with_text(STANDARD.encode(fragment)));
        Request {
            options: vec![option("WINRS_SKIP_CMD_SHELL", "False")],
            ..self.request(names::ACTION_COMMAND, Some(line), timeout)
        }
    }

    /// Further fragments, for a command or for the shell itself. \[MS-PSRP\] 3.1.5.3.5.
    pub fn send(
        &self,
        stream: InputStream,
        command: Option<&str>,
        fragments: &[u8],
        timeout: Duration,
    ) -> Request {
        let stream = Element::new(names::SHELL, "Stream")
            .attribute("Name", stream.name())
            .with_text(STANDARD.encode(fragments));
        let send = Element::new(names::SHELL, "Send").child(with_command(stream, command));
        self.request(names::ACTION_SEND, Some(send), timeout)
    }

    /// Waits for output, of a command or of the shell itself. Within `timeout` the server answers, with nothing or
    /// with a timeout fault if there was none. \[MS-PSRP\] 3.1.5.3.7.
    pub fn receive(&self, command: Option<&str>, timeout: Duration) -> Request {
        let stream = Element::new(names::SHELL, "DesiredStream").with_text("stdout");
        let receive = Element::new(names::SHELL, "Receive").child(with_command(stream, command));
        Request {
            options: vec![option("WSMAN_CMDSHELL_OPTION_KEEPALIVE", "True")],
            ..self.request(names::ACTION_RECEIVE, Some(receive), timeout)
        }
    }

    /// Tells a command to stop or to go. \[MS-WSMV\] 3.1.4.12.
    pub fn signal(&self, command: &str, signal: Signal, timeout: Duration) -> Request {
        let code = Element::new(names::SHELL, "Code").with_text(signal.code());
        let signal = Element::new(names::SHELL, "Signal")
            .attribute("CommandId", command)
            .child(code);
        self.request(names::ACTION_SIGNAL, Some(signal), timeout)
    }

    /// wxf:Delete: ends the shell with all that runs in it.
    pub fn delete(&self, timeout: Duration) -> Request {
        self.request(names::ACTION_DELETE, None, timeout)
    }

    fn request(&self, action: &'static str, body: Option<Element>, timeout: Duration) -> Request {
        Request {
            action,
            resource_uri: self.resource_uri.clone(),
            selectors: vec![("ShellId", self.id.clone())],
            options: Vec::new(),
            operation_timeout: timeout,
            body,
        }
    }
}

fn option(name: &'static str, value: &str) -> RequestOption {
    RequestOption {
        name,
        value: value.to_owned(),
        must_comply: false,
    }
}

fn with_command(element: Element, command: Option<&str>) -> Element {
    match command {
        Some(command) => element.attribute("CommandId", command),
        None => element,
    }
}
