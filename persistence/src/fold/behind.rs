//! The petitions behind a count.

use std::collections::BTreeMap;

use domain::{
    id::PetitionId,
    petition::{Event, PetitionCode},
    rate::{Bucket, Heading, Month, Question, Span, Standing, spans},
    routing::Directory,
    time::Instant,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Value};
use uuid::Uuid;

use super::{
    figures::{PETITIONS, SENT},
    names::Names,
    narrowed::{narrowed, one_of},
    spans::{cell, heading, standing},
};
use crate::{
    entity::{petition, rate_span},
    error::StoreError,
    queue::Page,
    store::Snapshot,
};

/// A petition and how it is counted at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Which.
    pub petition: PetitionId,
    /// Its public code.
    pub code: PetitionCode,
    /// When it was sent.
    pub submitted_at: Instant,
    /// Under what it is counted.
    pub heading: Heading,
    /// As what.
    pub standing: Standing,
    /// Since when.
    pub since: Instant,
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Behind<'a> {
    /// The petitions of this question.
    pub question: &'a Question,
    /// As they stand at this instant.
    pub as_of: Instant,
    /// That are in this count.
    pub bucket: Bucket,
}

impl Behind<'_> {
    fn wants(&self, heading: &Heading, standing: Standing, directory: &Directory) -> bool {
        self.bucket.holds(standing) && self.question.key(heading, directory).is_some()
    }
}

/// By when they were sent.
type Found = BTreeMap<Place, (Heading, Standing, Instant)>;

/// When a petition was sent, and which.
type Place = (Instant, Uuid);

impl Snapshot {
    /// The petitions that a count counts, in the order they were sent, a page of them: as many as the count says over all pages.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] on a damaged log or fold; otherwise as the database says.
    pub async fn petitions_behind(
        &self,
        behind: Behind<'_>,
        directory: &Directory,
        page: Page<(Instant, PetitionId)>,
    ) -> Result<Vec<Counted>, StoreError> {
        let late = self.lagging(&self.checkpoint().await?).await?;
        let names = Names::read(&self.0).await?;
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let begin = page.after.map(|(sent, id)| (sent, id.0));
        let mut found = Found::new();
        let mut after = begin;
        // Whoever has news is counted by its history, so a page from the fold may come out short.
        while found.len() < limit {
            let rows = self.folded_behind(&behind, directory, &names, after, page.limit).await?;
            let is_last = rows.len() < limit;
            for (sent, row) in rows {
                after = Some((sent, row.petition_id));
                if !late.contains_key(&row.petition_id)
                    && let Some((heading, standing)) = read(&row, sent, &names)?
                    // Through heirs, a row is left out only here.
                    && behind.wants(&heading, standing, directory)
                    && let Some(since) = Instant::from_micros(row.since)
                {
                    found.insert((sent, row.petition_id), (heading, standing, since));
                }
            }
            if is_last {
                break;
            }
        }
        let late: Vec<Uuid> = late.into_keys().collect();
        for some in late.chunks(PETITIONS) {
            let beyond = found.keys().nth(limit.saturating_sub(1)).copied();
            let some = self.sent_within(some, begin, beyond).await?;
            self.late_behind(&behind, directory, &some, begin, &mut found).await?;
        }
        self.with_codes(found.into_iter().take(limit).collect()).await
    }

