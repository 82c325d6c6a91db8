//! The floors: what the database and the HTTP library do when nothing else is asked of them.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use actix_web::{App, HttpServer, web};
use sea_orm::sqlx::{
    AssertSqlSafe, Connection, Sqlite, SqliteConnection, query,
    query::Query,
    sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tests::{TestApp, postgres};

use super::sample::{Own, Sample};

/// How the statements of a petition are sent to PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// One by one, in a transaction.
    OneByOne,
    /// As one statement: a WITH of inserts.
    Together,
}

/// The petitions a second that `pgbench` writes.
pub fn postgres(app: &TestApp, sample: &Sample, sent: Sent, clients: usize, length: Duration) -> f64 {
    // The ids ascend over all clients, as those of the product do.
    let own = |which| {
        let value = match which {
            Own::Id => "CAST(lpad(to_hex(CAST(@m AS bigint)), 32, '0') AS uuid)",
            Own::Number => "CAST(@m AS bigint)",
            Own::Code => "'PAKN.' || CAST(@m AS bigint)",
            Own::Key => "'key ' || CAST(@m AS bigint)",
        };
        value.to_owned()
    };
    // To pgbench a colon before a letter is a variable, inside a text too.
    let statements = sample.statements(own).into_iter().map(|sql| sql.replace(':', ": ").replace("@m", ":m"));
    let statements: Vec<String> = statements.collect();
    let sql = match sent {
        Sent::OneByOne => format!("BEGIN;\n{};\nCOMMIT;\n", statements.join(";\n")),
        Sent::Together => {
            let (last, first) = statements.split_last().unwrap();
            let named = first.iter().enumerate().map(|(number, sql)| format!("w{number} AS ({sql})"));
            format!("WITH {}\n{last};\n", named.collect::<Vec<_>>().join(",\n"))
        }
    };
    let mut script = tempfile::NamedTempFile::new().unwrap();
    let begin = match sent {
        Sent::OneByOne => 1_u64,
        Sent::Together => 2,
    };
    // Another range for each run on the same database.
    let first = (begin << 40) + (u64::try_from(clients).unwrap() << 32);
    write!(script, "\\set n :n + 1\n\\set m {first} + :n * 64 + :client_id\n{sql}").unwrap();
    let server = postgres::server().expect("PostgreSQL");
    server.pgbench(&app.database_url, script.path(), clients, length).unwrap_or_else(|error| panic!("{error}"))
}

/// The petitions a second that a loop writes to the file, so many in each commit.
pub async fn sqlite(app: &TestApp, sample: &Sample, in_a_commit: i64, length: Duration) -> f64 {
    let path = app.database_url.strip_prefix("sqlite://").unwrap();
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("secure_delete", "ON");
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let mut bound = Vec::new();
    let statements = sample.statements(|which| {
        bound.push(which);
        "?".to_owned()
    });
    // In the order of the statements, as many as each has.
    let mut bound = bound.into_iter();
    let statements: Vec<(String, Vec<Own>)> = statements
        .into_iter()
        .map(|sql| {
            let own = bound.by_ref().take(sql.matches('?').count()).collect();
            (sql, own)
        })
        .collect();
    let mut number = in_a_commit << 40;
    let (began, first) = (Instant::now(), number);
    while began.elapsed() < length {
        query("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
        for _ in 0..in_a_commit {
            number += 1;
            for (sql, own) in &statements {
                let statement = query(AssertSqlSafe(sql.as_str()));
                let statement = own.iter().fold(statement, |statement, own| bind(statement, *own, number));
                statement.execute(&mut connection).await.unwrap();
            }
        }
        query("COMMIT").execute(&mut connection).await.unwrap();
    }
    let rate = f64::from(u32::try_from(number - first).unwrap()) / began.elapsed().as_secs_f64();
    connection.close().await.unwrap();
    rate
}

type Bare<'q> = Query<'q, Sqlite, SqliteArguments>;

fn bind(statement: Bare<'_>, own: Own, number: i64) -> Bare<'_> {
    match own {
        Own::Id => statement.bind(i128::from(number).to_be_bytes().to_vec()),
        Own::Number => statement.bind(number),
        Own::Code => statement.bind(format!("PAKN.{number}")),
        Own::Key => statement.bind(format!("key {number}")),
    }
}

/// Answers "hello" until its parent ends it; prints where.
pub async fn hello() {
    let server = HttpServer::new(|| App::new().route("/", web::get().to(async || "hello")))
        .workers(2)
        .bind(("127.0.0.1", 0))
        .unwrap();
    println!("{}", server.addrs()[0]);
    server.run().await.unwrap();
}
