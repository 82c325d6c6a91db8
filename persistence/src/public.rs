//! What everybody reads: the published petitions, newest first, on a map, and in clusters.
//!
//! Only [`Wording::Public`] is searched here, and no condition reads anything that the public does not: what is found says nothing
//! of what is hidden.

use domain::{
    code::CategoryCode,
    id::PetitionId,
    petition::{PetitionCode, Status},
    search::SearchQuery,
    time::Instant,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select, Statement, Value,
    sea_query::{Expr, SimpleExpr},
};

use crate::{
    entity::petition::{Column, Entity},
    error::StoreError,
    petition::StoredPetition,
    queue::Page,
    search::{Part, Wording, by_parts, found},
    store::{Engine, Store},
};

/// A part of the map, 10⁻⁷ degrees, edges included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// Its southern edge; not north of the northern one.
    pub south: i32,
    /// Its northern edge.
    pub north: i32,
    /// Its western edge; east of the eastern one where the 180th meridian lies between.
    pub west: i32,
    /// Its eastern edge.
    pub east: i32,
}

/// The longitudes all round, 10⁻⁷ degrees.
const ROUND: i64 = 3_600_000_000;

/// An area of fewer 10⁻⁷ degrees from south to north is asked for by place, one of more by time: about ten kilometres.
const SMALL: i64 = 900_000;

impl Area {
    /// How far it reaches from south to north, 10⁻⁷ degrees.
    pub fn height(self) -> i64 {
        i64::from(self.north) - i64::from(self.south)
    }

    /// How far it reaches from west to east, 10⁻⁷ degrees.
    pub fn width(self) -> i64 {
        let width = i64::from(self.east) - i64::from(self.west);
        if width < 0 { width + ROUND } else { width }
    }

    /// That a petition's point lies in it.
    pub(crate) fn holds(self) -> Condition {
        let (west, east) = (Column::LonE7.gte(self.west), Column::LonE7.lte(self.east));
        let lon = if self.west <= self.east { west.and(east) } else { west.or(east) };
        Condition::all().add(Column::LatE7.between(self.south, self.north)).add(lon)
    }
}

/// Which published petitions.
#[derive(Debug, Clone, Default)]
pub struct PublicFilter {
    /// In this part of the map; `None`: all, also those without a point.
    pub area: Option<Area>,
    /// Of these fields; empty: all.
    pub categories: Vec<CategoryCode>,
    /// In these statuses; empty: all.
    pub statuses: Vec<Status>,
    /// Whose code, title or content, as the public reads them, has each of these words.
    pub text: Option<SearchQuery>,
}

/// Where a page of the feed ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey {
    /// Whether the item matched with its marks: these come first.
    pub exact: bool,
    /// When the item was published.
    pub published_at: Instant,
    /// Its id.
    pub id: PetitionId,
}

/// Features of a map as the database wrote them.
#[derive(Debug, Clone)]
pub struct Features {
    /// A JSON array of GeoJSON features.
    pub json: String,
    /// The last of them, where there are more.
    pub next: Option<PublicKey>,
}

/// Petitions near each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// The mean latitude, degrees.
    pub lat: f64,
    /// The mean longitude, degrees.
    pub lon: f64,
    /// How many.
    pub count: u64,
    /// Which, where it is one.
    pub code: Option<PetitionCode>,
}

#[derive(FromQueryResult)]
struct FeatureRow {
    features: String,
    published_at: Option<i64>,
    id: Option<String>,
}

#[derive(FromQueryResult)]
struct ClusterRow {
    lat: f64,
    lon: f64,
    count: i64,
    code: Option<String>,
}

impl Store {
    /// Published petitions, the newest publication first; where there is a search, what has its words with all their marks comes
    /// before the rest. Beside each stands whether it is one of these.
    ///
    /// # Errors
    /// As the database says.
    pub async fn published(
        &self,
        filter: &PublicFilter,
        page: Page<PublicKey>,
    ) -> Result<Vec<(bool, StoredPetition)>, StoreError> {
        let Page { after, limit } = page;
        by_parts(self, filter.text.is_some(), after.map(|key| key.exact), limit, |part, goes_on| {
            let query = narrowed(self.engine(), filter, part);
            newest(self.engine(), query, filter, after.filter(|_| goes_on))
        })
        .await
    }

