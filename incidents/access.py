"""Decide who may see and do what: pages, tiles, streams, APIs, exports and photos all ask here, and nothing else
decides.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from contextvars import ContextVar

from django.contrib.auth.backends import BaseBackend
from django.contrib.gis.geos import Point
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localdate

from geoapp.crypto.fields import with_whole_value
from geoapp.db import planner
from gis_data.models import Area, AreaQuerySet, Level
from incidents.models import (
    AddressCode,
    Announcement,
    AnswerVersion,
    AnyUser,
    AreaShare,
    Authority,
    Browser,
    CampaignVersion,
    Category,
    Crew,
    Directive,
    Emergency,
    Enquiry,
    Event,
    Idea,
    Incident,
    KeptReport,
    Membership,
    Notice,
    Photo,
    Report,
    Subtask,
)
from incidents.models.answer_versions import AnswerVersionQuerySet
from incidents.models.campaigns import CampaignVersionQuerySet
from incidents.models.crews import CrewQuerySet
from incidents.models.emergencies import EmergencyQuerySet
from incidents.models.enquiry import EnquiryQuerySet
from incidents.models.ideas import IdeaQuerySet
from incidents.models.incident import IncidentQuerySet, ReportQuerySet
from incidents.models.notices import CHAT_MEDIA, CONTACT_FIELDS
from incidents.models.people import AuthorityQuerySet, MembershipQuerySet

Role = Membership.Role
OFFICER, DISPATCHER, LEADER = Role.OFFICER, Role.DISPATCHER, Role.LEADER
SUPERVISOR, OPERATOR, CONTROL = Role.SUPERVISOR, Role.OPERATOR, Role.CONTROL
TECHNICIAN, GIS, PRIVACY, ADMIN = Role.TECHNICIAN, Role.GIS, Role.PRIVACY, Role.ADMIN

# Which posts allow what with the incidents of the own authority.
MAY = {
    "read": {OFFICER, DISPATCHER, LEADER},
    "work": {OFFICER, DISPATCHER, LEADER},
    "notes": {OFFICER, DISPATCHER, LEADER},  # read and write what staff says to staff
    "contact": {OFFICER, DISPATCHER, LEADER},  # the reporter's phone and e-mail
    "evidence": {OFFICER, DISPATCHER, LEADER},  # camera pictures kept with an incident
    "claim": {OFFICER, DISPATCHER, LEADER},  # a neighbour's, of a vague place, that may lie in the own area
    "decide": {LEADER},  # on more time; never the one who asked for it
    "judge": set(),  # a dispute
    "direct": {LEADER},  # give a directive
    "publish": {OFFICER, DISPATCHER, LEADER},  # show, hide, cover
    "correct": {OFFICER, DISPATCHER, LEADER},  # say where it is, what it is, and what belongs together
    "help": {OFFICER, DISPATCHER, LEADER},  # answer the part that another unit asks for
    "watch": {OFFICER, DISPATCHER, LEADER},  # what others have in the own unit's area: ask, remind, say it is ours
    "cede": {OFFICER, DISPATCHER, LEADER},  # decide on a unit that says it is theirs
    "room": set(),  # what the control room does: have it in hand, ask and remind the unit, raise it
}
# What a leader may do with the incidents of all units below the own one.
LEADS = {"read", "notes", "evidence", "decide", "direct"}
# Which posts allow what with every incident of the city.
MAY_EVERYWHERE = {
    "read": {OPERATOR, CONTROL, SUPERVISOR, DISPATCHER},
    "work": set(),
    "notes": {SUPERVISOR, DISPATCHER},
    "contact": set(),
    "evidence": {CONTROL},
    "claim": set(),
    "decide": {DISPATCHER},
    "judge": {DISPATCHER},
    "direct": {CONTROL},
    "publish": {DISPATCHER},
    "correct": {OPERATOR, DISPATCHER},
    "help": set(),
    "watch": set(),
    "cede": {DISPATCHER},
    "room": {CONTROL},
}
# What does not depend on an incident.
DOES = {
    "desk": {OFFICER, DISPATCHER, LEADER},
    "crews": {OFFICER, DISPATCHER, LEADER},  # who is in which crew, and when it is out
    "lead": {LEADER},
    "watch": {SUPERVISOR},
    "looks": {SUPERVISOR},  # who looked at which camera
    "announce": {CONTROL, DISPATCHER, LEADER},  # tell people near by: see `announcing_posts`
    "emergencies": {CONTROL, DISPATCHER, SUPERVISOR, LEADER},  # read how emergency mode was switched, and what happened
    "emergency": {CONTROL, DISPATCHER},  # switch emergency mode, for the area of the post: see `emergency_wards`
    "works": {OFFICER, CONTROL, DISPATCHER, LEADER},  # planned works: see WORKS
    "dispatch": {DISPATCHER},
    "routing": {DISPATCHER, ADMIN},
    "moderate": {DISPATCHER},  # held reports, photos and words; blocks
    "operator": {OPERATOR},
    "enquiries": {OFFICER, DISPATCHER, LEADER, SUPERVISOR},  # questions, thanks, complaints: see ENQUIRIES
    "answers": {OFFICER, DISPATCHER, LEADER},  # write pages that answer, and agree to them: see ANSWER_VERSIONS
    "control": {CONTROL},
    "cameras": {CONTROL, OPERATOR, TECHNICIAN},
    "camera-health": {TECHNICIAN, CONTROL, ADMIN},  # how cameras are, and pauses for privacy
    "register": {CONTROL, TECHNICIAN, ADMIN},  # where cameras stand and what they see
    "views": {TECHNICIAN, ADMIN},  # say what they see; who administers changes the rest of the register, too
    "zones": {CONTROL, TECHNICIAN, ADMIN},  # draw privacy zones, say that a camera was turned on purpose
    "boundaries": {GIS},
    "notices": {ADMIN, SUPERVISOR},
    "privacy": {PRIVACY, ADMIN},  # requests about personal data, and who looked at them
    "administer": {ADMIN},
}
# Who may do what with enquiries, by their kind: (which posts with all of them, which at the unit that has it). A
# complaint is the supervisors': the leader of a unit that was asked for a statement reads it and gives it back.
DESK = DOES["desk"]
ENQUIRIES: dict[str, dict[str, tuple[set, set]]] = {
    "read": {"question": ({DISPATCHER}, DESK), "thanks": ({DISPATCHER}, DESK), "complaint": ({SUPERVISOR}, {LEADER})},
    "work": {"question": ({DISPATCHER}, DESK), "thanks": ({DISPATCHER}, DESK), "complaint": ({SUPERVISOR}, set())},
    "contact": {"question": ({DISPATCHER}, DESK), "thanks": ({DISPATCHER}, DESK), "complaint": ({SUPERVISOR}, set())},
    "give_back": {"question": (set(), DESK), "thanks": (set(), DESK), "complaint": (set(), {LEADER})},
    "check": {"question": ({DISPATCHER}, set()), "thanks": ({DISPATCHER}, set()), "complaint": ({SUPERVISOR}, set())},
    # How one stands that is asked for by its number, and nothing of what it says.
    "tell": dict.fromkeys(("question", "thanks", "complaint"), ({OPERATOR}, set())),
}
# Who may do what with versions of the pages that answer: (which posts with all of them, which at the unit that writes).
# A unit's leader agrees to the questions that the unit answered; what holds for the whole city the duty desk agrees to.
ANSWER_VERSIONS: dict[str, tuple[set, set]] = {
    "write": ({DISPATCHER}, DESK),
    "approve": ({DISPATCHER}, {LEADER}),
}
# Who may do what with planned works, all wards of which lie in the post's area: write them, and agree as second person
# to those that reach more than one.
WORKS: dict[str, set] = {
    "write": DOES["works"],
    "approve": {CONTROL, DISPATCHER, LEADER},
}
# Who may do what with versions of campaigns: the same, but a unit's leader agrees to what the unit promises.
CAMPAIGN_VERSIONS: dict[str, tuple[set, set]] = {
    "write": ({DISPATCHER}, DESK),
    "approve": ({DISPATCHER}, {LEADER}),
}
# In which states: what is held is seen by who checks it, and a unit has a complaint only while it is asked about it.
ENQUIRY_STATES = {
    "read": ("received", "passed_on", "answered", "closed", "incident"),
    "work": Enquiry.OPEN,
    "contact": ("received", "passed_on", "answered", "closed", "incident"),
    "give_back": ("passed_on",),
    "check": ("held", "refused"),
    "tell": tuple(Enquiry.State),
}
# Who may do what with ideas: (which posts with all of them, which at the unit that has it). In public everybody reads.
IDEAS: dict[str, tuple[set, set]] = {
    "read": ({DISPATCHER}, DESK),
    "work": ({DISPATCHER}, DESK),  # study, answer, decide, pass on
    "check": ({DISPATCHER}, set()),  # publish, refuse, join
    "contact": ({DISPATCHER}, set()),  # who sent it
}
IDEA_STAGES = {
    "read": (*Idea.SHOWN, Idea.Stage.JOINED),
    "work": Idea.OPEN,
    "check": (Idea.Stage.HELD, Idea.Stage.REFUSED, *Idea.OPEN),
    "contact": tuple(Idea.Stage),
}
# Who may do what with an incident that is a complaint about people who work for the city (`Category.about_staff`):
# (which posts with all of them, which at the unit that has it). Who reads one reads the enquiries of this kind, and the
# other way round. The office of the area where it happened is the one that is complained of: it does nothing with it.
ABOUT_STAFF: dict[str, tuple[set, set]] = {
    "read": ENQUIRIES["read"]["complaint"],
    "contact": ENQUIRIES["contact"]["complaint"],
    "work": (set(), {LEADER}),
    "notes": ({SUPERVISOR}, {LEADER}),
    "evidence": (set(), {LEADER}),
    "decide": ({SUPERVISOR}, {LEADER}),
    "judge": ({SUPERVISOR}, set()),
    "correct": ({SUPERVISOR}, {LEADER}),
    "direct": (set(), {LEADER}),
}
# Posts that open somebody's data (reports, contacts, calls, pictures of cameras), or that give such posts: they hold
# only after a second person's yes.
POWERFUL = set[str]().union(
    *MAY.values(), *MAY_EVERYWHERE.values(),
    *(DOES[work] for work in ("operator", "moderate", "enquiries", "cameras", "watch", "privacy", "administer")),
)  # fmt: skip
# Those that reach beyond the own unit: of who holds one no administrator sets the password alone either.
FAR_REACHING = POWERFUL - {OFFICER, TECHNICIAN}
PUBLISHED = Q(published=True)
ADMINISTERED = {"incidents", "gis_data", "cameras"}  # the parts of the administration site
CLAIM_SHARE = 0.1  # of the circle in which a vague report may lie: from here on it may be the neighbour's

# {key of a person: the posts}, as far as they were read during this request; None outside of requests.
POSTS_OF_REQUEST: ContextVar[dict[int, list[Membership]] | None] = ContextVar("POSTS_OF_REQUEST", default=None)


def read_posts_once(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: cache the posts of a person for one request.

    A stream of events outlives the request and reads them anew each time.
    """

    def answer(request):
        before = POSTS_OF_REQUEST.set({})
        try:
            return get_response(request)
        finally:
            POSTS_OF_REQUEST.reset(before)

    return answer


