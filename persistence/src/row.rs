//! Rows and what they mean: how petitions, events and words are written, and read back without trusting them.

use domain::{
    chain::{Digest, SealedText},
    code::{AgencyCode, CategoryCode},
    deadline::Deadlines,
    id::{AccountId, PetitionId},
    petition::{
        Answer, AnswerClock, Event, Petition, PetitionCode, Place, Publication, Rating, Reference, Rejection, Slot,
    },
    place::Point,
    search::{self, Indexed},
    time::Instant,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    IntoActiveModel,
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{
    entity::{event, petition, petition_search, words},
    error::StoreError,
    petition::{StoredPetition, Words},
};

/// What a petition is found by: its code and the words it came with; for the public, the words that the public reads. `words`
/// gives a text by event and slot.
pub(crate) fn search_row<'a>(
    petition: &'a Petition,
    number: i64,
    words: impl Fn(u32, Slot) -> Option<&'a str>,
) -> petition_search::Model {
    let code = Some(petition.code.as_str());
    let of = |texts: [Option<&'a str>; 5]| search::index(texts.into_iter().flatten());
    let own = |slot| words(1, slot);
    let Indexed { folded, marked } =
        of([code, own(Slot::Title), own(Slot::Content), own(Slot::Address), own(Slot::Reference)]);
    let public = petition.published.map(|Publication { seq, .. }| {
        let worded = |slot| words(seq, slot).or_else(|| own(slot));
        of([code, worded(Slot::Title), worded(Slot::Content), None, None])
    });
    let (public_folded, public_marked) = public.map_or_else(Default::default, |public| (public.folded, public.marked));
    petition_search::Model { number, petition_id: petition.id.0, folded, marked, public_folded, public_marked }
}

pub(crate) fn event_row(event: &Event, hash: &Digest) -> Result<event::ActiveModel, StoreError> {
    let (kind, data) =
        event.data.to_parts().map_err(|error| StoreError::inconsistent("event", "data", event.petition, error))?;
    Ok(event::ActiveModel {
        position: NotSet,
        petition_id: Set(event.petition.0),
        seq: Set(stored_int(event.seq)?),
        at: Set(event.at.micros()),
        kind: Set(kind),
        actor_account: Set(event.actor.account.map(|account| account.0)),
        actor_role: Set(event.actor.role.map(|role| role.as_str().to_owned())),
        actor_agency: Set(event.actor.agency.as_ref().map(|agency| agency.as_str().to_owned())),
        data: Set(data),
        hash: Set(hash.as_bytes().to_vec()),
    })
}

pub(crate) fn words_row(event: &Event, slot: Slot, text: &SealedText) -> Result<words::Model, StoreError> {
    Ok(words::Model {
        petition_id: event.petition.0,
        seq: stored_int(event.seq)?,
        slot: slot.as_str().to_owned(),
        salt: text.salt().to_vec(),
        words: text.words().to_owned(),
    })
}

pub(crate) fn stored_int(number: u32) -> Result<i32, StoreError> {
    i32::try_from(number).map_err(|error| StoreError::inconsistent("petition", "version", number, error))
}

impl StoredPetition {
    /// The row, but for the number, which never changes after submission.
    pub(crate) fn row(&self) -> Result<petition::ActiveModel, StoreError> {
        let Petition {
            id,
            code,
            version,
            status,
            submitter,
            hide_identity,
            channel,
            intake,
            category,
            priority,
            place,
            routing,
            holder,
            held_since,
            submitted_at,
            received_at,
            deadlines,
            answer,
            rejection,
            transfers,
            sent_away_by,
            travels,
            updated_at,
            clock,
            extensions,
            assignee,
            draft,
            rating,
            reopenings,
            published,
            merged_into,
            absorbed,
            emergency,
            escalated,
        } = &self.petition;
        let AnswerClock { began_at, paused_at, paused_seconds, extended_to } = clock;
        let point = match place {
            Place::Point { point, .. } => Some(*point),
            Place::Unit { .. } | Place::Nowhere {} => None,
        };
        let Deadlines { receive, answer: due, gap } = deadlines;
        Ok(petition::Model {
            id: id.0,
            number: 0,
            code: code.to_string(),
            version: stored_int(*version)?,
            head: self.head.as_bytes().to_vec(),
            status: status.to_string(),
            is_open: status.is_open(),
            submitter: submitter.0,
            hide_identity: *hide_identity,
            channel: channel.to_string(),
            category: category.to_string(),
            priority: priority.to_string(),
            place: json(place, id)?,
            routing: json(routing, id)?,
            holder: holder.to_string(),
            held_since: held_since.micros(),
            submitted_at: submitted_at.micros(),
            received_at: received_at.map(Instant::micros),
            receive_due_at: receive.map(Instant::micros),
            due_at: due.map(Instant::micros),
            due_order: due.map_or(i64::MAX, Instant::micros),
            deadline_gap: gap.as_ref().map(|gap| json(gap, id)).transpose()?,
            answer_seq: answer.map(|answer| stored_int(answer.seq)).transpose()?,
            answered_at: answer.map(|answer| answer.at.micros()),
            rejection_seq: rejection.map(|rejection| stored_int(rejection.seq)).transpose()?,
            rejection_code: rejection.map(|rejection| rejection.code.to_string()),
            transfers: stored_int(*transfers)?,
            sent_away_by: sent_away_by.iter().map(AgencyCode::as_str).collect::<Vec<_>>().join(" "),
            travels: *travels,
            updated_at: updated_at.micros(),
            clock_began_at: began_at.micros(),
            paused_at: paused_at.map(Instant::micros),
            paused_seconds: i64::from(*paused_seconds),
            extended_to: extended_to.map(Instant::micros),
            extensions: stored_int(*extensions)?,
            assignee: assignee.map(|account| account.0),
            draft_seq: draft.map(stored_int).transpose()?,
            rating_seq: rating.map(|rating| stored_int(rating.seq)).transpose()?,
            rating: rating.map(|rating| rating.level.to_string()),
            reopenings: stored_int(*reopenings)?,
            published_seq: published.map(|published| stored_int(published.seq)).transpose()?,
            published_at: published.map(|published| published.at.micros()),
            merged_into: merged_into.as_ref().map(|into| into.id.0),
            merged_into_code: merged_into.as_ref().map(|into| into.code.to_string()),
            absorbed: stored_int(*absorbed)?,
            emergency: emergency.map(|emergency| emergency.to_string()),
            escalated: escalated.map(|escalated| escalated.to_string()),
            flagged: self.petition.is_flagged(),
            unit: routing.unit.as_ref().map(ToString::to_string),
            lat_e7: point.map(Point::lat_e7),
            lon_e7: point.map(Point::lon_e7),
            intake: intake.as_ref().map(|intake| json(intake, id)).transpose()?,
        })
        .map(|row| {
            let mut row = row.into_active_model().reset_all();
            row.number = NotSet;
            row
        })
    }
}

fn json<T: serde::Serialize>(value: &T, id: &PetitionId) -> Result<String, StoreError> {
    domain::chain::canonical(value).map_err(|error| StoreError::inconsistent("petition", "json", id, error))
}

/// Reads the columns of one row, naming it in every complaint.
pub(crate) struct Columns {
    pub table: &'static str,
    pub row: Uuid,
}

impl Columns {
    pub fn wrong(&self, column: &'static str, problem: impl std::fmt::Display) -> StoreError {
        StoreError::inconsistent(self.table, column, self.row, problem)
    }

    pub fn word<T>(
        &self,
        column: &'static str,
        text: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        parse(text).ok_or_else(|| self.wrong(column, format!("unknown word {text:?}")))
    }

    fn json<T: DeserializeOwned>(&self, column: &'static str, text: &str) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|error| self.wrong(column, error))
    }

    pub fn instant(&self, column: &'static str, micros: i64) -> Result<Instant, StoreError> {
        Instant::from_micros(micros).ok_or_else(|| self.wrong(column, "not an instant"))
    }

    pub fn number(&self, column: &'static str, number: i32) -> Result<u32, StoreError> {
        u32::try_from(number).map_err(|error| self.wrong(column, error))
    }

    fn agency(&self, column: &'static str, text: &str) -> Result<AgencyCode, StoreError> {
        AgencyCode::parse(text).map_err(|error| self.wrong(column, error))
    }

    fn both<A, B>(&self, column: &'static str, one: Option<A>, two: Option<B>) -> Result<Option<(A, B)>, StoreError> {
        match (one, two) {
            (Some(one), Some(two)) => Ok(Some((one, two))),
            (None, None) => Ok(None),
            (Some(_), None) | (None, Some(_)) => Err(self.wrong(column, "half of a pair is missing")),
        }
    }
}

impl TryFrom<petition::Model> for StoredPetition {
    type Error = StoreError;

    fn try_from(row: petition::Model) -> Result<Self, StoreError> {
        use domain::{
            catalogue::{Channel, Priority},
            petition::{Emergency, Escalation, RatingLevel, RejectionCode, Status},
        };
        let columns = Columns { table: "petition", row: row.id };
        let optional = |column, micros: Option<i64>| micros.map(|micros| columns.instant(column, micros)).transpose();
        let answer = columns
            .both("answer_seq", row.answer_seq, row.answered_at)?
            .map(|(seq, at)| {
                Ok::<_, StoreError>(Answer {
                    seq: columns.number("answer_seq", seq)?,
                    at: columns.instant("answered_at", at)?,
                })
            })
            .transpose()?;
        let rejection = columns
            .both("rejection_seq", row.rejection_seq, row.rejection_code.as_deref())?
            .map(|(seq, code)| {
                let code = columns.word("rejection_code", code, RejectionCode::parse)?;
                Ok::<_, StoreError>(Rejection { seq: columns.number("rejection_seq", seq)?, code })
            })
            .transpose()?;
        let rating = columns
            .both("rating_seq", row.rating_seq, row.rating.as_deref())?
            .map(|(seq, level)| {
                let level = columns.word("rating", level, RatingLevel::parse)?;
                Ok::<_, StoreError>(Rating { seq: columns.number("rating_seq", seq)?, level })
            })
            .transpose()?;
        let published = columns
            .both("published_seq", row.published_seq, row.published_at)?
            .map(|(seq, at)| {
                let at = columns.instant("published_at", at)?;
                Ok::<_, StoreError>(Publication { seq: columns.number("published_seq", seq)?, at })
            })
            .transpose()?;
        let merged_into = columns
            .both("merged_into", row.merged_into, row.merged_into_code.as_deref())?
            .map(|(id, code)| {
                let code = PetitionCode::parse(code).map_err(|error| columns.wrong("merged_into_code", error))?;
                Ok::<_, StoreError>(Reference { id: PetitionId(id), code })
            })
            .transpose()?;
        let petition = Petition {
            id: PetitionId(row.id),
            code: PetitionCode::parse(&row.code).map_err(|error| columns.wrong("code", error))?,
            version: columns.number("version", row.version)?,
            status: columns.word("status", &row.status, Status::parse)?,
            submitter: AccountId(row.submitter),
            hide_identity: row.hide_identity,
            channel: columns.word("channel", &row.channel, Channel::parse)?,
            intake: row.intake.as_deref().map(|intake| columns.json("intake", intake)).transpose()?,
            category: CategoryCode::parse(&row.category).map_err(|error| columns.wrong("category", error))?,
            priority: columns.word("priority", &row.priority, Priority::parse)?,
            place: columns.json("place", &row.place)?,
            routing: columns.json("routing", &row.routing)?,
            holder: columns.agency("holder", &row.holder)?,
            held_since: columns.instant("held_since", row.held_since)?,
            submitted_at: columns.instant("submitted_at", row.submitted_at)?,
            received_at: optional("received_at", row.received_at)?,
            deadlines: Deadlines {
                receive: optional("receive_due_at", row.receive_due_at)?,
                answer: optional("due_at", row.due_at)?,
                gap: row.deadline_gap.as_deref().map(|gap| columns.json("deadline_gap", gap)).transpose()?,
            },
            answer,
            rejection,
            transfers: columns.number("transfers", row.transfers)?,
            sent_away_by: row
                .sent_away_by
                .split_whitespace()
                .map(|code| columns.agency("sent_away_by", code))
                .collect::<Result<_, _>>()?,
            travels: row.travels,
            updated_at: columns.instant("updated_at", row.updated_at)?,
            clock: AnswerClock {
                began_at: columns.instant("clock_began_at", row.clock_began_at)?,
                paused_at: optional("paused_at", row.paused_at)?,
                paused_seconds: u32::try_from(row.paused_seconds)
                    .map_err(|error| columns.wrong("paused_seconds", error))?,
                extended_to: optional("extended_to", row.extended_to)?,
            },
            extensions: columns.number("extensions", row.extensions)?,
            assignee: row.assignee.map(AccountId),
            draft: row.draft_seq.map(|seq| columns.number("draft_seq", seq)).transpose()?,
            rating,
            reopenings: columns.number("reopenings", row.reopenings)?,
            published,
            merged_into,
            absorbed: columns.number("absorbed", row.absorbed)?,
            emergency: row.emergency.map(|word| columns.word("emergency", &word, Emergency::parse)).transpose()?,
            escalated: row.escalated.map(|word| columns.word("escalated", &word, Escalation::parse)).transpose()?,
        };
        let head = Digest::from_bytes(&row.head).ok_or_else(|| columns.wrong("head", "not 32 bytes"))?;
        Ok(Self { petition, head })
    }
}

impl TryFrom<words::Model> for Words {
    type Error = StoreError;

    fn try_from(row: words::Model) -> Result<Self, StoreError> {
        let columns = Columns { table: "words", row: row.petition_id };
        Ok(Self {
            petition: PetitionId(row.petition_id),
            seq: columns.number("seq", row.seq)?,
            slot: columns.word("slot", &row.slot, Slot::parse)?,
            text: row.words,
        })
    }
}
