//! Histories by chance. What happens is decided by the domain and written as the server writes it; when it happens is
//! simulated, and likely to be an instant on which a figure turns.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};
use domain::{
    account::Actor,
    calendar::{DayKind, WorkingCalendar, YearStatus},
    catalogue::{Channel, Priority},
    chain::SealedText,
    code::{AgencyCode, CategoryCode, UnitCode},
    id::{AccountId, PetitionId},
    petition::{
        Command, CommandKind, Petition, PetitionCode, Place, RatingLevel, RejectionCode, Slot, Submission,
        TransferOrder, absorb, decide,
    },
    time::Instant,
};
use persistence::{CatalogueDay, Store, StoredPetition, UnitOfWork};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tests::TestApp;

/// Few, so that each has many petitions: one district, two of its communes, one provincial body.
pub const AGENCIES: [&str; 4] = ["ubnd-256", "ubnd-09163", "ubnd-09166", "dien-luc-bac-ninh"];
/// A commune's, the district's, the provincial body's, the coordinator's.
pub const CATEGORIES: [&str; 5] = ["moi_truong", "an_ninh_trat_tu", "chieu_sang", "dien", "khac"];
/// Two communes, their district, and a commune without staff, whose petitions are the coordinator's.
const UNITS: [&str; 5] = ["09163", "09163", "09166", "256", "09169"];
const MICRO: i64 = 1;
const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// What answers say: one that is short, one that is not by one character, one that many give, and one that few do.
const ANSWERS: [&str; 4] =
    ["Xong.", "Đã xử lý, cảm ơn bà.", "Đã tiếp nhận và xử lý phản ánh.", "Đã chuyển điện lực xử lý."];

/// How likely a command is tried where the status takes it: what moves a figure more than what does not.
const TRIED: [(u32, CommandKind); 25] = {
    use CommandKind as C;
    [
        (12, C::Receive),
        (6, C::Start),
        (5, C::RequestInformation),
        (9, C::Supplement),
        (8, C::Answer),
        (6, C::DraftAnswer),
        (8, C::ApproveAnswer),
        (4, C::ReturnAnswer),
        (3, C::Transfer),
        (2, C::Return),
        (6, C::Recategorise),
        (2, C::SetDeadlines),
        (2, C::Extend),
        (1, C::Reject),
        (1, C::Withdraw),
        (1, C::Merge),
        (6, C::Rating),
        (5, C::Reopen),
        (4, C::Close),
        (2, C::Escalate),
        (1, C::Assign),
        (1, C::Progress),
        (1, C::Note),
        (1, C::Publish),
        (1, C::Unpublish),
    ]
};

/// Petitions that live in one year, and those who deal with them.
pub struct World {
    store: Store,
    /// By which deadlines are counted: as it is, without any year, with another holiday every week.
    catalogues: [CatalogueDay; 3],
    citizens: Vec<AccountId>,
    desks: BTreeMap<AgencyCode, AccountId>,
    coordinator: AccountId,
    begins: NaiveDate,
    chance: ChaCha8Rng,
    lives: Vec<StoredPetition>,
    instants: Vec<Instant>,
    texts: Texts,
}

/// The words of answers, by petition and number of the event that names them.
pub type Texts = BTreeMap<(String, u64), String>;

impl World {
    /// Without petitions yet; they will be written through this store.
    pub async fn new(app: &TestApp, store: &Store, year: i32, seed: u64) -> Self {
        let id = |person: &tests::Person<'_>| person.account.as_ref().unwrap().id;
        let citizens = vec![id(&app.citizen().await), id(&app.citizen().await)];
        let mut desks = BTreeMap::new();
        for agency in AGENCIES {
            desks.insert(AgencyCode::parse(agency).unwrap(), id(&app.leader(agency).await));
        }
        let coordinator = id(&app.coordinator().await);
        let begins = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let mut catalogues = Vec::new();
        for odd in [false, true, true] {
            let mut catalogue = store.snapshot().await.unwrap().catalogue(begins).await.unwrap();
            if odd {
                let hours = catalogue.catalogue.calendar.hours().clone();
                let weekly = begins.iter_weeks().take(60).map(|day| (day, DayKind::Holiday));
                let years = [year, year + 1].map(|year| (year, YearStatus::Confirmed));
                catalogue.catalogue.calendar = match catalogues.len() {
                    1 => WorkingCalendar::new([], [], hours),
                    _ => WorkingCalendar::new(weekly, years, hours),
                };
            }
            catalogues.push(catalogue);
        }
        let catalogues = catalogues.try_into().unwrap_or_else(|_| panic!("three"));
        let chance = ChaCha8Rng::seed_from_u64(seed);
        let (store, lives, instants) = (store.clone(), Vec::new(), Vec::new());
        let texts = Texts::new();
        Self { store, catalogues, citizens, desks, coordinator, begins, chance, lives, instants, texts }
    }

