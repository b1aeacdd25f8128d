//! Payloads go through the XML that carries them, from one side to the other.

use super::*;
use crate::psrp::clixml;

/// What the other side makes of a payload.
fn carried(payload: &Value) -> Value {
    clixml::parse(&clixml::to_xml(payload)).unwrap()
}

#[test]
fn a_pipeline_arrives_as_it_was_made() {
    let command = |text: &str, is_script, parameters| CommandSpec {
        text: text.to_owned(),
        is_script,
        parameters,
    };
    let parameter = |name: &str, value| (Some(name.to_owned()), value);
    let pipeline = CreatePipeline {
        no_input: true,
        commands: vec![
            command(
                "param($Helper)\n$Helper.Length",
                true,
                vec![
                    parameter("Helper", Value::Bytes(vec![0, 255])),
                    (None, "positional".into()),
                ],
            ),
            command(
                "Select-Object",
                false,
                vec![
                    parameter("Property", Value::strings(["A", "B"])),
                    parameter("Unique", true.into()),
                ],
            ),
        ],
    };
    let carried = carried(&pipeline.to_value());
    let commands = carried.get("PowerShell").unwrap().get("Cmds").unwrap();
    let scopes = commands.as_list().unwrap().iter();
    let scopes: Vec<_> = scopes.map(|command| command.get("UseLocalScope")).collect();
    assert_eq!(scopes, [Some(&Value::Bool(true)), Some(&Value::Null)]);
    assert_eq!(CreatePipeline::from_value(&carried), Ok(pipeline));
}

#[test]
fn names_of_parameters_may_come_as_they_were_typed() {
    let xml = r#"<Obj><MS><Obj N="PowerShell"><MS><Obj N="Cmds"><LST><Obj><MS><S N="Cmd">Get-X</S>
        <Obj N="Args"><LST><Obj><MS><S N="N">-Server:</S><S N="V">ex01</S></MS></Obj></LST></Obj>
        </MS></Obj></LST></Obj></MS></Obj></MS></Obj>"#;
    let pipeline = CreatePipeline::from_value(&clixml::parse(xml).unwrap()).unwrap();
    let expected = vec![(Some("Server".to_owned()), "ex01".into())];
    assert_eq!(pipeline.commands[0].parameters, expected);
    assert!(!pipeline.no_input && !pipeline.commands[0].is_script);
}

#[test]
fn states_arrive_with_their_error() {
    let errors = [None, Some(Value::from("error record"))];
    for error in errors {
        for (number, state) in [
            (2, RunspacePoolState::Opened),
            (5, RunspacePoolState::Broken),
            (77, RunspacePoolState::Unknown(77)),
        ] {
            let error = error.clone();
            let message = RunspacePoolStateMessage { state, error };
            let value = carried(&message.to_value());
            assert_eq!(value.get("RunspaceState"), Some(&Value::I32(number)));
            assert_eq!(RunspacePoolStateMessage::from_value(&value), Ok(message));
        }
        for (number, state) in [
            (3, PipelineState::Stopped),
            (4, PipelineState::Completed),
            (5, PipelineState::Failed),
        ] {
            let error = error.clone();
            let message = PipelineStateMessage { state, error };
            let value = carried(&message.to_value());
            assert_eq!(value.get("PipelineState"), Some(&Value::I32(number)));
            assert_eq!(PipelineStateMessage::from_value(&value), Ok(message));
        }
    }
}

#[test]
fn the_handshake_arrives() {
    let capability = SessionCapability::speaking("2.2");
    let arrived = SessionCapability::from_value(&carried(&capability.to_value()));
    assert_eq!(arrived, Ok(capability));

    let pool = InitRunspacePool {
        min_runspaces: 1,
        max_runspaces: 3,
    };
    let arrived = InitRunspacePool::from_value(&carried(&pool.to_value()));
    assert_eq!(arrived, Ok(pool));

    let key = PublicKey("BgIA".into());
    assert_eq!(PublicKey::from_value(&carried(&key.to_value())), Ok(key));

    let key = EncryptedSessionKey("AQIA".into());
    let arrived = EncryptedSessionKey::from_value(&carried(&key.to_value()));
    assert_eq!(arrived, Ok(key));

    let data = ApplicationPrivateData {
        data: Value::strings(["any"]),
    };
    let arrived = ApplicationPrivateData::from_value(&carried(&data.to_value()));
    assert_eq!(arrived, data);
}

#[test]
fn what_is_missing_is_named() {
    let empty = properties([]);
    for (error, text) in [
        (
            SessionCapability::from_value(&empty).err(),
            "SESSION_CAPABILITY without a usable protocolversion",
        ),
        (
            InitRunspacePool::from_value(&empty).err(),
            "INIT_RUNSPACEPOOL without a usable MinRunspaces",
        ),
        (
            PublicKey::from_value(&empty).err(),
            "PUBLIC_KEY without a usable PublicKey",
        ),
        (
            RunspacePoolStateMessage::from_value(&Value::Null).err(),
            "RUNSPACEPOOL_STATE without a usable RunspaceState",
        ),
        (
            PipelineStateMessage::from_value(&empty).err(),
            "PIPELINE_STATE without a usable PipelineState",
        ),
        (
            CreatePipeline::from_value(&empty).err(),
            "CREATE_PIPELINE without a usable PowerShell",
        ),
    ] {
        assert_eq!(error.map(|error| error.to_string()).as_deref(), Some(text));
    }
}
