from django.http import Http404


def area_tile(request, **kw):
    raise Http404


def search(request, **kw):
    raise Http404


def point(request, **kw):
    raise Http404
