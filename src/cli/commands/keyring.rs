//! `mapisweep login`, `logout` and `whoami`: the password in the OS keyring.

use crate::{
    cli::{
        Context,
        advice::Advice,
        args::Identity,
        error::CommandError,
        exit::Exit,
        render::{render, whoami::Whoami},
    },
    config,
    credentials::{self, Look, Notice, keyring, prompt, remembered},
};

/// Stores a password, and remembers whose it is.
pub fn login(context: &Context, identity: &Identity) -> Result<Exit, CommandError> {
    let user = context.settings.required_user(identity)?.to_string();
    let look = Look {
        standard_input: identity.password_stdin,
        prompt: prompt::is_possible(),
    };
    keyring::check()?; // before anybody types in vain
    let password = credentials::ask(&user, look)?;
    keyring::store(&user, &password)?;
    if let Some(state_dir) = config::state_dir()
        && let Err(error) = remembered::store(&state_dir, &user)
    {
        let note = format!("The name is not remembered ({error}): give --user {user} next time.");
        context.printer.note(&note);
    }
    context
        .printer
        .note(&format!("The keyring now holds the password of {user}."));
    Ok(Exit::Done)
}

/// Removes a password, and forgets whose it was.
pub fn logout(context: &Context, identity: &Identity) -> Result<Exit, CommandError> {
    let user = context.settings.required_user(identity)?.to_string();
    let was_there = keyring::delete(&user)?;
    if let Some(state_dir) = config::state_dir() {
        // a name that cannot be forgotten is no secret
        _ = remembered::forget(&state_dir, &user);
    }
    match was_there {
        true => {
            context.printer.note(&format!(
                "The keyring no longer holds the password of {user}."
            ));
            Ok(Exit::Done)
        }
        false => {
            context
                .printer
                .note(&format!("The keyring held no password of {user}."));
            Ok(Exit::NothingMatched)
        }
    }
}

/// Shows who would sign in, and where the password would come from; asks nobody and no server.
pub fn whoami(context: &Context, identity: &Identity) -> Result<Exit, CommandError> {
    let Some(named) = context.settings.user(identity)? else {
        context.printer.note(
            r"Nobody would sign in: give --user 'CORP\ann', or run `mapisweep login --user 'CORP\ann'` once.",
        );
        return Ok(Exit::NothingMatched);
    };
    let user = named.user.to_string();
    let look = Look {
        standard_input: identity.password_stdin,
        prompt: false,
    };
    let mut source = None;
    let found = credentials::find(&user, look, |notice| {
        if let Notice::FoundIn(here) = notice {
            source = Some(here);
        }
    });
    match found {
        Ok(_) => {}
        Err(credentials::Error::Nowhere {
            keyring: Some(error),
            ..
        }) => {
            context.printer.note(&Advice::from(&error).what);
        }
        Err(credentials::Error::Nowhere { keyring: None, .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let view = Whoami {
        user,
        named_by: named.by,
        source,
    };
    context.printer.result(&render(&view, &[], context.format));
    Ok(Exit::Done)
}
