"""What the servers make of a bucket; see run.sh."""

import hashlib
import io
import os
import sys

import boto3
import requests
from PIL import Image

work = sys.argv[1]
one, two = os.environ["TWO_SERVERS"].split()
bucket = boto3.resource("s3").Bucket("petitions")
keys = lambda: sorted(item.key for item in bucket.objects.all())
video = open(f"{work}/video.mp4", "rb").read()
picture = io.BytesIO()
Image.effect_noise((1600, 1200), 80).convert("RGB").save(picture, "JPEG")

account = {"phone": "0912345678", "password": "mat-khau-thu-s3", "full_name": "Nguyễn Thị Thử"}
assert requests.post(f"{one}/api/v1/auth/register", json=account).status_code == 201
token = requests.post(f"{one}/api/v1/auth/login", json={"login": account["phone"], "password": account["password"]}).json()
person = {"Authorization": f"Bearer {token['access_token']}"}


def upload(server, content):
    sent = requests.post(f"{server}/api/v1/uploads", files={"file": ("a.jpg", content)}, headers=person)
    assert sent.status_code == 201, sent.text
    assert sent.json()["sha256"] == hashlib.sha256(content).hexdigest()
    return sent.json()["id"]


photo, film, lost = upload(one, picture.getvalue()), upload(two, video), upload(one, picture.getvalue())
assert len(keys()) == 7 and all(key.startswith("pakn/uploads/") for key in keys()), keys()

# Piece by piece, over both servers.
tus = person | {"Tus-Resumable": "1.0.0"}
begun = requests.post(f"{one}/api/v1/uploads/tus", headers=tus | {"Upload-Length": str(len(video))})
path, at = begun.headers["Location"], 0
while at < len(video):
    server = (one, two)[at // 5_000_000 % 2]
    piece = video[at : at + 5_000_000]
    head = tus | {"Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
    sent = requests.patch(f"{server}{path}", data=piece, headers=head)
    assert sent.status_code == 204, sent.text
    at = int(sent.headers["Upload-Offset"])
pieces = path.rsplit("/", 1)[1]
assert not any("/parts/" in key for key in keys()), keys()

body = {"category": "chieu_sang", "title": "Đèn hỏng", "content": "Xem ảnh.", "attachments": [photo, film, pieces]}
petition = requests.post(f"{one}/api/v1/petitions", json=body, headers=person)
assert petition.status_code == 201, petition.text
shown = petition.json()["attachments"]
for file in shown[1:]:
    whole = requests.get(two + file["url"])
    assert (whole.status_code, whole.content) == (200, video)
    part = requests.get(two + file["url"], headers={"Range": "bytes=7000000-9000000"})
    assert (part.status_code, part.content) == (206, video[7_000_000:9_000_001])
for link in (shown[0]["url"], shown[0]["thumbnails"]["small"], shown[0]["thumbnails"]["large"]):
    Image.open(io.BytesIO(requests.get(two + link).content)).verify()
# Nobody reads the bucket but the servers: what lies there has names that nobody can guess, and no link leads there.
assert photo not in "".join(keys()) and os.environ["AWS_ENDPOINT_URL"] not in petition.text

ended = requests.post(f"{one}/api/v1/uploads/tus", headers=tus | {"Upload-Length": "9000000"}).headers["Location"]
head = tus | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
assert requests.patch(one + ended, data=video[:3_000_000], headers=head).status_code == 204
assert any("/parts/" in key for key in keys())
assert requests.delete(two + ended, headers=tus).status_code == 204
assert not any("/parts/" in key for key in keys()), keys()
print("a photo, a video, and a video in pieces: kept, attached, read at the other server")
