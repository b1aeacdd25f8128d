//! What an admin reads when a server answers as recorded ones did.

use std::path::Path;

use mapisweep_outside::{folder, read, recordings};
use mapisweep_winrm::{
    psrp::client::{self, Operation},
    wsman::{Error, Fault, Response},
};

use crate::{
    cli::advice::{Advice, Scene},
    shell,
};

const FAULTS: [&str; 5] = [
    "test_wsman_fault_known_fault.xml",
    "test_wsman_fault_must_understand.xml",
    "test_wsman_fault_no_reason.xml",
    "test_wsman_fault_with_wsmanfault.xml",
    "test_wsman_fault_wmi_error_detail.xml",
];

const STUBS: [&str; 5] = [
    "get_omi_config_response.xml",
    "soap_fault_omi.xml",
    "soap_fault_v1.xml",
    "soap_fault_v2.xml",
    "wmi_error_v2.xml",
];

#[test]
fn recorded_faults_become_advice() {
    let (Some(pywinrm), Some(winrb), Some(pypsrp)) = (
        folder("pywinrm_faults"),
        folder("winrb_stubs"),
        folder("pypsrp"),
    ) else {
        return;
    };
    let mut sentences = String::new();
    for (folder, files) in [(&pywinrm, FAULTS), (&winrb, STUBS)] {
        for file in files {
            sentences += &sentence(file, fault(&folder.join(file)));
        }
    }
    for recording in recordings(&pypsrp) {
        for pair in &recording.pairs {
            if let Err(Error::Fault(fault)) = Response::parse(&pair.response) {
                sentences += &sentence(&recording.name, *fault);
            }
        }
    }
    insta::assert_snapshot!(sentences);
}

fn fault(path: &Path) -> Fault {
    match Response::parse(&read(path)) {
        Err(Error::Fault(fault)) => *fault,
        other => panic!("{}: {other:?}", path.display()),
    }
}

fn sentence(name: &str, fault: Fault) -> String {
    let scene = Scene {
        server: "ex02",
        user: r"CORP\ann",
        way: None,
    };
    let refused = client::Error::Refused {
        operation: Operation::Command,
        fault: Box::new(fault),
    };
    let advice = Advice::on_server(&shell::Error::from(refused).into(), scene);
    format!("{name}\n    ex02: {advice}\n")
}
