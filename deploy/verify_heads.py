#!/usr/bin/env python3
"""Check published heads, and an export of the chain that they seal. Needs Python 3.8, openssl, and nothing else.

    python3 -I verify_heads.py heads.json --key HEX [--key HEX …]
        each head must be signed with one of these public keys (Ed25519), as the city has made them known
    … --roots authority.pem
        each time stamp (RFC 3161) must lead to one of these certificates; without a stamp a head is refused
    … --stamped-since 2027-01-01
        heads of earlier days need no time stamp
    … --kept 2026-11-23=5f0c…
        this head, which somebody kept on paper or in an archive, must be among them; may be given more than once
    … --lines history.jsonl
        the chain itself, as export_ledger writes it: every entry must lead to the next, and to the heads on it; a
        note must be what was sealed, and of one that is gone a later entry must say that it was erased

Prints OK and what was found, or REFUSED and why, with exit code 1.
"""

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ED25519 = bytes.fromhex("302a300506032b6570032100")  # what stands before a raw public key in DER (RFC 8410)
KIND, RECEIPT, NOTE = 2, 9, 10  # of an entry of the history: its kind, its receipt, the digest of its note


class Refused(Exception):
    pass


def canonical_json(value):
    """Return JSON in canonical form: keys sorted, no blanks, letters unescaped, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode == 0


class Checker:
    """Checks heads with files in a folder of its own, as openssl takes them."""

    def __init__(self, chain, keys, roots, stamped_since):
        self.chain, self.keys, self.roots, self.stamped_since = chain, keys, roots, stamped_since
        self.stamped = 0

    def check(self, head, folder):
        head_file = folder / "said"
        head_file.write_bytes(canonical_json([self.chain, head["day"], head["line"], head["digest"]]))
        if self.keys:
            self.check_signature(head, head_file, folder)
        if self.roots and head["day"] >= self.stamped_since:
            self.check_stamp(head, head_file, folder)

    def check_signature(self, head, head_file, folder):
        if "signature" not in head:
            raise Refused(f"the head of {head['day']} is not signed")
        if head.get("key") not in self.keys:
            raise Refused(f"the head of {head['day']} is signed with another key")
        key, signature = folder / "key", folder / "signature"
        key.write_bytes(ED25519 + bytes.fromhex(head["key"]))
        signature.write_bytes(bytes.fromhex(head["signature"]))
        key_options = ("-pubin", "-keyform", "DER", "-inkey", key, "-rawin", "-in", head_file, "-sigfile", signature)
        if not openssl("pkeyutl", "-verify", *key_options):
            raise Refused(f"the signature on the head of {head['day']} is wrong")

    def check_stamp(self, head, head_file, folder):
        if "timestamp" not in head:
            raise Refused(f"the head of {head['day']} has no time stamp")
        stamp = folder / "stamp"
        stamp.write_bytes(base64.b64decode(head["timestamp"]))
        if not openssl("ts", "-verify", "-data", head_file, "-in", stamp, "-CAfile", self.roots):
            raise Refused(f"the time stamp on the head of {head['day']} is wrong")
        self.stamped += 1


def check_heads(published, checker, outside_heads):
    """Return the heads by line number, the oldest first. Raises Refused."""
    heads = sorted(published["heads"], key=lambda head: head["day"])
    with tempfile.TemporaryDirectory() as folder:
        for head in heads:
            checker.check(head, Path(folder))
    published_heads = {(head["day"], head["digest"]) for head in heads}
    for day, digest in outside_heads:
        if (day, digest) not in published_heads:
            raise Refused(f"the head {digest[:12]}… that was kept of {day} is not among those published")
    for before, after in zip(heads, heads[1:]):  # noqa: B905, RUF007  for Python 3.8
        if before["line"] > after["line"] or (before["line"] == after["line"]) != (before["digest"] == after["digest"]):
            raise Refused(f"the head of {after['day']} does not follow on that of {before['day']}")
    return heads


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def check_lines(path, chain, heads):
    """Return the number of entries and of erased notes. `heads` are those of `chain`. Raises Refused."""
    lines = read_lines(path)
    first = next(lines)
    if first["chain"] != chain:
        raise Refused(f"{path} is of another chain: {first['chain']}")
    number, digest = first["before"]["line"], bytes.fromhex(first["before"]["digest"])
    by_line = {}
    for head in heads:
        if head["line"] > number or (head["line"], head["digest"]) == (number, digest.hex()):
            by_line.setdefault(head["line"], head)
    if number and number not in by_line:
        raise Refused(f"it begins behind line {number}, of which no head was published")
    by_line.pop(number, None)
    count, erasure_named = 0, {}
    for line in lines:
        entry = line["entry"]
        if entry[0] <= number:
            raise Refused(f"line {entry[0]} stands behind line {number}")
        number, count = entry[0], count + 1
        digest = hashlib.sha256(digest + canonical_json(entry)).digest()
        if chain == "history":
            check_note(line, erasure_named)
        head = by_line.pop(number, None)
        if head and head["digest"] != digest.hex():
            raise Refused(
                f"up to line {number} something is not what it was when the head of {head['day']} was published"
            )
    if by_line:
        raise Refused(f"line {min(by_line)}, of which a head was published, is not there")
    unnamed = [number for number, named in erasure_named.items() if not named]
    if unnamed:
        raise Refused(f"the note of line {min(unnamed)} is gone, and no line says that it was erased")
    return count, len(erasure_named)


def check_note(line, erasure_named):
    entry = line["entry"]
    if line.get("erased_at"):
        erasure_named[entry[0]] = False
    elif "note" in line:
        salt = bytes.fromhex(line["salt"]) if line.get("salt") else b""
        if hashlib.sha256(salt + line["note"].encode()).hexdigest() != entry[NOTE]:
            raise Refused(f"the note of line {entry[0]} is not the one that was sealed")
    if entry[KIND] == "erased":
        for number in (entry[RECEIPT] or {}).get("lines", []):
            if number in erasure_named:
                erasure_named[number] = True


def parse_outside_head(text):
    day, _equals, digest = text.lower().partition("=")
    if len(day) != 10 or len(digest) != 64:
        raise ValueError(text)
    return day, digest


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("heads", help="the published file of heads")
    parser.add_argument("--key", action="append", default=[], type=str.lower)
    parser.add_argument("--roots")
    parser.add_argument("--stamped-since", default="")
    parser.add_argument("--kept", action="append", default=[], type=parse_outside_head)
    parser.add_argument("--lines")
    wanted = parser.parse_args(arguments)
    try:
        published = json.loads(Path(wanted.heads).read_text(encoding="utf-8"))
        checker = Checker(published["chain"], wanted.key, wanted.roots, wanted.stamped_since)
        heads = check_heads(published, checker, wanted.kept)
        signed = len(heads) if wanted.key else 0
        summary = f"{len(heads)} heads of “{published['chain']}”, {signed} signed, {checker.stamped} stamped"
        if wanted.lines:
            count, erased_notes = check_lines(wanted.lines, published["chain"], heads)
            summary += f", {count} entries, {erased_notes} notes erased"
    except (Refused, OSError, KeyError, ValueError, TypeError, StopIteration) as error:
        print(f"REFUSED: {error if isinstance(error, Refused) else repr(error)}")
        return 1
    print(f"OK: {summary}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