def public_lines(lines: QuerySet[Event]) -> QuerySet[Event]:
    """Keep the lines whose incidents `incidents_for` lets everybody read.

    The query excludes the incidents that nobody may read: they are few and in an index. Else each line would be looked
    up.
    """
    return lines.exclude(Exists(Incident.objects.exclude(PUBLISHED).filter(pk=OuterRef("incident"))))


def posts_with_role(user: AnyUser, roles: Collection[str]) -> QuerySet[Membership]:
    return Membership.objects.of(user).filter(role__in=roles)


def posts_of(user: AnyUser) -> list[Membership]:
    """Return all posts that this person holds or deputises for today.

    Read them once for several actions: functions that take `posts` read them themselves where they are not given.
    """
    if user.is_anonymous:
        return []
    known = POSTS_OF_REQUEST.get()
    if known is None:
        return read_posts(user)
    if user.pk not in known:
        known[user.pk] = read_posts(user)
    return known[user.pk]


def read_posts(user):
    with planner.prepared_statements():
        return list(Membership.objects.of(user).select_related("authority"))


def reads_everything(user: AnyUser) -> bool:
    return user.is_superuser or (not user.is_anonymous and may_everywhere(user, "read"))


def may_everywhere(user: AnyUser, action: str, posts: Sequence[Membership] | None = None) -> bool:
    posts = posts_of(user) if posts is None else posts
    whole = (post for post in posts if post.area_id is None and post.category_id is None)
    return any(post.role in MAY_EVERYWHERE[action] for post in whole)


