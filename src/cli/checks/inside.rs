//! What is there, once somebody is signed in.

use mapisweep_core::{
    exchange::{ExchangeServer, Failure, Generation, Limits, SessionLimit, SnapIn},
    helper_run::Listed,
};

use super::{Check, Finding};
use crate::{
    cli::{
        advice::Advice,
        text::{age, count, list},
    },
    servers::{BySnapIn, Cmdlets, Computer, Examined, ServerError},
};

/// What came of running the helper to list connections.
pub enum HelperRun {
    /// It ran and was removed.
    Listed(Listed),
    /// Not.
    Failed(ServerError),
    /// Nobody wanted it to.
    NotWanted,
    /// It had nowhere to run.
    NoPlace,
}

/// What was found on one server.
pub struct Inside<'a> {
    /// Its name.
    pub server: &'a str,
    /// What it has.
    pub examined: &'a Examined,
    /// What came of the helper.
    pub helper: &'a HelperRun,
    /// What to do about an error there.
    pub advise: &'a dyn Fn(&ServerError) -> Advice,
}

impl Inside<'_> {
    /// Each check, in their order.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = vec![self.powershell(), self.winrm(), self.language()];
        findings.extend(self.exchange());
        findings.extend([self.helper(), self.limits(), self.keep_alive()]);
        findings
    }

    fn advice(&self, error: &ServerError) -> Advice {
        (self.advise)(error)
    }

    fn powershell(&self) -> Finding {
        let check = Check::PowerShell;
        let Some(server) = &self.examined.powershell else {
            return Finding::for_want_of(check, Check::Shell);
        };
        let protocol = format!("remoting protocol {}", server.protocol);
        Finding::ok(
            check,
            match &server.powershell {
                Some(version) => format!("{version}, {protocol}"),
                None => protocol,
            },
        )
    }

    fn winrm(&self) -> Finding {
        let check = Check::WinRm;
        let computer = match self.computer(check) {
            Ok(computer) => computer,
            Err(finding) => return *finding,
        };
        let told = [
            computer.stack.clone(),
            computer
                .shells
                .map(|shells| format!("{shells} shells a user")),
            computer.allows_unencrypted.map(|allows| match allows {
                true => "takes messages that nothing seals".to_owned(),
                false => "takes sealed messages only".to_owned(),
            }),
        ];
        let told: Vec<_> = told.into_iter().flatten().collect();
        let found = match told.is_empty() {
            true => "it answers; its version and settings cannot be read".to_owned(),
            false => told.join(", "),
        };
        match computer.allows_unencrypted {
            Some(true) => Finding::warning(check, Advice::takes_unsealed(found, self.server)),
            _ => Finding::ok(check, found),
        }
    }

    fn language(&self) -> Finding {
        let check = Check::Language;
        match (&self.examined.refused_script, &self.examined.plain_failed) {
            (Some(error), _) => Finding::failed(check, self.advice(error)),
            (None, Some(_)) => Finding::for_want_of(check, Check::Shell),
            (None, None) => match &self.examined.computer {
                Err(error) if !error.is_unanswered() => Finding::failed(check, self.advice(error)),
                Err(_) if !self.has_run_scripts() => Finding::not_tried(check, EITHER),
                _ => Finding::ok(check, "scripts run"),
            },
        }
    }

    /// Whether a script is known to have run, whatever became of the first one.
    fn has_run_scripts(&self) -> bool {
        let has_told = matches!(self.examined.by_snap_in, Some(Ok(_)));
        has_told || matches!(self.helper, HelperRun::Listed(_))
    }

    /// What failed, or that it got no answer.
    fn failed(&self, check: Check, error: &ServerError) -> Finding {
        let advice = self.advice(error);
        let what = match error.is_unanswered() {
            true => format!("could not be asked: {}", advice.what),
            false => advice.what,
        };
        Finding::failed(check, Advice::new(what, advice.to_do))
    }

    /// The snap-in, Exchange, the second hop and the logons.
    fn exchange(&self) -> Vec<Finding> {
        let own = self.examined.by_own.as_ref();
        let by_snap_in = match &self.examined.by_snap_in {
            Some(Ok(by_snap_in)) => by_snap_in,
            Some(Err(error)) => {
                return self.without(self.failed(Check::SnapIn, error));
            }
            None => {
                return match own {
                    Some(own) => self.by_own(own, Finding::ok(Check::SnapIn, AT_OWN)),
                    None => self.without(Finding::for_want_of(Check::SnapIn, Check::Shell)),
                };
            }
        };
        let error = match &by_snap_in.told.about {
            Ok(about) => return self.told_by_snap_in(by_snap_in, about),
            Err(error) => error,
        };
        let at = why_not(error);
        let findings = self.without_directory(by_snap_in, at, error);
        match own {
            // it told what the snap-in could not
            Some(Ok(told)) if told.about.is_ok() => {
                let in_the_way = findings.into_iter().find(|finding| finding.check == at);
                let in_the_way = in_the_way.map(|finding| Finding {
                    state: super::State::Warning,
                    found: format!(
                        "{}; Exchange's own endpoint is asked instead",
                        finding.found
                    ),
                    ..finding
                });
                self.told_by_own(by_snap_in, told, in_the_way)
            }
            // what to do about both is in one advice
            _ => findings,
        }
    }

    fn told_by_snap_in(&self, by_snap_in: &BySnapIn, about: &ExchangeServer) -> Vec<Finding> {
        vec![
            self.snap_in(by_snap_in.loaded, about),
            self.version(about),
            Finding::ok(
                Check::SecondHop,
                "the cmdlets reach Active Directory from there",
            ),
            self.logons(&by_snap_in.told, about),
        ]
    }

    fn snap_in(&self, loaded: Option<SnapIn>, about: &ExchangeServer) -> Finding {
        let check = Check::SnapIn;
        let runs = about.version.map(|version| version.generation());
        match (loaded, runs) {
            (Some(snap_in), Some(runs)) if snap_in.generation != runs => Finding::warning(
                check,
                Advice::other_snap_in(
                    generation(snap_in.generation),
                    generation(runs),
                    self.server,
                ),
            ),
            (Some(snap_in), _) => {
                Finding::ok(check, format!("that of {}", generation(snap_in.generation)))
            }
            (None, _) => Finding::ok(check, "the cmdlets are there"),
        }
    }

    fn version(&self, about: &ExchangeServer) -> Finding {
        let check = Check::Exchange;
        let Some(version) = about.version else {
            return Finding::ok(check, "its version was not told");
        };
        match version.generation() {
            Generation::Newer => {
                let version = Some(version);
                Finding::failed(check, self.advice(&ServerError::TooNew { version }))
            }
            _ => Finding::ok(check, version.to_string()),
        }
    }

    fn logons(&self, told: &Cmdlets, about: &ExchangeServer) -> Finding {
        let check = Check::LogonStatistics;
        let is_newer = about
            .version
            .is_some_and(|version| version.generation() == Generation::Newer);
        if is_newer {
            return Finding::for_want_of(check, Check::Exchange);
        }
        match &told.logons {
            None => Finding::for_want_of(check, Check::Exchange),
            Some(Err(error)) => Finding::failed(check, self.advice(error)),
            Some(Ok((logons, gaps))) if gaps.is_empty() => {
                Finding::ok(check, count(*logons, "logon"))
            }
            Some(Ok((logons, gaps))) => Finding {
                is_incomplete: true,
                ..Finding::warning(
                    check,
                    Advice::partial(&count(*logons, "logon"), &list(gaps), self.server),
                )
            },
        }
    }

    /// Exchange's own endpoint alone was asked.
    fn by_own(&self, own: &Result<Cmdlets, ServerError>, snap_in: Finding) -> Vec<Finding> {
        let told = match own {
            Ok(told) => told,
            Err(error) => {
                return self.without(Finding::failed(Check::SnapIn, self.advice(error)));
            }
        };
        match &told.about {
            Ok(about) => vec![
                snap_in,
                self.version(about),
                Finding::not_tried(Check::SecondHop, NO_HOP),
                self.logons(told, about),
            ],
            Err(error) => {
                let mut findings = vec![snap_in];
                findings.push(Finding::failed(Check::Exchange, self.advice(error)));
                findings.push(Finding::not_tried(Check::SecondHop, NO_HOP));
                let check = Check::LogonStatistics;
                findings.push(Finding::for_want_of(check, Check::Exchange));
                findings
            }
        }
    }

    /// It told what the snap-in could not, for what is in the way there.
    fn told_by_own(
        &self,
        by_snap_in: &BySnapIn,
        told: &Cmdlets,
        in_the_way: Option<Finding>,
    ) -> Vec<Finding> {
        let snap_in = match by_snap_in.registered {
            Some(snap_in) => format!("that of {}", generation(snap_in.generation)),
            None => AT_OWN.to_owned(),
        };
        let mut findings = match &told.about {
            Ok(about) => vec![
                Finding::ok(Check::SnapIn, snap_in),
                self.version(about),
                Finding::not_tried(Check::SecondHop, NO_HOP),
                self.logons(told, about),
            ],
            Err(_) => Vec::new(),
        };
        for finding in &mut findings {
            if let Some(in_the_way) = in_the_way
                .as_ref()
                .filter(|in_the_way| in_the_way.check == finding.check)
            {
                finding.clone_from(in_the_way);
            }
        }
        findings
    }

    /// Nothing of Exchange is known, for this.
    fn without(&self, snap_in: Finding) -> Vec<Finding> {
        let others = [Check::Exchange, Check::SecondHop, Check::LogonStatistics];
        let others = others.map(|check| Finding::for_want_of(check, Check::SnapIn));
        std::iter::once(snap_in).chain(others).collect()
    }

    /// Active Directory was not read: what is known without, and what is in the way.
    fn without_directory(
        &self,
        by_snap_in: &BySnapIn,
        at: Check,
        error: &ServerError,
    ) -> Vec<Finding> {
        let name = by_snap_in
            .registered
            .map(|snap_in| generation(snap_in.generation));
        let checks = [
            Check::SnapIn,
            Check::Exchange,
            Check::SecondHop,
            Check::LogonStatistics,
        ];
        let finding = |check| match (check, name) {
            (check, _) if check == at => Finding::failed(check, self.advice(error)),
            (Check::SnapIn, Some(name)) => Finding::ok(check, format!("that of {name}")),
            (Check::Exchange, Some(name)) => Finding::ok(check, format!("{name}, by its snap-in")),
            (check, _) => Finding::for_want_of(check, at),
        };
        checks.map(finding).into()
    }

    fn helper(&self) -> Finding {
        let check = Check::Helper;
        match self.helper {
            HelperRun::Listed(listed) => Finding::ok(
                check,
                format!(
                    "it ran, listed {}, closed none, and was removed",
                    count(listed.connections.len() + listed.left_out, "connection")
                ),
            ),
            HelperRun::Failed(error) => Finding::failed(check, self.advice(error)),
            HelperRun::NotWanted => Finding::not_tried(check, "--no-helper"),
            HelperRun::NoPlace => Finding::for_want_of(check, Check::Shell),
        }
    }

    fn limits(&self) -> Finding {
        let check = Check::Limits;
        let computer = match self.computer(check) {
            Ok(computer) => computer,
            Err(finding) => return *finding,
        };
        match &computer.limits {
            Err(error) => Finding::warning(check, self.advice(error)),
            Ok(limits) => match limits.mapi.is_assumed() || limits.services.is_assumed() {
                true => Finding::warning(check, Advice::limits_assumed(&shown(limits))),
                false => Finding::ok(check, shown(limits)),
            },
        }
    }

    fn keep_alive(&self) -> Finding {
        let check = Check::KeepAlive;
        let computer = match self.computer(check) {
            Ok(computer) => computer,
            Err(finding) => return *finding,
        };
        match computer.keep_alive {
            Err(ref error) => Finding::warning(check, self.advice(error)),
            Ok(None) => Finding::warning(check, Advice::no_keep_alive_time(self.server)),
            Ok(Some(keep_alive)) if keep_alive.is_long() => {
                Finding::warning(check, Advice::long_keep_alive(keep_alive, self.server))
            }
            Ok(Some(keep_alive)) => Finding::ok(check, age(keep_alive.time())),
        }
    }

    /// What the plain endpoint says of the computer, or why this check was not tried.
    fn computer(&self, check: Check) -> Result<&Computer, Box<Finding>> {
        let computer = self.examined.computer.as_ref();
        computer.map_err(|error| {
            Box::new(match self.examined.plain_failed {
                Some(_) => Finding::for_want_of(check, Check::Shell),
                None if !error.is_unanswered() => Finding::for_want_of(check, Check::Language),
                None if check == Check::WinRm => self.failed(check, error),
                None => Finding::not_tried(check, EITHER),
            })
        })
    }
}

