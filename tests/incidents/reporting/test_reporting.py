"""The report form: valid input and every fault."""

import re
import threading
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from gis_data.models import City
from gis_data.words import tidy
from incidents import workflow
from incidents.models import Event, Incident, Photo, Report, RoutingRule
from tests import factories
from tests.pages import one_line

HERE = {"lon": "10.005", "lat": "50.005", "accuracy": "12.4"}
SENDING = "6d1c2c33-2c4c-4b5e-9a53-3e2c4fb1d111"


@pytest.fixture(autouse=True)
def in_english(client, settings):
    settings.LANGUAGE_CODE = "en"


def form_fields(**more):
    return {**HERE, "category": "ST.1", "text": "Knee deep", "photos_public": "on", "sending": SENDING} | more


def photo(content=None, name="photo.jpg"):
    return SimpleUploadedFile(name, factories.jpeg() if content is None else content, "image/jpeg")


def faults(response):
    """Messages beside each field: {"phone": ["…"]}."""
    page = one_line(response)
    beside = re.findall(r'data-fault="(\w+)">(.*?)</div>', page, re.S)
    messages = {name: re.findall(r"<span>(.*?)</span>", inside, re.S) for name, inside in beside}
    return {name: words for name, words in messages.items() if words}


def test_a_pin_becomes_a_report_and_leads_to_its_private_page(client, town):
    response = client.post(
        "/report/", form_fields(phone="+49 30 901820", email="an@example.org", photos=[photo(), photo()])
    )
    report = Report.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/f/{report.token}/?sent=1")
    assert (report.text, report.phone, report.email, report.accuracy_m, report.channel, report.language) == (
        "Knee deep", "+4930901820", "an@example.org", 12.4, "web", "en",
    )  # fmt: skip
    assert (report.incident.authority, report.incident.address) == (town.office, "Harbour Road")
    assert [(stored.report, stored.public) for stored in Photo.objects.all()] == [(report, True)] * 2


def test_only_a_place_and_a_category_are_needed(client, town):
    assert client.post("/report/", {**HERE, "category": "ST.1"}).status_code == 303
    report = Report.objects.get()
    assert (report.text, report.phone, report.email) == ("", "", "")


def test_photos_stay_private_when_the_tick_is_taken_away(client, town):
    client.post("/report/", form_fields(photos=[photo()], photos_public=""))
    assert not Photo.objects.get().public


@pytest.mark.usual_rows(8)
@pytest.mark.parametrize(("change", "field", "says"), [
    ({"lon": "11", "lat": "51"}, "where", "This place is outside the city. Move the pin inside it."),
    ({"lon": "50.005", "lat": "10.005"}, "where", "Latitude and longitude are swapped: with these values, the place"),
    ({"lon": "1e300"}, "where", "This place is outside the city. Move the pin inside it."),
    ({"lon": "-400", "lat": "95"}, "where", "This place is outside the city. Move the pin inside it."),
    ({"lon": "NaN"}, "where", "Tell us where it is: move the pin, or enter the name of the ward."),
    ({"lon": "inf", "lat": "-inf"}, "where", "Tell us where it is: move the pin, or enter the name of the ward."),
    ({"lon": "", "lat": ""}, "where", "Tell us where it is: move the pin, or enter the name of the ward."),
    ({"lon": "10,005"}, "where", "Tell us where it is: move the pin, or enter the name of the ward."),
    ({"lon": "", "where": "Atlantis"}, "where", "We cannot find this place. Write the name of the ward."),
    ({"lon": "", "where": "wharf"}, "where", "Which of these places is it?"),
    ({"lon": "", "where": "w" * 201}, "where", "Please shorten the text to 200 characters; it has 201."),
    ({"text": "x" * 100_000}, "text", "Please shorten the text to 4000 characters; it has 100000."),
    ({"category": ""}, "category", "Choose what it is about."),
    ({"category": "NO.SUCH"}, "category", "This cannot be reported. Choose from the list."),
    ({"category": "ST"}, "category", "This cannot be reported. Choose from the list."),
    ({"category": "ST.1\x07"}, "category", "This cannot be reported. Choose from the list."),
    ({"category": "ST.9"}, "category", "No unit takes this type of report at that place. Choose from the list."),
    ({"email": "an@example"}, "email", "This is not an e-mail address. One looks like name@example.org."),
    ({"phone": "12"}, "phone", "This number has 2 digits. A mobile number has 12, for example 01512 3456789."),
    ({"phone": "call me"}, "phone", "This is not a phone number."),
    ({"phone": "+84 901 234"}, "phone", "There is no such phone number."),
])  # fmt: skip
def test_each_fault_is_shown_at_its_field_and_nothing_is_saved(client, town, change, field, says):
    City.objects.update(holidays="DE")
    response = client.post("/report/", form_fields(**{"phone": "+49 30 901820"} | change))
    assert response.status_code == 400
    [(name, [message])] = faults(response).items()
    assert name == field
    assert message.startswith(says)
    assert (Incident.objects.count(), Report.objects.count(), Event.objects.count()) == (0, 0, 0)
    page = one_line(response)
    assert 'role="alert"' in page
    assert 'value="+49 30 901820"' in page or field == "phone"
    assert "Knee deep" in page or field == "text"
    assert f'value="{SENDING}"' in page


