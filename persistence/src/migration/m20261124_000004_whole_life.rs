//! The whole life of a petition: clocks that stand still, answers that are drafted, ratings, publication, followers; and what
//! is searched, as tokens that both engines index.

use domain::{petition::Slot, search};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use sea_orm_migration::prelude::*;
use uuid::Uuid;

use crate::{
    entity::{petition, petition_search, words},
    store::Engine,
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const SQL: &str = "
ALTER TABLE agency ADD COLUMN needs_approval {bool} NOT NULL DEFAULT {false};
ALTER TABLE petition ADD COLUMN clock_began_at {bigint} NOT NULL DEFAULT 0;
ALTER TABLE petition ADD COLUMN paused_at {bigint};
ALTER TABLE petition ADD COLUMN paused_seconds {bigint} NOT NULL DEFAULT 0;
ALTER TABLE petition ADD COLUMN extended_to {bigint};
ALTER TABLE petition ADD COLUMN extensions {int} NOT NULL DEFAULT 0;
ALTER TABLE petition ADD COLUMN assignee {uuid} REFERENCES account (id);
ALTER TABLE petition ADD COLUMN draft_seq {int};
ALTER TABLE petition ADD COLUMN rating_seq {int};
ALTER TABLE petition ADD COLUMN rating text;
ALTER TABLE petition ADD COLUMN reopenings {int} NOT NULL DEFAULT 0;
ALTER TABLE petition ADD COLUMN published_seq {int};
ALTER TABLE petition ADD COLUMN published_at {bigint};
ALTER TABLE petition ADD COLUMN merged_into {uuid} REFERENCES petition (id);
ALTER TABLE petition ADD COLUMN merged_into_code text;
ALTER TABLE petition ADD COLUMN absorbed {int} NOT NULL DEFAULT 0;
ALTER TABLE petition ADD COLUMN emergency text;
ALTER TABLE petition ADD COLUMN escalated text;
ALTER TABLE petition ADD COLUMN flagged {bool} NOT NULL DEFAULT {false};
ALTER TABLE petition ADD COLUMN unit text;
ALTER TABLE petition ADD COLUMN lat_e7 {int};
ALTER TABLE petition ADD COLUMN lon_e7 {int};
UPDATE petition SET clock_began_at = submitted_at, flagged = travels;
CREATE INDEX petition_queue_of_all ON petition (is_open, due_order, id);
CREATE INDEX petition_by_status ON petition (holder, status);
CREATE INDEX petition_by_assignee ON petition (assignee, is_open, due_order, id) WHERE assignee IS NOT NULL;
CREATE INDEX petition_published ON petition (published_at, id) WHERE published_at IS NOT NULL;
CREATE INDEX petition_published_by_place ON petition (lat_e7, lon_e7, category, status, code, published_at)
    WHERE published_at IS NOT NULL;
CREATE INDEX petition_by_place ON petition (lat_e7, lon_e7) WHERE lat_e7 IS NOT NULL;
CREATE INDEX petition_answered ON petition (answered_at) WHERE status = 'answered';
CREATE INDEX petition_by_change ON petition (submitter, updated_at, id);
CREATE TABLE petition_follower (
    petition_id {uuid} NOT NULL REFERENCES petition (id),
    account_id {uuid} NOT NULL REFERENCES account (id),
    supports {bool} NOT NULL,
    since {bigint} NOT NULL,
    CONSTRAINT petition_follower_pkey PRIMARY KEY (petition_id, account_id)
) {strict};
CREATE INDEX petition_follower_by_account ON petition_follower (account_id, petition_id);
CREATE TABLE saved_filter (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id),
    name text NOT NULL,
    query text NOT NULL,
    created_at {bigint} NOT NULL,
    CONSTRAINT saved_filter_name_key UNIQUE (account_id, name)
) {strict};
DROP TABLE petition_search;
CREATE TABLE petition_search (
    number {bigint} NOT NULL PRIMARY KEY,
    petition_id {uuid} NOT NULL CONSTRAINT petition_search_petition_key UNIQUE REFERENCES petition (id),
    folded text NOT NULL,
    marked text NOT NULL,
    public_folded text NOT NULL,
    public_marked text NOT NULL
) {strict};
";

// The tokens were cut and folded by the domain; the tokenizer has nothing left to do but to split at spaces.
const SQLITE: &str = "
UPDATE petition SET lat_e7 = json_extract(place, '$.lat_e7'), lon_e7 = json_extract(place, '$.lon_e7'),
    unit = json_extract(routing, '$.unit');
