"""Run a PostgreSQL server that accepts TLS only, with a self-signed certificate."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import psycopg
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils.timezone import now

RULES = "local all all trust\nhostssl all all 127.0.0.1/32 trust\n"  # whoever comes without TLS is sent away


def certificate(folder, name):
    """Write a certificate of localhost and its key as NAME.crt and NAME.key."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    builder = (
        x509.CertificateBuilder(called, called, key.public_key(), x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / f"{name}.crt").write_bytes(builder.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(secret)
    return folder / f"{name}.crt"


@contextmanager
def serving():
    """Yield the server: `port`, `user`, its certificate file `trusted`, and another one `other`."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[-2]))
    with tempfile.TemporaryDirectory() as name, socket.socket() as probe:
        folder = Path(name)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        trusted, other = certificate(folder, "own"), certificate(folder, "other")
        (folder / "own.key").chmod(0o600)
        as_owner = []
        if os.getuid() == 0:  # the server refuses to run as root
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, "postgres", "postgres")
            as_owner = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        folder.chmod(0o755)
        data = folder / "data"
        initdb = [programs / "initdb", "--pgdata", data, "--username", "geoapp", "--auth", "trust", "--no-sync"]
        subprocess.run([*as_owner, *initdb], check=True, capture_output=True)
        (data / "pg_hba.conf").write_text(RULES)
        options = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off",
            "ssl": "on", "ssl_cert_file": trusted, "ssl_key_file": folder / "own.key", "log_min_messages": "fatal",
        }  # fmt: skip
        probe.close()
        command = [programs / "postgres", "-D", data, *(f"--{name}={value}" for name, value in options.items())]
        with subprocess.Popen([*as_owner, *command], stderr=subprocess.DEVNULL) as server:
            try:
                wait_for(port, trusted)
                yield SimpleNamespace(port=port, user="geoapp", trusted=trusted, other=other)
            finally:
                server.send_signal(2)
                server.wait()


def wait_for(port, trusted):
    for tries_left in reversed(range(200)):
        try:
            psycopg.connect(
                host="localhost", port=port, user="geoapp", dbname="postgres", sslmode="verify-full",
                sslrootcert=str(trusted),
            ).close()  # fmt: skip
            return
        except psycopg.OperationalError:
            if not tries_left:
                raise
            time.sleep(0.05)
