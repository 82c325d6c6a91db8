//! A small province, the people in it, and petitions on their way through its offices.

use std::sync::LazyLock;

use chrono::NaiveDate;
use domain::{
    account::Actor,
    calendar::{DayKind, OfficeHours, WorkingCalendar, YearStatus},
    catalogue::{
        Agency, AgencyLevel, Catalogue, Category, Channel, Competence, Policy, Priority, Terms, Unit, UnitLevel,
        Validity,
    },
    chain::SealedText,
    code::{AgencyCode, CategoryCode, GroupCode, UnitCode},
    deadline::{Allowance, Allowances, WorkingTime},
    id::{AccountId, PetitionId},
    petition::{
        Command, Decision, Event, Petition, PetitionCode, Place, RatingLevel, Refusal, RejectionCode, Submission,
        TransferOrder, decide,
    },
    place::{Gazetteer, Point, TOLERANCE_M},
    routing::Directory,
    time::Instant,
};
use uuid::Uuid;

/// Code, level, unit, the first day, the first day after it, whether anybody works there (the coordinator is never asked that),
/// whether a leader approves what its officers answer.
pub(crate) const AGENCIES: [(&str, AgencyLevel, &str, &str, &str, bool, bool); 11] = [
    ("dieu-phoi", AgencyLevel::Coordinator, "", "2021-11-01", "", false, false),
    ("ubnd-256", AgencyLevel::District, "256", "2021-11-01", "", true, false),
    ("ubnd-258", AgencyLevel::District, "258", "2021-11-01", "", true, false),
    ("ubnd-09163", AgencyLevel::Commune, "09163", "2021-11-01", "", true, false),
    ("ubnd-09166", AgencyLevel::Commune, "09166", "2021-11-01", "", true, false),
    ("ubnd-09169", AgencyLevel::Commune, "09169", "2021-11-01", "", true, false),
    ("ubnd-09172", AgencyLevel::Commune, "09172", "2021-11-01", "", false, false),
    ("so-xd", AgencyLevel::Provincial, "", "2021-11-01", "", true, true),
    ("so-vang", AgencyLevel::Provincial, "", "2021-11-01", "", false, false),
    ("so-cu", AgencyLevel::Provincial, "", "2021-11-01", "2022-03-01", true, false),
    ("so-moi", AgencyLevel::Provincial, "", "2022-10-01", "", true, false),
];

/// Unit, level, the unit it lies in, longitude of its centre: four communes in a row from west to east, two in either district.
const UNITS: [(&str, UnitLevel, &str, f64); 7] = [
    ("27", UnitLevel::Province, "", 0.0),
    ("256", UnitLevel::District, "27", 106.02),
    ("258", UnitLevel::District, "27", 106.06),
    ("09163", UnitLevel::Commune, "256", 106.01),
    ("09166", UnitLevel::Commune, "256", 106.03),
    ("09169", UnitLevel::Commune, "258", 106.05),
    ("09172", UnitLevel::Commune, "258", 106.07),
];

/// Working days off that are not at a weekend.
pub(crate) const DAYS_OFF: &str = "2022-01-03 2022-01-31 2022-02-01 2022-02-02 2022-02-03 2022-02-04 2022-04-11 2022-05-02 2022-05-03 \
                        2022-09-01 2022-09-02 2023-01-02 2023-01-20 2023-01-23 2023-01-24 2023-01-25 2023-01-26";

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A local instant: `2022-08-31 16:28`.
pub(crate) fn at(text: &str) -> Instant {
    let (date, time) = text.split_once(' ').unwrap();
    Instant::from_local(day(date), time.parse().unwrap())
}

/// A microsecond later: the shortest step there is.
pub(crate) fn just_after(instant: Instant) -> Instant {
    Instant::from_micros(instant.micros() + 1).unwrap()
}

pub(crate) fn agency(text: &str) -> AgencyCode {
    AgencyCode::parse(text).unwrap()
}

pub(crate) fn category(text: &str) -> CategoryCode {
    CategoryCode::parse(text).unwrap()
}

pub(crate) fn unit(text: &str) -> UnitCode {
    UnitCode::parse(text).unwrap()
}

pub(crate) fn account(number: u128) -> AccountId {
    AccountId(Uuid::from_u128(number))
}

fn validity(from: &str, to: &str) -> Validity {
    Validity { from: day(from), to: (!to.is_empty()).then(|| day(to)) }
}

/// Office hours are 07:30–12:00 and 13:00–16:30: eight hours a day.
pub(crate) fn calendar(years: &[(i32, YearStatus)]) -> WorkingCalendar {
    let time = |text: &str| text.parse().unwrap();
    let hours = OfficeHours::new(vec![(time("07:30"), time("12:00")), (time("13:00"), time("16:30"))]).unwrap();
    let days_off = DAYS_OFF.split_whitespace().map(|text| (day(text), DayKind::Holiday));
    WorkingCalendar::new(days_off, years.iter().copied(), hours)
}

