"""Who asks: somebody of the role in PAKN_ROLE, with an account of their own, a new one whenever the last has lost its way in."""

import json
import os
import re
import threading
import time
import urllib.request
import uuid

import schemathesis

SERVER = os.environ["PAKN_SERVER"]
ROLE = os.environ["PAKN_ROLE"]
PASSWORD = os.environ["PAKN_DEMO_PASSWORD"]
DESK = "ubnd-256"
CODE = re.compile(r"PAKN\.[0-9]{8}\.[0-9]{6,}")
# Good for 15 minutes.
TOKEN_SECONDS = 600


def ask(method, path, body=None, token=None):
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{SERVER}/api/v1/{path}", data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def sign_in(login):
    return ask("POST", "auth/login", {"login": login, "password": PASSWORD})["access_token"]


class Somebody:
    """One account at a time; whoever is thrown out comes back as somebody else."""

    def __init__(self):
        self.lock = threading.Lock()
        self.token = None
        self.until = 0.0
        self.codes = []

    def current(self):
        with self.lock:
            if self.token is None or time.monotonic() > self.until:
                self.token = self.arrive()
                self.until = time.monotonic() + TOKEN_SECONDS
                self.codes = self.known()
            return self.token

    def arrive(self):
        if ROLE == "nobody":
            return None
        number = uuid.uuid4().int % 100_000_000
        if ROLE == "citizen":
            login = f"09{number:08d}"
            ask("POST", "auth/register", {"phone": login, "password": PASSWORD, "full_name": "Nguyễn Thị Thử"})
            token = sign_in(login)
            place = {"lat": 21.1875, "lon": 106.0838, "address": "5 Nguyễn Huệ"}
            for field in ("chieu_sang", "moi_truong"):
                petition = {"category": field, "title": "Đèn đường hỏng", "content": "Đèn không sáng đã ba hôm nay.", "location": place}
                ask("POST", "petitions", petition, token)
            return token
        admin = sign_in(os.environ["PAKN_ADMIN"])
        login = f"thu.{number}"
        person = {"login": login, "full_name": "Trần Văn Thử", "role": ROLE, "password": PASSWORD}
        if ROLE in ("officer", "leader"):
            person["agency"] = DESK
        ask("POST", "admin/accounts", person, admin)
        return sign_in(login)

    def known(self):
        """Codes of petitions that this somebody may meet."""
        lists = {"citizen": "me/petitions?limit=50", "nobody": "public/petitions?limit=50"}
        path = lists.get(ROLE, "agency/petitions?limit=50")
        if ROLE in ("admin", "steering"):
            path = "public/petitions?limit=50"
        return [item["code"] for item in ask("GET", path, token=self.token)["items"]]

    def lost(self, authorization):
        """The server did not know a token any more: was it the present one?"""
        with self.lock:
            if self.token and authorization == f"Bearer {self.token}":
                self.token = None


SOMEBODY = Somebody()

# The parts of a resumable upload are bytes.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")

if ROLE != "nobody":

    @schemathesis.auth(refresh_interval=None)
    class Bearer:
        def get(self, case, context):
            return SOMEBODY.current()

        def set(self, case, data, context):
            case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """A petition that there is, three times in four, instead of a code that is only well formed."""
    code = (path_parameters or {}).get("code")
    if isinstance(code, str) and CODE.fullmatch(code):
        if SOMEBODY.token is None:
            SOMEBODY.current()
        choice = sum(code.encode())
        if SOMEBODY.codes and choice % 4:
            path_parameters["code"] = SOMEBODY.codes[choice % len(SOMEBODY.codes)]
    return path_parameters


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code == 401:
        SOMEBODY.lost(response.request.headers.get("Authorization"))
