"""A small invented town, and what happens in it.

    10.00   10.01   10.02  °E
    +-------+-------+ 50.01 °N
    | Old   | New   |
    | Wharf | Wharf |
    +-------+-------+ 50.00

Old Wharf and New Wharf have a ward office each; the water company answers for leaks, the lamp department for lights,
and the duty desk for what nobody is named for.
"""

import dataclasses
import datetime
import io
import re
from types import SimpleNamespace

from django.contrib.gis.geos import LineString, MultiPolygon, Point, Polygon
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.timezone import localdate, localtime, now
from PIL import Image
from PIL.TiffImagePlugin import IFDRational
from pyproj import Geod

from gis_data import sql
from gis_data.gazetteer.landmarks import search_of_names
from gis_data.models import (
    Area,
    City,
    Edition,
    FormerPart,
    FormerUnit,
    House,
    Junction,
    Landmark,
    Level,
    Street,
)
from gis_data.words import plain
from incidents import reporting
from incidents.announcements import periods
from incidents.announcements.acts import Wording
from incidents.emergency import bulletins, switching
from incidents.models import (
    Absence,
    Answer,
    Authority,
    Campaign,
    Category,
    GroupPost,
    Incident,
    Membership,
    RoutingRule,
    StoredMail,
    Subject,
    User,
)
from tests import owner

# The phone number of who reports in the tests, however it is written; no number of an incident is one (2611-00901).
OWN_PHONE = re.compile(r"(?<![\d-])(?:0|\+?84 ?)901")

IN_OLD, IN_NEW = Point(10.005, 50.005, srid=4326), Point(10.015, 50.005, srid=4326)
ON_BORDER, OUTSIDE = Point(10.01, 50.005, srid=4326), Point(11, 51, srid=4326)


def town():
    """Return the town with its two wards, authorities and categories."""
    city = City.objects.create(
        code="wharf",
        name="Wharf",
        product="Sự cố Wharf",
        product_en="Wharf Incidents",
        contact={
            "number": "1022",
            "words": "Tổng đài, 24 giờ",
            "words_en": "Hotline, day and night",
            "office": "UBND Wharf",
            "office_en": "Wharf Council",
        },
        metric_srid=32632,
        centre=Point(10.01, 50.005, srid=4326),
    )
    edition = Edition.objects.create(
        city=city, level=Level.WARD, code="2025", name="2025", in_force=DateRange(datetime.date(2025, 7, 1), None)
    )
    old, new = (
        area(edition, code, name, box)
        for code, name, box in (
            ("001", "Old Wharf", (10.0, 50.0, 10.01, 50.01)),
            ("002", "New Wharf", (10.01, 50.0, 10.02, 50.01)),
        )
    )
    sql.execute("subdivide", edition=edition.pk)
    Street.objects.create(
        city=city,
        name="Harbour Road",
        rank=1,
        line=LineString((10.0, 50.0051), (10.02, 50.0051), srid=4326),
        search="harbour road",
    )
    sql.execute("ground_of_streets")
    office = Authority.objects.create(
        code="old", kind="WARD", name="UBND Old Wharf", name_en="Old Wharf Office", area=old
    )
    other = Authority.objects.create(
        code="new", kind="WARD", name="UBND New Wharf", name_en="New Wharf Office", area=new
    )
    water = Authority.objects.create(code="water", kind="WATER", name="Cấp nước", name_en="Water Company")
    desk = Authority.objects.create(code="desk", kind="DESK", name="Tổ trực", name_en="Duty Desk", duty_desk=True)
    streets = Category.objects.create(code="ST", name="Đường phố", name_en="Streets", icon="c-road")
    pipes = Category.objects.create(code="WA", name="Nước", name_en="Water", icon="c-leak", position=1)
    hole = leaf("ST.1", streets, "Ổ gà", "Pothole", "c-road", everyday=True)
    waste = leaf("ST.2", streets, "Rác thải", "Waste", "c-waste", resolve_within="2wd")
    leak = leaf("WA.1", pipes, "Rò rỉ nước", "Water leak", "c-leak", emergency=True)
    secret = leaf("ST.3", streets, "Bạo hành", "Abuse", "c-security", restricted=True)
    unclear = leaf("ST.9", streets, "Chưa rõ", "Unclear", "c-other")
    for category in (hole, waste, secret):
        RoutingRule.objects.create(
            category=category, reason="Việc này do phường xử lý.", reason_en="The ward handles this."
        )
    RoutingRule.objects.create(
        category=pipes, authority=water, reason="Nước do công ty cấp nước xử lý.", reason_en="Water is the company's."
    )
    return SimpleNamespace(
        city=city, edition=edition, old=old, new=new, office=office, other=other, water=water, desk=desk,
        streets=streets, pipes=pipes, hole=hole, waste=waste, leak=leak, secret=secret, unclear=unclear,
    )  # fmt: skip


