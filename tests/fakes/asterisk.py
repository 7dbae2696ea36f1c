"""Fake Asterisk REST interface with a scripted caller, and fake speech services.

`script`: what the caller does each time something is listened for: ("says", words, how sure), ("presses", keys),
("is silent",), ("hangs up",). A key may also be pressed while something is spoken: ("interrupts", key).
"""

import asyncio
import base64
import json
from urllib.parse import parse_qs, unquote, urlsplit

from aiohttp import WSMsgType, web

KEY = "callbot:ari secret"
CHANNEL = "1700000000.42"


class Asterisk:
    """Fake Asterisk. `said`: spoken prompts; `asked`: (method, path) of requests; `went_to`: extension dialled."""

    def __init__(self, script):
        self.script, self.said, self.asked, self.went_to = list(script), [], [], ""
        self.sounds, self.recording, self.playback, self.over = {}, "", "", asyncio.Event()
        self.socket = None

    async def __aenter__(self):
        app = web.Application(middlewares=[self.check])
        app.add_routes(
            [
                web.get("/ari/events", self.events),
                web.post("/ari/channels/{id}/answer", self.done),
                web.post("/ari/channels/{id}/play", self.play),
                web.post("/ari/channels/{id}/record", self.record),
                web.post("/ari/channels/{id}/continue", self.go_on),
                web.delete("/ari/channels/{id}", self.hang_up),
                web.delete("/ari/playbacks/{id}", self.done),
                web.delete("/ari/recordings/live/{name}", self.done),
                web.get("/ari/recordings/stored/{name}/file", self.file),
                web.post("/hear", self.hear),
            ]
        )
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        await self.runner.cleanup()

    @web.middleware
    async def check(self, request, handler):
        """Refuse requests without key, or for channels that ended."""
        self.asked.append((request.method, request.path.removeprefix("/ari")))
        if request.path.startswith("/ari"):
            shown = request.headers.get("Authorization", "")
            if shown != f"Basic {base64.b64encode(KEY.encode()).decode()}":
                return web.json_response({"message": "Authentication required"}, status=401)
            if "/channels/" in request.path and self.over.is_set():
                return web.json_response({"message": "Channel not found"}, status=404)
        return await handler(request)

    # ---- events ----

    async def events(self, request):
        assert dict(request.query) == {"app": "incidents", "subscribeAll": "false"}
        self.socket = web.WebSocketResponse()
        await self.socket.prepare(request)
        await self.tell("StasisStart", channel=self.channel(), args=[])
        async for message in self.socket:
            assert message.type != WSMsgType.ERROR
        return self.socket

    def channel(self):
        return {"id": CHANNEL, "name": "PJSIP/x-1", "state": "Up", "caller": {"name": "", "number": "+84901234567"},
                "dialplan": {"context": "default", "exten": "1022", "priority": 2}}  # fmt: skip

    async def tell(self, kind, **more):
        await self.socket.send_str(json.dumps({"type": kind, "application": "incidents", "asterisk_id": "x", **more}))

    async def press(self, keys):
        for key in keys:
            await self.tell("ChannelDtmfReceived", digit=key, duration_ms=120, channel=self.channel())

    async def leave(self):
        if not self.over.is_set():
            self.over.set()
            await self.tell("ChannelHangupRequest", cause=16, channel=self.channel())
            await self.tell("StasisEnd", channel=self.channel())

    # ---- what is asked ----

    async def done(self, _request):
        return web.Response(status=204)

    async def play(self, request):
        spoken = []
        for media in request.query["media"].split(","):
            assert media.startswith("sound:http"), media
            spoken.append(unquote(parse_qs(urlsplit(media.removeprefix("sound:")).query)["text"][0]))
        self.said.append(" ".join(spoken))
        playback = {"id": request.query["playbackId"], "target_uri": f"channel:{CHANNEL}", "state": "done"}
        if self.script and self.script[0][0] == "interrupts":
            await self.press(self.script.pop(0)[1])
        else:
            await self.tell("PlaybackFinished", playback=playback)
        return web.json_response(playback, status=201)

    async def record(self, request):
        name = request.query["name"]
        assert request.query["format"] == "wav"
        act, *more = self.script.pop(0) if self.script else ("hangs up",)
        live = {"name": name, "format": "wav", "state": "recording", "target_uri": f"channel:{CHANNEL}"}
        await self.tell("RecordingStarted", recording=live)
        if act == "presses":
            await self.press(more[0])
        elif act == "hangs up":
            await self.leave()
        else:
            talked = 3 if act == "says" else 0
            self.sounds[name] = more if act == "says" else None
            ended = live | {"state": "done", "duration": talked + 4, "silence_duration": 4, "talking_duration": talked}
            await self.tell("RecordingFinished", recording=ended)
        return web.json_response(live, status=201)

    async def go_on(self, request):
        self.went_to = request.query["extension"]
        await self.tell("StasisEnd", channel=self.channel())
        return web.Response(status=204)

    async def hang_up(self, _request):
        await self.leave()
        return web.Response(status=204)

    async def file(self, request):
        name = request.match_info["name"]
        return web.Response(body=b"RIFF" + json.dumps(self.sounds[name]).encode(), content_type="audio/wav")

    async def hear(self, request):
        """Transcribe speech: our own sounds become their words."""
        assert request.headers["Content-Type"] == "audio/wav"
        words, sure = json.loads((await request.read())[4:])
        return web.json_response({"text": words, "confidence": sure})
