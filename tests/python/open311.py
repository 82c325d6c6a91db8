"""Open311 clients from PyPI, unmodified, against a server of the end-to-end tests.

open311.py URL KEY OPEN CLOSED HIDDEN PHOTO

What they see is asserted here; what they sent is told at the end, one line of JSON, and asserted by the test that started this.
"""

import datetime
import itertools
import json
import sys

# three 0.8.0 was written for Python 2 and imports this name; nothing else of it is touched.
itertools.ifilter = filter

import chicagorequests  # noqa: E402
import requests  # noqa: E402
import three  # noqa: E402
from civicbot.http import HttpError  # noqa: E402
from civicbot.open311 import Open311Client, ValidationError  # noqa: E402
from civicbot.registry import Endpoint  # noqa: E402
from georeport import GeoReport  # noqa: E402

URL, KEY, OPEN, CLOSED, HIDDEN, PHOTO = sys.argv[1:]
JURISDICTION = "bacninh.gov.vn"
NOW = datetime.datetime.now(datetime.timezone.utc)
sent = {}


def fails(error, call):
    try:
        call()
    except error as raised:
        return raised
    raise AssertionError(f"{call} did not fail")


def with_georeport(form):
    client = GeoReport(URL, jurisdiction=JURISDICTION, output_format=form)
    services = {service["service_code"]: service for service in client.get_service_list()}
    assert services["chieu_sang"]["service_name"] == "Chiếu sáng công cộng"
    assert services["chieu_sang"]["metadata"] in (True, "true"), services["chieu_sang"]
    definition = client.get_service_definition("chieu_sang")
    attributes = definition["attributes"] if form == "json" else definition["attributes"]["attribute"]
    assert [attribute["code"] for attribute in attributes] == ["tinh_trang", "khi"]

    window = {
        "start_date": (NOW - datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "end_date": (NOW + datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    lamps = client.get_service_requests(service_code="chieu_sang", status="open,closed", **window)
    assert [(lamp["service_request_id"], lamp["status"]) for lamp in lamps] == [(CLOSED, "closed"), (OPEN, "open")]
    assert lamps[0]["status_notes"] == "Đã trả lời: Đã thay bóng đèn & chụp lại."
    both = client.get_service_requests(service_request_id=f"{OPEN},{CLOSED},{HIDDEN}")
    assert {request["service_request_id"] for request in both} == {OPEN, CLOSED}
    one = client.get_service_request(CLOSED)
    assert (float(one["lat"]), float(one["long"])) == (21.1875, 106.0838), one
    assert one["agency_responsible"] == "UBND thành phố Bắc Ninh"
    assert fails(requests.HTTPError, lambda: client.get_service_request(HIDDEN)).response.status_code == 404
    elsewhere = GeoReport(URL, jurisdiction="hanoi.gov.vn", output_format=form)
    assert fails(requests.HTTPError, elsewhere.get_service_list).response.status_code == 404


def with_civicbot():
    client = Open311Client(Endpoint(id="bn", name="Bắc Ninh", base_url=URL, write=True), jurisdiction_id=JURISDICTION)
    assert any(service["service_code"] == "chieu_sang" for service in client.list_services())
    assert len(client.list_requests(status="open", page_size=50)) == 50
    assert client.get_request(OPEN)["service_code"] == "chieu_sang"
    here = {"lat": 21.1875, "lng": 106.0838, "validate_remote": True}
    # It reads our definition, and holds what it sends against it.
    problems = fails(ValidationError, lambda: client.create_request("chieu_sang", **here)).problems
    assert any("tinh_trang" in problem for problem in problems), problems
    wrong = {"tinh_trang": "vo"}
    problems = fails(ValidationError, lambda: client.create_request("chieu_sang", attributes=wrong, **here)).problems
    assert any("tinh_trang" in problem for problem in problems), problems
    send = {"dry_run": False, "confirm": "SEND"}
    request = {
        "attributes": {"tinh_trang": "tat", "khi": ["tat", "mo"]},
        "description": "Đèn hỏng & tối <cả ngõ>.",
        "first_name": "Gọi", "last_name": "Trần", "phone": "0912 000 111", "email": "goi@example.vn",
    }
    refused = fails(HttpError, lambda: client.create_request("chieu_sang", api_key="x", **request, **here, **send))
    assert refused.status == 403 and json.loads(refused.body)[0]["code"] == 403, refused
    refused = fails(
        HttpError, lambda: client.create_request("chieu_sang", api_key=KEY, media_url="http://x.vn/a.jpg", **request, **here, **send)
    )
    assert refused.status == 400 and "media_url" in json.loads(refused.body)[0]["description"], refused
    [taken] = client.create_request("chieu_sang", api_key=KEY, **request, **here, **send).response
    assert client.get_token(taken["token"])[0]["service_request_id"] == taken["service_request_id"]
    # Nobody sees it before it is published, and the program that sent it does.
    assert fails(HttpError, lambda: client.get_request(taken["service_request_id"])).status == 404
    followed = requests.get(f"{URL}/requests/{taken['service_request_id']}.json", params={"api_key": KEY}, timeout=20)
    assert followed.json()[0]["status"] == "open"
    sent["civicbot"] = taken["service_request_id"]


def with_chicagorequests():
    chicagorequests.Downloader.BASE_URL = f"{URL}/requests.json"
    day = (NOW - datetime.timedelta(hours=20), NOW + datetime.timedelta(hours=20))
    found = chicagorequests.Downloader()(day)
    assert len(found) == 207, len(found)
    assert len({request["service_request_id"] for request in found}) == 207, "every one once, over two pages"
    assert all(request["extended_attributes"]["published_at"] for request in found)
    of_lamps = chicagorequests.Downloader(["chieu_sang"], updated_start_date=day[0], updated_end_date=day[1])
    lamps = of_lamps(day)
    assert [lamp["service_request_id"] for lamp in lamps] == [CLOSED, OPEN], lamps


def with_three():
    client = three.Three(URL, jurisdiction=JURISDICTION, api_key=KEY)
    discovery = client.discovery()
    assert discovery["endpoints"][0]["url"] == URL, discovery
    assert any(service["service_code"] == "moi_truong" for service in client.services())
    assert client.services("chieu_sang")["service_code"] == "chieu_sang"
    assert [request["service_request_id"] for request in client.requests("chieu_sang", status="closed", count=10)] == [CLOSED]
    assert client.request(OPEN)[0]["service_request_id"] == OPEN
    today = NOW.strftime("%m-%d-%Y")
    yesterday = (NOW - datetime.timedelta(days=1)).strftime("%m-%d-%Y")
    assert isinstance(client.requests(start=yesterday, end=today), list)
    with open(PHOTO, "rb") as photo:
        [taken] = client.post(
            "moi_truong", lat=21.1875, long=106.0838, address="Ngõ 5, Vũ Ninh", name="An Nguyễn", phone="0912000222",
            description="Rác chất đống.", media=photo,
        )
    assert client.token(taken["token"])[0]["service_request_id"] == taken["service_request_id"]
    sent["three"] = taken["service_request_id"]
    [error] = client.post("khong_co", lat=21.1875, long=106.0838)
    assert error["code"] == 400 and "service_code" in error["description"], error


with_georeport("json")
with_georeport("xml")
with_civicbot()
with_chicagorequests()
with_three()
print(json.dumps(sent))
