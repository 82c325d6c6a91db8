//! Signs from the deeds that are stored, and from the log for those that are not yet.
//!
//! What a sign is says [`domain::rate::SignTally`]; here the same is asked of the database, which counts rows faster than it gives
//! them away. The end-to-end tests hold both to one naive count.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    code::AgencyCode,
    rate::{
        BEFORE_DEADLINE_HOURS, Copies, EQUAL_ANSWERS, QUICK_ANSWER_MINUTES, SHORT_ANSWER_CHARACTERS, Sign,
        SignQuestion, SignTally, Signs, TextPrint,
    },
    time::Instant,
};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, QueryResult, Statement, Value};
use uuid::Uuid;

use super::{
    deeds::{self, ANSWERED, EXTENDED, RECATEGORISED, SENT_AWAY},
    names::Names,
    narrowed::{Narrowed, narrowed},
};
use crate::{entity::rate_deed, error::StoreError, store::Snapshot};

/// How many petitions, or texts, are asked for at a time.
const AT_A_TIME: usize = 1_000;

const MINUTE_MICROS: i64 = 60_000_000;
const HOUR_MICROS: i64 = 60 * MINUTE_MICROS;

/// The condition on a row that it is counted as that; `None` where more than the row is needed.
fn condition(sign: Sign, as_of: Instant) -> Option<String> {
    let answers = format!("s.kind = {ANSWERED}");
    let sent_away = format!("s.kind = {SENT_AWAY}");
    let condition = match sign {
        Sign::Answers => answers,
        Sign::QuickAnswers => {
            format!("{answers} AND s.waited <= {}", i64::from(QUICK_ANSWER_MINUTES) * MINUTE_MICROS)
        }
        Sign::ShortAnswers => format!("{answers} AND s.length < {SHORT_ANSWER_CHARACTERS}"),
        Sign::UnknownTexts => format!("{answers} AND s.length IS NULL"),
        Sign::Reopened => format!("{answers} AND s.reopened_at < {}", as_of.micros()),
        Sign::Extensions => format!("s.kind = {EXTENDED}"),
        Sign::SentAway => sent_away,
        Sign::SentAwayLate => {
            format!("{sent_away} AND s.time_left < {}", i64::from(BEFORE_DEADLINE_HOURS) * HOUR_MICROS)
        }
        Sign::Recategorised => format!("s.kind = {RECATEGORISED}"),
        Sign::EqualAnswers | Sign::RecategorisedBeforeMilestone => return None,
    };
    Some(condition)
}

impl Snapshot {
    /// The signs of every agency that did something that is asked for. It is exact whether or not the fold is up to date.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] on a damaged log or fold; otherwise as the database says.
    pub async fn signs(&self, asked: &SignQuestion<'_>) -> Result<BTreeMap<AgencyCode, Signs>, StoreError> {
        let names = Names::read(&self.0).await?;
        let narrowed = narrowed(&asked.question.filter, asked.directory, &names);
        let stored = Stored { snapshot: self, asked, narrowed, names };
        let mut signs = stored.counted().await?;
        let late: Vec<Uuid> = self.lagging(&self.checkpoint().await?).await?.into_keys().collect();
        if !late.is_empty() {
            stored.correct(&late, &mut signs).await?;
        }
        signs.retain(|_, signs| !signs.is_empty());
        Ok(signs)
    }
}

/// The deeds that are stored, and what is asked of them.
struct Stored<'a> {
    snapshot: &'a Snapshot,
    asked: &'a SignQuestion<'a>,
    narrowed: Narrowed,
    names: Names,
}

#[derive(FromQueryResult)]
struct Equal {
    agency: i32,
    equal: i64,
}

#[derive(FromQueryResult)]
struct Held {
    agency: i32,
    print: i64,
    given: i64,
    asked_for: i64,
}

