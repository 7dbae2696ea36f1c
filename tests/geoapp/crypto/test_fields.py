"""Test encrypted model fields: look-ups, stored form, rotation of keys."""

import re

import pytest
from django.apps import apps
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import BooleanField

from geoapp.crypto import rotation, vault
from geoapp.crypto.fields import BlindIndex, Encrypted, LockedField
from geoapp.crypto.keyring import CannotDecrypt
from incidents.models import (
    ChatAccount,
    Correspondent,
    HeldReport,
    Medium,
    Notice,
    OptOut,
    Report,
    SecondFactor,
    StoredSms,
)
from tests import factories
from tests.geoapp.crypto.test_keyring import DATA, INDEX

PHONE, EMAIL = "+84901234567", "Lan.Nguyen@example.org"


def stored_values(model, field):
    """Return the stored values of a field's column."""
    column = model._meta.get_field(field).column
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM {model._meta.db_table} ORDER BY id')
        return [bytes(value) for (value,) in cursor.fetchall()]


@pytest.fixture
def report(incident):
    report = incident.reports.get()
    report.phone, report.email, report.chat = PHONE, EMAIL, "z-1"
    report.save()
    return report


def test_contacts_lie_encrypted_and_are_read_plain(report):
    for column, value in (("phone", PHONE), ("email", EMAIL), ("chat", "z-1"), ("token", report.token)):
        (stored,) = stored_values(Report, column)
        assert value.encode() not in stored
        assert value.encode().lower() not in stored.lower()
    fresh = Report.objects.get(pk=report.pk)
    assert (fresh.phone, fresh.email, fresh.chat, fresh.token) == (PHONE, EMAIL, "z-1", report.token)


@pytest.mark.parametrize(
    ("lookup", "expected"),
    [
        ({"phone": PHONE}, True),
        ({"phone": "+84901234568"}, False),
        ({"phone": ""}, False),
        ({"phone__in": ["x", PHONE]}, True),
        ({"phone__in": ["x", ""]}, False),
        ({"phone__in": []}, False),
        ({"email": EMAIL.upper()}, True),
        ({"chat": "Z-1"}, False),
    ],
)
def test_encrypted_values_are_found(report, lookup, expected):
    assert Report.objects.filter(**lookup).exists() is expected
    assert Report.objects.exclude(**lookup).exists() is not expected


def test_empty_values_lie_empty(incident):
    assert [stored_values(Report, column) for column in ("phone", "email", "chat")] == [[b""], [b""], [b""]]
    assert Report.objects.filter(phone="", email="", chat="").count() == 1


def test_update_encrypts_and_finds_anew(report):
    Report.objects.filter(phone=PHONE).update(phone="+84900000000")
    assert Report.objects.get(phone="+84900000000").phone == "+84900000000"
    assert not Report.objects.filter(phone=PHONE).exists()


def test_report_is_found_by_the_whole_link_and_the_short_one(report):
    begin, whole = report.token[:14], report.token
    assert Report.objects.with_link(whole).get() == Report.objects.with_short_link(begin).get() == report
    assert [
        Report.objects.with_link(token).exists() for token in (begin, whole[:42], begin + 29 * "A", whole + "A")
    ] == 4 * [False]
    assert not Report.objects.with_short_link(begin[:13]).exists()


def test_unique_holds_for_what_is_encrypted(db):
    OptOut.objects.create(medium=Medium.SMS, address=PHONE)
    with pytest.raises(IntegrityError), transaction.atomic():
        OptOut.objects.create(medium=Medium.SMS, address=PHONE)
    assert OptOut.objects.get_or_create(medium=Medium.SMS, address=PHONE)[1] is False
    assert OptOut.objects.get_or_create(medium=Medium.ZALO, address=PHONE)[1] is True


def test_blind_indexes_compare_columns(report):
    Correspondent.objects.create(user="z-1")
    Correspondent.objects.create(user="z-2")
    chats = Report.objects.values_list(BlindIndex("chat"))
    assert [
        correspondent.user
        for correspondent in Correspondent.objects.alias(chat=BlindIndex("user")).filter(chat__in=chats)
    ] == ["z-1"]


@pytest.mark.parametrize("lookup", [{"phone__startswith": "+84"}, {"phone__icontains": "9"}, {"phone__gt": ""}])
def test_parts_and_order_of_encrypted_values_cannot_be_asked(lookup):
    with pytest.raises(FieldError):
        str(Report.objects.filter(**lookup).query)


@pytest.mark.parametrize("lookup", [{"text": "1"}, {"text__in": ["1"]}])
def test_what_is_not_indexed_is_only_asked_whether_it_is_empty(db, lookup):
    assert not StoredSms.objects.exclude(text="").exists()
    with pytest.raises(FieldError):
        StoredSms.objects.filter(**lookup).exists()


def test_value_moved_to_another_column_is_not_opened(report):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE incidents_report SET zalo = phone")
    with pytest.raises(CannotDecrypt):
        Report.objects.get(pk=report.pk)


def test_notices_keep_their_texts_and_links_encrypted(db):
    Notice.objects.create(address=EMAIL, text="Xem /f/abc/", values=["/f/abc/", "Ổ gà"])
    (notice,) = Notice.objects.all()
    assert (notice.address, notice.text, notice.values) == (EMAIL, "Xem /f/abc/", ["/f/abc/", "Ổ gà"])
    for column in ("address", "text", "values"):
        (stored,) = stored_values(Notice, column)
        assert b"abc" not in stored
    Notice.objects.update(text="", values=[])
    assert [stored_values(Notice, column) for column in ("text", "values")] == [[b""], [b""]]


