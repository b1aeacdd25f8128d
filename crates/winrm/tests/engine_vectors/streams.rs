//! What comes on the other streams.

use mapisweep_winrm::psrp::{
    clixml::Value,
    message::{Message, MessageType},
};

use crate::table::{Row, sends};

pub fn table() -> Vec<Row> {
    use MessageType::*;
    vec![
        texts("record: warning", [(WarningRecord, "careful\n<now>")]),
        sends(
            "record: warning, with its invocation",
            |message| {
                let command = message.data.get("CommandInfo_Definition");
                (
                    message.kind,
                    message.data.display(),
                    command.map(Value::display),
                )
            },
            [(
                WarningRecord,
                "careful".to_owned(),
                Some("Write-Warning 'careful'".to_owned()),
            )],
        ),
        texts("record: verbose", [(VerboseRecord, "told")]),
        texts("record: debug", [(DebugRecord, "found")]),
        sends(
            "record: progress",
            |message| {
                let shown = |name| message.data.get(name).map(Value::display);
                let number = |name| message.data.get(name).and_then(Value::as_i64);
                (
                    ["Activity", "StatusDescription", "CurrentOperation", "Type"].map(shown),
                    [
                        "ActivityId",
                        "ParentActivityId",
                        "PercentComplete",
                        "SecondsRemaining",
                    ]
                    .map(number),
                )
            },
            [
                (
                    ["Sweeping", "ex01", "asking", "Processing"].map(|text| Some(text.to_owned())),
                    [3, 2, 40, 9].map(Some),
                ),
                (
                    ["Sweeping", "Processing", "", "Completed"].map(|text| Some(text.to_owned())),
                    [3, -1, -1, -1].map(Some),
                ),
            ],
        ),
        sends(
            "record: information",
            |message| {
                let tags = message.data.get("Tags").and_then(Value::as_list);
                (
                    message
                        .data
                        .get("MessageData")
                        .and_then(|data| data.get("A"))
                        .cloned(),
                    tags.map(<[Value]>::to_vec),
                    message
                        .data
                        .get("TimeGenerated")
                        .and_then(Value::as_timestamp),
                )
            },
            [(
                Some(Value::I32(1)),
                Some(vec!["seen".into(), "known".into()]),
                // the recorder's, who writes it over every such time
                Some("2026-03-02T08:05:00Z".parse().unwrap()),
            )],
        ),
        sends(
            "record: Write-Host",
            |message| {
                let data = message.data.get("MessageData").unwrap();
                let shown = |name| data.get(name).map(Value::display);
                (
                    message.kind,
                    data.display(),
                    ["ForegroundColor", "NoNewLine"].map(shown),
                )
            },
            [(
                InformationRecord,
                "shown".to_owned(),
                ["Green", "True"].map(|text| Some(text.to_owned())),
            )],
        ),
        texts(
            "record: all streams at once",
            [
                (PipelineOutput, "1"),
                (WarningRecord, "two"),
                (VerboseRecord, "three"),
                (PipelineOutput, "4"),
            ],
        ),
    ]
}

fn texts<const N: usize>(name: &'static str, expected: [(MessageType, &str); N]) -> Row {
    let look = |message: &Message| (message.kind, message.data.display());
    sends(
        name,
        look,
        expected.map(|(kind, text)| (kind, text.to_owned())),
    )
}
