"""Fake OpenID provider: discovery, keys, code flow with PKCE, rotating refresh tokens, userinfo, logout.

It refuses what the standard says it refuses: a code used twice, another redirect, a wrong verifier, a wrong secret.
"""

import base64
import hashlib
import json
import secrets
import time
from functools import cache
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.fakes.served import Served

CLIENT, SECRET, BACK = "gateway", "a secret : of the client", "http://testserver/sign-in/city/back/"


def new_key():
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "alg": "RS256", "use": "sig"})


usual_key = cache(new_key)  # making one takes longer than most tests


class Provider(Served):
    """Fake provider. `people`: claims by name; deleting a name disables it. `down`: answer 503. `amr`: methods."""

    def __init__(self):
        self.people = {"lan": {"sub": "s-lan", "preferred_username": "lan", "groups": []}}
        self.codes, self.tokens, self.access, self.asked = {}, {}, {}, []
        self.amr, self.down, self.refreshing, self.auth_time = ["pwd"], False, True, None
        self.methods = ["client_secret_basic"]
        self.key = usual_key()
        self.listen()

    def renew_key(self):
        self.key = new_key()

    # ---- what a browser does there ----

    def agree(self, address, name="lan"):
        """Sign a person in at the provider; returns the redirect address."""
        query = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
        self.asked.append(query)
        assert (query["response_type"], query["client_id"], query["redirect_uri"]) == ("code", CLIENT, BACK)
        code = secrets.token_urlsafe(8)
        self.codes[code] = query | {"name": name}
        return f"{BACK}?{urlencode({'code': code, 'state': query['state']})}"

    # ---- tokens ----

    def sign(self, claims, key=None, **header):
        key = key or self.key
        return jwt.encode({"alg": "RS256", "kid": key.kid} | header, claims, key, algorithms=["RS256"])

    def claims(self, name, **more):
        now = int(time.time())
        standing = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "sid": f"sid-{name}"}
        claims = {"amr": self.amr, "auth_time": now if self.auth_time is None else self.auth_time}
        return standing | claims | self.people[name] | more

    def grant(self, name, **more):
        refresh, access = secrets.token_urlsafe(8), secrets.token_urlsafe(8)
        self.tokens[refresh], self.access[access] = name, name
        body = {"access_token": access, "token_type": "Bearer", "expires_in": 300}
        body |= {"refresh_token": refresh} if self.refreshing else {}
        return 200, body | {"id_token": self.sign(self.claims(name, **more))}

    def token(self, form, authorization):
        credentials = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '%20').replace(':', '%3A')}".encode()).decode()
        in_form = form.get("client_id") == CLIENT and form.get("client_secret") == SECRET
        if authorization != f"Basic {credentials}" and not ("client_secret_post" in self.methods and in_form):
            return 401, {"error": "invalid_client"}
        if form["grant_type"] == "authorization_code":
            request = self.codes.pop(form["code"], None)
            verifier = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
            if not request or verifier.decode() != request["code_challenge"] or form["redirect_uri"] != BACK:
                return 400, {"error": "invalid_grant"}
            return self.grant(request["name"], nonce=request["nonce"])
        name = self.tokens.pop(form["refresh_token"], None)
        return self.grant(name) if name in self.people else (400, {"error": "invalid_grant"})

    def userinfo(self, authorization):
        name = self.access.get(authorization.removeprefix("Bearer "))
        return (200, self.people[name]) if name in self.people else (401, {"error": "invalid_token"})

    def notice(self, name="lan", **more):
        """Return a logout token."""
        now = int(time.time())
        events = {"http://schemas.openid.net/event/backchannel-logout": {}}
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": "1", "events": events}
        claims |= {"sub": self.people[name]["sub"], "sid": f"sid-{name}"}
        return self.sign({key: value for key, value in (claims | more).items() if value is not None}, typ="logout+jwt")

    def handler(provider):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                pages = {
                    "/.well-known/openid-configuration": lambda: (200, {
                        "issuer": provider.url,
                        "authorization_endpoint": f"{provider.url}/auth",
                        "token_endpoint": f"{provider.url}/token",
                        "userinfo_endpoint": f"{provider.url}/userinfo",
                        "jwks_uri": f"{provider.url}/keys",
                        "token_endpoint_auth_methods_supported": provider.methods,
                    }),
                    "/keys": lambda: (200, {"keys": [provider.key.as_dict(private=False)]}),
                    "/userinfo": lambda: provider.userinfo(self.headers.get("Authorization", "")),
                }  # fmt: skip
                self.answer(*pages[self.path]())

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {key: values[0] for key, values in parse_qs(body).items()}
                self.answer(*provider.token(form, self.headers.get("Authorization", "")))

            def answer(self, status, content):
                body = json.dumps(content).encode()
                self.send_response(503 if provider.down else status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler
