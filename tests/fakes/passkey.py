"""Fake WebAuthn authenticator: it creates a key for a site and signs challenges.

`tests/browser/test_sign_in.py` holds that Chromium's own does the same here.
"""

import hashlib
import json
import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cbor import encode
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """Fake authenticator. `origin`: the page's origin; `flags`: user presence and verification."""

    def __init__(self, origin="http://testserver", flags=PRESENT | VERIFIED):
        self.origin, self.flags, self.count = origin, flags, 0
        self.key, self.number = ec.generate_private_key(ec.SECP256R1()), os.urandom(32)

    def create(self, options):
        """Return the result of navigator.credentials.create() as JSON."""
        self.count += 1
        public = encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        authenticator_data = bytes(16) + struct.pack(">H", len(self.number)) + self.number + public
        data = self.data(options["rp"]["id"], ATTESTED) + authenticator_data
        attestation = encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self.answer({
            "clientDataJSON": websafe_encode(self.client_data("webauthn.create", options)),
            "attestationObject": websafe_encode(attestation),
        })  # fmt: skip

    def get(self, options):
        """Return the result of navigator.credentials.get() as JSON."""
        self.count += 1
        data, client = self.data(options["rpId"]), self.client_data("webauthn.get", options)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self.answer({
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
        })  # fmt: skip

    def data(self, site, more=0):
        return hashlib.sha256(site.encode()).digest() + bytes([self.flags | more]) + struct.pack(">I", self.count)

    def client_data(self, kind, options):
        client_data = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        assert websafe_decode(options["challenge"])
        return json.dumps(client_data).encode()

    def answer(self, response):
        number = websafe_encode(self.number)
        return json.dumps({
            "id": number, "rawId": number, "type": "public-key", "response": response, "clientExtensionResults": {},
        })  # fmt: skip
