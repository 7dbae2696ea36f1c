"""Recordings of calls: fetched once from the system's own hosts, limited in kind and size, private."""

import hashlib
import struct
from http.server import BaseHTTPRequestHandler

import pytest
from django.core.files.storage import default_storage

from incidents.channels import jobs
from incidents.channels.voice import callbacks, recordings
from incidents.channels.voice.events import ToldRecording
from incidents.models import CallBack, Membership, PersonalDataView
from tests import factories
from tests.fakes.served import Served


def wav(seconds=2, rate=8000):
    sound = b"\0" * seconds * rate
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(sound), b"WAVE", b"fmt ", 16, 1, 1, rate, rate, 1, 8,
                       b"data", len(sound))  # fmt: skip
    return head + sound


class Shelf(Served):
    """Server of recordings. `files`: (status, body, redirect) by path; `asked`: (path, credentials)."""

    def __init__(self):
        self.files, self.asked = {}, []
        self.listen()

    def handler(self):
        shelf = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                shelf.asked.append((self.path, self.headers.get("Authorization")))
                status, body, to = shelf.files.get(self.path, (404, b"", ""))
                self.send_response(status)
                if to:
                    self.send_header("Location", to)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler


@pytest.fixture
def shelf(town, settings):
    settings.OUTBOUND_ALLOWED = {"gateways": ["private"]}
    settings.VOICE_RECORDING_HOSTS = {"night": "127.0.0.1 localhost"}
    settings.VOICE_RECORDING_KEYS = {"night": "AC1:token"}
    with Shelf() as running_shelf:
        yield running_shelf


def tell_recording_of(shelf, path="/1.wav", body=None, status=200, to="", **more):
    shelf.files[path] = (status, wav() if body is None else body, to)
    return recordings.register_recording("night", f"call {path}", ToldRecording(shelf.url + path, **more))


def fetch(recording):
    jobs.fetch_recording(recording.pk)
    recording.refresh_from_db()
    return recording


def test_a_recording_is_fetched_once_and_kept_private(shelf, client, town):
    call = callbacks.ask_for_callback("unclear", source="night", call_id="call /1.wav")
    recording = fetch(tell_recording_of(shelf, digest=hashlib.sha256(wav()).hexdigest().upper()))
    assert (recording.state, recording.kind, recording.seconds, recording.size, recording.url) == (
        "kept",
        "audio/wav",
        2,
        len(wav()),
        "",
    )
    assert fetch(recording).state == "kept"
    assert shelf.asked == [("/1.wav", "Basic QUMxOnRva2Vu")]
    assert CallBack.objects.get(pk=call.pk).recording == recording
    with default_storage.open(recording.file.name) as sound:
        assert sound.read() == wav()
    assert client.get(recording.file.url).status_code == 404


def test_the_hotline_alone_hears_it_and_that_is_written_down(shelf, client, town):
    call = callbacks.ask_for_callback("unclear", source="night", call_id="call /1.wav")
    recording = fetch(tell_recording_of(shelf))
    people = {role: factories.person(role, town.desk, role) for role in Membership.Role}
    answers = {}
    for role, person in people.items():
        client.force_login(person)
        answer = client.get(f"/recordings/{recording.pk}/")
        answers[role] = answer.status_code
        if answer.status_code == 200:
            assert (b"".join(answer), answer["Content-Type"]) == (wav(), "audio/wav")
            assert "no-store" in answer["Cache-Control"]
    assert {role for role, status in answers.items() if status == 200} == {Membership.Role.OPERATOR}
    assert list(PersonalDataView.objects.values_list("how", "by__username", "call_back")) == [
        ("back", "operator", call.pk)
    ]
    client.logout()
    assert client.get(f"/recordings/{recording.pk}/").status_code == 302


def test_what_is_not_kept_is_not_there(shelf, client, town):
    client.force_login(factories.person("operator", town.desk, Membership.Role.OPERATOR))
    waiting = tell_recording_of(shelf)
    assert client.get(f"/recordings/{waiting.pk}/").status_code == 404
    assert (client.get("/recordings/999999/").status_code, PersonalDataView.objects.count()) == (404, 0)


@pytest.mark.parametrize(
    ("options", "changed", "fault"),
    [
        ({"body": b"<html>"}, {}, "it is no WAV, MP3 or OGG"),
        ({"body": b""}, {}, "it is no WAV, MP3 or OGG"),
        ({"body": b"MZ" + wav()}, {}, "it is no WAV, MP3 or OGG"),
        ({"digest": "0" * 64}, {}, "it is not what was told: its SHA-256 differs"),
        ({"seconds": 1801}, {}, "longer than VOICE_RECORDING_SECONDS"),
        ({}, {"VOICE_RECORDING_SECONDS": 1}, "longer than VOICE_RECORDING_SECONDS"),
        ({}, {"VOICE_RECORDING_BYTES": 1000}, "larger than VOICE_RECORDING_BYTES"),
        ({}, {"VOICE_RECORDING_HOSTS": {}}, "its host is none of VOICE_RECORDING_HOSTS"),
        ({}, {"VOICE_RECORDING_HOSTS": {"other": "127.0.0.1"}}, "its host is none of VOICE_RECORDING_HOSTS"),
        ({}, {"OUTBOUND_ALLOWED": {}}, "it is not fetched without TLS"),
    ],
)
def test_what_cannot_be_kept_says_why(shelf, settings, options, changed, fault):
    for name, value in changed.items():
        setattr(settings, name, value)
    recording = fetch(tell_recording_of(shelf, **options))
    assert (recording.state, recording.fault, recording.url, recording.file.name) == ("refused", fault, "", "")


def test_a_private_address_is_not_called(shelf, settings):
    settings.OUTBOUND_ALLOWED = {}
    recording = recordings.register_recording("night", "c", ToldRecording("https://127.0.0.1/1.wav"))
    assert (fetch(recording).fault, shelf.asked) == ("nobody may be called at this address", [])


@pytest.mark.parametrize("status", [404, 500, 503])
def test_what_is_not_there_yet_is_asked_for_again(shelf, status):
    recording = tell_recording_of(shelf, status=status)
    with pytest.raises(recordings.NotYetThere):
        fetch(recording)
    shelf.files["/1.wav"] = (200, wav(), "")
    assert fetch(recording).state == "kept"


def test_it_goes_where_it_is_sent_within_the_own_hosts(shelf):
    other = shelf.url.replace("127.0.0.1", "localhost")
    shelf.files["/2.wav"] = (200, wav(), "")
    recording = fetch(tell_recording_of(shelf, status=307, to=f"{other}/2.wav"))
    assert recording.state == "kept"
    assert shelf.asked == [("/1.wav", "Basic QUMxOnRva2Vu"), ("/2.wav", None)]  # the key stays with its host


@pytest.mark.parametrize("to", ["http://example.org/2.wav", "/1.wav", "file:///etc/passwd"])
def test_it_goes_nowhere_else(shelf, to):
    recording = tell_recording_of(shelf, status=302, to=to)
    with pytest.raises(recordings.NotYetThere):
        fetch(recording)
    assert len(shelf.asked) <= 3


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"ID3\x03", "audio/mpeg"), (b"\xff\xfb\x90", "audio/mpeg"), (b"OggS", "audio/ogg"), (b"\xff\xd8\xff", "")],
)
def test_kinds_by_their_first_bytes(body, kind):
    assert recordings.kind_of_sound(body) == kind
