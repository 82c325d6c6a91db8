//! PostgreSQL's own tools, driven: `pg_dump` and `pg_restore`, of the version of the server or a newer one.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::Context;
use percent_encoding::percent_decode_str;
use tokio::process::Command;
use url::Url;

/// A server, and how its tools are told where it is: by variables, so that no password stands on a command line.
pub(crate) struct Server {
    variables: Vec<(&'static str, String)>,
    /// `server_version_num`: 150012 is 15.12.
    version: u32,
}

impl Server {
    /// That of a URL.
    pub(crate) fn of(url: &str, version: &str) -> anyhow::Result<Self> {
        // Its errors name no part of the URL.
        let url = Url::parse(url).context("the database's URL")?;
        let version = version.parse().with_context(|| format!("the server's version is {version}"))?;
        Ok(Self { variables: variables(&url)?, version })
    }

    /// Writes a dump of what a snapshot shows.
    pub(crate) async fn dump(&self, tools: Option<&Path>, snapshot: &str, to: &Path) -> anyhow::Result<()> {
        let mut command = self.command(find("pg_dump", tools, self.version).await?);
        command.args(["--format=custom", "--compress=1", "--no-owner", "--no-privileges", "--lock-wait-timeout=30s"]);
        command.arg(format!("--snapshot={snapshot}")).arg("--file").arg(to);
        runs(command, "pg_dump").await
    }

    /// Puts a dump into an empty database, whole or not at all.
    pub(crate) async fn restore(&self, tools: Option<&Path>, dumped: &str, from: &Path) -> anyhow::Result<()> {
        // A dump of a newer tool may not be readable by an older one.
        let dumped = dumped.parse().with_context(|| format!("the backup is of version {dumped}"))?;
        let database = self.variables.iter().find(|(name, _)| *name == "PGDATABASE");
        let database = database.context("the database's URL names no database")?.1.clone();
        let mut command = self.command(find("pg_restore", tools, self.version.max(dumped)).await?);
        command.args(["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", "--dbname"]);
        command.arg(database).arg(from);
        runs(command, "pg_restore").await
    }

