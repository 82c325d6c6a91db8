"""What the agency does at pakn, by the client that was generated from the contract."""

import uuid
from http import HTTPStatus

from book import Book, Order
from pakn_client import AuthenticatedClient
from pakn_client.api.agency import agency_petitions, answer, receive
from pakn_client.api.petitions import petition
from pakn_client.models import PetitionPage, PetitionStatus, PetitionView, ProblemDetails, WrittenBody
from pakn_client.types import UNSET, Unset

# Of the agency's making: names answers, so that one that is sent twice is given once.
ANSWERS = uuid.UUID("5f1b7a52-8f4e-4c56-9f64-8a7a0f1d7c11")


class Unavailable(Exception):
    """pakn cannot be asked now: later."""


class Desk:
    def __init__(self, server: str, key: str, book: Book) -> None:
        self._client = AuthenticatedClient(server, key, raise_on_unexpected_status=True)
        self._book = book

    def look_at(self, code: str) -> None:
        """Brings the work order of a petition to how it stands: acknowledges one that is new."""
        told = petition.sync_detailed(code, client=self._client)
        found = told.parsed
        if told.status_code == HTTPStatus.NOT_FOUND or (found is not None and not isinstance(found, PetitionView | ProblemDetails)):
            # It went to another agency; of one that is published there is what everybody may read.
            self._book.keep(Order(code, None, None, "gone", None))
            return
        if not isinstance(found, PetitionView):
            raise Unavailable(found)
        if found.status == PetitionStatus.SUBMITTED:
            received = receive.sync_detailed(code, client=self._client)
            if isinstance(received.parsed, PetitionView):
                found = received.parsed
            elif received.status_code != HTTPStatus.CONFLICT:
                raise Unavailable(received.parsed)
            # Else somebody at the desk was quicker.
        is_open = found.status in (PetitionStatus.SUBMITTED, PetitionStatus.RECEIVED, PetitionStatus.IN_PROGRESS, PetitionStatus.AWAITING_CITIZEN)
        due_at = None if found.due_at is None or isinstance(found.due_at, Unset) else found.due_at.isoformat()
        title = None if isinstance(found.title, Unset) else found.title
        self._book.keep(Order(code, title, due_at, "open" if is_open else "answered", None))

    def give_answers(self) -> None:
        """Gives the answers of the work that is done."""
        for order in self._book.orders():
            if order.state != "open" or order.answer is None:
                continue
            key = str(uuid.uuid5(ANSWERS, f"{order.petition}\n{order.answer}"))
            given = answer.sync_detailed(
                order.petition, client=self._client, body=WrittenBody(order.answer), idempotency_key=key
            )
            if given.status_code in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
                raise Unavailable(given.parsed)
            # Given, or no longer to be given: as it stands now.
            self.look_at(order.petition)

    def catch_up(self) -> None:
        """Looks at all that waits at the desk, also what nobody told of."""
        cursor: str | Unset = UNSET
        while True:
            page = agency_petitions.sync_detailed(client=self._client, limit=100, cursor=cursor).parsed
            if not isinstance(page, PetitionPage):
                raise Unavailable(page)
            for item in page.items:
                self.look_at(item.code)
            if page.next_cursor is None or isinstance(page.next_cursor, Unset):
                return
            cursor = page.next_cursor
