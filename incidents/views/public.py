from django.http import Http404


def city_map(request, **kw):
    raise Http404


def in_view(request, **kw):
    raise Http404


def incident_tile(request, **kw):
    raise Http404
