//! Fields of petitions: their groups, their questions, and their terms from day to day.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    catalogue::{Category, CategoryGroup, Competence, Terms},
    code::{CategoryCode, GroupCode},
    deadline::{Allowance, Allowances, WorkingTime},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use crate::{
    agency::version,
    catalogue::{agency_code, category_code, date, validity},
    entity::{category, category_group, category_terms, petition, routing_rule},
    error::StoreError,
    row::stored_int,
    store::{Snapshot, Store},
    unit_of_work::UnitOfWork,
    versioned::Versioned,
};

const TABLE: &str = "category";

impl Snapshot {
    /// All fields in the order of lists, also those that can no longer be chosen.
    pub(crate) async fn categories(&self) -> Result<Vec<Versioned<Category>>, StoreError> {
        categories(&self.0).await
    }

    /// The groups of fields, in the order of lists.
    pub(crate) async fn category_groups(&self) -> Result<Vec<Versioned<CategoryGroup>>, StoreError> {
        groups(&self.0).await
    }
}

impl Store {
    /// All fields in the order of lists, also those that can no longer be chosen.
    ///
    /// # Errors
    /// As the database says.
    pub async fn categories(&self) -> Result<Vec<Versioned<Category>>, StoreError> {
        categories(self.reader()).await
    }

    /// The groups of fields, in the order of lists.
    ///
    /// # Errors
    /// As the database says.
    pub async fn category_groups(&self) -> Result<Vec<Versioned<CategoryGroup>>, StoreError> {
        groups(self.reader()).await
    }
}

impl UnitOfWork {
    /// All fields, which nobody else changes until this unit of work ends; every server will read them anew after it.
    ///
    /// # Errors
    /// As the database says.
    pub async fn categories_to_change(&mut self) -> Result<Vec<Versioned<Category>>, StoreError> {
        // All changes of the catalogue wait for each other at this one row.
        self.bump_catalogue().await?;
        categories(self.transaction()).await
    }

    /// The groups of fields, likewise.
    ///
    /// # Errors
    /// As the database says.
    pub async fn category_groups_to_change(&mut self) -> Result<Vec<Versioned<CategoryGroup>>, StoreError> {
        self.bump_catalogue().await?;
        groups(self.transaction()).await
    }

    /// Adds a field that is none of [`Self::categories_to_change`].
    ///
    /// # Errors
    /// As the database says.
    pub async fn add_category(&mut self, category: &Versioned<Category>) -> Result<(), StoreError> {
        row(category)?.into_active_model().insert(self.transaction()).await?;
        self.set_terms(&category.value).await
    }

    /// Puts a field in the place of the one with its code.
    ///
    /// # Errors
    /// As the database says.
    pub async fn set_category(&mut self, category: &Versioned<Category>) -> Result<(), StoreError> {
        row(category)?.into_active_model().reset_all().update(self.transaction()).await?;
        self.set_terms(&category.value).await
    }

    /// Takes a field away that nothing names.
    ///
    /// # Errors
    /// As the database says.
    pub async fn remove_category(&mut self, code: &CategoryCode) -> Result<(), StoreError> {
        self.drop_terms(code).await?;
        category::Entity::delete_by_id(code.to_string()).exec(self.transaction()).await?;
        Ok(())
    }

    /// Whether a petition is of a field or ever was, or a rule names it.
    ///
    /// # Errors
    /// As the database says.
    pub async fn category_is_in_use(&mut self, code: &CategoryCode) -> Result<bool, StoreError> {
        let of_petition = petition::Entity::find().filter(petition::Column::Category.eq(code.as_str()));
        if of_petition.one(self.transaction()).await?.is_some() {
            return Ok(true);
        }
        let of_rule = routing_rule::Entity::find().filter(routing_rule::Column::Category.eq(code.as_str()));
        if of_rule.one(self.transaction()).await?.is_some() {
            return Ok(true);
        }
        // Every name that ever occurred in a figure: a petition may have got another field since.
        let ever = crate::entity::rate_name::Column::Name.eq(code.as_str());
        Ok(crate::entity::rate_name::Entity::find().filter(ever).one(self.transaction()).await?.is_some())
    }

    /// Sets a group of fields: a new one, or in the place of the one with its code.
    ///
    /// # Errors
    /// As the database says.
    pub async fn set_category_group(&mut self, group: &Versioned<CategoryGroup>) -> Result<(), StoreError> {
        let CategoryGroup { code, rank, name, name_en } = &group.value;
        let row = category_group::Model {
            code: code.to_string(),
            rank: *rank,
            name: name.clone(),
            name_en: name_en.clone(),
            version: stored_int(group.version)?,
        };
        if group.version == 1 {
            row.into_active_model().insert(self.transaction()).await?;
        } else {
            row.into_active_model().reset_all().update(self.transaction()).await?;
        }
        Ok(())
    }

    async fn set_terms(&self, category: &Category) -> Result<(), StoreError> {
        self.drop_terms(&category.code).await?;
        for (from, terms) in &category.later_terms {
            terms_row(&category.code, *from, terms).into_active_model().insert(self.transaction()).await?;
        }
        Ok(())
    }

    async fn drop_terms(&self, code: &CategoryCode) -> Result<(), StoreError> {
        let of_field = category_terms::Column::Category.eq(code.as_str());
        category_terms::Entity::delete_many().filter(of_field).exec(self.transaction()).await?;
        Ok(())
    }
}

