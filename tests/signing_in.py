"""Sign in the tests' people by writing their session directly.

Django's own `force_login` takes a dozen statements, more than most pages, and most tests begin with it.
"""

from importlib import import_module
from types import SimpleNamespace

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client
from django.utils.crypto import get_random_string

force_login = Client.force_login


def open_session(client, user, backend=None):
    """Sign in a person without session at this client; last_login is not updated.

    Who has a session goes Django's way, which ends or keeps it.
    """
    if settings.SESSION_COOKIE_NAME in client.cookies:
        force_login(client, user, backend)
        return
    user.backend = backend or client._get_backend()
    session = import_module(settings.SESSION_ENGINE).SessionStore(get_random_string(32))
    session._session_cache = {
        SESSION_KEY: user._meta.pk.value_to_string(user),
        BACKEND_SESSION_KEY: user.backend,
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    session.create_model_instance(session._session_cache).save(force_insert=True)
    client._set_login_cookies(SimpleNamespace(session=session))
