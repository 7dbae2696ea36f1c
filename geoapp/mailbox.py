"""Map the spellings of an e-mail address that reach one mailbox to one form, for rate limits.

For counting only: what one person may be sent, or sends, is counted by mailbox. Letters go to the address as it was
written. https://support.google.com/mail/answer/7436150, …/office365/plus-addressing, RFC 5233.
"""

import unicodedata

# Names of one provider that reach the same mailbox.
SAME_PROVIDER = {
    "googlemail.com": "gmail.com",
    "protonmail.com": "proton.me", "protonmail.ch": "proton.me", "pm.me": "proton.me",
    "me.com": "icloud.com", "mac.com": "icloud.com",
    "ya.ru": "yandex.ru", "yandex.com": "yandex.ru", "yandex.by": "yandex.ru", "yandex.kz": "yandex.ru",
}  # fmt: skip
# Letters of the part before the @ that a provider does not look at.
UNREAD = {"gmail.com": ".", "proton.me": "._-", "yandex.ru": ".-"}
# What begins a tag besides the plus sign, which does so at nearly all of them.
TAG_SIGNS = {"yahoo": "-"}
# Whose subdomains are mailboxes: tag@user.fastmail.com is user@fastmail.com.
SUBDOMAINS = ("fastmail.com", "fastmail.fm")


def fold_mailbox(address: str) -> str:
    """Return one spelling for all addresses of a mailbox; other text is only case-folded."""
    text = unicodedata.normalize("NFKC", address).strip().strip("<>").casefold()
    local, at, domain = text.rpartition("@")
    if not (local and at and domain):
        return text
    domain = ascii_domain(domain)
    domain = SAME_PROVIDER.get(domain, domain)
    for provider in SUBDOMAINS:
        user = domain.removesuffix(f".{provider}")
        if user != domain and "." not in user:
            local, domain = user, provider
    local = without_tag(local.strip('"'), "+" + TAG_SIGNS.get(domain.partition(".")[0], ""))
    letters = "".join(letter for letter in local if letter not in UNREAD.get(domain, ""))
    return f"{letters or local}@{domain}"


def without_tag(local: str, signs: str) -> str:
    ends = [local.index(sign) for sign in signs if sign in local[1:]]
    return local[: min(ends)] if ends and min(ends) > 0 else local


def ascii_domain(domain: str) -> str:
    try:
        return domain.rstrip(".").encode("idna").decode()
    except UnicodeError:
        return domain.rstrip(".")
