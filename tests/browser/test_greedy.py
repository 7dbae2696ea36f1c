"""Test a real server beside five connections that only send the most expensive requests."""

import threading
from collections import Counter

import httpx
from django.test import Client

from tests import factories
from tests.browser.conftest import wait_until
from tests.geoapp.http.test_costs import dear_paths, make_wards
from tests.machine import patience

OTHERS = 8  # pages that others ask meanwhile


def test_greedy_readers_keep_nobody_from_reporting(processes):
    town = factories.town()
    officer = factories.person("greeted", town.office)
    browser = Client()
    browser.force_login(officer)
    address = processes("web", LIMITS="cost:address=3000/h").address
    paths, over, greedy = dear_paths(town, make_wards(town)), threading.Event(), Counter()
    time_out = patience(60)

    def ask_on(number):
        with httpx.Client(base_url=address, timeout=time_out) as http:
            while not over.is_set():
                greedy[http.get(paths[number % len(paths)]).status_code] += 1
                number += 1

    threads = [threading.Thread(target=ask_on, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    try:
        cookies = {"sessionid": browser.cookies["sessionid"].value}
        with (
            httpx.Client(base_url=address, timeout=time_out) as citizen,
            httpx.Client(base_url=address, timeout=time_out, cookies=cookies) as desk,
        ):
            answers = [http.get(path).status_code for _time in range(OTHERS)
                       for http, path in ((citizen, "/report/"), (desk, "/desk/"))]  # fmt: skip
        wait_until(lambda: greedy[429], 60, "nobody was told to come later")
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert answers == [200] * 2 * OTHERS
    assert set(greedy) <= {200, 429, 503}
