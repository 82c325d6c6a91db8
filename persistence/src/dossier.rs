//! A petition with what is shown of it (*hồ sơ*), in one statement: the way to the database takes longer than what is done there.

use std::sync::LazyLock;

use domain::{
    id::PetitionId,
    petition::{PetitionCode, Slot},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryResult,
    QuerySelect, QueryTrait, Statement, sea_query::Expr,
};

use crate::{
    account::Account,
    entity::{account, petition},
    error::StoreError,
    petition::{StoredPetition, Words},
    store::{Engine, Store},
};

/// A petition with what is shown of it.
#[derive(Debug, Clone)]
pub struct Dossier {
    /// It.
    pub stored: StoredPetition,
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
    /// As the database says.
    pub async fn dossier(&self, code: &PetitionCode) -> Result<Option<Dossier>, StoreError> {
        static SQLITE: LazyLock<String> = LazyLock::new(|| by_code(Engine::Sqlite));
        static POSTGRES: LazyLock<String> = LazyLock::new(|| by_code(Engine::Postgres));
        let sql = match self.engine() {
            Engine::Sqlite => &*SQLITE,
            Engine::Postgres => &*POSTGRES,
        };
        let backend = self.reader().get_database_backend();
        let statement = Statement::from_sql_and_values(backend, sql, [code.as_str().into()]);
        self.reader().query_one_raw(statement).await?.map(|row| Dossier::read(&row)).transpose()
    }
}

/// The statement, with the code as its one value. It has sixty columns and is put together once.
fn by_code(engine: Engine) -> String {
    let (words, backend) = match engine {
        Engine::Sqlite => ("json_group_array(json_array(w.seq, w.slot, w.words))", DbBackend::Sqlite),
        Engine::Postgres => {
            ("coalesce(json_agg(json_build_array(w.seq, w.slot, w.words)), '[]')::text", DbBackend::Postgres)
        }
    };
    let submitter =
        petition::Entity::belongs_to(account::Entity).from(petition::Column::Submitter).to(account::Column::Id);
    petition::Entity::find()
        .join(JoinType::InnerJoin, submitter.into())
        .select_also(account::Entity)
        .expr_as(Expr::cust(format!("(SELECT {words} FROM words w WHERE w.petition_id = petition.id)")), "words")
        .expr_as(Expr::cust("EXISTS (SELECT 1 FROM upload u WHERE u.petition_id = petition.id)"), "has_files")
        .filter(petition::Column::Code.eq(""))
        .build(backend)
        .sql
}

impl Dossier {
    fn read(row: &QueryResult) -> Result<Self, StoreError> {
        let stored = StoredPetition::try_from(petition::Model::from_query_result(row, "A_")?)?;
        let id = stored.petition.id;
        let words: String = row.try_get("", "words")?;
        let words: Vec<(u32, String, String)> = serde_json::from_str(&words).map_err(|error| wrong(id, error))?;
        let words = words.into_iter().map(|(seq, slot, text)| {
            let slot = Slot::parse(&slot).ok_or_else(|| wrong(id, format!("unknown slot {slot:?}")))?;
            Ok(Words { petition: id, seq, slot, text })
        });
        Ok(Self {
            words: words.collect::<Result<_, StoreError>>()?,
            submitter: Account::try_from(account::Model::from_query_result(row, "B_")?)?,
            has_files: row.try_get("", "has_files")?,
            stored,
        })
    }
}

fn wrong(petition: PetitionId, problem: impl std::fmt::Display) -> StoreError {
    StoreError::inconsistent("words", "words", petition, problem)
}
