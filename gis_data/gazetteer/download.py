"""Fetch a file over HTTP: resumed where it was cut, believed only if its SHA-256 is right."""

import hashlib
from pathlib import Path

import httpx

from geoapp import outbound

TIMEOUT = httpx.Timeout(20, connect=3)  # offline must be noticed at once
TRIES = 4


class NotFetched(Exception):
    """The file cannot be had from there, now."""


def http_client(private: bool = False) -> httpx.Client:
    return outbound.http_client(private=private, timeout=TIMEOUT, headers={"User-Agent": "geoapp load_city"})


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_address(url: str, private: bool = False) -> None:
    """Refuse what is no http(s) address of a host out in the internet (a mirror inside is allowed by `private`)."""
    try:
        url = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise NotFetched(f"{url}: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise NotFetched(f"{url} is no web address.")
    try:
        outbound.resolve_allowed(url.host, outbound.AllowedTargets(private))
    except (outbound.NotAllowed, outbound.NotFound) as error:
        raise NotFetched(str(error)) from error


def fetch_file(http: httpx.Client, url: str, path: Path, *, sha256: str, size: int) -> None:
    """Bring the file of `size` bytes to `path`. What came before a cut stays in PATH.part and is not fetched again.

    Raises NotFetched after some tries, or at once where there is no connection.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    why = ""
    for _try in range(TRIES):
        try:
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
    """Append to `part` what is missing of the file; never more than one byte too many."""
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
