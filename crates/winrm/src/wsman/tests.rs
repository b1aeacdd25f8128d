use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::xml::{Element, XML};

const TIMEOUT: Duration = Duration::from_secs(20);

fn addressing() -> Addressing {
    Addressing {
        to: "http://ex01:5985/wsman".to_owned(),
        session_id: Uuid::nil(),
        locale: "en-US".to_owned(),
        max_envelope: 153_600,
    }
}

fn shell() -> Shell {
    Shell {
        resource_uri: names::RESOURCE_POWERSHELL.to_owned(),
        id: "AA<&>\"".to_owned(),
    }
}

fn body_of(request: &Request) -> Element {
    let envelope = Element::parse(&request.to_xml(&addressing(), Uuid::nil())).unwrap();
    envelope.get(names::SOAP, "Body").unwrap().clone()
}

#[test]
fn a_request_is_written_with_all_headers_a_server_insists_on() {
    let request = shell().receive(Some("CC"), TIMEOUT);
    let id = Uuid::from_u128(0xabcd);
    let envelope = Element::parse(&request.to_xml(&addressing(), id)).unwrap();
    let header = envelope.get(names::SOAP, "Header").unwrap();
    let text = |namespace, local| header.get(namespace, local).unwrap().text();

    assert_eq!(text(names::ADDRESSING, "To"), "http://ex01:5985/wsman");
    assert_eq!(text(names::ADDRESSING, "Action"), names::ACTION_RECEIVE);
    assert_eq!(
        text(names::ADDRESSING, "MessageID"),
        "uuid:00000000-0000-0000-0000-00000000ABCD"
    );
    assert_eq!(
        text(names::WSMAN, "ResourceURI"),
        names::RESOURCE_POWERSHELL
    );
    assert_eq!(text(names::WSMAN, "MaxEnvelopeSize"), "153600");
    assert_eq!(text(names::WSMAN, "OperationTimeout"), "PT20.000S");
    let locale = header.get(names::WSMAN, "Locale").unwrap();
    assert!(
        locale
            .attributes
            .iter()
            .any(|(name, value)| name.is(XML, "lang") && value == "en-US")
    );
    let selectors = header.get(names::WSMAN, "SelectorSet").unwrap();
    let selector = selectors.get(names::WSMAN, "Selector").unwrap();
    assert_eq!(
        (selector.attr("Name"), selector.text()),
        (Some("ShellId"), "AA<&>\"")
    );
}

#[test]
fn create_insists_on_the_protocol_version_and_carries_the_first_messages() {
    let request = Shell::create(
        names::RESOURCE_EXCHANGE,
        Uuid::from_u128(0xAB),
        b"fragments",
        TIMEOUT,
    );
    assert!(request.selectors.is_empty());
    assert_eq!(request.options[0].name, "protocolversion");
    assert!(request.options[0].must_comply);
    let body = body_of(&request);
    let shell = body.get(names::SHELL, "Shell").unwrap();
    assert_eq!(
        shell.attr("ShellId"),
        Some("00000000-0000-0000-0000-0000000000AB")
    );
    assert_eq!(
        shell.get(names::SHELL, "InputStreams").unwrap().text(),
        "stdin pr"
    );
    assert_eq!(
        shell.get(names::POWERSHELL, "creationXml").unwrap().text(),
        "ZnJhZ21lbnRz"
    );
}

#[test]
fn requests_name_the_command_they_are_for_and_the_shell_when_for_none() {
    let command = |request: &Request, path: [&str; 2]| {
        let body = body_of(request);
        let element = path
            .into_iter()
            .try_fold(&body, |at, local| at.get(names::SHELL, local))
            .cloned();
        element.unwrap().attr("CommandId").map(str::to_owned)
    };
    let shell = shell();
    assert_eq!(
        command(
            &shell.send(InputStream::Stdin, Some("CC"), b"", TIMEOUT),
            ["Send", "Stream"]
        )
        .as_deref(),
        Some("CC")
    );
    assert_eq!(
        command(
            &shell.send(InputStream::Stdin, None, b"", TIMEOUT),
            ["Send", "Stream"]
        ),
        None
    );
    assert_eq!(
        command(
            &shell.receive(Some("CC"), TIMEOUT),
            ["Receive", "DesiredStream"]
        )
        .as_deref(),
        Some("CC")
    );
    assert_eq!(
        command(&shell.receive(None, TIMEOUT), ["Receive", "DesiredStream"]),
        None
    );
}