def incidents_for(user: AnyUser, action: str = "read", posts: Sequence[Membership] | None = None) -> IncidentQuerySet:
    """Return the incidents on which this person may take this action; everyone may read published ones.

    Complaints about staff follow a rule of their own (`ABOUT_STAFF`). An incident of another unit that may be claimed
    is read as far as `views.desk.detail` shows it, and claimed; no other action is allowed. The same holds for watched
    ones: see `watched_incidents`.
    """
    return Incident.objects.filter(incident_condition(user, action, posts))


def incident_condition(user: AnyUser, action: str, posts: Sequence[Membership] | None = None) -> Q:
    if user.is_superuser:
        return {"claim": may_be_claimed(Authority.objects.all()), "watch": Q(pk__in=())}.get(action, Q())
    if user.is_anonymous:
        return PUBLISHED if action == "read" else Q(pk__in=())
    posts = posts_of(user) if posts is None else posts
    return with_staff_rule(usual_condition(user, action, posts), action, posts)


def with_staff_rule(condition: Q, action: str, posts: Iterable[Membership]) -> Q:
    everywhere, here = ABOUT_STAFF.get(action, (set(), set()))
    posts = list(posts)
    if any(post.role in everywhere and post.area_id is None and post.category_id is None for post in posts):
        return condition | about_staff() if condition else condition  # an empty one is true of all
    theirs = Q(pk__in=())
    for post in posts:
        if post.role in here:
            theirs |= Q(authority=post.authority_id) & reached_by_post(post, action) & ~complained_of(post.authority)
    return condition & ~about_staff() | about_staff() & theirs


def about_staff() -> Q:
    return Q(category__in=Category.objects.about_staff().values("pk"))


def complained_of(unit: Authority) -> Q:
    return Q(area__in=Area.objects.within([unit.area_id]).values("pk")) if unit.area_id else Q(pk__in=())


def is_complained_of(unit: Authority, incident: Incident) -> bool:
    if unit.area_id is None or not incident.category.about_staff:
        return False
    return Area.objects.containing(incident.area_id).filter(pk=unit.area_id).exists()