    fn command(&self, program: PathBuf) -> Command {
        let mut command = Command::new(program);
        command.arg("--no-password").envs(self.variables.iter().map(|(name, value)| (name, value)));
        // The words of `runs` are looked for in its messages.
        command.env("LC_ALL", "C").env_remove("PGSERVICE").env("PGAPPNAME", "pakn backup");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }
}

/// The variables that say the same as a URL.
fn variables(url: &Url) -> anyhow::Result<Vec<(&'static str, String)>> {
    let decoded = |text: &str| Ok::<_, anyhow::Error>(percent_decode_str(text).decode_utf8()?.into_owned());
    let parts = [
        ("PGHOST", url.host_str()),
        ("PGUSER", Some(url.username())),
        ("PGPASSWORD", url.password()),
        ("PGDATABASE", Some(url.path().trim_start_matches('/'))),
    ];
    let mut variables = Vec::new();
    for (name, part) in parts {
        if let Some(part) = part.filter(|part| !part.is_empty()) {
            variables.push((name, decoded(part)?));
        }
    }
    variables.extend(url.port().map(|port| ("PGPORT", port.to_string())));
    for (key, value) in url.query_pairs() {
        let name = match &*key {
            "host" => "PGHOST",
            "hostaddr" => "PGHOSTADDR",
            "port" => "PGPORT",
            "user" => "PGUSER",
            "password" => "PGPASSWORD",
            "dbname" => "PGDATABASE",
            "sslmode" | "ssl-mode" => "PGSSLMODE",
            "sslrootcert" | "ssl-root-cert" | "ssl-ca" => "PGSSLROOTCERT",
            "sslcert" | "ssl-cert" => "PGSSLCERT",
            "sslkey" | "ssl-key" => "PGSSLKEY",
            "options" => "PGOPTIONS",
            // Of the driver's, not of the server's.
            _ => continue,
        };
        // As the driver reads it: what comes later counts.
        variables.retain(|(known, _)| *known != name);
        variables.push((name, value.into_owned()));
    }
    Ok(variables)
}

/// Runs a tool to its end; what it said last is the error.
async fn runs(mut command: Command, name: &str) -> anyhow::Result<()> {
    let output = command.output().await.with_context(|| name.to_owned())?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    // One line: where an error is told, its cause stands in the first that has one.
    let told = said.lines().find(|line| line.contains("error")).or_else(|| said.lines().last()).unwrap_or_default();
    anyhow::bail!("{name} failed ({}): {}", output.status, told.trim_start_matches(&format!("{name}: ")))
}

/// A tool of at least that version: in a folder that is named, or of those on the PATH and where systems put them the one nearest to it.
async fn find(name: &str, tools: Option<&Path>, version: u32) -> anyhow::Result<PathBuf> {
    let wanted = version / 10_000;
    let candidates = match tools {
        Some(folder) => vec![folder.join(name)],
        None => {
            let mut candidates = installed(name);
            candidates.push(PathBuf::from(name));
            candidates
        }
    };
    let mut found = Vec::new();
    for program in candidates {
        if let Some(version) = version_of(&program).await {
            found.push((version, program));
        }
    }
    found.sort();
    let newest = found.last().map(|(version, _)| *version);
    match (found.into_iter().find(|(version, _)| *version >= wanted), newest) {
        (Some((_, program)), _) => Ok(program),
        (None, Some(newest)) => anyhow::bail!(
            "{name} is of version {newest}, and the server or the backup of {wanted}: install a newer one, or say where it is (--postgres-tools)"
        ),
        (None, None) => anyhow::bail!(
            "there is no {name}: install PostgreSQL's client programs (Debian: postgresql-client), or say where they are (--postgres-tools)"
        ),
    }
}

/// Where systems put the programs of each version.
fn installed(name: &str) -> Vec<PathBuf> {
    let folders = |folder: &str| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let debian = folders("/usr/lib/postgresql").map(|version| version.join("bin").join(name));
    let of_postgres =
        |path: &PathBuf| path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with("pgsql-"));
    let red_hat = folders("/usr").filter(of_postgres).map(|version| version.join("bin").join(name));
    debian.chain(red_hat).filter(|program| program.is_file()).collect()
}

/// The major version that a program says it has: `pg_dump (PostgreSQL) 15.12 (Debian 15.12-1)`.
async fn version_of(program: &Path) -> Option<u32> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().await.ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    let (_, version) = said.split_once("(PostgreSQL) ")?;
    version.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_becomes_variables_and_what_is_the_drivers_stays_away() {
        let url = "postgres://p%40kn:ge%2Fheim@db:5433/pakn?sslmode=require&statement-cache-capacity=0&password=anders";
        let server = Server::of(url, "150012").unwrap();
        let expected = [
            ("PGHOST", "db"),
            ("PGUSER", "p@kn"),
            ("PGDATABASE", "pakn"),
            ("PGPORT", "5433"),
            ("PGSSLMODE", "require"),
            ("PGPASSWORD", "anders"),
        ];
        assert_eq!(server.variables, expected.map(|(name, value)| (name, value.to_owned())));
        let socket = Server::of("postgres://pakn@%2Frun%2Fpostgresql/pakn", "150012").unwrap();
        assert_eq!(socket.variables[0], ("PGHOST", "/run/postgresql".to_owned()));
        assert!(Server::of("postgres://pakn:geheim", "x").is_err());
    }

    #[tokio::test]
    async fn a_tool_that_is_older_than_the_server_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let none = find("pg_dump", Some(folder.path()), 150_000).await.unwrap_err().to_string();
        assert!(none.starts_with("there is no pg_dump"), "{none}");
        let program = folder.path().join("pg_dump");
        fs::write(&program, "#!/bin/sh\necho 'pg_dump (PostgreSQL) 15.12 (Debian 15.12-1)'\n").unwrap();
        fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        assert_eq!(find("pg_dump", Some(folder.path()), 150_004).await.unwrap(), program);
        let old = find("pg_dump", Some(folder.path()), 160_000).await.unwrap_err().to_string();
        assert!(old.starts_with("pg_dump is of version 15, and the server or the backup of 16"), "{old}");
    }
}