CREATE VIRTUAL TABLE petition_fts USING fts5(
    folded, marked, public_folded, public_marked,
    content = 'petition_search', content_rowid = 'number', tokenize = 'ascii'
);
CREATE TRIGGER petition_search_added AFTER INSERT ON petition_search BEGIN
    INSERT INTO petition_fts (rowid, folded, marked, public_folded, public_marked)
    VALUES (NEW.number, NEW.folded, NEW.marked, NEW.public_folded, NEW.public_marked);
END;
CREATE TRIGGER petition_search_gone AFTER DELETE ON petition_search BEGIN
    INSERT INTO petition_fts (petition_fts, rowid, folded, marked, public_folded, public_marked)
    VALUES ('delete', OLD.number, OLD.folded, OLD.marked, OLD.public_folded, OLD.public_marked);
END;
CREATE TRIGGER petition_search_changed AFTER UPDATE ON petition_search BEGIN
    INSERT INTO petition_fts (petition_fts, rowid, folded, marked, public_folded, public_marked)
    VALUES ('delete', OLD.number, OLD.folded, OLD.marked, OLD.public_folded, OLD.public_marked);
    INSERT INTO petition_fts (rowid, folded, marked, public_folded, public_marked)
    VALUES (NEW.number, NEW.folded, NEW.marked, NEW.public_folded, NEW.public_marked);
END;
";

// Not to_tsvector: its parser would cut the tokens anew, by rules of its own.
const POSTGRES: &str = "
UPDATE petition SET lat_e7 = (place::json->>'lat_e7')::integer, lon_e7 = (place::json->>'lon_e7')::integer,
    unit = routing::json->>'unit';
ALTER TABLE petition_search
    ADD COLUMN folded_terms tsvector NOT NULL GENERATED ALWAYS AS (array_to_tsvector(string_to_array(folded, ' '))) STORED,
    ADD COLUMN marked_terms tsvector NOT NULL GENERATED ALWAYS AS (array_to_tsvector(string_to_array(marked, ' '))) STORED,
    ADD COLUMN public_folded_terms tsvector NOT NULL
        GENERATED ALWAYS AS (array_to_tsvector(string_to_array(public_folded, ' '))) STORED,
    ADD COLUMN public_marked_terms tsvector NOT NULL
        GENERATED ALWAYS AS (array_to_tsvector(string_to_array(public_marked, ' '))) STORED;
CREATE INDEX petition_search_folded ON petition_search USING gin (folded_terms);
CREATE INDEX petition_search_public ON petition_search USING gin (public_folded_terms);
CREATE INDEX event_by_transaction ON event (xid, position);
";

/// How many petitions are taken into the index at a time.
const PAGE: u64 = 1_000;

#[derive(FromQueryResult)]
struct Indexed {
    id: Uuid,
    number: i64,
    code: String,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        super::run(manager, SQL).await?;
        let connection = manager.get_connection();
        let own = match Engine::of(connection) {
            Engine::Sqlite => SQLITE,
            Engine::Postgres => POSTGRES,
        };
        super::run(manager, own).await?;
        let petitions = petition::Entity::find()
            .select_only()
            .columns([petition::Column::Id, petition::Column::Number, petition::Column::Code])
            .order_by_asc(petition::Column::Number);
        let mut pages = petitions.into_model::<Indexed>().paginate(connection, PAGE);
        while let Some(page) = pages.fetch_and_next().await? {
            if page.is_empty() {
                break;
            }
            index(connection, page).await?;
        }
        Ok(())
    }
}

/// The fold is the domain's, so what was stored before is folded here and not in SQL.
async fn index(connection: &SchemaManagerConnection<'_>, page: Vec<Indexed>) -> Result<(), DbErr> {
    let texts = words::Entity::find()
        .filter(words::Column::PetitionId.is_in(page.iter().map(|petition| petition.id)))
        .filter(words::Column::Seq.eq(1))
        .filter(words::Column::Slot.is_in([Slot::Title, Slot::Content, Slot::Address].map(Slot::as_str)))
        .all(connection)
        .await?;
    let rows = page.into_iter().map(|Indexed { id, number, code }| {
        let text = |slot: Slot| texts.iter().find(|row| row.petition_id == id && row.slot == slot.as_str());
        let texts = [Slot::Title, Slot::Content, Slot::Address].map(text);
        let words = texts.into_iter().flatten().map(|row| row.words.as_str());
        let indexed = search::index(std::iter::once(code.as_str()).chain(words));
        petition_search::ActiveModel {
            number: Set(number),
            petition_id: Set(id),
            folded: Set(indexed.folded),
            marked: Set(indexed.marked),
            public_folded: Set(String::new()),
            public_marked: Set(String::new()),
        }
    });
    petition_search::Entity::insert_many(rows).exec_without_returning(connection).await?;
    Ok(())
}
