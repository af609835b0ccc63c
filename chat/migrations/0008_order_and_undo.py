"""Pinned, archived and deleted conversations. Titles that exist already count as chosen: nobody knows who gave them."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations, models


def keep_titles(apps, schema_editor):
    apps.get_model("chat", "Conversation").objects.update(title_is_chosen=True)


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0007_comparisons"),
        ("sessions_app", "0007_spent_from_the_index"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="archived_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="deleted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="pinned_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="title_is_chosen",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(keep_titles, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("pinned_at__isnull", False)),
                fields=["owner", "pinned_at"],
                name="conversation_pinned",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["deleted_at"],
                name="conversation_deleted",
            ),
        ),
    ]
