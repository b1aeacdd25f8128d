//! The simulated store: sessions pile up, are limited, and end with their connections.

use mapisweep_lab::{ConnectError, Lab, Refusal};

async fn lab() -> Lab {
    Lab::builder()
        .server("ex01", |s| s.exchange_2007())
        .user("jsmith", |u| u.named("John Smith"))
        .user("mjones", |u| u)
        .start()
        .await
        .unwrap()
}

#[tokio::test]
async fn the_33rd_session_of_a_user_is_refused_with_the_words_of_event_9646() {
    let lab = lab().await;
    lab.outlook("jsmith")
        .sessions(32)
        .connect()
        .await
        .unwrap()
        .lose_network();

    let refused = lab.outlook("jsmith").connect().await.unwrap_err();

    assert!(matches!(
        refused,
        ConnectError::Refused(Refusal::SessionLimit { limit: 32, .. })
    ));
    assert_eq!(
        refused.to_string(),
        "Mapi session \"/o=Example/ou=First Administrative Group/cn=Recipients/cn=jsmith\" exceeded the maximum of \
         32 objects of type \"session\"."
    );
    assert!(lab.outlook("mjones").connect().await.is_ok());
}

#[tokio::test]
async fn a_client_that_lost_its_network_keeps_its_sessions_and_one_that_quits_does_not() {
    let lab = lab().await;
    lab.outlook("jsmith")
        .sessions(3)
        .connect()
        .await
        .unwrap()
        .lose_network();
    let quitting = lab
        .outlook("mjones")
        .sessions(2)
        .connections(2)
        .connect()
        .await
        .unwrap();

    drop(quitting);
    while lab.server("ex01").sessions_of("mjones") > 0 {
        tokio::task::yield_now().await;
    }

    assert_eq!(lab.server("ex01").sessions_of("jsmith"), 3);
}

#[tokio::test]
async fn connections_are_listed_under_their_fictional_endpoints() {
    let lab = lab().await;
    let _outlook = lab
        .outlook("jsmith")
        .from("2001:db8::7")
        .connections(2)
        .connect()
        .await
        .unwrap();

    let rows = lab.server("ex01").connections();

    let clients: Vec<_> = rows.iter().filter(|row| row.remote.port() > 0).collect();
    assert_eq!(clients.len(), 2);
    assert_eq!(clients[0].local, "[fd00::b]:6001".parse().unwrap());
    assert_eq!(clients[0].remote, "[2001:db8::7]:49152".parse().unwrap());
    assert_eq!(
        (clients[0].pid, clients[0].image.as_str()),
        (2316, "store.exe")
    );
}

#[tokio::test]
async fn a_live_client_is_answered() {
    let lab = lab().await;
    let mut outlook = lab
        .outlook("jsmith")
        .connections(3)
        .connect()
        .await
        .unwrap();

    assert!(outlook.is_alive().await);
}
