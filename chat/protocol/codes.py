"""The words in the `code` of an `error` frame."""

from __future__ import annotations

from typing import Literal

# What services refuse: `chat.services.errors` has an error for each.
RefusalCode = Literal[
    "not_found",
    "session_unavailable",
    "budget_spent",  # the session's, for this month: nothing was sent to the provider
    "limit_running",
    "limit_rate",
    "prompt_empty",
    "prompt_too_large",
    "settings_refused",
    "file_refused",
    "file_too_large",
    "too_many_files",
    "file_not_taken",
    "file_gone",
    "storage_full",
    "not_stored",
    "model_unknown",
    "server_busy",
    "queue_full",
    "already_sent",
    "not_newest",
    "nothing_to_continue",
    "pick_first",
    "same_payer",
    "being_written",
    "messages_wait",
]
# And what the doors refuse before any service is asked.
ErrorCode = Literal[RefusalCode, "bad_json", "unknown_type", "bad_frame", "too_large", "signed_out"]
