//! What a page of output costs from an envelope's text to a value: one message with a list of 250 lines, read 200 times.
//! To be counted, not timed:
//!
//! ```text
//! cargo build --release -p mapisweep-winrm --example decode
//! valgrind --tool=callgrind --callgrind-out-file=/dev/null target/release/examples/decode
//! ```

use base64::{Engine, engine::general_purpose::STANDARD};
use mapisweep_winrm::{
    psrp::{
        clixml::Value,
        fragment::{Defragmenter, Fragmenter},
        message::{Destination, Message, MessageType},
    },
    wsman::{Body, Response},
};
use uuid::Uuid;

const LINES: usize = 250;
const TIMES: usize = 200;

fn main() {
    let envelope = envelope();
    for _ in 0..TIMES {
        let [message] = &decode(&envelope)[..] else {
            panic!("one message");
        };
        assert_eq!(message.data.as_list().map(<[Value]>::len), Some(LINES));
    }
}

fn decode(envelope: &str) -> Vec<Message> {
    let Ok(Body::Received(received)) = Response::parse(envelope).map(|response| response.body)
    else {
        panic!("an answer to Receive");
    };
    let mut defragmenter = Defragmenter::default();
    let pieces = received.streams.iter();
    let messages = pieces.flat_map(|stream| defragmenter.push(&stream.data).unwrap());
    messages
        .map(|bytes| Message::decode(&bytes).unwrap())
        .collect()
}

fn envelope() -> String {
    let line = |number| {
        format!(
            "{number:06},2011-05-03T06:12:07Z,192.0.2.17,{}",
            "x".repeat(160)
        )
    };
    let message = Message {
        destination: Destination::Client,
        kind: MessageType::PipelineOutput,
        pool: Uuid::nil(),
        pipeline: Uuid::nil(),
        data: Value::strings((0..LINES).map(line)),
    };
    let mut fragmenter = Fragmenter::default();
    fragmenter.push(message.encode());
    let mut streams = String::new();
    while !fragmenter.is_empty() {
        // what WinRM sends at a time
        let data = STANDARD.encode(fragmenter.take(32 << 10));
        streams += &format!(r#"<rsp:Stream Name="stdout">{data}</rsp:Stream>"#);
    }
    format!(
        r#"<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><rsp:ReceiveResponse xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell">{streams}</rsp:ReceiveResponse></s:Body></s:Envelope>"#
    )
}