def reads_about_staff(user: AnyUser) -> bool:
    whole = (post for post in posts_of(user) if post.area_id is None and post.category_id is None)
    return user.is_superuser or any(post.role in ABOUT_STAFF["read"][0] for post in whole)


def usual_condition(user: AnyUser, action: str, posts: Sequence[Membership]) -> Q:
    if action == "claim":
        return may_be_claimed(authorities_of(user, posts))
    if may_everywhere(user, action, posts):
        return Q()
    if action == "help":
        return incidents_with_requested_part(authorities_of(user, posts))
    if action == "watch":
        return watched_by_posts(posts)
    theirs = reached_by_posts(user, action, posts)
    if action != "read":
        return theirs
    maybe = Q(pk__in=incidents_for(user, "claim", posts).values("pk")) | incidents_with_requested_part(
        authorities_of(user, posts)
    )
    return theirs | PUBLISHED | maybe | watched_by_posts(posts)


def watched_incidents(posts: Iterable[Membership]) -> IncidentQuerySet:
    """Return the incidents that these posts watch, by the rule of `watched_by_posts`.

    Lists ask several times: areas and categories are read first and stand in the query as keys, so that the planner
    knows how few they are and takes the index of open incidents by area.
    """
    watching = [post for post in posts if post.role in MAY["watch"] and post.authority.area_id]
    if not watching:
        return Incident.objects.none()
    areas = areas_within_limits(key for post in watching for key in (post.authority.area_id, post.area_id))
    watched = Q(pk__in=())
    for post in watching:
        here = areas[post.authority.area_id] & areas[post.area_id or post.authority.area_id]
        condition = ~Q(authority=post.authority_id) & Q(area__in=sorted(here))
        if post.category_id:
            condition &= Q(category=post.category_id) | Q(category__parent=post.category_id)
        watched |= condition
    hidden = list(Category.objects.never_public().order_by("pk").values_list("pk", flat=True))
    return Incident.objects.filter(watched).exclude(category__in=hidden)


def watched_by_posts(posts: Iterable[Membership]) -> Q:
    """Return the condition on incidents of other units in the area of the post's unit, limited to the post's area and
    field.

    What is never public stays with the unit that has it: it may be about the ward's own people.
    """
    watched, several = Q(pk__in=()), False
    for post in posts:
        if post.role in MAY["watch"] and post.authority.area_id:
            watched, several = watched | watched_by_post(post), True
    return watched & ~Q(category__in=Category.objects.never_public().values("pk")) if several else watched


def watched_by_post(post: Membership) -> Q:
    limits = [key for key in (post.authority.area_id, post.area_id) if key]
    condition = ~Q(authority=post.authority_id)
    for key in limits:
        condition &= Q(area__in=Area.objects.within([key]).values("pk"))
    if post.category_id:
        condition &= Q(category=post.category_id) | Q(category__parent=post.category_id)
    return condition


def room_unit(user: AnyUser, incident: Incident) -> Authority | None:
    posts = [post for post in posts_of(user) if post.role in MAY_EVERYWHERE["room"]]
    reached = (post for post in posts if incidents_for(user, "room", [post]).filter(pk=incident.pk).exists())
    return next((post.authority for post in reached), None)


def watching_units(user: AnyUser, incident: Incident) -> AuthorityQuerySet:
    """Return the units for which this person watches the incident, the one of the smallest area first."""
    posts = posts_of(user)
    keys = [
        post.authority_id
        for post in posts
        if post.role in MAY["watch"] and Incident.objects.filter(watched_by_posts([post]), pk=incident.pk).exists()
    ]
    return Authority.objects.filter(pk__in=keys).order_by("-area__level", "pk")


def reached_by_posts(user: AnyUser, action: str, posts: Sequence[Membership] | None = None) -> Q:
    reached = Q(pk__in=())
    for post in posts_of(user) if posts is None else posts:
        if post.role in MAY[action] | MAY_EVERYWHERE[action]:
            reached |= reached_by_post(post, action)
    return reached


def reached_by_post(post: Membership, action: str = "read") -> Q:
    """Return the condition on incidents that one post reaches for an action: of its unit, of a leader's units below,
    for some roles of every unit; limited to the post's area and field.
    """
    condition = Q(authority__in=unit_keys_of_post(post, action))
    if post.area_id:
        condition &= Q(area__in=Area.objects.within([post.area_id]).values("pk"))
    if post.category_id:
        condition &= Q(category=post.category_id) | Q(category__parent=post.category_id)
    return condition


def units_of_post(post: Membership, action: str) -> AuthorityQuerySet:
    return Authority.objects.filter(pk__in=unit_keys_of_post(post, action))


def unit_keys_of_post(post: Membership, action: str) -> QuerySet | list[int]:
    if post.role in MAY_EVERYWHERE[action]:
        return Authority.objects.values("pk")
    if post.role == LEADER and action in LEADS:
        return Authority.objects.under([post.authority_id]).values("pk")
    return [post.authority_id]