def works_wording(days=(1, 30), **more):
    """Return the wording of works at night: from so many days ahead until so many."""
    hours, weekdays = more.pop("hours", (datetime.time(22), datetime.time(5))), more.pop("weekdays", "1234567")
    first, last = (localtime().date() + datetime.timedelta(days=n) for n in days)
    begins, ends = periods.span_of_days(first, last, hours=hours, weekdays=weekdays)
    words = {"title": "Thay ống nước Harbour Road", "text": "Xe máy đi lối khác", **more}
    return Wording(until=ends, starts_at=begins, hours=hours, weekdays=weekdays, **words)


def redrawn_town(town, code="2026"):
    """Draft new wards for the town: West, Middle and East, cut at 10.00, 10.006, 10.014 and 10.02 °E.

    Old Wharf is divided into West and half of Middle, New Wharf into the other half and East.
    """
    edition = Edition.objects.create(city=town.city, level=Level.WARD, code=code, name=code)
    edges = (10.0, 10.006, 10.014, 10.02)
    west, middle, east = (
        area(edition, number, name, (edges[n], 50.0, edges[n + 1], 50.01))
        for n, (number, name) in enumerate((("101", "West Wharf"), ("102", "Middle Wharf"), ("103", "East Wharf")))
    )
    sql.execute("subdivide", edition=edition.pk)
    return SimpleNamespace(edition=edition, west=west, middle=middle, east=east)


def area(edition, code, name, box):
    shape = MultiPolygon(Polygon.from_bbox(box), srid=4326)
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return Area.objects.create(
        edition=edition, level=edition.level, code=code, name=name, kind="Phường",
        full_name=f"Phường {name}", full_name_en=f"{name} Ward",
        shape=shape, outline=shape, label_point=Point(x, y, srid=4326), search=plain(f"Phường {name}"),
    )  # fmt: skip


def leaf(code, parent, name, name_en, icon, **more):
    columns = {"accept_within": "4h", "resolve_within": "48h", "cameras": True, "area_matter": True, "confirm": "none"}
    columns |= more
    return Category.objects.create(
        code=code, parent=parent, name=name, name_en=name_en, icon=icon, search=plain(f"{name} {name_en}"), **columns
    )


def emergency(by, **order):
    """Return an emergency mode that is on, with its first bulletin."""
    usual = {
        "kind": "flood",
        "title": "Mưa rất to",
        "title_en": "Heavy rain",
        "until": now() + datetime.timedelta(hours=6),
    }
    mode = switching.switch_on(switching.Order(**usual | order), by=by)
    bulletins.issue_due()
    return mode


def person(name, authority=None, role=Membership.Role.OFFICER):
    """Return a user with password `secret-harbour`, with a post if an authority is given."""
    user = User.objects.create_user(name, password="secret-harbour")
    if authority:
        post(user, authority, role)
    return user


def post(user, authority, role=Membership.Role.OFFICER, **limits):
    """Return an active post of any role: the service role may give no powerful one."""
    with owner.as_owner():
        return Membership.objects.create(user=user, authority=authority, role=role, **limits)


