"""What the agency was told, and what it has to do: in SQLite, on the disk before anybody is told that it is there."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

TABLES = """
CREATE TABLE IF NOT EXISTS told (
    webhook_id TEXT PRIMARY KEY, petition TEXT NOT NULL, kind TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS work_order (
    petition TEXT PRIMARY KEY, title TEXT, due_at TEXT, state TEXT NOT NULL CHECK (state IN ('open', 'answered', 'gone')), answer TEXT
) STRICT;
"""


@dataclass(frozen=True)
class Order:
    petition: str
    title: str | None
    due_at: str | None
    state: str
    answer: str | None


class Book:
    def __init__(self, file: str) -> None:
        self._file = file
        with self._open() as book:
            book.executescript(f"PRAGMA journal_mode = WAL; {TABLES}")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file, timeout=30)) as book:
            book.execute("PRAGMA synchronous = FULL")
            with book:
                yield book

    def hear(self, webhook_id: str, petition: str, kind: str) -> bool:
        """Writes down what was told; whether it is new."""
        with self._open() as book:
            written = book.execute("INSERT OR IGNORE INTO told VALUES (?, ?, ?, 0)", (webhook_id, petition, kind))
            return written.rowcount == 1

    def waiting(self) -> list[tuple[str, str]]:
        """What was told and not looked at, the oldest first: id and petition."""
        with self._open() as book:
            return list(book.execute("SELECT webhook_id, petition FROM told WHERE done = 0 ORDER BY rowid"))

    def looked_at(self, webhook_id: str) -> None:
        with self._open() as book:
            book.execute("UPDATE told SET done = 1 WHERE webhook_id = ?", (webhook_id,))

    def keep(self, order: Order) -> None:
        """Writes an order down, or how it stands now; an answer that waits to be given stays."""
        with self._open() as book:
            book.execute(
                "INSERT INTO work_order VALUES (?, ?, ?, ?, ?) ON CONFLICT (petition) DO UPDATE SET"
                " title = excluded.title, due_at = excluded.due_at, state = excluded.state",
                (order.petition, order.title, order.due_at, order.state, order.answer),
            )

    def done(self, petition: str, answer: str) -> bool:
        """The work is done, and this is to be answered; whether there is such an order."""
        with self._open() as book:
            return book.execute(
                "UPDATE work_order SET answer = ? WHERE petition = ? AND state = 'open'", (answer, petition)
            ).rowcount == 1

    def orders(self) -> list[Order]:
        with self._open() as book:
            return [Order(*row) for row in book.execute("SELECT * FROM work_order ORDER BY due_at")]