def news_filter(user: AnyUser) -> Callable[[set[int], int, Collection[int | None]], bool]:
    """Return a test whether news of an incident may reach this person; it runs without the database.

    It is called with the keys of the units concerned, of the area, of the field and of the field's group.
    """
    posts = list(posts_with_role(user, MAY["read"] | MAY_EVERYWHERE["read"]))
    areas = areas_within_limits(post.area_id for post in posts)
    reached = [
        (set(units_of_post(post, "read").values_list("pk", flat=True)), areas.get(post.area_id), post.category_id)
        for post in posts
    ]
    return lambda units, area, fields: any(
        not units.isdisjoint(theirs) and (where is None or area in where) and (what is None or what in fields)
        for theirs, where, what in reached
    )


def staff_news_filter(user: AnyUser) -> Callable[[int, int], bool]:
    if reads_about_staff(user):
        return lambda unit, area: True
    posts = [post for post in posts_of(user) if post.role in ABOUT_STAFF["read"][1]]
    areas = areas_within_limits(key for post in posts for key in (post.authority.area_id, post.area_id))
    reached = [
        (post.authority_id, areas.get(post.area_id), areas.get(post.authority.area_id, set()))
        for post in posts
        if post.category_id is None
    ]
    return lambda unit, area: any(
        unit == theirs and (where is None or area in where) and area not in complained
        for theirs, where, complained in reached
    )


def watch_filter(user: AnyUser) -> Callable[[int, Collection[int | None]], bool]:
    posts = [post for post in posts_of(user) if post.role in MAY["watch"] and post.authority.area_id]
    hidden = set(Category.objects.never_public().values_list("pk", flat=True)) if posts else set()
    areas = areas_within_limits(key for post in posts for key in (post.authority.area_id, post.area_id))
    watched = [
        (areas[post.authority.area_id] & (areas[post.area_id or post.authority.area_id]), post.category_id)
        for post in posts
    ]
    return lambda area, fields: (
        hidden.isdisjoint(fields) and any(area in where and (what is None or what in fields) for where, what in watched)
    )


def areas_within_limits(keys: Iterable[int | None]) -> dict[int | None, set[int]]:
    """Return {key of an area: keys of that area and of all areas in it}."""
    limits = set(keys) - {None}
    areas_within = {key: set() for key in limits}
    rows = Area.objects.within(limits).values_list("pk", "parent", "parent__parent") if limits else ()
    for chain in rows:
        for key in limits.intersection(chain):
            areas_within[key].add(chain[0])
    return areas_within


def posts_reaching(incident: Incident, roles: Collection[str]) -> MembershipQuerySet:
    category = incident.category
    if category.about_staff:
        roles = set(roles) & ABOUT_STAFF["work"][1]
    here = Membership.objects.on().filter(authority=incident.authority_id, role__in=roles)
    return here.filter(
        Q(area=None) | Q(area__in=Area.objects.containing(incident.area_id).values("pk")),
        Q(category=None) | Q(category__in=[category.pk, category.parent_id]),
    )


def incidents_with_requested_part(authorities: QuerySet[Authority]) -> Q:
    parts = Subtask.objects.filter(
        incident=OuterRef("pk"), authority__in=authorities.values("pk"), state=Subtask.State.OPEN
    )
    return Q(Exists(parts))


def claimable_incidents(authorities: QuerySet[Authority]) -> IncidentQuerySet:
    return Incident.objects.filter(may_be_claimed(authorities))


def may_be_claimed(authorities: QuerySet[Authority]) -> Q:
    theirs = AreaShare.objects.filter(
        incident=OuterRef("pk"),
        share__gte=CLAIM_SHARE,
        area__own_authority__in=authorities.values("pk"),
        area__level=OuterRef("authority__area__level"),
    ).exclude(area__own_authority=OuterRef("authority"))
    # What went to a department, or to the district, went there for what it is, wherever exactly it lies.
    return Q(Exists(theirs), state__in=Incident.OPEN, authority__area__isnull=False) & ~about_staff()


def neighbour_authorities(incident: Incident) -> QuerySet[Authority]:
    ward = incident.authority.area if incident.accuracy_m is not None else None
    if ward is None or incident.category.about_staff:
        return Authority.objects.none()
    shares = AreaShare.objects.filter(incident=incident, share__gte=CLAIM_SHARE, area__level=ward.level).order_by()
    return Authority.objects.filter(area__in=shares.values("area")).exclude(pk=incident.authority_id).order_by("pk")


def claiming_authorities(user: AnyUser, incident: Incident) -> QuerySet[Authority]:
    units = neighbour_authorities(incident) if incident.is_open else Authority.objects.none()
    return units if user.is_superuser else units.filter(pk__in=authorities_of(user).values("pk"))


def photos_for(user: AnyUser, token: str = "") -> QuerySet[Photo]:
    """Return the photos that this person may see.

    Everyone: public ones of published incidents once faces and number plates are covered. Staff of an authority: all of
    its own incidents'; public ones of incidents that it watches, may claim or has a requested part of; and those with
    which it answered such a part. With the token of a report: those that came with it, and what the units showed of
    that incident.
    """
    return photos_seen_by(user, token, shown=Photo.SHOWN)


