from django.http import Http404


def report(request, **kw):
    raise Http404


def here(request, **kw):
    raise Http404


def near(request, **kw):
    raise Http404
