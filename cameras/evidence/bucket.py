"""Store evidence in an S3 bucket. Files that cannot be uploaded wait on this disk and are uploaded later.

Only this server calls the bucket: no address of it is given to a browser.
"""

import logging
import time
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import ContentFile
from storages.backends.s3 import S3Storage

from cameras.evidence.store import FOLDER, Folder, StoreAway
from geoapp import deadline, outbound

log = logging.getLogger("cameras.evidence")
WAITING = "evidence-waiting"  # below MEDIA_ROOT
TIMES_S = (3, 15)  # to connect, and to read
TOTAL_S = 60.0  # for all of an operation, the second try and the picture's bytes included
PAUSE_S = 15  # after a failure the bucket is not asked for so long: nobody waits for it picture by picture


class Bucket(S3Storage):
    """A bucket. `url`: its endpoint, the only host that is called.

    Raises StoreAway if the bucket does not answer, FileNotFoundError if it has no such file.
    """

    def __init__(self, *, url, bucket, prefix, region, key, secret):
        self.host, self.reach, self.paused_until = urlsplit(url).hostname, outbound.allowed_targets("evidence"), 0.0
        self.http = outbound.bucket_session(self.reach, timeout=TIMES_S)
        self.waiting = Folder(location=Path(settings.MEDIA_ROOT) / WAITING)
        super().__init__(
            access_key=key, secret_key=secret, bucket_name=bucket, endpoint_url=url, region_name=region,
            location=prefix, default_acl=None,
            client_config=Config(
                signature_version="s3v4", proxies={},
                retries={"mode": "standard", "total_max_attempts": 2},
                # The signature holds the SHA-256 of what is sent; sums that not every such store knows are left out.
                s3={"addressing_style": "path", "payload_signing_enabled": True},
                request_checksum_calculation="when_required", response_checksum_validation="when_required",
            ),
        )  # fmt: skip

    def _create_session(self):
        session = outbound.aws_session(self.access_key, self.secret_key)
        session.events.register("before-send.s3", self.judge)
        return session

    def judge(self, request: AWSPreparedRequest, **more: object) -> AWSResponse:
        """Check a response: no redirect to another host, and no address in the own network unless the settings allow
        it; the socket checks once more.
        """
        host = urlsplit(request.url).hostname
        if host != self.host:
            raise StoreAway(f"the bucket's server sends us to {host}")
        try:
            outbound.resolve_allowed(host, self.reach)
        except (outbound.NotAllowed, outbound.NotFound) as refusal:
            raise StoreAway(str(refusal)) from None
        return self.http.send(request)

    @contextmanager
    def client(self, name=""):
        if time.monotonic() < self.paused_until:
            raise StoreAway("the bucket did not answer a moment ago")
        try:
            with deadline.total_time(TOTAL_S):
                yield self.connection.meta.client
        except ClientError as trouble:
            status, code = trouble.response["ResponseMetadata"]["HTTPStatusCode"], trouble.response["Error"]["Code"]
            if status == 404 and code != "NoSuchBucket":
                raise FileNotFoundError(f"{name} is not in the bucket") from None
            if status == 412:
                raise FileExistsError(name) from None
            self.pause_after(trouble)
        except (BotoCoreError, StoreAway, TimeoutError) as trouble:
            self.pause_after(trouble)

    def pause_after(self, trouble):
        self.paused_until = time.monotonic() + PAUSE_S
        log.warning("The bucket with the evidence cannot be reached: %s", trouble)
        raise StoreAway(str(trouble)) from None

    def object_address(self, name):
        return {"Bucket": self.bucket_name, "Key": self._normalize_name(name)}

    # ---- the interface of a Django storage

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name  # a name says what is in the file: there is no other for it

    def _save(self, name, content):
        data = content.read()
        try:
            self.upload(name, data)
        except StoreAway:
            self.waiting._save(name, ContentFile(data))
        return name

    def upload(self, name: str, data: bytes) -> None:
        """Upload a file. Raises FileExistsError instead of overwriting one."""
        with self.client(name) as client:
            client.put_object(Body=data, IfNoneMatch="*", **self.object_address(name))

    def _open(self, name, mode="rb"):
        try:
            with self.client(name) as client:
                return ContentFile(client.get_object(**self.object_address(name))["Body"].read(), name)
        except (StoreAway, FileNotFoundError):
            if self.waiting.exists(name):
                return self.waiting.open(name)
            raise

    def exists(self, name: str) -> bool:
        if self.waiting.exists(name):
            return True
        try:
            with self.client(name) as client:
                client.head_object(**self.object_address(name))
        except FileNotFoundError:
            return False
        return True

    def delete(self, name: str) -> None:
        self.waiting.delete(name)
        with self.client(name) as client:
            client.delete_object(**self.object_address(name))

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with self.client(name):
            return super().listdir(name)

    def get_modified_time(self, name: str) -> datetime:
        with self.client(name):
            return super().get_modified_time(name)

    def url(self, name, *args, **more):
        raise ValueError("A kept picture has no address but that of the view that asks who looks.")

    # ---- files that wait for upload

    def upload_waiting(self) -> int:
        """Upload the files that wait on this disk. Returns how many. Raises StoreAway."""
        return sum(self.upload_one(name) for name in list(list_waiting(self.waiting)))

    def upload_one(self, name):
        with self.waiting.open(name) as file:
            data = file.read()
        if sha256(data).hexdigest() != PurePosixPath(name).stem:
            return False  # the nightly check tells of it; nothing wrong gets into the bucket
        try:
            self.upload(name, data)
        except FileExistsError:
            if self.read_object(name) != data:
                self.overwrite(name, data)
        self.waiting.delete(name)
        return True

    def read_object(self, name):
        with self.client(name) as client:
            return client.get_object(**self.object_address(name))["Body"].read()

    def overwrite(self, name, data):
        with self.client(name) as client:
            client.put_object(Body=data, **self.object_address(name))


def list_waiting(folder):
    root = Path(folder.location)
    for path in sorted((root / FOLDER).glob("*/*")):
        if not path.name.startswith("."):
            yield path.relative_to(root).as_posix()
