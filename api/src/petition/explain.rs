//! Why a petition went to a desk, in words.

use chrono::NaiveDate;
use domain::{
    catalogue::{AgencyLevel, Category, Competence},
    place::Precision,
    routing::{Basis, Routing},
};
use persistence::CatalogueDay;

use crate::{
    app::{agency_name, unit_on},
    language::Language,
};

/// The sentence for a routing: first the place, then the rule, then the desk.
pub(super) fn explain(
    routing: &Routing,
    category: Option<&Category>,
    catalogue: &CatalogueDay,
    day: NaiveDate,
    language: Language,
) -> String {
    let sentences = [place(routing, catalogue, day, language), rule(routing, category, catalogue, day, language)];
    sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn place(routing: &Routing, catalogue: &CatalogueDay, day: NaiveDate, language: Language) -> Option<String> {
    // Where only the district is known, it is the unit.
    let district = routing.district.as_ref().filter(|district| routing.unit.as_ref() != Some(district));
    let codes = [routing.unit.as_ref(), district];
    let names: Vec<&str> = codes
        .into_iter()
        .flatten()
        .filter_map(|code| unit_on(catalogue, code, day))
        .map(|unit| unit.name.as_str())
        .collect();
    if names.is_empty() {
        return None;
    }
    let names = names.join(", ");
    let metres = routing.distance_m.unwrap_or(0);
    Some(match (routing.precision?, language) {
        (Precision::Boundary, Language::Vietnamese) => format!("Vị trí nằm trong địa giới {names}."),
        (Precision::Boundary, Language::English) => format!("The place lies within the boundary of {names}."),
        (Precision::Tolerance, Language::Vietnamese) => {
            format!("Vị trí cách địa giới {names} {metres} m, trong sai số cho phép.")
        }
        (Precision::Tolerance, Language::English) => {
            format!("The place is {metres} m outside the boundary of {names}, within tolerance.")
        }
        (Precision::NearestCentre, Language::Vietnamese) => {
            format!("Chưa có địa giới chính thức; trung tâm gần nhất là {names}, cách {metres} m.")
        }
        (Precision::NearestCentre, Language::English) => {
            format!("No official boundary is loaded; the nearest centre is {names}, {metres} m away.")
        }
        (Precision::NamedUnit, Language::Vietnamese) => format!("Người gửi chọn {names}."),
        (Precision::NamedUnit, Language::English) => format!("The sender named {names}."),
    })
}

fn rule(
    routing: &Routing,
    category: Option<&Category>,
    catalogue: &CatalogueDay,
    day: NaiveDate,
    language: Language,
) -> Option<String> {
    let agency = agency_name(catalogue, &routing.agency);
    let field = category.map_or("?", |category| language.choose(&category.name, &category.name_en));
    let intended = routing.intended.as_ref().map(|code| agency_name(catalogue, code)).unwrap_or_default();
    let level = catalogue.catalogue.directory.agency(&routing.agency).map(|agency| agency.level);
    let competent = match (level, language) {
        (Some(AgencyLevel::Commune), Language::Vietnamese) => "cấp xã",
        (Some(AgencyLevel::Commune), Language::English) => "the commune",
        (Some(AgencyLevel::District), Language::Vietnamese) => "cấp huyện",
        (Some(AgencyLevel::District), Language::English) => "the district",
        (Some(AgencyLevel::Provincial | AgencyLevel::Coordinator) | None, Language::Vietnamese) => "cấp tỉnh",
        (Some(AgencyLevel::Provincial | AgencyLevel::Coordinator) | None, Language::English) => "the province",
    };
    let needed = match (category.map(|category| &category.terms_on(day).competence), language) {
        (Some(Competence::District), Language::Vietnamese) => "huyện, thành phố",
        (Some(Competence::District), Language::English) => "the district",
        (Some(Competence::Commune | Competence::Agency(_) | Competence::Coordinator) | None, Language::Vietnamese) => {
            "xã, phường"
        }
        (Some(Competence::Commune | Competence::Agency(_) | Competence::Coordinator) | None, Language::English) => {
            "the commune"
        }
    };
    let id = routing.rule_id.unwrap_or(0);
    let text = match (routing.basis, language) {
        (Basis::Competence, Language::Vietnamese) => {
            format!("Lĩnh vực “{field}” thuộc thẩm quyền {competent}: {agency}.")
        }
        (Basis::Competence, Language::English) => format!("“{field}” is a matter of {competent}: {agency}."),
        (Basis::Rule, Language::Vietnamese) => format!("Theo quy tắc phân luồng số {id}: {agency}."),
        (Basis::Rule, Language::English) => format!("By routing rule {id}: {agency}."),
        (Basis::CategoryOwner, Language::Vietnamese) => format!("Lĩnh vực “{field}” do {agency} phụ trách toàn tỉnh."),
        (Basis::CategoryOwner, Language::English) => {
            format!("{agency} is in charge of “{field}” in the whole province.")
        }
        (Basis::CoordinatorCategory, Language::Vietnamese) => format!("Lĩnh vực “{field}” do {agency} phân công."),
        (Basis::CoordinatorCategory, Language::English) => format!("“{field}” is assigned by {agency}."),
        (Basis::NoPlace, Language::Vietnamese) => {
            format!("Phản ánh không nêu vị trí; {agency} sẽ xác định cơ quan xử lý.")
        }
        (Basis::NoPlace, Language::English) => format!("No place was given; {agency} decides who deals with it."),
        (Basis::OutsideProvince, Language::Vietnamese) => {
            format!("Vị trí nằm ngoài địa bàn tỉnh Bắc Ninh; {agency} sẽ xem xét.")
        }
        (Basis::OutsideProvince, Language::English) => {
            format!("The place lies outside Bắc Ninh province; {agency} looks into it.")
        }
        (Basis::UnitTooCoarse, Language::Vietnamese) => {
            format!("Lĩnh vực “{field}” cần biết rõ {needed} hơn đơn vị đã chọn; {agency} sẽ xác định.")
        }
        (Basis::UnitTooCoarse, Language::English) => {
            format!("For “{field}” {needed} must be known, and the unit that was named is larger; {agency} decides.")
        }
        (Basis::UnknownUnit, Language::Vietnamese) => {
            format!("Đơn vị hành chính không còn hiệu lực; {agency} sẽ xác định.")
        }
        (Basis::UnknownUnit, Language::English) => {
            format!("The unit that was named does not exist on that day; {agency} decides.")
        }
        (Basis::EqualRules, Language::Vietnamese) => {
            format!("Hai quy tắc phân luồng ngang nhau chỉ về hai cơ quan; {agency} sẽ quyết định.")
        }
        (Basis::EqualRules, Language::English) => format!("Two equal rules name two agencies; {agency} decides."),
        (Basis::NoAgency, Language::Vietnamese) => {
            format!("Không có cơ quan nào đang hoạt động phụ trách việc này; {agency} sẽ xác định.")
        }
        (Basis::NoAgency, Language::English) => {
            format!("No agency that exists on that day is in charge; {agency} decides.")
        }
        (Basis::NoStaff, Language::Vietnamese) => {
            format!("Thuộc thẩm quyền {intended}, nhưng cơ quan này chưa có cán bộ trên hệ thống; chuyển {agency}.")
        }
        (Basis::NoStaff, Language::English) => {
            format!("It is a matter of {intended}, which has no staff in the system yet; it goes to {agency}.")
        }
    };
    Some(text)
}
