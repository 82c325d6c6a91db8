//! Signs that the number was improved instead of the work: counts beside the rate, for people to look into. There is no verdict,
//! no score and no order by them: most quick answers are good ones, and who transfers late may have learned late.
//!
//! A sign counts for the agency that did the deed when it did it, not for whoever has the petition later, and under the field the
//! petition had just before. What was done counts for ever: also of petitions that were withdrawn, merged or rejected since.
//!
//! Nothing here reads a clock or a calendar: time is counted by the clock on the wall, since a working calendar may be mended
//! later, and the same question about a past instant must always get the same answer. One thing may still change one: words
//! that are erased. An answer is then one of [`Sign::UnknownTexts`], no longer short nor equal to others, and the others have one
//! equal less. The milestones are those that the question is put with: of targets as they were in force at the instant
//! ([`super::TargetHistory::in_force`]).

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{
    deed::{Act, AnswerText, Deed, TextPrint},
    figures::share,
    standing::Heading,
    tally::Question,
    target::Target,
};
use crate::{code::AgencyCode, routing::Directory, time::Instant, vocabulary::vocabulary};

/// An answer is quick when it came within so many minutes after the agency took the petition up: too soon to have looked at
/// anything, unless it had been looked at before it was acknowledged.
pub const QUICK_ANSWER_MINUTES: u32 = 10;

/// An answer is short when it has fewer characters: "Đã xử lý." has 9; "Đã xử lý, cảm ơn bà."
/// has 20 and is none.
pub const SHORT_ANSWER_CHARACTERS: u32 = 20;

/// An answer is equal to many when so many other answers of the agency have the same words: a few alike are a good habit.
pub const EQUAL_ANSWERS: u32 = 10;

/// A petition was sent away late when less than so many hours were left to answer it, or none.
pub const BEFORE_DEADLINE_HOURS: u32 = 24;

/// A field was corrected before a milestone when it was in the last so many days before it.
pub const BEFORE_MILESTONE_DAYS: u32 = 7;

vocabulary! {
    /// What is counted, the signs and what they are a part of.
    Sign {
        /// Answers given.
        Answers = "answers",
        /// Of these, given within [`QUICK_ANSWER_MINUTES`] after the agency took the petition up.
        QuickAnswers = "quick_answers",
        /// Of these, of fewer than [`SHORT_ANSWER_CHARACTERS`].
        ShortAnswers = "short_answers",
        /// Of these, with the same words as at least [`EQUAL_ANSWERS`] others of the same agency.
        EqualAnswers = "equal_answers",
        /// Of these, whose words were erased: neither short nor equal can be said of them.
        UnknownTexts = "unknown_texts",
        /// Of these, after which the citizen reopened the petition.
        Reopened = "reopened",
        /// Answers promised for later.
        Extensions = "extensions",
        /// Petitions passed on or given back.
        SentAway = "sent_away",
        /// Of these, with less than [`BEFORE_DEADLINE_HOURS`] left to answer, or after the deadline.
        SentAwayLate = "sent_away_late",
        /// Petitions put into another field.
        Recategorised = "recategorised",
        /// Of these, within [`BEFORE_MILESTONE_DAYS`] before a milestone of a target that counts the petition.
        RecategorisedBeforeMilestone = "recategorised_before_milestone",
    }
}

/// From where on something is a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// At most so many minutes.
    Minutes(u32),
    /// Fewer than so many characters.
    Characters(u32),
    /// At least so many other answers.
    Answers(u32),
    /// Less than so many hours.
    Hours(u32),
    /// In the last so many days.
    Days(u32),
}

impl Sign {
    /// From where on it is one; `None` where there is no more to it than its name.
    pub fn threshold(self) -> Option<Threshold> {
        match self {
            Self::QuickAnswers => Some(Threshold::Minutes(QUICK_ANSWER_MINUTES)),
            Self::ShortAnswers => Some(Threshold::Characters(SHORT_ANSWER_CHARACTERS)),
            Self::EqualAnswers => Some(Threshold::Answers(EQUAL_ANSWERS)),
            Self::SentAwayLate => Some(Threshold::Hours(BEFORE_DEADLINE_HOURS)),
            Self::RecategorisedBeforeMilestone => Some(Threshold::Days(BEFORE_MILESTONE_DAYS)),
            Self::Answers
            | Self::UnknownTexts
            | Self::Reopened
            | Self::Extensions
            | Self::SentAway
            | Self::Recategorised => None,
        }
    }
}

/// What is asked: the deeds before an instant, on petitions of a question; its filter is about who did them and about what the
/// petition was then.
#[derive(Debug, Clone, Copy)]
pub struct SignQuestion<'a> {
    /// Sent when, under which headings. How to group is not looked at.
    pub question: &'a Question,
    /// The instant, exclusive.
    pub as_of: Instant,
    /// Whose milestones are looked at.
    pub targets: &'a [&'a Target],
    /// The agencies.
    pub directory: &'a Directory,
}

