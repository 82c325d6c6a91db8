//! The codes of problems and of fields that are wrong, with what they mean in both languages.

use actix_web::http::StatusCode;

use crate::language::Language;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:ident, $vi:literal, $en:literal;)+) => {
        /// The codes of problems: stable, machine-readable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $name,)+ }

        impl Code {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code as clients read it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            fn usual_status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),+ }
            }

            /// What it means, for a person.
            pub fn title(self, language: Language) -> &'static str {
                match (self, language) { $((Self::$name, Language::Vietnamese) => $vi, (Self::$name, Language::English) => $en,)+ }
            }
        }
    };
}

codes! {
    /// The body is no JSON.
    MalformedJson = "malformed_json", BAD_REQUEST, "Nội dung gửi lên không phải JSON hợp lệ", "The body is not valid JSON";
    /// A header cannot be read.
    MalformedHeader = "malformed_header", BAD_REQUEST, "Tiêu đề yêu cầu không hợp lệ", "A request header cannot be read";
    /// Something else about the request cannot be read.
    MalformedRequest = "malformed_request", BAD_REQUEST, "Yêu cầu không hợp lệ", "The request cannot be read";
    /// No access token.
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "Cần đăng nhập", "Sign-in required";
    /// An access token that is expired, forged, or not ours.
    InvalidToken = "invalid_token", UNAUTHORIZED, "Phiên đăng nhập không hợp lệ hoặc đã hết hạn", "The access token is invalid or has expired";
    /// A refresh token that is unknown, used, expired, or of a session that has ended.
    InvalidRefreshToken = "invalid_refresh_token", UNAUTHORIZED, "Phiên đăng nhập đã kết thúc, hãy đăng nhập lại", "The session has ended; sign in again";
    /// Login and password do not go together.
    BadCredentials = "bad_credentials", UNAUTHORIZED, "Tên đăng nhập hoặc mật khẩu không đúng", "Login or password is wrong";
    /// The password was right, and the account has a second factor.
    SecondFactorRequired = "second_factor_required", UNAUTHORIZED, "Cần mã xác thực hai lớp", "The code of the second factor is required";
    /// The code of the second factor is wrong, or was used before.
    WrongSecondFactor = "wrong_second_factor", UNAUTHORIZED, "Mã xác thực hai lớp không đúng hoặc đã được dùng", "The code of the second factor is wrong or was used before";
    /// The provider of an identity did not vouch for it, or its word proves nothing.
    IdentityRefused = "identity_refused", UNAUTHORIZED, "Nhà cung cấp định danh không xác nhận lần đăng nhập này, hãy thử lại", "The identity provider did not vouch for this sign-in; try again";
    /// A sign-in with an identity that is over, was another's, or never began.
    IdentityAttemptOver = "identity_attempt_over", UNAUTHORIZED, "Lần đăng nhập này đã hết hạn hoặc đã kết thúc, hãy bắt đầu lại", "This sign-in has expired or is over; begin again";
    /// A request to the exchange that nobody signed.
    Unsigned = "unsigned", UNAUTHORIZED, "Yêu cầu chưa được ký", "The request is not signed";
    /// A signature that is none of a partner's, or not over this request.
    InvalidSignature = "invalid_signature", UNAUTHORIZED, "Chữ ký không hợp lệ", "The signature is not valid";
    /// A signature that was made too long ago, or by a clock that is ahead.
    StaleSignature = "stale_signature", UNAUTHORIZED, "Chữ ký đã quá cũ hoặc đồng hồ lệch quá 5 phút", "The signature is too old, or the clock is off by more than 5 minutes";
    /// A key of Open311 that is missing, unknown, over or taken back.
    InvalidApiKey = "invalid_api_key", FORBIDDEN, "Thiếu api_key hoặc api_key không hợp lệ", "The api_key is missing or not valid";
    /// An authority that pakn does not answer for.
    WrongJurisdiction = "wrong_jurisdiction", NOT_FOUND, "jurisdiction_id không phải của hệ thống này", "The jurisdiction_id is not the one of this system";
    /// The role may not do this.
    Forbidden = "forbidden", FORBIDDEN, "Tài khoản không có quyền thực hiện việc này", "This account may not do this";
    /// The password was made by the system.
    PasswordChangeRequired = "password_change_required", FORBIDDEN, "Phải đổi mật khẩu trước khi tiếp tục", "The password must be changed first";
    /// The role needs a second factor, and the account has none.
    SecondFactorSetupRequired = "second_factor_setup_required", FORBIDDEN, "Phải thiết lập xác thực hai lớp trước khi tiếp tục", "A second factor must be set up first";
    /// The phone number or e-mail address must be verified first.
    NotVerified = "not_verified", FORBIDDEN, "Phải xác minh số điện thoại hoặc thư điện tử trước khi gửi phản ánh", "The phone number or e-mail address must be verified first";
    /// A form that our own page did not send, or too long ago.
    ForgedForm = "forged_form", FORBIDDEN, "Biểu mẫu đã quá cũ hoặc không được gửi từ trang này; hãy gửi lại", "The form is too old or was not sent from this page; send it again";
    /// Not there, or not for this caller.
    NotFound = "not_found", NOT_FOUND, "Không tìm thấy", "Not found";
    /// There is such a path, and it takes other methods: `Allow` names them.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "Phương thức không được hỗ trợ ở địa chỉ này", "The method is not supported at this address";
    /// No seal has it, or not the one that was asked for.
    NotSealed = "not_sealed", NOT_FOUND, "Phản ánh chưa có trong bản niêm phong", "The petition is in no seal yet";
    /// The status of the petition forbids the command.
    NotAllowed = "command_not_allowed", CONFLICT, "Trạng thái hiện tại của phản ánh không cho phép thao tác này", "The petition's status does not allow this command";
    /// Nothing would have happened: it is so already.
    NoEffect = "no_effect", CONFLICT, "Thao tác này không làm thay đổi gì", "This would change nothing: it is so already";
    /// No drafted answer waits.
    NoDraft = "no_draft", CONFLICT, "Chưa có dự thảo trả lời", "No drafted answer waits";
    /// The time to reopen it is over.
    ReopeningOver = "reopening_over", CONFLICT, "Đã hết thời hạn phản ánh lại", "The time to reopen it is over";
    /// The answer has been rated.
    AlreadyRated = "already_rated", CONFLICT, "Câu trả lời này đã được đánh giá", "The answer has been rated";
    /// More time by another field or priority.
    LongerDeadline = "longer_deadline", CONFLICT, "Không thể kéo dài hạn trả lời bằng cách đổi lĩnh vực hoặc mức độ: cơ quan xử lý thì không bao giờ, cơ quan điều phối thì không khi đã quá hạn", "Another field or priority must not give more time: to an agency never, by the coordinator not once the deadline has passed";
    /// Others were put to it.
    OthersWait = "others_wait", CONFLICT, "Đã có phản ánh khác được gộp vào phản ánh này nên không thể rút", "Other petitions were put to this one; it cannot be taken back";
    /// Others keep changing it at the same time.
    Contended = "contended", CONFLICT, "Phản ánh đang được người khác cập nhật, hãy thử lại", "Others are changing the petition; try again";
    /// The person has asked to be erased, and that is not over.
    ErasurePending = "erasure_pending", CONFLICT, "Đã có yêu cầu xóa dữ liệu đang được giải quyết", "There is a request to be erased that is not over";
    /// The request no longer waits, or was answered or put off before.
    ErasureOver = "erasure_over", CONFLICT, "Yêu cầu không còn chờ giải quyết, hoặc bước này đã được thực hiện", "The request no longer waits, or this was done before";
    /// Nobody sends a petition without having consented.
    ConsentRequired = "consent_required", FORBIDDEN, "Cần đồng ý cho xử lý dữ liệu cá nhân trước", "Consent to the processing of personal data is needed first";
    /// The login is taken.
    LoginTaken = "login_taken", CONFLICT, "Số điện thoại, thư điện tử hoặc tên đăng nhập đã được sử dụng", "The login is taken";
    /// The phone number or e-mail address of an identity is an account's that it does not open.
    IdentityNotLinked = "identity_not_linked", CONFLICT, "Đã có tài khoản với số điện thoại hoặc thư điện tử này; hãy đăng nhập bằng mật khẩu rồi liên kết định danh", "There is an account with this phone number or e-mail address; sign in to it with its password and link the identity";
    /// The identity opens an account already.
    IdentityTaken = "identity_taken", CONFLICT, "Định danh này đã được liên kết với một tài khoản", "The identity is linked to an account already";
    /// Nothing else opens the account.
    LastWayIn = "last_way_in", CONFLICT, "Đây là cách đăng nhập duy nhất của tài khoản", "Nothing else opens the account";
    /// The name is taken.
    NameTaken = "name_taken", CONFLICT, "Tên này đã được sử dụng", "The name is taken";
    /// A reform of that name was applied before.
    ReformApplied = "reform_applied", CONFLICT, "Việc sắp xếp này đã được áp dụng trước đó; không có gì thay đổi", "The reform was applied before; nothing changes";
    /// The code is taken.
    CodeTaken = "code_taken", CONFLICT, "Mã này đã được sử dụng", "The code is taken";
    /// The account signs in with a name: there is nothing to send a code to.
    NotVerifiable = "not_verifiable", CONFLICT, "Tài khoản này không đăng nhập bằng số điện thoại hay thư điện tử", "The account has neither a phone number nor an e-mail address";
    /// It has been verified.
    AlreadyVerified = "already_verified", CONFLICT, "Tài khoản đã được xác minh", "The account has been verified";
    /// A second factor is in force.
    SecondFactorInForce = "second_factor_in_force", CONFLICT, "Xác thực hai lớp đã được bật", "A second factor is in force";
    /// No second factor was begun, or none is in force.
    NoSecondFactor = "no_second_factor", CONFLICT, "Chưa thiết lập xác thực hai lớp", "There is no second factor";
    /// The caller's own account: somebody else must do it.
    OwnAccount = "own_account", CONFLICT, "Không thể thực hiện việc này với chính tài khoản của mình", "Not with one's own account";
    /// Nobody would be left who keeps accounts.
    LastAdministrator = "last_administrator", CONFLICT, "Đây là quản trị viên cuối cùng còn hoạt động", "No active administrator would be left";
    /// Petitions, rules or figures rest on it.
    InUse = "in_use", CONFLICT, "Đang được sử dụng nên không thể xóa hoặc đổi", "It is in use and can neither be removed nor changed so";
    /// Somebody must have the petitions of an agency that ceases to exist.
    SuccessorRequired = "successor_required", CONFLICT, "Cơ quan còn phản ánh chưa trả lời, cần nêu cơ quan kế thừa", "The agency owes answers; name its successor";
    /// Nothing is sent to a webhook that is paused.
    WebhookPaused = "webhook_paused", CONFLICT, "Webhook đang tạm dừng, hãy cho tiếp tục trước", "The webhook is paused; resume it first";
    /// There are as many as there may be.
    TooMany = "too_many", CONFLICT, "Đã đạt số lượng tối đa", "There are as many as there may be";
    /// Somebody else sent bytes of the file meanwhile, or these were sent before.
    OffsetMismatch = "offset_mismatch", CONFLICT, "Vị trí gửi tiếp không khớp với phần đã nhận", "The offset is not where the file has come to";
    /// All of it has come.
    UploadWhole = "upload_whole", CONFLICT, "Tệp đã được gửi xong", "The file is whole already";
    /// A link to a file that has ended.
    LinkExpired = "link_expired", GONE, "Liên kết tới tệp đã hết hạn, hãy tải lại phản ánh", "The link has expired; ask for the petition again";
    /// A file that took too long to come, was ended, or was refused.
    UploadGone = "upload_gone", GONE, "Tệp đang gửi không còn nữa: quá hạn, đã hủy hoặc bị từ chối", "The upload is gone: it took too long, was ended, or was refused";
    /// Another version of the protocol of uploads, or none.
    UnsupportedTus = "unsupported_tus_version", PRECONDITION_FAILED, "Phiên bản giao thức tus không được hỗ trợ", "This version of the tus protocol is not supported";
    /// A range that the file does not have.
    RangeNotSatisfiable = "range_not_satisfiable", RANGE_NOT_SATISFIABLE, "Tệp không có đoạn được yêu cầu", "The file has no such range";
    /// Another server is looking at it.
    UploadBusy = "upload_busy", LOCKED, "Tệp đang được xử lý, hãy hỏi lại sau", "The file is being looked at; ask again";
    /// A piece of a file that is not what was sent. The protocol has a status of its own for it, see [`Code::status`].
    ChecksumMismatch = "checksum_mismatch", BAD_REQUEST, "Phần tệp nhận được không khớp mã kiểm tra", "The piece does not have the checksum that was named";
    /// A file of more bytes than one of its kind may have.
    FileTooLarge = "file_too_large", PAYLOAD_TOO_LARGE, "Tệp quá lớn", "The file is too large";
    /// A file of no kind that is taken.
    UnsupportedFile = "unsupported_file", UNSUPPORTED_MEDIA_TYPE, "Chỉ nhận ảnh JPEG, PNG, WebP, tài liệu PDF và video MP4 ngắn", "Only JPEG, PNG and WebP pictures, PDF documents and short MP4 videos are taken";
    /// A file that is not what its first bytes say, or not all of it.
    DamagedFile = "damaged_file", UNPROCESSABLE_ENTITY, "Tệp bị hỏng hoặc chưa đủ, hãy chọn lại và gửi lại", "The file is damaged or incomplete; choose it and send it again";
    /// Nothing is in it.
    EmptyFile = "empty_file", UNPROCESSABLE_ENTITY, "Tệp rỗng", "The file is empty";
    /// A picture of more pixels than is taken.
    TooManyPixels = "too_many_pixels", UNPROCESSABLE_ENTITY, "Ảnh có quá nhiều điểm ảnh", "The picture has too many pixels";
    /// A longer video than is taken.
    VideoTooLong = "video_too_long", UNPROCESSABLE_ENTITY, "Video quá dài", "The video is too long";
    /// `If-Match` names another version.
    StaleVersion = "stale_version", PRECONDITION_FAILED, "Nội dung này đã thay đổi kể từ lần đọc trước", "It has changed since it was read";
    /// A change that names no version, where two may change one thing at once.
    PreconditionRequired = "precondition_required", PRECONDITION_REQUIRED, "Cần nêu phiên bản được thay đổi trong If-Match", "Name the version that is to be changed in If-Match";
    /// The body is larger than the server takes.
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "Nội dung gửi lên quá lớn", "The body is too large";
    /// It is the caller's own: who sent a petition follows it anyway.
    OwnPetition = "own_petition", CONFLICT, "Đây là phản ánh của chính bạn", "The petition is your own";
    /// The body is of a type the server does not take.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "Kiểu nội dung không được hỗ trợ, hãy gửi application/json", "The content type is not supported; send application/json";
    /// Fields are wrong; `errors` names each.
    InvalidInput = "invalid_input", UNPROCESSABLE_ENTITY, "Dữ liệu không hợp lệ", "Some fields are not valid";
    /// The same key with another body.
    IdempotencyKeyReused = "idempotency_key_reused", UNPROCESSABLE_ENTITY, "Idempotency-Key đã được dùng cho một yêu cầu khác", "The Idempotency-Key was used for another request";
    /// Tries that failed, and a delay after them.
    TooManyTries = "too_many_tries", TOO_MANY_REQUESTS, "Đã thử sai quá nhiều lần, hãy đợi rồi thử lại", "Too many failed tries; wait and try again";
    /// A limit is reached.
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS, "Đã gửi quá nhiều yêu cầu, hãy đợi rồi thử lại", "Too many requests; wait and try again";
    /// The request took too long.
    Timeout = "timeout", SERVICE_UNAVAILABLE, "Yêu cầu mất quá nhiều thời gian", "The request took too long";
    /// A fault of the program.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Lỗi hệ thống", "Internal error";
    /// The database or another part is not there now.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "Hệ thống tạm thời không sẵn sàng, hãy thử lại sau", "Temporarily unavailable; try again later";
    /// The provider of identities cannot be asked now.
    IdentityProviderUnavailable = "identity_provider_unavailable", SERVICE_UNAVAILABLE, "Không liên lạc được với nhà cung cấp định danh, hãy thử lại sau", "The identity provider cannot be reached; try again later";
    /// More work than the server takes at once.
    Busy = "busy", SERVICE_UNAVAILABLE, "Hệ thống đang quá tải, hãy thử lại sau", "Too busy; try again later";
}

