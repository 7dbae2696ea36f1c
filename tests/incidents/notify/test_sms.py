"""One SMS: what is asked of a provider, and what follows from its answer."""

import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection
from smpplib import smpp as library

from incidents.models import Notice, Receipt
from incidents.notify import esms, http_calls, smpp, sms
from incidents.notify.sending import deliver_notice
from incidents.notify.transport import Refused, Sent, Unsure
from tests.fakes.smpp import Centre
from tests.fakes.sms_http import SmsOverHttp


@pytest.fixture
def provider(town, settings):
    settings.OUTBOUND_ALLOWED = {"gateways": ["private"]}
    settings.SMS_PROVIDER, settings.SMS_TIMEOUT = "esms", 2
    settings.SMS_KEY, settings.SMS_SECRET, settings.SMS_BRAND = "key", "secret", "CITY"
    settings.SMS_ASCII, settings.SMS_COST, settings.SMS_CALLBACK_TOKEN = True, 850, "a-token-nobody-can-guess"
    with SmsOverHttp() as fake:
        settings.SMS_URL = fake.url
        yield fake


@pytest.fixture
def centre(town, settings, policies, monkeypatch):
    monkeypatch.setattr(smpp, "IDLE_S", 0.2)
    settings.OUTBOUND_ALLOWED = {"gateways": ["private"]}
    settings.SMS_PROVIDER, settings.SMS_BRAND = "smpp", "CITY"
    settings.SMPP_HOST, settings.SMPP_USER, settings.SMPP_PASSWORD, settings.SMPP_TLS = (
        "127.0.0.1",
        "city",
        "secret",
        False,
    )
    policies.quiet_hours = ""
    settings.SMS_ASCII, settings.SMS_COST, settings.SMS_TIMEOUT = True, 850, 2
    with Centre() as fake:
        settings.SMPP_PORT = fake.port
        yield fake


def notice(text="Phản ánh đã xong", address="+84901234567", **more):
    return Notice.objects.create(
        cause=f"event:{Notice.objects.count()}", medium="sms", address=address, text=text, **more
    )


def test_what_the_provider_is_asked(provider, settings):
    sms_notice = notice()
    sent = sms.send(sms_notice)
    request = provider.asked[0]
    assert request == {
        "ApiKey": "key",
        "SecretKey": "secret",
        "Phone": "84901234567",
        "Content": "Phan anh da xong",
        "Brandname": "CITY",
        "SmsType": "2",
        "IsUnicode": "0",
        "Sandbox": "0",
        "RequestId": request["RequestId"],
        "CallbackUrl": f"{settings.SITE_URL}/hooks/sms/esms/a-token-nobody-can-guess/receipt/",
    }
    assert len(request["RequestId"]) <= 50
    assert sent == Sent(provider_id=sms_notice.receipts.get().provider_id, segments=1, cost=850)


def test_with_diacritics_it_says_so_and_costs_more_parts(provider, settings):
    settings.SMS_ASCII = False
    sent = sms.send(notice("Phản ánh đã được giải quyết xong, mời bạn xem kết quả và cho ý kiến nhé"))
    assert provider.asked[0]["IsUnicode"] == "1"
    assert (sent.segments, sent.cost) == (2, 1700)


def test_repeated_sms_is_sent_once_unless_it_has_failed(provider):
    sent = notice()
    first, again = sms.send(sent), sms.send(sent)
    assert (len(provider.inbox), again.provider_id, first.provider_id != "") == (1, "", True)
    sent.receipts.update(state=Receipt.State.FAILED)
    sms.send(sent)
    assert len(provider.inbox) == 2


@pytest.mark.parametrize(
    ("changed", "code", "again"),
    [
        ({"SMS_SECRET": "wrong"}, "101", False),
        ({"SMS_BRAND": "OTHER"}, "104", False),
        ({"SMS_PROVIDER": ""}, "off", False),
        ({"SMS_URL": "http://127.0.0.1:9"}, "connection", True),
        ({"OUTBOUND_ALLOWED": {}}, "address", False),
        ({"SMS_URL": "ftp://example.org"}, "address", False),
    ],
)
def test_what_is_refused(provider, settings, changed, code, again):
    for name, value in changed.items():
        setattr(settings, name, value)
    with pytest.raises(Refused) as refused:
        sms.send(notice())
    assert (refused.value.code, refused.value.retry) == (code, again)
    assert provider.inbox == []


@pytest.mark.parametrize(
    ("more", "code"), [({"address": "1022x"}, "number"), ({"text": "blocked"}, "99"), ({"text": "x" * 1600}, "long")]
)
def test_what_cannot_be_sent(provider, more, code):
    with pytest.raises(Refused) as refused:
        sms.send(notice(**more))
    assert (refused.value.code, refused.value.retry) == (code, False)


@pytest.mark.parametrize(
    ("whim", "happens"),
    [
        ("lose_request", Unsure),
        ("lose_answer", Unsure),
        ("error", Unsure),
        ("error_after", Unsure),
        ("throttle", Refused),
    ],
)
def test_what_has_no_clear_answer_may_be_sent_again(provider, whim, happens):
    provider.whims = {whim: 1}
    with pytest.raises(happens) as what:
        sms.send(notice())
    if happens is Unsure:
        assert (what.value.then, what.value.segments, what.value.cost) == (Unsure.AGAIN, 1, 850)
    else:
        assert (what.value.code, what.value.retry) == ("160", True)


