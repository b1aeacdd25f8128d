//! Messages, sealed by each side and opened by the other.

use mapisweep_gssapi::{Context, Error, Layout};

use crate::{
    case::{Case, Realm},
    place::ANN,
    stage::Stage,
    winrm::WinRm,
};

pub fn cases() -> Vec<Case> {
    vec![
        Case::new("aes_goes_both_ways", aes_goes_both_ways),
        Case::new(
            "what_is_not_the_message_due_is_refused",
            only_the_message_due,
        ),
        Case::new("rc4_goes_both_ways_in_parts", rc4_goes_both_ways).realm(Realm::Rc4),
        Case::new("what_is_broken_is_refused", what_is_broken),
        Case::new("what_is_broken_is_refused_with_rc4", what_is_broken).realm(Realm::Rc4),
        Case::new("rc4_as_winrm_seals_it", rc4_as_winrm_seals_it).realm(Realm::Rc4),
    ]
}

fn aes_goes_both_ways(stage: &Stage) {
    let ann = stage.password(ANN).expect("a ticket");
    let mut both = stage.sign_in(stage.initiator(Some(&ann)));
    for length in [0, 1, 15, 16, 17, 4096, 1 << 20] {
        let message = vec![b'x'; length];
        let token = both.client.seal(&message).expect("a token");
        // RFC 4121 section 4.2.6.2: a token identifier of its own, and no frame
        assert!(token.starts_with(&[5, 4]));
        assert_eq!(token.len(), length + 60);
        assert!(both.server.open(&token).expect("the message") == message);
        let token = both.server.seal(&message).expect("a token");
        assert!(both.client.open(&token).expect("the message") == message);
    }
}

fn only_the_message_due(stage: &Stage) {
    let ann = stage.password(ANN).expect("a ticket");
    let both = || stage.sign_in(stage.initiator(Some(&ann)));
    let opened = |client: &mut Context, token: &[u8]| client.open(token).map(|_| ());

    let mut altered = both();
    let mut token = altered.server.seal(b"a message").expect("a token");
    *token.last_mut().expect("a byte") ^= 1;
    let error = opened(&mut altered.client, &token).expect_err("altered");
    assert_ne!(error.major(), 0, "{error}");

    let mut replayed = both();
    let token = replayed.server.seal(b"a message").expect("a token");
    assert_eq!(opened(&mut replayed.client, &token), Ok(()));
    assert_eq!(opened(&mut replayed.client, &token), Err(Error::OutOfOrder));

    let mut skipped = both();
    skipped.server.seal(b"lost").expect("a token");
    let token = skipped.server.seal(b"a message").expect("a token");
    assert_eq!(opened(&mut skipped.client, &token), Err(Error::OutOfOrder));

    for token in [&b""[..], b"\x05", b"\x05\x04", &[0xff; 64]] {
        let error = opened(&mut both().client, token).expect_err("no token");
        assert_ne!(error.major(), 0, "{error}");
    }
}

const LAYOUTS: [Layout; 2] = [Layout::HeaderData, Layout::HeaderDataPadding];

/// As RFC 4757 has it, with a padding byte, which stays.
fn rc4_goes_both_ways(stage: &Stage) {
    let ann = stage.password(ANN).expect("a ticket");
    let mut both = stage.sign_in(stage.initiator(Some(&ann)));
    let message = b"a message, and more of it";
    for layout in LAYOUTS {
        let padded = [message.as_slice(), b"\x01"].concat();
        for to_server in [true, false] {
            let (from, to) = match to_server {
                true => (&mut both.client, &mut both.server),
                false => (&mut both.server, &mut both.client),
            };
            let token = from.seal(message).expect("a token");
            assert_eq!(to.open(&token), Err(Error::Framed));
            let (header, data) = token.split_at(token.len() - padded.len());
            assert_eq!(
                to.open_parts(header, data, layout).expect("the message"),
                padded
            );
        }
    }
}

/// Cut anywhere, and changed anywhere in what is before the text: it is refused, or it is the text all the same.
fn what_is_broken(stage: &Stage) {
    let ann = stage.password(ANN).expect("a ticket");
    let mut both = stage.sign_in(stage.initiator(Some(&ann)));
    let message = b"a message, and more of it";
    let token = both.server.seal(message).expect("a token");
    // with RC4-HMAC a padding byte comes last
    let header = token.len() - message.len() - usize::from(token.starts_with(b"\x60"));
    let mut broken: Vec<Vec<u8>> = (0..token.len())
        .map(|length| token[..length].to_vec())
        .collect();
    for place in 0..token.len() {
        for bit in 0..8 {
            let mut changed = token.clone();
            changed[place] ^= 1 << bit;
            broken.push(changed);
        }
    }
    for token in broken {
        let client = &mut both.client;
        let (start, end) = token.split_at(header.min(token.len()));
        let in_parts = [(start, end), (&token, b""), (b"", &token)];
        let opened = in_parts
            .map(|(header, data)| LAYOUTS.map(|layout| client.open_parts(header, data, layout)));
        let opened = opened.into_iter().flatten().chain([client.open(&token)]);
        for text in opened.flatten() {
            assert!(text.starts_with(message), "{token:x?}: {text:x?}");
        }
    }
}

/// Whatever the last byte is: `gss_unwrap` would take it for the length of a padding.
fn rc4_as_winrm_seals_it(stage: &Stage) {
    let ann = stage.password(ANN).expect("a ticket");
    let Some(mut winrm) = WinRm::start() else {
        return;
    };
    let mut client = winrm.accept(stage.initiator(Some(&ann)));
    for last in [b'\n', b'>', 0, 1, 8, 0xff] {
        for layout in LAYOUTS {
            for (how, padding) in [("padded", &b"\x01"[..]), ("unpadded", b"")] {
                let text = [&[b'x'; 190][..], &[last]].concat();
                let [header, data] = winrm.seal(how, &text);
                let opened = client.open_parts(&header, &data, layout);
                let whole = [&text, padding].concat();
                assert_eq!(opened, Ok(whole), "{how}, {last}, {layout:?}");
            }
        }
    }
}
