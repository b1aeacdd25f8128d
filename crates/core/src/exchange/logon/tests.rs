//! What is read of a row, whatever shape it comes in.

use mapisweep_winrm::psrp::clixml::{Content, DateTime, Object, Value};

use super::*;

fn with_session(id: Option<&str>) -> Logon {
    Logon {
        session_id: id.map(str::to_owned),
        ..Logon::default()
    }
}

#[test]
fn sessions_are_distinct_ids_or_else_rows() {
    for (ids, count, counted) in [
        (vec![], 0, Counted::Logons),
        (vec![None, None], 2, Counted::Logons),
        (vec![Some("a"), Some("a"), Some("b")], 2, Counted::Sessions),
        (vec![Some("a"), None], 2, Counted::Sessions),
    ] {
        let logons: Vec<_> = ids.iter().map(|id| with_session(*id)).collect();
        assert_eq!(
            SessionCount::of(&logons),
            SessionCount { count, counted },
            "{ids:?}"
        );
    }
}

/// A row that has this in a column.
fn with(column: &str, value: Value) -> Logon {
    let mut object = Object::default();
    object.extended.push((column.to_owned(), value));
    let row = Row::of_object(&Logon::on_this_server(), &object.into());
    let date = Value::DateTime(DateTime::new("2009-06-15T14:30:00.0000000+02:00"));
    let clock = Clock::from_row(&Row::of_object(&Clock::question(), &date));
    Logon::from_row(&row, &clock.unwrap()).unwrap()
}

/// As CLIXML has a value of an enumeration.
fn enumeration(shown: Option<&str>, number: i32) -> Value {
    let names = ["Microsoft.Exchange.Data.Mapi.ClientMode", "System.Enum"];
    Object {
        to_string: shown.map(str::to_owned),
        type_names: Some(names.iter().map(|&name| name.to_owned()).collect()),
        content: Content::Primitive(Value::I32(number)),
        ..Object::default()
    }
    .into()
}

#[test]
fn the_client_mode_is_read_in_every_shape() {
    use ClientMode::*;
    for (value, mode) in [
        (Value::from("ExchangeServer"), ExchangeServer),
        ("exchangeserver".into(), ExchangeServer),
        ("EXCHANGESERVER".into(), ExchangeServer),
        (" Exchange Server ".into(), ExchangeServer),
        ("3".into(), ExchangeServer),
        (" 3 ".into(), ExchangeServer),
        ("03".into(), ExchangeServer),
        (Value::I32(3), ExchangeServer),
        (Value::U8(3), ExchangeServer),
        (Value::I64(3), ExchangeServer),
        (Value::F64(3.0), ExchangeServer),
        (enumeration(Some("ExchangeServer"), 3), ExchangeServer),
        (enumeration(Some("3"), 3), ExchangeServer),
        (enumeration(None, 3), ExchangeServer),
        (Value::list([Value::I32(3)]), ExchangeServer),
        ("Cached".into(), Cached),
        (Value::I32(2), Cached),
        (enumeration(None, 2), Cached),
        ("classic".into(), Classic),
        (Value::I32(1), Classic),
        ("Unknown".into(), Unknown),
        (Value::I32(0), Unknown),
        (Value::I32(-3), Unknown),
        (Value::I32(33), Unknown),
        ("Server".into(), Unknown),
        ("".into(), Unknown),
        (Value::Null, Unknown),
    ] {
        let shown = format!("{value:?}");
        assert_eq!(with("ClientMode", value).client_mode, mode, "{shown}");
    }
}

