"""Copies what past answers used and cost into the records of usage, with the rules of `chat.services.accounts`."""

from __future__ import annotations

from django.db import migrations

COUNTERS = (
    "input_tokens", "output_tokens", "cache_write_tokens", "cache_read_tokens",
    "cache_write_1h_tokens", "thinking_tokens", "web_search_requests",
)  # fmt: skip
ABSURD_COUNT = 10**12
BATCH = 500


def copy_usage(apps, schema_editor):
    generations = apps.get_model("chat", "Generation").objects.exclude(finished_at=None)
    records = apps.get_model("sessions_app", "UsageRecord").objects
    batch = []
    for generation in (
        generations.select_related("message", "session").order_by("finished_at").iterator(BATCH)
    ):
        if generation.heartbeat_at is None:  # nobody claimed it, so nothing was sent
            continue
        counters = counters_of(generation.usage or {})
        if generation.status == "failed" and counters["input_tokens"] is None:  # refused, so not billed
            continue
        batch.append(record_of(records.model, generation, counters))
        if len(batch) == BATCH:
            records.bulk_create(batch, ignore_conflicts=True)
            batch = []
    records.bulk_create(batch, ignore_conflicts=True)


def counters_of(usage):
    counts = {name: usage.get(name, 0) for name in COUNTERS}
    is_believed = any(counts.values()) and all(0 <= count <= ABSURD_COUNT for count in counts.values())
    return {name: count if is_believed else None for name, count in counts.items()}


def record_of(record, generation, counters):
    message, session = generation.message, generation.session
    return record(
        run_id=generation.pk,
        at=generation.finished_at,
        owner_id=generation.user_id,
        session_id=generation.session_id,
        session_name=message.session_name,
        session_initials=message.session_initials,
        session_color=message.session_color,
        provider=session.provider if session else "",
        model=generation.model,
        conversation_id=message.conversation_id,
        cost=generation.cost,
        is_partial=generation.status != "complete" or bool(counters["web_search_requests"]),
        **counters,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0002_queue_and_changes"),
        ("sessions_app", "0006_usage_budget_health"),
    ]

    operations = [migrations.RunPython(copy_usage, migrations.RunPython.noop)]
