//! Faults, in the words and numbers of Windows.

use std::time::Duration;

use super::{Node, envelope, ns};

/// A fault to answer a request with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// `s:Sender` or `s:Receiver`.
    code: &'static str,
    /// With the prefix that the envelope declares.
    subcode: &'static str,
    pub number: u32,
    message: String,
    relates_to: String,
}

impl Fault {
    fn new(
        code: &'static str,
        subcode: &'static str,
        number: u32,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            subcode,
            number,
            message: message.into(),
            relates_to: String::new(),
        }
    }

    fn sender(subcode: &'static str, number: u32, message: impl Into<String>) -> Self {
        Self::new("s:Sender", subcode, number, message)
    }

    /// Names the request that is answered.
    pub fn relating_to(mut self, message_id: &str) -> Self {
        message_id.clone_into(&mut self.relates_to);
        self
    }

    /// Signed in, but not an administrator.
    pub fn access_denied() -> Self {
        Self::sender("w:AccessDenied", 5, "Access is denied. ")
    }

    /// No output within the time asked for.
    pub fn timed_out() -> Self {
        let message = "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.  ";
        Self::new("s:Receiver", "w:TimedOut", 2_150_858_793, message)
    }

    pub fn shells_exhausted(quota: usize) -> Self {
        let message = format!(
            "The WS-Management service cannot process the request. This user is allowed a maximum number of {quota} \
             concurrent shells, which has been exceeded. Close existing shells or raise the quota for this user. "
        );
        Self::sender("w:QuotaLimit", 2_150_859_173, message)
    }

    /// A throttling policy of Exchange's.
    pub fn user_load(wait: Duration) -> Self {
        let message = format!(
            "The WS-Management service cannot process the request. The user load quota of 1 requests per 2 seconds has been \
             exceeded. Send future requests at a slower rate or raise the quota for this user. The next request from this \
             user will not be approved for at least {} milliseconds. ",
            wait.as_millis()
        );
        Self::sender("w:QuotaLimit", 2_150_859_175, message)
    }

    /// A host that counts wrong, as one that has run for some 50 days.
    pub fn system_load() -> Self {
        let message = "The WS-Management service cannot process the request. The system load quota of 1000 requests per 2 \
                       seconds has been exceeded. Send future requests at a slower rate or raise the system quota. The next \
                       request from this user will not be approved for at least 1566021120 milliseconds. ";
        Self::sender("w:QuotaLimit", 2_150_859_176, message)
    }

    pub fn operations_exhausted(quota: usize) -> Self {
        let message = format!(
            "The WS-Management service cannot process the request. The maximum number of concurrent operations for \
             this user has been exceeded. Close existing operations for this user, or raise the quota ({quota}). "
        );
        Self::sender("w:QuotaLimit", 2_150_859_174, message)
    }

    pub fn shell_not_found(shell: &str) -> Self {
        let message = format!(
            "The request for the Windows Remote Shell with ShellId {shell} failed because the shell was not found on \
             the server. Possible causes are: the specified ShellId is incorrect or the shell no longer exists on the \
             server. Provide the correct ShellId or create a new shell and retry the operation. "
        );
        Self::sender("w:InvalidSelectors", 2_150_858_843, message)
    }

    /// The winrs cmd shell, for instance, which this lab does not have.
    pub fn resource_not_found(resource_uri: &str) -> Self {
        let message = format!(
            "The WS-Management service cannot process the request. The resource URI ({resource_uri}) was not found in \
             the WS-Management catalog. The catalog contains the metadata that describes resources, or logical \
             endpoints. "
        );
        Self::sender("a:DestinationUnreachable", 2_150_858_752, message)
    }

    pub fn action_not_supported() -> Self {
        let message =
            "The WS-Management service does not support the action specified in the request. ";
        Self::sender("a:ActionNotSupported", 2_150_858_771, message)
    }

    pub fn missing_header(name: &str) -> Self {
        let message = format!(
            "The WS-Management service cannot process the request. The request lacks the SOAP header {name}. "
        );
        Self::sender("a:MessageInformationHeaderRequired", 2_150_858_769, message)
    }

    pub fn invalid_timeout(text: &str) -> Self {
        let message = format!(
            "The WS-Management service cannot process the request. The XML contains an invalid timeout field in the \
             SOAP header: {text}. "
        );
        Self::sender("a:InvalidMessageInformationHeader", 2_150_858_767, message)
    }

    /// The body is not what the action asks for.
    pub fn schema(what: &str) -> Self {
        let message = format!(
            "The SOAP XML in the message does not match the corresponding XML schema definition: {what}. "
        );
        Self::sender("w:SchemaValidationError", 2_150_858_817, message)
    }

    /// What PowerShell's plug-in says to a stream that is not PSRP, or about a command that does not exist.
    pub fn invalid_parameter() -> Self {
        Self::sender("w:InvalidParameter", 87, "The parameter is incorrect. ")
    }

    /// PowerShell's plug-in does not speak the client's version of PSRP.
    pub fn protocol_version() -> Self {
        let message =
            "The client's version of the remoting protocol is not supported by the server. ";
        Self::new("s:Receiver", "w:InternalError", 2_152_991_685, message)
    }

    /// An operation whose shell or command was ended meanwhile.
    pub fn aborted() -> Self {
        let message = "The I/O operation has been aborted because of either a thread exit or an application request. ";
        Self::new("s:Receiver", "w:InternalError", 995, message)
    }

    /// Writes the fault with a WSManFault in it, or with the MSFT_WmiError that later Windows uses for quotas.
    pub fn to_xml(&self, machine: &str, with_wmi_error: bool) -> String {
        let detail = if with_wmi_error && self.subcode == "w:QuotaLimit" {
            self.wmi_error()
        } else {
            Node::new("f:WSManFault")
                .attribute("xmlns:f", ns::FAULT)
                .attribute("Code", self.number.to_string())
                .attribute("Machine", machine)
                .child(Node::leaf("f:Message", &self.message))
        };
        let code = Node::new("s:Code")
            .child(Node::leaf("s:Value", self.code))
            .child(Node::new("s:Subcode").child(Node::leaf("s:Value", self.subcode)));
        let reason = Node::leaf("s:Text", &self.message).attribute("xml:lang", "en-US");
        let fault = Node::new("s:Fault")
            .child(code)
            .child(Node::new("s:Reason").child(reason))
            .child(Node::new("s:Detail").child(detail));
        let action = if self.subcode.starts_with("a:") {
            "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault"
        } else {
            "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
        };
        envelope(action, &self.relates_to, [fault])
    }

    fn wmi_error(&self) -> Node {
        let id = format!("HRESULT {:#010x}", self.number);
        Node::new("e:MSFT_WmiError")
            .attribute("xmlns:e", ns::WMI_ERROR)
            .child(Node::leaf("e:CIMStatusCode", "27"))
            .child(Node::leaf("e:Message", &self.message))
            .child(Node::leaf("e:MessageID", id))
            .child(Node::leaf("e:error_Category", "30"))
            .child(Node::leaf("e:error_Code", self.number.to_string()))
            .child(Node::leaf("e:error_Type", "HRESULT"))
            .child(Node::leaf("e:error_WindowsErrorMessage", &self.message))
    }
}
