"""When a model was asked for a conversation's title."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0013_how_it_thought_and_ended"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="title_asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
