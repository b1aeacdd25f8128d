//! `mapisweep login` and `logout`: the password in the OS keyring.

use crate::{
    cli::{
        Context,
        args::{Identity, Login},
        checking::Checking,
        error::CommandError,
        exit::Exit,
        render::stored::Stored,
        text::plain,
    },
    config,
    credentials::{self, Look, keyring, prompt, remembered},
};

/// Tries a password, stores it, and remembers whose it is.
pub fn login(context: &Context, args: &Login) -> Result<Exit, CommandError> {
    if args.list {
        return list(context);
    }
    let identity = &args.servers.identity;
    let user = context.settings.required_user(identity)?;
    let account = context.settings.account(&user);
    let look = Look {
        standard_input: identity.password_stdin,
        prompt: prompt::is_possible(),
    };
    // before any thread exists, and the keyring makes some
    let checking = Checking::prepare(context, args)?;
    keyring::check()?; // before anybody types in vain
    let password = credentials::ask(&account.user, look)?;
    let checked = checking.check(&user, &password)?;
    keyring::store(&account, &password)?;
    if let Some(state_dir) = config::state_dir()
        && let Err(error) = config::make_state_dir(&state_dir)
            .and_then(|()| remembered::store(&state_dir, &account.user))
    {
        let user = &account.user;
        let note = format!("The name is not remembered ({error}): give --user {user} next time.");
        context.printer.note(&note);
    }
    context.printer.note(&format!(
        "The keyring now holds the password of {account}; {}.",
        plain(&checked.to_string())
    ));
    Ok(Exit::Done)
}

/// Shows whose passwords the keyring holds, and no password.
fn list(context: &Context) -> Result<Exit, CommandError> {
    let accounts = keyring::accounts()?;
    let exit = match accounts.is_empty() {
        true => {
            context.printer.note("The keyring holds no password.");
            Exit::NothingMatched
        }
        false => Exit::Done,
    };
    context.output.show(&Stored { accounts });
    Ok(exit)
}

/// Removes a password, and forgets whose it was.
pub fn logout(context: &Context, identity: &Identity) -> Result<Exit, CommandError> {
    let user = context.settings.required_user(identity)?;
    let account = context.settings.account(&user);
    let was_there = keyring::delete(&account)?;
    if let Some(state_dir) = config::state_dir()
        && account.profile.is_none()
    {
        // a name that cannot be forgotten is no secret
        _ = remembered::forget(&state_dir, &account.user);
    }
    match was_there {
        true => {
            context.printer.note(&format!(
                "The keyring no longer holds the password of {account}."
            ));
            Ok(Exit::Done)
        }
        false => {
            context
                .printer
                .note(&format!("The keyring held no password of {account}."));
            Ok(Exit::NothingMatched)
        }
    }
}
