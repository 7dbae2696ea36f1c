"""Fake SMS provider with phones, as eSMS over HTTP, with configurable failures. /sms/send follows SpeedSMS.

It is a server of its own in threads. What phones got is in `inbox`. Its receipts are GET requests to the address that
came with each message: `receipts()` gives those addresses, in any order, some of them twice.
"""

import base64
import json
import random
import threading
import uuid
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.fakes.served import Served


class SmsOverHttp(Served):
    """Fake provider. `whims`: share of requests to lose_request, lose_answer, hang, error, error_after, throttle,
    undeliverable, double_receipt. `down`: answer 500 to everything.
    """

    def __init__(self, *, key="key", secret="secret", brand="CITY", whims=None, seed=1, hang_s=0.8):
        self.key, self.secret, self.brand = key, secret, brand
        self.whims, self.random, self.hang_s = whims or {}, random.Random(seed), hang_s
        self.inbox, self.messages, self.requests, self.asked, self.told = [], {}, {}, [], set()
        self.down = False
        self.lock, self.let_go = threading.Lock(), threading.Event()
        self.listen()

    def __exit__(self, *how):
        self.let_go.set()
        super().__exit__(*how)

    def fate(self):
        """Return the whim for a request, or "" for none."""
        drawn = self.random.random()
        for whim in ("lose_request", "lose_answer", "hang", "error", "error_after", "throttle"):
            drawn -= self.whims.get(whim, 0)
            if drawn < 0:
                return whim
        return ""

    # ---- what it does with a message ----

    def take(self, request):
        """Return the documented answer to a message."""
        if not all(isinstance(value, str) for value in request.values()):
            return {"error": "Invalid request"}
        if (request.get("ApiKey"), request.get("SecretKey")) != (self.key, self.secret):
            return self.refuse("101", "Authorize Failed")
        if request.get("Brandname") != self.brand:
            return self.refuse("104", "Brand name code is not exist")
        if not (request.get("Phone", "").isdigit() and 9 <= len(request["Phone"]) <= 12):
            return self.refuse("108", "Phone number is not valid")
        if "blocked" in request["Content"]:
            return self.refuse("99", "Phone is blocked")
        if request.get("RequestId") and request["RequestId"] in self.requests:
            return self.refuse("124", "Request exist 1") | {"SendStatus": "5"}
        name = uuid.UUID(int=self.random.getrandbits(128)).hex + "100"
        arrives = self.random.random() >= self.whims.get("undeliverable", 0)
        self.messages[name] = request | {"arrives": arrives}
        self.requests[request.get("RequestId")] = name
        if arrives:
            self.inbox.append((request["Phone"], request["Content"]))
        return {"CodeResult": "100", "CountRegenerate": 0, "SMSID": name}

    def refuse(self, code, why):
        return {"CodeResult": code, "CountRegenerate": 0, "ErrorMessage": why}

    def status(self, request):
        if (request.get("ApiKey"), request.get("SecretKey")) != (self.key, self.secret):
            return {"CodeResponse": "101", "SMSID": request.get("RefId", "")}
        message = self.messages.get(request.get("RefId"))
        if message is None:
            return {"CodeResponse": "105", "SMSID": request.get("RefId", "")}
        return {"CodeResponse": "100", "SMSID": request["RefId"], "TotalPrice": 850.0, **self.counts(message)}

    def counts(self, message):
        arrives = int(message["arrives"])
        return {"SendFailed": 1 - arrives, "SendStatus": 5, "SendSuccess": arrives, "TotalReceiver": 1, "TotalSent": 1}

    def midnight(self):
        """Forget the ids of requests: the provider keeps them for a day only."""
        self.requests.clear()

    def receipts(self):
        """Return the callback URLs due: of messages delivered or failed since the last call."""
        calls, statuses = [], self.told
        self.told = set(self.messages)
        for name, message in self.messages.items():
            if name in statuses:
                continue
            receipt = {"SMSID": name, **self.counts(message), "TotalPrice": "850.0000", "TypeId": 2, "telcoid": 1}
            receipt |= {"RequestId": message.get("RequestId", ""), "phonenumber": message["Phone"]}
            again = self.random.random() < self.whims.get("double_receipt", 0)
            if message.get("CallbackUrl"):
                calls += [f"{message['CallbackUrl']}?{urlencode(receipt)}"] * (1 + again)
        self.random.shuffle(calls)
        return calls

    # ---- over HTTP ----

    def handler(provider):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                provider.asked.append(request)
                if self.path == "/sms/send":
                    return self.answer_otherwise(request)
                if not urlsplit(self.path).path.endswith("/SendMultipleMessage_V4_post_json/"):
                    return self.answer({}, 404)
                with provider.lock:
                    fate = "error" if provider.down else provider.fate()
                    if fate == "throttle":
                        return self.answer(provider.refuse("160", "TPS"))
                    body = provider.take(request) if fate not in ("lose_request", "error") else None
                if fate in ("error", "error_after"):
                    return self.answer({"Message": "Internal error"}, 500)
                if fate == "hang":
                    provider.let_go.wait(provider.hang_s)
                if fate in ("lose_request", "lose_answer"):
                    self.close_connection = True
                    return None
                return self.answer(body)

            def answer_otherwise(self, request):
                """Answer as SpeedSMS: 404 for a wrong key; it has no request ids."""
                key = base64.b64encode(f"{provider.key}:x".encode()).decode()
                if self.headers["Authorization"] != f"Basic {key}":
                    return self.answer({}, 404)
                if request["sender"] != provider.brand:
                    return self.answer({"status": "error", "code": "105", "message": "sender not found"})
                with provider.lock:
                    fate = provider.fate()
                    if fate != "lose_request":
                        provider.inbox += [(phone, request["content"]) for phone in request["to"]]
                if fate in ("lose_request", "lose_answer"):
                    self.close_connection = True
                    return None
                return self.answer({"status": "success", "code": "00", "data": {"tranId": 4000 + len(provider.inbox)}})

            def do_GET(self):
                query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
                if provider.down:
                    return self.answer({}, 500)
                with provider.lock:
                    return self.answer(provider.status(query))

            def answer(self, content, status=200):
                body = json.dumps(content).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json; charset=utf-8")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:  # nobody waits for it any more
                    self.close_connection = True

            def log_message(self, *_):
                pass

        return Handler
