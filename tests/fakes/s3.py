"""Run a bucket over HTTP (moto) that can be stopped and restarted."""

import threading

import boto3
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

BUCKET, PREFIX = "evidence-of-the-city", "shift-a"
KEYS = {"aws_access_key_id": "operator", "aws_secret_access_key": "for-tests-only"}


class Quiet(WSGIRequestHandler):
    def log(self, *_):
        pass


class S3:
    """Fake bucket. Its contents survive `go()` and `come()`. `asked`: method and path of requests."""

    def __init__(self):
        self.port, self.asked = 0, []
        self.answers = DomainDispatcherApplication(create_backend_app)

    def __enter__(self):
        self.come()
        self.client = boto3.client("s3", endpoint_url=self.url, region_name="us-east-1", **KEYS)
        self.client.create_bucket(Bucket=BUCKET)
        return self

    def __exit__(self, *_):
        for name in self.names():
            self.client.delete_object(Bucket=BUCKET, Key=name)
        self.client.delete_bucket(Bucket=BUCKET)
        self.client.close()
        self.go()

    def __call__(self, environ, start_response):
        self.asked.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        return self.answers(environ, start_response)

    def come(self):
        self.server = make_server("127.0.0.1", self.port, self, threaded=True, request_handler=Quiet)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def go(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def storage(self):
        """Return its entry of STORAGES."""
        return {
            "BACKEND": "cameras.evidence.bucket.Bucket",
            "OPTIONS": {
                "url": self.url,
                "bucket": BUCKET,
                "prefix": PREFIX,
                "region": "us-east-1",
                "key": KEYS["aws_access_key_id"],
                "secret": KEYS["aws_secret_access_key"],
            },
        }

    def names(self):
        entries = self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return sorted(entry["Key"] for entry in entries)

    def read(self, name):
        return self.client.get_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}")["Body"].read()

    def write(self, name, data):
        self.client.put_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}", Body=data)
