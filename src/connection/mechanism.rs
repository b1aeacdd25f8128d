//! Which mechanism signs in, and running its steps where they hold up nobody.

use mapisweep_winrm::auth::{
    self, Mechanism, Method, Scene, Step,
    basic::Basic,
    ntlm::{Ntlm, Random},
};
use rand::rngs::OsRng;

use super::{Error, Peer};

/// A fresh one for one socket; `scheme` is the name under which NTLM travels.
pub(super) fn new(peer: &Peer, scheme: &'static str) -> Result<Box<dyn Mechanism>, Error> {
    let credential = &peer.credential;
    Ok(match peer.options.method {
        Method::Ntlm => {
            let random = Random::new(&mut OsRng);
            Box::new(Ntlm::new(
                credential,
                peer.endpoint.service(),
                scheme,
                random,
            )?)
        }
        Method::Basic => Box::new(Basic::new(credential)?),
    })
}

/// Takes a step. One that may wait for something of its own is taken on a thread that is left to itself when nobody
/// waits for it any more.
pub(super) async fn step(
    mechanism: &mut Box<dyn Mechanism>,
    received: Option<Vec<u8>>,
    scene: Scene,
) -> Result<Step, Error> {
    if !mechanism.may_block() {
        return Ok(mechanism.step(received.as_deref(), &scene)?);
    }
    let mut stepping = std::mem::replace(mechanism, Box::new(Away));
    let stepped = tokio::task::spawn_blocking(move || {
        let step = stepping.step(received.as_deref(), &scene);
        (stepping, step)
    });
    let (back, step) = stepped.await.map_err(|_| auth::Error::Complete)?;
    *mechanism = back;
    Ok(step?)
}

/// Stands in for a mechanism that is on its thread. A step that was given up cannot be gone on from.
struct Away;

impl Mechanism for Away {
    fn scheme(&self) -> &'static str {
        ""
    }

    fn step(&mut self, _received: Option<&[u8]>, _scene: &Scene) -> Result<Step, auth::Error> {
        Err(auth::Error::Complete)
    }

    fn reveals_password(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use mapisweep_winrm::auth::ChannelBinding;
    use tokio::time::timeout;

    use super::*;

    /// Waits, as if for a KDC.
    struct Slow(Duration);

    impl Mechanism for Slow {
        fn scheme(&self) -> &'static str {
            "Slow"
        }

        fn step(&mut self, _received: Option<&[u8]>, _scene: &Scene) -> Result<Step, auth::Error> {
            std::thread::sleep(self.0);
            Ok(Step::Send(b"token".to_vec().into()))
        }

        fn reveals_password(&self) -> bool {
            false
        }

        fn may_block(&self) -> bool {
            true
        }
    }

    const SCENE: Scene = Scene {
        channel: ChannelBinding::NONE,
        now: 0,
    };

    /// On a runtime with one thread, which a step that blocked it would keep from everything else.
    #[tokio::test]
    async fn a_step_that_waits_holds_up_nobody_and_can_be_given_up() {
        let mut quick: Box<dyn Mechanism> = Box::new(Slow(Duration::from_millis(10)));
        let stepped = step(&mut quick, None, SCENE).await;
        assert!(matches!(stepped, Ok(Step::Send(token)) if token.expose() == b"token"));
        assert_eq!(quick.scheme(), "Slow");

        let mut slow: Box<dyn Mechanism> = Box::new(Slow(Duration::from_secs(2)));
        let began = Instant::now();
        let given_up = timeout(Duration::from_millis(50), step(&mut slow, None, SCENE)).await;
        assert!(given_up.is_err());
        assert!(began.elapsed() < Duration::from_secs(1));
        assert!(step(&mut slow, None, SCENE).await.is_err(), "it is away");
    }
}
