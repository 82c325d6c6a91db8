"""A petition from the phone to the answer and back, by the Python client that openapi-python-client generated from the contract.

PAKN_URL says where the server is, OFFICER_TOKEN who answers. Prints what the test that runs it looks for in the database.
"""

import base64
import io
import json
import os
import time
import uuid
from typing import Any, TypeVar

from pakn_client import AuthenticatedClient, Client
from pakn_client.api.agency import agency_petitions, answer, receive
from pakn_client.api.auth import login, me, register
from pakn_client.api.citizen import rating, submit
from pakn_client.api.files import upload
from pakn_client.api.petitions import petition, petition_history
from pakn_client.models import (
    AccountView,
    AnswerView,
    Command,
    Credentials,
    HistoryView,
    LocationBody,
    PetitionPage,
    PetitionStatus,
    PetitionView,
    ProblemDetails,
    RatingBody,
    RatingLevel,
    Registration,
    SubmissionBody,
    SubmittedPetition,
    TokenPair,
    UploadForm,
    UploadReceipt,
    WrittenBody,
)
from pakn_client.types import File, Response, Unset

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SERVER = os.environ["PAKN_URL"]
T = TypeVar("T")


def good(answered: Response[Any], kind: type[T]) -> T:
    """What an operation answered, which must be of that kind."""
    assert isinstance(answered.parsed, kind), f"{answered.status_code}: {answered.content!r}"
    return answered.parsed


def refused(answered: Response[Any], status: int, code: str) -> ProblemDetails:
    """The problem an operation answered with, which must be that one."""
    problem = good(answered, ProblemDetails)
    assert (int(answered.status_code), problem.status, problem.code) == (status, status, code), problem
    return problem


def main() -> None:
    # An answer that the contract does not know is an error.
    anyone = Client(SERVER, raise_on_unexpected_status=True)
    officer = AuthenticatedClient(SERVER, os.environ["OFFICER_TOKEN"], raise_on_unexpected_status=True)

    # Somebody registers: badly, and then well.
    badly = register.sync_detailed(client=anyone, body=Registration(full_name="", password="x", phone="12"))
    problem = refused(badly, 422, "invalid_input")
    assert not isinstance(problem.errors, Unset)
    assert {fault.pointer for fault in problem.errors} == {"/full_name", "/password", "/phone"}
    phone, password = f"09{time.time_ns() % 100_000_000:08d}", "mat-khau-cua-toi"
    good(register.sync_detailed(client=anyone, body=Registration("Nguyễn Thị Hà", password, phone=phone)), AccountView)
    tokens = good(login.sync_detailed(client=anyone, body=Credentials(phone, password)), TokenPair)
    citizen = AuthenticatedClient(SERVER, tokens.access_token, raise_on_unexpected_status=True)
    account = good(me.sync_detailed(client=citizen), AccountView)
    assert account.role == "citizen"

    # A photo, and a petition with it; sent twice, it is one.
    picture = UploadForm(File(io.BytesIO(PIXEL), "den.png", "image/png"))
    photo = good(upload.sync_detailed(client=citizen, body=picture), UploadReceipt)
    assert photo.size == len(PIXEL)
    body = SubmissionBody(
        category="chieu_sang",
        title="Đèn đường hỏng",
        content="Đèn trước số 5 đường Nguyễn Huệ không sáng đã ba hôm nay.",
        location=LocationBody(lat=21.1875, lon=106.0838, address="5 Nguyễn Huệ"),
        attachments=[str(photo.id)],
    )
    key = str(uuid.uuid4())
    sent = good(submit.sync_detailed(client=citizen, body=body, idempotency_key=key), SubmittedPetition)
    again = good(submit.sync_detailed(client=citizen, body=body, idempotency_key=key), SubmittedPetition)
    assert again.id == sent.id and sent.status == PetitionStatus.SUBMITTED
    assert sent.submitted_at.utcoffset() is not None, "an instant has an offset"

    # Who has no token that is one is told so.
    stranger = AuthenticatedClient(SERVER, "nothing", raise_on_unexpected_status=True)
    refused(petition.sync_detailed(sent.code, client=stranger), 401, "invalid_token")

    # The officer finds, receives and answers it.
    queue = good(agency_petitions.sync_detailed(client=officer, status="submitted", limit=100), PetitionPage)
    assert sent.code in [item.code for item in queue.items]
    received = good(receive.sync_detailed(sent.code, client=officer), PetitionView)
    words = WrittenBody("Đã thay bóng đèn, cảm ơn bà.")
    stale = answer.sync_detailed(sent.code, client=officer, body=words, if_match=f'"{received.version + 7}"')
    refused(stale, 412, "stale_version")
    good(answer.sync_detailed(sent.code, client=officer, body=words), PetitionView)
    twice = refused(answer.sync_detailed(sent.code, client=officer, body=words), 409, "command_not_allowed")
    assert isinstance(twice.allowed, list) and Command.ANSWER not in twice.allowed

    # The citizen reads and rates it.
    read = good(petition.sync_detailed(sent.code, client=citizen), PetitionView)
    assert isinstance(read.answer, AnswerView) and read.answer.content == words.content
    satisfied = RatingBody(RatingLevel.SATISFIED, comment="Cảm ơn.")
    good(rating.sync_detailed(sent.code, client=citizen, body=satisfied), PetitionView)
    history = good(petition_history.sync_detailed(sent.code, client=citizen), HistoryView)
    assert [entry.type_ for entry in history.items] == ["submitted", "received", "answered", "rated"]
    print(json.dumps({"code": sent.code, "photo": str(photo.id)}))


main()
