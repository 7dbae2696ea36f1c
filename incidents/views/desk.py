from django.http import Http404


def desk(request, **kw):
    raise Http404


def incident(request, **kw):
    raise Http404


def contact(request, **kw):
    raise Http404


def take_step(request, **kw):
    raise Http404
