//! A petition with what is shown of it (*hồ sơ*), in one statement, or many of them that are asked for at once: the way to the database takes longer than
//! what is done there.

use std::{collections::BTreeMap, sync::LazyLock};

use domain::petition::PetitionCode;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, FromQueryResult, IdenStatic, Iterable,
    JoinType, QueryFilter, QueryResult, QuerySelect, QueryTrait, Statement, sea_query::Expr,
};
use serde_json::json;

use crate::{
    account::Account,
    entity::{account, petition},
    error::StoreError,
    petition::{StoredPetition, Words, words_as_json},
    store::{Engine, Store},
    together::{Answers, Question},
};

/// A petition with what is shown of it.
#[derive(Debug, Clone)]
pub struct Dossier {
    /// It.
    pub stored: StoredPetition,
    /// What is shown of it besides.
    pub beside: Beside,
}

/// What is shown of a petition besides itself.
#[derive(Debug, Clone)]
pub struct Beside {
    /// Its words; what was erased is missing.
    pub words: Vec<Words>,
    /// Who sent it.
    pub submitter: Account,
    /// Whether it has files.
    pub has_files: bool,
}

impl Store {
    /// The petition of that code.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where too many ask for some; otherwise as the database says.
    pub async fn dossier(&self, code: &PetitionCode) -> Result<Option<Dossier>, StoreError> {
        self.asking().ask(self.reader(), code.clone()).await
    }
}

impl Question for PetitionCode {
    type Answer = Option<Dossier>;

    async fn ask_all(all: Vec<Self>, reader: &DatabaseConnection) -> Answers<Option<Dossier>> {
        static SQLITE: LazyLock<String> = LazyLock::new(|| statement_of(Engine::Sqlite));
        static POSTGRES: LazyLock<String> = LazyLock::new(|| statement_of(Engine::Postgres));
        let sql = match Engine::of(reader) {
            Engine::Sqlite => &*SQLITE,
            Engine::Postgres => &*POSTGRES,
        };
        let codes = json!(all.iter().map(Self::as_str).collect::<Vec<_>>()).to_string();
        let statement = Statement::from_sql_and_values(reader.get_database_backend(), sql, [codes.into()]);
        let rows = reader.query_all_raw(statement).await?;
        let found = rows.iter().map(|row| Ok((row.try_get("", "code")?, Dossier::read(row))));
        let mut found = found.collect::<Result<BTreeMap<String, _>, StoreError>>()?;
        let answer = |(place, code): (usize, &Self)| {
            let is_last = !all.iter().skip(place + 1).any(|later| later == code);
            if is_last { found.remove(code.as_str()) } else { found.get(code.as_str()).cloned() }.transpose()
        };
        Ok(all.iter().enumerate().map(answer).collect())
    }
}

/// What the names of the submitter's columns begin with.
const SUBMITTER: &str = "submitter_";

/// The statement, with the codes as an array in JSON, its one value, so that it is prepared once for any number. It has sixty columns and is put together once.
fn statement_of(engine: Engine) -> String {
    let (asked_for, backend) = match engine {
        Engine::Sqlite => ("IN (SELECT value FROM json_each($1))", DbBackend::Sqlite),
        Engine::Postgres => ("= ANY (ARRAY(SELECT json_array_elements_text($1::json)))", DbBackend::Postgres),
    };
    let submitter =
        petition::Entity::belongs_to(account::Entity).from(petition::Column::Submitter).to(account::Column::Id);
    // The columns of the petition have no prefix: put before each name of each row, it would take longer than to read what is there.
    account::Column::iter()
        .fold(petition::Entity::find(), |query, column| {
            query.expr_as(column.into_expr(), format!("{SUBMITTER}{}", column.as_str()))
        })
        .join(JoinType::InnerJoin, submitter.into())
        .expr_as(Expr::cust(words_as_json(engine, "")), "words")
        .expr_as(Expr::cust("EXISTS (SELECT 1 FROM upload u WHERE u.petition_id = petition.id)"), "has_files")
        .filter(Expr::cust(format!("petition.code {asked_for}")))
        .build(backend)
        .sql
}

impl Dossier {
    fn read(row: &QueryResult) -> Result<Self, StoreError> {
        let stored = StoredPetition::try_from(petition::Model::from_query_result(row, "")?)?;
        let id = stored.petition.id;
        let words: String = row.try_get("", "words")?;
        let beside = Beside {
            words: Words::of_json(id, &words)?,
            submitter: Account::try_from(account::Model::from_query_result(row, SUBMITTER)?)?,
            has_files: row.try_get("", "has_files")?,
        };
        Ok(Self { stored, beside })
    }
}
