"""Attached files over HTTP: one comes in as the body of a POST, and is given back to its owner alone.

What somebody uploaded is shown under our own address, so a browser must neither guess its type nor run what is in it.
"""

from __future__ import annotations

from uuid import UUID

import msgspec
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chat.doors import or_404, posted, user_of
from chat.files import PDF
from chat.models import Attachment
from chat.services import attachments, uploading
from chat.services.errors import FileUnfit
from chat.threads import in_thread

_FORMS = {"multipart/form-data", "application/x-www-form-urlencoded"}  # already taken apart when we see them
# An image opened in a tab of its own is centred by a style of the browser.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


@posted
async def upload(request: HttpRequest, user: User) -> HttpResponse:
    """The body is one file, `name` in the query what its owner calls it; answers the file as messages show it, or an
    `error` as for frames."""
    stored = await in_thread(_take, user, request)
    body = msgspec.json.encode(attachments.view_of(stored))
    return HttpResponse(body, status=201, content_type="application/json")


def _take(user: User, request: HttpRequest) -> Attachment:
    if request.content_type in _FORMS:
        raise FileUnfit(_("Send the bytes of one file as the body, as application/octet-stream."))
    length = request.headers.get("Content-Length", "")
    uploading.check_size(int(length) if length.isdecimal() else 0)
    data = request.read(settings.MAESTRO_MAX_FILE_BYTES + 1)
    return uploading.store(user, name=request.GET.get("name", ""), data=data)


@login_required
@require_GET
def attachment(request: HttpRequest, attachment_id: UUID) -> HttpResponse:
    """The file itself: images to be shown, PDFs to be saved, because their viewers do not work in a sandbox."""
    with or_404():
        found = uploading.get(user_of(request), attachment_id)
        etag = f'"{found.digest}"'
        answer = get_conditional_response(request, etag=etag)
        if answer is None:
            answer = HttpResponse(uploading.content_of(found), content_type=found.media_type)
    saved = content_disposition_header(found.media_type == PDF, found.name)
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"  # asked each time: the browser's next user may be another
    answer["Content-Disposition"] = saved or "inline"
    answer["Content-Security-Policy"] = _POLICY
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer
