//! Who takes part in the demo.

use domain::{
    account::{Actor, Login, Role},
    catalogue::{AgencyLevel, Catalogue},
    code::AgencyCode,
    id::AccountId,
    time::Instant,
};
use persistence::Account;
use rand::RngExt;
use serde::Deserialize;

use super::{
    DemoOptions, People,
    chance::{Chance, Purpose, chance, one},
};

/// How many citizens there are besides the one an operator signs in as.
const CITIZENS: u32 = 400;

/// The agency whose officer and leader an operator can be: the city of Bắc Ninh, which gets more petitions than most.
const SHOWN_AGENCY: &str = "ubnd-256";

#[derive(Deserialize)]
struct NameRow {
    family: String,
    middle: String,
    given: String,
}

struct Registrar<'a> {
    chance: Chance,
    names: Vec<NameRow>,
    password_hash: &'a str,
    created_at: Instant,
}

impl Registrar<'_> {
    /// A family name from one row, the rest from another, so that few people share a whole name.
    fn name(&mut self) -> Option<String> {
        let family = &one(&mut self.chance, &self.names)?.family;
        let NameRow { middle, given, .. } = one(&mut self.chance, &self.names)?;
        Some([family, middle, given].into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" "))
    }

    fn register(&mut self, login: Login, role: Role, actor: impl FnOnce(AccountId) -> Actor) -> Account {
        let id = AccountId::new(self.created_at, &self.chance.random());
        let full_name = self.name().unwrap_or_else(|| login.as_str().to_owned());
        Account {
            id,
            password_hash: self.password_hash.to_owned(),
            full_name,
            actor: actor(id),
            role,
            must_change_password: false,
            is_active: true,
            created_at: self.created_at,
            verified_at: (role == Role::Citizen).then_some(self.created_at),
            has_second_factor: false,
            contact_phone: None,
            login,
        }
    }

    fn staff(&mut self, name: &str, role: Role, actor: impl FnOnce(AccountId) -> Actor) -> Option<Account> {
        Some(self.register(Login::name(name).ok()?, role, actor))
    }
}

/// The accounts of the demo, all with the same password: one of every role, an officer for every agency but the coordinator, and
/// some hundred citizens.
///
/// [`super::SIGN_INS`] names those of every role; the others of the staff are `canbo.09163` and the like. In a catalogue without
/// the city of Bắc Ninh its officer and leader belong to the first district, or else the first commune.
pub fn people(options: &DemoOptions, catalogue: &Catalogue, password_hash: &str, created_at: Instant) -> People {
    let names = csv::Reader::from_reader(include_str!("../../demo/names.csv").as_bytes());
    let mut registrar = Registrar {
        chance: chance(options.seed, Purpose::People),
        // The table is compiled in, and a test reads every row of it.
        names: names.into_deserialize().filter_map(Result::ok).collect(),
        password_hash,
        created_at,
    };
    let phones = std::iter::once("900000001".to_owned()).chain((0..CITIZENS).map(|n| format!("9000{:05}", 10_001 + n)));
    let mut citizens = Vec::new();
    for phone in phones {
        if let Ok(login) = Login::phone(&format!("+84{phone}")) {
            citizens.push(registrar.register(login, Role::Citizen, Actor::Citizen));
        }
    }
    let mut staff = Vec::new();
    if let Some(agency) = shown_agency(catalogue) {
        let (officers, leaders) = (agency.clone(), agency);
        staff.extend(registrar.staff("demo.officer", Role::Officer, |id| Actor::Officer(id, officers)));
        staff.extend(registrar.staff("demo.leader", Role::Leader, |id| Actor::Leader(id, leaders)));
    }
    staff.extend(registrar.staff("demo.coordinator", Role::Coordinator, Actor::Coordinator));
    staff.extend(registrar.staff("demo.steering", Role::Steering, Actor::Steering));
    staff.extend(registrar.staff("demo.admin", Role::Admin, Actor::Admin));
    for agency in catalogue.directory.agencies() {
        if agency.code != AgencyCode::coordinator() {
            let short = agency.code.as_str().strip_prefix("ubnd-").unwrap_or(agency.code.as_str());
            let code = agency.code.clone();
            staff.extend(registrar.staff(&format!("canbo.{short}"), Role::Officer, |id| Actor::Officer(id, code)));
        }
    }
    People { citizens, staff }
}

fn shown_agency(catalogue: &Catalogue) -> Option<AgencyCode> {
    let of_level = |level| catalogue.directory.agencies().find(move |agency| agency.level == level);
    catalogue
        .directory
        .agencies()
        .find(|agency| agency.code.as_str() == SHOWN_AGENCY)
        .or_else(|| of_level(AgencyLevel::District))
        .or_else(|| of_level(AgencyLevel::Commune))
        .map(|agency| agency.code.clone())
}