    /// The same as features of a map, written by the database, at most `limit`: those with a point alone, and with a search
    /// simply newest first. Properties are codes, so that no text of the server's comes in.
    ///
    /// # Errors
    /// As the database says.
    pub async fn published_features(
        &self,
        filter: &PublicFilter,
        page: Page<PublicKey>,
    ) -> Result<Features, StoreError> {
        let Page { after, limit } = page;
        let query = narrowed(self.engine(), filter, Part::Whole).filter(Column::LatE7.is_not_null());
        let query = newest(self.engine(), query, filter, after).limit(limit + 1).select_only().columns([
            Column::Id,
            Column::Code,
            Column::Category,
            Column::Status,
            Column::SubmittedAt,
            Column::PublishedAt,
            Column::PublishedSeq,
            Column::LatE7,
            Column::LonE7,
        ]);
        let chosen = query.build(self.reader().get_database_backend());
        let sql = format!(
            "WITH chosen AS ({}), page AS (
                SELECT chosen.*, row_number() OVER (ORDER BY published_at DESC, id DESC) AS n FROM chosen
            ) {}",
            chosen.sql,
            features(self.engine(), limit)
        );
        let row = one::<FeatureRow>(self, &sql, chosen.values).await?;
        let Some(FeatureRow { features, published_at, id }) = row else {
            return Ok(Features { json: "[]".to_owned(), next: None });
        };
        let wrong = |column| StoreError::inconsistent("petition", column, "feature", "not what was stored");
        let next = match published_at.zip(id) {
            None => None,
            Some((micros, id)) => Some(PublicKey {
                exact: true,
                published_at: Instant::from_micros(micros).ok_or_else(|| wrong("published_at"))?,
                id: PetitionId(uuid::Uuid::try_parse(&id).map_err(|_| wrong("id"))?),
            }),
        };
        Ok(Features { json: features, next })
    }

    /// Published petitions by the cell of a grid that they lie in, `cell` 10⁻⁷ degrees wide and high. The grid lies still, so that
    /// a map that is moved keeps its clusters.
    ///
    /// # Errors
    /// As the database says.
    pub async fn clusters(&self, filter: &PublicFilter, cell: i64, limit: u64) -> Result<Vec<Cluster>, StoreError> {
        let cell = Ord::max(cell, 1);
        // Of whole numbers, from the south-western corner of the world, so that division rounds one way on both engines.
        let row = Expr::cust(format!("(CAST(petition.lat_e7 AS bigint) + 900000000) / {cell}"));
        let column = Expr::cust(format!("(CAST(petition.lon_e7 AS bigint) + 1800000000) / {cell}"));
        let mean = |column: &str| Expr::cust(format!("CAST(AVG(petition.{column}) AS double precision) / 10000000"));
        let query = narrowed(self.engine(), filter, Part::Whole)
            .filter(Column::LatE7.is_not_null())
            .select_only()
            .column_as(mean("lat_e7"), "lat")
            .column_as(mean("lon_e7"), "lon")
            .column_as(Expr::cust("COUNT(*)"), "count")
            .column_as(Expr::cust("CASE WHEN COUNT(*) = 1 THEN MIN(petition.code) END"), "code")
            .group_by(row)
            .group_by(column)
            .limit(limit);
        let rows = query.into_model::<ClusterRow>().all(self.reader()).await?;
        rows.into_iter()
            .map(|ClusterRow { lat, lon, count, code }| {
                let wrong = |column| StoreError::inconsistent("petition", column, "cluster", "not what was stored");
                Ok(Cluster {
                    lat,
                    lon,
                    count: u64::try_from(count).map_err(|_| wrong("count"))?,
                    code: code.map(|code| PetitionCode::parse(&code).map_err(|_| wrong("code"))).transpose()?,
                })
            })
            .collect()
    }
}

/// The published petitions that a filter lets through, in no order.
pub(crate) fn narrowed(engine: Engine, filter: &PublicFilter, part: Part) -> Select<Entity> {
    let mut query = Entity::find().filter(Column::PublishedAt.is_not_null());
    if let Some(area) = filter.area {
        query = query.filter(area.holds());
    }
    if !filter.categories.is_empty() {
        query = query.filter(Column::Category.is_in(filter.categories.iter().map(CategoryCode::as_str)));
    }
    if !filter.statuses.is_empty() {
        query = query.filter(Column::Status.is_in(filter.statuses.iter().map(|status| status.as_str())));
    }
    if let Some(text) = &filter.text {
        query = query.filter(found(engine, text, Wording::Public, part));
    }
    query
}

