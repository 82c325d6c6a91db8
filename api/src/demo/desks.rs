//! The agencies: who works there, how diligent they are, and to whom else a petition might belong.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    account::Actor,
    catalogue::{AgencyLevel, Catalogue, Competence, UnitLevel},
    code::{AgencyCode, UnitCode},
    petition::Petition,
};
use rand::seq::SliceRandom;

use super::{
    DemoError, People,
    chance::{Chance, between, one},
    year::Case,
};

/// The diligence of the coordinator, whose work is watched by everybody.
const COORDINATOR: i64 = 820;

/// The diligence of the agency that an operator can sign in at, the only one with a leader: something lies on its desk.
const SHOWN: i64 = 450;

/// The department of the province that a petition of a field is sometimes passed to.
const DEPARTMENTS: [(&str, &str); 15] = [
    ("giao_thong", "so-gtvt"),
    ("chieu_sang", "so-xd"),
    ("thoat_nuoc", "so-xd"),
    ("trat_tu_xay_dung", "so-xd"),
    ("moi_truong", "so-tnmt"),
    ("dat_dai", "so-tnmt"),
    ("y_te", "so-yt"),
    ("an_toan_thuc_pham", "so-yt"),
    ("giao_duc", "so-gddt"),
    ("an_ninh_trat_tu", "cong-an-tinh"),
    ("van_hoa_du_lich", "so-vhttdl"),
    ("nong_nghiep_thuy_loi", "so-nnptnt"),
    ("chinh_sach_xa_hoi", "so-ldtbxh"),
    ("doanh_nghiep", "bql-kcn"),
    ("dien", "so-ct"),
];

/// An agency as the simulation sees it.
#[derive(Debug, Default)]
struct Desk<'a> {
    /// In thousandths.
    diligence: i64,
    officers: Vec<&'a Actor>,
    leaders: Vec<&'a Actor>,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Desks<'a> {
    catalogue: &'a Catalogue,
    desks: BTreeMap<AgencyCode, Desk<'a>>,
    coordinators: Vec<&'a Actor>,
    communes: BTreeMap<UnitCode, Vec<UnitCode>>,
}

impl<'a> Desks<'a> {
    pub(super) fn new(catalogue: &'a Catalogue, people: &'a People, mut chance: Chance) -> Result<Self, DemoError> {
        let mut desks: BTreeMap<AgencyCode, Desk<'a>> = BTreeMap::new();
        // A few of each level are excellent, a few poor, whatever the seed.
        for level in AgencyLevel::ALL {
            let mut agencies: Vec<_> = catalogue.directory.agencies().filter(|agency| agency.level == *level).collect();
            agencies.shuffle(&mut chance);
            let count = agencies.len();
            for (place, agency) in agencies.into_iter().enumerate() {
                let diligence = match place * 100 / count.max(1) {
                    0..16 => between(&mut chance, 900, 990),
                    16..84 => between(&mut chance, 440, 820),
                    _ => between(&mut chance, 220, 380),
                };
                desks.insert(agency.code.clone(), Desk { diligence, ..Desk::default() });
            }
        }
        let mut coordinators = Vec::new();
        for account in &people.staff {
            let desk = account.actor.agency().and_then(|agency| desks.get_mut(&agency));
            match (&account.actor, desk) {
                (Actor::Officer(..), Some(desk)) => desk.officers.push(&account.actor),
                (Actor::Leader(..), Some(desk)) => {
                    desk.leaders.push(&account.actor);
                    desk.diligence = SHOWN;
                }
                (Actor::Coordinator(_), _) => coordinators.push(&account.actor),
                (Actor::Officer(..) | Actor::Leader(..), None)
                | (Actor::Citizen(_) | Actor::Steering(_) | Actor::Admin(_) | Actor::System, _) => {}
            }
        }
        if coordinators.is_empty() {
            return Err(DemoError::Nobody("coordinator"));
        }
        let coordinator =
            Desk { diligence: COORDINATOR, officers: coordinators.clone(), leaders: coordinators.clone() };
        desks.insert(AgencyCode::coordinator(), coordinator);
        let mut communes: BTreeMap<UnitCode, Vec<UnitCode>> = BTreeMap::new();
        for unit in catalogue.directory.gazetteer().units().filter(|unit| unit.level == UnitLevel::Commune) {
            if let Some(parent) = &unit.parent {
                communes.entry(parent.clone()).or_default().push(unit.code.clone());
            }
        }
        Ok(Self { catalogue, desks, coordinators, communes })
    }