/// What was asked for together with WinRM's settings.
const EITHER: &str = "could not be asked either";
const AT_OWN: &str = "Exchange's own endpoint is asked";
const NO_HOP: &str = "Exchange's own endpoint makes none";

/// The findings where nobody came to look inside, for what is in the way there: the first server of a DAG, which could not
/// tell of the others.
pub fn without_a_look(error: &ServerError, advice: Advice) -> Option<Vec<Finding>> {
    let at = match error {
        ServerError::Cmdlet { .. }
        | ServerError::NotExchange
        | ServerError::TooNew { .. }
        | ServerError::NeitherWay { .. } => why_not(error),
        _ => return None,
    };
    let finding = |check| match check == at {
        true => Finding::failed(check, advice.clone()),
        false => Finding::for_want_of(check, at),
    };
    Some(Check::INSIDE.map(finding).into())
}

/// What keeps Active Directory from being read.
fn why_not(error: &ServerError) -> Check {
    match error {
        ServerError::NotExchange | ServerError::TooNew { .. } => Check::Exchange,
        ServerError::NeitherWay { snap_in, .. } => why_not(snap_in),
        ServerError::Cmdlet { failure, .. } => match failure {
            Failure::DirectoryOutOfReach => Check::SecondHop,
            Failure::NoSnapIn | Failure::UnknownCommand => Check::SnapIn,
            Failure::NoScripts | Failure::ConstrainedLanguage => Check::Language,
            _ => Check::Exchange,
        },
        _ => Check::SnapIn,
    }
}

fn generation(generation: Generation) -> &'static str {
    match generation {
        Generation::Older => "Exchange 2003 or earlier",
        Generation::Exchange2007 => "Exchange 2007",
        Generation::Exchange2010 => "Exchange 2010",
        Generation::Newer => "Exchange 2013 or later",
    }
}

fn shown(limits: &Limits) -> String {
    let one = |limit: SessionLimit| match limit.number() {
        Some(number) => number.to_string(),
        None => "any number of".to_owned(),
    };
    format!(
        "{} sessions a user, and {} of Exchange's services",
        one(limits.mapi),
        one(limits.services)
    )
}
