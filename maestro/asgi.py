"""The ASGI entry point: HTTP to Django, websockets to Channels, `/simulator/` to the simulator; watches the sweep,
and ends answers with the server.

A websocket must come from one of `ALLOWED_HOSTS`: browsers send cookies along with a foreign page's
socket, so the Origin header is what keeps that page out.
"""

from __future__ import annotations

import os
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from channels.sessions import CookieMiddleware
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maestro.settings")
http: Any = get_asgi_application()  # loads the apps, which the imports below need

from django.conf import settings  # noqa: E402

from chat.routing import websocket_urlpatterns  # noqa: E402
from maestro.background import Watched  # noqa: E402
from maestro.backpressure import Patient  # noqa: E402
from maestro.life import Lived  # noqa: E402
from maestro.memory import return_large_blocks, share_one_heap  # noqa: E402
from maestro.mount import mount_simulator  # noqa: E402
from maestro.proxied import Proxied  # noqa: E402
from maestro.static_memory import RememberedStatic  # noqa: E402

return_large_blocks()
share_one_heap()
http = RememberedStatic(http)
if settings.MAESTRO_SIMULATOR:
    http = mount_simulator(http, secret=settings.SECRET_KEY, expires_in=settings.MAESTRO_SIMULATOR_EXPIRES_S)

# The consumer itself looks up who is signed in, again for each frame; Channels' middleware would do it once more, and
# stand between every frame and its socket.
router = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": AllowedHostsOriginValidator(CookieMiddleware(URLRouter(websocket_urlpatterns))),
    }
)
application = Watched(Lived(Patient(Proxied(router) if settings.BEHIND_TLS else router)))
