//! The year itself: a queue of what comes next, and the cases.

use std::{cmp::Reverse, collections::BinaryHeap};

use domain::{
    account::Actor,
    catalogue::Catalogue,
    chain::SealedText,
    code::UnitCode,
    petition::{Command, CommandKind, Decision, EventData, Petition, Status, decide},
    time::Instant,
};
use persistence::PlayedPetition;
use rand::RngExt;

use super::{
    DemoError, DemoOptions, People,
    arrivals::arrivals,
    author::{Author, Draft},
    chance::{Chance, Deck, Purpose, between, chance},
    desks::Desks,
    end_of_year,
    office::Office,
    steering::{Count, Steering, is_counted},
    texts::Texts,
};

/// What is still to happen to a petition before it can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing.
    Answer,
    /// Its agency will give it back to the coordinator.
    Return,
    /// Its agency will pass it on.
    Transfer,
    /// Its agency will pass it on, and the next agency back again.
    Bounce,
    /// The coordinator will refuse it, wherever it is.
    Reject,
    /// Its agency will give it back, and the coordinator refuse it.
    ReturnAndReject,
    /// The citizen will take it back.
    Withdraw,
}

/// What happens next to a petition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Receive,
    Start,
    Transfer,
    Return,
    /// The coordinator looks at what lies on the coordinator's own desk.
    Coordinate,
    Reject,
    Withdraw,
    Answer,
    Publish,
    Ask,
    Supplement,
    Rate,
    Reopen,
    Close,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Arrival(usize),
    Session(usize),
    Step(usize, Step),
}

/// A petition with what the simulation knows of it.
#[derive(Debug)]
pub(super) struct Case {
    number: u64,
    pub(super) petition: Petition,
    decisions: Vec<Decision>,
    pub(super) commune: Option<UnitCode>,
    pub(super) district: Option<UnitCode>,
    pub(super) place: String,
    pub(super) fate: Fate,
    /// The diligence of the agency that has it, in thousandths.
    pub(super) diligence: i64,
    /// Whether the plan counts it.
    pub(super) counted: bool,
    /// How easy it is, in thousandths.
    pub(super) ease: i64,
    /// When the work on the spot is done.
    pub(super) ready_at: Option<Instant>,
    /// Whether its answer is being written.
    pub(super) booked: bool,
}

impl Case {
    /// Whether it lies on a desk and nothing stands before its answer.
    pub(super) fn is_answerable(&self) -> bool {
        !self.booked && self.fate == Fate::Answer && self.petition.status.allows(CommandKind::Answer)
    }
}

/// The cases, in the order in which they came.
#[derive(Debug)]
pub(super) struct Cases(Vec<Case>);

impl Cases {
    pub(super) fn get(&self, index: usize) -> Result<&Case, DemoError> {
        self.0.get(index).ok_or(DemoError::Lost("a case"))
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Result<&mut Case, DemoError> {
        self.0.get_mut(index).ok_or(DemoError::Lost("a case"))
    }
}

/// The state of the simulation.
#[derive(Debug)]
pub(super) struct Year<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) texts: &'a Texts,
    pub(super) desks: Desks<'a>,
    pub(super) office: Office,
    pub(super) steering: Steering,
    pub(super) cases: Cases,
    pub(super) chance: Chance,
    /// For what is beside the main course.
    pub(super) afterwards: Chance,
    author: Author<'a>,
    fates: Deck<Fate>,
    arrivals: Vec<Instant>,
    ends: Instant,
    queue: BinaryHeap<Reverse<(Instant, Turn)>>,
}

impl<'a> Year<'a> {
    pub(super) fn new(
        options: &DemoOptions,
        catalogue: &'a Catalogue,
        people: &'a People,
        texts: &'a Texts,
    ) -> Result<Self, DemoError> {
        let chance = |purpose| chance(options.seed, purpose);
        Ok(Self {
            catalogue,
            texts,
            desks: Desks::new(catalogue, people, chance(Purpose::Desks))?,
            office: Office::new(&catalogue.calendar)?,
            steering: Steering::new(chance(Purpose::Plan))?,
            cases: Cases(Vec::with_capacity(options.petitions)),
            chance: chance(Purpose::Life),
            afterwards: chance(Purpose::Afterwards),
            author: Author::new(texts, catalogue, people, chance(Purpose::Author))?,
            fates: fates(),
            arrivals: arrivals(options.petitions, &mut chance(Purpose::Arrivals))?,
            ends: end_of_year()?,
            queue: BinaryHeap::new(),
        })
    }

    pub(super) fn play(mut self, mut progress: impl FnMut(usize, usize)) -> Result<Vec<PlayedPetition>, DemoError> {
        self.await_arrival(0);
        self.await_session(0)?;
        while let Some(Reverse((now, turn))) = self.queue.pop() {
            match turn {
                Turn::Arrival(index) => {
                    self.await_arrival(index + 1);
                    self.arrive(index, now)?;
                }
                Turn::Session(index) => {
                    progress(self.cases.0.len(), self.arrivals.len());
                    self.await_session(index + 1)?;
                    self.open_session(index)?;
                }
                Turn::Step(index, step) => self.step(index, step, now)?,
            }
        }
        progress(self.arrivals.len(), self.arrivals.len());
        let played = |case: Case| PlayedPetition { number: case.number, decisions: case.decisions };
        Ok(self.cases.0.into_iter().map(played).collect())
    }

