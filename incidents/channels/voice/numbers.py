"""From which number somebody calls."""

from incidents.models import VoiceCall


def numbers_of_caller(user: str) -> frozenset[str]:
    """The number from which this call (Correspondent.user) came, as the telephone network told it; none if hidden."""
    key = user.partition(":")[2]
    phones = VoiceCall.objects.filter(key=key).values_list("phone", flat=True)
    return frozenset(phone for phone in phones if phone)
