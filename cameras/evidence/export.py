"""Export an incident's evidence as a package that anybody can verify: originals, manifest, proofs, a program."""

import hashlib
import json
import tempfile
import zipfile
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cameras.evidence import checking, leaves, seals, store, verify, video
from cameras.evidence.pinning import AWAY, NotPossible, require_reason
from cameras.models import Evidence, NoPicture, Seal
from geoapp.ledger import hash_chain
from incidents import timeline
from incidents.models import Event, Incident, User
from incidents.wording import person_name

IN_MEMORY = 20_000_000  # bytes of a package; larger ones lie in a file meanwhile


def export_package(incident: Incident, *, by: User, purpose: str, with_videos: bool = False) -> tuple[IO[bytes], str]:
    """Return the package as an open file at its beginning, and the SHA-256 of its list of files.

    `with_videos`: adds a video of each camera's pictures, to look at. New evidence is sealed first, every picture and
    proof is verified, and the history records who took it, why, and the package's SHA-256. Raises NotPossible, also if
    something is not what was kept.
    """
    purpose = require_reason(purpose)
    seals.seal_new()
    rows = Evidence.objects.filter(incident=incident).select_related(
        "incident", "camera", "event", "by", "seal", "frame_seal", "tombstone__seal"
    )
    rows = list(rows.order_by("taken_at", "pk"))
    if not rows:
        raise NotPossible(_("No picture of it was saved."))
    files, pictures = {}, []
    for number, evidence in enumerate(rows, 1):
        tombstone = getattr(evidence, "tombstone", None)
        if evidence.seal is None or (tombstone and tombstone.seal is None):
            raise NotPossible(_("A picture has just arrived and is not sealed yet. Try again in a minute."))
        if not tombstone:
            files[name := file_name(number, evidence)] = read_intact(evidence)
        pictures.append(describe_picture(evidence, tombstone, "" if tombstone else name))
    videos = film_cameras(rows, pictures, files) if with_videos else {}
    at = now()
    manifest = {
        "format": verify.FORMAT,
        "incident": describe_incident(incident),
        "exported": {
            "at": hash_chain.utc_text(at),
            "by": {"id": by.pk, "name": person_name(by)},
            "purpose": purpose,
        },
        "pictures": pictures,
        "no_picture": describe_no_pictures(incident),
        "chains": describe_chains(rows),
        "videos": [described for described, _data in videos.values()],
    }
    files |= {name: data for name, (_described, data) in videos.items()}
    files["manifest.json"] = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    files["verify.py"] = Path(verify.__file__).read_bytes()
    context = {"manifest": manifest, "rows": list(zip(rows, pictures, strict=True)), "incident": incident, "at": at}
    files["index.html"] = render_to_string("cameras/staff/export.html", context).encode()
    listed = verify.format_sums({name: hashlib.sha256(data).hexdigest() for name, data in files.items()}).encode()
    package = hashlib.sha256(listed).hexdigest()
    with translation.override(settings.LANGUAGE_CODE), transaction.atomic():
        count = ngettext("%(n)d picture", "%(n)d pictures", len(rows)) % {"n": len(rows)}
        timeline.record(
            incident, Event.Kind.EXPORTED, by=by, public=False, note=f"{purpose} – {count}, SHA-256 {package}",
            receipt={"evidence": [row.pk for row in rows], "package": package},
        )  # fmt: skip
    return zip_files(f"evidence-{incident.reference}", {**files, verify.SUMS: listed}), package


def film_cameras(rows, pictures, files):
    """Return {name of a video: (its entry in the manifest, its bytes)} for each camera with two pictures or more.
    Raises NotPossible.
    """
    by_camera = {}
    for row, description in zip(rows, pictures, strict=True):
        if description["file"]:
            by_camera.setdefault(row.camera_id, {}).setdefault(row.taken_at, (row, description["file"]))
    clips = {}
    for number, of_camera in enumerate((in_order for in_order in by_camera.values() if len(in_order) > 1), 1):
        camera_rows, names = zip(*(of_camera[at] for at in sorted(of_camera)), strict=True)
        film = video.film_pictures(list(camera_rows), [files[name] for name in names])
        name = f"videos/{number:02d}-{code_in_names(camera_rows[0])}.webm"
        clips[name] = (
            {"file": name, "camera": camera_rows[0].camera.code, "speed": film.speed, "of": list(names)},
            film.data,
        )
    return clips


