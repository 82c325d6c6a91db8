//! Every operation there is.

use utoipa_actix_web::{scope, service_config::ServiceConfig};

use crate::{admin, agency, auth, catalogue, citizen, ops, petition, steering};

/// Registers the operations; what is registered here is in the contract.
pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(ops::live).service(ops::ready).service(auth::jwks).service(
        scope("/api/v1")
            .service(auth::register)
            .service(auth::login)
            .service(auth::refresh)
            .service(auth::logout)
            .service(auth::me)
            .service(auth::change_password)
            .service(citizen::submit_petition)
            .service(citizen::my_petitions)
            .service(citizen::withdraw_petition)
            .service(petition::show_petition)
            .service(petition::petition_history)
            .service(agency::agency_queue)
            .service(agency::receive_petition)
            .service(agency::start_petition)
            .service(agency::transfer_petition)
            .service(agency::return_petition)
            .service(agency::answer_petition)
            .service(agency::reject_petition)
            .service(steering::read_rates)
            .service(steering::list_targets)
            .service(steering::target_progress)
            .service(catalogue::list_categories)
            .service(catalogue::list_units)
            .service(catalogue::list_agencies)
            .service(catalogue::preview_routing)
            .service(admin::create_account)
            .service(admin::show_calendar_year)
            .service(admin::confirm_calendar_year),
    );
}