def test_phone_number_is_read_in_the_format_of_the_country(client, town):
    City.objects.update(holidays="VN")
    assert faults(client.post("/report/", form_fields(phone="0908 112 34"))) == {
        "phone": ["This number has 9 digits. A mobile number has 10, for example 0912 345 678."]
    }
    client.post("/report/", form_fields(phone="0908.112.345"))
    assert Report.objects.get().phone == "+84908112345"


def test_a_country_is_asked_for_where_the_city_has_none(client, town):
    assert faults(client.post("/report/", form_fields(phone="0908 112 345"))) == {
        "phone": ["Start the number with + and the country code."]
    }


def test_all_faults_are_told_at_once(client, town):
    response = client.post("/report/", form_fields(lon="11", category="", text="x" * 4001, email="@", phone="1"))
    assert list(faults(response)) == ["where", "category", "text", "phone", "email"]


def test_a_ward_in_words_is_a_place_as_exact_as_the_ward(client, town):
    client.post("/report/", form_fields(lon="", lat="", where="quay 7, old wharf"))
    incident = Incident.objects.get()
    assert (incident.area, incident.place, incident.address) == (town.old, town.old.label_point, "quay 7, old wharf")
    assert 400 < incident.accuracy_m < 600


def test_coordinates_of_a_long_map_link_are_the_address(client, town):
    link = f"https://www.google.com/maps/place/{'X+' * 300}/data=!3d50.005!4d10.015?entry=ttu"
    assert client.post("/report/", form_fields(lon="", lat="", where=link)).status_code == 303
    incident = Incident.objects.get()
    assert (incident.area, incident.place.coords) == (town.new, (10.015, 50.005))
    assert Report.objects.get().address in ("50.005000, 10.015000", "")


@pytest.mark.parametrize("link", ["https://maps.app.goo.gl/AbCd1234", "https://goo.gl/maps/AbCd1234"])
def test_short_map_link_is_refused_with_what_to_do(client, town, link):
    response = client.post("/report/", form_fields(lon="", lat="", where=link))
    assert faults(response)["where"][0].startswith("A short link does not contain its location.")


def test_an_address_in_another_province_is_refused(client, town):
    town.city.elsewhere = [{"names": ["Tỉnh Đồng Xa"], "namesake": False}]
    town.city.save()
    response = client.post("/report/", form_fields(lon="", lat="", where="Old Wharf, tỉnh Đồng Xa"))
    assert faults(response) == {"where": ["tỉnh Đồng Xa is outside the city."]}
    assert not Incident.objects.exists()


def test_a_ward_and_nothing_else_is_no_address(client, town):
    client.post("/report/", form_fields(lon="", lat="", where="Phường Old Wharf"))
    assert Incident.objects.get().address == ""


def test_without_scripts_the_place_is_looked_up_and_chosen(client, town):
    response = client.post("/report/", form_fields(lon="", lat="", where="wharf", find="1"))
    page = one_line(response)
    assert response.status_code == 200
    spots = re.findall(r'name="spot" value="([^"]+)"', page)
    assert sorted(spot.split(",")[3] for spot in spots) == ["001", "002"]
    assert "Knee deep" in page
    [new] = (spot for spot in spots if spot.endswith("002"))
    client.post("/report/", form_fields(lon="", lat="", where="wharf", spot=new))
    incident = Incident.objects.get()
    assert (incident.area, incident.address, incident.area_shares.count()) == (town.new, "wharf", 0)