def read_intact(evidence):
    try:
        if checking.check_picture(evidence):
            raise NotPossible(
                _("Picture %(n)d is not what was saved: it is not exported. The administrators have been notified.")
                % {"n": evidence.pk}
            )
        return store.read_checked(evidence.file, evidence.sha256)
    except store.StoreAway:
        raise NotPossible(AWAY) from None


def file_name(number, evidence):
    return (
        f"pictures/{number:03d}-{code_in_names(evidence)}-{localtime(evidence.taken_at):%Y%m%d-%H%M%S}.{evidence.kind}"
    )


def code_in_names(evidence):
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in evidence.camera.code)


def describe_picture(evidence, tombstone, name):
    frame = evidence.frame_seal_id and {
        "seal": evidence.frame_seal_id,
        "leaf": evidence.frame_leaf,
        "proof": evidence.frame_proof,
    }
    return {
        "file": name,
        "sealed": leaves.evidence_leaf(evidence),
        "reason": evidence.reason,
        "by": evidence.by and person_name(evidence.by),
        "proof": {"seal": evidence.seal_id, "leaf": evidence.leaf, "proof": evidence.proof},
        "frame": frame or None,
        "tombstone": tombstone
        and {
            "sealed": leaves.tombstone_leaf(tombstone),
            "proof": {"seal": tombstone.seal_id, "leaf": tombstone.leaf, "proof": tombstone.proof},
        },
    }


def describe_no_pictures(incident):
    """Return which cameras gave no picture of which moments, and why. Not sealed itself: the sealed history says it
    too.
    """
    rows = NoPicture.objects.filter(incident=incident).select_related("camera")
    return [
        {
            "camera": row.camera_id,
            "code": row.camera.code,
            "moment": row.moment,
            "line": row.event_id,
            "moment_at": hash_chain.utc_text(row.moment_at),
            "asked_until": hash_chain.utc_text(row.at),
            "why": row.why,
            "words": row.get_why_display(),
        }
        for row in rows
    ]


def describe_incident(incident):
    with translation.override(settings.LANGUAGE_CODE):
        address = incident.address_title
    return {
        "reference": incident.reference,
        "category": incident.category.name,
        "address": address,
        "area": incident.area.full_name,
        "lon": round(incident.place.x, 7),
        "lat": round(incident.place.y, 7),
        "received_at": hash_chain.utc_text(incident.received_at),
        "closed_at": incident.closed_at and hash_chain.utc_text(incident.closed_at),
        "state": incident.state,
    }


def describe_chains(rows):
    """Return the seals from each needed one to the last of its day, whose digest is published: one chain for
    each day.
    """
    needed = set()
    for row in rows:
        tombstone = getattr(row, "tombstone", None)
        needed |= {row.seal, row.frame_seal, tombstone and tombstone.seal} - {None}
    first = {}
    for seal in sorted(needed, key=lambda seal: seal.number):
        first.setdefault(localdate(seal.sealed_at), seal.number)
    descriptions = []
    for day, number in sorted(first.items()):
        last = seals.seals_of_day(day).latest("number").number
        chain = list(Seal.objects.filter(number__range=(number, last)))
        before = Seal.objects.filter(number=number - 1).first()
        descriptions.append(
            {
                "before": (bytes(before.digest) if before else hash_chain.GENESIS).hex(),
                "seals": [seals.SEALS.sealed_fields(seal) for seal in chain],
                "head": bytes(chain[-1].digest).hex(),
            }
        )
    return descriptions


def zip_files(folder, files):
    out = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - whoever sends it closes it
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package:
        for name, data in sorted(files.items()):
            package.writestr(f"{folder}/{name}", data)
    out.seek(0)
    return out
