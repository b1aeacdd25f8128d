//! `mapisweep config`: which file it is, what holds and why, whether it is right.

use std::path::PathBuf;

use super::WithoutSettings;
use crate::{
    cli::{
        Context,
        advice::Advice,
        args,
        error::CommandError,
        exit::Exit,
        peers,
        render::config::{Checked, File, FileBy, Found, Profiles, Settings as Shown},
        settings::Settings,
        text::{count, list, plain},
    },
    config::{
        self, Place,
        check::{Mistake, Table, mistakes, without},
    },
};
use mapisweep_core::config::{Config, ServerAddress};

/// Shows what would hold, or the profiles.
pub fn run(context: &Context, args: &args::Config) -> Result<Exit, CommandError> {
    match args {
        args::Config::Show(args) => {
            let settings = context.settings.all(args)?;
            let profile = context.settings.profile_name().unwrap_or("default");
            context.output.show(&Shown { settings, profile });
        }
        args::Config::Profiles => {
            let names = context.settings.profile_names().map(str::to_owned);
            let names = names.collect();
            context.output.show(&Profiles { names });
        }
        // both do without settings, which a mistake in the file would keep from being read
        args::Config::Path | args::Config::Check => {}
    }
    Ok(Exit::Done)
}

/// Tells which it is.
pub fn path(run: &WithoutSettings<'_>) -> Result<Exit, CommandError> {
    let Place { path, is_required } = place(run)?;
    let by = match (is_required, run.by_variable.config) {
        (false, _) => FileBy::Default,
        (true, true) => FileBy::Variable,
        (true, false) => FileBy::CommandLine,
    };
    let exists = path.exists();
    run.output.show(&File { path, exists, by });
    Ok(Exit::Done)
}

/// Tries it.
pub fn check(run: &WithoutSettings<'_>) -> Result<Exit, CommandError> {
    let place = place(run)?;
    let path = place.path.clone();
    let Some((path, text)) = config::text_at(place)? else {
        let path = path.display();
        let what = format!("{path} is not there, so nothing is configured.");
        let found = Vec::new();
        run.output.show(&Checked { found });
        run.output.noted(&Advice::new(what, ""));
        return Ok(Exit::Done);
    };
    let mistakes = mistakes(&text);
    let rest = without(&text, &mistakes);
    let mut found: Vec<_> = mistakes.into_iter().map(in_line).collect();
    match (rest, toml::from_str::<Config>(&text)) {
        (Some(config), _) => found.extend(in_use(run, &config)),
        // what each key by itself does not show
        (None, Err(error)) if found.is_empty() => found.push(Found::new(error.message(), "")),
        (None, _) => {}
    }
    tell(run, path, &text, found)
}

fn tell(
    run: &WithoutSettings<'_>,
    path: PathBuf,
    text: &str,
    found: Vec<Found>,
) -> Result<Exit, CommandError> {
    let (name, number) = (path.display().to_string(), found.len());
    let is_right = found.is_empty();
    run.output.show(&Checked { found });
    if !is_right {
        let mistakes = count(number, "mistake");
        return Err(CommandError::usage(format!("{name} has {mistakes}"), ""));
    }
    let profiles = toml::from_str::<Config>(text).map(|config| config.profiles);
    let profiles = profiles.unwrap_or_default().into_keys();
    let profiles = match list(profiles.map(|name| plain(&name))) {
        none if none.is_empty() => "it has no profiles".to_owned(),
        names => format!("profiles: {names}"),
    };
    run.printer.note(&format!("{name} is right; {profiles}."));
    Ok(Exit::Done)
}

/// What only shows when it is used: names, and the files that are named.
fn in_use(run: &WithoutSettings<'_>, config: &Config) -> Vec<Found> {
    let mut found = Vec::new();
    if let Some(file) = &config.helper
        && let Err(error) = peers::read_helper(file)
    {
        found.push(Found::of(error.advice));
    }
    for name in config.connect_to.keys() {
        if let Err(error) = name.parse::<ServerAddress>() {
            found.push(Found::new(&format!("connect-to: {error}"), ""));
        }
    }
    if let Err(error) = config.profile(run.by_variable.profile_name(run.global)) {
        found.push(Found::of(Advice::from(&error)));
    }
    let of_no_profile = Settings::of(config, None).mistakes();
    let of_no_profile: Vec<_> = of_no_profile.into_iter().map(Found::of).collect();
    for name in config.profiles.keys() {
        let mistakes = Settings::of(config, Some(name)).mistakes().into_iter();
        let in_profile = mistakes.map(|advice| Found {
            profile: Some(name.clone()),
            ..Found::of(advice)
        });
        let is_known = |found: &Found| {
            of_no_profile
                .iter()
                .any(|known| known.problem == found.problem)
        };
        found.extend(in_profile.filter(|found| !is_known(found)));
    }
    found.extend(of_no_profile);
    found
}

fn place(run: &WithoutSettings<'_>) -> Result<Place, CommandError> {
    let place = config::place(run.by_variable.config_file(run.global))?;
    place.ok_or_else(|| {
        CommandError::failed(
            "there is no home directory, and so no configuration",
            "Give --config FILE, or set XDG_CONFIG_HOME.",
        )
    })
}

fn in_line(mistake: Mistake) -> Found {
    let found = Found::of(Advice::from(&mistake));
    let profile = match mistake.table {
        Table::Profile(name) => Some(name),
        Table::File | Table::Protect | Table::ConnectTo => None,
    };
    Found {
        line: Some(mistake.line),
        profile,
        ..found
    }
}
