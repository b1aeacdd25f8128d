//! Answers that are none, and answers that do not arrive as they were meant.

use std::time::Duration;

use http_body_util::{
    Either, Full,
    channel::{Channel, Sender},
};
use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, PROXY_AUTHENTICATE},
};

use crate::fault::Breakage;

/// The connection ends here, without an answer or within one.
#[derive(Debug, thiserror::Error)]
#[error("the lab broke this connection on purpose")]
pub(super) struct BrokenOff;

/// A whole body, or one that comes in pieces.
pub(super) type Body = Either<Full<Bytes>, Channel<Bytes, BrokenOff>>;

/// Between two bytes of an answer that drips.
const DRIP: Duration = Duration::from_secs(1);
/// Until a client has read what is followed by the end of its connection.
const READING: Duration = Duration::from_millis(50);
/// What no answer is as long as.
const OVERSIZED: usize = 64 * 1024 * 1024;

const PAGE: &str = "<html><body><h1>Something went wrong.</h1></body></html>";

/// How a request is answered that is not acted upon; `None` where that is for the connection to know.
pub(super) fn instead(breakage: Breakage) -> Option<Response<Body>> {
    let (status, headers, body): (_, &[(HeaderName, &'static str)], _) = match breakage {
        Breakage::ProxyWantsSignIn => (
            StatusCode::PROXY_AUTHENTICATION_REQUIRED,
            &[(PROXY_AUTHENTICATE, "Negotiate")],
            "",
        ),
        Breakage::Status500 => (StatusCode::INTERNAL_SERVER_ERROR, &[], ""),
        Breakage::ErrorPage => (
            StatusCode::INTERNAL_SERVER_ERROR,
            &[(CONTENT_TYPE, "text/html")],
            PAGE,
        ),
        Breakage::Unavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            &[(CONTENT_TYPE, "text/html")],
            PAGE,
        ),
        Breakage::NoContent => (StatusCode::NO_CONTENT, &[], ""),
        Breakage::Redirect => (
            StatusCode::FOUND,
            &[(LOCATION, "http://elsewhere.corp.example/wsman")],
            "",
        ),
        Breakage::Garbage => (
            StatusCode::OK,
            &[(CONTENT_TYPE, "application/soap+xml")],
            "\u{7}?<",
        ),
        _ => return None,
    };
    let mut response = Response::new(Either::Left(Full::from(body)));
    *response.status_mut() = status;
    for (name, value) in headers {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    Some(response)
}

/// Has a body arrive as the breakage says, with the length to announce; `reset` resets the connection.
pub(super) fn spoil(
    breakage: Breakage,
    body: Bytes,
    reset: impl FnOnce() + Send + 'static,
) -> (Body, HeaderValue) {
    let announced = match breakage {
        Breakage::Oversized => OVERSIZED,
        _ => body.len(),
    };
    let (sender, channel) = Channel::new(1);
    tokio::spawn(async move {
        // a client that goes away is no concern of ours
        _ = feed(breakage, body, sender, reset).await;
    });
    (Either::Right(channel), HeaderValue::from(announced))
}

async fn feed(
    breakage: Breakage,
    body: Bytes,
    mut sender: Sender<Bytes, BrokenOff>,
    reset: impl FnOnce(),
) -> Result<(), http_body_util::channel::SendError> {
    let half = body.len() / 2;
    match breakage {
        Breakage::Truncated => {
            sender.send_data(body.slice(..half)).await?;
            tokio::time::sleep(READING).await;
            sender.abort(BrokenOff);
        }
        Breakage::ResetAmid => {
            sender.send_data(body.slice(..half)).await?;
            tokio::time::sleep(READING).await;
            reset();
        }
        Breakage::ResetOnceAnswered => {
            sender.send_data(body).await?;
            drop(sender);
            tokio::time::sleep(READING).await;
            reset();
        }
        Breakage::Drip => {
            for at in 0..body.len() {
                sender.send_data(body.slice(at..=at)).await?;
                tokio::time::sleep(DRIP).await;
            }
        }
        Breakage::Oversized => {
            let piece = Bytes::from(vec![b' '; 64 * 1024]);
            for _ in 0..OVERSIZED / piece.len() {
                sender.send_data(piece.clone()).await?;
            }
        }
        _ => sender.send_data(body).await?,
    }
    Ok(())
}
