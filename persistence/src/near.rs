//! Petitions near a point, for finding out which tell of one matter.

use std::sync::LazyLock;

use domain::{
    code::{AgencyCode, CategoryCode},
    id::{AccountId, PetitionId},
    petition::{PetitionCode, Status},
    place::Point,
    time::Instant,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, EntityTrait, ExprTrait, FromQueryResult, Order,
    QueryFilter, QueryOrder, QuerySelect, Select, Statement, sea_query::Expr,
};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::{
    entity::petition::{Column, Entity},
    error::StoreError,
    petition::{StoredPetition, Words, words_as_json},
    public::Area,
    queue::read,
    row::Columns,
    store::{Engine, Store},
    together::{Answers, Question},
};

/// How high and wide a cell is, 10⁻⁷ degrees: about 330 metres here, so that 150 metres around a point touch four of them at most.
const CELL: i32 = 30_000;
/// What a step from south to north adds to a cell's number. As great as an `int` bears; less than there are cells all round, so that far apart two have
/// one number, and what lies in them is looked at once more.
const ROW: i32 = 65_536;
/// The cells that are named one by one; more of them only what goes round the globe has.
const MOST_NAMED: usize = 1_024;

/// Where what has ended without an answer stands.
const UNANSWERED: [Status; 3] = [Status::Rejected, Status::Withdrawn, Status::Merged];

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onlooker<'a> {
    /// The coordinator: all petitions.
    Coordinator,
    /// Who works at an agency: what that has, and what is published.
    Desk(&'a AgencyCode),
    /// Who sent a petition: what is published, and what is their own; nothing that has ended without an answer.
    Sender(AccountId),
}

/// Which petitions near a point.
#[derive(Debug, Clone)]
pub struct Near<'a> {
    /// The point.
    pub point: Point,
    /// How far from it, metres.
    pub metres: f64,
    /// Of these fields.
    pub categories: &'a [CategoryCode],
    /// Submitted at or after.
    pub from: Instant,
    /// Submitted at or before.
    pub to: Instant,
    /// Not this one.
    pub but: PetitionId,
    /// Who looks.
    pub onlooker: Onlooker<'a>,
    /// How many.
    pub limit: u64,
}

/// A petition near a point, as far as its likeness to another goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    /// Which.
    pub id: PetitionId,
    /// Its code.
    pub code: PetitionCode,
    /// Who sent it.
    pub submitter: AccountId,
    /// Where it stands.
    pub status: Status,
    /// When it came.
    pub submitted_at: Instant,
    /// Where it is about.
    pub point: Point,
    /// The event that published it, where it is published.
    pub published_seq: Option<u32>,
    /// Titles and contents, its own and those it was published with; what was erased is missing.
    pub words: Vec<Words>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    code: String,
    submitter: Uuid,
    status: String,
    submitted_at: i64,
    lat_e7: i32,
    lon_e7: i32,
    published_seq: Option<i32>,
    words: String,
}

impl Store {
    /// The petitions nearest to a point, in one query; a box is asked for, so some may lie a little beyond the distance.
    ///
    /// # Errors
    /// As the database says.
    pub async fn near(&self, near: &Near<'_>) -> Result<Vec<StoredPetition>, StoreError> {
        read(self, nearest(near)).await
    }

    /// The same with what they say, and no more of them than their likeness to another takes.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where too many ask; otherwise as the database says.
    pub async fn neighbours(&self, near: &Near<'_>) -> Result<Vec<Neighbour>, StoreError> {
        match (self.engine(), Surroundings::of(near)) {
            (Engine::Postgres, Some(asked)) => self.looking_round().ask(self.reader(), asked).await,
            // On SQLite there is no way to the database to share.
            (Engine::Sqlite, _) | (Engine::Postgres, None) => {
                let words = words_as_json(self.engine(), WORDS);
                let query = nearest(near).select_only().columns(COLUMNS).expr_as(Expr::cust(words), "words");
                query.into_model::<Row>().all(self.reader()).await?.into_iter().map(Neighbour::try_from).collect()
            }
        }
    }
}

/// What a [`Row`] is read from.
const COLUMNS: [Column; 8] = [
    Column::Id,
    Column::Code,
    Column::Submitter,
    Column::Status,
    Column::SubmittedAt,
    Column::LatE7,
    Column::LonE7,
    Column::PublishedSeq,
];
/// Which words of it.
const WORDS: &str = "AND w.slot IN ('title', 'content')";

