"""The public page of the published heads, and the arithmetic of due dates on the pages of an incident."""

import pytest

from incidents.audit import chain
from incidents.models import HistoryHead


def test_everybody_may_read_and_keep_the_heads(client, incident, today):
    assert "Chưa có" in client.get("/history/").content.decode()
    chain.seal_history()
    head = chain.HISTORY.publish_head(today)
    page = client.get("/history/").content.decode()
    assert (bytes(head.digest).hex() in page, "Đã ghi thì không sửa được" in page) == (True, True)
    answer = client.get("/history/heads.json").json()
    assert [(row["day"], row["line"], row["digest"]) for row in answer["heads"]] == [
        (today.isoformat(), head.event_id, head.hex)
    ]


def test_the_page_shows_two_months_and_the_file_all(client, db, today):
    days = [today.fromordinal(today.toordinal() - n) for n in range(70)]
    HistoryHead.objects.bulk_create(HistoryHead(day=day, event_id=1, digest=bytes(32)) for day in days)
    assert client.get("/history/").content.decode().count('<code class="tiny">') == 60
    assert len(client.get("/history/heads.json").json()["heads"]) == 70


@pytest.mark.parametrize("page", ["/i/{reference}/", "/f/{token}/", "/f/{token}/?sent=1", "/desk/{reference}/"])
def test_whoever_asks_is_told_how_a_due_date_was_counted(client, incident, officer, page):
    client.force_login(officer)
    path = page.format(reference=incident.reference, token=incident.reports.get().token)
    client.cookies["django_language"] = "en"
    content = client.get(path).content.decode()
    assert "Time allowed: 48 hours around the clock, as always for “Pothole”" in content
    assert content.count("The deadline is therefore ") == 1
