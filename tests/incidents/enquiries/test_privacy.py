"""Enquiries appear on no map, tile, list, feed, file or count for others than sender and desks."""

from django.core.cache import cache
from django.test import Client

from incidents.enquiries.receiving import IncomingEnquiry, receive_enquiry
from tests.every_address import every_address, people_of, values_of

SECRET, PHONE, MAIL = "xin hỏi việc riêng Zyxwvut", "+84987650321", "zyxwvut@example.org"
OWN = ("/q/", "/admin/", "/hooks/")  # the private link; what takes no reads


def test_no_public_address_tells_of_an_enquiry(town, settings):
    """All public addresses, also with another browser's cookie."""
    settings.SMS_CALLBACK_TOKEN = "x" * 24
    addresses = every_address(values_of(town, people_of(town)))
    enquiries = [
        receive_enquiry(IncomingEnquiry("web", kind, SECRET, phone=PHONE, email=MAIL))
        for kind in ("question", "thanks", "complaint")
    ]
    cache.clear()
    secrets = [
        SECRET,
        PHONE,
        MAIL,
        "Zyxwvut",
        *(enquiry.reference for enquiry in enquiries),
        *(enquiry.token for enquiry in enquiries),
    ]
    client, read = Client(raise_request_exception=False), 0
    for enquiry in addresses:
        if enquiry.route.startswith(OWN):
            continue
        answer = client.get(enquiry.path)
        body = b"".join(answer) if answer.streaming and not answer.is_async else getattr(answer, "content", b"")
        read += answer.status_code == 200
        assert not [word for word in secrets if word.encode() in body], enquiry.path
    assert read > 70


def test_the_private_page_tells_state_and_answer(town):
    enquiry = receive_enquiry(IncomingEnquiry("web", "question", SECRET))
    page = Client().get(f"/q/{enquiry.token}/")
    assert (page.status_code, page["X-Robots-Tag"], SECRET in page.text) == (200, "noindex, nofollow", True)
    assert [Client().get(f"/q/{token}/").status_code for token in (enquiry.token[:-1], enquiry.reference, "x")] == [
        404
    ] * 3
