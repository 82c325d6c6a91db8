//! One petition of the demo, written out: all that can go wrong with one does, and it comes to a good end.

use domain::{
    account::{Actor, Role},
    catalogue::{Catalogue, Channel, Priority},
    chain::SealedText,
    code::{AgencyCode, CategoryCode, UnitCode},
    id::PetitionId,
    petition::{
        Command, CommandKind, Petition, PetitionCode, Place, RatingLevel, Refusal, Submission, TransferOrder, decide,
    },
    time::Instant,
};
use persistence::{Account, PlayedPetition};
use rand::RngExt;

use super::{
    DemoError, DemoOptions, People,
    chance::{Chance, Purpose, chance},
};

/// The commune that the sender names, which is the wrong one; and the agency that answers in the end.
const WRONG: &str = "ubnd-09166";
const RIGHT: &str = "ubnd-256";

/// Who takes part in it.
struct Cast<'a> {
    citizen: &'a Account,
    commune: &'a Account,
    coordinator: &'a Account,
    officer: &'a Account,
    leader: &'a Account,
}

impl<'a> Cast<'a> {
    /// `None` where the catalogue of the demo does not have these agencies.
    fn of(people: &'a People) -> Option<Self> {
        let of = |role: Role, agency: Option<&str>| {
            people.staff.iter().find(|account| {
                let own = account.actor.agency();
                account.role == role && agency.is_none_or(|code| own.is_some_and(|own| own.as_str() == code))
            })
        };
        Some(Self {
            citizen: people.citizens.first()?,
            commune: of(Role::Officer, Some(WRONG))?,
            coordinator: of(Role::Coordinator, None)?,
            officer: of(Role::Officer, Some(RIGHT))?,
            leader: of(Role::Leader, Some(RIGHT))?,
        })
    }
}

/// A petition of August 2022 that is sent to the wrong commune, given back, passed on, asked about before the holiday and
/// supplemented after it, drafted, sent back, approved too late, reopened, answered and rated. Its number follows on the others.
///
/// # Errors
/// [`DemoError`] where a step is refused. `None` where the catalogue does not have its agencies.
pub fn hard_case(
    options: &DemoOptions,
    catalogue: &Catalogue,
    people: &People,
) -> Result<Option<PlayedPetition>, DemoError> {
    let Some(cast) = Cast::of(people) else { return Ok(None) };
    let number = u64::try_from(options.petitions + 1).map_err(|_| DemoError::Lost("a number"))?;
    let mut chance = chance(options.seed, Purpose::HardCase);
    let submitted_at = instant("2022-08-22T09:10:00+07:00")?;
    let submission = submission(number, submitted_at, &mut chance)?;
    let command = Command::Submit(Box::new(submission));
    let first = decide(None, command, &cast.citizen.actor, catalogue, submitted_at)
        .map_err(|refusal| refused(CommandKind::Submit, refusal))?;
    let mut petition = Petition::begin(&first.event)?;
    let mut decisions = vec![first];
    for (at, who, command) in steps(&cast, &mut chance)? {
        let kind = command.kind();
        let decision =
            decide(Some(&petition), command, who, catalogue, instant(at)?).map_err(|refusal| refused(kind, refusal))?;
        petition.apply(&decision.event)?;
        decisions.push(decision);
    }
    Ok(Some(PlayedPetition { number, decisions }))
}

fn refused(command: CommandKind, refusal: Refusal) -> DemoError {
    DemoError::Refused { command, refusal }
}

fn instant(text: &str) -> Result<Instant, DemoError> {
    Instant::parse(text).map_err(|_| DemoError::Lost("an instant"))
}

fn submission(number: u64, at: Instant, chance: &mut Chance) -> Result<Submission, DemoError> {
    let category = CategoryCode::parse("moi_truong").map_err(|_| DemoError::Missing("category"))?;
    let unit = UnitCode::parse("09166").map_err(|_| DemoError::Missing("unit"))?;
    Ok(Submission {
        id: PetitionId::new(at, &chance.random()),
        code: PetitionCode::new(at.local_date(), number),
        category,
        priority: Priority::Normal,
        channel: Channel::Mobile,
        place: Place::Unit { unit },
        title: seal(chance, "Cống thoát nước bốc mùi, rác ùn ứ"),
        content: seal(
            chance,
            "Miệng cống đầu ngõ 12 đường Hồ Ngọc Lân bị rác lấp kín, mưa là nước tràn vào nhà, mùi hôi không chịu được.",
        ),
        address: None,
        attributes: None,
        attachments: Vec::new(),
        hide_identity: false,
        entry: None,
    })
}

