//! Which Exchange a server runs, and its cmdlets: the first questions of the first batch.

use mapisweep_core::{
    batch::{Answer, Answers, Batch, Number},
    exchange::{ExchangeServer, Failure, Gap, Generation, SnapIn, Version},
};

use super::{
    Server, ServerError,
    ask::{check, only},
    name::is_name_of,
};

/// Where the questions stand in the batch.
pub(super) struct Recognition {
    registered: Number,
    /// Snap-ins that are loaded, each only where those before it could not be.
    snap_ins: Vec<(SnapIn, Number)>,
    /// What Active Directory says of the server: with an answer, its cmdlets work.
    about: Number,
}

const REGISTERED: &str = "Get-PSSnapin";
const LOADED: &str = "Add-PSSnapin";
const ABOUT: &str = "Get-ExchangeServer";

impl Server {
    /// Asks which Exchange this is and loads its cmdlets, unless that is known; what follows needs what is returned.
    pub(super) fn ask_which_exchange(&self, batch: &mut Batch) -> Option<Recognition> {
        if self.about.is_some() {
            return None;
        }
        let registered = batch.ask(SnapIn::registered());
        let mut snap_ins = Vec::new();
        // there is none to be loaded at Exchange's own endpoint
        let likely = match self.own.is_taken() {
            true => Vec::new(),
            false => self.likely_snap_ins(),
        };
        for snap_in in likely {
            let before: Vec<_> = snap_ins.iter().map(|(_, number)| *number).collect();
            snap_ins.push((snap_in, batch.ask_if(snap_in.load(), &[], &before)));
        }
        Some(Recognition {
            registered,
            snap_ins,
            about: batch.ask(ExchangeServer::itself()),
        })
    }

    /// Those that mapisweep has a use for, the likeliest first: that of the generation that is known, or else the newest.
    fn likely_snap_ins(&self) -> Vec<SnapIn> {
        let known = self.described.as_ref().and_then(|known| known.version);
        let known = known.map(Version::generation);
        let mut generations = match known {
            Some(Generation::Exchange2007) => {
                vec![Generation::Exchange2007, Generation::Exchange2010]
            }
            _ => vec![Generation::Exchange2010, Generation::Exchange2007],
        };
        if self.needed.any_version {
            let place = match known {
                Some(Generation::Newer) => 0,
                _ => generations.len(),
            };
            generations.insert(place, Generation::Newer);
        }
        generations.into_iter().filter_map(SnapIn::of).collect()
    }

    /// Takes the answers in, and stops where mapisweep cannot help.
    pub(super) fn recognised(
        &mut self,
        answers: &Answers,
        recognition: Option<&Recognition>,
    ) -> Result<ExchangeServer, ServerError> {
        let (Some(recognition), None) = (recognition, &self.about) else {
            let about = self.about.clone();
            return self.of_use(about.ok_or(ServerError::NoAnswer { cmdlet: ABOUT })?);
        };
        let answer = |number| {
            let answer = answers.get(number);
            answer.ok_or(ServerError::NoAnswer { cmdlet: ABOUT })
        };
        let about = match only(ABOUT, answer(recognition.about)?) {
            Ok(row) => self.of_use(ExchangeServer::from_row(&row)?)?,
            Err(error) => {
                let error = self.not_recognised(answers, recognition, error);
                return Err(match self.own.take_failed() {
                    Some(own) => ServerError::NeitherWay {
                        snap_in: Box::new(error),
                        own: Box::new(own),
                    },
                    None => error,
                });
            }
        };
        self.is_the_same(&about)?;
        self.pass_on(REGISTERED, answer(recognition.registered)?);
        if self.own.is_taken() {
            // no later shell needs a snap-in
        } else if let Some((snap_in, loaded)) = recognition.loaded(answers, about.version) {
            self.detail("Exchange's cmdlets are asked by the snap-in on the plain endpoint");
            // its cmdlets are there: that it could not be loaded means that it had been
            for warning in &answer(loaded)?.warnings {
                self.remark(&format!("{LOADED}: {}", Gap::Warned(warning.clone())));
            }
            self.remote.begin_with(snap_in.load().pipeline(""));
        }
        self.pass_on(ABOUT, answer(recognition.about)?);
        self.compare_names(&about.name);
        self.about = Some(about.clone());
        Ok(about)
    }