def test_an_answer_that_takes_too_long_is_not_waited_for(provider, settings):
    settings.SMS_TIMEOUT, provider.hang_s = 0.3, 1
    provider.whims = {"hang": 1}
    with pytest.raises(Unsure):
        sms.send(notice())


def test_what_became_of_it_is_asked(provider):
    sent = notice()
    sms.send(sent)
    name = sent.receipts.get().provider_id
    assert esms.fetch_status(name).state == Receipt.State.DELIVERED
    with pytest.raises(Refused):
        esms.fetch_status("unknown")
    provider.down = True
    with pytest.raises(http_calls.NoAnswer):
        esms.fetch_status(name)


def test_smpp_joins_long_texts_and_collects_receipts(centre):
    short, long = notice("Đã xong"), notice("Tiếng Việt có dấu được bỏ dấu. " * 8)
    sent = [sms.send(short), sms.send(long)]
    assert [answer.segments for answer in sent] == [1, 2]
    assert centre.inbox == [
        ("84901234567", "Da xong"),
        ("84901234567", "Tieng Viet co dau duoc bo dau. " * 8),
    ]
    for expected, done in zip((short, long), sent, strict=True):
        expected.state, expected.sent_at, expected.segments = Notice.State.SENT, expected.made_at, done.segments
        expected.save()
    for _minute in range(30):
        if centre.waiting:
            sms.collect_receipts()
    assert set(Notice.objects.values_list("state", flat=True)) == {Notice.State.DELIVERED}


def test_over_smpp_with_diacritics(centre, settings):
    settings.SMS_ASCII = False
    text = "Nắp cống vỡ đã được thay mới 😀. " * 5
    sms.send(notice(text))
    assert centre.inbox == [("84901234567", text)]


@pytest.mark.parametrize(
    ("whim", "happens", "then"),
    [
        ("throttle", Refused, True),
        ("full", Refused, True),
        ("lose_request", Unsure, Unsure.RECEIPT),
        ("lose_answer", Unsure, Unsure.RECEIPT),
    ],
)
def test_what_a_centre_may_do(centre, whim, happens, then):
    centre.whims = {whim: 1}
    with pytest.raises(happens) as what:
        sms.send(notice())
    assert (what.value.retry if happens is Refused else what.value.then) == then


@pytest.mark.parametrize("changed", [{"SMPP_PASSWORD": "wrong"}, {"SMPP_PORT": 9}])
def test_without_a_session_it_is_tried_later(centre, settings, changed):
    for name, value in changed.items():
        setattr(settings, name, value)
    with pytest.raises(Refused) as refused:
        sms.send(notice())
    assert (refused.value.code, refused.value.retry) == ("session", True)


RECEIPT = (
    b"id:{id} sub:001 dlvrd:001 submit date:2611241530 done date:2611241531 stat:{stat} err:000"
    b" text:Phan anh id:5 stat:X"
)


@pytest.mark.parametrize(
    ("text", "name", "state"),
    [
        (RECEIPT.replace(b"{id}", b"0A1F").replace(b"{stat}", b"DELIVRD"), "0A1F", "delivered"),
        (RECEIPT.replace(b"{id}", b"77").replace(b"{stat}", b"EXPIRED"), "77", "failed"),
        (RECEIPT.replace(b"{id}", b"77").replace(b"{stat}", b"ACCEPTD"), "77", "sent"),
        (b"id:8 stat:undeliv", "8", "failed"),
    ],
)
def test_receipts_are_read_as_centres_write_them(town, text, name, state):
    report = smpp.parse_receipt(pdu(short_message=text, esm_class=4, source_addr=b"84901234567"))
    assert (report.provider_id, report.state, report.phone) == (name, state, "+84901234567")


@pytest.mark.parametrize("text", [b"", b"id: stat:", b"id:5 stat:NONSENSE", b"\xff\x00"])
def test_what_is_no_receipt_is_none(town, text):
    assert smpp.parse_receipt(pdu(short_message=text, esm_class=4, source_addr=b"84901234567")) is None


def pdu(**fields):
    built = library.make_pdu("deliver_sm", need_sequence=False)
    for name, value in ({"destination_addr": b"CITY", "data_coding": 0} | fields).items():
        setattr(built, name, value)
    return built


def test_over_tls_the_centre_must_be_who_it_says(town, centre, settings, tmp_path, monkeypatch):
    settings.SMPP_TLS, settings.SMPP_HOST = True, "localhost"
    with Centre(tls=make_context("localhost", tmp_path)) as secure:
        settings.SMPP_PORT = secure.port
        with pytest.raises(Refused) as refused:
            sms.send(notice())
        assert refused.value.code == "session"
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        for n in range(5):
            sms.send(notice(text=f"Số {n}"))
        assert len(secure.inbox) == 5
        for _minute in range(30):
            if secure.waiting:
                sms.collect_receipts()
        assert Receipt.objects.filter(state=Receipt.State.DELIVERED).count() == 5


def make_context(name, folder):
    """A server's TLS context with a certificate for this name, which lies in the folder."""
    key, who = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begins = datetime.now(UTC) - timedelta(days=1)
    openssl = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "certificate.pem").write_bytes(openssl.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(*form))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


@pytest.mark.django_db(transaction=True)
def test_two_workers_have_one_session_between_them(centre):
    def work(pk):
        try:
            deliver_notice(pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as workers:
        list(workers.map(work, [notice(text=f"Số {n}").pk for n in range(6)]))
    assert sorted(text for _phone, text in centre.inbox) == [f"So {n}" for n in range(6)]
    assert centre.highest == 1
    assert set(Notice.objects.values_list("state", flat=True)) == {Notice.State.SENT}