def test_a_street_of_two_wards_is_chosen_by_its_part(client, town):
    page = one_line(client.post("/report/", form_fields(lon="", lat="", where="harbour road", find="1")))
    spots = re.findall(r'name="spot" value="([^"]+)"', page)
    assert "Harbour Road" in page
    client.post("/report/", form_fields(where="harbour road", spot=spots[0]))  # before the pin of an earlier look
    incident = Incident.objects.get()
    lon, lat, metres, _area = spots[0].split(",")
    assert (round(incident.place.x, 6), round(incident.place.y, 6), incident.accuracy_m, incident.address) == (
        float(lon), float(lat), float(metres), "harbour road",
    )  # fmt: skip


@pytest.mark.parametrize(
    "spot", ["x", "1,2,3", "NaN,NaN,1,", "10,50,-1,", "10.005,50.005,1e9,", "10.005,50.005,1,001,2"]
)
def test_a_spot_that_is_none_is_asked_for_again(client, town, spot):
    response = client.post("/report/", form_fields(spot=spot))
    assert (response.status_code, faults(response)) == (400, {"where": ["Which of these places is it?"]})


def test_phone_number_in_an_address_is_masked(client, town):
    client.post("/report/", form_fields(lon="", lat="", where="call 0901 234 567, old wharf"))
    assert Incident.objects.get().address == "call ‹…›, old wharf"


@pytest.mark.parametrize(("written", "stored"), [
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("Ngập 🌊 sâu", "Ngập 🌊 sâu"),
    ("Ho\u0302\u0301 ga", "Hố ga"),
    ("\u202eabc\u202c \u200bd\x01e\x07", "abc de"),
    ("one\r\ntwo\u00a0\u2003three", "one\ntwo three"),
])  # fmt: skip
def test_text_is_kept_tidy_and_never_runs(client, town, written, stored):
    response = client.post("/report/", form_fields(text=written), follow=True)
    assert Report.objects.get().text == stored
    assert "<script>alert" not in response.content.decode()


@given(st.text())
def test_tidy_text_is_tidy(text):
    once = tidy(text)
    assert tidy(once) == once
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", once)


@pytest.fixture
def form_text(client, town):
    return lambda text: client.post("/report/", form_fields(text=text, sending=str(uuid.uuid4()), join="new"))


@given(st.text(max_size=300))
def test_any_text_is_taken_or_refused_but_never_breaks(form_text, text):
    assert form_text(text).status_code == (400 if "\0" in text else 303)


@given(
    st.sampled_from(["lon", "lat", "accuracy", "where", "area", "category", "phone", "email", "join", "sending"]),
    st.text(max_size=40),
)
def test_no_field_can_be_broken(client, town, field, value):
    assert client.post("/report/", form_fields(**{field: value})).status_code in (303, 400)
    statuses = (400,) if "\0" in value else (200, 400) if field in ("lon", "lat", "accuracy") else (200,)
    assert client.get("/report/", {field: value}).status_code in statuses
    assert client.get("/report/here/", {**HERE, field: value}).status_code in statuses
    assert client.get("/report/near/", {**HERE, "category": "ST.1", field: value}).status_code in statuses


def test_the_same_form_sent_twice_is_one_report(client, town):
    first, second = client.post("/report/", form_fields()), client.post("/report/", form_fields())
    assert (first["Location"], first.status_code, second.status_code) == (second["Location"], 303, 303)
    assert Report.objects.count() == 1


def test_the_same_page_used_for_another_matter_is_another_report(client, town):
    client.post("/report/", form_fields())
    client.post("/report/", form_fields(category="WA.1"))
    assert Report.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_twice_at_once_is_one_report():
    factories.town()
    together, answers = threading.Barrier(2), []

    def send():
        together.wait()
        answers.append(Client().post("/report/", form_fields(photos=[photo()]))["Location"])
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers[0] == answers[1]
    assert (Incident.objects.count(), Report.objects.count(), Photo.objects.count()) == (1, 1, 1)


def test_reporter_must_join_or_decline_incidents_close_by(client, town, incident):
    answer = client.post("/report/", form_fields())
    assert (answer.status_code, Report.objects.count()) == (400, 1)
    assert faults(answer) == {"join": ["Is it one of these? If not, send your report again as a new one."]}
    assert re.findall(r'name="join" value="([^"]+)"', one_line(answer)) == [incident.reference, "new"]

    client.post("/report/", form_fields(join=incident.reference))
    incident.refresh_from_db()
    assert (incident.reports_count, Incident.objects.count()) == (2, 1)

    client.post("/report/", form_fields(join="new", sending=str(uuid.uuid4())))
    assert Incident.objects.count() == 2


