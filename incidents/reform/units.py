"""Reassign authorities, posts and rules when areas change."""

import re
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.text import slugify
from django.utils.timezone import localdate

from gis_data.editions import succession
from gis_data.models import Edition
from incidents import access
from incidents.accounts.signed_rows import sign_rows
from incidents.models import Authority, Contact, Event, Incident, Membership, Reassignment, Reform, RoutingRule

CARRIED_FIELDS = ("area_id", "name", "name_en")  # what changes in an authority that lives on


def transfer_units(edition: Edition, ends: Iterable[Edition]) -> dict:
    """Give the areas of the new edition their authorities, posts and rules; returns the ledger of what was made.

    An authority whose area lives on goes over to its heir; every other new area gets one of its own, unless it has one:
    after the pattern of its largest predecessor, below the same unit and with the contacts of its predecessors. Desk
    posts are copied to every successor of the unit's area, and posts limited to an area to what follows it. Rules of an
    ended area are copied to the new areas of which it makes up most; the old ones stay, for an ended area matches
    nothing.
    """
    own = authorities_by_area(Authority.objects.filter(area__edition__in=ends))
    changes = [change for old in ends for change in succession.changes_between(edition, old) if change.old]
    ledger = {"carried": carry_authorities_over(changes, own)}
    ledger |= found_authorities(edition, changes, own)
    after = authorities_by_area(Authority.objects.filter(area__edition=edition))
    ledger["memberships"] = copy_posts(changes, own, after)
    ledger["rules"] = copy_rules(changes, own, after)
    return ledger


def authorities_by_area(authorities):
    return {authority.area_id: authority for authority in authorities.order_by("pk")}


def carry_authorities_over(changes, own):
    carried, occupied = [], set(Authority.objects.exclude(area=None).values_list("area_id", flat=True))
    for change in changes:
        authority = own.get(change.old.pk)
        if not authority or not change.heir or change.heir.pk in occupied:
            continue
        occupied.add(change.heir.pk)
        new = Authority.objects.get(pk=authority.pk)
        new.area_id = change.heir.pk
        new.name = rename_after_area(authority.name, change.old, change.heir) or authority.name
        new.name_en = rename_after_area(authority.name_en, change.old, change.heir) or authority.name_en
        new.save(update_fields=CARRIED_FIELDS)
        carried.append({
            "authority": new.pk,
            "old": {name: getattr(authority, name) for name in CARRIED_FIELDS},
            "new": {name: getattr(new, name) for name in CARRIED_FIELDS},
        })  # fmt: skip
    return carried


def rename_after_area(text, old, new):
    forms = ((old.full_name, new.full_name), (old.full_name_en, new.full_name_en), (old.name, new.name))
    for before, after in forms:
        whole_words = rf"(?<!\w){re.escape(before)}(?!\w)"
        renamed, count = re.subn(whole_words, after.replace("\\", r"\\"), text) if before else (text, 0)
        if count and after:
            return renamed[:150]
    return ""


def found_authorities(edition, changes, own):
    occupied = set(Authority.objects.filter(area__edition=edition).values_list("area_id", flat=True))
    founded, revived, contacts = [], [], []
    for area, parts in sorted(parts_by_area(changes).items(), key=lambda item: item[0].code):
        before = [(part, own[part.old.pk]) for part in parts if part.old.pk in own]
        if area.pk in occupied or not before:
            continue
        part, pattern = before[0]
        authority, new = get_or_found_authority(edition, area, part.old, pattern)
        (founded if new else revived).append(authority.pk)
        if new:
            contacts += contacts_of_predecessors(authority, [authority for _part, authority in before])
    Contact.objects.bulk_create(contacts)
    return {"authorities": founded, "revived": revived}


def parts_by_area(changes):
    """Return the parts of each new area: those of the deepest level first, then the largest first."""
    parts_of = {}
    for change in changes:
        for part in change.parts:
            parts_of.setdefault(part.new, []).append(part)
    for parts in parts_of.values():
        parts.sort(key=lambda part: (-part.old.level, -part.share_new, part.old.code))
    return parts_of


def get_or_found_authority(edition, area, old, pattern):
    """Return (the authority that this edition gives to an area, whether it is new): an earlier try may have left one
    without an area.
    """
    code = slugify(f"{edition.code}-{area.code}")[:40]
    left = Authority.objects.filter(code=code).first()
    if left and left.area_id is None:
        left.area_id = area.pk
        left.save(update_fields=["area_id"])
        return left, False
    name = rename_after_area(pattern.name, old, area) or f"{pattern.name} – {area.full_name}"[:150]
    name_en = pattern.name_en and (
        rename_after_area(pattern.name_en, old, area)
        or f"{pattern.name_en} – {area.full_name_en or area.full_name}"[:150]
    )
    code = f"{code[:30]}-{edition.pk}" if left else code
    authority = Authority.objects.create(
        code=code, kind=pattern.kind, name=name, name_en=name_en, area=area,
        parent_id=pattern.parent_id, office_hours=pattern.office_hours, letters=pattern.letters,
        letter_head=pattern.letter_head,
    )  # fmt: skip
    return authority, True


