//! Fragments give the same messages wherever the stream is cut, and no more bytes than came; messages survive being
//! cut and put together again, and what is read of a message is written as a message that reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mapisweep_winrm::psrp::fragment::{Defragmenter, Fragmenter, HEADER};
use mapisweep_winrm::psrp::message::Message;

fuzz_target!(|input: (u8, &[u8])| {
    let (size, stream) = input;
    let size = usize::from(size).max(1);
    let whole = Defragmenter::default().push(stream);
    let mut messages = Vec::new();
    let mut defragmenter = Defragmenter::default();
    let pieces = stream
        .chunks(size)
        .try_for_each(|piece| defragmenter.push(piece).map(|some| messages.extend(some)));
    match whole {
        Ok(whole) => assert_eq!((pieces, &messages), (Ok(()), &whole)),
        Err(error) => return assert_eq!(pieces, Err(error)),
    }
    assert!(
        messages
            .iter()
            .map(|message| message.len() + HEADER)
            .sum::<usize>()
            <= stream.len()
    );

    let mut fragmenter = Fragmenter::default();
    let mut again = Vec::new();
    let mut defragmenter = Defragmenter::default();
    for message in &messages {
        fragmenter.push(message.clone());
        while !fragmenter.is_empty() {
            let fragments = fragmenter.take(HEADER + size);
            again.extend(defragmenter.push(&fragments).expect("its own fragments"));
        }
    }
    assert_eq!(again, messages);

    for message in messages
        .iter()
        .filter_map(|bytes| Message::decode(bytes).ok())
    {
        let written = message.encode();
        let again = Message::decode(&written).expect("what was written can be read");
        assert_eq!(again.encode(), written);
    }
});
