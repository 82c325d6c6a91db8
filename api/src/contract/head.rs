//! The head of the document: what it is of, who is let in how.

use actix_web::http::Method;
use utoipa::{
    OpenApi,
    openapi::{
        Components, Content, HttpMethod, ObjectBuilder, PathItem, PathsBuilder, Ref, RefOr, Required, Response,
        path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn},
        request_body::RequestBodyBuilder,
        schema::Type,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::{auth::scope_of, webhook::WebhookMessage};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "pakn",
        version = "1.0.0",
        description = "Petitions (phản ánh, kiến nghị) of the citizens of Bắc Ninh: sent, routed, answered, and counted.\n\n\
            Instants are RFC 3339 with an offset; a query parameter for an instant also takes a date, the start of that local day \
            (Asia/Ho_Chi_Minh). Errors are RFC 9457 problem details in Vietnamese, or English on `Accept-Language: en`. An operation \
            with an empty security requirement is public; `x-roles` names the roles an operation is for.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "This server")),
    // What webhooks are sent: see `told`.
    components(schemas(WebhookMessage)),
    tags(
        (name = "auth", description = "Accounts and sessions."),
        (name = "citizen", description = "For those who send petitions."),
        (name = "petitions", description = "A petition, for whom it exists."),
        (name = "notifications", description = "What somebody is told: the inbox, and by which ways it reaches them."),
        (name = "files", description = "Photos, documents and videos: sent, then attached by their ids."),
        (name = "public", description = "Published petitions: for everybody."),
        (name = "seals", description = "The log's seals, and proofs that a petition is in one: `openapi/SEALS.md` says how to check them."),
        (name = "intake", description = "Petitions that came another way."),
        (name = "exchange", description = "With other portals: `openapi/EXCHANGE.md` says how a request is signed."),
        (name = "open311", description = "Open311 GeoReport v2, for other cities' programs: errors are its own, not problem details."),
        (name = "agency", description = "For the desks that answer."),
        (name = "steering", description = "Rates and targets."),
        (name = "catalogue", description = "Fields, units, agencies, routing: public."),
        (name = "admin", description = "Accounts, agencies, calendar and targets."),
        (name = "ops", description = "Health."),
    ),
)]
struct Contract;

/// The head of the document; the operations are gathered as they are registered.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Contract::openapi();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("The access token of `POST /api/v1/auth/login`."))
        .build();
    let api_key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("pakn_…")
        .description(Some(
            "A key of an agency's own system (`POST /api/v1/api-keys`), sent like an access token. It acts as an officer of its agency, \
             in operations that name this scheme, if it has the scope that they name.",
        ))
        .build();
    let components = document.components.get_or_insert_with(Components::new);
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let signature = ApiKey::Header(ApiKeyValue::with_description(
        "Signature",
        "An HTTP message signature (RFC 9421, HMAC-SHA256) of a portal that there is an exchange with; see `openapi/EXCHANGE.md`.",
    ));
    components.add_security_scheme("partner_signature", SecurityScheme::ApiKey(signature));
    let open311 = ApiKey::Query(ApiKeyValue::with_description(
        "api_key",
        "The key of a program that sends petitions (`POST /api/v1/api-keys`, scope `open311`): in the form, in the address, or as \
         `Authorization: Bearer …`.",
    ));
    components.add_security_scheme("open311_key", SecurityScheme::ApiKey(open311));
    let scraper = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
        "The token of those who watch the server (`PAKN_METRICS_TOKEN`); in Prometheus the `credentials` of `authorization`.",
    ));
    components.add_security_scheme("metrics_token", SecurityScheme::Http(scraper.build()));
    components.add_security_scheme("api_key", SecurityScheme::Http(api_key));
    document.webhooks = Some(PathsBuilder::new().path("petition", PathItem::new(HttpMethod::Post, told())).build());
    document
}

/// What the target of a webhook is sent.
fn told() -> Operation {
    let message = Content::new(Some(RefOr::Ref(Ref::from_schema_name("WebhookMessage"))));
    let body = RequestBodyBuilder::new().content("application/json", message).required(Some(Required::True)).build();
    let header = |name: &str, told: &str| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some(told))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .build()
    };
    OperationBuilder::new()
        .operation_id(Some("webhook_message"))
        .tag("agency")
        .summary(Some("Tells an agency's system what its desk hears, signed as Standard Webhooks prescribes."))
        .parameter(header("webhook-id", "The same at every try: who has it has heard it."))
        .parameter(header("webhook-timestamp", "When it was sent, in seconds since 1970."))
        .parameter(header("webhook-signature", "`v1,` and the base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}`."))
        .request_body(Some(body))
        .response("2XX", Response::new("It was heard."))
        .response("410", Response::new("Nothing more is wanted: the webhook pauses."))
        .response("4XX", Response::new("It is tried again, as after any other status."))
        .securities(Some([SecurityRequirement::default()]))
        .build()
}

/// Says of every operation that a key of an agency's system opens it, and with which scope: from the table by which they are let in.
pub fn open_to_api_keys(document: &mut utoipa::openapi::OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let operations = [(Method::GET, &mut item.get), (Method::POST, &mut item.post)];
        for (method, operation) in operations {
            let scope = scope_of(&method, path);
            if let Some((scope, operation)) = scope.zip(operation.as_mut()) {
                let requirement = SecurityRequirement::new("api_key", [scope.as_str()]);
                operation.security.get_or_insert_default().push(requirement);
            }
        }
    }
}