    fn await_arrival(&mut self, index: usize) {
        if let Some(at) = self.arrivals.get(index) {
            self.queue.push(Reverse((*at, Turn::Arrival(index))));
        }
    }

    fn await_session(&mut self, index: usize) -> Result<(), DemoError> {
        if let Some(session) = self.office.session(index) {
            let opens = Instant::from_micros(session.opens).ok_or(DemoError::Lost("a session"))?;
            self.queue.push(Reverse((opens, Turn::Session(index))));
        }
        Ok(())
    }

    /// Lets a step come; one after the year does not.
    pub(super) fn later(&mut self, index: usize, step: Step, at: Option<Instant>) {
        if let Some(at) = at.filter(|at| *at < self.ends) {
            self.queue.push(Reverse((at, Turn::Step(index, step))));
        }
    }

    /// Lets a step come after some office time, between the two lengths.
    pub(super) fn after_work(&mut self, index: usize, step: Step, now: Instant, least: i64, most: i64) {
        let length = between(&mut self.chance, least, most);
        self.later(index, step, self.office.after(now, length));
    }

    /// Somebody at the agency that has it.
    pub(super) fn officer(&mut self, index: usize) -> Result<&'a Actor, DemoError> {
        self.desks.officer(&self.cases.get(index)?.petition.holder, &mut self.chance)
    }

    /// Words with their salt.
    pub(super) fn seal(&mut self, words: impl Into<String>) -> SealedText {
        SealedText::new(words.into(), self.chance.random())
    }

    fn arrive(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        let number = u64::try_from(index + 1).map_err(|_| DemoError::Lost("a number"))?;
        let Draft { submission, citizen, commune, district, place } = self.author.write(number, now)?;
        let command = Command::Submit(Box::new(submission));
        let decision = decided(None, command, &citizen, self.catalogue, now)?;
        let petition = Petition::begin(&decision.event)?;
        let counted = is_counted(&petition, self.catalogue);
        self.steering.take(Count::default(), Count::of(&petition, counted));
        let fate = self.fates.draw(&mut self.chance).ok_or(DemoError::Lost("a fate"))?;
        let fate = if commune.is_none() { Fate::Reject } else { fate };
        let diligence = self.desks.diligence(&petition.holder)?;
        let ease = between(&mut self.chance, 600, 1_400);
        let decisions = vec![decision];
        self.cases.0.push(Case {
            number,
            petition,
            decisions,
            commune,
            district,
            place,
            fate,
            diligence,
            counted,
            ease,
            ready_at: None,
            booked: false,
        });
        self.welcome(index, now)
    }

    /// Gives a command: decided, applied, counted.
    pub(super) fn give(
        &mut self,
        index: usize,
        command: Command,
        actor: &Actor,
        now: Instant,
    ) -> Result<(), DemoError> {
        let case = self.cases.get_mut(index)?;
        let decision = decided(Some(&case.petition), command, actor, self.catalogue, now)?;
        let before = Count::of(&case.petition, case.counted);
        case.petition.apply(&decision.event)?;
        if matches!(decision.event.data, EventData::Transferred { .. } | EventData::Returned { .. }) {
            case.counted = is_counted(&case.petition, self.catalogue);
            case.diligence = self.desks.diligence(&case.petition.holder)?;
            case.ready_at = None;
        }
        self.steering.take(before, Count::of(&case.petition, case.counted));
        case.decisions.push(decision);
        if case.petition.status == Status::Received {
            self.steering.awaits(index);
        }
        Ok(())
    }

    /// Has written, in the course of a session, the answers that are asked for.
    fn open_session(&mut self, session: usize) -> Result<(), DemoError> {
        let session = *self.office.session(session).ok_or(DemoError::Lost("a session"))?;
        for index in self.steering.choose(&self.cases, &session) {
            self.cases.get_mut(index)?.booked = true;
            let at = between(&mut self.chance, session.opens, session.closes - 1);
            self.later(index, Step::Answer, Instant::from_micros(at));
        }
        Ok(())
    }
}

fn decided(
    petition: Option<&Petition>,
    command: Command,
    actor: &Actor,
    catalogue: &Catalogue,
    now: Instant,
) -> Result<Decision, DemoError> {
    let kind = command.kind();
    decide(petition, command, actor, catalogue, now).map_err(|refusal| DemoError::Refused { command: kind, refusal })
}

/// What becomes of two hundred petitions; those from outside the province are refused besides.
fn fates() -> Deck<Fate> {
    Deck::new(&[
        (175, Fate::Answer),
        (7, Fate::Return),
        (5, Fate::Transfer),
        (1, Fate::Bounce),
        (4, Fate::Withdraw),
        (5, Fate::Reject),
        (3, Fate::ReturnAndReject),
    ])
}