fn field(code: &str, competence: Competence, valid_until: &str) -> (CategoryCode, Category) {
    let allowance = |receive, answer| Allowance {
        receive: WorkingTime::parse(receive).unwrap(),
        answer: WorkingTime::parse(answer).unwrap(),
    };
    let field = Category {
        code: category(code),
        rank: 1,
        name: code.to_owned(),
        name_en: code.to_owned(),
        group: GroupCode::parse("infrastructure").unwrap(),
        terms: Terms {
            competence,
            allowances: Allowances {
                urgent: allowance("2h", "1d"),
                normal: allowance("8h", "7d"),
                complex: allowance("8h", "15d"),
            },
        },
        later_terms: Vec::new(),
        questions: Vec::new(),
        validity: validity("2021-11-01", valid_until),
    };
    (category(code), field)
}

pub(crate) fn catalogue(calendar: WorkingCalendar) -> Catalogue {
    let units = UNITS.map(|(code, level, parent, lon)| Unit {
        code: unit(code),
        name: code.to_owned(),
        level,
        parent: (!parent.is_empty()).then(|| unit(parent)),
        validity: validity("2021-11-01", ""),
        centre: (level != UnitLevel::Province).then(|| Point::from_degrees(21.11, lon).unwrap()),
    });
    let agencies = AGENCIES.map(|(code, level, of, from, to, _, needs_approval)| Agency {
        code: agency(code),
        name: code.to_owned(),
        level,
        unit: (!of.is_empty()).then(|| unit(of)),
        needs_approval,
        validity: validity(from, to),
        hotline: None,
        office_hours: None,
    });
    let staffed = AGENCIES.into_iter().filter(|row| row.5).map(|row| agency(row.0));
    let gazetteer = Gazetteer::new(units, [], TOLERANCE_M);
    Catalogue {
        categories: [
            field("chieu_sang", Competence::Commune, ""),
            field("moi_truong", Competence::District, ""),
            field("xay_dung", Competence::Agency(agency("so-xd")), ""),
            field("khac", Competence::Coordinator, ""),
            field("gia_cu", Competence::Commune, "2022-03-01"),
        ]
        .into(),
        directory: Directory::new(day("2022-06-01"), gazetteer, agencies, [], staffed),
        calendar,
        policy: Policy::default(),
    }
}

/// The province in 2022, when 2023 was only projected.
pub(crate) fn province() -> &'static Catalogue {
    static PROVINCE: LazyLock<Catalogue> =
        LazyLock::new(|| catalogue(calendar(&[(2022, YearStatus::Confirmed), (2023, YearStatus::Projected)])));
    &PROVINCE
}

/// The same after the calendar of 2023 was announced.
pub(crate) fn with_2023() -> &'static Catalogue {
    static LATER: LazyLock<Catalogue> =
        LazyLock::new(|| catalogue(calendar(&[(2022, YearStatus::Confirmed), (2023, YearStatus::Confirmed)])));
    &LATER
}

/// Somebody, by what they are to a petition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Who sent it.
    Owner,
    OtherCitizen,
    /// An officer of the agency that has it; the coordinator, where that has it.
    Officer,
    /// Likewise a leader.
    Leader,
    OfficerOf(&'static str),
    Coordinator,
    Steering,
    Admin,
    System,
}

impl Who {
    pub(crate) fn actor(self, petition: &Petition) -> Actor {
        let holder = petition.holder.clone();
        match self {
            Self::Owner => Actor::Citizen(petition.submitter),
            Self::OtherCitizen => Actor::Citizen(account(99)),
            Self::Officer | Self::Leader if holder == AgencyCode::coordinator() => Self::Coordinator.actor(petition),
            Self::Officer => Actor::Officer(account(2), holder),
            Self::Leader => Actor::Leader(account(3), holder),
            Self::OfficerOf(code) => Actor::Officer(account(4), agency(code)),
            Self::Coordinator => Actor::Coordinator(account(5)),
            Self::Steering => Actor::Steering(account(6)),
            Self::Admin => Actor::Admin(account(7)),
            Self::System => Actor::System,
        }
    }
}

/// Words under lock and key, with a salt that a test can do without surprise.
pub(crate) fn sealed(words: &str) -> SealedText {
    SealedText::new(words.to_owned(), [7; 16])
}

pub(crate) fn assign(assignee: Option<Actor>) -> Command {
    Command::Assign { assignee }
}

pub(crate) fn start() -> Command {
    Command::Start { assignee: None }
}

pub(crate) fn ask() -> Command {
    Command::RequestInformation { message: sealed("Xin cho biết số cột đèn") }
}

pub(crate) fn supplement() -> Command {
    Command::Supplement { content: sealed("Cột số 12"), attachments: Vec::new() }
}