impl Code {
    /// The HTTP status it comes with.
    pub fn status(self) -> StatusCode {
        if self == Self::ChecksumMismatch {
            // Of the tus protocol; nobody else knows it.
            return StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST);
        }
        self.usual_status()
    }
}

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $vi:literal, $en:literal;)+) => {
        /// What is wrong with a field.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum FaultCode { $($(#[$doc])* $name,)+ }

        impl FaultCode {
            /// The code as clients read it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// What it means, for a person.
            pub fn title(self, language: Language) -> &'static str {
                match (self, language) { $((Self::$name, Language::Vietnamese) => $vi, (Self::$name, Language::English) => $en,)+ }
            }
        }
    };
}

faults! {
    /// It must be there.
    Required = "required", "Bắt buộc", "Required";
    /// It is of another JSON type.
    WrongType = "wrong_type", "Sai kiểu dữ liệu", "Wrong type";
    /// Only white space.
    Blank = "blank", "Không được để trống", "Must not be blank";
    /// Too many characters.
    TooLong = "too_long", "Quá dài", "Too long";
    /// Too few characters.
    TooShort = "too_short", "Quá ngắn", "Too short";
    /// A control character.
    ControlCharacter = "control_character", "Có ký tự điều khiển", "Has a control character";
    /// Outside what it may be.
    OutOfRange = "out_of_range", "Ngoài phạm vi cho phép", "Out of range";
    /// None of the words there are.
    UnknownWord = "unknown_value", "Giá trị không có trong danh sách", "Not one of the known values";
    /// No such field of petitions today.
    UnknownCategory = "unknown_category", "Lĩnh vực không tồn tại", "No such category";
    /// No such unit today.
    UnknownUnit = "unknown_unit", "Đơn vị hành chính không tồn tại", "No such administrative unit";
    /// No such agency today.
    UnknownAgency = "unknown_agency", "Cơ quan không tồn tại", "No such agency";
    /// Nobody there would see it.
    AgencyWithoutStaff = "agency_without_staff", "Cơ quan chưa có cán bộ tiếp nhận", "The agency has no staff";
    /// It has it already.
    SameAgency = "same_agency", "Cơ quan này đang giữ phản ánh", "This agency has it already";
    /// It ends, and nobody takes over.
    NoSuccessor = "no_successor", "Phải có đơn vị hoặc cơ quan kế thừa", "It needs a successor";
    /// Another has the code.
    CodeInUse = "code_in_use", "Mã đang hoặc đã được dùng", "The code is in use, or was";
    /// What it lies in is not there, or lies in it.
    NoParent = "no_parent", "Đơn vị cấp trên không tồn tại, hoặc thuộc chính đơn vị này", "The unit it lies in is not there, or lies in it";
    /// Where everything goes that has no other desk.
    CoordinatorStays = "coordinator_stays", "Không thể kết thúc cơ quan điều phối", "The coordinator cannot end";
    /// It is there before.
    Repeated = "repeated", "Bị lặp lại", "It is there twice";
    /// No such petition.
    UnknownPetition = "unknown_petition", "Phản ánh không tồn tại", "No such petition";
    /// It has no answer of its own to give.
    NotMergeable = "not_mergeable", "Không thể gộp vào phản ánh này: chính nó, đã gộp, đã rút hoặc bị từ chối", "Nothing can be put to this petition: it is the same, merged, withdrawn or rejected";
    /// Nobody of the agency that has it.
    ForeignAssignee = "foreign_assignee", "Không phải cán bộ của cơ quan đang giữ phản ánh", "Nobody of the agency that has the petition";
    /// Not later than what was promised, or past.
    NotLater = "not_later", "Phải sau hiện tại và sau hạn đã hẹn", "Must be in the future and later than what was promised";
    /// Where the calendar does not reach.
    NoCalendar = "no_calendar", "Lịch làm việc chưa có hoặc chưa được xác nhận", "The working calendar does not reach so far";
    /// No such account.
    UnknownAccount = "unknown_account", "Tài khoản không tồn tại", "No such account";
    /// Another agency than the caller's, or one that has no officers.
    ForeignAgency = "foreign_agency", "Không phải cơ quan của bạn, hoặc cơ quan này không có cán bộ xử lý", "Not your agency, or one that has no officers";
    /// No wording of that name, or no longer the one that is asked for.
    UnknownConsent = "unknown_consent", "Không phải nội dung đồng ý hiện hành", "Not the wording that is asked for now";
    /// No such seal.
    UnknownSeal = "unknown_seal", "Bản niêm phong không tồn tại", "No such seal";
    /// No such upload of this caller.
    UnknownUpload = "unknown_upload", "Tệp đính kèm không tồn tại", "No such upload";
    /// More of them than there may be.
    TooManyItems = "too_many_items", "Quá nhiều mục", "Too many items";
    /// No such field.
    UnknownField = "unknown_field", "Trường không tồn tại", "No such field";
    /// Another number of fields than there are headings.
    WrongFieldCount = "wrong_field_count", "Số cột của dòng không khớp dòng tiêu đề; nội dung có dấu phẩy hoặc xuống dòng phải đặt trong ngoặc kép", "The line has another number of fields than the headings; what has a comma or a line break in it must be quoted";
    /// Bytes that are no UTF-8.
    NotUtf8 = "not_utf8", "Không phải UTF-8: hãy lưu tệp dạng CSV UTF-8", "Not UTF-8: save the file as CSV UTF-8";
    /// Two places for one petition.
    TwoPlaces = "two_places", "Chỉ nêu một vị trí: tọa độ hoặc đơn vị hành chính", "Give either a location or a unit";
    /// An address that pakn would have to fetch something from.
    NothingFetched = "nothing_fetched", "Hệ thống không tải tệp từ địa chỉ bên ngoài; hãy gửi tệp trong phần media của biểu mẫu multipart", "Nothing is fetched from elsewhere; send the file as the part media of a multipart form";
    /// Two ways to name one person.
    TwoPeople = "login_or_petition", "Chỉ nêu tên đăng nhập hoặc mã phản ánh", "Give either a login or a petition";
    /// Neither phone nor e-mail, or both.
    OneLogin = "phone_or_email", "Cần số điện thoại hoặc thư điện tử, chỉ một trong hai", "Give either phone or email";
    /// No phone number of Việt Nam.
    InvalidPhone = "invalid_phone", "Số điện thoại không hợp lệ", "Not a phone number of Việt Nam";
    /// No e-mail address.
    InvalidEmail = "invalid_email", "Địa chỉ thư điện tử không hợp lệ", "Not an e-mail address";
    /// No login at all.
    InvalidLogin = "invalid_login", "Tên đăng nhập không hợp lệ", "Not a login";
    /// The password is the login.
    PasswordIsLogin = "password_is_login", "Mật khẩu trùng tên đăng nhập", "The password is the login";
    /// One of the passwords that are tried first.
    PasswordCommon = "password_common", "Mật khẩu quá phổ biến, hãy chọn mật khẩu khác", "The password is one that everybody tries first";
    /// No six digits.
    MalformedCode = "malformed_code", "Mã gồm 6 chữ số", "A code has six digits";
    /// Not the code that was sent, or not any more.
    WrongCode = "wrong_code", "Mã không đúng, đã hết hạn hoặc đã thử quá nhiều lần; hãy yêu cầu mã mới", "The code is wrong, has expired or was tried too often; ask for a new one";
    /// The new password is the present one.
    SamePassword = "same_password", "Mật khẩu mới trùng mật khẩu hiện tại", "The new password is the present one";
    /// It is not the password.
    WrongPassword = "wrong_password", "Mật khẩu hiện tại không đúng", "Not the present password";
    /// It must belong to an agency, or must not.
    AgencyMismatch = "agency_mismatch", "Cán bộ và lãnh đạo phải thuộc một cơ quan; vai trò khác thì không", "Officers and leaders belong to an agency, nobody else does";
    /// No instant and no date.
    InvalidInstant = "invalid_instant", "Không phải thời điểm RFC 3339 hay ngày", "Neither an RFC 3339 instant nor a date";
    /// It has not come yet.
    InFuture = "in_future", "Thời điểm chưa đến", "Has not come yet";
    /// It has passed: what was is not changed.
    InPast = "in_past", "Ngày đã qua; quá khứ không được thay đổi", "The day has passed, and the past is not changed";
    /// No day.
    InvalidDay = "invalid_day", "Không phải ngày dạng YYYY-MM-DD", "Not a day written YYYY-MM-DD";
    /// Not two different times of the day.
    InvalidQuietHours = "invalid_quiet_hours", "Giờ yên lặng gồm hai thời điểm khác nhau, viết 22:00", "Quiet hours are two different times of the day, written 22:00";
    /// Not what that carrier knows phones by.
    InvalidPushToken = "invalid_push_token", "Không phải mã thiết bị của nền tảng này", "Not a token of that platform";
    /// No office hours.
    InvalidHours = "invalid_hours", "Giờ làm việc ghi dạng 07:30-12:00, theo thứ tự và không chồng nhau", "Office hours are written 07:30-12:00, in order and not overlapping";
    /// No working time.
    InvalidWorkingTime = "invalid_working_time", "Thời hạn ghi dạng 8h (giờ làm việc) hoặc 5d (ngày làm việc)", "A time is written 8h (working hours) or 5d (working days)";
    /// No telephone number.
    InvalidNumber = "invalid_number", "Không phải số điện thoại", "Not a telephone number";
    /// A committee is of a unit of its level, and nobody else is of any.
    UnitMismatch = "unit_mismatch", "UBND phải gắn với đơn vị hành chính cùng cấp; cơ quan khác thì không", "A People's Committee belongs to a unit of its level, nobody else to any";
    /// The unit has a committee then.
    CommitteeExists = "committee_exists", "Đơn vị hành chính này đã có UBND trong thời gian đó", "The unit has a committee at that time";
    /// A rule would name an agency that has ended by then.
    AgencyEnds = "agency_ends", "Cơ quan chấm dứt hoạt động trước khi quy tắc hết hiệu lực", "The agency ceases to exist before the rule does";
    /// A rule would name an agency that has not begun.
    AgencyBegins = "agency_begins", "Cơ quan chưa hoạt động khi quy tắc có hiệu lực", "The agency does not exist yet when the rule begins";
    /// Another rule is its equal and names another agency.
    ContradictsRule = "contradicts_rule", "Quy tắc ngang hàng chỉ về cơ quan khác; hãy đổi mức ưu tiên", "An equal rule names another agency; give another priority";
    /// A place that the text has not, or needs.
    WrongPlace = "wrong_place", "Chỗ điền sai hoặc thiếu", "A place to be filled in is unknown or missing";
    /// No such rule.
    UnknownRule = "unknown_rule", "Quy tắc phân luồng không tồn tại", "No such rule";
    /// It does not exist on the day it would take over.
    NotASuccessor = "not_a_successor", "Cơ quan này không thể kế thừa: không tồn tại vào ngày đó, hoặc chính nó", "It cannot take over: it does not exist on that day, or is the same";
    /// Days of which nothing is known.
    CalendarGap = "calendar_gap", "Lịch thiếu ngày nghỉ lễ theo Điều 112 Bộ luật Lao động, hoặc thiếu năm ở giữa", "Public holidays are missing (Labour Code, Art. 112), or a year between";
    /// A holiday on a weekly rest without a day off in its stead.
    NotCompensated = "not_compensated", "Ngày lễ trùng ngày nghỉ hằng tuần mà không có ngày nghỉ bù (Điều 111 khoản 3)", "A holiday falls on a weekly rest and no day is off in its stead (Art. 111 (3))";
    /// It is so by its weekday.
    WrongWeekday = "wrong_weekday", "Ngày này vốn đã như vậy theo thứ trong tuần", "By its weekday it is so anyway";
    /// No such group of fields.
    UnknownGroup = "unknown_group", "Nhóm lĩnh vực không tồn tại", "No such group of fields";
    /// A question of choices without any, or choices of one that is none.
    ChoicesMismatch = "choices_mismatch", "Câu hỏi lựa chọn phải có lựa chọn; câu hỏi khác thì không", "A question of choices offers some, no other does";
    /// The field does not ask this.
    NotAsked = "not_asked", "Lĩnh vực này không hỏi mục này", "The field does not ask this";
    /// It is after the end.
    EmptyPeriod = "empty_period", "Thời điểm bắt đầu phải trước thời điểm kết thúc", "The beginning must be before the end";
    /// Longer than a plan is.
    PeriodTooLong = "period_too_long", "Kỳ dài quá 10 năm", "The period is longer than ten years";
    /// A milestone that comes before anything can be counted.
    BeforePeriod = "before_period", "Mốc phải sau thời điểm bắt đầu của kỳ", "A milestone must come after the beginning of the period";
    /// A milestone of a level that its target does not count.
    LevelNotCounted = "level_not_counted", "Chỉ tiêu không tính cấp này", "The target does not count this level";
    /// More digits than a rate is asked for in.
    RateTooFine = "rate_too_fine", "Tỷ lệ chỉ chính xác đến một phần trăm của 1 %", "No finer than a hundredth of a percent";
    /// A key of an agency that names a sending program, or the other way round.
    KeyOfTwo = "agency_or_source", "Khóa của cơ quan nêu agency; khóa của ứng dụng gửi phản ánh (open311) nêu source và do quản trị viên cấp", "A key of an agency names agency; one of a program that sends petitions (open311) names source and is given by an administrator";
    /// No code of its kind.
    InvalidCode = "invalid_code", "Mã chỉ gồm 1–64 chữ thường không dấu, chữ số và dấu nối", "Not a code: 1 to 64 lower-case letters, digits and hyphens";
    /// More than an answer holds.
    TooManyPoints = "too_many_points", "Quá nhiều điểm: hãy rút ngắn kỳ hoặc chọn khoảng dài hơn", "Too many points: shorten the period or choose a longer interval";
    /// No address that a webhook may have.
    InvalidUrl = "invalid_url", "Địa chỉ nhận không hợp lệ", "Not an address that a webhook may have";
    /// An address that nothing is sent to.
    ForbiddenTarget = "forbidden_target", "Không được gửi tới địa chỉ nội bộ hoặc dành riêng", "Nothing is sent to private or special addresses";
    /// No place to go on from.
    InvalidCursor = "invalid_cursor", "Con trỏ phân trang không hợp lệ", "Not a cursor of this list";
    /// Not four numbers.
    InvalidBox = "invalid_bbox", "Khung bản đồ phải gồm bốn số", "Not a box of four numbers";
    /// Its south is north of its north.
    InsideOut = "inside_out", "Cạnh nam phải ở phía nam của cạnh bắc", "The southern edge must be south of the northern one";
}