    /// Writes so many more petitions and so many steps, of these and of older ones, in transactions of all sizes.
    pub async fn goes_on(&mut self, petitions: usize, steps: usize) {
        let mut left = (petitions, steps);
        while left != (0, 0) {
            let mut unit = self.store.begin().await.unwrap();
            for _ in 0..self.chance.random_range(1..60) {
                if left.0 > 0 && (left.1 == 0 || self.lives.is_empty() || self.percent(20)) {
                    self.submits(&mut unit).await;
                    left.0 -= 1;
                } else if left.1 > 0 {
                    self.lives_on(&mut unit).await;
                    left.1 -= 1;
                }
            }
            unit.commit().await.unwrap();
            self.folds().await;
        }
    }

    /// Brings the fold some way on, or not: it lags by any number of events, and days are summed up before all of theirs came.
    async fn folds(&mut self) {
        for _ in 0..self.chance.random_range(0..4) {
            let today = self.any_instant().local_date();
            self.store.fold_rates(today).await.unwrap();
        }
    }

    /// The instants on which a figure may turn: those of all events, and the deadlines.
    pub fn turning_points(&self) -> Vec<i64> {
        let due = self.lives.iter().filter_map(|stored| stored.petition.deadlines.answer);
        self.instants.iter().copied().chain(due).map(Instant::micros).collect()
    }

