//! Every setting that would hold, for `mapisweep config show`.

use std::{fmt, time::Duration};

use jiff::SignedDuration;
use mapisweep_core::config::{ExchangeEndpoint, Proxy, ProxyProtocol, Transport};
use mapisweep_winrm::{auth::Method, endpoint::host_and_port};

use super::{
    NamedBy, Settings, Trusted,
    held::{Held, Origin},
};
use crate::cli::{
    args::{ConfigShow, PROFILE_VARIABLE, Servers, USER_VARIABLE},
    error::CommandError,
};

/// One value of a setting; a list has one for each of its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The setting, as the configuration file calls it.
    pub name: &'static str,
    /// The value; nothing where nobody says any and there is no default.
    pub value: Option<String>,
    /// Who says so.
    pub from: Origin,
}

impl Settings {
    /// All of them, as they would hold for this command line. There is no secret in them.
    pub fn all(&self, args: &ConfigShow) -> Result<Vec<Setting>, CommandError> {
        let servers = &args.servers;
        let mut settings = vec![self.profile_shown()];
        settings.extend(self.servers_shown(servers)?);
        settings.extend(self.reaching_shown(servers)?);
        settings.extend(self.signing_in_shown(servers)?);
        settings.extend(self.closing_shown(args));
        Ok(settings)
    }

    /// What the profile is called that was asked for, if one was.
    pub fn profile_name(&self) -> Option<&str> {
        self.profile_name.as_deref()
    }

    fn profile_shown(&self) -> Setting {
        let from = match (&self.profile_name, self.by_variable.profile) {
            (None, _) => Origin::Default,
            (Some(_), true) => Origin::Variable(PROFILE_VARIABLE),
            (Some(_), false) => Origin::CommandLine,
        };
        let is_there = self.config.profiles.contains_key("default");
        let usual = is_there.then(|| "default".to_owned());
        Setting {
            name: "profile",
            value: self.profile_name.clone().or(usual),
            from,
        }
    }

    fn servers_shown(&self, args: &Servers) -> Result<Vec<Setting>, CommandError> {
        let Held { value: named, from } = self.named(args)?;
        let mut shown = each("servers", from, &named.servers);
        shown.extend(each("dag", from, &named.dag));
        let domains = [
            (&args.allow_member_domain, Origin::CommandLine),
            (&self.profile.member_domains, Origin::Profile),
        ];
        let domains = domains
            .into_iter()
            .filter(|(domains, _)| !domains.is_empty());
        shown.extend(domains.flat_map(|(domains, from)| each("member-domains", from, domains)));
        Ok(shown)
    }

    fn reaching_shown(&self, args: &Servers) -> Result<Vec<Setting>, CommandError> {
        let transport = match self.transport_from(args) {
            Some(held) => one("transport", held, transport_word),
            None => Setting {
                name: "transport",
                value: Some("http, or https at port 5986".to_owned()),
                from: Origin::Default,
            },
        };
        let Held {
            value: trusted,
            from,
        } = self.trusted_from(args);
        let trusted = match trusted {
            Trusted::System => each("ca-file", from, ["the system's certificates"]),
            Trusted::File(file) => each("ca-file", from, [file.display()]),
            Trusted::Pins(pins) => each("pin", from, pins),
        };
        let connect_to = self.connect_to_from(args).into_iter().map(|held| {
            let to = held.value;
            let port = to.port.map_or_else(String::new, |port| format!(":{port}"));
            let target = host_and_port(&to.target.host, to.target.port);
            let value = format!("{}{port}={target}", to.name);
            each("connect-to", held.from, [value])
        });
        let mut shown = vec![transport];
        shown.extend(trusted);
        shown.push(one("proxy", self.proxy_from(args)?, proxy_word));
        shown.extend(connect_to.flatten());
        shown.extend([
            one("timeout", self.timeout_from(args), time),
            one("step-timeout", self.step_timeout_from(args), time),
            one("jobs", self.jobs_from(args), |jobs| jobs.to_string()),
            one(
                "exchange-endpoint",
                self.exchange_endpoint_from(args),
                endpoint_word,
            ),
        ]);
        Ok(shown)
    }