impl SignQuestion<'_> {
    /// Whether a deed is asked for.
    pub fn covers(&self, deed: &Deed) -> bool {
        deed.at < self.as_of
            && self.question.covers(deed.submitted_at)
            && self.question.key(&deed.heading, self.directory).is_some()
    }

    /// The times before milestones, each from and before: outside of them no deed can be before a milestone.
    pub fn before_milestones(&self) -> Vec<(Instant, Instant)> {
        let milestones = self.targets.iter().flat_map(|target| &target.milestones);
        milestones.map(|milestone| before(milestone.before)).collect()
    }

    /// Whether a deed was shortly before a milestone that is judged over its petition, as whoever had it.
    pub fn is_before_milestone(&self, deed: &Deed) -> bool {
        let held = Heading { agency: deed.holder.clone(), ..deed.heading.clone() };
        let level = self.directory.agency(&deed.holder).map(|agency| agency.level);
        self.targets.iter().any(|target| {
            let counted = target.question();
            let near = target.milestones.iter().any(|milestone| {
                let (from, to) = before(milestone.before);
                from <= deed.at && deed.at < to && milestone.level.is_none_or(|of| Some(of) == level)
            });
            near && counted.covers(deed.submitted_at) && counted.key(&held, self.directory).is_some()
        })
    }

    /// What a deed counts as. Whether its words are those of many others does not lie in itself; see [`Copies`].
    fn signs(&self, deed: &Deed) -> Vec<Sign> {
        let mut signs = Vec::new();
        match deed.act {
            Act::Answered { waited, text, reopened_at } => {
                signs.push(Sign::Answers);
                signs.extend((waited <= TimeDelta::minutes(QUICK_ANSWER_MINUTES.into())).then_some(Sign::QuickAnswers));
                signs.extend(match text {
                    None => Some(Sign::UnknownTexts),
                    Some(AnswerText { length, .. }) => (length < SHORT_ANSWER_CHARACTERS).then_some(Sign::ShortAnswers),
                });
                signs.extend(reopened_at.filter(|at| *at < self.as_of).map(|_| Sign::Reopened));
            }
            Act::Extended => signs.push(Sign::Extensions),
            Act::SentAway { time_left } => {
                signs.push(Sign::SentAway);
                let late = |left| left < TimeDelta::hours(BEFORE_DEADLINE_HOURS.into());
                signs.extend(time_left.is_some_and(late).then_some(Sign::SentAwayLate));
            }
            Act::Recategorised => {
                signs.push(Sign::Recategorised);
                signs.extend(self.is_before_milestone(deed).then_some(Sign::RecategorisedBeforeMilestone));
            }
        }
        signs
    }
}

/// The time before a milestone: from, and before.
fn before(milestone: Instant) -> (Instant, Instant) {
    (milestone.plus(-TimeDelta::days(BEFORE_MILESTONE_DAYS.into())), milestone)
}

/// How often each was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signs(BTreeMap<Sign, u64>);

impl Signs {
    /// How often.
    pub fn of(&self, sign: Sign) -> u64 {
        self.0.get(&sign).copied().unwrap_or_default()
    }

    /// Counts so many more.
    pub fn add(&mut self, sign: Sign, more: u64) {
        if more > 0 {
            *self.0.entry(sign).or_default() += more;
        }
    }

    /// Counts so many less; whether there were so many.
    #[must_use]
    pub fn remove(&mut self, sign: Sign, less: u64) -> bool {
        let left = self.of(sign).checked_sub(less);
        match left {
            Some(0) => self.0.remove(&sign),
            Some(left) => self.0.insert(sign, left),
            None => return false,
        };
        true
    }

    /// Adds all that another counted.
    pub fn add_all(&mut self, other: &Self) {
        other.counted().for_each(|(sign, more)| self.add(sign, more));
    }

    /// Those that were counted at all.
    pub fn counted(&self) -> impl Iterator<Item = (Sign, u64)> {
        self.0.iter().map(|(sign, count)| (*sign, *count))
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The reopened among the answers; `None` over nothing.
    pub fn reopened_share(&self) -> Option<f64> {
        share(self.of(Sign::Reopened), self.of(Sign::Answers))
    }
}

/// Answers of one agency with the same words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copies {
    /// How many the agency gave before the instant, whatever else was asked: an answer is equal to many or not, however a question
    /// is narrowed.
    pub given: u64,
    /// How many of these are asked for.
    pub asked_for: u64,
}

impl Copies {
    /// How many of those asked for are equal to many others.
    pub fn equal_to_many(self) -> u64 {
        if self.given > u64::from(EQUAL_ANSWERS) { self.asked_for } else { 0 }
    }
}

/// Counts deeds, by the agency that did them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignTally {
    /// All but [`Sign::EqualAnswers`], of agencies that did something that was asked for.
    pub agencies: BTreeMap<AgencyCode, Signs>,
    /// From which that follows.
    pub copies: BTreeMap<(AgencyCode, TextPrint), Copies>,
}

impl SignTally {
    /// Counts a deed, if it is asked for.
    pub fn take(&mut self, deed: &Deed, asked: &SignQuestion<'_>) {
        let covered = asked.covers(deed);
        if let Act::Answered { text: Some(text), .. } = deed.act
            && deed.at < asked.as_of
        {
            let copies = self.copies.entry((deed.heading.agency.clone(), text.print)).or_default();
            copies.given += 1;
            copies.asked_for += u64::from(covered);
        }
        if covered {
            let signs = self.agencies.entry(deed.heading.agency.clone()).or_default();
            asked.signs(deed).into_iter().for_each(|sign| signs.add(sign, 1));
        }
    }

    /// The answer: what the signs of each agency are by definition. A store that keeps deeds must come to the same.
    pub fn signs(mut self) -> BTreeMap<AgencyCode, Signs> {
        for ((agency, _), copies) in self.copies {
            let equal = copies.equal_to_many();
            if equal > 0 {
                self.agencies.entry(agency).or_default().add(Sign::EqualAnswers, equal);
            }
        }
        self.agencies
    }
}
