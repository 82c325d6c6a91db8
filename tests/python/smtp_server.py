"""A mail server (aiosmtpd) that takes mail over TLS alone: after STARTTLS on one port, from the first byte on another.

    smtp_server.py FOLDER

Writes the certificate of its authority to FOLDER/ca.pem and that of another one to FOLDER/other.pem, prints {"starttls": PORT, "smtps": PORT}, and then each message that it
takes as a line of JSON. It lets in nobody but `pakn` with the password `mật khẩu`.
"""

import json
import socket
import ssl
import sys
from email import message_from_bytes, policy
from pathlib import Path

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

LOGIN, PASSWORD = b"pakn", "mật khẩu".encode()


def say(what):
    print(json.dumps(what, ensure_ascii=False), flush=True)


def free_port():
    with socket.socket() as one:
        one.bind(("localhost", 0))
        return one.getsockname()[1]


class Taker:
    def __init__(self, way):
        self.way = way

    async def handle_DATA(self, server, session, envelope):
        message = message_from_bytes(envelope.content, policy=policy.default)
        say({
            "way": self.way,
            "tls": session.ssl is not None or self.way == "smtps",
            "authenticated": session.authenticated,
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "message_id": message["Message-ID"],
            "subject": message["Subject"],
            "text": message.get_content(),
        })
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    known = isinstance(data, LoginPassword) and data.login == LOGIN and data.password == PASSWORD
    return AuthResult(success=known)


def main():
    folder = Path(sys.argv[1])
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    trustme.CA().cert_pem.write_to_path(folder / "other.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    common = {"hostname": "localhost", "authenticator": authenticate, "auth_required": True}
    ports = {"starttls": free_port(), "smtps": free_port()}
    starttls = Controller(
        Taker("starttls"), port=ports["starttls"], require_starttls=True, tls_context=context, **common
    )
    smtps = Controller(Taker("smtps"), port=ports["smtps"], ssl_context=context, auth_require_tls=False, **common)
    for controller in (starttls, smtps):
        controller.start()
    say(ports)
    sys.stdin.read()


main()
