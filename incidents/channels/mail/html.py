"""Convert HTML e-mail to lines of text; quotations are cut where the mail program marks them."""

import html_text
from lxml import etree, html

MAX_HTML = 50_000  # characters of a body that are read: what is quoted stands at its end
UNSEEN = ("script", "style", "head", "template", "noscript", "iframe", "object", "svg", "select", "form")
QUOTING_CLASSES = frozenset(
    ("gmail_quote", "gmail_quote_container", "gmail_attr", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote",
     "zmail_extra", "outlookmessageheader", "gmail_extra", "moz-signature", "gmail_signature")
)  # fmt: skip
QUOTING_IDS = frozenset({"divrplyfwdmsg", "mail-editor-reference-message-container", "replysplit"})
FOLLOWING_IDS = frozenset({"appendonsend", "divrplyfwdmsg"})  # all that stands after them is quoted, too


def words_of(text: str, *, quoted: bool) -> str:
    """Text of HTML. `quoted`: including quotations."""
    begin = max(
        text.find("<body"), text.find("<BODY"), 0
    )  # some programs put a hundred thousand letters of styles ahead
    tree = parse(text[begin : begin + MAX_HTML])
    if tree is None:
        return ""
    if not quoted:
        cut_quotations(tree)
    etree.strip_elements(tree, *UNSEEN, with_tail=False)
    return html_text.etree_to_text(tree).strip()


def parse(text):
    text = text.encode("utf-8", "ignore").decode().replace("\0", "").strip()
    if text.startswith("<?"):  # what it says of its encoding is no longer true
        text = text.partition("?>")[2]
    try:
        return html.document_fromstring(text, parser=html.HTMLParser(remove_comments=True, remove_pis=True))
    except (etree.LxmlError, ValueError):
        return None


def cut_quotations(tree):
    for element in list(tree.iter(etree.Element)):
        if not is_quotation(element) or element.getparent() is None:
            continue
        if (element.get("id") or "").lower() in FOLLOWING_IDS:
            for after in list(element.itersiblings()):
                after.drop_tree()
        element.drop_tree()


def is_quotation(element):
    if element.tag == "blockquote":
        return (element.get("type") or "").lower() == "cite" or "gmail_quote" in (element.get("class") or "")
    classes = (element.get("class") or "").lower().split()
    return not QUOTING_CLASSES.isdisjoint(classes) or (element.get("id") or "").lower() in QUOTING_IDS