impl TryFrom<Row> for Neighbour {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let columns = Columns { table: "petition", row: row.id };
        let id = PetitionId(row.id);
        Ok(Self {
            id,
            code: PetitionCode::parse(&row.code).map_err(|error| columns.wrong("code", error))?,
            submitter: AccountId(row.submitter),
            status: columns.word("status", &row.status, Status::parse)?,
            submitted_at: columns.instant("submitted_at", row.submitted_at)?,
            point: Point::from_e7(row.lat_e7, row.lon_e7).map_err(|error| columns.wrong("lat_e7", error))?,
            published_seq: row.published_seq.map(|seq| columns.number("published_seq", seq)).transpose()?,
            words: Words::of_json(id, &row.words)?,
        })
    }
}

/// What one who sends a petition asks of its surroundings, for PostgreSQL, where those who send at once ask together: as [`nearest`] says it in SQL of
/// its own for one.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Surroundings {
    cells: Vec<i32>,
    south: i32,
    north: i32,
    west: i32,
    east: i32,
    lat: i32,
    lon: i32,
    /// How much shorter a degree of longitude is here than one of latitude, squared.
    shrinks: f64,
    categories: Vec<String>,
    since: i64,
    until: i64,
    but: Uuid,
    sender: Uuid,
    most: u64,
}

impl Surroundings {
    /// `None` where somebody else looks, or so near a pole that no cells are named.
    fn of(near: &Near<'_>) -> Option<Self> {
        let Onlooker::Sender(AccountId(sender)) = near.onlooker else { return None };
        let area = area(near);
        Some(Self {
            cells: cells(area)?,
            south: area.south,
            north: area.north,
            west: area.west,
            east: area.east,
            lat: near.point.lat_e7(),
            lon: near.point.lon_e7(),
            shrinks: shrinks(near.point),
            categories: near.categories.iter().map(|category| category.as_str().to_owned()).collect(),
            since: near.from.micros(),
            until: near.to.micros(),
            but: near.but.0,
            sender,
            most: near.limit,
        })
    }
}

/// With all that is asked as an array in JSON, its one value, so that it is prepared once for any number.
static OF_ALL: LazyLock<String> = LazyLock::new(|| {
    let words = words_as_json(Engine::Postgres, WORDS);
    format!(
        "SELECT q.place, near.* FROM ROWS FROM (json_to_recordset($1::json) AS (cells int[], south int, north int, west int, east int, \
           lat int, lon int, shrinks float8, categories text[], since bigint, until bigint, but uuid, sender uuid, most bigint)) \
           WITH ORDINALITY AS q(cells, south, north, west, east, lat, lon, shrinks, categories, since, until, but, sender, most, place) \
         CROSS JOIN LATERAL ( \
           SELECT id, code, submitter, status, submitted_at, lat_e7, lon_e7, published_seq, {words} AS words FROM petition \
           WHERE {} = ANY (q.cells) AND submitted_at BETWEEN q.since AND q.until \
             AND lat_e7 BETWEEN q.south AND q.north AND lon_e7 BETWEEN q.west AND q.east \
             AND category = ANY (q.categories) AND id <> q.but AND (published_at IS NOT NULL OR submitter = q.sender) \
             AND status NOT IN ('{}') \
           ORDER BY (lat_e7::float8 - q.lat) ^ 2 + (lon_e7::float8 - q.lon) ^ 2 * q.shrinks, id LIMIT q.most) near",
        cell(),
        UNANSWERED.map(Status::as_str).join("', '")
    )
});

impl Question for Surroundings {
    type Answer = Vec<Neighbour>;

    async fn ask_all(all: Vec<Self>, reader: &DatabaseConnection) -> Answers<Vec<Neighbour>> {
        let asked = json!(all).to_string();
        let statement = Statement::from_sql_and_values(reader.get_database_backend(), &*OF_ALL, [asked.into()]);
        let mut answers: Vec<_> = all.iter().map(|_| Ok(Vec::new())).collect();
        for row in reader.query_all_raw(statement).await? {
            let place: i64 = row.try_get("", "place")?;
            let found = Neighbour::try_from(Row::from_query_result(&row, "")?);
            // Counted from one.
            let answer = usize::try_from(place - 1).ok().and_then(|place| answers.get_mut(place));
            match (answer, found) {
                (Some(Ok(neighbours)), Ok(found)) => neighbours.push(found),
                (Some(answer), Err(wrong)) => *answer = Err(wrong),
                (Some(Err(_)) | None, _) => {}
            }
        }
        Ok(answers)
    }
}

