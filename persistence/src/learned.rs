//! What the suggestion of a field has learned from staff: counts.

use std::collections::HashMap;

use domain::{
    code::CategoryCode,
    id::PetitionId,
    suggest::{Learned, MIN_PETITIONS, WordKey},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, Statement, Value,
    sea_query::{Expr, OnConflict},
};

use crate::{
    entity::{learned_petition, learned_word},
    error::StoreError,
    store::Store,
    unit_of_work::UnitOfWork,
};

/// Rows in one statement: three values each, and SQLite binds at most 32,766.
const CHUNK: usize = 5_000;

#[derive(FromQueryResult)]
struct Counted {
    word: i64,
    category: String,
    petitions: i64,
}

#[derive(FromQueryResult)]
struct OfField {
    category: String,
    petitions: i64,
}

fn field(text: &str) -> Result<CategoryCode, StoreError> {
    CategoryCode::parse(text).map_err(|error| StoreError::inconsistent("learned_word", "category", text, error))
}

fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(if number < 0 { 0 } else { u32::MAX })
}

impl Store {
    /// What was learned, of words that enough petitions have.
    ///
    /// # Errors
    /// As the database says.
    pub async fn learned(&self) -> Result<Learned, StoreError> {
        let backend = self.reader().get_database_backend();
        let sql = "SELECT category, COUNT(*) AS petitions FROM learned_petition GROUP BY category";
        let fields = OfField::find_by_statement(Statement::from_string(backend, sql)).all(self.reader()).await?;
        let sql = "SELECT w.word, w.category, w.petitions FROM learned_word w JOIN \
                   (SELECT word FROM learned_word GROUP BY word HAVING SUM(petitions) >= $1) k ON k.word = w.word \
                   WHERE w.petitions > 0";
        let often = Statement::from_sql_and_values(backend, sql, [Value::from(i64::from(MIN_PETITIONS))]);
        let words = Counted::find_by_statement(often).all(self.reader()).await?;
        let fields = fields.into_iter().map(|row| Ok((field(&row.category)?, count(row.petitions))));
        let words = words.into_iter().map(|row| Ok((WordKey(row.word), field(&row.category)?, count(row.petitions))));
        Ok(Learned::new(
            fields.collect::<Result<Vec<_>, StoreError>>()?,
            words.collect::<Result<Vec<_>, StoreError>>()?,
        ))
    }
}

impl UnitOfWork {
    /// Under which fields those petitions were learned before.
    ///
    /// # Errors
    /// As the database says.
    pub async fn learned_before(
        &self,
        petitions: &[PetitionId],
    ) -> Result<HashMap<PetitionId, CategoryCode>, StoreError> {
        let rows = learned_petition::Entity::find()
            .filter(learned_petition::Column::PetitionId.is_in(petitions.iter().map(|id| id.0)))
            .all(self.transaction())
            .await?;
        rows.into_iter().map(|row| Ok((PetitionId(row.petition_id), field(&row.category)?))).collect()
    }

    /// Notes under which fields petitions are learned from now on.
    ///
    /// # Errors
    /// As the database says.
    pub async fn learn_petitions(&mut self, petitions: &[(PetitionId, CategoryCode)]) -> Result<(), StoreError> {
        for chunk in petitions.chunks(CHUNK) {
            let rows = chunk.iter().map(|(petition, category)| learned_petition::ActiveModel {
                petition_id: Set(petition.0),
                category: Set(category.to_string()),
            });
            let again = OnConflict::column(learned_petition::Column::PetitionId)
                .update_column(learned_petition::Column::Category)
                .to_owned();
            learned_petition::Entity::insert_many(rows)
                .on_conflict(again)
                .exec_without_returning(self.transaction())
                .await?;
        }
        Ok(())
    }

    /// Counts words up, and down where a petition has moved to another field. Each word and field is named once.
    ///
    /// # Errors
    /// As the database says.
    pub async fn count_words(&mut self, counts: &[(WordKey, CategoryCode, i64)]) -> Result<(), StoreError> {
        for chunk in counts.chunks(CHUNK) {
            let rows = chunk.iter().map(|(word, category, by)| learned_word::ActiveModel {
                word: Set(word.0),
                category: Set(category.to_string()),
                petitions: Set(*by),
            });
            let added = Expr::cust("learned_word.petitions + excluded.petitions");
            let again = OnConflict::columns([learned_word::Column::Word, learned_word::Column::Category])
                .value(learned_word::Column::Petitions, added)
                .to_owned();
            learned_word::Entity::insert_many(rows)
                .on_conflict(again)
                .exec_without_returning(self.transaction())
                .await?;
        }
        Ok(())
    }
}
