"""List all ledgers by the names that `verify_ledger` and `export_ledger` take."""

from cameras.evidence.seals import SEALS
from cameras.viewlog.ledger import LOOKS
from geoapp.ledger.ledger import Chain
from incidents.audit.accounts import ACCOUNTS
from incidents.audit.chain import HISTORY
from incidents.disclosure.register import PERSONAL_VIEWS

LEDGERS: dict[str, Chain] = {
    "history": HISTORY,
    "accounts": ACCOUNTS,
    "personal-views": PERSONAL_VIEWS,
    "camera-looks": LOOKS,
    "evidence": SEALS,
}
