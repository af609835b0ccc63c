"""The product's settings with a channel layer that loses half of what is sent."""

from __future__ import annotations

from maestro.settings import *  # noqa: F403
from maestro.settings import CHANNEL_LAYERS

CHANNEL_LAYERS["default"]["BACKEND"] = {
    "channels_redis.core.RedisChannelLayer": "tests.reliability.streams.lossy_layer.LossyRedisLayer",
    "channels.layers.InMemoryChannelLayer": "channels.layers.InMemoryChannelLayer",
}[CHANNEL_LAYERS["default"]["BACKEND"]]