    fn signing_in_shown(&self, args: &Servers) -> Result<Vec<Setting>, CommandError> {
        let identity = &args.identity;
        let user = self.user(identity)?.map(|named| Held {
            value: named.user.to_string(),
            from: match named.by {
                NamedBy::CommandLine => Origin::CommandLine,
                NamedBy::Variable => Origin::Variable(USER_VARIABLE),
                NamedBy::Profile => Origin::Profile,
                NamedBy::Login => Origin::Login,
                NamedBy::Ticket => Origin::Default,
            },
        });
        Ok(vec![
            optional("user", user),
            one("auth", self.method_from(identity), method_word),
            optional("realm", self.realm_from(identity)),
            optional("kdc", self.kdc_from(identity)),
            one("spn", self.service_from(args), |spn| spn.to_string()),
            one("delegation", self.delegation_from(args), |is| {
                is.to_string()
            }),
            one("channel-binding", self.channel_binding_from(args), |is| {
                is.to_string()
            }),
        ])
    }

    fn closing_shown(&self, args: &ConfigShow) -> Vec<Setting> {
        let helper = self.helper_from(&args.helper);
        let helper = helper.map(|Held { value, from }| Held {
            value: value.display().to_string(),
            from,
        });
        let built_in = || Held {
            value: "the one built in".to_owned(),
            from: Origin::Default,
        };
        let mut shown = vec![
            one("idle", self.idle_from(args.idle), time),
            one("max", self.max_from(args.max), |max| max.to_string()),
            optional("helper", Some(helper.unwrap_or_else(built_in))),
        ];
        let protect = self.config.protect.iter();
        let protect = protect.map(|rule| match rule.reason.as_str() {
            "" => rule.network.0.to_string(),
            reason => format!("{} ({reason})", rule.network.0),
        });
        let protect: Vec<_> = protect.collect();
        if !protect.is_empty() {
            shown.extend(each("protect", Origin::File, protect));
        }
        shown
    }
}

fn one<T>(name: &'static str, held: Held<T>, word: impl Fn(&T) -> String) -> Setting {
    Setting {
        name,
        value: Some(word(&held.value)),
        from: held.from,
    }
}

fn optional<T: fmt::Display>(name: &'static str, held: Option<Held<T>>) -> Setting {
    match held {
        Some(held) => one(name, held, T::to_string),
        None => Setting {
            name,
            value: None,
            from: Origin::Default,
        },
    }
}

/// One for each; one without a value where there is none.
fn each<T: fmt::Display>(
    name: &'static str,
    from: Origin,
    values: impl IntoIterator<Item = T>,
) -> Vec<Setting> {
    let values = values.into_iter().map(|value| Setting {
        name,
        value: Some(value.to_string()),
        from,
    });
    let mut shown: Vec<_> = values.collect();
    if shown.is_empty() {
        shown.push(Setting {
            name,
            value: None,
            from: Origin::Default,
        });
    }
    shown
}

/// As it is written, to the second.
fn time(time: &Duration) -> String {
    SignedDuration::try_from(*time).map_or_else(
        |_| format!("{}s", time.as_secs()),
        |time| format!("{time:#}"),
    )
}

fn transport_word(transport: &Transport) -> String {
    match transport {
        Transport::Http => "http",
        Transport::Https => "https",
    }
    .to_owned()
}

fn endpoint_word(endpoint: &ExchangeEndpoint) -> String {
    match endpoint {
        ExchangeEndpoint::Auto => "auto",
        ExchangeEndpoint::Own => "own",
        ExchangeEndpoint::SnapIn => "snap-in",
    }
    .to_owned()
}

fn method_word(method: &Method) -> String {
    match method {
        Method::Auto => "auto",
        Method::Kerberos => "kerberos",
        Method::Ntlm => "ntlm",
        Method::Basic => "basic",
    }
    .to_owned()
}

/// Whose password is never in it: one in the URL is refused when that is read.
fn proxy_word(proxy: &Option<Proxy>) -> String {
    let Some(proxy) = proxy else {
        return "none".to_owned();
    };
    let scheme = match proxy.protocol {
        ProxyProtocol::Http => "http",
        ProxyProtocol::Socks5 => "socks5",
    };
    let user = proxy.user.as_ref();
    let user = user.map_or_else(String::new, |user| format!("{user}@"));
    format!("{scheme}://{user}{proxy}")
}