/// In the order of the feed, after a key.
fn newest(
    engine: Engine,
    mut query: Select<Entity>,
    filter: &PublicFilter,
    after: Option<PublicKey>,
) -> Select<Entity> {
    if let Some(PublicKey { published_at, id, .. }) = after {
        let key = Expr::tuple([Expr::col(Column::PublishedAt), Expr::col(Column::Id)]);
        query = query.filter(key.lt(Expr::tuple([Expr::value(published_at.micros()), Expr::value(id.0)])));
    }
    query.order_by(by_time(engine, filter), Order::Desc).order_by(Column::Id, Order::Desc)
}

/// SQLite knows nothing of how many lie where: asked for a street's petitions it would go through all of the province's by time. A
/// plus keeps it from that index. PostgreSQL has its statistics.
fn by_time(engine: Engine, filter: &PublicFilter) -> SimpleExpr {
    let is_small = filter.area.is_some_and(|area| area.height() < SMALL);
    match engine {
        Engine::Sqlite if is_small => Expr::cust("+petition.published_at"),
        Engine::Sqlite | Engine::Postgres => Expr::col((Entity, Column::PublishedAt)),
    }
}

/// The features of `page`, and the last one where there is one more than the limit. `n` counts them.
fn features(engine: Engine, limit: u64) -> String {
    // As everybody reads it: the wording of the publication, or the sender's.
    let title = "COALESCE(
        (SELECT w.words FROM words w WHERE w.petition_id = page.id AND w.seq = page.published_seq AND w.slot = 'title'),
        (SELECT w.words FROM words w WHERE w.petition_id = page.id AND w.seq = 1 AND w.slot = 'title'))";
    match engine {
        Engine::Sqlite => {
            let instant = |column: &str| {
                format!(
                    "strftime('%Y-%m-%dT%H:%M:%S', {column} / 1000000 + 25200, 'unixepoch')
                    || printf('.%06d+07:00', {column} % 1000000)"
                )
            };
            format!(
                "SELECT json_group_array(json_object('type', 'Feature', 'id', code,
                    'geometry', json_object('type', 'Point', 'coordinates', json_array(lon_e7 / 1e7, lat_e7 / 1e7)),
                    'properties', json_object('code', code, 'category', category, 'status', status, 'title', {title},
                        'submitted_at', {}, 'published_at', {})) ORDER BY n) FILTER (WHERE n <= {limit}) AS features,
                    MAX(published_at) FILTER (WHERE n = {limit} AND EXISTS (SELECT 1 FROM page WHERE n > {limit})) AS published_at,
                    MAX(hex(id)) FILTER (WHERE n = {limit} AND EXISTS (SELECT 1 FROM page WHERE n > {limit})) AS id
                FROM page",
                instant("submitted_at"),
                instant("published_at")
            )
        }
        Engine::Postgres => {
            let instant = |column: &str| {
                format!(
                    "to_char(to_timestamp({column} / 1000000 + 25200) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS')
                    || '.' || lpad(({column} % 1000000)::text, 6, '0') || '+07:00'"
                )
            };
            format!(
                "SELECT COALESCE(json_agg(json_build_object('type', 'Feature', 'id', code,
                    'geometry', json_build_object('type', 'Point', 'coordinates',
                        json_build_array(lon_e7 / 1e7::float8, lat_e7 / 1e7::float8)),
                    'properties', json_build_object('code', code, 'category', category, 'status', status, 'title', {title},
                        'submitted_at', {}, 'published_at', {})) ORDER BY n) FILTER (WHERE n <= {limit}), '[]')::text AS features,
                    MAX(published_at) FILTER (WHERE n = {limit} AND EXISTS (SELECT 1 FROM page WHERE n > {limit})) AS published_at,
                    MAX(id::text) FILTER (WHERE n = {limit} AND EXISTS (SELECT 1 FROM page WHERE n > {limit})) AS id
                FROM page",
                instant("submitted_at"),
                instant("published_at")
            )
        }
    }
}

async fn one<R: FromQueryResult>(
    store: &Store,
    sql: &str,
    values: Option<sea_orm::Values>,
) -> Result<Option<R>, StoreError> {
    let values: Vec<Value> = values.map(|values| values.0).unwrap_or_default();
    let statement = Statement::from_sql_and_values(store.reader().get_database_backend(), sql, values);
    Ok(R::find_by_statement(statement).one(store.reader()).await?)
}