    /// What answers say.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    async fn submits(&mut self, unit: &mut UnitOfWork) {
        let now = self.any_instant();
        let number = unit.next_number().await.unwrap();
        let category = self.one(&CATEGORIES);
        let place = match self.percent(12) {
            true => Place::Nowhere {},
            false => Place::Unit { unit: UnitCode::parse(self.one(&UNITS)).unwrap() },
        };
        let submission = Submission {
            id: PetitionId::new(now, &self.chance.random()),
            code: PetitionCode::new(now.local_date(), number),
            category: CategoryCode::parse(category).unwrap(),
            priority: self.one(Priority::ALL),
            channel: if self.percent(60) { Channel::Mobile } else { self.one(Channel::ALL) },
            place,
            title: self.words(),
            content: self.words(),
            address: None,
            attributes: None,
            attachments: Vec::new(),
            hide_identity: self.percent(10),
            entry: None,
        };
        let citizen = Actor::Citizen(self.citizens[self.chance.random_range(0..self.citizens.len())]);
        let catalogue = self.catalogue();
        let command = Command::Submit(Box::new(submission));
        let decision = decide(None, command, &citizen, &self.catalogues[catalogue].catalogue, now).unwrap();
        self.instants.push(now);
        self.lives.push(unit.submit(&decision, number).await.unwrap());
    }

    /// One petition meets what is decided on the next command that its status takes and that is not refused, if one is found.
    async fn lives_on(&mut self, unit: &mut UnitOfWork) {
        for _ in 0..20 {
            let index = self.chance.random_range(0..self.lives.len());
            let before = self.lives[index].clone();
            // What has ended for good takes nothing but notes, of which a few are enough.
            if !before.petition.status.allows(CommandKind::Publish) && !self.percent(3) {
                continue;
            }
            let now = self.next_instant(&before.petition);
            if now >= Instant::start_of_day(self.begins + Months::new(13)) {
                continue;
            }
            let kind = self.command(&before.petition);
            let into = self.chance.random_range(0..self.lives.len());
            let (command, actor) = self.given(kind, &before.petition, into, now);
            let catalogue = self.catalogue();
            let decision = decide(Some(&before.petition), command, &actor, &self.catalogues[catalogue].catalogue, now);
            let Ok(decision) = decision else { continue };
            self.instants.push(decision.event.at);
            for (_, words) in decision.words.iter().filter(|(slot, _)| *slot == Slot::Answer) {
                let event = (decision.event.petition.0.to_string(), u64::from(decision.event.seq));
                self.texts.insert(event, words.words().to_owned());
            }
            if kind == CommandKind::Merge {
                let other = self.lives[into].clone();
                let absorbed = absorb(&other.petition, &before.petition, &decision.event);
                self.lives[index] = unit.merge((&before, &decision), (&other, &absorbed), now).await.unwrap();
                let other = &mut self.lives[into];
                other.petition.apply(&absorbed.event).unwrap();
                other.head = absorbed.event.hash(&other.head).unwrap();
            } else {
                self.lives[index] = unit.advance(&before, &decision).await.unwrap();
            }
            return;
        }
    }

    fn command(&mut self, petition: &Petition) -> CommandKind {
        let open: Vec<_> = TRIED.into_iter().filter(|(_, kind)| petition.status.allows(*kind)).collect();
        let mut drawn = self.chance.random_range(0..open.iter().map(|(weight, _)| weight).sum());
        let found = open.into_iter().find(|(weight, _)| match drawn.checked_sub(*weight) {
            Some(left) => {
                drawn = left;
                false
            }
            None => true,
        });
        found.unwrap().1
    }

    /// The command with what it needs, and who gives it.
    fn given(&mut self, kind: CommandKind, petition: &Petition, into: usize, now: Instant) -> (Command, Actor) {
        let owner = Actor::Citizen(petition.submitter);
        let coordinator = Actor::Coordinator(self.coordinator);
        let desk = match self.desks.get(&petition.holder) {
            Some(leader) => Actor::Leader(*leader, petition.holder.clone()),
            None => coordinator.clone(),
        };
        let either = if self.percent(30) { coordinator.clone() } else { desk.clone() };
        let (text, words) = (self.words(), self.words());
        match kind {
            CommandKind::Submit => panic!("no status takes a second submission"),
            CommandKind::Receive => (Command::Receive, desk),
            CommandKind::Assign => (Command::Assign { assignee: self.percent(50).then(|| desk.clone()) }, desk),
            CommandKind::Start => (Command::Start { assignee: None }, desk),
            CommandKind::RequestInformation => (Command::RequestInformation { message: text }, desk),
            CommandKind::Supplement => (Command::Supplement { content: text, attachments: Vec::new() }, owner),
            CommandKind::Progress => (Command::Progress { message: text }, desk),
            CommandKind::Extend => {
                let promised = petition.promised_at().map_or(now, |promised| promised.max(now));
                (Command::Extend { due_at: after(promised, self.chance.random_range(1..6) * DAY), reason: text }, desk)
            }
            CommandKind::DraftAnswer => {
                (Command::DraftAnswer { content: self.answer(), attachments: Vec::new() }, desk)
            }
            CommandKind::ApproveAnswer => (Command::ApproveAnswer, desk),
            CommandKind::ReturnAnswer => (Command::ReturnAnswer { reason: text }, desk),
            CommandKind::Transfer => {
                let to = AgencyCode::parse(self.one(&AGENCIES)).unwrap();
                (Command::Transfer(TransferOrder { to, reason: text }), either)
            }
            CommandKind::Return => (Command::Return { reason: text }, desk),
            CommandKind::Answer => (Command::Answer { content: self.answer(), attachments: Vec::new() }, desk),
            CommandKind::Reject => (Command::Reject { code: self.one(RejectionCode::ALL), message: text }, coordinator),
            CommandKind::Merge => (Command::Merge { into: Box::new(self.lives[into].petition.clone()) }, coordinator),
            CommandKind::Note => (Command::Note { content: text }, either),
            CommandKind::Recategorise => {
                let category = CategoryCode::parse(self.one(&CATEGORIES)).unwrap();
                let priority = self.percent(50).then(|| self.one(Priority::ALL));
                (Command::Recategorise { category, priority }, either)
            }
            CommandKind::Publish => (Command::Publish { title: Some(text), content: Some(words) }, coordinator),
            CommandKind::Unpublish => (Command::Unpublish { reason: text }, coordinator),
            CommandKind::Withdraw => (Command::Withdraw { reason: Some(text) }, owner),
            CommandKind::Reopen => (Command::Reopen { reason: text }, owner),
            CommandKind::Rating => (Command::Rating { level: self.one(RatingLevel::ALL), comment: None }, owner),
            CommandKind::Close => (Command::Close, if self.percent(50) { owner } else { Actor::System }),
            CommandKind::SetDeadlines => (Command::SetDeadlines, Actor::System),
            CommandKind::Escalate => (Command::Escalate, Actor::System),
        }
    }

    /// An instant of the year at which somebody sends a petition: any, a round one, or one at which something else happened.
    fn any_instant(&mut self) -> Instant {
        let begins = Instant::start_of_day(self.begins);
        // Most come in spring, so that cells are crowded.
        let days = if self.percent(60) { 60..120 } else { 0..330 };
        let drawn = after(begins, self.chance.random_range(days) * DAY + self.chance.random_range(0..DAY));
        match self.chance.random_range(0..10) {
            0 => Instant::start_of_day(drawn.local_date()),
            1 => next_month(drawn),
            2 => after(next_month(drawn), -MICRO),
            3 => whole(drawn, HOUR),
            4 if !self.instants.is_empty() => self.instants[self.chance.random_range(0..self.instants.len())],
            // In the last days before a milestone of the target, where correcting a field is a sign.
            5 | 6 => after(before_a_milestone(self.begins, self.percent(50)), drawn.micros().rem_euclid(6 * DAY)),
            _ => drawn,
        }
    }

    /// When something happens next to a petition.
    fn next_instant(&mut self, petition: &Petition) -> Instant {
        let last = petition.updated_at;
        let later = after(last, self.chance.random_range(1..4 * HOUR));
        let due = petition.deadlines.answer.unwrap_or(later);
        let wished = match self.chance.random_range(0..24) {
            0..2 => last,
            2 => after(last, MICRO),
            3..5 => due,
            5..7 => after(due, MICRO),
            7 => after(due, -MICRO),
            8 => Instant::start_of_day(last.local_date().succ_opt().unwrap()),
            9 => after(whole(last, HOUR), HOUR),
            10 => next_month(last),
            11 => after(next_month(last), -MICRO),
            12 => self.instants[self.chance.random_range(0..self.instants.len())],
            13..16 => after(last, self.chance.random_range(0..4 * DAY)),
            16 => after(last, self.chance.random_range(0..20 * DAY)),
            _ => later,
        };
        // Not too far, or the year is over before much has happened.
        if wished < last || wished > after(last, 40 * DAY) { later } else { wished }
    }

    /// Mostly the calendar as it is; at times none, so that there is no deadline.
    fn catalogue(&mut self) -> usize {
        match self.chance.random_range(0..100) {
            0..80 => 0,
            80..90 => 1,
            _ => 2,
        }
    }

    fn words(&mut self) -> SealedText {
        SealedText::new("Đèn đường không sáng.".to_owned(), self.chance.random())
    }

    fn answer(&mut self) -> SealedText {
        let words = match self.chance.random_range(0..10) {
            0 => self.chance.random::<u64>().to_string(),
            1..6 => ANSWERS[2].to_owned(),
            // Now and then in capitals, which are the same words.
            6 => ANSWERS[2].to_uppercase(),
            _ => self.one(&ANSWERS).to_owned(),
        };
        SealedText::new(words, self.chance.random())
    }

    fn percent(&mut self, times: u32) -> bool {
        self.chance.random_ratio(times, 100)
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.chance.random_range(0..of.len())]
    }
}

/// A week before a milestone of the seeded target, as it would be in that year.
fn before_a_milestone(begins: NaiveDate, first: bool) -> Instant {
    Instant::start_of_day(begins + Months::new(if first { 8 } else { 11 }) - chrono::Days::new(7))
}

/// The beginning of the hour or so that an instant lies in.
fn whole(instant: Instant, length: i64) -> Instant {
    Instant::from_micros(instant.micros().div_euclid(length) * length).unwrap()
}

fn next_month(instant: Instant) -> Instant {
    Instant::start_of_day(instant.local_date().with_day(1).unwrap() + Months::new(1))
}

fn after(instant: Instant, micros: i64) -> Instant {
    Instant::from_micros(instant.micros() + micros).unwrap()
}
