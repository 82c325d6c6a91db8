//! What one petition writes, as SQL: the rows of one that was really sent, with another id, number, code and key each time.

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use tests::{Draft, Engine, TestApp};

/// The tables that a petition without files writes to, each with the column that says whose the row is.
const TABLES: [(&str, &str); 5] = [
    ("petition", "id"),
    ("petition_search", "petition_id"),
    ("event", "petition_id"),
    ("words", "petition_id"),
    ("idempotency_key", "petition_id"),
];

/// What is another value for each petition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    Id,
    Number,
    Code,
    Key,
}

/// A value of a row.
#[derive(Debug, Clone)]
enum Cell {
    Own(Own),
    /// As a literal of the engine.
    Same(String),
}

/// The rows of one table.
#[derive(Debug)]
struct Insert {
    table: &'static str,
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// The rows of one petition.
#[derive(Debug)]
pub struct Sample(Vec<Insert>);

impl Sample {
    /// Sends one and reads what it wrote.
    pub async fn take(app: &TestApp) -> Self {
        let citizen = app.citizen().await;
        citizen
            .post_with(
                "petitions",
                ("idempotency-key", "mẫu".escape_unicode().to_string().as_str()),
                &Draft::street_lamp().0,
            )
            .await
            .expect(201);
        let mut options = ConnectOptions::new(&app.database_url);
        options.max_connections(1).sqlx_logging(false);
        let database = Database::connect(options).await.unwrap();
        let mut inserts = Vec::new();
        for (table, whose) in TABLES {
            inserts.push(read(&database, app.engine, table, whose).await);
        }
        database.close().await.unwrap();
        Self(inserts)
    }

    /// An INSERT for each table.
    pub fn statements(&self, mut own: impl FnMut(Own) -> String) -> Vec<String> {
        self.0.iter().map(|insert| insert.sql(&mut own)).collect()
    }
}

async fn read(database: &DatabaseConnection, engine: Engine, table: &'static str, whose: &str) -> Insert {
    let (backend, listing, quote) = match engine {
        Engine::Sqlite => (DbBackend::Sqlite, format!("SELECT name FROM pragma_table_info('{table}')"), "quote"),
        Engine::Postgres => (
            DbBackend::Postgres,
            format!(
                "SELECT column_name::text FROM information_schema.columns \
                 WHERE table_name = '{table}' AND table_schema = current_schema() AND is_generated = 'NEVER' \
                 ORDER BY ordinal_position"
            ),
            "quote_nullable",
        ),
    };
    let listed = database.query_all_raw(Statement::from_string(backend, listing)).await.unwrap();
    let columns = listed.iter().map(|row| row.try_get_by_index::<String>(0).unwrap());
    // What the database gives by itself.
    let columns: Vec<String> = columns.filter(|column| !["position", "xid"].contains(&column.as_str())).collect();
    let quoted = columns.iter().map(|column| match engine {
        Engine::Sqlite => format!("{quote}(\"{column}\")"),
        Engine::Postgres => format!("{quote}(\"{column}\"::text)"),
    });
    let (quoted, only) = (quoted.collect::<Vec<_>>().join(", "), "(SELECT MAX(number) FROM petition)");
    let rows = format!("SELECT {quoted} FROM {table} WHERE {whose} = (SELECT id FROM petition WHERE number = {only})");
    let rows = database.query_all_raw(Statement::from_string(backend, rows)).await.unwrap();
    assert!(!rows.is_empty(), "{table}");
    let cell = |column: &str, literal: String| match (table, column) {
        (_, "petition_id") | ("petition", "id") => Cell::Own(Own::Id),
        (_, "number") => Cell::Own(Own::Number),
        ("petition", "code") => Cell::Own(Own::Code),
        ("idempotency_key", "key") => Cell::Own(Own::Key),
        _ => Cell::Same(literal),
    };
    let rows = rows.iter().map(|row| {
        let cells = columns.iter().enumerate();
        cells.map(|(index, column)| cell(column, row.try_get_by_index(index).unwrap())).collect()
    });
    Insert { table, rows: rows.collect(), columns }
}

impl Insert {
    fn sql(&self, mut own: impl FnMut(Own) -> String) -> String {
        let columns = self.columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ");
        let rows = self.rows.iter().map(|row| {
            let cells = row.iter().map(|cell| match cell {
                Cell::Own(which) => own(*which),
                Cell::Same(literal) => literal.clone(),
            });
            format!("({})", cells.collect::<Vec<_>>().join(", "))
        });
        format!("INSERT INTO {} ({columns}) VALUES {}", self.table, rows.collect::<Vec<_>>().join(", "))
    }
}