#[test]
fn signals_use_the_codes_of_the_protocol_misspelling_included() {
    let code = |signal| {
        let body = body_of(&shell().signal("CC", signal, TIMEOUT));
        let signal = body.get(names::SHELL, "Signal").unwrap().clone();
        signal.get(names::SHELL, "Code").unwrap().text().to_owned()
    };
    assert_eq!(code(Signal::Stop), "powershell/signal/crtl_c");
    assert!(code(Signal::Terminate).ends_with("/signal/terminate"));
}

#[test]
fn delete_has_an_empty_body() {
    assert!(body_of(&shell().delete(TIMEOUT)).children.is_empty());
}

/// A response with this body, the prefixes being none that Windows uses.
fn envelope(body: &str) -> String {
    format!(
        "<E:Envelope xmlns:E='{}' xmlns:r='{}' xmlns:f='{}' xmlns:m='{}' xmlns:wsman='{}'><E:Body>{body}</E:Body></E:Envelope>",
        names::SOAP,
        names::SHELL,
        names::WSMAN_FAULT,
        names::WMI_ERROR,
        names::WSMAN,
    )
}

fn fault(detail: &str) -> Fault {
    let fault = format!(
        "<E:Fault><E:Code><E:Value>E:Sender</E:Value><E:Subcode><E:Value> wsman:QuotaLimit\n</E:Value></E:Subcode></E:Code>\
         <E:Reason><E:Text xml:lang='de-DE'>Zu viele.\n   Wirklich.</E:Text></E:Reason><E:Detail>{detail}</E:Detail></E:Fault>"
    );
    match Response::parse(&envelope(&fault)) {
        Err(Error::Fault(fault)) => *fault,
        other => panic!("not a fault: {other:?}"),
    }
}

#[test]
fn an_answer_says_which_request_it_belongs_to() {
    let id = Uuid::from_u128(0xabcd);
    for (relates_to, is_ours) in [
        ("", true),
        (
            "<a:RelatesTo>uuid:00000000-0000-0000-0000-00000000abcd</a:RelatesTo>",
            true,
        ),
        (
            "<a:RelatesTo>uuid:00000000-0000-0000-0000-00000000abce</a:RelatesTo>",
            false,
        ),
        ("<a:RelatesTo/>", false),
    ] {
        let xml = format!(
            "<s:Envelope xmlns:s='{}' xmlns:a='{}'><s:Header>{relates_to}</s:Header><s:Body/></s:Envelope>",
            names::SOAP,
            names::ADDRESSING,
        );
        let response = Response::parse(&xml).unwrap();
        assert_eq!(response.answers(id), is_ours, "{relates_to}");
    }
}

#[test]
fn numbers_are_read_however_they_are_written() {
    for text in [
        "2150859173",
        "-2144108123",
        "0x803381a5",
        "0X803381A5",
        " 2150859173 ",
    ] {
        let wsman = fault(&format!("<f:WSManFault Code='{text}' Machine='EX01'/>"));
        assert_eq!(wsman.number, Some(number::TOO_MANY_SHELLS), "{text}");
        let wmi = fault(&format!(
            "<m:MSFT_WmiError><m:error_Code>{text}</m:error_Code></m:MSFT_WmiError>"
        ));
        assert_eq!(wmi.number, Some(number::TOO_MANY_SHELLS), "{text}");
    }
    for text in ["5", "0x80070005", "-2147024891", "2147942405"] {
        let fault = fault(&format!("<f:WSManFault Code='{text}'/>"));
        assert!(fault.is(number::ACCESS_DENIED), "{text}");
    }
    let missing = fault("<f:WSManFault Code='2150858811'/>");
    assert!(missing.is(number::NO_SUCH_RESOURCE));
    assert_eq!(fault("<f:WSManFault Code='many'/>").number, None);
    let hresult = "<m:MSFT_WmiError><m:error_Code>0</m:error_Code><m:MessageID>HRESULT 0x803381a6</m:MessageID></m:MSFT_WmiError>";
    assert_eq!(fault(hresult).number, Some(number::TOO_MANY_OPERATIONS));
}

#[test]
fn a_fault_keeps_what_everyone_said() {
    let fault = fault(
        "<f:WSManFault Code='5' Machine='EX01'><f:Message>\n<f:ProviderFault provider='microsoft.powershell ' path='x.dll'>\
         <f:WSManFault Code='2152991685'><f:Message>Version?\n</f:Message></f:WSManFault></f:ProviderFault></f:Message></f:WSManFault>",
    );
    assert_eq!(fault.code, "Sender");
    assert!(fault.is_kind(names::WSMAN, "QuotaLimit"));
    assert_eq!(fault.reason, "Zu viele. Wirklich.");
    assert_eq!(fault.machine.as_deref(), Some("EX01"));
    assert!(fault.is(number::ACCESS_DENIED) && fault.is(number::PROTOCOL_VERSION));
    assert_eq!(
        fault.provider.as_ref().unwrap().name,
        "microsoft.powershell"
    );
    assert_eq!(fault.to_string(), "Version? (WSMan 5)");
}

