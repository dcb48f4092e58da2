"""The choice of a theme. Other pages belong to the apps that have something to show."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pages.themes import THEMES, remember


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Change between light, dark and the device's choice; back to where the person was."""
    chosen = request.POST.get("theme", "")
    if chosen not in THEMES:
        return HttpResponseBadRequest(_("There is no such theme."))
    response = HttpResponseRedirect(way_back(request))
    remember(chosen, request, response)
    return response


def way_back(request: HttpRequest) -> str:
    """Return the page named in ``next`` if it is one of ours, else home."""
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return target
    return "/"
