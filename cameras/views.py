from django.http import Http404


def control(request, **kw):
    raise Http404

def picture(request, **kw):
    raise Http404

def evidence(request, **kw):
    raise Http404

def nearby(request, **kw):
    raise Http404

def wall(request, **kw):
    raise Http404
