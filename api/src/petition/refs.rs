//! What a petition refers to, by code and name.

use domain::{
    catalogue::{AgencyLevel, UnitLevel},
    code::{AgencyCode, CategoryCode, UnitCode},
};
use persistence::CatalogueDay;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::{agency_name, unit_on},
    language::Language,
};

/// A field with its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryRef {
    /// Its code.
    #[schema(value_type = String, example = "chieu_sang")]
    code: CategoryCode,
    /// Its name in the language of the answer.
    #[schema(example = "Chiếu sáng công cộng")]
    pub(crate) name: String,
}

impl CategoryRef {
    /// The field of that code.
    pub fn of(catalogue: &CatalogueDay, code: &CategoryCode, language: Language) -> Self {
        let category = catalogue.catalogue.category(code);
        let name = category.map(|category| language.choose(&category.name, &category.name_en).to_owned());
        Self { code: code.clone(), name: name.unwrap_or_default() }
    }
}

/// A unit with its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitRef {
    /// Its code.
    #[schema(value_type = String, example = "09163")]
    pub(crate) code: UnitCode,
    /// Its full name.
    #[schema(example = "Phường Vũ Ninh")]
    pub(crate) name: String,
    /// `commune`, `district` or `province`.
    #[schema(value_type = String, example = "commune")]
    level: UnitLevel,
}

impl UnitRef {
    /// The unit of that code on that day, if there is one.
    pub fn of(catalogue: &CatalogueDay, code: &UnitCode, day: chrono::NaiveDate) -> Option<Self> {
        let unit = unit_on(catalogue, code, day)?;
        Some(Self { code: unit.code.clone(), name: unit.name.clone(), level: unit.level })
    }
}

/// An agency with its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgencyRef {
    /// Its code.
    #[schema(value_type = String, example = "ubnd-256")]
    code: AgencyCode,
    /// Its name.
    #[schema(example = "UBND thành phố Bắc Ninh")]
    pub(crate) name: String,
    /// `commune`, `district`, `provincial` or `coordinator`.
    #[schema(value_type = Option<String>, example = "district")]
    level: Option<AgencyLevel>,
}

impl AgencyRef {
    /// The agency of that code.
    pub fn of(catalogue: &CatalogueDay, code: &AgencyCode) -> Self {
        let level = catalogue.catalogue.directory.agency(code).map(|agency| agency.level);
        Self { code: code.clone(), name: agency_name(catalogue, code), level }
    }
}
