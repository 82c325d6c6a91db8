//! Who writes, from where, and about what.

use domain::{
    account::{Actor, Role},
    catalogue::{Catalogue, Channel, Priority, Unit, UnitLevel},
    chain::SealedText,
    code::UnitCode,
    id::PetitionId,
    petition::{PetitionCode, Place, Submission},
    place::Point,
    time::Instant,
};
use rand::RngExt;

use super::{
    DemoError, People,
    chance::{Chance, Deck, Weighted, between, one, percent},
    texts::{Texts, fill},
};

/// 10⁻⁷ degrees in a metre: to the north, and in Bắc Ninh to the east.
const METRE_NORTH: i64 = 90;
const METRE_EAST: i64 = 96;

/// How far a petition is from the centre of its commune: the sum of two such distances, so that most are near.
const STRAY_M: i64 = 350;

/// Places that are in no commune of the province, and far enough from every one: latitude and longitude, name, address.
const OUTSIDE: [(f64, f64, &str, &str); 5] = [
    (21.0287, 105.8523, "đường Đinh Tiên Hoàng", "đường Đinh Tiên Hoàng, quận Hoàn Kiếm, Hà Nội"),
    (20.9403, 106.3330, "đường Trần Hưng Đạo", "đường Trần Hưng Đạo, thành phố Hải Dương, tỉnh Hải Dương"),
    (21.2948, 106.1866, "đường Xương Giang", "đường Xương Giang, thành phố Bắc Giang, tỉnh Bắc Giang"),
    (20.6464, 106.0511, "đường Điện Biên", "đường Điện Biên, thành phố Hưng Yên, tỉnh Hưng Yên"),
    (21.2573, 105.8490, "thị trấn Sóc Sơn", "thị trấn Sóc Sơn, huyện Sóc Sơn, Hà Nội"),
];

/// A commune as those who write from it know it.
#[derive(Debug)]
struct Site {
    commune: UnitCode,
    district: Option<UnitCode>,
    centre: Point,
    /// *phường Vũ Ninh*
    name: String,
    /// *thành phố Bắc Ninh*
    district_name: String,
}

/// How well a petition says where it is about.
#[derive(Debug, Clone, Copy)]
enum Pin {
    Inside,
    Outside,
    NamedCommune,
    NamedDistrict,
    Nowhere,
}

/// A petition that is about to be sent, with what the simulation knows of it.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) submission: Submission,
    pub(super) citizen: Actor,
    /// The commune it is truly about; none outside the province.
    pub(super) commune: Option<UnitCode>,
    /// Its district.
    pub(super) district: Option<UnitCode>,
    /// The name of the place, for an answer.
    pub(super) place: String,
}

/// Writes petitions.
#[derive(Debug)]
pub(super) struct Author<'a> {
    texts: &'a Texts,
    citizens: Vec<&'a Actor>,
    sites: Weighted<Site>,
    pins: Deck<Pin>,
    channels: Deck<Channel>,
    hidden: Deck<bool>,
    priorities: Deck<Priority>,
    chance: Chance,
}

impl<'a> Author<'a> {
    pub(super) fn new(
        texts: &'a Texts,
        catalogue: &Catalogue,
        people: &'a People,
        chance: Chance,
    ) -> Result<Self, DemoError> {
        let citizens: Vec<_> = people
            .citizens
            .iter()
            .filter(|account| account.role == Role::Citizen)
            .map(|account| &account.actor)
            .collect();
        let gazetteer = catalogue.directory.gazetteer();
        let sites = gazetteer.units().filter(|unit| unit.level == UnitLevel::Commune).filter_map(|unit| {
            let district = unit.parent.as_ref().and_then(|parent| gazetteer.unit(parent));
            let site = Site {
                commune: unit.code.clone(),
                district: district.filter(|unit| unit.level == UnitLevel::District).map(|unit| unit.code.clone()),
                centre: unit.centre?,
                name: small(&unit.name),
                district_name: district.map_or_else(String::new, |unit| small(&unit.name)),
            };
            Some((weight(unit), site))
        });
        let sites = Weighted::new(sites);
        if sites.total() == 0 {
            return Err(DemoError::Missing("commune with a centre"));
        }
        if citizens.is_empty() {
            return Err(DemoError::Nobody("citizen"));
        }
        Ok(Self {
            texts,
            citizens,
            sites,
            pins: Deck::new(&[
                (195, Pin::Inside),
                (2, Pin::Outside),
                (1, Pin::NamedCommune),
                (1, Pin::NamedDistrict),
                (1, Pin::Nowhere),
            ]),
            channels: Deck::new(&[(22, Channel::Mobile), (3, Channel::Web)]),
            hidden: Deck::new(&[(1, true), (24, false)]),
            priorities: Deck::new(&[(5, Priority::Urgent), (88, Priority::Normal), (7, Priority::Complex)]),
            chance,
        })
    }

