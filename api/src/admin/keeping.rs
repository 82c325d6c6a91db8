//! What all changes of the catalogue have in common: how their bodies are read, and how they end.

use actix_web::{HttpResponse, HttpResponseBuilder};
use chrono::NaiveDate;
use domain::{
    catalogue::Validity,
    change::Change,
    text::{Content, Title},
};
use persistence::{UnitOfWork, Versioned};
use serde::Serialize;

use super::changes::told;
use crate::{
    app::App,
    field::{Faults, Field},
    petition::version_tag,
    problem::{Code, FaultCode, Problem},
};

impl Faults {
    /// A day, which may be absent.
    pub(crate) fn day(&mut self, pointer: &str, field: Field<String>) -> Option<NaiveDate> {
        let raw = self.optional(pointer, field)?;
        // Written again and compared, since chrono also reads "2022-3-7".
        let day = raw.parse::<NaiveDate>().ok().filter(|day| day.to_string() == raw);
        if day.is_none() {
            self.add(pointer, FaultCode::InvalidDay);
        }
        day
    }

    /// A day that has not passed; today unless given. `None` where it is wrong.
    pub(crate) fn coming_day(&mut self, pointer: &str, field: Field<String>, today: NaiveDate) -> Option<NaiveDate> {
        if field == Field::Absent {
            return Some(today);
        }
        let day = self.day(pointer, field)?;
        if day < today {
            self.add_with(pointer, FaultCode::InPast, today.to_string());
            return None;
        }
        Some(day)
    }

    /// Why something is changed, which must be said.
    pub(crate) fn reason(&mut self, field: Field<String>) -> Option<String> {
        self.required_text("/reason", field, Content::parse).map(Content::into_string)
    }

    /// Why something is made, which may be said.
    pub(crate) fn reason_if_given(&mut self, field: Field<String>) -> Option<String> {
        let raw = self.optional("/reason", field)?;
        self.text("/reason", Content::parse(&raw)).map(Content::into_string)
    }

    /// A name in Vietnamese, which must be there.
    pub(crate) fn name(&mut self, pointer: &str, field: Field<String>) -> Option<String> {
        self.required_text(pointer, field, Title::parse).map(Title::into_string)
    }

    /// A name in English; the Vietnamese one unless given.
    pub(crate) fn name_en(&mut self, pointer: &str, field: Field<String>, name: Option<&String>) -> Option<String> {
        match self.optional(pointer, field) {
            None => name.cloned(),
            Some(raw) => self.text(pointer, Title::parse(&raw)).map(Title::into_string),
        }
    }
}

/// Makes a change last, together with its entry in the list, and has this server know of it; others do within seconds.
///
/// # Errors
/// As the store says.
pub(crate) async fn settle(app: &App, mut unit: UnitOfWork, change: &Change) -> Result<(), Problem> {
    unit.note_change(change).await?;
    unit.commit().await?;
    let author = change.author.map(|author| author.to_string());
    tracing::info!(target: "audit", { kind = %change.kind, key = %change.key, by = author }, "catalogue changed");
    if let Err(error) = app.refresh_catalogue().await {
        // The change is there, and whoever made it must not think otherwise; it is read again in a moment anyway.
        tracing::warn!(%error, "the catalogue could not be read again");
    }
    Ok(())
}

/// When something ends, and why, as a body says it: today unless it says a day.
///
/// # Errors
/// [`Problem`] with what is wrong; [`Code::NoEffect`] where it has ended, or ends on that day.
pub(crate) fn parse_end(
    held: Validity,
    on: Field<String>,
    reason: Field<String>,
    today: NaiveDate,
) -> Result<(Validity, String), Problem> {
    let mut faults = Faults::default();
    let on = faults.coming_day("/on", on, today);
    let reason = faults.reason(reason);
    let (on, reason) = faults.finish(on.zip(reason))?;
    let validity = held.ending(on, today).ok_or_else(|| Problem::new(Code::NoEffect))?;
    Ok((validity, reason))
}

/// Settles that something was made, and answers with it.
///
/// # Errors
/// As [`settle`].
pub(crate) async fn made<T, V: Serialize>(
    app: &App,
    unit: UnitOfWork,
    change: Change,
    (kept, view): (&Versioned<T>, &V),
    reason: Option<String>,
) -> Result<HttpResponse, Problem> {
    settle(app, unit, &change.between(None, told(view)?).because(reason)).await?;
    Ok(tagged(HttpResponse::Created(), kept, view))
}

/// Settles that something was changed, and answers with what it is now.
///
/// # Errors
/// As [`settle`].
pub(crate) async fn changed<T, V: Serialize>(
    app: &App,
    unit: UnitOfWork,
    change: Change,
    before: &V,
    (kept, view): (&Versioned<T>, &V),
    reason: String,
) -> Result<HttpResponse, Problem> {
    settle(app, unit, &change.between(told(before)?, told(view)?).because(Some(reason))).await?;
    Ok(tagged(HttpResponse::Ok(), kept, view))
}

/// An answer with the tag that the next change names.
pub(crate) fn tagged<T, V: Serialize>(
    mut response: HttpResponseBuilder,
    kept: &Versioned<T>,
    view: &V,
) -> HttpResponse {
    response.insert_header(("etag", version_tag(kept.version))).json(view)
}
