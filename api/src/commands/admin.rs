//! `pakn admin create`.

use std::{io::Read, process::ExitCode};

use clap::Subcommand;
use domain::{
    account::{Login, Role},
    password::check_password,
    text::FullName,
};

use crate::{
    admin::{NewStaff, add_staff},
    auth::{Cost, Passwords},
    problem::Code,
    settings::Settings,
};

#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// Make an administrator; also beside a running server.
    Create {
        /// A login name, a phone number or an e-mail address.
        #[arg(long)]
        login: String,
        /// The person's name.
        #[arg(long, default_value = "Quản trị hệ thống")]
        full_name: String,
        /// Read the password from standard input (a line end after it is not part of it); otherwise one is made and printed.
        #[arg(long)]
        password_stdin: bool,
    },
}

pub(super) async fn run(settings: &Settings, cost: Cost, command: AdminCommand) -> anyhow::Result<ExitCode> {
    let AdminCommand::Create { login, full_name, password_stdin } = command;
    let login = Login::parse(&login)?;
    let full_name = FullName::parse(&full_name)?;
    let password = if password_stdin {
        let mut password = String::new();
        std::io::stdin().read_to_string(&mut password)?;
        let password = password.trim_end_matches(['\r', '\n']).to_owned();
        check_password(&password, Some(&login)).map_err(|fault| anyhow::anyhow!("the password {fault}"))?;
        Some(password)
    } else {
        None
    };
    let store = super::prepare(settings).await?;
    let passwords = Passwords::new(cost).map_err(|error| anyhow::anyhow!("argon2: {error}"))?;
    let name = login.as_str().to_owned();
    let new = NewStaff { login, full_name, role: Role::Admin, agency: None, password };
    match add_staff(&store, &passwords, None, new).await {
        Ok((_, made)) => {
            say!("administrator {name} created")?;
            if let Some(password) = made {
                say!("password {password} (shown this once; to be changed at the first sign-in)")?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(problem) if problem.code == Code::LoginTaken => anyhow::bail!("the login {name} is taken"),
        Err(problem) => anyhow::bail!("{problem}"),
    }
}