#[test]
fn a_provider_may_speak_without_a_fault_of_its_own() {
    let fault = fault(
        "<f:WSManFault Code='995'><f:Message><f:ProviderFault provider='p'>Aborted.</f:ProviderFault></f:Message></f:WSManFault>",
    );
    assert_eq!(fault.words(), "Aborted.");
}

#[test]
fn an_empty_fault_is_still_a_fault() {
    match Response::parse(&envelope("<E:Fault/>")) {
        Err(Error::Fault(fault)) => assert_eq!(fault.to_string(), "the server gave no reason"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_receive_may_bring_several_streams_and_states() {
    let body = format!(
        "<r:ReceiveResponse><r:Stream Name='stdout' CommandId='A'>aGk=</r:Stream><r:Stream Name='stdout'>aG\n k</r:Stream>\
         <r:Stream Name='stdout' CommandId='A' End='true'/>\
         <r:CommandState CommandId='A' State='{0}/CommandState/Done'><r:ExitCode>0</r:ExitCode></r:CommandState>\
         <r:CommandState State='{0}/CommandState/Running'/></r:ReceiveResponse>",
        names::SHELL
    );
    let Body::Received(received) = Response::parse(&envelope(&body)).unwrap().body else {
        panic!("not received");
    };
    let streams: Vec<_> = received
        .streams
        .iter()
        .map(|s| (s.command.as_deref(), s.data.as_slice(), s.end))
        .collect();
    assert_eq!(
        streams,
        [
            (Some("A"), b"hi".as_slice(), false),
            (None, b"hi", false),
            (Some("A"), b"", true)
        ]
    );
    let states: Vec<_> = received
        .states
        .iter()
        .map(|s| (s.command.as_deref(), s.progress, s.exit_code))
        .collect();
    assert_eq!(
        states,
        [
            (Some("A"), Progress::Done, Some(0)),
            (None, Progress::Running, None)
        ]
    );
}

#[test]
fn what_cannot_be_read_is_an_error_that_says_which_part() {
    for (xml, expected) in [
        ("", "the XML ends too early"),
        (
            "<html><body>Service Unavailable</body></html>",
            "not a SOAP envelope but <html>",
        ),
        ("<a:b/>", "\"a\" is not bound"),
        ("<a>", "the XML ends too early"),
        ("<a/><b/>", "something after the end"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type"),
        ("<a>&b;</a>", "\"b\" is not defined"),
        ("<a xmlns='&b;'/>", "not well-formed"),
        ("< />", "\"\" is not a name"),
        ("<a/b/>", "\"a/b\" is not a name"),
        ("<a b/c=''/>", "\"b/c\" is not a name"),
        ("<a b=c/>", "not well-formed"),
        (
            &envelope("<r:ReceiveResponse><r:Stream>!</r:Stream></r:ReceiveResponse>"),
            "stream data",
        ),
        (
            &envelope("<r:ReceiveResponse><r:CommandState/></r:ReceiveResponse>"),
            "command state",
        ),
        (&"<a>".repeat(65), "more than 64 levels"),
        (
            &format!("<a>{}</a>", "<b/>".repeat(1 << 16)),
            "more than 65536 elements and attributes",
        ),
        (
            &format!("<a xmlns='{}'/>", "n".repeat(1025)),
            "more than 1024 bytes in a namespace",
        ),
        (&" ".repeat((32 << 20) + 1), "more than 33554432 bytes"),
    ] {
        let error = Response::parse(xml).unwrap_err().to_string();
        assert!(
            error.contains(expected),
            "{error:?} should say {expected:?}"
        );
    }
}

#[test]
fn a_document_survives_being_written_and_read() {
    let element = Element::new(names::SOAP, "Envelope")
        .child(
            Element::new(names::POWERSHELL, "creationXml")
                .child(Element::new("", "plain").with_text("<&>")),
        )
        .child(
            Element::new("urn:other?a&b", "x")
                .attribute_in("urn:third", "y", "\"'\n")
                .attribute("z", "&amp;"),
        );
    assert_eq!(
        Element::parse(&element.to_xml(&names::PREFIXES)).unwrap(),
        element
    );
}
