"""Phone numbers of callers."""

from incidents.models import VoiceCall


def numbers_of_caller(user: str) -> frozenset[str]:
    """Caller's number of this call (Correspondent.user) from the telephone network; none if hidden."""
    key = user.partition(":")[2]
    phones = VoiceCall.objects.filter(key=key).values_list("phone", flat=True)
    return frozenset(phone for phone in phones if phone)
