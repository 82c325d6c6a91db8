//! Deeds as they are stored.

use std::collections::HashMap;

use chrono::TimeDelta;
use domain::{
    petition::{Event, Slot},
    rate::{Act, AnswerText, Deed, Month, TextPrint, deeds},
    time::Instant,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use super::{
    advance::ROWS,
    cells::Cell,
    names::{Names, stored},
    spans,
};
use crate::{
    entity::{
        rate_deed::{Column, Entity, Model},
        words,
    },
    error::StoreError,
    row::stored_int,
    store::Snapshot,
    unit_of_work::UnitOfWork,
};

/// The numbers of the kinds of deeds; one that is added gets the next.
pub(super) const ANSWERED: i32 = 0;
pub(super) const EXTENDED: i32 = 1;
pub(super) const SENT_AWAY: i32 = 2;
pub(super) const RECATEGORISED: i32 = 3;

/// The words of answers by petition and event, as far as they were not erased.
pub(super) struct Answers(HashMap<(Uuid, i32), String>);

impl Answers {
    /// What was done in one of their petitions' histories.
    pub(super) fn deeds_in(&self, history: &[Event]) -> Result<Vec<Deed>, StoreError> {
        let Some(petition) = history.first().map(|first| first.petition) else { return Ok(Vec::new()) };
        let words = |seq| self.0.get(&(petition.0, stored_int(seq).ok()?)).map(String::as_str);
        deeds(history, words).map_err(|unfit| StoreError::inconsistent("event", "seq", petition, unfit))
    }
}

impl Snapshot {
    /// The words of all answers of those petitions, drafts among them.
    pub(super) async fn answers_of(&self, petitions: &[Uuid]) -> Result<Answers, StoreError> {
        let rows = words::Entity::find()
            .filter(words::Column::PetitionId.is_in(petitions.to_vec()))
            .filter(words::Column::Slot.eq(Slot::Answer.as_str()));
        let rows = rows.all(&self.0).await?.into_iter();
        Ok(Answers(rows.map(|row| ((row.petition_id, row.seq), row.words)).collect()))
    }
}

impl UnitOfWork {
    /// Takes the deeds of those petitions away.
    pub(super) async fn remove_deeds(&mut self, petitions: &[Uuid]) -> Result<(), StoreError> {
        let theirs = Column::PetitionId.is_in(petitions.to_vec());
        Entity::delete_many().filter(theirs).exec(self.transaction()).await?;
        Ok(())
    }

    /// Stores deeds.
    pub(super) async fn put_deeds(&mut self, rows: &[Model]) -> Result<(), StoreError> {
        for some in rows.chunks(ROWS) {
            let rows = some.iter().map(|row| row.clone().into_active_model());
            Entity::insert_many(rows).exec_without_returning(self.transaction()).await?;
        }
        Ok(())
    }
}

/// Those of some petitions, in the order of petition and event.
pub(super) async fn of_petitions(
    connection: &impl ConnectionTrait,
    petitions: &[Uuid],
) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().filter(Column::PetitionId.is_in(petitions.to_vec())).all(connection).await?)
}

/// The codes that a deed names.
pub(super) fn codes(deed: &Deed) -> impl Iterator<Item = &str> {
    spans::codes(&deed.heading).chain([deed.holder.as_str()])
}

/// The row of a deed.
pub(super) fn row(petition: Uuid, deed: &Deed, names: &Names) -> Result<Model, StoreError> {
    let number = |name: &str| names.number(name).and_then(stored);
    let heading = &deed.heading;
    let plain = Model {
        petition_id: petition,
        seq: stored_int(deed.seq)?,
        at: deed.at.micros(),
        submitted_at: deed.submitted_at.micros(),
        agency: number(heading.agency.as_str())?,
        holder: number(deed.holder.as_str())?,
        unit: heading.unit.as_ref().map_or(Ok(0), |unit| number(unit.as_str()))?,
        category: heading.category.as_ref().map_or(Ok(0), |category| number(category.as_str()))?,
        channel: i32::from(spans::channel_number(heading.channel)),
        kind: EXTENDED,
        waited: None,
        length: None,
        print: None,
        reopened_at: None,
        time_left: None,
    };
    Ok(match deed.act {
        Act::Extended => plain,
        Act::Answered { waited, text, reopened_at } => Model {
            kind: ANSWERED,
            waited: waited.num_microseconds(),
            length: text.map(|text| stored_int(text.length)).transpose()?,
            print: text.map(|text| text.print.number()),
            reopened_at: reopened_at.map(Instant::micros),
            ..plain
        },
        Act::SentAway { time_left } => {
            Model { kind: SENT_AWAY, time_left: time_left.and_then(|left| left.num_microseconds()), ..plain }
        }
        Act::Recategorised => Model { kind: RECATEGORISED, ..plain },
    })
}

/// The deed of a row.
pub(super) fn deed(row: &Model, names: &Names) -> Result<Deed, StoreError> {
    let wrong = |column: &'static str, problem: &dyn std::fmt::Display| {
        StoreError::inconsistent("rate_deed", column, format!("{} {}", row.petition_id, row.seq), problem)
    };
    let instant = |column, micros| Instant::from_micros(micros).ok_or_else(|| wrong(column, &"it is no instant"));
    let number = |column, number: i32| u32::try_from(number).map_err(|error| wrong(column, &error));
    let submitted_at = instant("submitted_at", row.submitted_at)?;
    let under = |agency| {
        let cell = Cell {
            agency: number("agency", agency)?,
            unit: number("unit", row.unit)?,
            category: number("category", row.category)?,
            channel: u8::try_from(row.channel).map_err(|error| wrong("channel", &error))?,
            ..Cell::default()
        };
        spans::heading(cell, Month::of(submitted_at), names)
    };
    let act = match row.kind {
        ANSWERED => Act::Answered {
            waited: row.waited.map(TimeDelta::microseconds).ok_or_else(|| wrong("waited", &"it is missing"))?,
            text: row
                .length
                .zip(row.print)
                .map(|(length, print)| {
                    let length = number("length", length)?;
                    Ok::<_, StoreError>(AnswerText { length, print: TextPrint::from_number(print) })
                })
                .transpose()?,
            reopened_at: row.reopened_at.map(|at| instant("reopened_at", at)).transpose()?,
        },
        EXTENDED => Act::Extended,
        SENT_AWAY => Act::SentAway { time_left: row.time_left.map(TimeDelta::microseconds) },
        RECATEGORISED => Act::Recategorised,
        _ => return Err(wrong("kind", &"an unknown kind")),
    };
    Ok(Deed {
        seq: number("seq", row.seq)?,
        at: instant("at", row.at)?,
        submitted_at,
        holder: under(row.holder)?.agency,
        heading: under(row.agency)?,
        act,
    })
}