@pytest.mark.parametrize(("category", "lon", "expected"), [
    ("ST.1", 10.005, True),   # the same
    ("ST.2", 10.005, True),   # the same field
    ("WA.1", 10.005, False),  # another field
    ("ST.1", 10.0057, True),  # 50 m away
    ("ST.1", 10.006, False),  # 71 m away
])  # fmt: skip
def test_what_is_close_by_in_the_same_field_is_found(client, town, incident, category, lon, expected):
    response = client.get("/report/near/", HERE | {"lon": lon, "category": category})
    assert (incident.reference in response.content.decode()) == expected


def test_what_is_not_public_is_never_offered(client, town):
    secret = factories.incident(town.secret)
    assert secret.reference not in client.get("/report/near/", HERE | {"category": "ST.1"}).content.decode()
    assert client.post("/report/", form_fields(join=secret.reference)).status_code == 400
    assert secret.reports.count() == 1


def test_an_incident_that_was_closed_meanwhile_cannot_be_joined(client, town, incident, officer):
    workflow.move(incident, "resolve", by=officer, note="Filled")
    response = client.post("/report/", form_fields(join=incident.reference))
    assert faults(response) == {"join": ["That incident has just been closed. Send yours as a new report."]}
    assert Report.objects.count() == 1


def test_form_without_its_cookie_returns_with_the_typed_values(town, settings):
    client = Client(enforce_csrf_checks=True)
    response = client.post("/report/", form_fields(email="an@example.org", phone="12"))
    page = one_line(response)
    assert response.status_code == 403
    assert "This page was open too long, or its cookie is missing" in page
    assert "Knee deep" in page
    assert 'value="an@example.org"' in page
    assert re.search(r'value="ST.1" checked', page)
    assert faults(response) == {}
    fresh = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    assert client.post("/report/", form_fields(csrfmiddlewaretoken=fresh)).status_code == 303


def test_any_other_form_whose_cookie_is_gone_says_what_to_do(town):
    response = Client(enforce_csrf_checks=True).post("/language/", {"language": "en"})
    assert response.status_code == 403
    assert "This page was open too long" in response.content.decode()


def test_a_request_over_the_limit_is_refused_in_words(client, town):
    response = client.post("/report/", form_fields(text="x" * 2_600_000))
    assert response.status_code == 400
    assert "What you sent is too large or damaged" in response.content.decode()
    assert Report.objects.count() == 0


def test_here_says_what_is_known_of_a_place(client, town):
    assert client.get("/report/here/", HERE).json() == {
        "inside": True, "lon": 10.005, "lat": 50.005, "address": "Harbour Road", "ward": "Old Wharf Ward",
        "code": "001",
        "said": "Harbour Road, Old Wharf Ward", "neighbours": [], "border": "",
        "water": False,
        "served": ["ST.1", "ST.2", "ST.3", "WA.1"],
    }  # fmt: skip
    border = client.get("/report/here/", {"lon": "10.0095", "lat": "50.005"}).json()
    assert border["neighbours"] == [{"ward": "New Wharf Ward", "metres": 36}]
    assert border["border"] == "New Wharf Ward begins 36 m from here."
    assert client.get("/report/here/", {"lon": "11", "lat": "51"}).json() == {
        "inside": False, "said": "This place is outside the city. Move the pin inside it.",
    }  # fmt: skip


def test_the_form_offers_what_somebody_answers_for(client, town):
    RoutingRule.objects.create(authority=town.desk, reason="Rest")
    page = one_line(client.get("/report/", {"lon": "10.005", "lat": "50.005", "category": "ST.2"}))
    assert re.findall(r'name="category" value="([\w.]+)"', page) == ["ST.1", "ST.2", "ST.3", "ST.9", "WA.1"]
    assert re.findall(r'value="([\w.]+)" checked', page) == ["ST.2"]
    assert 'name="lon" value="10.005"' in page


def test_emergency_numbers_stand_before_the_choice(client, town):
    City.objects.update(emergency=[{"number": "112", "what": "Cấp cứu", "what_en": "Ambulance"}])
    page = client.get("/report/").content.decode()
    assert page.index('href="tel:112"') < page.index('name="category"')
    assert "Ambulance" in page