def videos_for(user: AnyUser, token: str = "") -> QuerySet[Photo]:
    seen = photos_seen_by(user, token, shown=Photo.VIDEO_SHOWN)
    uncovered = Q(covers=[]) | Q(incident__in=incidents_for(user, "publish"))
    return seen.filter(uncovered).exclude(video="")


def photos_seen_by(user: AnyUser, token: str, *, shown: Q) -> QuerySet[Photo]:
    """Return the photos that this person may see; `shown` are those that everybody may see of a published incident."""
    posts = posts_of(user)
    theirs, maybe, part, watched = (
        incidents_for(user, action, posts) for action in ("notes", "claim", "help", "watch")
    )
    seen = shown & Q(incident__in=Incident.objects.filter(PUBLISHED)) | Q(incident__in=theirs)
    seen |= shown & (Q(incident__in=maybe) | Q(incident__in=part) | Q(incident__in=watched))
    seen |= Q(event__kind=Event.Kind.TASK_DONE, event__authority__in=authorities_of(user, posts).values("pk"))
    if token:
        reports = Report.objects.with_link(token)
        seen |= Q(report__in=reports) | shown & Q(event__isnull=False, incident__in=reports.values("incident"))
    return Photo.objects.filter(seen).distinct()


def own_reports(browser: Browser | None) -> ReportQuerySet:
    reports = Report.objects.filter(erased_at=None)
    if browser is None:
        return reports.none()
    kept_reports = KeptReport.objects.filter(browser=browser)
    sent_here = Q(pk__in=kept_reports.values("report")) | Q(held__in=kept_reports.exclude(held=None).values("held"))
    return reports.filter(sent_here | opened_by_codes(browser))


def report_of_link(token: str, browser: Browser | None) -> Report | None:
    """Return the report of a private link; of one that has ended only where the browser has it among its own."""
    report = Report.objects.with_link(token).first()
    if report is None and browser is not None:
        report = with_whole_value(own_reports(browser), "token", token).first()
    return report


def enquiries_for(user: AnyUser, action: str = "read", *, in_any_state: bool = False) -> EnquiryQuerySet:
    """Return the enquiries on which this person may take this action, a key of ENQUIRIES; none for strangers.

    `in_any_state`: include those whose state does not allow it now.
    """
    enquiries = Enquiry.objects.all() if in_any_state else Enquiry.objects.filter(state__in=ENQUIRY_STATES[action])
    if user.is_superuser:
        return enquiries
    posts, theirs = posts_of(user), Q(pk__in=())
    whole = {post.role for post in posts if post.area_id is None and post.category_id is None}
    for kind, (everywhere, here) in ENQUIRIES[action].items():
        if whole & everywhere:
            theirs |= Q(kind=kind)
        else:
            at_unit = Q(kind=kind, authority__in=[post.authority_id for post in posts if post.role in here])
            theirs |= at_unit & Q(state="passed_on") if kind == "complaint" else at_unit
    return enquiries.filter(theirs)


def ideas_for(user: AnyUser, action: str = "read", *, in_any_stage: bool = False) -> IdeaQuerySet:
    """Return the ideas on which this person may take this action, a key of IDEAS; none for strangers.

    `in_any_stage`: include those whose stage does not allow it now.
    """
    ideas = Idea.objects.all() if in_any_stage else Idea.objects.filter(stage__in=IDEA_STAGES[action])
    if user.is_superuser:
        return ideas
    everywhere, here = IDEAS[action]
    posts = posts_of(user)
    if any(post.role in everywhere and post.area_id is None and post.category_id is None for post in posts):
        return ideas
    return ideas.filter(authority__in=[post.authority_id for post in posts if post.role in here])


def answer_versions_for(user: AnyUser, action: str) -> AnswerVersionQuerySet:
    """Return the versions of pages on which this person may take this action, a key of ANSWER_VERSIONS.

    That nobody agrees to what they wrote is for `answers.publishing`, and the database, to say.
    """
    if user.is_superuser:
        return AnswerVersion.objects.all()
    everywhere, here = ANSWER_VERSIONS[action]
    posts = posts_of(user)
    if any(post.role in everywhere and post.area_id is None and post.category_id is None for post in posts):
        return AnswerVersion.objects.all()
    theirs = Q(authority__in=[post.authority_id for post in posts if post.role in here])
    return AnswerVersion.objects.filter(theirs & ~Q(enquiry=None) if action == "approve" else theirs)


def campaign_versions_for(user: AnyUser, action: str) -> CampaignVersionQuerySet:
    """Return the versions of campaigns on which this person may take this action, a key of CAMPAIGN_VERSIONS.

    That nobody agrees to what they wrote is for `campaigns.publishing`, and the database, to say.
    """
    if user.is_superuser:
        return CampaignVersion.objects.all()
    everywhere, here = CAMPAIGN_VERSIONS[action]
    posts = posts_of(user)
    if any(post.role in everywhere and post.area_id is None and post.category_id is None for post in posts):
        return CampaignVersion.objects.all()
    return CampaignVersion.objects.filter(authority__in=[post.authority_id for post in posts if post.role in here])


