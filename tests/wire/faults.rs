//! Recorded faults and stubs of WinRM 1.x, 2.x, 3.x, OMI and Exchange.

use std::path::Path;

use mapisweep_winrm::{
    wsman::{Body, Error, Fault, Progress, Response, names, number},
    xml::Element,
};

use mapisweep_outside::{files, folder, read};

fn fault(path: &Path) -> Fault {
    match Response::parse(&read(path)) {
        Err(Error::Fault(fault)) => *fault,
        other => panic!("{}: {other:?}", path.display()),
    }
}

/// File, code, subcode, number, and what a person is to read.
type Expected = (
    &'static str,
    &'static str,
    Option<&'static str>,
    Option<u32>,
    &'static str,
);

#[rustfmt::skip]
const FAULTS: [Expected; 5] = [
    ("test_wsman_fault_known_fault.xml", "Receiver", Some("TimedOut"), Some(number::TIMED_OUT),
     "The WS-Management service cannot complete the operation within the time specified in OperationTimeout."),
    ("test_wsman_fault_must_understand.xml", "MustUnderstand", None, None, "Test reason."),
    ("test_wsman_fault_no_reason.xml", "Unknown", None, None, ""),
    ("test_wsman_fault_with_wsmanfault.xml", "Sender", Some("SchemaValidationError"), Some(2_150_858_817), "Detail message."),
    ("test_wsman_fault_wmi_error_detail.xml", "Receiver", Some("InternalError"), Some(number::TOO_MANY_OPERATIONS), "WMI Message."),
];

#[rustfmt::skip]
const STUBS: [Expected; 5] = [
    ("get_omi_config_response.xml", "Receiver", Some("InternalError"), None, "get-instance: instance name parameter is missing"),
    ("soap_fault_omi.xml", "Receiver", Some("InternalError"), None, "get-instance: instance name parameter is missing"),
    ("soap_fault_v1.xml", "Sender", Some("CannotProcessFilter"), Some(2_150_858_778),
     "The specified class does not exist in the given namespace."),
    ("soap_fault_v2.xml", "Sender", Some("CannotProcessFilter"), Some(2_150_858_778),
     "The specified class does not exist in the given namespace."),
    ("wmi_error_v2.xml", "Sender", Some("QuotaLimit"), Some(number::TOO_MANY_SHELLS),
     "The WS-Management service cannot process the request. This user is allowed a maximum number of 30 concurrent \
      shells, which has been exceeded. Close existing shells or raise the quota for this user."),
];

fn check(folder: &Path, table: &[Expected]) {
    for (file, code, kind, number, words) in table {
        let fault = fault(&folder.join(file));
        let subcode = fault.subcode.as_ref().map(|kind| kind.local.as_ref());
        assert_eq!(
            (fault.code.as_str(), subcode, fault.number),
            (*code, *kind, *number),
            "{file}"
        );
        assert_eq!(fault.words(), *words, "{file}");
    }
}

#[test]
fn recorded_faults_say_what_was_wrong() {
    let Some(folder) = folder("pywinrm_faults") else {
        return;
    };
    check(&folder, &FAULTS);
    for path in files(&folder, &[".xml"]) {
        fault(&path);
    }
    let timeout = fault(&folder.join("test_wsman_fault_known_fault.xml"));
    assert!(timeout.is_timeout());
    assert_eq!(timeout.machine.as_deref(), Some("server2022.domain.test"));
}

#[test]
fn stubs_of_older_servers_and_omi_are_faults_too() {
    let Some(folder) = folder("winrb_stubs") else {
        return;
    };
    check(&folder, &STUBS);
    let provider = fault(&folder.join("soap_fault_v2.xml"))
        .provider
        .expect("a provider's fault");
    assert_eq!(
        (provider.name.as_str(), provider.number),
        ("WMI Provider", Some(2_150_858_778))
    );
}

