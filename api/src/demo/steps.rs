//! What people do, one step after another.

use domain::{
    account::Actor,
    code::{AgencyCode, CategoryCode},
    petition::{Command, CommandKind, RejectionCode, TransferOrder},
    time::Instant,
};

use super::{
    DemoError,
    chance::{Chance, between, one, percent},
    office::{DAY, HOUR, MINUTE},
    texts::fill,
    year::{Fate, Step, Year},
};

impl Year<'_> {
    /// What follows when a petition has come in.
    pub(super) fn welcome(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        match self.cases.get(index)?.fate {
            Fate::Withdraw => {
                let length = between(&mut self.chance, HOUR, 2 * DAY);
                self.later(index, Step::Withdraw, Some(now.plus(chrono::Duration::microseconds(length))));
            }
            Fate::Reject => self.after_work(index, Step::Reject, now, HOUR, 12 * HOUR),
            Fate::Answer | Fate::Return | Fate::Transfer | Fate::Bounce | Fate::ReturnAndReject => {}
        }
        self.consider_publication(index, now)?;
        self.hand_over(index, now)
    }

    /// What follows when a petition has come to a desk.
    fn hand_over(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        let case = self.cases.get(index)?;
        if case.petition.holder == AgencyCode::coordinator() {
            self.after_work(index, Step::Coordinate, now, 15 * MINUTE, 6 * HOUR);
        } else {
            let slowness = 1_000 - case.diligence;
            self.after_work(index, Step::Receive, now, 5 * MINUTE, HOUR + slowness * MINUTE * 6 / 5);
        }
        Ok(())
    }

    /// Does a step, if it is still to be done: meanwhile a citizen may have taken the petition back, or the coordinator
    /// refused it.
    pub(super) fn step(&mut self, index: usize, step: Step, now: Instant) -> Result<(), DemoError> {
        let kind = match step {
            Step::Receive => CommandKind::Receive,
            Step::Start => CommandKind::Start,
            Step::Transfer | Step::Coordinate => CommandKind::Transfer,
            Step::Return => CommandKind::Return,
            Step::Reject => CommandKind::Reject,
            Step::Withdraw => CommandKind::Withdraw,
            Step::Answer => CommandKind::Answer,
            Step::Publish => CommandKind::Publish,
            Step::Ask => CommandKind::RequestInformation,
            Step::Supplement => CommandKind::Supplement,
            Step::Rate => CommandKind::Rating,
            Step::Reopen => CommandKind::Reopen,
            Step::Close => CommandKind::Close,
        };
        if !self.cases.get(index)?.petition.status.allows(kind) {
            return Ok(());
        }
        match step {
            Step::Receive => self.receive(index, now),
            Step::Start => self.start(index, now),
            Step::Transfer => self.transfer(index, now),
            Step::Return => self.give_back(index, now),
            Step::Coordinate => self.coordinate(index, now),
            Step::Reject => self.reject(index, now),
            Step::Withdraw => self.withdraw(index, now),
            Step::Answer => self.answer(index, now),
            Step::Publish => self.publish(index, now),
            Step::Ask => self.ask(index, now),
            Step::Supplement => self.supplement(index, now),
            Step::Rate => self.rate(index, now),
            Step::Reopen => self.reopen(index, now),
            Step::Close => self.close(index, now),
        }
    }

    fn receive(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        let officer = self.officer(index)?;
        self.give(index, Command::Receive, officer, now)?;
        let case = self.cases.get(index)?;
        let slowness = 1_000 - case.diligence;
        match case.fate {
            Fate::Return | Fate::ReturnAndReject => {
                self.after_work(index, Step::Return, now, 10 * MINUTE, 6 * HOUR);
            }
            Fate::Answer | Fate::Transfer | Fate::Bounce | Fate::Reject | Fate::Withdraw => {
                self.after_work(index, Step::Start, now, 10 * MINUTE, HOUR + slowness * MINUTE);
            }
        }
        Ok(())
    }

    fn start(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        let officer = self.officer(index)?;
        self.give(index, Command::Start { assignee: None }, officer, now)?;
        self.consider_question(index, now);
        let case = self.cases.get(index)?;
        let submitted = case.petition.submitted_at;
        let allowed =
            case.petition.deadlines.answer.map_or(7 * DAY, |due| due.since(submitted).num_seconds() * 1_000_000);
        // The work takes a share of the time allowed: less where people are diligent.
        let slowness = 1_000 - case.diligence;
        let share = between(&mut self.chance, 50, 250 + slowness);
        let work = chrono::Duration::microseconds(allowed / 1_000 * share);
        let case = self.cases.get_mut(index)?;
        case.ready_at = Some(now.plus(work));
        if matches!(case.fate, Fate::Transfer | Fate::Bounce) {
            self.after_work(index, Step::Transfer, now, 30 * MINUTE, 8 * HOUR);
        }
        Ok(())
    }

    /// An agency passes it on.
    fn transfer(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        let case = self.cases.get(index)?;
        let back = case.petition.sent_away_by.last().filter(|_| case.fate == Fate::Bounce);
        let to = match back.cloned() {
            Some(back) => Some(back),
            None => self.desks.elsewhere(case, now.local_date(), &mut self.chance),
        };
        let bounces = case.fate == Fate::Bounce && back.is_none() && to.is_some();
        self.cases.get_mut(index)?.fate = if bounces { Fate::Bounce } else { Fate::Answer };
        let Some(to) = to else {
            // There is nobody else: the agency keeps it after all.
            self.steering.awaits(index);
            return Ok(());
        };
        let officer = self.officer(index)?;
        self.pass_on(index, to, officer, now)
    }

    fn pass_on(&mut self, index: usize, to: AgencyCode, actor: &Actor, now: Instant) -> Result<(), DemoError> {
        let (from, receiver) = (self.desks.level(&self.cases.get(index)?.petition.holder), self.desks.level(&to));
        let reason = self.texts.transfer(from, receiver, &mut self.chance);
        let reason = self.seal(reason);
        self.give(index, Command::Transfer(TransferOrder { to, reason }), actor, now)?;
        self.hand_over(index, now)
    }

    /// An agency gives it back to the coordinator.
    fn give_back(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        let officer = self.officer(index)?;
        let petition = &self.cases.get(index)?.petition;
        let level = self.desks.level(&petition.holder);
        let reason = self.texts.give_back(&petition.category, level, &mut self.chance);
        let reason = self.seal(reason);
        self.give(index, Command::Return { reason }, officer, now)?;
        let case = self.cases.get_mut(index)?;
        if case.fate == Fate::Return {
            case.fate = Fate::Answer;
        }
        self.hand_over(index, now)
    }

    /// The coordinator finds the right desk for what has none.
    fn coordinate(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        let case = self.cases.get(index)?;
        let (petition, day) = (&case.petition, now.local_date());
        match case.fate {
            Fate::ReturnAndReject if !petition.sent_away_by.is_empty() => return self.reject(index, now),
            // Refused when its time comes, or taken back.
            Fate::Reject => return Ok(()),
            Fate::ReturnAndReject | Fate::Answer | Fate::Return | Fate::Transfer | Fate::Bounce | Fate::Withdraw => {}
        }
        let to = self.desks.competent(case, day);
        // What is nobody's field in particular the coordinator answers itself as often as not.
        let to = match to {
            None if petition.sent_away_by.is_empty() && percent(&mut self.chance, 50) => None,
            None => self.desks.elsewhere(case, day, &mut self.chance),
            Some(to) => Some(to),
        };
        let Some(to) = to else {
            self.cases.get_mut(index)?.fate = Fate::Answer;
            return self.receive(index, now);
        };
        let coordinator = self.desks.coordinator(&mut self.chance)?;
        self.pass_on(index, to, coordinator, now)
    }

    fn reject(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        let case = self.cases.get(index)?;
        let code = match case.commune {
            None => RejectionCode::OutsideProvince,
            Some(_) => grounds(&case.petition.category, &mut self.chance),
        };
        let message = self.texts.rejection(code, &mut self.chance).ok_or(DemoError::Lost("a reason"))?;
        let message = self.seal(message);
        let coordinator = self.desks.coordinator(&mut self.chance)?;
        self.give(index, Command::Reject { code, message }, coordinator, now)
    }

    fn withdraw(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        let reason = percent(&mut self.chance, 80).then(|| one(&mut self.chance, &self.texts.withdrawals)).flatten();
        let reason = reason.cloned().map(|reason| self.seal(reason));
        let citizen = Actor::Citizen(self.cases.get(index)?.petition.submitter);
        self.give(index, Command::Withdraw { reason }, &citizen, now)
    }

    fn answer(&mut self, index: usize, now: Instant) -> Result<(), DemoError> {
        let case = self.cases.get(index)?;
        let holder = &case.petition.holder;
        let template =
            self.texts.answer(&case.petition.category, &mut self.chance).ok_or(DemoError::Lost("an answer"))?;
        let agency = self.catalogue.directory.agency(holder).map_or(holder.as_str(), |agency| &agency.name);
        let content = fill(template, &case.place).replace("{agency}", agency);
        let signatory = self.desks.signatory(holder, &mut self.chance)?;
        let content = self.seal(content);
        self.give(index, Command::Answer { content, attachments: Vec::new() }, signatory, now)?;
        self.follow_answer(index, now)
    }
}

/// On what grounds a petition of a field is likely to be refused.
fn grounds(category: &CategoryCode, chance: &mut Chance) -> RejectionCode {
    let likely: &[RejectionCode] = match category.as_str() {
        "dat_dai" | "thu_tuc_hanh_chinh" | "trat_tu_xay_dung" | "chinh_sach_xa_hoi" | "lao_dong" => &[
            RejectionCode::Complaint,
            RejectionCode::Complaint,
            RejectionCode::Denunciation,
            RejectionCode::OutsideStateCompetence,
        ],
        "chay_no" | "an_ninh_trat_tu" => &[RejectionCode::Emergency, RejectionCode::Denunciation],
        "doanh_nghiep" | "vien_thong" | "tieng_on" | "khac" => {
            &[RejectionCode::OutsideStateCompetence, RejectionCode::Spam, RejectionCode::Unclear]
        }
        _ => &[
            RejectionCode::Unclear,
            RejectionCode::Unclear,
            RejectionCode::RequirementsNotMet,
            RejectionCode::RequirementsNotMet,
            RejectionCode::RequirementsNotMet,
            RejectionCode::Spam,
            RejectionCode::Abusive,
        ],
    };
    one(chance, likely).copied().unwrap_or(RejectionCode::Unclear)
}
