"""Enquiries stand on no map, in no tile, list, feed, file or count that others than their sender and the desks read."""

from django.core.cache import cache
from django.test import Client

from incidents.enquiries.receiving import IncomingEnquiry, receive_enquiry
from tests.every_address import every_address, people_of, values_of

SECRET, PHONE, MAIL = "xin hỏi việc riêng Zyxwvut", "+84987650321", "zyxwvut@example.org"
OWN = ("/q/", "/admin/", "/hooks/")  # the private link; what takes no reads


def test_no_public_address_tells_of_an_enquiry(town, settings):
    """Whoever asks all that can be asked without an account reads nothing of it, nor does anybody else's browser."""
    settings.SMS_CALLBACK_TOKEN = "x" * 24
    addresses = every_address(values_of(town, people_of(town)))
    made = [
        receive_enquiry(IncomingEnquiry("web", kind, SECRET, phone=PHONE, email=MAIL))
        for kind in ("question", "thanks", "complaint")
    ]
    cache.clear()
    told = [SECRET, PHONE, MAIL, "Zyxwvut", *(one.reference for one in made), *(one.token for one in made)]
    client, read = Client(raise_request_exception=False), 0
    for one in addresses:
        if one.route.startswith(OWN):
            continue
        answer = client.get(one.path)
        body = b"".join(answer) if answer.streaming and not answer.is_async else getattr(answer, "content", b"")
        read += answer.status_code == 200
        assert not [word for word in told if word.encode() in body], one.path
    assert read > 70


def test_the_private_page_tells_state_and_answer(town):
    made = receive_enquiry(IncomingEnquiry("web", "question", SECRET))
    page = Client().get(f"/q/{made.token}/")
    assert (page.status_code, page["X-Robots-Tag"], SECRET in page.text) == (200, "noindex, nofollow", True)
    assert [Client().get(f"/q/{token}/").status_code for token in (made.token[:-1], made.reference, "x")] == [404] * 3
