"""Django's `makemessages`, which also knows `_lazy`, the short name that modules give to `gettext_lazy`."""

from __future__ import annotations

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=_lazy"]
