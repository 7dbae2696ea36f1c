"""Parsing of e-mail: shapes of mail programs, charsets, old fonts, quotations, arbitrary bytes."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.channels.mail import automatic, charsets, html, parsing, quotations, winmail
from tests.incidents.channels.mails import sample

WORDS = "Ổ gà rất sâu trên Harbour Road, phường Old Wharf. Nhiều xe máy bị ngã vào buổi tối."
# sample → words, pictures, attachments that are left out
SAYS = {
    "gmail_web": (WORDS, 1, []),
    "gmail_app_reply": ("Trước nhà số 12, cạnh quán cà phê.", 0, []),
    "outlook_desktop_winmail": (f"Kính gửi đơn vị,\n\n{WORDS}", 1, ["bang ke.xlsx"]),
    "outlook_web_reply": ("Chưa xong, nước vẫn còn đọng.", 0, []),
    "apple_mail": (WORDS, 1, []),
    "iphone": ("Rất nguy hiểm.", 1, []),
    "thunderbird_reply": ("Số 14, đối diện trường học.\nXin cảm ơn.", 0, []),
    "yahoo_web": (WORDS, 0, []),
    "zimbra_forward": (
        "Xin chuyển phản ánh của người dân.\n\nRác thải đổ đầy trên Harbour Road, phường New Wharf đã ba ngày.", 0, []
    ),
    "roundcube_tcvn3": (WORDS.replace("Ổ", "ổ"), 0, []),
    "samsung_vni": (WORDS, 1, []),
    "k9_windows1258": (WORDS, 0, []),
    "webmail_raw_subject": ("Đề nghị vá sớm.", 0, ["ho so.zip"]),
    "forward_as_attachment": (
        "Nhờ quý cơ quan xem giúp.\n\nĐường hỏng\n\nỔ gà trên Harbour Road, phường Old Wharf.", 1, []
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAYS)
def test_what_each_program_writes_is_read(settings, name):
    read = parsing.read_mail(sample(name))
    assert (read.words, len(read.pictures), read.left_out) == SAYS[name]
    assert read.words == unicodedata.normalize("NFC", read.words)
    assert "@" in read.sender
    assert read.at is not None


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("gmail_web", "Ổ gà trên đường"),
        ("apple_mail", "Ổ gà trước nhà"),
        ("yahoo_web", "Ổ gà Harbour Road phường Old Wharf"),
        ("webmail_raw_subject", "Ổ gà Harbour Road, phường Old Wharf"),
        ("forward_as_attachment", "Chuyển tiếp: ổ gà"),
    ],
)
def test_subjects_are_put_together(name, subject):
    assert parsing.read_mail(sample(name)).subject == subject


def test_name_of_the_sender_may_come_in_plain_bytes():
    read = parsing.read_mail("From: Lan Nguyễn <Lan@example.org>\n\nx".encode())
    assert (read.name, read.sender) == ("Lan Nguyễn", "lan@example.org")


@pytest.mark.parametrize("name", ["roundcube_tcvn3", "samsung_vni"])
def test_what_a_font_made_is_kept_as_it_came(name):
    assert parsing.read_mail(sample(name)).font != ""


# ---- encodings ----

SENTENCE = "Đường ngập nước sâu, xe chết máy rất nhiều. Kính mong cơ quan xử lý sớm."
VNI = charsets.VNI_PAIRS | charsets.VNI_ALONE


def in_table(table):
    numbers = {letter: 0x80 + place for place, letter in enumerate(table)}
    return bytes(numbers.get(letter, ord(letter) & 0xFF) for letter in SENTENCE)


def in_vni():
    written = {letter: pair for pair, letter in VNI.items() if len(pair) == 1 or pair[0].isupper() == pair[1].isupper()}
    return "".join(written.get(letter, letter) for letter in SENTENCE).encode("latin-1")


def in_cp1258():
    written = b""
    for letter in SENTENCE:
        apart = unicodedata.normalize("NFD", letter)
        base = unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in charsets.TONES))
        written += (base + "".join(mark for mark in apart if mark in charsets.TONES)).encode("cp1258")
    return written


WRITTEN = {
    "UTF-8": SENTENCE.encode(),
    "UTF-8 apart": unicodedata.normalize("NFD", SENTENCE).encode(),
    "UTF-8 twice": SENTENCE.encode().decode("latin-1").encode(),
    "windows-1258": in_cp1258(),
    "TCVN3": in_table(charsets.TCVN),
    "VNI": in_vni(),
}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "windows-1252", "us-ascii", "", "x-unknown"])
def test_old_encodings_are_read_whatever_is_declared(written, declared):
    assert charsets.decode_text(WRITTEN[written], declared) == SENTENCE


def test_tables_without_a_codec_are_believed():
    assert charsets.decode_text(in_table(charsets.VISCII), "VISCII") == SENTENCE
    assert charsets.decode_text(in_table(charsets.TCVN), "TCVN-5712") == SENTENCE


@pytest.mark.parametrize(
    "text",
    [
        "C'est l'école où les élèves étudient le français, près du théâtre.",
        "Die Straße über dem Fluß ist für Fußgänger gesperrt: größere Schäden.",
        "Não há água na rua São João, informação à população.",
        "Ok thế à",
        "Café “Sài Gòn” – 20 m²",
    ],
)
def test_other_languages_are_left_alone(text):
    assert charsets.restore_vietnamese(text) == text
    assert charsets.decode_text(text.encode("utf-8"), "utf-8") == text


@given(st.binary(max_size=3000), st.text(max_size=20))
def test_any_bytes_in_any_encoding_are_some_text(data, declared):
    text = charsets.decode_text(data, declared)
    assert text == unicodedata.normalize("NFC", text)


# ---- quotations ----


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Xong\n\nOn Mon, 23 Nov 2026 at 08:00, City <a@b.vn> wrote:\n\n> Done?", "Xong"),
        ("Xong\nOn Mon, 23 Nov 2026 at 08:00,\nCity <a@b.vn>\nwrote:\nDone?", "Xong"),
        ("Xong\nVào Th 2, 23 thg 11, 2026 lúc 08:00 City <a@b.vn> đã viết:\n> a\n> b", "Xong"),
        ("Xong\n-----Original Message-----\nFrom: City\nSent: Monday", "Xong"),
        ("Xong\n________________________________\nTừ: City <a@b.vn>\nĐã gửi: 8:00\nĐến: Lan", "Xong"),
        ("Xong\n\nFrom: City <a@b.vn>\nSent: Monday\nTo: Lan\nSubject: x\n\nDone?", "Xong"),
        ("Xong\n\nSent from my iPhone", "Xong"),
        ("Xong\n--\nLan\n0901", "Xong"),
        ("> a\nBên dưới\n> b\nnữa", "Bên dưới\nnữa"),
        ("Từ: chợ đến cầu đều ngập\nxe chết máy", "Từ: chợ đến cầu đều ngập\nxe chết máy"),
        ("Tôi viết:\nđường hỏng", "Tôi viết:\nđường hỏng"),
    ],
)
def test_what_is_quoted_is_cut(text, own):
    assert quotations.own_words(text) == own


@given(st.lists(st.sampled_from([*"a>\n-_:@ 1", "From: ", "wrote:", "Từ: ", "On "]), max_size=200).map("".join))
def test_nothing_is_cut_but_whole_lines(text):
    lines = {line.rstrip() for line in text.split("\n")}
    assert set(quotations.own_words(text).split("\n")) - {""} <= lines | {line.strip() for line in lines}


# ---- what machines write ----


@pytest.mark.parametrize(
    ("name", "null_sender", "kind"),
    [
        ("bounce_postfix", True, "bounce"),
        ("bounce_postfix", False, "bounce"),
        ("vacation_exchange", False, "automatic"),
        ("mailing_list", False, "list"),
        ("gmail_web", False, ""),
        ("gmail_web", True, "automatic"),
    ],
)
def test_machines_are_known(settings, name, null_sender, kind):
    assert automatic.kind_of(parsing.read_mail(sample(name)), null_sender=null_sender) == kind


HEADERS = {
    "Auto-Submitted: auto-replied": "automatic", "Auto-Submitted: no": "", "Precedence: junk": "list",
    "Precedence: auto_reply": "automatic", "X-Autoreply: yes": "automatic", "List-Id: <a.b>": "list",
    "Subject: Out of office": "automatic", "Subject: Vắng mặt": "automatic", "X-Report-Loop: yes": "loop",
    "From: MAILER-DAEMON@a.example\nAuto-Submitted: auto-replied": "bounce", "From: no-reply@a.example": "automatic",
    "From: phananh@wharf.example": "loop", "X-Priority: 1": "", "X-Auto-Response-Suppress: All": "",
    "Content-Type: multipart/report; report-type=disposition-notification; boundary=x": "receipt",
    "Content-Type: multipart/report; report-type=feedback-report; boundary=x": "complaint",
}  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_headers_tell_who_wrote_it(settings, header):
    settings.MAIL_ADDRESS = "phananh@wharf.example"
    head = header if "From:" in header else f"From: lan@a.example\n{header}"
    read = parsing.read_mail(f"{head}\n\nText".encode())
    assert automatic.kind_of(read, null_sender=False) == HEADERS[header]


@pytest.mark.parametrize(
    ("report", "bounce"),
    [
        ("Action: failed\nStatus: 5.1.1", ("5.1.1", True)),
        ("Action: delayed\nStatus: 4.4.1", ("4.4.1", False)),
        ("Action: delivered\nStatus: 2.0.0", ("2.0.0", False)),
        ("Action: failed", ("5.0.0", True)),
        ("Nothing", ("", False)),
    ],
)
def test_what_a_bounce_says(report, bounce):
    read_bounce = automatic.bounce_of(parsing.ReadMail(report=report))
    assert (read_bounce.status, read_bounce.lasting) == bounce


# ---- whatever comes ----

PIECES = st.sampled_from([
    b"From: a@b.example\r\n", b"Subject: =?utf-8?B?w4Q=?= =?x?Q?=41?=\r\n", b"From: =?utf-8?Q?\r\n", b"\r\n",
    b"\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary=x\r\n", b"Content-Type: multipart/alternative; boundary=\"x\"\r\n",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n", b"--x\r\n", b"--x--\r\n",
    b"\xe1\xbb",
    b"Content-Type: message/rfc822\r\n", b"Content-Type: message/delivery-status\r\n", b"Message-ID: <a@b>\r\n", b"\0",
    b"Content-Type: text/html; charset=\xff\r\n", b"Content-Type: text/plain; charset=utf-7\r\n", b"Date: 99 Foo\r\n",
    b"Content-Disposition: attachment; filename*0*=utf-8''%ff; filename*1=\"a\r\n", b"To: " + b"a@b," * 50 + b"\r\n",
    b"Content-Transfer-Encoding: base64\r\n", b"Content-Type: application/ms-tnef\r\n", b"\x78\x9f\x3e\x22\x00\x00",
    b"<p>a</p>",
])  # fmt: skip


@given(st.lists(PIECES | st.binary(max_size=40), max_size=30).map(b"".join))
def test_any_bytes_are_a_mail_or_refused(raw):
    try:
        read = parsing.read_mail(raw)
    except parsing.Unreadable:
        return
    for text in (read.sender, read.name, read.subject, read.words, read.whole, read.font, *read.left_out):
        assert text.encode() is not None
        assert "\0" not in text
    automatic.kind_of(read, null_sender=False)
    parsing.read_identity(raw)


@given(st.binary(max_size=200))
def test_any_winmail_has_some_attachments(data):
    attachments = winmail.read_attachments(b"\x78\x9f\x3e\x22\x00\x00" + data)
    assert all(body for _name, body in attachments)


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" * 100,
        b"Content-Type: message/rfc822\n\n" * 5000,
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * 1000,
    ],
)
def test_nests_and_crowds_of_parts_are_refused(raw):
    with pytest.raises(parsing.Unreadable):
        parsing.read_mail(raw)


def test_words_after_very_many_styles_are_read():
    styles = "p { color: red }" * 20_000
    text = f"<html><head><style>{styles}</style></head><body><p>Ổ gà trước nhà số 12</p></body></html>"
    assert html.words_of(text, quoted=False) == "Ổ gà trước nhà số 12"
