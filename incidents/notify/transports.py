"""List the transport of each medium, in the order in which a reporter is notified."""

from incidents.models import Medium
from incidents.notify import email, messenger, push, sms, web_chat, zalo
from incidents.notify.transport import Transport

ALL = (email.TRANSPORT, zalo.TRANSPORT, messenger.TRANSPORT, web_chat.TRANSPORT, sms.TRANSPORT, push.TRANSPORT)
TRANSPORTS: dict[str, Transport] = {transport.medium: transport for transport in ALL}
PAID_MEDIA: list[Medium] = [transport.medium for transport in ALL if transport.is_paid]
