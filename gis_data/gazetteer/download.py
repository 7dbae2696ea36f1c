"""Download files over HTTP, with resume and digest check."""

import hashlib
import shutil
import string
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from geoapp import deadline, outbound

TIMEOUT = httpx.Timeout(20, connect=3)  # offline must be noticed at once
TRIES = 4
HOPS = 3  # so many redirects are followed, each as guarded as the first address
EVERY_S = 5.0  # seconds between two words of progress
HEAD_S = 60.0  # for a server to be found, and to begin
LONGEST_S = 4 * 3600  # of a changing file: what takes longer is given up, and resumed the next time
SLOWEST = 10_000  # bytes a second, of a file whose size is known
SUM_BYTES = 4096  # of a file that says a checksum


class NotFetched(Exception):
    """The file cannot be downloaded now."""


def http_client(private: bool = False) -> httpx.Client:
    reach = outbound.AllowedTargets(private)
    return outbound.http_client(reach, timeout=TIMEOUT, headers={"User-Agent": "geoapp load_city"})


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_address(url: str, reach: outbound.AllowedTargets = outbound.INTERNET) -> None:
    try:
        url = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise NotFetched(f"{url}: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise NotFetched(f"{url} is no web address.")
    try:
        outbound.resolve_allowed(url.host, reach)
    except (outbound.NotAllowed, outbound.NotFound) as error:
        raise NotFetched(str(error)) from error


def fetch_file(http: httpx.Client, url: str, path: Path, *, sha256: str, size: int) -> None:
    """Download a file of `size` bytes to `path`. A partial download stays in PATH.part and is resumed.

    Raises NotFetched after some tries, or at once where there is no connection.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    why = ""
    for _try in range(TRIES):
        try:
            with deadline.total_time(HEAD_S + size / SLOWEST):
                append_missing_bytes(http, url, part, size)
        except (outbound.NotAllowed, httpx.InvalidURL) as error:
            raise NotFetched(f"{url}: {error}") from error
        except httpx.ConnectError as error:
            raise NotFetched(f"{url}: no connection") from error
        except httpx.ConnectTimeout as error:
            raise NotFetched(f"{url}: no answer") from error
        except httpx.TransportError as error:
            why = f"cut off after {part.stat().st_size if part.exists() else 0} of {size} bytes ({error})"
            continue
        if part.stat().st_size == size and sha256_of(part) == sha256:
            part.replace(path)
            return
        why = "not the bytes that were expected"
        part.unlink()  # wrong from the start: resuming would not help
    raise NotFetched(f"{url}: {why}")


def append_missing_bytes(http, url, part, size):
    have = part.stat().st_size if part.exists() else 0
    if have >= size:
        return
    with http.stream("GET", url, headers={"Range": f"bytes={have}-", "Accept-Encoding": "identity"}) as answer:
        if answer.status_code not in (200, 206):
            raise NotFetched(f"{url}: status {answer.status_code}")
        resumed = answer.status_code == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if answer.status_code == 206 and not resumed:
            raise NotFetched(f"{url}: the server sent another part than was asked for")
        with part.open("ab" if resumed else "wb") as file:
            for chunk in answer.iter_raw():  # as they come: what is gathered first would be lost in a cut
                file.write(chunk)
                if file.tell() > size:
                    return


def fetch_changing_file(
    http: httpx.Client,
    url: str,
    path: Path,
    *,
    md5_url: str | None = None,
    most: int,
    say: Callable[[str], Any] = print,
    seconds: float = LONGEST_S,
) -> None:
    """Download a file that changes daily to `path`, which is replaced only by a whole one.

    What came before a cut stays in PATH.part, with the mark of its edition (ETag or date) in PATH.mark, and is resumed
    only if the site still has that edition. It is believed if it is as long as the site says and, with `md5_url`, if
    its MD5 is the one that the site tells. Raises NotFetched: after some tries, beyond `most` bytes or `seconds`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part, until, why = path.with_name(path.name + ".part"), time.monotonic() + seconds, ""
    for _try in range(TRIES):
        try:
            with deadline.total_time(HEAD_S + max(0.0, until - time.monotonic())):
                append_edition(http, url, part, most=most, say=say, until=until)
            if md5_url is None or md5_of(part) == parse_md5(http, md5_url):
                part.replace(path)
                mark_of(part).unlink(missing_ok=True)
                return
        except (outbound.NotAllowed, httpx.InvalidURL) as error:
            raise NotFetched(f"{url}: {error}") from error
        except httpx.ConnectError as error:
            raise NotFetched(f"{url}: no connection") from error
        except httpx.ConnectTimeout as error:
            raise NotFetched(f"{url}: no answer") from error
        except httpx.TransportError as error:
            why = f"cut off after {part.stat().st_size if part.exists() else 0} bytes ({error})"
            continue
        why = "its MD5 is not the one that the site tells"
        part.unlink()
    raise NotFetched(f"{url}: {why}")


def append_edition(http, url, part, *, most, say, until):
    """Resume `part` of the edition it was begun with; restart where the site has another."""
    mark = mark_of(part)
    have = part.stat().st_size if part.exists() and mark.exists() else 0
    request_headers = {"Accept-Encoding": "identity"}
    if have:
        edition, whole = mark.read_text().splitlines()
        if have == int(whole):
            return
        request_headers |= {"Range": f"bytes={have}-", "If-Range": edition}
    with open_redirected(http, url, request_headers) as answer:
        sent = answer.headers
        if answer.status_code == 416 or (
            answer.status_code == 206 and not sent.get("Content-Range", "").startswith(f"bytes {have}-")
        ):
            part.unlink()  # the edition that it was begun with is gone; the next try begins anew
            raise httpx.ReadError("the site has another edition by now")
        if answer.status_code not in (200, 206):
            raise NotFetched(f"{url}: status {answer.status_code}")
        start = have if answer.status_code == 206 else 0
        length = sent.get("Content-Length", "")
        if not length.isdecimal():
            raise NotFetched(f"{url}: the site does not say how large it is.")
        size = start + int(length)
        check_room(url, part, size=size, more=int(length), most=most)
        if start == 0:
            part.unlink(missing_ok=True)
            mark.unlink(missing_ok=True)
            edition = sent.get("ETag", "W/")
            edition = sent.get("Last-Modified") if edition.startswith("W/") else edition
            if edition:
                mark.write_text(f"{edition}\n{size}")
        reported_at = time.monotonic()
        with part.open("ab") as file:
            for chunk in answer.iter_raw():  # as they come: what is gathered first would be lost in a cut
                file.write(chunk)
                now = time.monotonic()
                if now > until:
                    raise NotFetched(f"{url}: not whole in the time that it may take; the next call goes on")
                if now - reported_at > EVERY_S:
                    reported_at = now
                    say(f"Downloading {part.stem}: {file.tell() / 1e6:,.1f} of {size / 1e6:,.1f} MB")
        say(f"Downloading {part.stem}: {size / 1e6:,.1f} of {size / 1e6:,.1f} MB")


def open_redirected(http, url, headers):
    for _hop in range(HOPS):
        answer = http.send(http.build_request("GET", url, headers=headers), stream=True)
        if not answer.has_redirect_location:
            return closing_answer(answer)
        answer.close()
        url = str(httpx.URL(url).join(answer.headers["Location"]))
    raise NotFetched(f"{url}: too many redirects")


@contextmanager
def closing_answer(answer):
    try:
        yield answer
    finally:
        answer.close()


def check_room(url, part, *, size, more, most):
    if size > most:
        raise NotFetched(f"{url}: {size / 1e6:,.0f} MB, where at most {most / 1e6:,.0f} are allowed (most_mb)")
    if more > shutil.disk_usage(part.parent).free:
        raise NotFetched(f"{url}: the disk has no room for {more / 1e6:,.0f} MB")


def mark_of(part):
    return part.with_suffix(".mark")


def md5_of(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def parse_md5(http, url):
    with deadline.total_time(HEAD_S), open_redirected(http, url, {}) as answer:
        text = b""
        for chunk in answer.iter_bytes():
            text += chunk
            if len(text) > SUM_BYTES:
                break
    words = text.decode("ascii", "replace").split()[:1]
    if answer.status_code != 200 or not words or len(words[0]) != 32 or set(words[0]) - set(string.hexdigits):
        raise NotFetched(f"{url}: there is no MD5")
    return words[0].lower()
