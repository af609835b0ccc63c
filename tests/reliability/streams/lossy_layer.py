"""A channel layer that loses half of what is sent to a group."""

from __future__ import annotations

import random
from typing import Any

from channels_redis.core import RedisChannelLayer


class LossyRedisLayer(RedisChannelLayer):  # type: ignore[misc]  # the package has no types
    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if random.random() < 0.5:
            await super().group_send(group, message)