def change_posts(posts, **fields):
    """Update posts or absences as the owner, bypassing guards."""
    with owner.as_owner():
        posts.update(**fields)


def absence(user, deputy, starts, ends):
    """Return an absence with a deputy, without checks."""
    with owner.as_owner():
        return Absence.objects.create(user=user, deputy=deputy, starts=starts, ends=ends)


def group_post(group, authority, role, asked_by=None):
    """Map a group of the identity provider to a post, as the server's operator does."""
    with owner.as_owner():
        return GroupPost.objects.create(group=group, authority=authority, role=role, asked_by=asked_by)


def superuser(name="chief"):
    return mighty(User.objects.create_user(name, is_staff=True))


def mighty(user):
    """Make this person a superuser."""
    with owner.as_owner():
        User.objects.filter(pk=user.pk).update(is_superuser=True, is_staff=True)
    user.refresh_from_db()
    return user


def answer(slug="birth", **more):
    """Return a published page that answers, of the subject `papers`."""
    subject, _new = Subject.objects.get_or_create(code="papers", defaults={"name": "Hộ tịch", "name_en": "Papers"})
    fields = {
        "title": "Đăng ký khai sinh", "title_en": "Register a birth", "subject": subject,
        "text": "Làm tại phường, trong **60 ngày**. Miễn phí.", "text_en": "At the ward, within **60 days**. Free.",
        "how_long": "Trong ngày — nộp sau 15 giờ: hôm sau", "how_long_en": "One day — after 3 pm: the next",
        "cost": "Miễn phí", "cost_en": "Free", "place": "UBND phường", "place_en": "Ward office",
        "bring": "Giấy chứng sinh — bản chính\nTờ khai", "bring_en": "Birth paper — the original\nForm",
        "steps": "Nộp tại quầy.\nNhận giấy khai sinh.", "steps_en": "Hand it in.\nCollect the certificate.",
        "online": "https://dichvucong.gov.vn", "online_note": "cần VNeID", "online_note_en": "needs VNeID",
        "office": "ward", "rule": "Luật Hộ tịch 2014", "source": "Cổng Dịch vụ công quốc gia",
        "to_check": "Hỏi phường về lệ phí.", "to_check_en": "Ask the ward about the fee.",
        "reviewed_on": datetime.date(2026, 12, 1), "valid_from": datetime.date(2026, 1, 1), "state": "published",
    }  # fmt: skip
    return Answer.objects.create(slug=slug, **fields | more)


def campaign(slug="drains", **more):
    """Return a published campaign that promises cleared drains in a year around today; it counts no incident."""
    today = localdate()
    fields = {
        "title": "Chống ngập mùa mưa", "title_en": "Dry streets", "text": "Khơi thông cống trước mùa mưa.",
        "text_en": "Drains are cleared before the rain.", "words": "ngap nuoc", "promised": 4, "unit": "hố ga thông",
        "unit_en": "drains cleared", "starts_on": today - datetime.timedelta(days=180),
        "due_on": today + datetime.timedelta(days=180), "state": "published",
        "authority": Authority.objects.get(code="desk"),
    }  # fmt: skip
    return Campaign.objects.create(slug=slug, **fields | more)


def incident(category, place=IN_OLD, text="Knee deep", **more):
    """Return an incident made by a citizen's web report."""
    return reporting.receive(
        reporting.IncomingReport(channel="web", category=category, place=place, text=text, **more)
    ).incident


