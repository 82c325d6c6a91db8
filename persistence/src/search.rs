//! Search: FTS5 on SQLite, `tsvector` with GIN on PostgreSQL. The domain has cut and folded all tokens before, so that both find
//! the same.

use domain::search::SearchQuery;
use sea_orm::{
    ExprTrait, QuerySelect, Select,
    sea_query::{Alias, Expr, Query, SimpleExpr},
};

use crate::{
    entity::{petition, petition_search},
    error::StoreError,
    petition::StoredPetition,
    queue::read,
    store::{Engine, Store},
};

/// Which wording of a petition is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wording {
    /// The sender's.
    Own,
    /// The public's.
    Public,
}

/// Which of the petitions that are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All.
    Whole,
    /// Those that have every word with just the marks it was typed with.
    Exact,
    /// The others.
    Rest,
}

/// A page of a list in which what matches a search with all its marks comes before the rest; without a search there is one part.
/// Beside each petition stands whether it is of the first. `after` says so of the item that the page comes after; `query` makes
/// the query of a part, which goes on after that item where it is told so.
pub(crate) async fn by_parts(
    store: &Store,
    is_search: bool,
    after: Option<bool>,
    limit: u64,
    query: impl Fn(Part, bool) -> Select<petition::Entity>,
) -> Result<Vec<(bool, StoredPetition)>, StoreError> {
    let parts: &[(Part, bool)] =
        if is_search { &[(Part::Exact, true), (Part::Rest, false)] } else { &[(Part::Whole, true)] };
    let mut items = Vec::new();
    for (part, exact) in parts {
        let is_passed = *exact && after == Some(false);
        let missing = limit.saturating_sub(u64::try_from(items.len()).unwrap_or(u64::MAX));
        if is_passed || missing == 0 {
            continue;
        }
        let found = read(store, query(*part, after == Some(*exact)).limit(missing)).await?;
        items.extend(found.into_iter().map(|stored| (*exact, stored)));
    }
    Ok(items)
}

/// That a petition has every word of the query, marks or none, and belongs to that part. One look into the index answers it.
pub(crate) fn found(engine: Engine, query: &SearchQuery, wording: Wording, part: Part) -> SimpleExpr {
    let (folded, marked) = match wording {
        Wording::Own => ("folded", "marked"),
        Wording::Public => ("public_folded", "public_marked"),
    };
    // Tokens are letters and digits alone, so nothing in them is syntax of either engine.
    let numbers = match engine {
        Engine::Sqlite => {
            let words = |column: &str, tokens: &[String]| {
                let tokens: Vec<String> = tokens.iter().map(|token| format!("\"{token}\"*")).collect();
                format!("({column} : ({}))", tokens.join(" AND "))
            };
            let (folded, marked) = (words(folded, query.folded()), words(marked, query.marked()));
            let pattern = match part {
                Part::Whole => folded,
                Part::Exact => format!("{folded} AND {marked}"),
                Part::Rest => format!("{folded} NOT {marked}"),
            };
            Query::select()
                .expr(Expr::col(Alias::new("rowid")))
                .from(Alias::new("petition_fts"))
                .and_where(Expr::cust_with_values("petition_fts MATCH ?", [pattern]))
                .to_owned()
        }
        Engine::Postgres => {
            let words = |column: &str, tokens: &[String]| {
                let tokens: Vec<String> = tokens.iter().map(|token| format!("'{token}':*")).collect();
                Expr::cust_with_values(format!("{column}_terms @@ $1::tsquery"), [tokens.join(" & ")])
            };
            let marked = words(marked, query.marked());
            let mut numbers = Query::select();
            numbers
                .column(petition_search::Column::Number)
                .from(petition_search::Entity)
                .and_where(words(folded, query.folded()));
            match part {
                Part::Whole => {}
                Part::Exact => _ = numbers.and_where(marked),
                Part::Rest => _ = numbers.and_where(marked.not()),
            }
            numbers
        }
    };
    Expr::col((petition::Entity, petition::Column::Number)).in_subquery(numbers)
}