    fn desk(&self, agency: &AgencyCode) -> Result<&Desk<'a>, DemoError> {
        self.desks.get(agency).ok_or_else(|| DemoError::NoStaff(agency.clone()))
    }

    /// How diligent an agency is, in thousandths.
    pub(super) fn diligence(&self, agency: &AgencyCode) -> Result<i64, DemoError> {
        self.desk(agency).map(|desk| desk.diligence)
    }

    /// The level of an agency.
    pub(super) fn level(&self, agency: &AgencyCode) -> AgencyLevel {
        self.catalogue.directory.agency(agency).map_or(AgencyLevel::Coordinator, |agency| agency.level)
    }

    /// Somebody who works at an agency.
    pub(super) fn officer(&self, agency: &AgencyCode, chance: &mut Chance) -> Result<&'a Actor, DemoError> {
        let desk = self.desk(agency)?;
        let staff = if desk.officers.is_empty() { &desk.leaders } else { &desk.officers };
        one(chance, staff).copied().ok_or_else(|| DemoError::NoStaff(agency.clone()))
    }

    /// Somebody who answers for an agency: its leader, where it has one.
    pub(super) fn signatory(&self, agency: &AgencyCode, chance: &mut Chance) -> Result<&'a Actor, DemoError> {
        match one(chance, &self.desk(agency)?.leaders) {
            Some(leader) => Ok(leader),
            None => self.officer(agency, chance),
        }
    }

    /// Somebody of the coordinator's.
    pub(super) fn coordinator(&self, chance: &mut Chance) -> Result<&'a Actor, DemoError> {
        one(chance, &self.coordinators).copied().ok_or(DemoError::Nobody("coordinator"))
    }

    /// Whether a petition could go there.
    fn takes(&self, agency: &AgencyCode, petition: &Petition, day: NaiveDate) -> bool {
        let directory = &self.catalogue.directory;
        let staffed = self.desks.get(agency).is_some_and(|desk| !desk.officers.is_empty() || !desk.leaders.is_empty());
        *agency != AgencyCode::coordinator()
            && *agency != petition.holder
            && !petition.sent_away_by.contains(agency)
            && staffed
            && directory.is_staffed(agency)
            && directory.agency(agency).is_some_and(|agency| agency.validity.covers(day))
    }

    fn committee(&self, unit: Option<&UnitCode>, day: NaiveDate) -> Option<AgencyCode> {
        self.catalogue.directory.committee(unit?, day).map(|agency| agency.code.clone())
    }

    /// The agency that is competent for a petition about that commune, where it can go there.
    pub(super) fn competent(&self, case: &Case, day: NaiveDate) -> Option<AgencyCode> {
        let Case { petition, commune, district, .. } = case;
        let agency = match &self.catalogue.category(&petition.category)?.terms_on(day).competence {
            Competence::Commune => self.committee(commune.as_ref(), day),
            Competence::District => self.committee(district.as_ref().or(commune.as_ref()), day),
            Competence::Agency(agency) => Some(agency.clone()),
            Competence::Coordinator => None,
        };
        agency.filter(|agency| self.takes(agency, petition, day))
    }

    /// Another agency that might have a petition: the other level, a neighbour, a department.
    pub(super) fn elsewhere(&self, case: &Case, day: NaiveDate, chance: &mut Chance) -> Option<AgencyCode> {
        let Case { petition, commune, district, .. } = case;
        let neighbours =
            district.as_ref().and_then(|district| self.communes.get(district)).map_or(&[][..], Vec::as_slice);
        let department = DEPARTMENTS.iter().find(|(category, _)| *category == petition.category.as_str());
        let candidates = [
            self.committee(commune.as_ref(), day),
            self.committee(district.as_ref(), day),
            self.committee(one(chance, neighbours), day),
            self.committee(one(chance, neighbours), day),
            department.and_then(|(_, agency)| AgencyCode::parse(agency).ok()),
        ];
        let candidates: Vec<AgencyCode> =
            candidates.into_iter().flatten().filter(|agency| self.takes(agency, petition, day)).collect();
        one(chance, &candidates).cloned()
    }
}
