from django.http import Http404


def incident(request, **kw):
    raise Http404


def follow(request, **kw):
    raise Http404


def answer(request, **kw):
    raise Http404


def photo(request, **kw):
    raise Http404
