//! Event log records as `Get-WinEvent` gave them on Exchange 2016 and 2019, and event 9646 as Microsoft published one of
//! Exchange 2010.

use std::{path::Path, time::Duration};

use jiff::Timestamp;
use mapisweep_core::{
    batch::Row,
    exchange::{
        Clock,
        event::{self, Exceeded},
    },
};
use mapisweep_outside::{folder, read};
use mapisweep_winrm::psrp::clixml::{self, Value};

use crate::node::Node;

/// The only object of an exported file.
fn exported(xml: &str) -> Value {
    let (_, objects) = xml.split_once("2004/04\">").expect("it begins so");
    let object = objects.trim().strip_suffix("</Objs>").expect("it ends so");
    clixml::parse(object.trim()).expect("one object")
}

fn clock() -> Clock {
    Clock {
        now: "2024-06-20T15:00:00Z".parse().expect("a time"),
        utc_offset: None,
    }
}

fn as_asked_for(object: &Value) -> Row {
    Row::of_object(&Exceeded::within(Duration::from_secs(1)), object)
}

#[test]
fn recorded_events_tell_when_they_were_and_what_they_hold() {
    let Some(folder) = folder("exchange") else {
        return;
    };
    for (file, at, holds) in [
        (
            "css-exchange/E16_GetWinEventOldestApplication.xml",
            "2021-10-06T22:44:43.5360963Z",
            // binary only
            &["77 0 83 0 68 0 84 0 67 0"][..],
        ),
        (
            "css-exchange/E19_GetWinEventOldestApplication.xml",
            "2024-06-18T09:42:06.00811Z",
            &[
                "Microsoft.Exchange.Transport.TransportServerConfiguration",
                "",
                "",
            ],
        ),
    ] {
        let object = exported(&read(&folder.join(file)));
        let row = Row::of_object(&event::oldest(), &object);
        let at: Timestamp = at.parse().expect("a time");
        assert_eq!(event::time(&row, &clock()), Some(at), "{file}");
        let row = as_asked_for(&object);
        assert_eq!(row.texts("Properties"), holds, "{file}");
        // another event is not taken for one of these
        assert_eq!(Exceeded::from_row(&row, &clock()), None, "{file}");
    }
}

#[test]
fn a_published_event_9646_is_read_in_the_form_of_a_recorded_one() {
    let Some(folder) = folder("exchange") else {
        return;
    };
    let data = published(&folder.join("event9646_exchange2010_service_sessions_16_kb980049.xml"));
    let [dn, limit, object, _binary] = &data[..] else {
        panic!("{data:?}");
    };
    let record = read(&folder.join("css-exchange/E19_GetWinEventOldestApplication.xml"));
    let mut record = record.replacen(
        "Microsoft.Exchange.Transport.TransportServerConfiguration</S>",
        &format!("{dn}</S>"),
        1,
    );
    for text in [limit, object] {
        let value = format!("<S N=\"Value\">{text}</S>");
        record = record.replacen("<S N=\"Value\"></S>", &value, 1);
    }
    let event = Exceeded::from_row(&as_asked_for(&exported(&record)), &clock());
    let event = event.expect("it is understood");
    assert_eq!(event.dn, *dn);
    assert!(event.dn.ends_with("/cn=Recipients/cn=E-mailUser"), "{dn}");
    assert_eq!(
        (event.client, event.limit, event.object),
        (None, 16, "session".to_owned())
    );
}

/// What stands in an event's data.
fn published(file: &Path) -> Vec<String> {
    let event = Node::parse(&read(file)).expect("XML");
    let is_data = |node: &&Node| node.name == "EventData";
    let data = event.children.iter().find(is_data).expect("it has data");
    let texts = data.children.iter().map(|item| item.text.clone());
    texts.collect()
}