def own_enquiries(browser: Browser | None) -> EnquiryQuerySet:
    enquiries = Enquiry.objects.filter(erased_at=None)
    if browser is None:
        return enquiries.none()
    own = Q(kept_in__browser=browser)
    for code in AddressCode.objects.proven().filter(browser=browser):
        own |= enquiries_of_code(code)
    return enquiries.filter(own).distinct()


def own_ideas(browser: Browser | None) -> IdeaQuerySet:
    """Return the ideas sent from an address that this browser has confirmed."""
    if browser is None:
        return Idea.objects.none()
    own = Q(pk__in=())
    for code in AddressCode.objects.proven().filter(browser=browser):
        own |= Q(**{CONTACT_FIELDS[code.medium]: code.address})
    return Idea.objects.filter(own, erased_at=None)


def enquiries_of_code(code: AddressCode) -> Q:
    field = CONTACT_FIELDS[code.medium]
    theirs = Q(**{field: code.address})
    confirmed = theirs & Q(**{f"{field}_confirmed_at__isnull": False})
    return confirmed | theirs & Q(reference=code.reference) if code.reference else confirmed


def opened_by_codes(browser: Browser) -> Q:
    """Return the condition on reports that a code opens in this browser: those whose address was confirmed for them,
    and the one whose reference was typed with the code.
    """
    opened = Q(pk__in=())
    for code in AddressCode.objects.proven().filter(browser=browser):
        field = CONTACT_FIELDS[code.medium]
        opened |= Q(pk=code.report_id) | Q(**{field: code.address, f"{field}_confirmed_at__isnull": False})
    return opened


def may_read_message(user: AnyUser, notice: Notice) -> bool:
    """Return whether this person may read all incidents and enquiries that a message is about.

    A chat message or e-mail about no known incident is read by those who answer there.
    """
    if user.is_superuser:
        return True
    about = [report_or_line.incident_id for report_or_line in (notice.event, notice.report) if report_or_line]
    known = Incident.objects.filter(Q(pk__in=about) | Q(reference__in=notice.mentioned)).values_list("pk", flat=True)
    enquiries = Enquiry.objects.filter(
        Q(reference__in=[f"H{number}" for number in notice.mentioned]) | Q(lines__in=lines_of_cause(notice.cause))
    )
    incident_keys, enquiry_keys = set(known), set(enquiries.values_list("pk", flat=True))
    if incident_keys - set(incidents_for(user).filter(pk__in=incident_keys).values_list("pk", flat=True)):
        return False
    if enquiry_keys - set(enquiries_for(user).filter(pk__in=enquiry_keys).values_list("pk", flat=True)):
        return False
    written = notice.medium in CHAT_MEDIA or notice.template.startswith("mail_") or notice.written_by_id is not None
    return bool(incident_keys or enquiry_keys or not written) or does_work(user, "operator")


def lines_of_cause(cause: str) -> list[int]:
    kind, _colon, key = cause.partition(":")
    return [int(key)] if kind == "enquiry" and key.isdecimal() and len(key) < 19 else []


def originals_for(user: AnyUser) -> QuerySet[Photo]:
    """Return the photos whose uncovered original this person may see: of incidents whose publishing is theirs to
    decide.
    """
    return Photo.objects.filter(incident__in=incidents_for(user, "publish")).exclude(original="")


def does_work(user: AnyUser, work: str, posts: Sequence[Membership] | None = None) -> bool:
    if user.is_anonymous:
        return False
    if user.is_superuser:
        return True
    posts = posts_of(user) if posts is None else posts
    return any(post.role in DOES[work] for post in posts)


def authorities_of(user: AnyUser, posts: Sequence[Membership] | None = None) -> AuthorityQuerySet:
    posts = posts_of(user) if posts is None else posts
    return Authority.objects.filter(pk__in=sorted({post.authority_id for post in posts if post.role in DOES["desk"]}))


def announcing_posts(user: AnyUser, place: Point, category: Category | None = None) -> list[Membership]:
    """Return the posts by which this person may announce something around a place, of a field if it is about one.

    A control room's reaches the whole city, a dispatcher's the post's area, a leader's also the unit's area.
    """
    here = set(Area.objects.covering(place).values_list("pk", flat=True))
    fields = {category.pk, category.parent_id} if category else set()
    return [
        post
        for post in posts_of(user)
        if post.role in DOES["announce"]
        and (post.area_id is None or post.area_id in here)
        and (post.role != LEADER or post.authority.area_id is None or post.authority.area_id in here)
        and (post.category_id is None or post.category_id in fields)
    ]


def works_posts(user: AnyUser, codes: Sequence[str], action: str = "write") -> list[Membership]:
    """Return the posts by which this person may do this (a key of WORKS) with works in these wards of today.

    A control room's reaches the whole city, a dispatcher's the post's area, others' also their unit's area. One of a
    single field is for that field's incidents, and no works.
    """
    posts = [post for post in posts_of(user) if post.role in WORKS[action] and not post.category_id]
    wards = Area.objects.on(localdate()).filter(level=Level.WARD, code__in=codes)
    if len(wards) < len(set(codes)) or not codes:
        return []
    within = {}
    for limit in {limit for post in posts for limit in limits_of(post)}:
        inside = wards.filter(label_point__coveredby=Area.objects.filter(pk=limit).values("shape"))
        within[limit] = len(inside) == len(wards)
    return [post for post in posts if all(within[limit] for limit in limits_of(post))]