#[test]
fn an_address_is_read_in_every_shape() {
    let object = |shown: Option<&str>| -> Value {
        Object {
            to_string: shown.map(str::to_owned),
            type_names: Some(["System.Net.IPEndPoint".to_owned()].into()),
            adapted: vec![("Port".to_owned(), Value::I32(50000))],
            ..Object::default()
        }
        .into()
    };
    let of = |text: &str| ClientAddress::Of(text.parse().unwrap());
    let not_understood = |text: &str| ClientAddress::NotUnderstood(text.to_owned());
    for (value, address) in [
        (Value::from("10.1.4.23"), of("10.1.4.23")),
        (object(Some("10.1.4.23:50000")), of("10.1.4.23")),
        (object(Some("[2001:db8::7]:50000")), of("2001:db8::7")),
        (object(None), not_understood("System.Net.IPEndPoint")),
        (Value::strings(["10.1.4.23"]), of("10.1.4.23")),
        (
            Value::strings(["10.1.4.23", "10.1.4.24"]),
            not_understood("10.1.4.23, 10.1.4.24"),
        ),
        (Value::I64(387_187_978), not_understood("387187978")),
        ("".into(), ClientAddress::NotGiven),
        (Value::Null, ClientAddress::NotGiven),
        (Value::list([]), ClientAddress::NotGiven),
        (Value::list([Value::Null]), ClientAddress::NotGiven),
    ] {
        let shown = format!("{value:?}");
        let read = with("ClientIPAddress", value).client_address;
        assert_eq!(read, address, "{shown}");
    }
}

/// What comes of a `DateTimeOffset`.
fn with_an_offset(utc: Value) -> Value {
    Object {
        type_names: Some(["Deserialized.System.DateTimeOffset".to_owned()].into()),
        to_string: Some("6/15/2009 2:28:00 PM +02:00".to_owned()),
        adapted: vec![("UtcDateTime".to_owned(), utc)],
        ..Object::default()
    }
    .into()
}

#[test]
fn when_it_was_last_used_is_known_or_not() {
    let date = |text: &str| Value::DateTime(DateTime::new(text));
    const KNOWN: Option<&str> = Some("2009-06-15T12:28:00Z");
    for (value, last_used) in [
        (date("2009-06-15T14:28:00.0000000+02:00"), KNOWN),
        (date("2009-06-15T12:28:00Z"), KNOWN),
        (date("2009-06-15T14:28:00"), KNOWN),
        (with_an_offset(date("2009-06-15T12:28:00Z")), KNOWN),
        (with_an_offset(Value::Null), None),
        (with_an_offset(date("0001-01-01T00:00:00Z")), None),
        (date("0001-01-01T00:00:00"), None),
        (date("0001-01-01T00:00:00Z"), None),
        (date("1601-01-01T00:00:00Z"), None),
        (date("9999-12-31T23:59:59.9999999"), None),
        (date("9999-12-31T23:59:59.9999999Z"), None),
        (date("2010-06-15T14:28:00+02:00"), None),
        (date("tomorrow"), None),
        ("2009-06-15T14:28:00".into(), None),
        ("15.06.2009 14:28:00".into(), None),
        (Value::I64(633_806_873_280_000_000), None),
        (Value::list([date("2009-06-15T14:28:00+02:00")]), None),
        (Value::Null, None),
        ("".into(), None),
    ] {
        let shown = format!("{value:?}");
        let last_used = last_used.map(|text| text.parse().unwrap());
        let logon = with("LastAccessTime", value.clone());
        assert_eq!(logon.last_used(), last_used, "{shown}");
        // a logon's beginning says nothing about now
        let began = with("LogonTime", value);
        assert_eq!(
            (began.logon_time, began.last_used()),
            (last_used, None),
            "{shown}"
        );
    }
}

#[test]
fn a_service_is_told_by_what_it_calls_itself() {
    for (application, is_of_a_service) in [
        ("Client=OWA", true),
        ("Client=OWA;Action=ViaProxy", true),
        ("client=owa", true),
        ("Client=ActiveSync;UserAgent=Apple-iPhone", true),
        ("Client=WebServices;UserAgent=[NoUserAgent]", true),
        ("Client=POP3", true),
        ("Client=IMAP4", true),
        ("Client=POP3/IMAP4;Protocol=IMAP4", true),
        ("Client=MSExchangeRPC", false),
        ("Client=MSExchangeRPC;UserAgent=Client=OWA", false),
        ("Client=Hub Transport", false),
        ("Client=Owalike", false),
        ("OWA", false),
        ("", false),
    ] {
        let logon = with("ApplicationId", application.into());
        assert_eq!(logon.is_of_a_service(), is_of_a_service, "{application}");
    }
}
