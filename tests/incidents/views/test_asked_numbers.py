"""Test that invalid numbers in public addresses are refused and all named."""

import pytest

pytestmark = pytest.mark.django_db

HERE = "lon=10.005&lat=50.005"
PLACES = ("/report/", "/report/here/", "/report/kinds/", "/report/near/", "/report/puzzle/", "/following/")
OF_PLACES = {
    "lon=abc&lat=50.005": ["lon"],
    "lon=abc&lat=nan&accuracy=-1": ["lon", "lat", "accuracy"],
    "lon=1e999&lat=9,5": ["lon", "lat"],
    "lon=10.005": ["lat"],
    "lat=50.005&radius=wide": ["lon", "radius"],
}
# Each with numbers that are none, and what the answer names.
FAULTY = [
    ("/before-after/?older=x", ["older"]),
    ("/before-after/?older=-1", ["older"]),
    ("/before-after/?older=99999999999999999999", ["older"]),
    ("/list/?bbox=a,b,c,d&days=x", ["bbox", "days"]),
    ("/?days=x", ["days"]),
    ("/box/?q=a&lon=x&intent=y", ["lon", "intent"]),
    ("/tiles/incidents/10/500/300.json?days=x", ["days"]),
    ("/tiles/density/10/500/300.json?days=x", ["days"]),
    ("/addresses/?q=a&near=here", ["near"]),
    ("/data/incidents.csv?from=x", ["datetime"]),
    ("/stats/?from=x", ["from"]),
    ("/feeds/all.atom?after=x", ["after"]),
    ("/ogc/collections/incidents/items?limit=x&bbox=a", ["limit", "bbox"]),
    ("/open311/v2/requests.json?lat=x&long=y", ["lat", "long"]),
    ("/live/?after=x", []),
]


@pytest.mark.parametrize(("query", "named"), OF_PLACES.items())
def test_each_address_that_asks_for_a_place_names_what_is_wrong(client, town, query, named):
    for address in PLACES:
        answer = client.get(f"{address}?{query}", headers={"Accept-Language": "en"})
        assert (address, answer.status_code) == (address, 400)
        assert [name for name in ("lon", "lat", "accuracy", "radius") if f"{name}: " in answer.text] == named


@pytest.mark.parametrize("query", ["", HERE, "lon=&lat=", "lon=500&lat=50.005"])
def test_good_numbers_and_none_are_read(client, town, query):
    statuses = {address: client.get(f"{address}?{query}&category=ST.1").status_code for address in PLACES}
    assert {address: status for address, status in statuses.items() if status not in (200, 204)} == {}


@pytest.mark.parametrize(("address", "named"), FAULTY)
def test_numbers_of_other_public_addresses_are_refused(client, town, address, named):
    answer = client.get(address, headers={"Accept-Language": "en"})
    assert (answer.status_code, [name for name in named if name in answer.text]) == (400, named)