impl Stored<'_> {
    /// What the rows come to.
    async fn counted(&self) -> Result<BTreeMap<AgencyCode, Signs>, StoreError> {
        let mut signs: BTreeMap<AgencyCode, Signs> = BTreeMap::new();
        let conditions = Sign::ALL.iter().filter_map(|sign| Some((*sign, condition(*sign, self.asked.as_of)?)));
        let conditions: Vec<(Sign, String)> = conditions.collect();
        let counts: Vec<String> =
            conditions.iter().map(|(sign, is)| format!(", COUNT(*) FILTER (WHERE {is}) AS {sign}")).collect();
        // The sign keeps SQLite from going through all rows in the order of the index on agencies, which takes longer than a sort.
        let sql = format!(
            "SELECT +s.agency AS agency{} FROM rate_deed s WHERE s.at < $1{} GROUP BY 1",
            counts.concat(),
            self.asked_for()
        );
        for row in self.snapshot.0.query_all_raw(self.statement(&sql)).await? {
            let signs = signs.entry(self.agency(row.try_get("", "agency")?)?).or_default();
            for (sign, _) in &conditions {
                signs.add(*sign, self.count(&row, sign.as_str())?);
            }
        }
        // Of what an agency gave, since only its own answers can be equal.
        let sql = format!(
            "SELECT c.agency, CAST(SUM(c.asked_for) AS bigint) AS equal FROM (\
             SELECT s.agency, COUNT(*) FILTER (WHERE s.at < $1{}) AS asked_for FROM rate_deed s \
             WHERE s.print IS NOT NULL AND s.at < $1{} GROUP BY s.print, s.agency HAVING COUNT(*) > {EQUAL_ANSWERS}) c \
             GROUP BY c.agency",
            self.asked_for(),
            self.narrowed.agency,
        );
        for Equal { agency, equal } in Equal::find_by_statement(self.statement(&sql)).all(&self.snapshot.0).await? {
            signs.entry(self.agency(agency)?).or_default().add(Sign::EqualAnswers, self.unsigned(equal)?);
        }
        let near = self.asked.before_milestones().into_iter();
        let near: Vec<String> =
            near.map(|(from, to)| format!("s.at >= {} AND s.at < {}", from.micros(), to.micros())).collect();
        if !near.is_empty() {
            let sql = format!(
                "SELECT s.* FROM rate_deed s WHERE s.kind = {RECATEGORISED} AND ({}) AND s.at < $1{}",
                near.join(" OR "),
                self.asked_for()
            );
            let rows = rate_deed::Entity::find().from_raw_sql(self.statement(&sql));
            for row in rows.all(&self.snapshot.0).await? {
                let deed = deeds::deed(&row, &self.names)?;
                let near = u64::from(self.asked.is_before_milestone(&deed));
                signs.entry(deed.heading.agency).or_default().add(Sign::RecategorisedBeforeMilestone, near);
            }
        }
        Ok(signs)
    }

    /// Puts what the histories of those petitions say in the place of what is stored of them.
    async fn correct(&self, late: &[Uuid], signs: &mut BTreeMap<AgencyCode, Signs>) -> Result<(), StoreError> {
        let (mut old, mut new) = (SignTally::default(), SignTally::default());
        for some in late.chunks(AT_A_TIME) {
            for row in deeds::of_petitions(&self.snapshot.0, some).await? {
                old.take(&deeds::deed(&row, &self.names)?, self.asked);
            }
            let answers = self.snapshot.answers_of(some).await?;
            for history in self.snapshot.histories_of(some).await? {
                answers.deeds_in(&history)?.iter().for_each(|deed| new.take(deed, self.asked));
            }
        }
        let texts: BTreeSet<(AgencyCode, TextPrint)> = old.copies.keys().chain(new.copies.keys()).cloned().collect();
        let held = self.copies(&texts).await?;
        for (agency, more) in &new.agencies {
            signs.entry(agency.clone()).or_default().add_all(more);
        }
        for text in texts {
            let of = |copies: &BTreeMap<_, Copies>| copies.get(&text).copied().unwrap_or_default();
            let (held, old, new) = (of(&held), of(&old.copies), of(&new.copies));
            let now = Copies {
                given: (held.given + new.given).saturating_sub(old.given),
                asked_for: (held.asked_for + new.asked_for).saturating_sub(old.asked_for),
            };
            let signs = signs.entry(text.0).or_default();
            signs.add(Sign::EqualAnswers, now.equal_to_many());
            fewer(signs, Sign::EqualAnswers, held.equal_to_many())?;
        }
        for (agency, less) in old.agencies {
            let signs = signs.entry(agency).or_default();
            less.counted().try_for_each(|(sign, less)| fewer(signs, sign, less))?;
        }
        Ok(())
    }

    /// How many answers with those words are stored.
    async fn copies(
        &self,
        texts: &BTreeSet<(AgencyCode, TextPrint)>,
    ) -> Result<BTreeMap<(AgencyCode, TextPrint), Copies>, StoreError> {
        let mut held = BTreeMap::new();
        let prints: Vec<String> = texts.iter().map(|(_, print)| print.number().to_string()).collect();
        for some in prints.chunks(AT_A_TIME) {
            let sql = format!(
                "SELECT s.agency, s.print, COUNT(*) AS given, COUNT(*) FILTER (WHERE s.at < $1{}) AS asked_for \
                 FROM rate_deed s WHERE s.print IN ({}) AND s.at < $1 GROUP BY s.print, s.agency",
                self.asked_for(),
                some.join(", ")
            );
            for row in Held::find_by_statement(self.statement(&sql)).all(&self.snapshot.0).await? {
                let copies = Copies { given: self.unsigned(row.given)?, asked_for: self.unsigned(row.asked_for)? };
                held.insert((self.agency(row.agency)?, TextPrint::from_number(row.print)), copies);
            }
        }
        Ok(held)
    }

    /// The conditions of the question, each beginning with ` AND `.
    fn asked_for(&self) -> String {
        let Narrowed { agency, rest } = &self.narrowed;
        format!(" AND s.submitted_at >= $2 AND s.submitted_at < $3{agency}{rest}")
    }

    fn statement(&self, sql: &str) -> Statement {
        let question = self.asked.question;
        let values = [
            self.asked.as_of.micros(),
            question.from.map_or(i64::MIN, Instant::micros),
            question.to.map_or(i64::MAX, Instant::micros),
        ];
        Statement::from_sql_and_values(self.snapshot.0.get_database_backend(), sql, values.map(Value::from))
    }

    fn agency(&self, number: i32) -> Result<AgencyCode, StoreError> {
        let wrong = |problem: &dyn std::fmt::Display| StoreError::inconsistent("rate_deed", "agency", number, problem);
        let name = u32::try_from(number).map_err(|error| wrong(&error))?;
        AgencyCode::parse(self.names.name(name)?).map_err(|error| wrong(&error))
    }

    fn count(&self, row: &QueryResult, column: &str) -> Result<u64, StoreError> {
        self.unsigned(row.try_get("", column)?)
    }

    fn unsigned(&self, count: i64) -> Result<u64, StoreError> {
        u64::try_from(count).map_err(|error| StoreError::inconsistent("rate_deed", "kind", count, error))
    }
}

/// Counts so many less.
fn fewer(signs: &mut Signs, sign: Sign, less: u64) -> Result<(), StoreError> {
    if signs.remove(sign, less) {
        return Ok(());
    }
    let problem = "fewer than none; see `pakn verify` and `pakn rebuild`";
    Err(StoreError::inconsistent("rate_deed", "kind", sign, problem))
}
