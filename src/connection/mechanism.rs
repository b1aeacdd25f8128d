//! Which mechanism signs in, and running its steps where they hold up nobody.

use std::{sync::Arc, time::Duration};

use mapisweep_winrm::auth::{
    self, Mechanism, Scene, Step,
    basic::Basic,
    ntlm::{Ntlm, Random},
};
use rand::rngs::OsRng;
use tokio::time::timeout;

use super::{Error, Peer, SignIn, Way};
use crate::kerberos::{self, Granted, Kerberos, Person, Terms};

/// A fresh one for one socket; `scheme` is the name under which NTLM and Kerberos travel.
pub(super) fn new(peer: &Arc<Peer>, scheme: &'static str) -> Result<Box<dyn Mechanism>, Error> {
    let credential = &peer.credential;
    Ok(match &peer.options.sign_in {
        SignIn::Basic => Box::new(Basic::new(credential)?),
        SignIn::Kerberos(person) => kerberos(peer, person, scheme),
        SignIn::Auto(person) if peer.goes_by_kerberos(person) => kerberos(peer, person, scheme),
        SignIn::Auto(_) | SignIn::Ntlm => {
            let service = peer.options.service.of(peer.endpoint.host());
            let random = Random::new(&mut OsRng);
            Box::new(Ntlm::new(credential, service, scheme, random)?)
        }
    })
}

fn kerberos(peer: &Arc<Peer>, person: &Arc<Person>, scheme: &'static str) -> Box<dyn Mechanism> {
    let service = peer.options.service.of(peer.endpoint.host());
    let watched = Arc::clone(peer);
    let tell = move |granted: &Granted, delegation| {
        watched.goes(Way::Kerberos {
            principal: granted.principal.clone(),
            realm_from: granted.realm_from,
            service: service.clone(),
            delegation,
        });
    };
    let terms = Terms {
        person: Arc::clone(person),
        host: peer.endpoint.host().to_owned(),
        service: peer.options.service.clone(),
        delegate: peer.options.delegate,
        tell: Arc::new(tell),
    };
    Box::new(Kerberos::new(terms, scheme))
}

/// Takes a step. One that may wait for something of its own is taken on a thread, which is left to itself when nobody
/// waits for it any more, as after so much time.
pub(super) async fn step(
    mechanism: &mut Box<dyn Mechanism>,
    received: Option<Vec<u8>>,
    scene: Scene,
    limit: Duration,
) -> Result<Step, Error> {
    if !mechanism.may_block() {
        return mechanism.step(received.as_deref(), &scene).map_err(own);
    }
    let mut stepping = std::mem::replace(mechanism, Box::new(Away));
    let stepped = tokio::task::spawn_blocking(move || {
        let step = stepping.step(received.as_deref(), &scene);
        (stepping, step)
    });
    let stepped = timeout(limit, stepped).await;
    let stepped = stepped.map_err(|_| kerberos::Error::Silent { after: limit })?;
    let (back, step) = stepped.map_err(|_| auth::Error::Complete)?;
    *mechanism = back;
    step.map_err(own)
}

/// A mechanism's error, as ours where it comes from a mechanism of ours.
fn own(error: auth::Error) -> Error {
    match error {
        auth::Error::Outside(error) => match error.downcast::<kerberos::Error>() {
            Ok(error) => Error::Kerberos(*error),
            Err(other) => Error::SignIn(auth::Error::Outside(other)),
        },
        error => Error::SignIn(error),
    }
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
    use std::time::Instant;

    use mapisweep_winrm::auth::ChannelBinding;

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

    const LIMIT: Duration = Duration::from_secs(60);

    const SCENE: Scene = Scene {
        channel: ChannelBinding::NONE,
        now: 0,
    };

    /// On a runtime with one thread, which a step that blocked it would keep from everything else.
    #[tokio::test]
    async fn a_step_that_waits_holds_up_nobody_and_can_be_given_up() {
        let mut quick: Box<dyn Mechanism> = Box::new(Slow(Duration::from_millis(10)));
        let stepped = step(&mut quick, None, SCENE, LIMIT).await;
        assert!(matches!(stepped, Ok(Step::Send(token)) if token.expose() == b"token"));
        assert_eq!(quick.scheme(), "Slow");

        let mut slow: Box<dyn Mechanism> = Box::new(Slow(Duration::from_secs(2)));
        let began = Instant::now();
        let given_up = timeout(
            Duration::from_millis(50),
            step(&mut slow, None, SCENE, LIMIT),
        )
        .await;
        assert!(given_up.is_err());
        assert!(began.elapsed() < Duration::from_secs(1));
        assert!(
            step(&mut slow, None, SCENE, LIMIT).await.is_err(),
            "it is away"
        );

        let mut slow: Box<dyn Mechanism> = Box::new(Slow(Duration::from_secs(2)));
        let silent = step(&mut slow, None, SCENE, Duration::from_millis(50)).await;
        assert!(matches!(
            silent,
            Err(Error::Kerberos(kerberos::Error::Silent { .. }))
        ));
    }
}
