"""Works that utilities' feeds tell of: RSS, CAP and tables become offers, repeats and lies do not."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import localtime, now

from cameras.feeds import fetching
from cameras.models import Feed
from incidents.models import AnnouncementLine, Membership, OfferedWorks
from tests import factories
from tests.cameras.feeds.test_reading import cap, rss
from tests.fakes.feeds import FeedServer

DAY = timedelta(days=1)
POLYGON = "50.001,10.001 50.001,10.002 50.002,10.002 50.001,10.001"


@pytest.fixture
def server(settings):
    settings.OUTBOUND_ALLOWED = {"feeds": ["127.0.0.1/32"]}
    with FeedServer() as fake:
        yield fake


@pytest.fixture
def feed(town, server):
    return Feed.objects.create(
        code="power", kind="works", title="Điện", credit="Wharf Power", url=f"{server.url}/works", form="georss"
    )


def read_feed(feed, server, body, form=None):
    server.answers["/works"] = body
    feed.form = form or feed.form
    fetching.read_one(feed, now())
    feed.refresh_from_db()
    return feed


def moment(days, clock="08:00"):
    return f"{localtime() + days * DAY:%Y-%m-%d}T{clock}:00"


def entry(key="w1", title="Cắt điện thay trạm", **more):
    parts = {
        "guid": key,
        "title": title,
        "from": moment(3),
        "until": moment(3, "12:00"),
        "place": "12 Harbour Road",
    } | more
    return "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in parts.items()) + "</item>"


def list_offers(**more):
    return list(OfferedWorks.objects.waiting().filter(**more).order_by("key").values_list("key", "kind", "place"))


def test_each_format_offers_works(feed, server):
    read_feed(feed, server, rss(entry(), entry("w2", "Rào đường ban đêm")))
    assert list_offers() == [("w1", "outage", "12 Harbour Road"), ("w2", "closed_road", "12 Harbour Road")]
    offer = OfferedWorks.objects.get(key="w1")
    assert (offer.source, f"{localtime(offer.starts_at):%H:%M}", f"{localtime(offer.until):%H:%M}") == (
        "Wharf Power", "08:00", "12:00",
    )  # fmt: skip
    table = f"id;title;from;until;place;lon;lat\nc1;Phun thuốc;{moment(2)};{moment(4)};Khu phố 3;10.001;50.001\n"
    read_feed(feed, server, f"\ufeff{table}".encode(), "csv")
    assert (list_offers(), OfferedWorks.objects.get().reach.valid) == ([("c1", "health", "Khu phố 3")], True)
    expires = (now() + 5 * DAY).isoformat(timespec="seconds")
    alert = cap(f"<polygon>{POLYGON}</polygon>", info=f"<severity>Minor</severity><expires>{expires}</expires>")
    read_feed(feed, server, alert.encode(), "cap")
    assert (list_offers(), AnnouncementLine.objects.count(), feed.fault) == ([("a1", "works", "Centre")], 0, "")


def test_a_repeat_is_no_new_offer_and_a_change_is(feed, server, controller):
    read_feed(feed, server, rss(entry(), entry("again")))
    offer = OfferedWorks.objects.get()
    client = Client()
    client.force_login(controller)
    assert client.post(f"/announcing/offers/{offer.pk}/drop/").status_code == 302
    assert client.post(f"/announcing/offers/{offer.pk}/drop/").status_code == 404
    read_feed(feed, server, rss(entry(), entry("again")))
    assert list_offers() == []
    read_feed(feed, server, rss(entry(until=moment(3, "15:00"))))
    assert list_offers() == [("w1", "outage", "12 Harbour Road")]
    read_feed(feed, server, rss())
    assert list_offers() == []


@pytest.mark.parametrize(
    ("body", "form", "fault"),
    [
        (b"<rss><channel>", "georss", "xml"),
        (b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss>&b;</rss>', "georss", "xml"),
        (b"not,a,table\n1,2,3\n", "csv", "format"),
        (b"\xff\xfe\x00", "csv", "format"),
        (b"id,title\n" + b"x,y\n" * 2001, "csv", "large"),
        (rss(*(entry(f"w{n}", f"Works {n}") for n in range(501))), "georss", "large"),
        ((200, {"Content-Length": "50000000"}, bytes(5_000_000)), "georss", "large"),
        ((302, {"Location": "http://169.254.169.254/latest"}, b""), "georss", "address"),
    ],
)  # fmt: skip
def test_a_hostile_feed_is_a_fault_and_offers_nothing(feed, server, body, form, fault):
    read_feed(feed, server, rss(entry()))
    assert (read_feed(feed, server, body, form).fault, [key for key, *_rest in list_offers()]) == (fault, ["w1"])


def test_a_feed_that_lies_offers_what_can_be_true(feed, server):
    read_feed(
        feed, server,
        rss(
            entry("past", "Past", until=moment(-3)),
            entry("back", "Backwards", **{"from": moment(5), "until": moment(4)}),
            entry("mark", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            entry("", ""),
            entry("when", "No times", **{"from": "soon", "until": "2999-99-99"}),
        ),
    )  # fmt: skip
    rows = {offer.key: (offer.title, offer.starts_at) for offer in OfferedWorks.objects.all()}
    assert (sorted(rows), rows["back"], rows["mark"][0], rows["when"][1]) == (
        ["back", "mark", "when"], ("Backwards", None), "alert(1)", None,
    )  # fmt: skip


def test_who_decides_announces_an_offer_once(feed, server, controller, town):
    read_feed(
        feed,
        server,
        f"id,title,from,until,lon,lat\nc1,Thay trụ,{moment(2)},{moment(2, '11:00')},10.005,50.005\n".encode(),
        "csv",
    )
    offer = OfferedWorks.objects.get()
    officer = factories.person("works-officer", town.office, Membership.Role.OFFICER)
    client, other = Client(), Client()
    client.force_login(controller)
    other.force_login(officer)
    assert [offer.title in page.get("/announcing/").content.decode() for page in (client, other)] == [True, False]
    assert other.post(f"/announcing/offers/{offer.pk}/drop/").status_code == 404
    form = client.get(f"/announcing/works/?offer={offer.pk}")
    values = {name: value for name, value in form.context["held"].items() if value}
    assert (values["hours_from"], values["hours_to"], values["reaches"]) == ("08:00", "11:00", "drawn")
    sent = values | {"offer": offer.pk}
    assert client.post("/announcing/works/", sent).status_code == 302
    offer.refresh_from_db()
    assert (offer.state, offer.announcement.area_codes, offer.decided_by) == ("taken", ["001"], controller)
    assert client.post("/announcing/works/", sent).status_code == 400
    assert AnnouncementLine.objects.count() == 1
