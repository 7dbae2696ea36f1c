"""Fetch recordings from telephone systems by a job, once, from their own hosts only, and store them privately."""

import hashlib
import secrets
import struct
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.timezone import now
from procrastinate.contrib.django import app

from geoapp import outbound
from incidents.channels.voice.events import ToldRecording
from incidents.models import CallBack, Recording
from incidents.notify import http_calls
from incidents.notify.transport import Refused

FETCHING_JOB = "incidents.fetch_recording"
TIMEOUT_S = 60.0
REDIRECTS, MAX_REDIRECTS = (301, 302, 303, 307, 308), 2
# First bytes and file name suffix of each content type.
KINDS = {"audio/wav": "wav", "audio/mpeg": "mp3", "audio/ogg": "ogg"}


class NotYetThere(Exception):
    """The telephone system does not serve the recording yet; the job retries."""


def register_recording(source: str, call_id: str, source_recording: ToldRecording) -> Recording:
    """Store that a call has a recording, with the job that fetches it; idempotent."""
    fields = {
        "url": source_recording.url,
        "digest": source_recording.digest.lower(),
        "seconds": source_recording.seconds,
    }
    recording, new = Recording.objects.get_or_create(source=source, call_id=call_id, defaults=fields)
    if new:
        CallBack.objects.filter(source=source, call_id=call_id, recording=None, erased_at=None).update(
            recording=recording
        )
        app.configure_task(FETCHING_JOB).defer(recording_id=recording.pk)
    return recording


def fetch_recording(recording_id: int) -> None:
    """Fetch a waiting recording and store it or the fault. Raises NotYetThere."""
    recording = Recording.objects.filter(pk=recording_id, state=Recording.State.WAITING).first()
    if recording is None:
        return None
    if fault := fault_of_address(recording):
        return refuse_recording(recording, fault)
    try:
        answer = ask_for(recording)
    except Refused as refused:
        if refused.retry:
            raise NotYetThere(str(refused)) from refused
        return refuse_recording(recording, "nobody may be called at this address")
    except http_calls.NoAnswer as fault:
        if "too long" in str(fault):
            return refuse_recording(recording, "larger than VOICE_RECORDING_BYTES")
        raise NotYetThere(str(fault)) from fault
    if answer.status != 200:
        raise NotYetThere(f"HTTP {answer.status}")
    return keep_sound(recording, answer.body)


def ask_for(recording):
    url = recording.url
    for _redirect in range(MAX_REDIRECTS + 1):
        own = urlsplit(url).hostname == urlsplit(recording.url).hostname
        answer = http_calls.call_url(
            "GET",
            url,
            purpose="gateways",
            timeout=TIMEOUT_S,
            max_bytes=settings.VOICE_RECORDING_BYTES,
            **(credentials_for(recording.source) if own else {}),
        )
        url = urljoin(url, answer.headers.get("Location", ""))
        if answer.status not in REDIRECTS or fault_of_address(recording, url):
            break
    return answer


def fault_of_address(recording, url=""):
    """Why an address or redirect must not be requested, "" if it may."""
    parts = urlsplit(url or recording.url)
    if parts.hostname is None or parts.hostname not in hosts_of(recording.source):
        return "its host is none of VOICE_RECORDING_HOSTS"
    if parts.scheme != "https" and not outbound.allows_plain_http("gateways"):
        return "it is not fetched without TLS"
    if (recording.seconds or 0) > settings.VOICE_RECORDING_SECONDS:
        return "longer than VOICE_RECORDING_SECONDS"
    return ""


def hosts_of(source: str) -> list[str]:
    return [host for host in settings.VOICE_RECORDING_HOSTS.get(source, "").split() if host]


def credentials_for(source):
    """`user:password` or token for the telephone system's recordings."""
    user, colon, password = settings.VOICE_RECORDING_KEYS.get(source, "").partition(":")
    if colon:
        return {"auth": (user, password)}
    return {"headers": {"Authorization": f"Bearer {user}"}} if user else {}


def keep_sound(recording, body):
    """Store the sound if it is WAV, MP3 or OGG, has the digest given and is not too long; else the fault."""
    kind = kind_of_sound(body)
    if not kind:
        return refuse_recording(recording, "it is no WAV, MP3 or OGG")
    if recording.digest and not constant_time_compare(hashlib.sha256(body).hexdigest(), recording.digest):
        return refuse_recording(recording, "it is not what was told: its SHA-256 differs")
    seconds = wav_seconds(body) if kind == "audio/wav" else recording.seconds
    if (seconds or 0) > settings.VOICE_RECORDING_SECONDS:
        return refuse_recording(recording, "longer than VOICE_RECORDING_SECONDS")
    with transaction.atomic():
        row = Recording.objects.select_for_update().get(pk=recording.pk)
        if row.state != Recording.State.WAITING:
            return None
        row.state, row.kind, row.size, row.seconds = Recording.State.KEPT, kind, len(body), seconds
        row.url, row.fault, row.fetched_at = "", "", now()
        row.file.save(f"{secrets.token_hex(16)}.{KINDS[kind]}", ContentFile(body), save=False)
        name = row.file
        try:
            row.save()
        except BaseException:
            name.storage.delete(str(name.name))
            raise
    return None


def refuse_recording(recording, fault):
    waits = Recording.objects.filter(pk=recording.pk, state=Recording.State.WAITING)
    waits.update(state=Recording.State.REFUSED, fault=fault, url="")


def kind_of_sound(body: bytes) -> str:
    if body[:4] == b"RIFF" and body[8:12] == b"WAVE":
        return "audio/wav"
    if body[:3] == b"ID3" or (len(body) > 1 and body[0] == 0xFF and body[1] & 0xE6 == 0xE2):  # MPEG, layer III
        return "audio/mpeg"
    return "audio/ogg" if body[:4] == b"OggS" else ""


def wav_seconds(body: bytes) -> int | None:
    """Duration of a WAV file by the byte rate in its header; None without one."""
    at = body.find(b"fmt ", 12, 4096)
    if at < 0 or len(body) < at + 20:
        return None
    (rate,) = struct.unpack_from("<I", body, at + 16)
    return len(body) // rate if rate else None
