"""Addresses in groups by their first part: one that is asked for is compared with those of its group only."""

import re
from collections.abc import Iterable

from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RegexPattern, RoutePattern

FIRST_PART = re.compile(r"\^?([\w.-]+/)")


def group_by_first_part(patterns: Iterable[URLPattern]) -> list[URLPattern | URLResolver]:
    """The same addresses, with the same names: those whose first part is the same words are one group, in their order.

    Raises ValueError where a first part is no words: whether it stands before or behind the others would matter.
    """
    grouped: list[URLPattern | URLResolver] = []
    groups: dict[str, list[URLPattern]] = {}
    for one in patterns:
        address = str(one.pattern)
        found = FIRST_PART.match(address)
        if found is None:
            if re.search(r"[<(\[]", address):
                raise ValueError(f"The address {address} begins with no words.")
            grouped.append(one)
            continue
        part = found[1]
        if part not in groups:
            groups[part] = []
            grouped.append(URLResolver(RoutePattern(part), groups[part]))
        groups[part].append(without_first_part(one, found[0]))
    return grouped


def without_first_part(one: URLPattern, first: str) -> URLPattern:
    rest = str(one.pattern).removeprefix(first)
    if isinstance(one.pattern, RegexPattern):
        pattern = RegexPattern(f"^{rest}", name=one.name, is_endpoint=True)
    else:
        pattern = RoutePattern(rest, name=one.name, is_endpoint=True)
    return URLPattern(pattern, one.callback, one.default_args, one.name)
