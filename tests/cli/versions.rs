//! Exchange 2007, 2010 and 2016 in one run: each server is told of by what its version can tell, and none is held up by another.

use std::time::Duration;

use mapisweep_lab::{Lab, Staged};

use crate::support::{Mapisweep, stage};

/// One after the other, so that what is said of them comes in one order.
const ALL: &str = "--server ex07 --server ex10 --server ex16 --jobs 1";
const HOUR: Duration = Duration::from_secs(60 * 60);
const DN: &str = "/o=Example/ou=First Administrative Group/cn=Recipients/cn=";

/// `jsmith` is locked out on the first, `kim` on the second; on each somebody was kept out a minute ago.
async fn three_versions() -> Staged {
    let servers = Lab::builder()
        .server("ex07", |server| server.exchange_2007())
        .server("ex10", |server| server.exchange_2010().database("DB10"))
        .server("ex16", |server| server.exchange_2016().database("DB16"))
        .user("kim", |kim| kim.mailbox_in("DB10"))
        .user("lee", |lee| lee.mailbox_in("DB16"));
    let staged = stage(servers).await;
    let laptop = staged.lab.outlook("kim").from("10.1.5.5").named("KIM-LT");
    let laptop = laptop.sessions(32).connections(2).since(48 * HOUR);
    let laptop = laptop.idle(24 * HOUR).connect().await;
    laptop.expect("there is room").lose_network();
    for (server, account) in [("ex07", "jsmith"), ("ex10", "kim"), ("ex16", "lee")] {
        let dn = format!("{DN}{account}");
        let server = staged.lab.server(server);
        server.log_9646(Duration::from_secs(60), [&dn, "32", "session"]);
    }
    staged
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_told_of_by_what_its_version_can() {
    for (name, line, code) in [
        ("logons", "logons", 1),
        ("connections", "connections", 0),
        ("victims", "victims", 0),
        ("dag", "dag", 0),
        ("sweep", "sweep --dry-run", 1),
        ("close", "close jsmith kim lee --yes", 1),
    ] {
        let staged = three_versions().await;
        let ran = Mapisweep::on(&staged.lab).args(&format!("{line} {ALL}"));
        let ran = ran.run().await;
        insta::assert_snapshot!(name, ran.shown());
        let ran = ran.exits(code);
        for server in ["ex07", "ex10", "ex16"] {
            let server = staged.lab.server(server);
            assert!(server.leftovers().is_empty(), "{name}\n{ran}");
        }
        let closes = name == "close";
        for (server, closed) in [("ex07", 31), ("ex10", 2), ("ex16", 0)] {
            let resets = staged.lab.server(server).resets().len();
            assert_eq!(
                resets,
                if closes { closed } else { 0 },
                "{name} {server}\n{ran}"
            );
        }
    }
}