@transaction.atomic
def change(incident, **fields):
    """Update the incident's columns directly, also to a state that no step leads to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('incidents.reform', 'on', true)")
        Incident.objects.filter(pk=incident.pk).update(**fields)
        cursor.execute("SELECT set_config('incidents.reform', '', true)")
    incident.refresh_from_db()
    return incident


def published_before(category, **more):
    """Return a published incident whose category later became one that is never public."""
    Category.objects.filter(pk=category.pk).update(restricted=False)
    report = change(incident(category, **more), published=True)
    Category.objects.filter(pk=category.pk).update(restricted=True)
    return report


def waiting_mail(raw=b"From: lan@example.org\nSubject: Hold\n\nSomething is broken", **more):
    columns = {
        "digest": "1",
        "state": "person",
        "why": "not_understood",
        "taken_at": now(),
        "sender": "lan@example.org",
    }
    return StoredMail.objects.create(raw=raw, **columns | more)


def jpeg(width=64, height=48, colour="teal", exif=None):
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "JPEG", **({"exif": exif} if exif else {}))
    return out.getvalue()


def exif_of_place(lon, lat, metres=12, taken_at="2026:11:25 14:30:00", facing=None):
    """Return the EXIF of a phone's photo at a place. `facing`: (T or M, degrees)."""
    exif = Image.Exif()
    exif[0x010F] = "Phone"
    exif.get_ifd(0x8769).update({0x9003: taken_at})
    sides = {1: "N" if lat >= 0 else "S", 3: "E" if lon >= 0 else "W"}
    if facing:
        exif.get_ifd(0x8825).update({0x10: facing[0], 0x11: IFDRational(facing[1])})
    exif.get_ifd(0x8825).update(sides | {2: sexagesimal(abs(lat)), 4: sexagesimal(abs(lon)), 0x1F: IFDRational(metres)})
    return exif


def sexagesimal(degrees):
    minutes = degrees % 1 * 60
    return (float(int(degrees)), float(int(minutes)), round(minutes % 1 * 60, 4))


def make_video(picture):
    """Return a video with this photo as still; its bytes cannot be played."""
    return dataclasses.replace(picture, video=b"a video", seconds=3.2)


def photo_of_now(incident):
    """Return the bytes of a photo taken now at the incident's place."""
    exif = exif_of_place(incident.place.x, incident.place.y, taken_at=f"{localtime():%Y:%m:%d %H:%M:%S}")
    return jpeg(640, 480, "grey", exif=exif)


def picture(name="photo.jpg", **more):
    file = io.BytesIO(jpeg(**more))
    file.size, file.name = len(file.getvalue()), name
    return file


def street(city, name, *corners, rank=2):
    line = LineString(*corners, srid=4326)
    return Street.objects.create(city=city, name=name, rank=rank, line=line, search=plain(name))


def junction(city, first, other, at):
    return Junction.objects.create(
        city=city,
        one=first,
        other=other,
        point=Point(*at, srid=4326),
        search_one=plain(first),
        search_other=plain(other),
    )


def landmark(city, kind, name, at, other_names=""):
    search = search_of_names(name, *other_names.split(";"))
    return Landmark.objects.create(city=city, kind=kind, name=name, point=Point(*at, srid=4326), search=search)


def named_places(town):
    """Makes Lê Lợi run through both wards and cross Pasteur in Old Wharf; the former ward 5 is divided between them."""
    street(town.city, "Lê Lợi", (10.001, 50.002), (10.018, 50.002))
    street(town.city, "Pasteur", (10.003, 50.001), (10.003, 50.008))
    junction(town.city, "Lê Lợi", "Pasteur", (10.003, 50.002))
    House.objects.create(
        city=town.city, number="12", street="Lê Lợi", point=Point(10.0052, 50.0021, srid=4326), search="le loi"
    )
    former(town.city, "91", "Phường Cảng", "Quận Sông", (town.old, "main"), (town.new, "part"))
    return town


def former(city, code, name, district, *parts, level=Level.WARD):
    """Return a former unit; `parts`: (area, "whole", "main" or "part")."""
    row = FormerUnit.objects.create(
        city=city, level=level, code=code, full_name=name, district=district, search=plain(f"{name} {district}")
    )
    for area, how in parts:
        FormerPart.objects.create(former=row, area=area, how=how)
    return row


def place_ahead(place: Point, bearing_deg: float, metres: float) -> Point:
    """The place (EPSG:4326) so many metres from another in this direction."""
    lon, lat, _back = Geod(ellps="WGS84").fwd(place.x, place.y, bearing_deg, metres)
    return Point(lon, lat, srid=4326)