fn seal(chance: &mut Chance, words: &str) -> SealedText {
    SealedText::new(words.to_owned(), chance.random())
}

type Scene<'a> = (&'static str, &'a Actor, Command);

fn steps<'a>(cast: &Cast<'a>, chance: &mut Chance) -> Result<Vec<Scene<'a>>, DemoError> {
    let Cast { citizen, commune, coordinator, officer, leader } = cast;
    let right = AgencyCode::parse(RIGHT).map_err(|_| DemoError::Missing("agency"))?;
    let drainage = CategoryCode::parse("thoat_nuoc").map_err(|_| DemoError::Missing("category"))?;
    let mut say = |words: &str| seal(chance, words);
    Ok(vec![
        ("2022-08-22T10:05:00+07:00", &commune.actor, Command::Receive),
        (
            "2022-08-22T15:40:00+07:00",
            &commune.actor,
            Command::Return {
                reason: say("Đường Hồ Ngọc Lân không thuộc địa bàn phường; cống do thành phố quản lý.")
            },
        ),
        ("2022-08-23T08:20:00+07:00", &coordinator.actor, Command::Recategorise { category: drainage, priority: None }),
        (
            "2022-08-23T08:25:00+07:00",
            &coordinator.actor,
            Command::Transfer(TransferOrder {
                to: right,
                reason: say("Thoát nước đô thị thuộc thẩm quyền UBND thành phố."),
            }),
        ),
        ("2022-08-23T09:30:00+07:00", &officer.actor, Command::Receive),
        ("2022-08-23T09:45:00+07:00", &leader.actor, Command::Assign { assignee: Some(officer.actor.clone()) }),
        ("2022-08-24T08:00:00+07:00", &officer.actor, Command::Start { assignee: None }),
        (
            "2022-08-25T10:00:00+07:00",
            &officer.actor,
            Command::Note {
                content: say("Hiện trường có ba miệng cống; chưa rõ người dân nói cống nào.")
            },
        ),
        (
            "2022-08-29T14:00:00+07:00",
            &officer.actor,
            Command::RequestInformation {
                message: say("Đề nghị ông/bà cho biết miệng cống ở trước số nhà nào.")
            },
        ),
        (
            "2022-09-06T08:30:00+07:00",
            &citizen.actor,
            Command::Supplement {
                content: say("Miệng cống ngay trước số nhà 7, cạnh cột điện."),
                attachments: Vec::new(),
            },
        ),
        (
            "2022-09-06T09:30:00+07:00",
            &officer.actor,
            Command::DraftAnswer {
                content: say("Đã chuyển công ty môi trường xem xét."), attachments: Vec::new()
            },
        ),
        (
            "2022-09-06T10:15:00+07:00",
            &leader.actor,
            Command::ReturnAnswer { reason: say("Chưa nêu kết quả xử lý; làm xong hãy trả lời.") },
        ),
        (
            "2022-09-06T14:50:00+07:00",
            &officer.actor,
            Command::DraftAnswer {
                attachments: Vec::new(),
                content: say("Đã nạo vét miệng cống trước số nhà 7 sáng 06/9, nước thoát tốt."),
            },
        ),
        ("2022-09-06T15:20:00+07:00", &leader.actor, Command::ApproveAnswer),
        (
            "2022-09-06T15:45:00+07:00",
            &coordinator.actor,
            Command::Publish {
                title: None,
                content: Some(say("Miệng cống đầu ngõ đường Hồ Ngọc Lân bị rác lấp kín, mưa là nước tràn.")),
            },
        ),
        (
            "2022-09-09T19:30:00+07:00",
            &citizen.actor,
            Command::Reopen {
                reason: say("Hôm nay mưa, nước lại tràn vào nhà; cống bên cạnh vẫn tắc.")
            },
        ),
        (
            "2022-09-14T10:00:00+07:00",
            &leader.actor,
            Command::Answer {
                attachments: Vec::new(),
                content: say("Đã nạo vét toàn tuyến cống ngõ 12 và thay hai nắp cống, bảo đảm thoát nước."),
            },
        ),
        (
            "2022-09-15T20:00:00+07:00",
            &citizen.actor,
            Command::Rating {
                level: RatingLevel::Satisfied,
                comment: Some(say("Cảm ơn, mưa hôm qua không còn ngập.")),
            },
        ),
        ("2022-09-30T00:00:00+07:00", &Actor::System, Command::Close),
    ])
}