    /// The same server, unless its Exchange is one where nothing can be done.
    fn of_use(&self, about: ExchangeServer) -> Result<ExchangeServer, ServerError> {
        match about.version {
            Some(version)
                if version.generation() == Generation::Newer && !self.needed.any_version =>
            {
                Err(ServerError::TooNew {
                    version: Some(version),
                })
            }
            _ => Ok(about),
        }
    }

    /// Why not: mostly there is no such cmdlet, because there is no such snap-in.
    pub(super) fn not_recognised(
        &self,
        answers: &Answers,
        recognition: &Recognition,
        error: ServerError,
    ) -> ServerError {
        let is_without_cmdlets = |error: &ServerError| match error {
            ServerError::Cmdlet { failure, .. } => *failure == Failure::UnknownCommand,
            // an earlier one ended everything
            error => matches!(error, ServerError::CutShort { .. }),
        };
        // what snap-ins there are says nothing of Exchange's own endpoint
        if !is_without_cmdlets(&error) || self.own.is_taken() {
            return error;
        }
        let Some(registered) = answers.get(recognition.registered) else {
            return error;
        };
        if let Err(error) = check(REGISTERED, registered) {
            return error;
        }
        let newest = SnapIn::newest_of(&registered.rows);
        match newest.map(|newest| newest.generation) {
            None => ServerError::NotExchange,
            Some(Generation::Newer) if !self.needed.any_version => ServerError::TooNew {
                version: self.described.as_ref().and_then(|known| known.version),
            },
            Some(generation) => {
                let mut tried = recognition.snap_ins.iter();
                let loaded = tried.find(|(snap_in, _)| snap_in.generation == generation);
                let loaded = loaded.and_then(|(_, number)| answers.get(*number));
                loaded
                    .and_then(|loaded| check(LOADED, loaded).err())
                    .unwrap_or(error)
            }
        }
    }

    /// Whether Exchange's own endpoint told of the computer that answers on the plain one.
    fn is_the_same(&self, about: &ExchangeServer) -> Result<(), ServerError> {
        match &self.computer {
            Some(computer)
                if self.own.is_taken() && !computer.eq_ignore_ascii_case(&about.name) =>
            {
                Err(ServerError::AnotherComputer {
                    expected: about.name.clone(),
                    answered: computer.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Says, once, where a name leads to a computer of another name.
    pub(super) fn compare_names(&mut self, computer: &str) {
        let is_said = std::mem::replace(&mut self.is_name_compared, true);
        if !is_said && self.stands_for.is_none() && !is_name_of(self.name(), computer) {
            self.remark(&format!(
                "{computer} answers to this name: an alias, or a load balancer; nothing else is looked at or acted on"
            ));
        }
    }
}

impl Recognition {
    /// What the questions after it need.
    pub(super) fn about(&self) -> Number {
        self.about
    }

    /// Which snap-ins there are.
    pub(super) fn registered(&self) -> Number {
        self.registered
    }

    /// The snap-in whose cmdlets answered: the one that could be loaded. Where none could be and they are there, one was
    /// there before: of those that are registered that of the server's version, or else the likeliest.
    pub(super) fn loaded(
        &self,
        answers: &Answers,
        version: Option<Version>,
    ) -> Option<(SnapIn, Number)> {
        let snap_ins = || self.snap_ins.iter().copied();
        let newly = snap_ins().find(|(_, number)| has_succeeded(answers, *number));
        let generation = version.map(Version::generation);
        let registered = answers.get(self.registered);
        let registered = registered.map_or(&[][..], |answer| &answer.rows);
        let there = || {
            let is_there = |snap_in: SnapIn| registered.is_empty() || snap_in.is_among(registered);
            snap_ins().filter(move |(snap_in, _)| is_there(*snap_in))
        };
        newly
            .or_else(|| there().find(|(snap_in, _)| Some(snap_in.generation) == generation))
            .or_else(|| there().next())
    }
}

fn has_succeeded(answers: &Answers, number: Number) -> bool {
    let answer = answers.get(number);
    answer.is_some_and(Answer::has_succeeded)
}