def contacts_of_predecessors(authority, before):
    known = Contact.objects.filter(authority__in=before).order_by("pk").values_list("label", "phone", "email")
    return [
        Contact(authority=authority, label=label, phone=phone, email=email)
        for label, phone, email in dict.fromkeys(known)
    ]


def copy_posts(changes, own, after):
    """Copy desk posts of old areas' authorities to each successor, and posts limited to an old area to what follows it.

    Returns the new keys.
    """
    follows = {change.old.pk: [part.new.pk for part in change.parts] for change in changes}
    of_unit = {authority.pk: area for area, authority in own.items()}
    desks = Q(authority__in=of_unit, role__in=access.DOES["desk"])
    wanted = {}
    for post in Membership.objects.filter(desks | Q(area__in=follows)).order_by("pk"):
        here = of_unit.get(post.authority_id) if post.role in access.DOES["desk"] else None
        for new in follows.get(here, [None]):
            unit = after[new].pk if new in after else post.authority_id
            areas = [new] if new and post.area_id == here else follows.get(post.area_id, [post.area_id])
            wanted |= {(post.user_id, unit, post.role, area, post.category_id): post for area in areas}
    existing = set(Membership.objects.values_list("user_id", "authority_id", "role", "area_id", "category_id"))
    posts = [
        Membership(
            user_id=user, authority_id=unit, role=role, area_id=area, category_id=category,
            starts=post.starts, ends=post.ends, group=post.group,
            waiting=post.waiting, asked_by_id=post.asked_by_id, asked_at=post.asked_at,
        )
        for (user, unit, role, area, category), post in wanted.items()
        if (user, unit, role, area, category) not in existing
    ]  # fmt: skip
    sign_rows(posts)
    return [post.pk for post in Membership.objects.bulk_create(posts)]


def copy_rules(changes, own, after):
    heirs = {change.old.pk: change.parts[0].new.pk for change in changes if change.parts}
    ended = {authority.pk: area for area, authority in own.items()}
    rules = {}
    for rule in RoutingRule.objects.filter(area__in=[change.old for change in changes]).select_related("authority"):
        rules.setdefault(rule.area_id, []).append(rule)
    existing = set(RoutingRule.objects.values_list("category_id", "area_id"))
    copies = []
    for area, parts in parts_by_area(changes).items():
        for level in dict.fromkeys(part.old.level for part in parts):
            mostly = next(part for part in parts if part.old.level == level).old
            for rule in rules.get(mostly.pk, ()):
                if (rule.category_id, area.pk) in existing:
                    continue
                existing.add((rule.category_id, area.pk))
                authority = rule.authority
                if authority and authority.pk in ended:  # an area's office: what follows it, or the place's own
                    place = ended[authority.pk]
                    authority = None if place == mostly.pk else after.get(heirs.get(place))
                copies.append(
                    RoutingRule(
                        category_id=rule.category_id, area=area, authority=authority,
                        reason=rule.reason, reason_en=rule.reason_en,
                    )
                )  # fmt: skip
    return [rule.pk for rule in RoutingRule.objects.bulk_create(copies)]


def hand_units_back(ledger: dict) -> None:
    """Undo `transfer_units`: restore areas of authorities, delete new rules and posts, detach founded units from
    areas.
    """
    RoutingRule.objects.filter(pk__in=ledger["rules"]).delete()
    Membership.objects.filter(pk__in=ledger["memberships"]).delete()
    Authority.objects.filter(pk__in=ledger["authorities"] + ledger["revived"]).update(area=None)
    for row in ledger["carried"]:
        authority = Authority.objects.get(pk=row["authority"])
        authority.area_id = row["old"]["area_id"]
        for name in ("name", "name_en"):  # another name that it got since is its own
            if getattr(authority, name) == row["new"][name]:
                setattr(authority, name, row["old"][name])
        authority.save(update_fields=CARRIED_FIELDS)


def delete_founded(ledger: dict) -> int:
    of_it = {"authority": OuterRef("pk")}
    founded = Authority.objects.filter(
        ~Exists(Incident.objects.filter(**of_it)),
        ~Exists(Event.objects.filter(**of_it)),
        ~Exists(Reassignment.objects.filter(Q(old_authority=OuterRef("pk")) | Q(new_authority=OuterRef("pk")))),
        pk__in=ledger["authorities"],
    )
    return founded.delete()[1].get("incidents.Authority", 0)


def authorities_in_office() -> QuerySet[Authority]:
    """Return the authorities of areas in force, and those without an area unless a taken-back reform founded them."""
    in_office = Q(area=None) | Q(area__edition__in_force__contains=localdate())
    taken_back = Reform.objects.filter(state=Reform.State.TAKEN_BACK).values_list("ledger", flat=True)
    without = [key for ledger in taken_back for key in ledger["authorities"] + ledger["revived"]]
    return Authority.objects.filter(in_office).exclude(area=None, pk__in=without)
