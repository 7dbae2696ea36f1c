"""Fixtures: the city's Zalo account and a writer."""

import pytest

from incidents.channels import chat
from incidents.notify import zalo as transport
from tests.fakes.zalo import Zalo
from tests.incidents.channels.chats import USER, work


@pytest.fixture
def account(town, settings, policies):
    """The city's account with valid tokens and one follower."""
    settings.ZALO_APP_ID, settings.ZALO_APP_SECRET, settings.ZALO_OA_SECRET = "app", "app secret", "oa secret"
    settings.OUTBOUND_ALLOWED = {"gateways": ["private"]}
    policies.quiet_hours = ""
    town.city.emergency = [{"number": "113", "what": "Công an", "what_en": "Police"}]
    town.city.save()
    with Zalo() as zalo:
        settings.ZALO_URL = settings.ZALO_OAUTH_URL = zalo.url
        transport.store_tokens({"access_token": "access-0", "refresh_token": "refresh-0", "expires_in": 90_000})
        yield zalo


@pytest.fixture
def says(account):
    """Send a message; returns the texts of the answers."""

    def says(text=None, *, user=USER, name="user_send_text", **message):
        chat.store_event("zalo", account.event(user, name, **({"text": text} if text else {}), **message))
        return work(account, user)

    return says
