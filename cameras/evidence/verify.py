"""Check a folder of exported evidence. Needs Python 3.8 or newer and nothing else.

    python -I verify.py                          the folder in which this file lies
    python -I verify.py FOLDER                   another one
    python -I verify.py FOLDER --head 1234=5f0c  compare with a seal that you kept or that was published

It answers OK, or REFUSED and why (exit code 1). A file in a folder can be exchanged together with its neighbours: take
this program from another place than the evidence where it matters, and compare the seals that it names at the end with
those that were published, or that somebody kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys

SUMS = "SHA256SUMS"
FORMAT = "evidence-1"
canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class Refused(Exception):
    """The evidence is not what was exported."""


def sha256(data):
    return hashlib.sha256(data).digest()


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def files_of(folder):
    paths = set()
    for at, folders, names in os.walk(folder):
        for name in folders + names:
            path = os.path.join(at, name)
            if os.path.islink(path):
                raise Refused(f"{name} is a link")
        paths |= {os.path.relpath(os.path.join(at, name), folder).replace(os.sep, "/") for name in names}
    return paths


def check_sums(folder):
    """Verify that every file is listed with its SHA-256, that there is no other file, and that the list has its
    canonical form.
    """
    listed = {}
    text = read_file(os.path.join(folder, SUMS))
    for line in text.decode("ascii").split("\n")[:-1]:
        digest, name = line[:64], line[66:]
        listed[name] = digest
    if text != format_sums(listed).encode("ascii"):
        raise Refused(f"{SUMS} was altered")
    present = files_of(folder) - {SUMS}
    if present != set(listed):
        raise Refused("files are missing or were added: {}".format(", ".join(sorted(present ^ set(listed)))))
    for name in sorted(listed):
        if sha256(read_file(os.path.join(folder, *name.split("/")))).hex() != listed[name]:
            raise Refused(f"{name} was altered")
    return sha256(text).hex()


def format_sums(digests: dict[str, str]) -> str:
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))


def compute_root(fields, proof, index, size):
    """Return the root computed from a leaf and its path (RFC 6962)."""
    if not 0 <= index < size:
        raise Refused("a leaf has no place in its seal")
    hashed, path = sha256(b"\x00" + canonical(fields).encode()), [bytes.fromhex(step) for step in proof]
    while size > 1:
        if index ^ 1 < size:
            if not path:
                raise Refused("a proof is too short")
            beside = path.pop(0)
            hashed = sha256(b"\x01" + (beside + hashed if index % 2 else hashed + beside))
        index, size = index // 2, (size + 1) // 2
    if path:
        raise Refused("a proof is too long")
    return hashed.hex()


def check_chains(chains):
    """Verify that each seal contains the one before it; return {number: (seal, digest)}."""
    seals = {}
    for chain in chains:
        before, number = bytes.fromhex(chain["before"]), chain["seals"][0][0]
        for seal in chain["seals"]:
            if seal[0] != number:
                raise Refused(f"seal {number} is missing")
            before = sha256(before + canonical(seal).encode())
            seals[number] = (seal, before.hex())
            number += 1
        if before.hex() != chain["head"]:
            raise Refused("the seals do not lead to the seal {}".format(chain["head"]))
    return seals


def check_leaf(seals, fields, proven, what):
    if proven["seal"] not in seals:
        raise Refused("{}: its seal {} is not here".format(what, proven["seal"]))
    _number, _at, size, root = seals[proven["seal"]][0]
    if compute_root(fields, proven["proof"], proven["leaf"], size) != root:
        raise Refused(f"{what} is not what was sealed")


def check_picture(folder, seals, picture):
    fields, what = picture["sealed"], "picture {}".format(picture["sealed"]["id"])
    if picture["file"]:
        if sha256(read_file(os.path.join(folder, *picture["file"].split("/")))).hex() != fields["sha256"]:
            raise Refused(f"{what}: its bytes are not those that were kept")
    elif not picture["tombstone"]:
        raise Refused(f"{what} has no file")
    if sha256(picture["reason"].encode()).hex() != fields["reason_sha256"]:
        raise Refused(f"{what}: its reason was altered")
    check_leaf(seals, fields, picture["proof"], what)
    if picture["frame"]:
        frame = {key: fields[key] for key in ("camera", "taken_at", "sha256")}
        check_leaf(seals, dict(frame, leaf="frame"), picture["frame"], "the frame of " + what)
    if picture["tombstone"]:
        tombstone = picture["tombstone"]["sealed"]
        if (tombstone["evidence"], tombstone["sha256"]) != (fields["id"], fields["sha256"]):
            raise Refused(f"{what} has the tombstone of another")
        check_leaf(seals, tombstone, picture["tombstone"]["proof"], "the tombstone of " + what)


def check_videos(folder, videos, pictures):
    """Return the names of the videos: each must name pictures that are here. Their content is not sealed."""
    names = sorted(video["file"] for video in videos)
    if {name for name in files_of(folder) if name.startswith("videos/")} != set(names):
        raise Refused("there are videos that the manifest does not know")
    for video in videos:
        if not set(video["of"]) <= pictures:
            raise Refused("{} is of pictures that are not here".format(video["file"]))
    return names


def verify(folder, heads=()):
    """Return the lines to print for a folder whose evidence is right. Raises Refused."""
    try:
        package = check_sums(folder)
        manifest = json.loads(read_file(os.path.join(folder, "manifest.json")).decode())
        if manifest["format"] != FORMAT:
            raise Refused(f"this program knows {FORMAT}, not {manifest['format']}")
        seals = check_chains(manifest["chains"])
        pictures = {picture["file"] for picture in manifest["pictures"] if picture["file"]}
        if {name for name in files_of(folder) if name.startswith("pictures/")} != pictures:
            raise Refused("there are pictures that the manifest does not know")
        for picture in manifest["pictures"]:
            check_picture(folder, seals, picture)
        videos = check_videos(folder, manifest.get("videos", []), pictures)
        for number, digest in heads:
            if number not in seals:
                raise Refused(f"seal {number} is not here to be compared")
            if not digest or not seals[number][1].startswith(digest):
                raise Refused(f"seal {number} is {seals[number][1]} here, not {digest}")
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as trouble:
        raise Refused(f"it cannot be read: {type(trouble).__name__}: {trouble}") from None
    exported = manifest["exported"]
    words = [
        f"OK: {len(pictures)} pictures of incident {manifest['incident']['reference']}",
        f"exported {exported['at']} by {exported['by']['name']}: {exported['purpose']}",
        f"this package (SHA-256 of {SUMS}): {package}",
    ]
    for name in videos:
        words.append(f"{name}: a view made of these pictures, to look at; the pictures are the evidence")
    for chain in manifest["chains"]:
        number, at = chain["seals"][-1][:2]
        compared = " (compared)" if number in dict(heads) else ""
        words.append(f"seal {number} of {at}: {chain['head']}{compared}")
    return "\n".join(words)


def main(arguments):
    folder, heads = os.path.dirname(os.path.abspath(__file__)), []
    while arguments:
        argument = arguments.pop(0)
        if argument == "--head" and arguments:
            number, _, digest = arguments.pop(0).partition("=")
            if not number.isdigit():
                print(__doc__)
                return 2
            heads.append((int(number), digest.lower()))
        elif argument.startswith("-"):
            print(__doc__)
            return 2
        else:
            folder = argument
    try:
        print(verify(folder, heads))
    except Refused as refusal:
        print(f"REFUSED: {refusal}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
