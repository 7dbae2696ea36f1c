"""Render the pages for 403 and 404.

Django's own views for them check a CSRF token, and so read the form of a request that may be too damaged to be read.
"""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from geoapp.http import costs


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return costs.refuse_unknown(request) or render(request, "404.html", status=404)
