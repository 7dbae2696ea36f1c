"""Define job queues by kind and how many jobs of each a worker runs at once.

What waits for somebody outside waits in a queue of its own, so that a mail server, a gateway or a stranger that does
not answer delays its own kind only (docs/adr/0064).
"""

OWN = "default"  # the service's own work: it asks nobody outside
BULK = "bulk"  # what takes minutes of the database or the processor
PICTURES = "pictures"  # covering, counting
CAMERAS = "cameras"  # what must run inside the cameras' network
MAIL = "mail"
SMS = "sms"  # and calls
CHAT = "chat"
PUSH = "push"  # browsers name the servers that are called
PARTNERS = "partners"  # units and feeds outside, time stamps
STRANGERS = "strangers"  # addresses that outside developers name
SLOW = "slow"  # those of them that did not answer, or not quickly, a while ago

# None: as many as WORKER_CONCURRENCY says.
PLACES: dict[str, int | None] = {
    OWN: None, BULK: 1, PICTURES: 2, CAMERAS: None, MAIL: 2, SMS: 2, CHAT: 2, PUSH: 2, PARTNERS: 2, STRANGERS: 2,
    SLOW: 1,
}  # fmt: skip


def places_of(names: list[str] | None, concurrency: int) -> dict[str, int]:
    """Return how many jobs of each queue a worker runs at once that was started for these queues; None: all.

    A worker started for `default` runs all queues but those of the camera network, as before the queues were split.
    """
    wanted = set(names or PLACES)
    if OWN in wanted:
        wanted |= PLACES.keys() - {CAMERAS}
    return {name: PLACES.get(name) or concurrency for name in sorted(wanted)}