pub(crate) fn progress() -> Command {
    Command::Progress { message: sealed("Đang chờ vật tư") }
}

/// `2022-03-25 16:30`.
pub(crate) fn extend(due_at: &str) -> Command {
    Command::Extend { due_at: at(due_at), reason: sealed("Chờ vật tư") }
}

pub(crate) fn draft() -> Command {
    Command::DraftAnswer { content: sealed("Dự thảo: đã thay bóng đèn"), attachments: Vec::new() }
}

pub(crate) fn send_back() -> Command {
    Command::ReturnAnswer { reason: sealed("Chưa nêu thời hạn") }
}

pub(crate) fn merge(into: &Story) -> Command {
    Command::Merge { into: Box::new(into.petition.clone()) }
}

pub(crate) fn note() -> Command {
    Command::Note { content: sealed("Đã gọi cho điện lực") }
}

pub(crate) fn recategorise(field: &str, priority: Option<Priority>) -> Command {
    Command::Recategorise { category: category(field), priority }
}

pub(crate) fn publish() -> Command {
    Command::Publish {
        title: None, content: Some(sealed("Đèn đường trước nhà một người dân không sáng"))
    }
}

pub(crate) fn unpublish() -> Command {
    Command::Unpublish { reason: sealed("Lộ địa chỉ") }
}

pub(crate) fn reopen() -> Command {
    Command::Reopen { reason: sealed("Đèn lại tắt") }
}

pub(crate) fn rate(level: RatingLevel) -> Command {
    Command::Rating { level, comment: None }
}

pub(crate) fn transfer_to(to: &str) -> Command {
    Command::Transfer(TransferOrder { to: agency(to), reason: sealed("Không thuộc địa bàn") })
}

pub(crate) fn give_back() -> Command {
    Command::Return { reason: sealed("Không thuộc thẩm quyền") }
}

pub(crate) fn answer() -> Command {
    Command::Answer { content: sealed("Đã thay bóng đèn"), attachments: Vec::new() }
}

pub(crate) fn reject() -> Command {
    Command::Reject { code: RejectionCode::Complaint, message: sealed("Mời gửi đơn khiếu nại") }
}

pub(crate) fn withdraw() -> Command {
    Command::Withdraw { reason: None }
}

/// A petition by phone, of a field and about a named unit (`""`: about no place), with number 1 unless it is changed.
pub(crate) fn petition_on(field: &str, about: &str) -> Submission {
    numbered(1, field, about)
}

pub(crate) fn numbered(number: u32, field: &str, about: &str) -> Submission {
    Submission {
        id: PetitionId(Uuid::from_u128(1_000_000 + u128::from(number))),
        code: PetitionCode::new(day("2022-03-07"), u64::from(number)),
        category: category(field),
        priority: Priority::Normal,
        channel: Channel::Mobile,
        place: if about.is_empty() { Place::Nowhere {} } else { Place::Unit { unit: unit(about) } },
        title: sealed("Đèn đường hỏng"),
        content: sealed("Đèn đường trước nhà số 5 không sáng"),
        address: None,
        attributes: None,
        attachments: Vec::new(),
        hide_identity: false,
        entry: None,
    }
}

/// The citizen who sends petitions.
pub(crate) fn citizen() -> Actor {
    Actor::Citizen(account(1))
}

/// A petition on its way: every step goes through `decide`, and every event is kept.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) petition: Petition,
    pub(crate) events: Vec<Event>,
}

impl Story {
    pub(crate) fn begins(now: &str, submission: Submission) -> Self {
        Self::submitted(submission, at(now), province()).unwrap()
    }

    pub(crate) fn submitted(submission: Submission, now: Instant, catalogue: &Catalogue) -> Result<Self, Refusal> {
        let decision = decide(None, Command::Submit(Box::new(submission)), &citizen(), catalogue, now)?;
        Ok(Self { petition: Petition::begin(&decision.event).unwrap(), events: vec![decision.event] })
    }

    pub(crate) fn attempt(
        &mut self,
        who: Who,
        command: Command,
        now: Instant,
        catalogue: &Catalogue,
    ) -> Result<Decision, Refusal> {
        let decision = decide(Some(&self.petition), command, &who.actor(&self.petition), catalogue, now)?;
        self.petition.apply(&decision.event).unwrap();
        self.events.push(decision.event.clone());
        Ok(decision)
    }

    /// What must succeed.
    #[track_caller]
    pub(crate) fn then(&mut self, now: &str, who: Who, command: Command) -> Decision {
        self.attempt(who, command, at(now), province()).unwrap()
    }

    /// What must be refused.
    #[track_caller]
    pub(crate) fn refused(&mut self, now: &str, who: Who, command: Command) -> Refusal {
        self.attempt(who, command, at(now), province()).unwrap_err()
    }
}
