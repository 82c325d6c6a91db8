//! What people write: the tables of `api/demo/`, compiled in and checked as words at the edge are.

use std::collections::BTreeMap;

use domain::{
    catalogue::{AgencyLevel, Catalogue},
    code::{CategoryCode, UnitCode},
    petition::RejectionCode,
    text::{Address, Content, Title, fold},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    DemoError, bounds,
    chance::{Chance, Weighted, one},
};

/// The field whose answers fit any other.
const ANY_FIELD: &str = "khac";

#[derive(Deserialize)]
struct LetterRow {
    category: CategoryCode,
    weight: u64,
    title: String,
    content: String,
}

#[derive(Deserialize)]
struct AnswerRow {
    category: CategoryCode,
    content: String,
}

#[derive(Deserialize)]
struct PlaceRow {
    commune_code: UnitCode,
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ReasonKind {
    Reject,
    Return,
    Transfer,
    Withdraw,
}

#[derive(Deserialize)]
struct ReasonRow {
    kind: ReasonKind,
    code: Option<RejectionCode>,
    text: String,
}

/// What a petition says.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) category: CategoryCode,
    pub(super) title: String,
    pub(super) content: String,
}

impl Letter {
    fn names_a_place(&self) -> bool {
        self.content.contains("{place}")
    }
}

/// All tables.
#[derive(Debug)]
pub(super) struct Texts {
    pub(super) letters: Weighted<Letter>,
    /// Those that name no place.
    pub(super) letters_without_place: Weighted<Letter>,
    answers: BTreeMap<CategoryCode, Vec<String>>,
    places: BTreeMap<UnitCode, Vec<String>>,
    rejections: BTreeMap<RejectionCode, Vec<String>>,
    returns: Vec<String>,
    transfers: Vec<String>,
    pub(super) withdrawals: Vec<String>,
}

macro_rules! table {
    ($name:literal, $row:ty) => {
        read::<$row>($name, include_str!(concat!("../../demo/", $name, ".csv")))
    };
}

fn read<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<Vec<T>, DemoError> {
    let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize().collect::<Result<_, _>>();
    rows.map_err(|error| DemoError::Table(table, error))
}

fn content(table: &'static str, raw: &str) -> Result<String, DemoError> {
    Content::parse(raw).map(Content::into_string).map_err(|fault| DemoError::Text(table, fault))
}

impl Texts {
    /// Reads them; of the letters only those of fields that can be chosen all year.
    pub(super) fn load(catalogue: &Catalogue) -> Result<Self, DemoError> {
        let (first, next) = bounds()?;
        let last = next.pred_opt().unwrap_or(first);
        let mut letters = Vec::new();
        for row in table!("petitions", LetterRow)? {
            let category = catalogue.category(&row.category);
            if category.is_some_and(|category| category.validity.covers(first) && category.validity.covers(last)) {
                let title = Title::parse(&row.title).map_err(|fault| DemoError::Text("petitions", fault))?;
                let content = content("petitions", &row.content)?;
                letters.push((row.weight, Letter { category: row.category, title: title.into_string(), content }));
            }
        }
        let mut answers: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for row in table!("answers", AnswerRow)? {
            answers.entry(row.category).or_default().push(content("answers", &row.content)?);
        }
        let mut places: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for row in table!("places", PlaceRow)? {
            let name = Address::parse(&row.name).map_err(|fault| DemoError::Text("places", fault))?;
            places.entry(row.commune_code).or_default().push(name.into_string());
        }
        let mut rejections: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let (mut returns, mut transfers, mut withdrawals) = (Vec::new(), Vec::new(), Vec::new());
        for row in table!("reasons", ReasonRow)? {
            let text = content("reasons", &row.text)?;
            match row.kind {
                ReasonKind::Reject => {
                    rejections.entry(row.code.unwrap_or(RejectionCode::Unclear)).or_default().push(text);
                }
                ReasonKind::Return => returns.push(text),
                ReasonKind::Transfer => transfers.push(text),
                ReasonKind::Withdraw => withdrawals.push(text),
            }
        }
        let without_place = letters.iter().filter(|(_, letter)| !letter.names_a_place()).cloned();
        let letters_without_place = Weighted::new(without_place);
        let letters = Weighted::new(letters);
        if letters.total() == 0 || letters_without_place.total() == 0 {
            return Err(DemoError::Missing("field of the demo"));
        }
        Ok(Self { letters, letters_without_place, answers, places, rejections, returns, transfers, withdrawals })
    }

    /// The hamlets and streets of a commune.
    pub(super) fn places(&self, commune: &UnitCode) -> &[String] {
        self.places.get(commune).map_or(&[], Vec::as_slice)
    }

    /// A template of an answer.
    pub(super) fn answer(&self, category: &CategoryCode, chance: &mut Chance) -> Option<&str> {
        let answers = self.answers.get(category).or_else(|| self.answers.get(ANY_FIELD))?;
        one(chance, answers).map(String::as_str)
    }

    /// Why an agency of one level passes a petition to one of another.
    pub(super) fn transfer(&self, from: AgencyLevel, to: AgencyLevel, chance: &mut Chance) -> &str {
        let upwards = from == AgencyLevel::Commune && to != AgencyLevel::Commune;
        fitting(&self.transfers, chance, |reason| {
            let says = |words| reason.contains(words);
            let of_an_agency = says("của đơn vị, kính") || says("đơn vị chuyển") || says("hai bên");
            (!of_an_agency || from != AgencyLevel::Coordinator)
                && (!says("cấp trên") || upwards)
                && (!says("chuyên môn") || to == AgencyLevel::Provincial)
                && (!(says("địa bàn") || says("giáp ranh")) || to != AgencyLevel::Provincial)
        })
    }

    /// Why an agency gives a petition of that field back.
    pub(super) fn give_back(&self, category: &CategoryCode, from: AgencyLevel, chance: &mut Chance) -> &str {
        fitting(&self.returns, chance, |reason| {
            let says = |words| reason.contains(words);
            (!says("Tuyến đường") || category.as_str() == "giao_thong")
                && (!(says("địa bàn") || says("cấp trên")) || from != AgencyLevel::Provincial)
        })
    }

    /// What the citizen is told.
    pub(super) fn rejection(&self, code: RejectionCode, chance: &mut Chance) -> Option<&str> {
        one(chance, self.rejections.get(&code)?).map(String::as_str)
    }
}

/// One of the reasons that fit.
fn fitting<'a>(reasons: &'a [String], chance: &mut Chance, fits: impl Fn(&str) -> bool) -> &'a str {
    let fitting: Vec<&str> = reasons.iter().map(String::as_str).filter(|reason| fits(reason)).collect();
    one(chance, &fitting).copied().unwrap_or("Chuyển cơ quan có thẩm quyền xem xét, giải quyết.")
}

/// The text with its place. Who writes without marks writes the place without them too.
pub(super) fn fill(template: &str, place: &str) -> String {
    if template.is_ascii() { template.replace("{place}", &fold(place)) } else { template.replace("{place}", place) }
}