def may_decide_offers(user: AnyUser) -> bool:
    """Whether this person decides on works that utilities tell of: with a post for the whole city."""
    posts = [post for post in posts_of(user) if post.role in WORKS["approve"] and not post.category_id]
    return user.is_superuser or any(not limits_of(post) for post in posts)


def limits_of(post: Membership) -> set[int]:
    own = post.authority.area_id if post.role in (LEADER, OFFICER) else None
    return {limit for limit in (post.area_id, own) if limit}


def announcements_for(user: AnyUser) -> QuerySet[Announcement]:
    """Return what this person may correct and end: of own units, officers the planned works alone."""
    if user.is_superuser:
        return Announcement.objects.all()
    posts = [post for post in posts_of(user) if post.role in DOES["works"]]
    if any(post.role in (CONTROL, DISPATCHER) and not post.area_id and not post.category_id for post in posts):
        return Announcement.objects.all()
    announcing = {post.authority_id for post in posts if post.role in DOES["announce"]}
    planning = {post.authority_id for post in posts if not post.category_id}
    return Announcement.objects.filter(Q(unit__in=announcing) | Q(unit__in=planning, planned=True))


def emergency_posts(user: AnyUser) -> list[Membership]:
    return [post for post in posts_of(user) if post.role in DOES["emergency"] and post.category_id is None]


def switches_city(user: AnyUser) -> bool:
    """Return whether this person may switch emergency mode for the whole city."""
    return user.is_superuser or any(post.area_id is None for post in emergency_posts(user))


def emergency_wards(user: AnyUser) -> AreaQuerySet:
    """Return the wards for which this person may switch emergency mode: those of the posts' areas."""
    wards = Area.objects.on(localdate()).filter(level=Level.WARD)
    if switches_city(user):
        return wards
    return wards.filter(pk__in=Area.objects.within([post.area_id for post in emergency_posts(user)]).values("pk"))


def emergencies_for(user: AnyUser) -> EmergencyQuerySet:
    """Return the emergency modes that this person may change and end: those that lie in the posts' areas."""
    if switches_city(user):
        return Emergency.objects.all()
    codes = list(emergency_wards(user).values_list("code", flat=True))
    return Emergency.objects.filter(area_codes__contained_by=codes).exclude(area_codes=[])


def crews_for(user: AnyUser) -> CrewQuerySet:
    if user.is_superuser:
        return Crew.objects.in_use()
    return Crew.objects.of_units(post.authority_id for post in posts_of(user) if post.role in DOES["crews"])


def units_led(user: AnyUser) -> AuthorityQuerySet:
    if user.is_superuser:
        return Authority.objects.all()
    return Authority.objects.under(leader_unit_keys(user))


def leader_unit_keys(user):
    return {post.authority_id for post in posts_of(user) if post.role == LEADER}


def directives_for(user: AnyUser, action: str = "read") -> QuerySet[Directive]:
    """Return the directives that this person may read, answer (acknowledge, report back) or settle.

    Read: those to the own units and to units below; all for those who watch every unit. Answer: those to the own units.
    Settle: those given from a unit that this person leads; if the giver's post is gone, those the person gave. The
    control room reads and settles those given from there.
    """
    if user.is_superuser or (action == "read" and does_work(user, "watch")):
        return Directive.objects.all()
    ours = Q(to__in=authorities_of(user).values("pk"))
    if action == "answer":
        return Directive.objects.filter(ours)
    led = units_led(user).values("pk")
    rooms = Q(post__role=CONTROL) if may_everywhere(user, "direct") else Q(pk__in=())
    may = {"read": ours | Q(to__in=led) | rooms, "settle": Q(post__authority__in=led) | Q(post=None, by=user) | rooms}
    return Directive.objects.filter(may[action])


class PostBackend(BaseBackend):
    """Authentication backend: an administrator's post permits all changes in the administration site that its pages
    allow.
    """

    def has_perm(self, user_obj, perm, obj=None):
        return self.has_module_perms(user_obj, perm.partition(".")[0])

    def has_module_perms(self, user_obj, app_label):
        if app_label not in ADMINISTERED or not user_obj.is_active:
            return False
        if not hasattr(user_obj, "_administers"):  # a page of the site asks a hundred times
            user_obj._administers = does_work(user_obj, "administer")
        return user_obj._administers


def works_context(request: HttpRequest) -> dict[str, tuple[str, ...]]:
    user = getattr(request, "user", None)
    if user is None or user.is_anonymous:
        return {"works": ()}
    roles = {post.role for post in posts_of(user)}
    return {"works": tuple(work for work, who in DOES.items() if user.is_superuser or roles & who)}