#[test]
fn every_server_names_its_shell_in_its_own_way() {
    let Some(folder) = folder("winrb_stubs") else {
        return;
    };
    for (file, id, resource) in [
        (
            "open_shell_v1.xml",
            "uuid:739990FF-1492-4CDD-80BB-6E07ADB06D85",
            "windows/shell/cmd",
        ),
        (
            "open_shell_v2.xml",
            "62DE33F0-8674-43D9-B6A5-3298012CC4CD",
            "windows/shell/cmd",
        ),
        (
            "open_shell_omi.xml",
            "74142DC5-E14D-4FCC-86ED-63DA3EE8407E",
            "Microsoft.PowerShell",
        ),
    ] {
        let Body::Created(shell) = Response::parse(&read(&folder.join(file))).unwrap().body else {
            panic!("{file}: not created");
        };
        assert_eq!(shell.id, id, "{file}");
        assert!(shell.resource_uri.ends_with(resource), "{file}");
    }
}

/// The stubs have placeholders; ids and base64 of "hi" stand in for them.
fn filled(path: &Path) -> String {
    let mut text = read(path);
    while let Some((before, rest)) = text.split_once("<%=") {
        let (name, after) = rest.split_once("%>").expect("a placeholder that ends");
        let value = if name.contains("id") { "A1" } else { "aGk=" };
        text = format!("{before}{value}{after}");
    }
    text
}

#[test]
fn stubs_of_output_are_received_from_every_kind_of_server() {
    let Some(folder) = folder("winrb_stubs") else {
        return;
    };
    for (file, streams, progress) in [
        (
            "get_command_output_response.xml.erb",
            2,
            Some(Progress::Done),
        ),
        ("get_command_output_response_not_done.xml.erb", 2, None),
        (
            "get_omi_command_output_response.xml.erb",
            0,
            Some(Progress::Done),
        ),
        (
            "get_omi_command_output_response_not_done.xml.erb",
            1,
            Some(Progress::Running),
        ),
        (
            "get_omi_powershell_keepalive_response.xml.erb",
            1,
            Some(Progress::Running),
        ),
        ("get_powershell_keepalive_response.xml.erb", 2, None),
        (
            "get_powershell_output_response.xml.erb",
            1,
            Some(Progress::Done),
        ),
        ("get_powershell_output_response_not_done.xml.erb", 1, None),
    ] {
        let response = Response::parse(&filled(&folder.join(file)))
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        let Body::Received(received) = response.body else {
            panic!("{file}: not received")
        };
        assert_eq!(received.streams.len(), streams, "{file}");
        assert_eq!(
            received.states.first().map(|state| state.progress),
            progress,
            "{file}"
        );
    }
}

#[test]
fn exchange_answers_like_any_other_server() {
    let Some(folder) = folder("exchange") else {
        return;
    };
    let xml = read(&folder.join("exchange2016_create_response.xml"));
    let Body::Created(shell) = Response::parse(&xml).unwrap().body else {
        panic!("not created")
    };
    assert_eq!(shell.resource_uri, names::RESOURCE_EXCHANGE);
    assert_eq!(shell.id, "29E4FDEC-DF97-4A5B-A515-8D25F7CD3437");
    let owner = Element::parse(&xml).unwrap();
    let owner = ["Body", "Shell", "Owner"]
        .iter()
        .try_fold(&owner, |at, local| {
            at.get(names::SOAP, local)
                .or_else(|| at.get(names::SHELL, local))
        });
    assert_eq!(
        owner.map(Element::text),
        Some(r"exchange2016\administrator")
    );

    let response =
        Response::parse(&read(&folder.join("exchange2016_receive_response.xml"))).unwrap();
    let Body::Received(received) = response.body else {
        panic!("not received")
    };
    assert_eq!(received.streams.len(), 1);

    // a request, written by Windows' own client
    let head = read(&folder.join("native_client_create_to_exchange2019_head.xml"));
    let envelope = Element::parse(&head).unwrap();
    assert!(envelope.name.is(names::SOAP, "Envelope"));
}