def columns_under(number):
    """Return the columns whose values are all sealed with this data key."""
    numbers = set()
    for column, field in (("phone", "phone"), ("email", "email"), ("token", "token")):
        start = Report._meta.get_field(field).index_bytes
        if all(int.from_bytes(stored[start : start + 2]) == number for stored in stored_values(Report, column)):
            numbers.add(column)
    return numbers


@pytest.fixture
def held_report(town):
    """A report held for moderation."""
    place, area = factories.IN_OLD, town.office.area
    return HeldReport.objects.create(
        channel="web", category=town.hole, place=place, area=area, phone=PHONE, email=EMAIL, chat="z-2"
    )


def test_contacts_and_link_of_a_held_report_lie_encrypted(held_report):
    for column, value in (("phone", PHONE), ("email", EMAIL), ("chat", "z-2"), ("token", held_report.token)):
        (stored,) = stored_values(HeldReport, column)
        assert value.encode() not in stored
    assert HeldReport.objects.get(phone=PHONE, email=EMAIL.lower(), chat="z-2", token=held_report.token) == held_report


@pytest.fixture
def new_keys(settings, report, held_report, officer):
    """Put another data key and index key before those of the stored values."""
    SecondFactor.objects.create(user=officer, kind="app", name="TOTP", secret=vault.encrypt("c"))
    ChatAccount.objects.create(
        platform="zalo",
        access_token=vault.encrypt("a"),
        refresh_token=vault.encrypt("b"),
        expires_at="2100-01-01T00:00Z",
    )
    settings.DATA_KEYS = f"{DATA[1].replace('-2:', '-9:')},{INDEX[1].replace('-2:', '-9:')},{settings.DATA_KEYS}"


def test_old_values_are_read_and_found_while_keys_change(new_keys, report):
    assert Report.objects.get(phone=PHONE).email == EMAIL
    assert OptOut.objects.get_or_create(medium=Medium.SMS, address=PHONE)[1] is True
    assert columns_under(9) == set()


def test_rotation_moves_all_under_the_first_keys(new_keys, report, held_report, settings, capsys):
    call_command("rotate_data_key")
    output = capsys.readouterr().out
    assert "incidents_report.phone: 1 of 1" in output
    assert output.endswith("All lies under data-9 and index-9. These keys can be taken out: data-1, index-1.\n")
    settings.DATA_KEYS = ",".join(settings.DATA_KEYS.split(",")[:2])
    fresh = Report.objects.get(phone=PHONE)
    assert (fresh.email, fresh.token) == (EMAIL, report.token)
    assert Report.objects.get(token=report.token) == report
    assert vault.decrypt(ChatAccount.objects.get().refresh_token) == "b"
    assert vault.decrypt(SecondFactor.objects.get().secret) == "c"
    assert HeldReport.objects.get(phone=PHONE).token == held_report.token


def test_what_an_older_release_wrote_is_read_and_encrypted(report, db):
    notice = Notice.objects.create(address=EMAIL, text="", values=[])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE incidents_report SET phone = '0901234567'")
        cursor.execute("UPDATE incidents_notice SET text = 'Ổ gà', values = '[\"Ổ gà\"]'")
    for _ in "there", "and the same when all is encrypted":
        notice.refresh_from_db()
        assert (Report.objects.get().phone, notice.text, notice.values) == ("0901234567", "Ổ gà", ["Ổ gà"])
        list(rotation.rotate())
    assert Report.objects.get(phone="0901234567") == report
    assert b"g" not in stored_values(Notice, "text")[0][:2]


def test_rotation_goes_on_after_an_interruption(new_keys, report):
    rotating = rotation.rotate()
    for progress in rotating:
        if progress.column == "incidents_report.phone":
            break
    rotating.close()
    assert columns_under(9) < {"phone", "email", "token"}
    list(rotation.rotate())
    assert columns_under(9) == {"phone", "email", "token"}
    assert sum(progress.total for progress in rotation.rotate() if "report" in progress.column) == 0


def test_rotation_tells_what_no_key_opens(report, settings):
    index = re.search(r"index-\S+", settings.DATA_KEYS)[0]
    settings.DATA_KEYS = f"{DATA[2].replace('-3:', '-9:')},{index}"
    with pytest.raises(CommandError, match=r"incidents_report.phone \(1\)"):
        call_command("rotate_data_key")


def test_every_address_and_secret_of_citizens_is_encrypted():
    """Whoever adds a column for a contact or a secret finds this list: what is plain belongs to people of the units."""
    named = re.compile("phone|email|chat|zalo|(.+_)?(token|secret)|endpoint|p256dh|auth|credentials")
    plain = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if named.fullmatch(field.name) and not field.is_relation
        if not isinstance(field, Encrypted | LockedField | BooleanField)
    }
    assert plain == {"User.phone", "User.email", "Contact.phone", "Contact.email"}


def test_submitted_report_is_encrypted_from_the_start(town):
    factories.incident(town.hole, phone=PHONE)
    (stored,) = stored_values(Report, "phone")
    assert PHONE.encode() not in stored
