"""Signing in and out."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.shortcuts import redirect

from incidents import access

sign_in = login_not_required(
    LoginView.as_view(template_name="incidents/sign_in.html", redirect_authenticated_user=True)
)
sign_out = LogoutView.as_view()
# Where each kind of work begins, the first that a person does.
HOME = {"control": "control", "desk": "desk"}


def after(request):
    """To the page of this person's work."""
    home = next(
        (page for work, page in HOME.items() if access.does(request.user, work)),
        "admin:index" if request.user.is_staff else "map",
    )
    return redirect(home)
