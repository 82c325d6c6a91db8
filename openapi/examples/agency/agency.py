"""The commands: `serve`, `orders` and `done`. README.md has an example of each."""

import argparse
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from book import Book
from desk import Desk, Unavailable
from pakn_client.errors import UnexpectedStatus
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

MOST_BYTES = 64 * 1024
LONGEST_PAUSE = 60.0


class Worker(threading.Thread):
    """Does what was told and what is done, one after the other; tries again what fails."""

    def __init__(self, book: Book, desk: Desk) -> None:
        super().__init__(daemon=True)
        self._book, self._desk = book, desk
        self.something = threading.Event()

    def run(self) -> None:
        pause, missed = 1.0, True
        while True:
            try:
                if missed:
                    self._desk.catch_up()
                    missed = False
                for webhook_id, petition in self._book.waiting():
                    self._desk.look_at(petition)
                    self._book.looked_at(webhook_id)
                self._desk.give_answers()
                pause = 1.0
            except (Unavailable, UnexpectedStatus, httpx.HTTPError) as error:
                print(f"later: {error}", file=sys.stderr)
                pause = min(pause * 2, LONGEST_PAUSE)
            # `done` is another process, and wakes nobody up.
            self.something.wait(pause)
            self.something.clear()


def address(book: Book, worker: Worker, secret: str) -> type[BaseHTTPRequestHandler]:
    """What pakn tells things to."""

    class Told(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            if length > MOST_BYTES:
                self.answer(413)
                return
            body = self.rfile.read(length)
            try:
                message: dict[str, Any] = Webhook(secret).verify(body, dict(self.headers.items()))
            except WebhookVerificationError:
                self.answer(401)
                return
            code = message.get("data", {}).get("code")
            # `webhook.test` is about no petition.
            if isinstance(code, str) and str(message["type"]).startswith("petition."):
                book.hear(self.headers["webhook-id"], code, message["type"])
                worker.something.set()
            self.answer(204)

        def answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing: what was told is in the book."""

    return Told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve")
    serve.add_argument("--listen", default="127.0.0.1:9000")
    commands.add_parser("orders")
    done = commands.add_parser("done")
    done.add_argument("petition")
    done.add_argument("answer")
    asked = parser.parse_args()
    book = Book(os.environ.get("AGENCY_DB", "agency.db"))
    if asked.command == "orders":
        for order in book.orders():
            print(f"{order.petition}  {order.state}  {order.due_at or ''}  {order.title or ''}")
        return 0
    if asked.command == "done":
        if not book.done(asked.petition, asked.answer):
            print(f"there is no open order for {asked.petition}", file=sys.stderr)
            return 1
        return 0
    host, port = asked.listen.rsplit(":", 1)
    worker = Worker(book, Desk(os.environ["PAKN_URL"], os.environ["PAKN_KEY"], book))
    server = ThreadingHTTPServer((host, int(port)), address(book, worker, os.environ["PAKN_WEBHOOK_SECRET"]))
    worker.start()
    print(f"listens on {host}:{server.server_port}", flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