async fn groups(connection: &impl ConnectionTrait) -> Result<Vec<Versioned<CategoryGroup>>, StoreError> {
    let rows = category_group::Entity::find().order_by_asc(category_group::Column::Rank).all(connection).await?;
    let group = |row: category_group::Model| {
        let code = group_code("category_group", &row.code)?;
        let version = version("category_group", &row.code, row.version)?;
        Ok(Versioned { value: CategoryGroup { code, rank: row.rank, name: row.name, name_en: row.name_en }, version })
    };
    rows.into_iter().map(group).collect()
}

async fn categories(connection: &impl ConnectionTrait) -> Result<Vec<Versioned<Category>>, StoreError> {
    let mut later: BTreeMap<String, Vec<(NaiveDate, Terms)>> = BTreeMap::new();
    let terms = category_terms::Entity::find().order_by_asc(category_terms::Column::ValidFrom).all(connection).await?;
    for row in terms {
        let from = date("category_terms", &row.valid_from)?;
        later.entry(row.category.clone()).or_default().push((from, later_terms(&row)?));
    }
    let rows = category::Entity::find()
        .order_by_asc(category::Column::Rank)
        .order_by_asc(category::Column::Code)
        .all(connection)
        .await?;
    let category = |row: category::Model| {
        let wrong = |column, error: &dyn std::fmt::Display| StoreError::inconsistent(TABLE, column, &row.code, error);
        let value = Category {
            terms: first_terms(&row)?,
            later_terms: later.remove(&row.code).unwrap_or_default(),
            questions: serde_json::from_str(&row.questions).map_err(|error| wrong("questions", &error))?,
            validity: validity(TABLE, &row.valid_from, row.valid_to.as_deref())?,
            code: category_code(&row.code)?,
            rank: row.rank,
            group: group_code(TABLE, &row.group_code)?,
            name: row.name.clone(),
            name_en: row.name_en.clone(),
        };
        Ok(Versioned { value, version: version(TABLE, &row.code, row.version)? })
    };
    rows.into_iter().map(category).collect()
}

fn group_code(table: &'static str, text: &str) -> Result<GroupCode, StoreError> {
    GroupCode::parse(text).map_err(|error| StoreError::inconsistent(table, "group", text, error))
}

/// The columns that are the terms of a field, as both tables have them.
struct TermColumns<'a> {
    table: &'static str,
    key: &'a str,
    competence: &'a str,
    urgent: [&'a str; 2],
    normal: [&'a str; 2],
    complex: [&'a str; 2],
}

impl TermColumns<'_> {
    fn read(&self) -> Result<Terms, StoreError> {
        let time = |text: &str| {
            WorkingTime::parse(text).map_err(|error| StoreError::inconsistent(self.table, "allowance", self.key, error))
        };
        let allowance = |[receive, answer]: [&str; 2]| {
            Ok::<_, StoreError>(Allowance { receive: time(receive)?, answer: time(answer)? })
        };
        Ok(Terms {
            allowances: Allowances {
                urgent: allowance(self.urgent)?,
                normal: allowance(self.normal)?,
                complex: allowance(self.complex)?,
            },
            competence: match self.competence {
                "commune" => Competence::Commune,
                "district" => Competence::District,
                "coordinator" => Competence::Coordinator,
                agency => Competence::Agency(agency_code(agency)?),
            },
        })
    }
}

fn first_terms(row: &category::Model) -> Result<Terms, StoreError> {
    let columns = TermColumns {
        table: TABLE,
        key: &row.code,
        competence: &row.competence,
        urgent: [&row.urgent_receive, &row.urgent_answer],
        normal: [&row.normal_receive, &row.normal_answer],
        complex: [&row.complex_receive, &row.complex_answer],
    };
    columns.read()
}

fn later_terms(row: &category_terms::Model) -> Result<Terms, StoreError> {
    let columns = TermColumns {
        table: "category_terms",
        key: &row.category,
        competence: &row.competence,
        urgent: [&row.urgent_receive, &row.urgent_answer],
        normal: [&row.normal_receive, &row.normal_answer],
        complex: [&row.complex_receive, &row.complex_answer],
    };
    columns.read()
}

fn terms_row(category: &CategoryCode, from: NaiveDate, terms: &Terms) -> category_terms::Model {
    let Terms { competence, allowances: Allowances { urgent, normal, complex } } = terms;
    category_terms::Model {
        category: category.to_string(),
        valid_from: from.to_string(),
        competence: competence.to_string(),
        urgent_receive: urgent.receive.to_string(),
        urgent_answer: urgent.answer.to_string(),
        normal_receive: normal.receive.to_string(),
        normal_answer: normal.answer.to_string(),
        complex_receive: complex.receive.to_string(),
        complex_answer: complex.answer.to_string(),
    }
}

fn row(category: &Versioned<Category>) -> Result<category::Model, StoreError> {
    let Category { code, rank, name, name_en, group, terms, later_terms: _, questions, validity } = &category.value;
    let Terms { competence, allowances: Allowances { urgent, normal, complex } } = terms;
    let questions = serde_json::to_string(questions);
    Ok(category::Model {
        code: code.to_string(),
        rank: *rank,
        name: name.clone(),
        name_en: name_en.clone(),
        group_code: group.to_string(),
        competence: competence.to_string(),
        urgent_receive: urgent.receive.to_string(),
        urgent_answer: urgent.answer.to_string(),
        normal_receive: normal.receive.to_string(),
        normal_answer: normal.answer.to_string(),
        complex_receive: complex.receive.to_string(),
        complex_answer: complex.answer.to_string(),
        valid_from: validity.from.to_string(),
        valid_to: validity.to.map(|to| to.to_string()),
        questions: questions.map_err(|error| StoreError::inconsistent(TABLE, "questions", code, error))?,
        version: stored_int(category.version)?,
    })
}