    /// The petition with that number, written at that instant.
    pub(super) fn write(&mut self, number: u64, now: Instant) -> Result<Draft, DemoError> {
        let lost = || DemoError::Lost("a draft");
        let chance = &mut self.chance;
        let pin = self.pins.draw(chance).ok_or_else(lost)?;
        let channel = self.channels.draw(chance).ok_or_else(lost)?;
        let letters = match pin {
            Pin::Inside | Pin::Outside | Pin::NamedCommune | Pin::NamedDistrict => &self.texts.letters,
            Pin::Nowhere => &self.texts.letters_without_place,
        };
        let letter = letters.draw(chance).ok_or_else(lost)?;
        let site = self.sites.draw(chance).ok_or_else(lost)?;
        let spot = one(chance, self.texts.places(&site.commune)).unwrap_or(&site.name).clone();
        let point = |point: Point, chance: &mut Chance| Place::Point {
            point,
            accuracy_m: match channel {
                Channel::Mobile => u32::try_from(between(chance, 4, 45)).ok(),
                Channel::Web | Channel::Phone | Channel::Paper | Channel::Email | Channel::Portal => None,
            },
        };
        let address = [spot.as_str(), &site.name, &site.district_name];
        let address = address.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        let (place, spot, address) = match pin {
            Pin::Inside => (point(stray(site.centre, chance)?, chance), spot, Some(address)),
            Pin::Outside => {
                let (lat, lon, spot, address) = one(chance, &OUTSIDE).ok_or_else(lost)?;
                let centre = Point::from_degrees(*lat, *lon)?;
                (point(stray(centre, chance)?, chance), (*spot).to_owned(), Some((*address).to_owned()))
            }
            Pin::NamedCommune => (Place::Unit { unit: site.commune.clone() }, spot, Some(address)),
            Pin::NamedDistrict => {
                let unit = site.district.as_ref().unwrap_or(&site.commune).clone();
                (Place::Unit { unit }, spot, Some(address))
            }
            Pin::Nowhere => (Place::Nowhere {}, spot, None),
        };
        let outside = matches!(pin, Pin::Outside);
        let named = if percent(chance, 40) && !outside && spot != site.name {
            format!("{spot}, {}", site.name)
        } else {
            spot.clone()
        };
        let submission = Submission {
            id: PetitionId::new(now, &chance.random()),
            code: PetitionCode::new(now.local_date(), number),
            category: letter.category.clone(),
            priority: self.priorities.draw(chance).ok_or_else(lost)?,
            channel,
            place,
            title: SealedText::new(letter.title.clone(), chance.random()),
            content: SealedText::new(fill(&letter.content, &named), chance.random()),
            address: address.map(|address| SealedText::new(address, chance.random())),
            attributes: None,
            attachments: Vec::new(),
            hide_identity: self.hidden.draw(chance).ok_or_else(lost)?,
            entry: None,
        };
        let inside = (!outside).then_some(site);
        Ok(Draft {
            submission,
            commune: inside.map(|site| site.commune.clone()),
            district: inside.and_then(|site| site.district.clone()),
            place: spot,
            citizen: self.citizen(number).ok_or_else(lost)?,
        })
    }

    /// Some write often, most hardly ever; of every hundred petitions one is the operator's.
    fn citizen(&mut self, number: u64) -> Option<Actor> {
        let (shown, others) = self.citizens.split_first()?;
        if number % 100 == 1 || others.is_empty() {
            return Some((**shown).clone());
        }
        let count = i64::try_from(others.len()).ok()?;
        let index = between(&mut self.chance, 0, count - 1) * between(&mut self.chance, 1, count) / count;
        others.get(usize::try_from(index).ok()?).map(|actor| (**actor).clone())
    }
}

/// Wards have more people than townships, these more than communes in the country.
fn weight(unit: &Unit) -> u64 {
    if unit.name.starts_with("Phường") {
        3
    } else if unit.name.starts_with("Thị trấn") {
        2
    } else {
        1
    }
}

/// *Phường Vũ Ninh* as it stands in a sentence.
fn small(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// A point some hundred metres off.
fn stray(centre: Point, chance: &mut Chance) -> Result<Point, DemoError> {
    let mut off = |metre: i64| {
        let reach = STRAY_M * metre;
        i32::try_from(between(chance, -reach, reach) + between(chance, -reach, reach)).unwrap_or(0)
    };
    let (lat, lon) =
        (centre.lat_e7().saturating_add(off(METRE_NORTH)), centre.lon_e7().saturating_add(off(METRE_EAST)));
    Ok(Point::from_e7(lat, lon)?)
}
