"""What a record of use was for."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0008_listed_models"),
    ]

    operations = [
        migrations.AddField(
            model_name="usagerecord",
            name="purpose",
            field=models.CharField(
                choices=[("answer", "Answer"), ("title", "Title")], default="answer", max_length=10
            ),
        ),
    ]
