"""Group URL patterns by their first path segment, so that a request is matched against its group only."""

import re
from collections.abc import Iterable

from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RegexPattern, RoutePattern

FIRST_PART = re.compile(r"\^?([\w.-]+/)")


def group_by_first_part(patterns: Iterable[URLPattern]) -> list[URLPattern | URLResolver]:
    """Return the same patterns, grouped by the words of their first path segment, in their order.

    Raises ValueError where a first part is no words: whether it stands before or behind the others would matter.
    """
    grouped: list[URLPattern | URLResolver] = []
    groups: dict[str, list[URLPattern]] = {}
    for pattern in patterns:
        address = str(pattern.pattern)
        match = FIRST_PART.match(address)
        if match is None:
            if re.search(r"[<(\[]", address):
                raise ValueError(f"The address {address} begins with no words.")
            grouped.append(pattern)
            continue
        part = match[1]
        if part not in groups:
            groups[part] = []
            grouped.append(URLResolver(RoutePattern(part), groups[part]))
        groups[part].append(without_first_part(pattern, match[0]))
    return grouped


def without_first_part(url: URLPattern, first: str) -> URLPattern:
    rest = str(url.pattern).removeprefix(first)
    if isinstance(url.pattern, RegexPattern):
        pattern = RegexPattern(f"^{rest}", name=url.name, is_endpoint=True)
    else:
        pattern = RoutePattern(rest, name=url.name, is_endpoint=True)
    return URLPattern(pattern, url.callback, url.default_args, url.name)
