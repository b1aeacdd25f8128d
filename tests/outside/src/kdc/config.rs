//! The files that the KDC and its clients read.

use std::{fs, net::Ipv4Addr, path::Path};

use super::builder::{Builder, Realm};

pub const CLIENT: &str = "krb5.conf";
pub const CLIENT_WITHOUT_KDC: &str = "krb5-without-kdc.conf";
pub const CLIENT_WITHOUT_REALM: &str = "krb5-without-realm.conf";
pub const KDC: &str = "kdc.conf";
pub const KEYTAB: &str = "services.keytab";
pub const LOG: &str = "kdc.log";

/// Of every key that there may be.
pub const ENCTYPES: [&str; 3] = [
    "aes256-cts-hmac-sha1-96",
    "aes128-cts-hmac-sha1-96",
    "arcfour-hmac",
];

/// Writes all of them.
pub fn write(builder: &Builder, folder: &Path, port: u16) {
    let put = |name, text: String| fs::write(folder.join(name), text).expect("the KDC's folder");
    let settings = settings(builder, folder);
    let known = realms(builder);
    let places = places(builder, port);
    let logging = logging(folder);
    let default = format!(" default_realm = {}\n", builder.realms[0].name);
    put(
        CLIENT,
        format!("{settings}{default}{known}{places}{logging}"),
    );
    put(CLIENT_WITHOUT_KDC, format!("{settings}{default}{known}"));
    put(CLIENT_WITHOUT_REALM, settings);
    put(KDC, kdc(builder, folder, port));
}

/// What a client's configuration begins with. It is not asked for forwardable tickets, nor kept from reverse look-ups:
/// few systems' are.
fn settings(builder: &Builder, folder: &Path) -> String {
    let folder = folder.display();
    let mut text = format!(
        "[libdefaults]\n \
         dns_lookup_kdc = false\n \
         dns_lookup_realm = false\n \
         default_ccache_name = FILE:{folder}/default-cache\n"
    );
    if builder.rc4_only {
        text +=
            " allow_weak_crypto = true\n allow_rc4 = true\n permitted_enctypes = arcfour-hmac\n";
    }
    text + &addresses(builder.ticket_size)
}

/// Has the client ask for tickets that are good for so many addresses, some on a line.
fn addresses(ticket_size: usize) -> String {
    /// What one takes in a ticket, RFC 4120 5.2.5.
    const SIZE: usize = 15;
    if ticket_size == 0 {
        return String::new();
    }
    let number = u32::try_from(ticket_size.div_ceil(SIZE)).expect("a ticket");
    let all: Vec<_> = (0..number)
        .map(|at| Ipv4Addr::from_bits(0x0a00_0000 + at).to_string())
        .collect();
    let line = |some: &[String]| format!(" extra_addresses = {}\n", some.join(" "));
    let lines: String = all.chunks(50).map(line).collect();
    format!(" noaddresses = false\n extra_addresses = 127.0.0.1\n{lines}")
}

/// Whose hosts are in which realm.
fn realms(builder: &Builder) -> String {
    let line = |realm: &Realm| {
        let (name, domain) = (&realm.name, realm.name.to_lowercase());
        format!(" .{domain} = {name}\n {domain} = {name}\n")
    };
    let lines: String = builder.realms.iter().map(line).collect();
    format!("[domain_realm]\n{lines}")
}

fn places(builder: &Builder, port: u16) -> String {
    let line = |realm: &Realm| format!(" {} = {{\n  kdc = 127.0.0.1:{port}\n }}\n", realm.name);
    let lines: String = builder.realms.iter().map(line).collect();
    format!("[realms]\n{lines}")
}

/// What the KDC and its tools say. Clients write no log.
fn logging(folder: &Path) -> String {
    let folder = folder.display();
    format!("[logging]\n kdc = FILE:{folder}/{LOG}\n default = FILE:{folder}/tools.log\n")
}

fn kdc(builder: &Builder, folder: &Path, port: u16) -> String {
    let mut text = format!(
        "[kdcdefaults]\n kdc_listen = 127.0.0.1:{port}\n kdc_tcp_listen = 127.0.0.1:{port}\n\
         [realms]\n"
    );
    let enctypes = match builder.rc4_only {
        true => "arcfour-hmac:normal",
        false => "aes256-cts:normal aes128-cts:normal",
    };
    let life = builder.ticket_life.as_secs();
    let folder = folder.display();
    for Realm { name, .. } in &builder.realms {
        text += &format!(
            " {name} = {{\n  \
             database_name = {folder}/{name}.db\n  \
             key_stash_file = {folder}/{name}.stash\n  \
             acl_file = {folder}/acl\n  \
             max_life = {life}s\n  \
             max_renewable_life = 7d\n  \
             supported_enctypes = {enctypes}\n }}\n"
        );
    }
    text
}