/// The box around the point. It goes round the globe where it would reach over a pole or the 180th meridian, so its west is never east of its east.
fn area(near: &Near<'_>) -> Area {
    let (south_west, north_east) = near.point.box_around(near.metres);
    Area {
        south: south_west.lat_e7(),
        north: north_east.lat_e7(),
        west: south_west.lon_e7(),
        east: north_east.lon_e7(),
    }
}

fn shrinks(point: Point) -> f64 {
    point.lat().to_radians().cos().powi(2)
}

fn nearest(near: &Near<'_>) -> Select<Entity> {
    let area = area(near);
    let cells = cells(area).map(|cells| Expr::cust(cell()).is_in(cells));
    let mut query = Entity::find()
        .filter(Condition::all().add_option(cells))
        .filter(area.holds())
        .filter(Column::Category.is_in(near.categories.iter().map(CategoryCode::as_str)))
        .filter(Column::SubmittedAt.between(near.from.micros(), near.to.micros()))
        .filter(Column::Id.ne(near.but.0));
    match near.onlooker {
        Onlooker::Coordinator => {}
        Onlooker::Desk(agency) => {
            let known = Condition::any().add(Column::PublishedAt.is_not_null()).add(Column::Holder.eq(agency.as_str()));
            query = query.filter(known);
        }
        Onlooker::Sender(account) => {
            let theirs = Condition::any().add(Column::PublishedAt.is_not_null()).add(Column::Submitter.eq(account.0));
            query = query.filter(theirs).filter(Column::Status.is_not_in(UNANSWERED.map(Status::as_str)));
        }
    }
    // On so small a piece of the earth the square of a flat distance orders as the distance does.
    let flat = Expr::cust_with_exprs(
        "(CAST(petition.lat_e7 AS double precision) - $1) * (CAST(petition.lat_e7 AS double precision) - $1) \
        + (CAST(petition.lon_e7 AS double precision) - $2) * (CAST(petition.lon_e7 AS double precision) - $2) * $3",
        [
            Expr::value(f64::from(near.point.lat_e7())),
            Expr::value(f64::from(near.point.lon_e7())),
            Expr::value(shrinks(near.point)),
        ],
    );
    query.order_by(flat, Order::Asc).order_by(Column::Id, Order::Asc).limit(near.limit)
}

/// The number of a petition's cell, in the words of the index `petition_by_cell`.
fn cell() -> String {
    format!("(petition.lat_e7 / {CELL} * {ROW} + petition.lon_e7 / {CELL})")
}

/// The numbers of the cells that a box around a point touches; `None` where they are too many to be named.
fn cells(area: Area) -> Option<Vec<i32>> {
    // Both engines and Rust divide whole numbers towards zero.
    let from_to = |from: i32, to: i32| from / CELL..=to / CELL;
    let (rows, columns) = (from_to(area.south, area.north), from_to(area.west, area.east));
    let cells = rows.flat_map(|row| columns.clone().map(move |column| row * ROW + column));
    let named: Vec<i32> = cells.take(MOST_NAMED + 1).collect();
    (named.len() <= MOST_NAMED).then_some(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(lat: f64, lon: f64, metres: f64) -> Option<Vec<i32>> {
        let (south_west, north_east) = Point::from_degrees(lat, lon).unwrap().box_around(metres);
        cells(Area {
            south: south_west.lat_e7(),
            north: north_east.lat_e7(),
            west: south_west.lon_e7(),
            east: north_east.lon_e7(),
        })
    }

    #[test]
    fn a_few_cells_hold_all_that_is_near() {
        for (lat, lon) in [(21.1875, 106.0838), (21.18, 106.08), (-33.9, -70.7), (0.0, 0.0), (21.0, 179.99)] {
            let named = around(lat, lon, 150.0).unwrap();
            assert!((1..=4).contains(&named.len()), "{named:?}");
            for (north, east) in [(0.0, 0.0), (149.0, 0.0), (-149.0, 0.0), (0.0, 149.0), (0.0, -149.0)] {
                let degree = 111_195.0;
                let east = lon + east / (degree * f64::cos(lat.to_radians()));
                let near = Point::from_degrees(lat + north / degree, east).unwrap();
                let cell = near.lat_e7() / CELL * ROW + near.lon_e7() / CELL;
                assert!(named.contains(&cell), "{near:?} is near {lat}, {lon}");
            }
        }
    }

    #[test]
    fn what_goes_round_the_globe_names_none() {
        assert_eq!(around(89.99, 0.0, 150.0), None);
        assert_eq!(around(21.0, 180.0, 150.0), None);
        assert!(around(60.0, 0.0, 2_000.0).is_some());
    }
}