    async fn folded_behind(
        &self,
        behind: &Behind<'_>,
        directory: &Directory,
        names: &Names,
        after: Option<Place>,
        limit: u64,
    ) -> Result<Vec<(Instant, rate_span::Model)>, StoreError> {
        let Question { from, to, filter, .. } = behind.question;
        let as_of = behind.as_of.micros();
        let mut sql = format!(
            "SELECT {SENT} WHERE s.since < $1 AND s.until >= $1 AND p.submitted_at >= $2 AND p.submitted_at < $3 \
             AND (p.submitted_at, p.petition_id) > ($4, $5)"
        );
        let (sent, id) = after.map_or((i64::MIN, Uuid::nil()), |(sent, id)| (sent.micros(), id));
        // Said again of the first column: SQLite begins in the index where one condition says, and would take the period's.
        let from = Ord::max(sent, from.map_or(i64::MIN, Instant::micros));
        let values = vec![
            Value::from(as_of),
            Value::from(from),
            // What was sent later counts nowhere yet, and would only be gone through.
            Value::from(to.map_or(as_of, |to| as_of.min(to.micros()))),
            Value::from(sent),
            Value::from(id),
        ];
        let standings = Standing::all().filter(|standing| behind.bucket.holds(*standing));
        let narrowed = narrowed(filter, directory, names);
        sql.push_str(&one_of("standing", standings.map(|standing| i32::from(standing.number()))));
        sql.push_str(&narrowed.agency);
        sql.push_str(&narrowed.rest);
        sql.push_str(&format!(" ORDER BY p.submitted_at, p.petition_id LIMIT {limit}"));
        self.sent(&sql, values).await
    }

    /// Those of the petitions that the page may have: their histories are not read for another one.
    async fn sent_within(
        &self,
        petitions: &[Uuid],
        after: Option<Place>,
        until: Option<Place>,
    ) -> Result<Vec<Uuid>, StoreError> {
        let sent = petition::Column::SubmittedAt;
        let within = petition::Entity::find()
            .select_only()
            .column(petition::Column::Id)
            .filter(petition::Column::Id.is_in(petitions.to_vec()))
            .apply_if(after, |found, (after, _)| found.filter(sent.gte(after.micros())))
            .apply_if(until, |found, (until, _)| found.filter(sent.lte(until.micros())));
        Ok(within.into_tuple().all(&self.0).await?)
    }

    async fn late_behind(
        &self,
        behind: &Behind<'_>,
        directory: &Directory,
        petitions: &[Uuid],
        after: Option<Place>,
        found: &mut Found,
    ) -> Result<(), StoreError> {
        for history in self.histories_of(petitions).await? {
            let asked = |first: &&Event| {
                behind.question.covers(first.at) && after.is_none_or(|after| (first.at, first.petition.0) > after)
            };
            let Some(first) = history.first().filter(asked) else { continue };
            let spans =
                spans(&history).map_err(|unfit| StoreError::inconsistent("event", "seq", first.petition, unfit))?;
            let Some(Span { since, heading, standing: Some(standing), .. }) =
                spans.into_iter().find(|span| span.covers(behind.as_of))
            else {
                continue;
            };
            if behind.wants(&heading, standing, directory) {
                found.insert((first.at, first.petition.0), (heading, standing, since));
            }
        }
        Ok(())
    }

    async fn with_codes(&self, found: Vec<(Place, (Heading, Standing, Instant))>) -> Result<Vec<Counted>, StoreError> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let codes = petition::Entity::find()
            .select_only()
            .column(petition::Column::Id)
            .column(petition::Column::Code)
            .filter(petition::Column::Id.is_in(found.iter().map(|((_, id), _)| *id)));
        let codes: BTreeMap<Uuid, String> =
            codes.into_tuple::<(Uuid, String)>().all(&self.0).await?.into_iter().collect();
        let counted = found.into_iter().map(|((submitted_at, id), (heading, standing, since))| {
            let code = codes.get(&id).map(|code| PetitionCode::parse(code));
            let code = code.and_then(Result::ok);
            let code = code.ok_or_else(|| StoreError::inconsistent("petition", "code", id, "missing, or none"))?;
            Ok(Counted { petition: PetitionId(id), code, submitted_at, heading, standing, since })
        });
        counted.collect()
    }
}

fn read(row: &rate_span::Model, sent: Instant, names: &Names) -> Result<Option<(Heading, Standing)>, StoreError> {
    let Some(cell) = cell(row, 0)? else { return Ok(None) };
    Ok(Some((heading(cell, Month::of(sent), names)?, standing(cell.standing)?)))
}
