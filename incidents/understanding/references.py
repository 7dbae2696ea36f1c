"""Find the number of an incident or enquiry in a text."""

import re

# 2611-40874 of an incident, H2611-40874 of an enquiry; people leave the hyphen out or write another sign for it.
REFERENCE = re.compile(
    r"(?<![\w/+.,-])(?P<letter>h?)[ ]?(?P<month>[23]\d(?:0[1-9]|1[0-2]))[-–—_. ]?(?P<number>\d{5,10})(?![\w/]|[.,]\d)",
    re.I,
)


def find_reference(text: str) -> str:
    """Return the first number in the text as the database writes it; "" for none."""
    match = REFERENCE.search(text)
    return f"{match['letter'].upper()}{match['month']}-{match['number']}" if match else ""
