//! What a filter means in SQL, for tables whose rows stand under headings.

use domain::{code::UnitCode, rate::Filter, routing::Directory};

use super::{names::Names, spans::channel_number};

/// Conditions on the columns of `s`, each beginning with ` AND `.
#[derive(Debug, Default)]
pub(super) struct Narrowed {
    /// On the agency, of levels and agencies.
    pub agency: String,
    /// On everything else.
    pub rest: String,
}

/// That a column has one of those numbers; of none it has none, which is what was asked for.
pub(super) fn one_of(column: &str, numbers: impl IntoIterator<Item = i32>) -> String {
    let mut numbers: Vec<String> = numbers.into_iter().map(|number| number.to_string()).collect();
    if numbers.is_empty() {
        numbers.push("-1".to_owned());
    }
    format!(" AND s.{column} IN ({})", numbers.join(", "))
}

/// A filter in SQL. A code that no row has yet stands for no number.
pub(super) fn narrowed(filter: &Filter, directory: &Directory, names: &Names) -> Narrowed {
    let Filter { levels, agencies, categories, channels, units, through_heirs } = filter;
    let known = |code: &str| names.number(code).ok().and_then(|number| i32::try_from(number).ok());
    let mut narrowed = Narrowed::default();
    // Through heirs, what a row counts as is known only when it is read: nothing is left out before.
    if !through_heirs && (!levels.is_empty() || !agencies.is_empty()) {
        let of_level = |level| levels.is_empty() || levels.contains(&level);
        let chosen = |code| agencies.is_empty() || agencies.contains(code);
        let agencies = directory.agencies().filter(|agency| of_level(agency.level) && chosen(&agency.code));
        narrowed.agency = one_of("agency", agencies.filter_map(|agency| known(agency.code.as_str())));
    }
    if !categories.is_empty() {
        narrowed.rest.push_str(&one_of("category", categories.iter().filter_map(|code| known(code.as_str()))));
    }
    if !channels.is_empty() {
        let numbers = channels.iter().map(|channel| i32::from(channel_number(*channel)));
        narrowed.rest.push_str(&one_of("channel", numbers));
    }
    if !through_heirs && !units.is_empty() {
        let number = |unit: &Option<UnitCode>| unit.as_ref().map_or(Some(0), |code| known(code.as_str()));
        narrowed.rest.push_str(&one_of("unit", units.iter().filter_map(number)));
    }
    narrowed
}
